"""An echo server that answers one caller, once. Lesson 01 makes a real one of it."""

import socket
import sys


def open_listener(host, port):
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    # TODO 4: after a stop, let the program have its port back at once.
    listener.bind((host, port))
    listener.listen()
    return listener


def serve(conn):
    # TODO 1: one recv is not the whole conversation: go on until the caller stops sending.
    data = conn.recv(4096)
    # TODO 2: send may take only a part of the data. Make sure that all of it goes out.
    conn.send(data)


def main():
    host = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1"
    port = int(sys.argv[2]) if len(sys.argv) > 2 else 12413
    listener = open_listener(host, port)
    print("listening on {}:{}".format(*listener.getsockname()), flush=True)
    # TODO 3: serve one caller after another, whatever happened to the one before.
    conn, address = listener.accept()
    serve(conn)
    conn.close()


if __name__ == "__main__":
    main()
