"""The bell for last orders: Ctrl-C or SIGTERM rings it, and all who wait at it hear it at once.

It is a pair of connected sockets: a byte goes in at one end and is never taken out at the other, so
the bell does not stop ringing. Sockets work alike on every system; a flag would wake nobody.
"""

import selectors
import signal
import socket

SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name)]
Waiting = getattr(selectors, "PollSelector", selectors.SelectSelector)  # select() knows 1024 descriptors


class Bell:
    def __init__(self):
        self._button, self._sound = socket.socketpair()
        self._button.setblocking(False)

    def fileno(self):
        """What a selector asks for."""
        return self._sound.fileno()

    def rings_on_signals(self):
        """From now on the first signal rings, and the second one ends the program at once."""
        signal.set_wakeup_fd(self._button.fileno())  # Python itself puts the byte in, also on Windows
        for number in SIGNALS:
            signal.signal(number, self._at_the_first)

    def _at_the_first(self, number, frame):
        for number in SIGNALS:
            signal.signal(number, signal.SIG_DFL)

    def wait(self, seconds=None, *others):
        """Which of these can be read, this bell among them: waits for the first, at most so long."""
        with Waiting() as waiting:
            for one in (self, *others):
                waiting.register(one, selectors.EVENT_READ)
            return [key.fileobj for key, _ in waiting.select(seconds)]
