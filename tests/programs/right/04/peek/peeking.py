"""Lines without a buffer that outlives them: look into the kernel's first, then take no more than one line.

What has been looked at is always taken, up to the newline; so a look never finds the same bytes again.
"""

import socket

MAX_LINE = 65536  # bytes, with the newline
LOOK = 1024


def read_line(conn):
    """The next line with its end; without one, if the connection ends or the line is too long."""
    line = bytearray()
    while not line.endswith(b"\n") and len(line) < MAX_LINE:
        seen = conn.recv(min(LOOK, MAX_LINE - len(line)), socket.MSG_PEEK)
        if not seen:
            break
        line += conn.recv(seen.find(b"\n") + 1 or len(seen))
    return bytes(line)


def is_too_long(line):
    return len(line) == MAX_LINE and not line.endswith(b"\n")
