"""Ending a connection: at once, or so that the other end hears our last words."""

import contextlib
import socket
import time


def hang_up(conn):
    """Whoever waits in recv(), select() or sendall() on it is woken. close() alone would wake nobody."""
    with contextlib.suppress(OSError):  # it has ended already
        conn.shutdown(socket.SHUT_RDWR)


def end_after_last_words(conn, seconds):
    """Sends the end behind what was sent before, and reads on until the other end closes, at most so long.

    Bytes that nobody has read would make close() send a reset, and that may overtake the last words.
    """
    end = time.monotonic() + seconds
    with contextlib.suppress(OSError):  # it broke, or the time is over
        conn.shutdown(socket.SHUT_WR)
        while (left := end - time.monotonic()) > 0:
            conn.settimeout(left)  # nobody sends any more, so it may hold for the whole socket
            if not conn.recv(65536):
                break
