"""A chat room that belongs to one thread: all others send it events through a queue."""

import contextlib
import queue
import socket
import sys
import threading
import time

ENTERS = object()
LEAVES = object()


def dispatch(events):
    """Own the room: nobody else touches it, so it needs no lock."""
    room = []
    while True:
        who, what = events.get()
        if what is ENTERS:
            room.append(who)
        elif what is LEAVES:
            room.remove(who)
            who.close()
        else:
            tell_others(room, who, what)


def tell_others(room, talker, data):
    for conn in room:
        if conn is not talker:
            with contextlib.suppress(OSError):  # its reader will report that it is gone
                conn.sendall(data)


def read(conn, events):
    with contextlib.suppress(OSError):
        while data := conn.recv(16384):
            events.put((conn, data))
    with contextlib.suppress(OSError):
        conn.shutdown(socket.SHUT_RDWR)  # wakes the dispatcher if it is stuck sending to this one
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
