"""The wire that serves all of a check's people at once: who can read or write now, and how long to wait.

Nobody blocks: while one person waits, the wire reads for everyone, so a check never causes a jam that
it then blames on the program. It knows no bytes, no processes and no lessons.
"""

import selectors
import time

LONG = 0.1  # seconds after which another check may begin
STALL = 0.3  # seconds between two looks that are no accident
LITTLE = 0.05  # share of a wait in which the machine may have had no core for who was ready to run
LONGEST = 5  # times the patience that a wait may last in all while there is progress


class Wire:
    """Reads and writes for every person of one check, and keeps the transcript."""

    def __init__(
        self,
        transcript,
        patience,
        on_long_wait=lambda: None,
        guard=lambda: None,
        excuse=lambda: False,
        delay=lambda: 0.0,
    ):
        self.transcript, self.patience = transcript, patience
        self._on_long_wait, self._guard, self._excuse, self._delay = on_long_wait, guard, excuse, delay
        self._selector = selectors.DefaultSelector()
        self.people, self.has_tokens = [], False
        self.way, self.at_rest = "whole", lambda: True  # how lines travel; whether the program is at rest

    def poll(self, seconds):
        """Lets happen what can happen within so many seconds, and returns at the first that does."""
        for key, events in self._selector.select(seconds):
            key.data.ready(events)

    def poll_for(self, seconds):
        """Lets happen what happens within so many seconds."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.poll(left)

    def wait(self, done, progress=lambda: None, patience=None, step=0.02):
        """Whether it came true. The patience begins anew with each progress, but not without end.

        Time in which this process or the program was ready to run, and did not get to, does not count.

        Every event on a socket is looked at at once; what the system has no event for, each `step` s.
        """
        for person in self.people:
            person.flush()
        patience = patience or self.patience
        began = last = seen = time.monotonic()
        known, delay = progress(), None
        while not done():
            now = time.monotonic()
            if now - seen > STALL:  # we ourselves stood still, and so perhaps did everything else
                last += now - seen
            seen = now
            if progress() != known:
                known, last = progress(), now
            if now - began > patience * LONGEST:
                return False
            if now - last > patience:
                lost = self._lost(delay, now - last)
                if not lost:
                    return done()  # asked once more: to find out took a moment
                last, delay = last + lost, None
            if now - began > LONG:
                delay = self._delay() if delay is None else delay
                self._on_long_wait()
            self._guard()
            self.poll(step)
        return True

    def _lost(self, delay, seconds):
        """How many of the last seconds the machine had no core for us or the program; 0 if hardly any.

        `delay` is how long both had waited for one at their beginning, or None.
        """
        lost = 0.0 if delay is None else min(self._delay() - delay, seconds)
        if lost > LITTLE * seconds:
            return lost
        return seconds if self._excuse() else 0.0

    def watch(self, person, events):
        """Asks the system for these events of the person's socket, or for none at all."""
        known = person.sock.fileno() in self._selector.get_map()
        if events and known:
            self._selector.modify(person.sock, events, person)
        elif events:
            self._selector.register(person.sock, events, person)
        elif known:
            self._selector.unregister(person.sock)

    def close(self):
        for person in self.people:
            person.drop()
        self._selector.close()
