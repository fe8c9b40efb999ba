"""A server that passes on what each person says, line by line. Lesson 05 asks them for their names."""

import socket
import sys
import threading

from framing import LineReader, LineTooLong
from protocol import introduce, obey
from room import Room


def serve(conn, address, room):
    with conn:
        # TODO 1: ask for the name, and make none up. Until a good one comes, the name is None.
        name = introduce(f"guest-{address[1]}", conn, room)
        try:
            for line in LineReader(conn):
                # TODO 2: a line of one who has no name yet goes to introduce().
                # TODO 3: after /quit, no line is obeyed.
                obey(line, name, room)
        except LineTooLong:
            room.send(conn, "! line too long")
        except OSError as error:  # only this caller is gone, and only this thread ends
            print(address, "is gone:", error)
        finally:
            room.leave(name)  # TODO 4: one who never gave a name was never here.


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
