"""An outbox for each caller: what waits to be sent, and a thread of its own that sends it."""

import contextlib
import sys
import threading

from ending import end_after_last_words, hang_up

LIMIT = 4 * 1024 * 1024  # bytes that may wait; as many again may be with the writer
FLUSH = 1.0  # seconds for what still waits when the connection is to end
LINGER = 0.5  # seconds for the other end to read it and to close

# Each thread that is ready to run asks for its turn once in so many seconds. At the usual 0.005, hundreds
# of writers ask so much that little else is done.
sys.setswitchinterval(0.05)


class Outbox:
    def __init__(self, conn):
        self._conn = conn
        self._lock = threading.Lock()  # guards what follows
        self._changed = threading.Condition(self._lock)
        self._waiting, self._size, self._open = [], 0, True
        self._writer = threading.Thread(target=self._write)
        self._writer.start()

    def say(self, line):
        self.put(f"{line}\n".encode())

    def put(self, data):
        """Never waits. If too much waits already, the connection ends here."""
        with self._lock:
            self._size += len(data)
            if self._size > LIMIT:
                hang_up(self._conn)
            elif self._open:
                self._waiting.append(data)
                if len(self._waiting) == 1:  # before that the writer may be asleep
                    self._changed.notify()

    def shut(self):
        """Takes nothing more. What waits is still sent."""
        with self._changed:
            self._open = False
            self._changed.notify()

    def close(self):
        """Ends thread and connection; before that, if it goes within a moment, what waits is sent."""
        self.shut()
        self._writer.join(FLUSH)
        if self._writer.is_alive():
            hang_up(self._conn)  # on Windows it is close() that wakes the writer
            self._writer.join(LINGER)
        else:
            end_after_last_words(self._conn, LINGER)
        self._conn.close()

    def _write(self):
        with contextlib.suppress(OSError):  # gone; the thread that listens to this one sees that, too
            while data := self._next():
                self._conn.sendall(data)

    def _next(self):
        with self._lock:
            while self._open and not self._waiting:
                self._changed.wait()
            waiting, self._waiting, self._size = self._waiting, [], 0
        return b"".join(waiting)  # all that waits, as one piece; b"" at the end
