"""Where a line for one person goes out. Lesson 09 makes an outbox of it, and gives it a thread of its own."""

import contextlib
import threading

from ending import hang_up

LIMIT = 4 * 1024 * 1024  # bytes that may wait; as many again may be with the writer


class Outbox:
    def __init__(self, conn):
        self._conn = conn
        self._changed = threading.Condition()  # guards what follows
        # TODO 1: what waits, how many bytes that are, and whether the outbox is open; then start the writer.

    def say(self, line):
        self.put(f"{line}\n".encode())

    def put(self, data):
        """Waits until the system has taken the data."""
        with self._changed, contextlib.suppress(OSError):
            self._conn.sendall(data)  # TODO 3: never wait here. TODO 4: too much waits? Then hang up.

    def close(self, seconds=1.0):
        """Ends the connection."""
        # TODO 5: tell the writer that nothing more comes, and give it so many seconds for what waits.
        hang_up(self._conn)

    # TODO 2: _next, all that waits in one piece; and the writer, _write, which sends piece after piece.
