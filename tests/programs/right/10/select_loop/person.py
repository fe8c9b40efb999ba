"""One caller: what came of its next line, what is still to be sent, until when. Nothing here waits."""

import contextlib
import math
import selectors
import socket
import time

CHUNK = 16384  # bytes
MAX_LINE = 65536  # bytes, with the newline
LIMIT = 4 * 1024 * 1024  # bytes that may wait for one who does not read
GRACE = 1.0  # seconds for one who leaves to read what is due and to hang up


class LineTooLong(Exception):
    pass


class Person:
    def __init__(self, conn, idle):
        conn.setblocking(False)
        with contextlib.suppress(OSError):  # it may be gone already
            conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.conn = conn
        self.name = None
        self.is_leaving = False  # it is told nothing more, and what it says does not matter
        self.has_ended = False  # nothing more comes from it
        self._idle = math.inf if idle is None else idle
        self.deadline = time.monotonic() + self._idle  # when silence, or a farewell, has lasted too long
        self._begun = bytearray()
        self._unsent = bytearray()
        self._is_deaf = False  # nothing more goes to it

    def read_lines(self):
        """The lines that are whole now, as text. Raises LineTooLong."""
        data = self._read()
        if self.is_leaving or not data:
            return
        self.deadline = time.monotonic() + self._idle
        self._begun += data
        lines = []
        if b"\n" in data:
            *lines, self._begun = self._begun.split(b"\n")
        for line in lines:
            check_length(line)
            yield line.removesuffix(b"\r").decode(errors="replace")
        check_length(self._begun)

    def _read(self):
        if self.has_ended:
            return b""
        try:
            data = self.conn.recv(CHUNK)
        except BlockingIOError:
            return b""
        except OSError:
            data = b""
        self.has_ended = not data
        return data

    def say(self, line):
        self._unsent += f"{line}\n".encode()
        if len(self._unsent) > LIMIT:
            self.flush()
        if len(self._unsent) > LIMIT:
            self.cut()

    def flush(self):
        """Sends until the kernel takes no more; and at last the end."""
        try:
            while self._unsent and not self._is_deaf:
                sent = self.conn.send(self._unsent)
                del self._unsent[:sent]
            if self.is_leaving and not self._is_deaf:
                self._is_deaf = True
                self.conn.shutdown(socket.SHUT_WR)
        except BlockingIOError:
            pass
        except OSError:  # what it said before is still to be read, so it stays till then
            self._is_deaf = True
        if self._is_deaf:
            self._unsent.clear()

    def hang_up(self):
        """What waits is still sent; then it is for the other end to close, too."""
        self.is_leaving = True
        self.deadline = time.monotonic() + GRACE

    def cut(self):
        """For whoever does not read, or does not close: nothing waits for it any longer."""
        self.has_ended = self._is_deaf = True
        self._unsent.clear()

    def is_over(self):
        return self.is_leaving and self.has_ended and self._is_deaf

    def interest(self):
        """What the selector is to wait for."""
        reads = 0 if self.has_ended else selectors.EVENT_READ
        writes = selectors.EVENT_WRITE if self._unsent else 0
        return reads | writes


def check_length(line):
    if len(line) >= MAX_LINE:
        raise LineTooLong
