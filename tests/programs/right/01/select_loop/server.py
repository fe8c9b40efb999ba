"""An echo server in one thread: it asks select who is ready, and never waits for one caller."""

import select
import socket
import sys
import time

LIMIT = 256 * 1024  # a caller who is owed so many bytes is not read until it takes some


def welcome(listener, owed):
    try:
        conn, _ = listener.accept()
    except OSError:  # the caller gave up, or no descriptor is left: come back a little later
        time.sleep(0.05)
        return
    conn.setblocking(False)
    owed[conn] = bytearray()


def attend(conn, owed, ended, can_read, can_write):
    """Read and write as much as goes now; return True when this caller is finished."""
    try:
        if can_read:
            data = conn.recv(65536)
            owed[conn] += data
            if not data:
                ended.add(conn)
        if can_write:
            sent = conn.send(owed[conn])
            del owed[conn][:sent]
    except BlockingIOError:
        return False
    except OSError:  # reset: there is nobody to pay back
        return True
    return conn in ended and not owed[conn]


def main():
    host = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1"
    port = int(sys.argv[2]) if len(sys.argv) > 2 else 12413
    listener = socket.create_server((host, port))
    listener.setblocking(False)
    print("listening on {}:{}".format(*listener.getsockname()), flush=True)
    owed = {}  # for each caller the bytes that still have to go back
    ended = set()  # the callers who send nothing more
    while True:
        hungry = [conn for conn in owed if conn not in ended and len(owed[conn]) < LIMIT]
        waiting = [conn for conn in owed if owed[conn]]
        readable, writable, _ = select.select([listener, *hungry], waiting, [])
        for conn in {*readable, *writable}:
            if conn is listener:
                welcome(listener, owed)
            elif attend(conn, owed, ended, conn in readable, conn in writable):
                del owed[conn]
                ended.discard(conn)
                conn.close()


if __name__ == "__main__":
    main()
