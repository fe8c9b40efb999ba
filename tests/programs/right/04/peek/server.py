"""A room of lines that never takes more off the wire than belongs to the line which it is reading."""

import contextlib
import socket
import sys
import threading
import time

from peeking import is_too_long, read_line


class Room:
    def __init__(self):
        self._guard = threading.Lock()
        self._visitors = set()

    def admit(self, visitor):
        with self._guard:
            self._visitors.add(visitor)

    def dismiss(self, visitor):
        with self._guard:
            self._visitors.discard(visitor)

    def relay(self, talker, data):
        with self._guard:
            others = self._visitors - {talker}
        for visitor in others:
            visitor.deliver(data)


class Visitor(threading.Thread):
    """One person's thread: passes on its lines, and takes what others say to it."""

    def __init__(self, conn, room):
        super().__init__()
        self._conn = conn
        self._room = room
        self._sending = threading.Lock()  # two talkers do not mix, and nobody sends during close

    def run(self):
        with contextlib.suppress(OSError):
            self._listen()
        self._room.dismiss(self)
        with contextlib.suppress(OSError):
            self._conn.shutdown(socket.SHUT_RDWR)  # wakes a talker who is stuck sending to us
        with self._sending:
            self._conn.close()

    def _listen(self):
        while (line := read_line(self._conn)).endswith(b"\n"):
            text = line.removesuffix(b"\n").removesuffix(b"\r").decode("utf-8", "replace")
            self._room.relay(self, text.encode() + b"\n")
        if is_too_long(line):
            self.deliver(b"! line too long\n")

    def deliver(self, data):
        with self._sending, contextlib.suppress(OSError):  # it is gone: its own thread cleans up
            self._conn.sendall(data)


def main():
    host = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1"
    port = int(sys.argv[2]) if len(sys.argv) > 2 else 12413
    room = Room()
    with socket.create_server((host, port)) as listener:
        print("listening on {}:{}".format(*listener.getsockname()), flush=True)
        while True:
            try:
                conn, _ = listener.accept()
            except OSError:  # the caller gave up, or no descriptor is left: try again, without haste
                time.sleep(0.05)
                continue
            visitor = Visitor(conn, room)
            room.admit(visitor)  # before its thread runs: it hears from now on
            visitor.start()


if __name__ == "__main__":
    main()
