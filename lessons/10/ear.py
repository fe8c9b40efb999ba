"""Listening on a connection, but not for ever: it falls silent, or last orders are called."""

import time

DRAIN = 0.5  # seconds for which one who never pauses is heard after last orders


class Silent(Exception):
    """Nothing has come for too long."""


class LastOrders(Exception):
    """The bell has rung, and what had been said before has been read."""


class Ear:
    """What LineReader needs of a connection: recv(). Raises Silent, LastOrders."""

    def __init__(self, conn, bell, seconds):
        self._conn, self._bell, self._seconds = conn, bell, seconds
        self._end = None  # when listening ends at the latest, once the bell has rung

    def recv(self, size):
        # A timeout of the socket's own would hold for sendall() too, which other threads call.
        ready = self._bell.wait(self._seconds, self._conn)
        if not ready:
            raise Silent
        if self._bell in ready:
            self._end = self._end or time.monotonic() + DRAIN
            if self._conn not in ready or time.monotonic() > self._end:
                raise LastOrders
        return self._conn.recv(size)
