"""The lounge: who is in it, under which name. All that it does is one step for everybody else.

It only fills outboxes, so nothing in here waits for the network while the lock is held.
"""

import threading


class Lounge:
    def __init__(self):
        self._lock = threading.RLock()
        self._visitors = {}  # name: visitor

    def enter(self, visitor, name):
        """False if somebody has that name, in whatever case."""
        with self._lock:
            if any(name.casefold() == other.casefold() for other in self._visitors):
                return False
            self._visitors[name] = visitor
            visitor.tell(self.online())
            self.tell_others(name, f"* {name} joined")
            return True

    def exit(self, name):
        with self._lock:
            del self._visitors[name]
            self.tell_others(name, f"* {name} left")

    def online(self):
        with self._lock:
            return " ".join(["* online:", *sorted(self._visitors)])

    def find(self, name):
        with self._lock:
            return self._visitors.get(name)

    def tell_others(self, talker, line):
        with self._lock:
            for name, visitor in self._visitors.items():
                if name != talker:
                    visitor.tell(line)
