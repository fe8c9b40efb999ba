"""An outbox for each caller: what waits to be sent, and a thread of its own that sends it.

Putting something in never waits. For one who does not read too much comes to wait, and then the
connection is ended: so nobody else notices.
"""

import socket
import threading

LIMIT = 4 * 1024 * 1024  # bytes that may wait
FLUSH = 1.0  # seconds for what still waits when the connection is to end


class Outbox:
    def __init__(self, conn):
        self._conn = conn
        self._changed = threading.Condition()  # guards what follows
        self._waiting, self._size = [], 0
        self._open = True
        self._writer = threading.Thread(target=self._write)
        self._writer.start()

    def say(self, line):
        self.put(f"{line}\n".encode())

    def put(self, data):
        """Never waits. If too much waits already, the connection ends here."""
        with self._changed:
            if not self._open:
                return
            self._waiting.append(data)
            self._size += len(data)
            if self._size > LIMIT:
                self._waiting.clear()
                self._open = False
                self.hang_up()
            self._changed.notify()

    def close(self):
        """Sends what waits, if that goes within a moment, and ends the thread."""
        with self._changed:
            self._open = False
            self._changed.notify()
        self._writer.join(FLUSH)
        self.hang_up()
        self._writer.join()

    def hang_up(self):
        """Ends the connection: whoever waits in recv() or sendall() on it is woken."""
        try:
            self._conn.shutdown(socket.SHUT_RDWR)
        except OSError:  # it has ended already
            pass

    def _write(self):
        try:
            # Nagle's algorithm would keep a small line back until the one before it is confirmed.
            self._conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while data := self._next():
                self._conn.sendall(data)
        except OSError:  # this one is gone; the thread that listens to it will see that, too
            with self._changed:
                self._open = False

    def _next(self):
        """All that waits, as one piece; b"" at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or not self._open)
            data = b"".join(self._waiting)
            self._waiting.clear()
            self._size = 0
            return data
