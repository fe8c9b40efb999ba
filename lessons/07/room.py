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
            self.send(conn, self._online())  # under the lock: nothing else can come before it
        self.broadcast(f"* {name} joined", name)
        return True

    def leave(self, name):
        with self._lock:
            del self._members[name]
        self.broadcast(f"* {name} left", name)

    def online(self):
        with self._lock:
            return self._online()

    def _online(self):
        return "* online: " + " ".join(sorted(self._members))

    def tell(self, name, line):
        """To one person alone. False if nobody of that name is here."""
        with self._lock:
            conn = self._members.get(name)
        if conn:
            self.send(conn, line)
        return conn is not None

    def broadcast(self, line, talker):
        with self._lock:
            members = dict(self._members)  # a snapshot: people come and go while we send
        for name, conn in members.items():
            if name != talker:
                self.send(conn, line)

    def send(self, conn, line):
        try:
            conn.sendall(f"{line}\n".encode())
        except OSError:  # this one is gone; its own thread will see that and clean up
            pass
