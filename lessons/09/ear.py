"""Listening on a connection, but not for ever: TCP does not tell when somebody is simply gone."""

import select


class Silent(Exception):
    """Nothing has come for too long."""


class Ear:
    """What LineReader needs of a connection: recv(). Raises Silent after so many seconds without a byte."""

    def __init__(self, conn, seconds):
        self._conn, self._seconds = conn, seconds

    def recv(self, size):
        # A timeout of the socket's own would hold for sendall() too, which other threads call.
        ready, _, _ = select.select([self._conn], [], [], self._seconds)
        if not ready:
            raise Silent
        return self._conn.recv(size)
