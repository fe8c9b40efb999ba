"""Framing: where one line ends and the next begins. A connection brings bytes and no messages."""

MAX_LINE = 65536  # bytes, with the newline


class LineTooLong(Exception):
    """So many bytes came, and no newline."""


class LineReader:
    """The lines that come on one connection: `for line in LineReader(conn)`."""

    def __init__(self, conn):
        self._conn = conn
        # TODO 1: a place for what has come of the next line; there it waits for the rest.

    def __iter__(self):
        """Each line as text without its end, once it is whole. Raises LineTooLong, OSError."""
        while data := self._conn.recv(4096):
            # TODO 2: split at every newline. Yield each whole line; what follows the last newline waits.
            # TODO 3: raise LineTooLong when a line is longer than MAX_LINE, also one that has only begun.
            yield self._text(data)

    def _text(self, line):
        """A whole line, as text without its end."""
        return line  # TODO 4: it is bytes. Drop the end, then decode; bad bytes must not raise.
