"""The entrance of a chat: a thread for each caller, and one lock under which every line is obeyed."""

import contextlib
import socket
import sys
import threading
import time

from caller import Caller, LineTooLong


def serve(caller, lock):
    with contextlib.suppress(OSError):  # it is gone
        converse(caller, lock)
    caller.shut()  # whoever holds the lock may be stuck sending to this one
    with lock:
        caller.end()


def converse(caller, lock):
    with lock:
        caller.begin()
    try:
        for line in caller.lines():
            with lock:
                caller.hears(line)
            if caller.state is None:
                return
    except LineTooLong:
        with lock:
            caller.tell("! line too long")


def main():
    host = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1"
    port = int(sys.argv[2]) if len(sys.argv) > 2 else 12413
    listener = socket.create_server((host, port))
    print("listening on {}:{}".format(*listener.getsockname()), flush=True)
    lock, crowd = threading.Lock(), {}
    while True:
        try:
            conn, _ = listener.accept()
        except OSError:  # the caller gave up, or no descriptor is left: try again, without haste
            time.sleep(0.05)
            continue
        threading.Thread(target=serve, args=(Caller(conn, crowd), lock)).start()


if __name__ == "__main__":
    main()
