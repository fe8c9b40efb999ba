"""The watchdog: a thread that sleeps until somebody's deadline is over. It holds up no connection."""

import math
import threading
import time


class Watchdog(threading.Thread):
    def __init__(self, room):
        super().__init__()
        self._room = room
        self._woken = threading.Event()
        self._is_closing = False

    def run(self):
        while True:
            self._woken.clear()
            people, now = self._room.people(), time.monotonic()
            if self._is_closing and not people:
                return
            for person in people:
                if person.deadline <= now:
                    person.expire()
            next_one = min((person.deadline for person in people), default=math.inf)
            self._woken.wait(None if next_one == math.inf else max(0, next_one - time.monotonic()))

    def wake(self):
        """There is a new deadline, or one less."""
        self._woken.set()

    def close(self):
        """Ends it when the last one has gone."""
        self._is_closing = True
        self.wake()
