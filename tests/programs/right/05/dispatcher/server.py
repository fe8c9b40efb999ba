"""A chat server whose people belong to one thread: readers send it what they read, through a queue."""

import contextlib
import queue
import socket
import sys
import threading
import time

from house import House

MAX_LINE = 65536  # bytes, with the newline
CALLS, LEAVES, IS_ENDLESS = object(), object(), object()


def dispatch(events):
    """Own the house: nobody else touches it, so it needs no lock."""
    house = House()
    while True:
        conn, what = events.get()
        if what is CALLS:
            house.open_door(conn)
        elif what is LEAVES:
            house.close_door(conn)
            conn.close()
        elif what is IS_ENDLESS:
            house.tell(conn, "! line too long")
        else:
            house.hear(conn, what)


def read(conn, events):
    with contextlib.suppress(OSError), conn.makefile("rb") as file:
        while (line := file.readline(MAX_LINE)).endswith(b"\n"):
            events.put((conn, line[:-1].removesuffix(b"\r").decode(errors="replace")))
        if len(line) == MAX_LINE:
            events.put((conn, IS_ENDLESS))
    events.put((conn, LEAVES))


def main():
    host = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1"
    port = int(sys.argv[2]) if len(sys.argv) > 2 else 12413
    listener = socket.create_server((host, port))
    print("listening on {}:{}".format(*listener.getsockname()), flush=True)
    events = queue.Queue(maxsize=200)  # readers wait while the dispatcher is behind
    threading.Thread(target=dispatch, args=(events,)).start()
    while True:
        try:
            conn, _ = listener.accept()
        except OSError:  # the caller gave up, or no descriptor is left: try again, without haste
            time.sleep(0.05)
            continue
        events.put((conn, CALLS))
        threading.Thread(target=read, args=(conn, events)).start()


if __name__ == "__main__":
    main()
