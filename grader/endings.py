"""A chat whose people end badly: resets, silence, a storm of leavers. It knows no lesson."""

import subprocess
import sys
import time

from grader.chat import Chat
from grader.failures import CheckFailed, CouldNotTell
from grader.line_peer import Chatter
from grader.unread import has_read
from grader.words import _

SHARE = 0.2  # of the time that --idle gives: one who keeps sending never stays silent for longer than this
LASTS = 1.5  # times as long: whoever waits for somebody silent has given up by then
SLACK = 0.02  # seconds by which two clocks may differ; on Windows one ticks every 16 ms
BEGUN = "x" * 20_000  # the beginning of a line
BUSY = "\n" * 20_000 + "x"  # empty lines: what follows them is found only when they have been obeyed
MORE = 3  # callers more than the program can have descriptors
LONG, MANY = 60_000, 100  # characters of a line; so many of them are more than a system keeps (4 MB on Linux)
WAVE = 20  # people who break off at the same moment
TRACEBACK = b"Traceback (most recent call last)"
CLIENT = """
import socket, sys
conn = socket.create_connection((sys.argv[1], int(sys.argv[2])))
conn.sendall(sys.argv[3].encode() + b"\\n")
sys.stdin.read()  # until somebody kills it, or the checker is gone
"""


class Caller(Chatter):
    """A person in a chat that may hang up on who is silent; it knows how long it has been silent.

    `allowed` says for how many seconds it may be, or None. When the server hangs up on one who never was,
    that counts against the program only if we, and not the machine, can swear to the time.
    """

    def __init__(self, *args, allowed=None):
        self.allowed, self._word, self.begun = allowed, None, ""
        self._spoke = self._was_read = time.monotonic()  # its last bytes left; those surely read by now left
        self.may_end, self.silent = False, None  # whether it means to be silent; for how long it was
        super().__init__(*args)

    def keeps_sending(self, word):
        """From now on it sends these bytes again and again, more often than it must."""
        self._word, self._since, self._longest = word, time.monotonic(), 0.0

    def has_sent_for(self, times):
        """Whether it has kept sending for so many times as long as one may be silent."""
        return time.monotonic() - self._since > times * self.allowed

    def goes_on(self):
        """Sends the next of them, if it is time."""
        if self._word is None or self.is_over():
            return
        if self._was_read < self._spoke and has_read(self.sock, self.sent) is not False:
            self._was_read = self._spoke
        self._longest = max(self._longest, time.monotonic() - self._spoke)
        if time.monotonic() - self._spoke > SHARE * self.allowed:
            self.begun += self._word
            self.starts_sending(self._word)

    def hears_in_any_order(self, lines, texts=()):
        """Hears each of the lines once, and between them, in their order, the texts; nothing else."""
        due, texts = [f"{line}\n".encode() for line in lines], [f"{text}\n".encode() for text in texts]
        while due or texts:
            self._wire.wait(lambda: b"\n" in self.unread() or self.ended, lambda: self.came)
            heard, newline, _ = self.unread().partition(b"\n")
            heard, expected = heard + newline, texts[0] if texts else due[0]
            if not newline and self.ended:
                self._fail_at_the_end(self._before_everything(), expected, heard)
            if not newline:
                raise self._silence(expected, heard)
            if heard not in due and heard != expected:
                self._differs(expected, heard)
            due.remove(heard) if heard in due else texts.pop(0)
            self.take(len(heard))

    def hears_whole_lines(self, lines):
        """Hears these to the last, or up to the one after which the server is done with it."""
        for due in (f"{line}\n".encode() for line in lines):
            heard = self._hears_up_to(len(due))
            if heard.startswith((b"* ", b"! ")) or (self.ended and due.startswith(heard) and heard != due):
                return self._must_have_been_sending()
            if not due.startswith(heard):
                headline = _("{who} heard a part of a line, and then one of another.", who=self.name)
                raise CheckFailed("torn", headline)
            if heard != due:
                raise self._silence(due, heard)
            self.take(len(due))

    def _hears_up_to(self, size):
        self._wire.wait(lambda: len(self.unread(0, size)) == size or self.ended, lambda: self.came)
        return self.unread(0, size)

    def _must_have_been_sending(self):
        if self._longest >= self.allowed:
            raise self._too_busy()

    def _too_busy(self):
        return CouldNotTell(_("this machine is too busy for anybody to keep talking"))

    def _push(self):
        before, sent = time.monotonic(), self.sent
        super()._push()
        if self.sent > sent:
            self._spoke = before

    def _pull(self):
        super()._pull()
        if self.received.endswith(b"! idle\n"):
            self._judge()

    def _end(self, how):
        super()._end(how)
        self._judge()

    def _judge(self):
        """The server has hung up on it, or says that it will."""
        now = time.monotonic()
        self.silent = self.silent or now - self._spoke
        if self.allowed is None or self.may_end:
            return
        if now - self._was_read >= self.allowed:
            raise self._too_busy()
        headline = _(
            "The server hung up on {who}, who had sent something within the last {seconds:g} seconds.",
            who=self.name,
            seconds=self.allowed,
        )
        raise CheckFailed("end early", headline)


def endless_silence(person, allowed):
    return _(
        "{who} sends nothing for {seconds:g} seconds, and nobody hangs up.", who=person.name, seconds=allowed
    )


def short_silence(person):
    return _(
        "The server hung up on {who} after {seconds:.2f} seconds of silence.",
        who=person.name,
        seconds=person.silent,
    )


def leaves_in_a_line(person):
    person.starts_sending(BEGUN)
    person.leaves()


def half_closes(person):
    person.stops_sending()
    person.hears_the_end()


def leaves_unread(person):
    """Asks twice, reads nothing, and closes: its system answers with a reset."""
    person.sleeps()
    person.sends("/who\n/who\n")
    person.leaves()


WAYS_OUT = (Caller.leaves, Caller.resets, leaves_in_a_line, half_closes, leaves_unread)


class Endings(Chat):
    """A chat, and the ways in which people leave it."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._senders = set()  # those who keep sending, whatever else happens

    def person(self, *args):
        options = self._launch.options
        allowed = float(options[options.index("--idle") + 1]) if "--idle" in options else None
        return Caller(*args, allowed=allowed)

    def _guard(self):
        super()._guard()
        for person in self._senders:
            person.goes_on()

    # how people leave

    def nameless_break_off(self, count):
        """So many call and break off at once, before the server has looked at them."""
        self.freezes()
        for person in self.callers(*(f"caller {number}" for number in range(1, count + 1))):
            person.resets()
        self.thaws()

    def breaks_off_while_talked_to(self, person, talker, texts):
        """The talker says the texts while this person is dead and still in the room; the others hear all.

        The server is held still meanwhile. When it goes on it has bytes of the dead one to read before it
        finds the reset, so a program that gives each person a thread sends to the dead one first.
        """
        self.freezes()
        person.starts_sending(BUSY)
        talker.starts_sending("".join(f"{text}\n" for text in texts))
        person.resets()
        self.thaws()
        for other in self._present():
            heard = [] if other is talker else [talker.heard_as(text) for text in texts]
            other.hears_in_any_order([f"* {person} left"], heard)

    def leaves_with_unread(self, person, talker, listener, texts):
        """Does not read any more, is told the texts, and leaves: its system answers them with a reset."""
        person.sleeps()
        talker.says(*texts)
        listener.hears(*map(talker.heard_as, texts))
        listener.says(texts[0])
        talker.hears(listener.heard_as(texts[0]))  # so whatever was sent to the one who sleeps is there
        person.leaves()

    def speaks_and_is_gone(self, person, texts):
        """Says all this and closes, before the server has read any of it."""
        self.freezes()
        person.starts_sending("".join(f"{text}\n" for text in texts))
        person.leaves()
        self.thaws()

    def client_is_killed(self, role):
        """A program joins under such a name, and is killed as soon as the others know; the name."""
        name = self.some.name(role)
        command = [sys.executable, "-I", "-S", "-X", "utf8", "-c", CLIENT, *map(str, self.address), name]
        self.transcript.note(_("a client joins as {name}", name=name))
        with subprocess.Popen(command, stdin=subprocess.PIPE) as client:
            try:
                for other in self._present():
                    other.hears(f"* {name} joined")
            finally:
                client.kill()
        self.transcript.note(_("that client is killed"))
        return name

    def storms(self, talker, listener, count, texts):
        """So many come, and break off in waves while the two talk; each hears the other, and of each once."""
        for wave in range(count // WAVE):
            crowd = self.callers(*(f"guest{wave * WAVE + number}_" for number in range(WAVE)))
            for person in crowd:
                person.starts_sending(f"{person}\n")
            for person in (talker, listener):
                person.hears_in_any_order([f"* {other} joined" for other in crowd])
            self.freezes()
            for person in crowd:
                person.resets()
            for person in (talker, listener):
                person.starts_sending("".join(f"{text}\n" for text in texts))
            self.thaws()
            for person, other in ((talker, listener), (listener, talker)):
                person.hears_in_any_order([f"* {one} left" for one in crowd], map(other.heard_as, texts))

    def leave_in_every_way(self, host, role):
        """One after another joins under one name and leaves, each in a way of its own.

        As soon as the host hears of it, it asks who is there. The server goes on with a few who are nobody.
        """
        name = self.some.name(role)
        for leave in WAYS_OUT:
            person = self.joins_as(name)
            leave(person)
            for other in self._present():
                other.hears(f"* {name} left")
            host.says("/who")
            host.hears(self.online(*self._present()))
        self.nameless_break_off(2)

    # silence

    def keep_sending(self, word, *people):
        """From now on these people send something now and then, whatever else happens."""
        self._senders.update(people)
        for person in people:
            person.keeps_sending(word)

    def hangs_up_for_silence(self, *people):
        """Waits for the server to hang up on these, who are silent; not before their time is over."""
        for person in people:
            person.may_end = True
        for person in people:
            allowed = person.allowed
            if not self._wire.wait(lambda p=person: p.ended, patience=allowed + self._patience):
                raise CheckFailed("not dropped", endless_silence(person, allowed), in_vain=True)
            if person.silent < allowed - SLACK:
                raise CheckFailed("dropped early", short_silence(person))

    def hold_out(self, *people):
        """These, who keep sending, do so for longer than they may be silent; then they stop."""
        for person in people:
            self._wire.wait(lambda p=person: p.has_sent_for(LASTS))
            person.keeps_sending(None)

    def tells_a_sleeper(self, sleeper, talker):
        """The talker says far more than the system keeps for one who reads nothing; the lines, as said.

        He goes on sending, and wakes up after longer than one may be silent. While the server waits for
        him it may not hear the talker; so it may hang up on either.
        """
        letters = self.some.letters(LONG // 1000).decode() * 1000
        lines = [f"{number} {letters}" for number in range(1, MANY + 1)]
        sleeper.may_end = talker.may_end = True
        talker.keeps_sending(None)
        sleeper.sleeps()
        talker.starts_sending("".join(f"{line}\n" for line in lines))
        self.keep_sending("x", sleeper)
        self._wire.wait(self._is_at_rest)  # it is stuck by now, if it can get stuck
        sleeper.keeps_sending("x")
        self._wire.wait(lambda: sleeper.has_sent_for(LASTS))
        sleeper.wakes()
        return lines

    # the process

    def more_call_than_it_can_take(self):
        """So many call that the system gives it no more descriptors; it comes to rest; who they are."""
        free = self._launch.descriptors - self.program.descriptors()
        crowd = [self.person(f"caller {n}", self._wire, self.address) for n in range(1, free + MORE + 1)]
        for person in crowd:
            person.starts_calling()
        self.becomes_idle()
        return crowd

    def leave(self, people):
        for person in people:
            person.leaves()

    def prints_no_traceback(self):
        """Nothing that it has printed, when all is done that was to be done, is a traceback."""
        self.becomes_idle()
        said = self.program.errors() + self.program.printed()
        if TRACEBACK in said:
            last = said.rstrip().splitlines()[-1].decode("utf-8", "replace")
            raise CheckFailed("traceback", _("The program printed a traceback: {error}", error=last))
