"""The stage of one check: the program under check, and what is asked of its process.

It knows no lessons; what people say to the program stands in server.py, room.py, chat.py, client.py.
"""

import functools
import threading

from grader.failures import CheckFailed, CouldNotTell, HasSpoken
from grader.keyboard import PIPE
from grader.process import schedstat
from grader.program import POLL, Program
from grader.transcript import FROM_PROGRAM, Transcript
from grader.wire import LONGEST, Wire
from grader.words import _, _n

MEMORY = 20 * 1024 * 1024  # bytes that a program may grow by before we call it more memory


class Scene:
    """A program, started and ended for one check, and the wire on which people talk to it."""

    def __init__(self, run, launch, patience, on_long_wait=lambda: None):
        self._run, self._launch, self._patience = run, launch, patience
        self.transcript = Transcript()
        self._wire = Wire(self.transcript, patience, on_long_wait, self._guard, self._is_starved, self._delay)
        self._wire.at_rest = self._is_at_rest
        self._counted = {}
        self.program = None
        self.some, self.reference = None, None  # random material; how to start the reference solution
        self.attached = None  # the address of a server that runs already, and is not ours to start
        self.typing = PIPE  # the keyboard of a program that has one
        self.until_it_speaks = False  # whether nothing more is asked of a program that has said anything
        self.is_audited = False  # whether it must be as it was when everyone has left

    def use_way(self, way):
        """From now on lines travel in this way; see line_peer.WAYS."""
        self._wire.way = way

    def launch(self, launch):
        """Starts the program and waits until Python has reached its file."""
        self.program = Program(self._run, launch)
        long = LONGEST * self._patience
        if not self._wire.wait(self.program.has_begun, patience=long, step=POLL):
            raise CouldNotTell(never_started(round(long)))

    def end(self):
        """Ends the program and hangs up for everyone."""
        if self.program:
            self.program.end()
        self._wire.close()

    def _is_starved(self):
        return self.program is not None and self.program.is_starved()

    def _delay(self):
        """Seconds that the program, or we, have waited for a core, counted from any time in the past."""
        ours = schedstat(f"/proc/self/task/{threading.get_native_id()}")[1]
        return ours + (self.program.delay() if self.program else 0.0)

    def _is_at_rest(self):
        return self.program.is_idle(pause=self._wire.poll_for)

    def _guard(self):
        if self._run.cancelled.is_set():
            raise KeyboardInterrupt
        if self.program and self.program.stop_if_flooding():
            raise CheckFailed("flood", self.program.flooded)
        if self.until_it_speaks and any(event.what in FROM_PROGRAM for event in self.transcript.events):
            raise HasSpoken

    # the process

    def becomes_idle(self):
        """It comes to rest: no thread of it runs, and it uses next to no CPU."""
        if not self._wire.wait(self._is_at_rest):
            headline = _("The program does not come to rest although nothing happens.")
            raise CheckFailed("not idle", headline, in_vain=True)

    def counts(self, *things):
        """Remembers how many `threads` or `sockets` it has, or its `memory`, once it has come to rest."""
        self.becomes_idle()
        for thing in things:
            self._counted[thing] = self._count(thing)

    def has_no_more(self, *things):
        """Waits until it has no more of them than it had; of `memory`, not much more."""
        for thing in things:
            known = self._counted[thing] + MEMORY * (thing == "memory")
            if not self._wire.wait(lambda t=thing, k=known: self._count(t) <= k, step=POLL):
                raise CheckFailed("left behind", self._left_behind(thing, known), in_vain=True)

    def _count(self, thing):
        ask = {"threads": "threads", "sockets": "descriptors", "memory": "memory"}[thing]
        return getattr(self.program, ask)()

    def _left_behind(self, thing, known):
        more = self._count(thing) - known
        if thing == "memory":
            return _("The program keeps {size} MiB that it no longer needs.", size=(more + MEMORY) // 2**20)
        return threads_left(more) if thing == "threads" else sockets_left(more, self.program.sockets())

    def takes_stock(self):
        """Before the story of an audited check: what it has when nobody is there."""
        if self.is_audited:
            self.counts("threads", "sockets")

    def _more(self, thing):
        """How many more of them it has than when they were counted."""
        return self._count(thing) - self._counted[thing]

    def is_as_it_was(self):
        """After the story of an audited check: nothing of it is left in a program that goes on."""

    def freezes(self):
        """Stands still, so that all that happens until it thaws reaches it at once."""
        self.transcript.note(_("the server is held still"))
        self.program.freeze()

    def thaws(self):
        self.transcript.note(_("the server goes on"))
        self.program.thaw()


def never_started(seconds):
    return _n(
        "Python did not start within {count} second",
        "Python did not start within {count} seconds",
        seconds,
    )


def threads_left(count):
    return _n(
        "{count} thread is left behind by callers who have gone.",
        "{count} threads are left behind by callers who have gone.",
        count,
    )


def sockets_left(count, states):
    """So many more than before, and in which states all of them are that do not listen."""
    alive = [
        _("{number} in {state}", number=n, state=state) for state, n in states.items() if state != "LISTEN"
    ]
    if not alive:
        return _n(
            "{count} socket is left behind by callers who have gone.",
            "{count} sockets are left behind by callers who have gone.",
            count,
        )
    listed = functools.reduce(lambda some, more: _("{some}, {more}", some=some, more=more), alive)
    return _n(
        "{count} socket is left behind by callers who have gone ({states}).",
        "{count} sockets are left behind by callers who have gone ({states}).",
        count,
        states=listed,
    )
