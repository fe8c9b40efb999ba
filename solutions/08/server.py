"""A chat server: it asks each caller for a name, and then does what the lines ask for."""

import argparse
import socket
import threading
import time

from ear import Ear, Silent
from framing import LineReader, LineTooLong
from protocol import introduce, obey
from room import Room


def serve(conn, address, room, idle):
    with conn:
        name = None
        try:
            room.send(conn, "* what is your name?")
            for line in LineReader(Ear(conn, idle)):
                if name is None:
                    name = introduce(line, conn, room)
                elif line == "/quit":
                    break
                else:
                    obey(line, name, room)
        except LineTooLong:
            room.send(conn, "! line too long")
        except Silent:
            room.send(conn, "! idle")
        except OSError as error:  # only this caller is gone, and only this thread ends
            print(address, "is gone:", error)
        finally:
            if name:
                room.leave(name)


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
