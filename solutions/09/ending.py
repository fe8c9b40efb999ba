"""Ending a connection for which other threads may be waiting."""

import socket


def hang_up(conn):
    """Whoever waits in recv(), select() or sendall() on it is woken. close() alone would wake nobody."""
    try:
        conn.shutdown(socket.SHUT_RDWR)
    except OSError:  # it has ended already
        pass
