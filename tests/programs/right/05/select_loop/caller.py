"""One caller: what has come of its next line, and what is still to be sent. It never waits."""

MAX_LINE = 65536  # bytes, with the newline


class LineTooLong(Exception):
    pass


class Caller:
    def __init__(self, conn):
        conn.setblocking(False)
        self.conn = conn
        self.name = None
        self.leaving = False  # it is read no more, and closed when its buffer is empty
        self.begun = bytearray()  # of a line that is not whole yet
        self.unsent = bytearray()

    def lines(self, data):
        """The lines that the data completes, as text. Raises LineTooLong."""
        searched = len(self.begun)
        self.begun += data
        while (end := self.begun.find(b"\n", searched)) >= 0:
            if end >= MAX_LINE:
                raise LineTooLong
            line = bytes(self.begun[:end])
            del self.begun[: end + 1]
            searched = 0
            yield line.removesuffix(b"\r").decode(errors="replace")
        if len(self.begun) >= MAX_LINE:
            raise LineTooLong

    def flush(self):
        """Send until the kernel takes no more."""
        try:
            while self.unsent:
                sent = self.conn.send(self.unsent)
                del self.unsent[:sent]
        except BlockingIOError:
            pass
        except OSError:  # deaf now; what it said before is still to be read, so it stays till then
            self.unsent.clear()
