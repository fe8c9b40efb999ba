"""Listening on a connection, but not for ever: TCP does not tell when somebody is simply gone."""


class Silent(Exception):
    """Nothing has come for too long."""


class Ear:
    """What LineReader needs of a connection: recv(). Raises Silent after so many seconds without a byte."""

    def __init__(self, conn, seconds):
        self._conn, self._seconds = conn, seconds

    def recv(self, size):
        # TODO 1: wait until something is there to be read, and no longer than so many seconds.
        return self._conn.recv(size)
