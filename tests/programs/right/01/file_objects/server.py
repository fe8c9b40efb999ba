"""An echo server that treats each connection as a file, one caller after another."""

import contextlib
import socket
import sys
import time


def serve(conn):
    # Leaving this block closes the file and then the socket; both are needed for the end to show.
    with conn, conn.makefile("rwb") as stream:
        while data := stream.read1(32768):  # read1 returns what is there and does not wait to fill
            stream.write(data)
            stream.flush()


def main(host="127.0.0.1", port="12413"):
    with socket.create_server((host, int(port))) as listener:
        address, number = listener.getsockname()
        sys.stdout.write(f"listening on {address}:{number}\n")
        sys.stdout.flush()
        while True:
            try:
                conn, _ = listener.accept()
            except OSError:  # the caller gave up: the next one may still come
                time.sleep(0.05)
                continue
            with contextlib.suppress(OSError):
                serve(conn)


if __name__ == "__main__":
    main(*sys.argv[1:3])
