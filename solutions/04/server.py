"""A server that passes what one person says to everyone else in the room, line by line."""

import contextlib
import socket
import sys
import threading

from framing import LineReader, LineTooLong
from room import Room


def serve(conn, address, room):
    with conn:
        room.join(conn)
        try:
            for line in LineReader(conn):  # a reader of its own for each connection
                room.broadcast(line, conn)
        except LineTooLong:
            with contextlib.suppress(OSError):  # it may be gone by now
                conn.sendall(b"! line too long\n")
        except OSError as error:  # only this caller is gone, and only this thread ends
            print(address, "is gone:", error)
        finally:
            room.leave(conn)


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
