"""One caller: its connection, its lines, and the state that says what its next line means."""

import contextlib
import socket

from states import Nameless

MAX_LINE = 65536  # bytes, with the newline


class LineTooLong(Exception):
    pass


class Caller:
    def __init__(self, conn, crowd):
        self.conn = conn
        self.crowd = crowd  # casefolded name: its state Named
        self.state = Nameless(self)

    def begin(self):
        self.tell("* what is your name?")

    def hears(self, line):
        self.state = self.state.hears(line)

    def end(self):
        if self.state:
            self.state.leaves()
        self.conn.close()

    def shut(self):
        with contextlib.suppress(OSError):
            self.conn.shutdown(socket.SHUT_RDWR)

    def tell(self, line):
        with contextlib.suppress(OSError):  # it is gone; its own thread will see that
            self.conn.sendall(f"{line}\n".encode())

    def lines(self):
        """Each whole line as text. Raises LineTooLong, OSError."""
        buffer = bytearray()
        while data := self.conn.recv(16384):
            buffer += data
            if b"\n" in data:
                *lines, buffer = buffer.split(b"\n")
                yield from map(to_text, lines)
            check_length(buffer)


def to_text(line):
    check_length(line)
    return line.removesuffix(b"\r").decode(errors="replace")


def check_length(line):
    if len(line) >= MAX_LINE:
        raise LineTooLong
