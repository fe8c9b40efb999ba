"""An echo server that serves all its callers at once. Lesson 03 makes a room of it."""

import socket
import sys
import threading

from room import Room


def serve(conn, address, room):
    with conn:
        # TODO 5: let the caller join the room, and leave it however this function ends.
        try:
            while True:
                data = conn.recv(4096)
                if not data:  # b"" is the end: this caller sends nothing more
                    break
                conn.sendall(data)  # TODO 6: not an echo any more: the others shall hear it.
        except OSError as error:  # only this caller is gone, and only this thread ends
            print(address, "is gone:", error)


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
