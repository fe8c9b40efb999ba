"""An outbox for each caller: what waits to be sent, and a thread of its own that sends it."""

import contextlib
import threading

from ending import hang_up

LIMIT = 4 * 1024 * 1024  # bytes that may wait; as many again may be with the writer


class Outbox:
    def __init__(self, conn):
        self._conn = conn
        self._changed = threading.Condition()  # guards what follows
        self._waiting, self._size, self._open = [], 0, True
        self._writer = threading.Thread(target=self._write)
        self._writer.start()

    def say(self, line):
        self.put(f"{line}\n".encode())

    def put(self, data):
        """Never waits. If too much waits already, the connection ends here."""
        with self._changed:
            self._size += len(data)
            if self._size > LIMIT:
                hang_up(self._conn)
            else:
                self._waiting.append(data)
                self._changed.notify()

    def close(self, seconds=1.0):
        """Sends what waits, if that goes within so many seconds, and ends connection and thread."""
        with self._changed:
            self._open = False
            self._changed.notify()
        self._writer.join(seconds)
        hang_up(self._conn)
        self._writer.join()

    def _write(self):
        with contextlib.suppress(OSError):  # gone; the thread that listens to this one sees that, too
            while data := self._next():
                self._conn.sendall(data)

    def _next(self):
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or not self._open)
            data, self._waiting, self._size = b"".join(self._waiting), [], 0
            return data  # all that waits, as one piece; b"" at the end
