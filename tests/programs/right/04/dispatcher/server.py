"""A room of lines that belongs to one thread: readers cut their streams into lines and queue them for it."""

import contextlib
import queue
import socket
import sys
import threading
import time

from lines import TooLong, lines_of

ENTERS = object()
LEAVES = object()
TOO_LONG = object()


def dispatch(events):
    """Own the room: nobody else touches it or sends anything, so it needs no lock."""
    room = []
    while True:
        who, what = events.get()
        if what is ENTERS:
            room.append(who)
        elif what is TOO_LONG:
            send(who, b"! line too long\n")
        elif what is LEAVES:
            room.remove(who)
            who.close()
        else:
            tell_others(room, who, what + b"\n")


def tell_others(room, talker, data):
    for conn in room:
        if conn is not talker:
            send(conn, data)


def send(conn, data):
    with contextlib.suppress(OSError):  # its reader will report that it is gone
        conn.sendall(data)


def read(conn, events):
    try:
        for line in lines_of(conn):
            events.put((conn, line))
        conn.shutdown(socket.SHUT_RDWR)  # wakes the dispatcher if it is stuck sending to this one
    except TooLong:
        events.put((conn, TOO_LONG))
    except OSError:
        pass
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
        events.put((conn, ENTERS))
        threading.Thread(target=read, args=(conn, events)).start()


if __name__ == "__main__":
    main()
