"""A chat server with one thread that owns the room; all other threads send it events and own nothing."""

import argparse
import select
import signal
import socket

from person import Person
from room import Room

SIGNALS = [signal.SIGINT, signal.SIGTERM]
RETRY = 0.1  # seconds between two calls of accept() while no descriptor is left


def arguments():
    parser = argparse.ArgumentParser(description="A chat server.")
    parser.add_argument("host", nargs="?", default="127.0.0.1")
    parser.add_argument("port", nargs="?", type=int, default=12413)
    parser.add_argument("--idle", type=float, metavar="SECONDS", help="hang up on who is silent so long")
    return parser.parse_args()


def ring_on_signals(button):
    """The first signal puts a byte in at the button, where it stays. The second one ends the program."""

    def reset(number, frame):
        for each in SIGNALS:
            signal.signal(each, signal.SIG_DFL)

    button.setblocking(False)
    signal.set_wakeup_fd(button.fileno())  # works in whichever thread the signal arrives
    for each in SIGNALS:
        signal.signal(each, reset)


def accept(listener, bell):
    """The connections of all who call before the bell rings."""
    while True:
        ready, _, _ = select.select([listener, bell], [], [])
        if listener not in ready:
            return
        try:
            conn, _ = listener.accept()
        except OSError:  # the caller gave up, or no descriptor is left: try again, without haste
            if select.select([bell], [], [], RETRY)[0]:
                return
            continue
        conn.setblocking(True)
        yield conn


def main():
    given = arguments()
    bell, button = socket.socketpair()
    ring_on_signals(button)
    with socket.create_server((given.host, given.port)) as listener:
        listener.setblocking(False)
        room = Room()
        room.start()
        print("listening on {}:{}".format(*listener.getsockname()), flush=True)
        for conn in accept(listener, bell):
            room.post(room.arrive, Person(conn, room, bell, given.idle))
    room.post(room.close)
    room.join()


if __name__ == "__main__":
    main()
