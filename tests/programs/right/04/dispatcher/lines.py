"""A stream of bytes as lines: a generator that cuts off one line after another with partition()."""

LIMIT = 65536  # bytes of a line, with the newline
CHUNK = 8192


class TooLong(Exception):
    pass


def lines_of(conn):
    """Each whole line as UTF-8 bytes without its end; what is not UTF-8 is replaced."""
    rest = b""
    while data := conn.recv(CHUNK):
        if b"\n" in data:  # else there is nothing to cut off: `rest` has been searched already
            line, newline, data = (rest + data).partition(b"\n")
            rest = b""
            while newline:
                yield clean(line)
                line, newline, data = data.partition(b"\n")
            data = line
        rest += data
        if len(rest) >= LIMIT:
            raise TooLong


def clean(line):
    if len(line) >= LIMIT:
        raise TooLong
    return line.removesuffix(b"\r").decode("utf-8", "replace").encode()
