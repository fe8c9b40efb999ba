"""Lines from bytes by way of an incremental decoder: it keeps a character that is cut, we keep a line."""

import codecs

MAX_LINE = 65536  # bytes as they came, with the newline: what the decoder puts in for them may be longer


class Overlong(Exception):
    pass


class Lines:
    """The lines of one connection: feed it bytes, it yields text."""

    def __init__(self):
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._parts = []  # of the line that has begun, joined once it is whole
        self._size = 0  # in bytes

    def feed(self, data):
        first, *others = data.split(b"\n")
        self._add(first)
        for piece in others:
            yield self._finish()
            self._add(piece)

    def _add(self, piece):
        self._size += len(piece)
        if self._size >= MAX_LINE:
            raise Overlong
        self._parts.append(self._decoder.decode(piece))

    def _finish(self):
        self._parts.append(self._decoder.decode(b"", final=True))  # a character cut off by the newline
        line = "".join(self._parts).removesuffix("\r")
        self._parts, self._size = [], 0
        return line
