"""An echo server that serves all its callers at once: a thread for each."""

import socket
import sys
import threading


def serve(conn, address):
    with conn:
        try:
            while True:
                data = conn.recv(4096)
                if not data:  # b"" is the end: this caller sends nothing more
                    break
                conn.sendall(data)
        except OSError as error:  # only this caller is gone, and only this thread ends
            print(address, "is gone:", error)


def main():
    host = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1"
    port = int(sys.argv[2]) if len(sys.argv) > 2 else 12413
    listener = socket.create_server((host, port))  # the option of lesson 01, on every system
    print("listening on {}:{}".format(*listener.getsockname()), flush=True)
    while True:
        conn, address = listener.accept()
        threading.Thread(target=serve, args=(conn, address)).start()


if __name__ == "__main__":
    main()
