"""The room: who is here under which name, and how lines reach them.

One lock guards it all. Whoever holds it puts a line into every outbox before the next one can; so there
is one order of things, and all hear it. Nobody waits for the network while he holds it.
"""

import threading


class Room:
    def __init__(self):
        self._lock = threading.Lock()  # guards _members, and the order in which lines go out
        self._members = {}  # name: outbox

    def join(self, name, outbox):
        """False if somebody bears that name already."""
        with self._lock:
            if name.casefold() in map(str.casefold, self._members):
                return False
            self._members[name] = outbox
            outbox.say(self._online())
            self._broadcast(f"* {name} joined", name)
            return True

    def leave(self, name):
        with self._lock:
            del self._members[name]
            self._broadcast(f"* {name} left", name)

    def who(self, name):
        """Tells this member who is online."""
        with self._lock:
            self._members[name].say(self._online())

    def tell(self, name, line):
        """To one person alone. False if nobody of that name is here."""
        with self._lock:
            outbox = self._members.get(name)
            if outbox:
                outbox.say(line)
            return outbox is not None

    def broadcast(self, line, talker):
        with self._lock:
            self._broadcast(line, talker)

    # What follows is called with the lock held. It must not take the lock: nobody can take it twice.

    def _online(self):
        return "* online: " + " ".join(sorted(self._members))

    def _broadcast(self, line, talker):
        data = f"{line}\n".encode()  # once, and not once for each
        for name, outbox in self._members.items():
            if name != talker:
                outbox.put(data)
