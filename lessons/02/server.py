"""An echo server for one caller at a time. Lesson 02 lets it serve all of them at once."""

import socket
import sys


def serve(conn):
    while True:
        data = conn.recv(4096)
        if not data:  # b"" is the end: this caller sends nothing more
            break
        conn.sendall(data)


def main():
    host = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1"
    port = int(sys.argv[2]) if len(sys.argv) > 2 else 12413
    listener = socket.create_server((host, port))  # the option of lesson 01, on every system
    print("listening on {}:{}".format(*listener.getsockname()), flush=True)
    while True:
        conn, address = listener.accept()
        # TODO 1: while this caller is served, nobody else is. Give each caller a thread of its own.
        # TODO 2: then the thread has to close the connection, and to take the error of a lost caller.
        with conn:
            try:
                serve(conn)
            except OSError as error:  # a caller may vanish at any moment; the next one still comes
                print(address, "is gone:", error)


if __name__ == "__main__":
    main()
