"""A server under check, and the people who call it.

Here a check's verbs about the whole server live; those about one person are in peer.py, and those of
a room, where people hear each other, in room.py.
"""

import contextlib
from dataclasses import replace

from grader.attached import Attached
from grader.failures import CheckFailed
from grader.peer import Peer
from grader.program import FIRST_LINE, POLL
from grader.scene import Scene
from grader.words import _, _n, all_of

DEFAULT_PORT = 12413  # what a program listens at when nobody asks for another port
CONNECT = 2  # times the patience: a full queue makes the kernel knock again after 1 and after 3 seconds
SOON, LOOK = 0.1, 0.02  # seconds in which most is put away; then between two looks at all sockets
SETTLES = 0.5  # seconds for a program to be done with what it has begun; one that spins never is
MURMUR = b"."  # what one murmurs who dies
LEFT_A_PROCESS = _("The program has ended, but a process that it started goes on.")


class Server(Scene):
    """The student's server, started, and with its first line read."""

    person = Peer  # the kind of people who call it

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.address = None

    def start(self, port=0):
        """Starts the program and waits for its first line, which says where it listens."""
        if self.attached:
            self.program, self.address = Attached(), self.attached
            self.transcript.begin()
            return
        launch = replace(self._launch, port=port)
        self.launch(launch)
        self._wire.wait(self._has_spoken, step=POLL)
        line = self.program.first_line()
        if line is None:
            raise CheckFailed("no first line", self._why_silent(), in_vain=True)
        match = FIRST_LINE.fullmatch(line)
        if not match:
            raise CheckFailed(
                "wrong first line",
                _("The first line that the program prints is not the one it should be."),
                who="the terminal",
                expected=b"listening on 127.0.0.1:PORT",
                received=line.encode(),
            )
        self.address = (launch.host, int(match[2]))
        if not self.transcript.events:
            self.transcript.begin()
        self._check_port(launch.port)

    def end(self):
        if self.attached:
            self._takes_leave()
        super().end()

    def _takes_leave(self):
        """Everyone goes, and waits until the server has seen it: the next check's people come then."""
        for person in self._wire.people:
            if person.connected and not person.is_over():
                person.stops_sending()
        self._wire.wait(lambda: all(person.is_over() for person in self._wire.people))

    def _has_spoken(self):
        return self.program.first_line() is not None or self.program.exit_code() is not None

    def _why_silent(self):
        if self.program.closed_its_output():
            return _("The program closed its standard output and could not say where it listens.")
        return _("The program never said where it listens.")

    def _check_port(self, asked):
        if headline := wrong_port(self.address[1], asked):
            raise CheckFailed("wrong port", headline)

    # people

    def caller(self, name):
        """One person, connected."""
        return self.callers(name)[0]

    def callers(self, *names):
        """Several people, who all connect at the same moment."""
        people = [self.person(name, self._wire, self.address) for name in names]
        for person in people:
            person.starts_calling()
        came = self._wire.wait(lambda: all(p.is_through() for p in people), patience=CONNECT * self._patience)
        if any(person.ended == "refused" for person in people):
            raise CheckFailed("refused", self._why_refused())
        if not came:
            raise CheckFailed(
                "not accepted", _("The system put no call through to the program."), in_vain=True
            )
        return people

    def crowd(self, *names):
        """Many people, who all connect at the same moment: a number of them, or by their names."""
        if isinstance(names[0], int):
            names = [f"caller {number}" for number in range(1, names[0] + 1)]
        return Crowd(self.callers(*names))

    def visitors(self, count, some):
        """One after another: each connects, says something, hears it come back, and leaves."""
        for number in range(1, count + 1):
            visitor = self.caller(f"visitor {number}")
            visitor.exchanges([some.text()])
            visitor.leaves()

    def nobody_hears_more(self, *people):
        """Silence, proved for all who are here: each says a mark, and it is the next that all others hear.

        What the server owed to any of them on its way before the last of these marks has come by then.
        A thread of it that has something to do already may not have had a core yet, and the marks take
        others a millisecond; so what it has begun is waited for, though not for ever.
        """
        self._wire.wait(self._is_done, patience=SETTLES)
        for number, person in enumerate([*people, *people[:2]]):
            mark = f"<is it quiet? {number}>"
            person.says(mark)
            for other in people:
                if other is not person:
                    other.hears(person.heard_as(mark))

    def _is_done(self):
        """Whether the program is done with what it has begun, as far as we can see."""
        if self.attached or self.program.exit_code() is not None:
            return True
        program = self.program
        is_quiet = program.is_quiet_between_pauses if self._launch.schedule else program.is_quiet
        return is_quiet(self._wire.poll_for)

    def _why_refused(self):
        port = self.address[1]
        headline = _("Nobody listens at port {port}, where the program said that it does.", port=port)
        if any(person.connected for person in self._wire.people):
            headline = _("Nobody listens at port {port} any more.", port=port)
        with contextlib.suppress(Exception):  # psutil cannot say it on every system
            usage = self.program.usage()
            ports = {c.laddr.port for c in usage.net_connections("inet") if c.status == "LISTEN"}
            if ports - {port}:
                headline = _("{what} It listens at {port}.", what=headline, port=min(ports - {port}))
        return headline

    # the process

    def is_as_it_was(self):
        """When everyone has left, it has no connection and no more threads than before, and listens."""
        if not self.is_audited or self.program.exit_code() is not None:
            return
        for person in self._wire.people:
            person.drop()
        self._wire.wait(lambda: not self._has_more(), patience=SOON, step=POLL)
        left = []

        def is_clean():
            left[:] = self._left_over()
            return not left

        if not self._wire.wait(is_clean, step=LOOK):
            headline = _("When everyone has left, the program still has {left}.", left=all_of(left))
            raise CheckFailed("left behind", headline, in_vain=True)
        self.caller("a late caller")  # is refused if nobody listens any more

    def _has_more(self):
        return self._more("sockets") > 0 or self._more("threads") > 0

    def _left_over(self):
        """What is there and was not before anybody came: ["2 sockets in CLOSE_WAIT", "2 threads"].

        The states of sockets are asked for only where there are more descriptors: for them the system
        looks through all connections of the machine.
        """
        states = self.program.sockets() if self._more("sockets") > 0 else {}
        left = [sockets_in(state, number) for state, number in states.items() if state != "LISTEN"]
        threads = self._more("threads")
        return [*left, _n("{count} thread", "{count} threads", threads)] if threads > 0 else left

    def stops(self):
        """Is asked to end (SIGTERM; on Windows it is ended), as the system does at shutdown, and ends."""
        self.transcript.note(_("the server is asked to end"))
        self.program.ask_to_stop()
        if not self._wire.wait(lambda: self.program.exit_code() is not None, step=POLL):
            raise CheckFailed("hangs at exit", self._why_alive(), in_vain=True)
        if not self._wire.wait(lambda: not self.program.has_left_others(), step=POLL):
            raise CheckFailed("left a process", LEFT_A_PROCESS, in_vain=True)

    def _why_alive(self):
        stacks = self.program.stacks()
        if any(frame.function == "_shutdown" for stack in stacks for frame in stack.frames):
            return _("The main thread is done, but other threads keep the program alive.")
        main = [s for s in stacks if s.frames and s.frames[-1].function == "<module>"]
        if main:
            return _("The program was asked to end and goes on.")
        return _("The program was asked to end and hangs.")

    def starts_again(self):
        """Starts anew at the same port, at once."""
        self.transcript.note(_("the server is started again, at the same port"))
        ended, port = self.program, self.address[1]
        ended.end()
        try:
            self.start(port)
        except CheckFailed:
            if self._run.has_strays():  # they may hold the port
                raise CheckFailed("left a process", LEFT_A_PROCESS) from None
            raise


def wrong_port(said, asked):
    """What is wrong about the port at which the program says that it listens; None if nothing is."""
    if said == 0:
        return _("It says port 0, which means any: print the port that the system chose (getsockname).")
    if asked and said != asked:
        return _(
            "It was asked to listen at port {asked} and says that it listens at {said}.",
            asked=asked,
            said=said,
        )
    if not asked and said == DEFAULT_PORT:
        return _("It listens at {said} although its second argument asks for another port.", said=said)
    return None


def sockets_in(state, count):
    return _n("{count} socket in {state}", "{count} sockets in {state}", count, state=state)


class Crowd:
    """People who all do the same."""

    def __init__(self, people):
        self.people = people

    def exchanges(self, some):
        """Each says something of its own, all at once; then each hears exactly that."""
        said = [(person, some.text()) for person in self.people]
        for person, text in said:
            person.starts_sending(text)
        for person, text in said:
            person.hears(text)

    def exchanges_backwards(self, some):
        """Each says something of its own and hears it, one after another, the last comer first."""
        for person in reversed(self.people):
            person.exchanges([some.text()])

    def exchanges_and_leaves(self, some):
        self.exchanges(some)
        self.leaves()

    def hears_and_leaves(self, talker, some):
        """All hear what the talker says; then one half leaves, and the other breaks off with a reset."""
        text = some.text()
        talker.sends(text)
        self.hears(text)
        for number, person in enumerate(self.people):
            person.resets() if number % 2 else person.leaves()

    def hears(self, data):
        for person in self.people:
            person.hears(data)

    def hears_through_murmur(self, data):
        """Each hears this, and perhaps some of what the dying murmured."""
        for person in self.people:
            person.hears_through(data, MURMUR)

    def stops_sending(self):
        for person in self.people:
            person.stops_sending()

    def hears_the_end(self):
        for person in self.people:
            person.hears_the_end()

    def leaves(self):
        for person in self.people:
            person.leaves()

    def resets(self):
        for person in self.people:
            person.resets()
