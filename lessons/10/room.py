"""The room: who is here under which name, and how lines reach them.

One lock guards it all. Whoever holds it puts a line into every outbox before the next one can; so there
is one order of things, and all hear it. Nobody waits for the network while he holds it.
"""

import threading


class Room:
    def __init__(self):
        self._lock = threading.Condition()  # guards what follows, and the order in which lines go out
        self._callers = set()  # the outboxes of all who are connected, whether they have a name or not
        self._heard = set()  # those of them who have been heard out after last orders
        self._members = {}  # name: outbox
        self._is_closed = False

    def enter(self, outbox):
        """One who has connected; returns his outbox. Everybody who enters leaves."""
        with self._lock:
            self._callers.add(outbox)
        return outbox

    def join(self, name, outbox):
        """False if somebody bears that name already."""
        with self._lock:
            if name.casefold() in map(str.casefold, self._members):
                return False
            self._members[name] = outbox
            outbox.say(self._online())
            self._broadcast(f"* {name} joined", name)
            return True

    def leave(self, outbox, name):
        """One who has entered leaves, and the name with him, if he had one."""
        with self._lock:
            self._callers.discard(outbox)
            self._lock.notify_all()
            if name:
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

    def wait_for_the_end(self, outbox):
        """What this one has said before last orders has been passed on: now he waits for the others."""
        with self._lock:
            self._heard.add(outbox)
            self._lock.notify_all()
            self._lock.wait_for(lambda: self._is_closed)

    def close(self, line, seconds):
        """Says this last line to all, once all have been heard out, at the latest after so many seconds."""
        with self._lock:
            self._lock.wait_for(lambda: self._callers <= self._heard, seconds)
            for outbox in self._callers:
                outbox.say(line)
                outbox.shut()
            self._is_closed = True
            self._lock.notify_all()

    # What follows is called with the lock held. It must not take the lock: nobody can take it twice.

    def _online(self):
        return "* online: " + " ".join(sorted(self._members))

    def _broadcast(self, line, talker):
        data = f"{line}\n".encode()  # once, and not once for each
        for name, outbox in self._members.items():
            if name != talker:
                outbox.put(data)
