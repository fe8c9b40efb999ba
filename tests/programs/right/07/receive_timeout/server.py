"""A chat server with two threads for each caller: one reads, one empties the caller's outbox."""

import socket
import sys
import time

from lounge import Lounge
from visitor import Visitor


def main(host="127.0.0.1", port="12413", _="", idle=None):
    listener = socket.create_server((host, int(port)))
    print("listening on {}:{}".format(*listener.getsockname()), flush=True)
    lounge = Lounge()
    while True:
        try:
            conn, _ = listener.accept()
        except OSError:  # the caller gave up, or no descriptor is left: try again, without haste
            time.sleep(0.05)
            continue
        Visitor(conn, lounge, idle and float(idle)).start()


if __name__ == "__main__":
    main(*sys.argv[1:5])
