"""A chat server: whatever one of its people does or leaves undone, the others do not notice."""

import argparse
import socket
import threading
import time

from ear import Ear, Silent
from framing import LineReader, LineTooLong
from outbox import Outbox
from protocol import introduce, obey
from room import Room


def serve(conn, address, room, idle):
    with conn:
        outbox, name = Outbox(conn), None
        try:
            # Nagle's algorithm would keep a small line back until the one before it is confirmed.
            conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            outbox.say("* what is your name?")
            for line in LineReader(Ear(conn, idle)):
                if name is None:
                    name = introduce(line, outbox, room)
                elif line == "/quit":
                    break
                else:
                    obey(line, name, room)
        except LineTooLong:
            outbox.say("! line too long")
        except Silent:
            outbox.say("! idle")
        except OSError as error:  # only this caller is gone, and only this thread ends
            print(address, "is gone:", error)
        finally:
            if name:
                room.leave(name)
            outbox.close()


def accept(listener):
    while True:
        try:
            return listener.accept()
        except OSError as error:  # no descriptor is left: somebody must go before the next can come in
            print("cannot accept:", error)
            time.sleep(0.1)  # or this loop would keep a core busy


def arguments():
    parser = argparse.ArgumentParser(description="A chat server.")
    parser.add_argument("host", nargs="?", default="127.0.0.1")
    parser.add_argument("port", nargs="?", type=int, default=12413)
    parser.add_argument("--idle", type=float, metavar="SECONDS", help="hang up on who is silent so long")
    return parser.parse_args()


def main():
    given = arguments()
    room = Room()
    listener = socket.create_server((given.host, given.port))  # the option of lesson 01, on every system
    print("listening on {}:{}".format(*listener.getsockname()), flush=True)
    while True:
        conn, address = accept(listener)
        threading.Thread(target=serve, args=(conn, address, room, given.idle)).start()


if __name__ == "__main__":
    main()
