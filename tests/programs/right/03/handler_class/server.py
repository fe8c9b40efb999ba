"""The entrance: accepts people and gives each its handler."""

import itertools
import socket
import sys
import time

from hall import Hall
from handler import Handler


def entrance(listener, hall):
    for number in itertools.count(1):
        try:
            conn, _ = listener.accept()
        except OSError:  # the caller gave up, or no descriptor is left: try again, without haste
            time.sleep(0.05)
            continue
        handler = Handler(number, conn, hall)
        hall.admit(handler)  # before its thread runs: it hears from now on
        handler.start()


def main():
    host = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1"
    port = int(sys.argv[2]) if len(sys.argv) > 2 else 12413
    with socket.create_server((host, port)) as listener:
        print("listening on {}:{}".format(*listener.getsockname()), flush=True)
        entrance(listener, Hall())


if __name__ == "__main__":
    main()
