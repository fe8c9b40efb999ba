"""A chat server: it asks each caller for a name, and then does what the lines ask for."""

import contextlib
import socket
import sys
import threading
import time

from framing import LineReader, LineTooLong
from protocol import introduce, obey
from room import Room


class Watched:
    """A connection that knows when bytes came last."""

    def __init__(self, conn):
        self.conn, self.last = conn, time.monotonic()

    def recv(self, size):
        data = self.conn.recv(size)
        self.last = time.monotonic()
        return data


def watch(watched, lock, room, seconds):
    """Hang up on whoever has been silent for so long; its own thread then sees the end."""
    while True:
        time.sleep(min(0.1, seconds / 10))
        with lock:
            silent = [one for one in watched if time.monotonic() - one.last > seconds]
            watched -= set(silent)
        for one in silent:
            room.send(one.conn, "! idle")
            with contextlib.suppress(OSError):
                one.conn.shutdown(socket.SHUT_RDWR)


def serve(conn, address, room, watched, lock):
    one = Watched(conn)
    with lock:
        watched.add(one)
    try:
        talk(one, conn, address, room)
    finally:
        with lock:
            watched.discard(one)


def talk(one, conn, address, room):
    with conn:
        name = None
        try:
            room.send(conn, "* what is your name?")
            for line in LineReader(one):
                if name is None:
                    name = introduce(line, conn, room)
                elif line == "/quit":
                    break
                else:
                    obey(line, name, room)
        except LineTooLong:
            room.send(conn, "! line too long")
        except OSError as error:  # only this caller is gone, and only this thread ends
            print(address, "is gone:", error)
        finally:
            if name:
                room.leave(name)


def main():
    host = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1"
    port = int(sys.argv[2]) if len(sys.argv) > 2 else 12413
    seconds = float(sys.argv[sys.argv.index("--idle") + 1]) if "--idle" in sys.argv else None
    room, watched, lock = Room(), set(), threading.Lock()
    if seconds:
        threading.Thread(target=watch, args=(watched, lock, room, seconds), daemon=True).start()
    listener = socket.create_server((host, port))  # the option of lesson 01, on every system
    print("listening on {}:{}".format(*listener.getsockname()), flush=True)
    while True:
        try:
            conn, address = listener.accept()
        except OSError:
            time.sleep(1)
            continue
        threading.Thread(target=serve, args=(conn, address, room, watched, lock)).start()


if __name__ == "__main__":
    main()
