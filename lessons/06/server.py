"""A chat server: it asks each caller for a name, and then does what the lines ask for."""

import socket
import sys
import threading

from framing import LineReader, LineTooLong
from protocol import introduce, obey
from room import Room


def serve(conn, address, room):
    with conn:
        name = None
        try:
            room.send(conn, "* what is your name?")
            for line in LineReader(conn):
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
    room = Room()
    listener = socket.create_server((host, port))  # the option of lesson 01, on every system
    print("listening on {}:{}".format(*listener.getsockname()), flush=True)
    while True:
        conn, address = listener.accept()
        threading.Thread(target=serve, args=(conn, address, room)).start()


if __name__ == "__main__":
    main()
