"""Framing: where one line ends and the next begins. A connection brings bytes and no messages."""

MAX_LINE = 65536  # bytes, with the newline


class LineTooLong(Exception):
    """So many bytes came, and no newline."""


class LineReader:
    """The lines that come on one connection: `for line in LineReader(conn)`."""

    def __init__(self, conn, limit=MAX_LINE):
        self._conn, self._limit = conn, limit
        self._begun = b""  # what has come of the next line; here it waits for the rest

    def __iter__(self):
        """Each line as text without its end, once it is whole. Raises LineTooLong, OSError."""
        while data := self._conn.recv(4096):
            *ends, rest = data.split(b"\n")  # each of the ends completes a line
            for end in ends:
                yield self._whole(end)
                self._begun = b""
            self._begun += rest
            self._check_length(self._begun)

    def _whole(self, end):
        line = self._begun + end
        self._check_length(line)
        return line.removesuffix(b"\r").decode("utf-8", "replace")  # text only now: no character is cut

    def _check_length(self, line):
        if len(line) >= self._limit:
            raise LineTooLong
