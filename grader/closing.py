"""A chat that is told to end: by Ctrl-C, by SIGTERM, twice, in a storm. It knows no lesson."""

import contextlib
import ctypes
import signal
import struct
import sys
import time

from grader.failures import CheckFailed, CouldNotTell
from grader.peer import to_bytes
from grader.program import POLL
from grader.sleepers import Sleepers
from grader.unread import ask, bytes_received
from grader.words import _, _n

LAST = "* server is closing"
CTRL_C = getattr(signal, "CTRL_BREAK_EVENT", signal.SIGINT)  # Windows sends no other to a child
QUIET = 0.2  # seconds in which a program mostly comes to rest after the last who came
SINKS_IN = 0.3  # seconds, at most, in which a program has seen a signal and done what it does at once
READS = 1  # seconds in which one who reads again can get all that waits for him
SELDOM = 0.2  # seconds without a look after which we cannot swear to an end that lasted half a second
AT_ONCE = 0.5  # seconds for the end after a second Ctrl-C
ENDLESS = 64 * 1024 * 1024  # bytes: more than anybody reads in the seconds that are left
LATE = 4  # seconds after which nobody who called too late is still connected
TRACES = (b"Traceback (most recent call last)", b"Exception ignored in", b"Fatal Python error")


class Closing(Sleepers):
    """A chat, and its last orders."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._signalled = 0.0  # when it was told to end
        self._delays = {}  # for how long each of its threads had waited for a core by then
        self._seen_at = 0.0  # when we last looked since
        self._longest_gap = 0.0  # how long we did not look, at most

    def _guard(self):
        super()._guard()
        self._looks()

    def _looks(self):
        now = time.monotonic()
        self._longest_gap, self._seen_at = max(self._longest_gap, now - self._seen_at), now

    # the signal

    def presses_ctrl_c(self):
        """Ctrl-C in the terminal in which the server runs."""
        self._tell(_("Ctrl-C at the server"), CTRL_C)

    def asks_to_end(self):
        """SIGTERM, as the system sends it at shutdown."""
        self._tell(_("SIGTERM for the server"), signal.SIGTERM)

    def _tell(self, note, number):
        self.transcript.note(note)
        is_still = self.program.is_stopped()
        if is_still:
            self._wire.wait(lambda: all(map(has_arrived, self._wire.people)))
        else:  # an interrupt in the middle of Thread.start() for the last who came is no promise's matter
            self._wire.wait(lambda: self.program.is_quiet(self._wire.poll_for), patience=QUIET)
        self._signalled = self._seen_at = time.monotonic()
        self._longest_gap, self._delays = 0.0, self.program.delays()
        linux = is_still and sys.platform == "linux"
        tell = getattr(ctypes.CDLL(None), "tgkill", None) if linux else None
        # A thread that is not the main one may take the signal of a process that has stood still, and then
        # it wakes nobody out of accept(): no terminal does that to a program, so we do not do it either.
        tell(self.program.pid, self.program.pid, number) if tell else self.program.send_signal(number)

    def lets_it_sink_in(self):
        """Until the program has done what it does at once; it then waits for somebody, or has ended."""
        end = time.monotonic() + SINKS_IN

        def is_in():
            ended = self.program.exit_code() is not None or time.monotonic() > end
            return ended or self._rests()

        self._wire.wait(is_in, step=POLL)

    def _rests(self):
        with contextlib.suppress(CheckFailed):  # it ended while we looked
            return self._is_at_rest()

    # what people hear of it

    def closes_on(self, *people):
        """The next that each of them hears is that the server is closing, and then the end."""
        self._closes(people, lambda person: person.hears(LAST))

    def closes_at_last_on(self, *people):
        """The same, but before that they may hear anything."""
        self._closes(people, lambda person: person.hears_at_last(LAST))

    def _closes(self, people, hear):
        with self._end_is_due():
            for person in people:
                hear(person)
                person.hears_the_end()

    def reads_in_time(self, person):
        """One who slept reads again, and hears all that was said; if we read it late, nobody is to blame."""
        with self._end_is_due():
            try:
                self.wakes_up(person)
            except CheckFailed:
                if time.monotonic() - self._signalled > READS:
                    raise CouldNotTell(_("this machine is too busy to read what was said in time")) from None
                raise

    @contextlib.contextmanager
    def _end_is_due(self):
        """What went wrong is not that the program has ended, and not that we looked too late."""
        try:
            yield
        except CheckFailed as failed:
            self._looks()
            if self._longest_gap > SELDOM:
                why = _(
                    "this machine let us look only every {seconds:.1f} seconds", seconds=self._longest_gap
                )
                raise CouldNotTell(why) from None
            if not failed.in_vain and not self.program.exit_code():
                failed.kind = "wrong words"
            raise

    def turns_away(self, role):
        """One who calls now is refused, or it ends without a word, or with the last one."""
        late = self.person(self.some.name(role), self._wire, self.address)
        late.starts_calling()
        over = self._wire.wait(lambda: late.ended, progress=lambda: len(late.received), patience=LATE)
        if late.unread() not in (b"", to_bytes(f"{LAST}\n")):
            what = _(
                "{who}, who called after everybody had heard `{line}`, was let in.", who=late.name, line=LAST
            )
            raise CheckFailed("wrong words", what, who=late.name, expected=b"", received=late.unread())
        if not over:
            what = _("{who} called too late, and waits for ever.", who=late.name)
            raise CheckFailed("not closed", what, in_vain=True)

    def talks_without_end(self, person):
        """Sends empty lines, which nobody hears of, until the connection is over."""
        person.starts_sending("\n" * ENDLESS)

    def storm(self, guests):
        """Each gives a name, by turns stays, quits, or breaks off; as many others call. Who has stayed."""
        for number, guest in enumerate(guests):
            guest.starts_sending(f"{guest}\n" + "/quit\n" * (number % 3 == 1))
            if number % 3 == 2:
                guest.resets()
            self.person(f"late{number}_", self._wire, self.address).starts_calling()
        return guests[::3]

    # its end

    def ends_within(self, seconds, *polite):
        """It ends so soon after the signal, with exit code 0; these hang up as soon as they hear the end.

        Time in which the machine had no core for a thread of it is not the program's.
        """

        def ended():
            for person in polite:
                if person.ended:
                    person.drop()
            return self.program.exit_code() is not None

        passed = time.monotonic() - self._signalled
        now = self.program.delays()
        lost = max((now[task] - self._delays.get(task, 0.0) for task in now), default=0.0)
        due = _("Its end was due within {seconds} s.", seconds=seconds)
        self._waits_for_the_end(ended, seconds + lost - passed, due)
        code = self.program.exit_code()
        if code:
            raise CheckFailed("wrong code", ended_with(code))

    def ends_at_once(self):
        """It ends now, with any code."""
        due = _("Its end was due at once.")
        self._waits_for_the_end(lambda: self.program.exit_code() is not None, AT_ONCE, due)

    def _waits_for_the_end(self, ended, patience, due):
        if not self._wire.wait(ended, patience=max(patience, POLL), step=POLL):
            headline = _("{what} {more}", what=self._why_alive(), more=due)
            raise CheckFailed("hangs at exit", headline, in_vain=True)
        self.transcript.note(_("the server has ended, with code {code}", code=self.program.exit_code()))

    def says_no_traceback(self):
        """Nothing of what it printed is Python's account of a crash."""
        printed = self.program.output()
        trace = next((line for line in printed.splitlines() if any(mark in line for mark in TRACES)), None)
        if trace:
            said = trace.decode("utf-8", "replace")
            headline = _("The program did not end in good order: {trace}", trace=said)
            raise CheckFailed("crashed at exit", headline)

    def leaves_no_thread(self):
        """When its main thread was done, no other thread of it was alive."""
        others = self.program.threads_at_the_end()
        if others is None:
            headline = _("The program was cut off before its main thread was done.")
            raise CheckFailed("wrong words", headline)
        if others:
            names = ", ".join(others[:3]) + ", …" * (len(others) > 3)
            headline = _n(
                "When the main thread was done, {count} other was still alive: {names}.",
                "When the main thread was done, {count} others were still alive: {names}.",
                len(others),
                names=names,
            )
            raise CheckFailed("wrong words", headline)


def ended_with(code):
    """What is wrong about the code with which it ended, or the signal that ended it."""
    if code > 0:
        return _("The program ended with exit code {code}; exit code 0 was due.", code=code)
    name = signal.strsignal(-code)
    return _("The program ended by signal {number} ({name}); exit code 0 was due.", number=-code, name=name)


def has_arrived(person):
    """Whether all that it has said has reached the server's machine; True where the system does not say."""
    with contextlib.suppress(OSError, struct.error, AttributeError):
        answer = ask(person.sock.getpeername(), person.sock.getsockname())
        return (bytes_received(answer) or 0) >= person.sent
    return True
