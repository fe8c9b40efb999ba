"""The room: who is here under which name, and how lines reach them.

One lock guards it all. Whoever holds it says a line to everybody before the next one can; so there is
one order of things, and all hear it.
"""

import threading


class Room:
    def __init__(self):
        self._lock = threading.Lock()  # guards _members, and every sendall() to one of them
        self._members = {}  # name: connection

    def join(self, name, conn):
        """False if somebody bears that name already."""
        with self._lock:
            if name.casefold() in map(str.casefold, self._members):
                return False
            self._members[name] = conn
            self._send(conn, self._online())
            self._broadcast(f"* {name} joined", name)
            return True

    def leave(self, name):
        with self._lock:
            del self._members[name]
            self._broadcast(f"* {name} left", name)

    def who(self, name):
        """Tells this member who is online."""
        with self._lock:
            self._send(self._members[name], self._online())

    def tell(self, name, line):
        """To one person alone. False if nobody of that name is here."""
        with self._lock:
            conn = self._members.get(name)
            if conn:
                self._send(conn, line)
            return conn is not None

    def broadcast(self, line, talker):
        with self._lock:
            self._broadcast(line, talker)

    def send(self, conn, line):
        """To one caller, who may be in the room or not yet."""
        with self._lock:
            self._send(conn, line)

    # What follows is called with the lock held. It must not take the lock: nobody can take it twice.

    def _online(self):
        return "* online: " + " ".join(sorted(self._members))

    def _broadcast(self, line, talker):
        for name, conn in self._members.items():
            if name != talker:
                self._send(conn, line)

    def _send(self, conn, line):
        try:
            conn.sendall(f"{line}\n".encode())
        except OSError:  # this one is gone; its own thread will see that and clean up
            pass
