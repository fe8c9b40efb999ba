"""One person's thread: passes on what it says, and takes what others say to it."""

import contextlib
import socket
import threading


class Handler(threading.Thread):
    def __init__(self, number, conn, hall):
        super().__init__()
        self.number = number
        self._conn = conn
        self._hall = hall
        self._sending = threading.Lock()  # two talkers do not mix, and nobody sends during close

    def run(self):
        with contextlib.suppress(OSError):
            while data := self._conn.recv(8192):
                self._hall.relay(self.number, data)
        self._finish()

    def deliver(self, data):
        with self._sending, contextlib.suppress(OSError):  # it is gone: its own thread cleans up
            self._conn.sendall(data)

    def _finish(self):
        self._hall.dismiss(self.number)
        with contextlib.suppress(OSError):
            self._conn.shutdown(socket.SHUT_RDWR)  # wakes a talker who is stuck sending to us
        with self._sending:
            self._conn.close()
