"""Runs of two kinds, of which never one of each goes on at the same time.

When a class is graded, all programs of one submission share a network. A program that found the reference
solution at work in it could hand it its own clients, and answer with what the reference says.
"""

import contextlib
import threading

THEIRS, OURS = "the student's program", "the reference"


class Sides:
    """As many runs of one side as there are; those of the other wait, and go first when these are done."""

    def __init__(self):
        self._changed = threading.Condition()
        self._running, self._waiting = {THEIRS: 0, OURS: 0}, {THEIRS: 0, OURS: 0}
        self._last = OURS  # the side that has had its turn

    @contextlib.contextmanager
    def only(self, side):
        """Waits until no run of the other side goes on, and keeps them away during the block."""
        other = OURS if side == THEIRS else THEIRS
        with self._changed:
            self._waiting[side] += 1
            self._changed.wait_for(lambda: self._may_begin(side, other))
            self._waiting[side] -= 1
            self._running[side] += 1
            self._last = side
        try:
            yield
        finally:
            with self._changed:
                self._running[side] -= 1
                self._changed.notify_all()

    def _may_begin(self, side, other):
        return not self._running[other] and not (self._waiting[other] and self._last == side)


class OneRoom(Sides):
    """Where the sides cannot find each other, or need not be kept apart: nobody waits."""

    @contextlib.contextmanager
    def only(self, side):
        yield
