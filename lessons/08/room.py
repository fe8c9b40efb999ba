"""The room: who is here under which name, and how lines reach them."""

import threading


class Room:
    def __init__(self):
        self._lock = threading.Lock()  # guards _members
        self._members = {}  # name: connection

    def join(self, name, conn):
        """False if somebody bears that name already."""
        with self._lock:
            if name.casefold() in map(str.casefold, self._members):
                return False
            self._members[name] = conn
            self.send(conn, self._online())
        self.broadcast(f"* {name} joined", name)  # TODO 3: one step with what stands above
        return True

    def leave(self, name):
        with self._lock:
            del self._members[name]
        self.broadcast(f"* {name} left", name)  # TODO 4: one step with what stands above

    def who(self, name):
        """Tells this member who is online."""
        with self._lock:
            line = self._online()
        self.tell(name, line)  # TODO 5: one step with what stands above

    def tell(self, name, line):
        """To one person alone. False if nobody of that name is here."""
        with self._lock:
            conn = self._members.get(name)
        if conn:
            self.send(conn, line)  # TODO 6: one step with what stands above
        return conn is not None

    def broadcast(self, line, talker):
        # TODO 2: no snapshot any more: take the lock, and call _broadcast().
        with self._lock:
            members = dict(self._members)
        for name, conn in members.items():
            if name != talker:
                self.send(conn, line)

    def send(self, conn, line):
        """To one caller, who may be in the room or not yet."""
        # TODO 2: take the lock, and call _send().
        try:
            conn.sendall(f"{line}\n".encode())
        except OSError:  # this one is gone; its own thread will see that and clean up
            pass

    # What follows is called with the lock held. It must not take the lock: nobody can take it twice.

    def _online(self):
        return "* online: " + " ".join(sorted(self._members))

    # TODO 1: _broadcast(line, talker) and _send(conn, line): what broadcast() and send() do.
