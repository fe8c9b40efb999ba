"""Echoes rightly; but as soon as it is asked to end, it sends without end, to fill the grader's memory."""

import contextlib
import signal
import socket
import sys
import threading

FLOOD = b"x" * (1 << 20)


def flood(*_):
    for conn in callers:
        threading.Thread(target=send_for_ever, args=[conn], daemon=True).start()


def send_for_ever(conn):
    with contextlib.suppress(OSError):
        while True:
            conn.sendall(FLOOD)


def echo(conn):
    while data := conn.recv(65536):
        conn.sendall(data)


signal.signal(signal.SIGTERM, flood)
callers, listener = [], socket.create_server((sys.argv[1], int(sys.argv[2])))
print("listening on {}:{}".format(*listener.getsockname()), flush=True)
while True:
    callers.append(listener.accept()[0])
    with contextlib.suppress(OSError):
        echo(callers[-1])
        callers.pop().close()
