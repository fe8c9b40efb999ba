"""An echo server with a thread for each caller, one lesson before that is asked for."""

import contextlib
import socket
import sys
import threading
import time


class Caller(threading.Thread):
    def __init__(self, conn):
        super().__init__()
        self.conn = conn

    def run(self):
        with self.conn, contextlib.suppress(OSError):
            while data := self.conn.recv(16384):
                self.conn.sendall(data)


def main(host="127.0.0.1", port="12413"):
    listener = socket.create_server((host, int(port)))
    print("listening on {}:{}".format(*listener.getsockname()), flush=True)
    while True:
        try:
            conn, _ = listener.accept()
        except OSError:  # the caller gave up, or no descriptor is left: try again, without haste
            time.sleep(0.05)
            continue
        Caller(conn).start()


if __name__ == "__main__":
    main(*sys.argv[1:3])
