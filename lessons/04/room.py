"""The room: who is here, and how one person's line reaches all the others."""

import threading


class Room:
    def __init__(self):
        self._lock = threading.Lock()  # guards _members, and is held only for a moment
        self._members = []

    def join(self, conn):
        with self._lock:
            self._members.append(conn)

    def leave(self, conn):
        with self._lock:
            self._members.remove(conn)

    def broadcast(self, line, talker):
        data = f"{line}\n".encode()
        with self._lock:
            members = list(self._members)  # a snapshot: people come and go while we send
        for member in members:
            if member is talker:
                continue
            try:
                member.sendall(data)
            except OSError:  # this one is gone; its own thread will see that and clean up
                pass
