"""An echo server: whatever a caller sends goes back to it, one caller after another."""

import os
import socket
import sys


def open_listener(host, port):
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if os.name == "posix":  # on Windows this option would let another program steal the port
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen()
    return listener


def serve(conn):
    while True:
        data = conn.recv(4096)
        if not data:  # b"" is the end: this caller sends nothing more
            break
        conn.sendall(data)


def main():
    host = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1"
    port = int(sys.argv[2]) if len(sys.argv) > 2 else 12413
    listener = open_listener(host, port)
    print("listening on {}:{}".format(*listener.getsockname()), flush=True)
    while True:
        conn, address = listener.accept()
        with conn:
            try:
                serve(conn)
            except OSError as error:  # a caller may vanish at any moment; the next one still comes
                print(address, "is gone:", error)


if __name__ == "__main__":
    main()
