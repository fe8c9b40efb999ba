"""A chat client whose main thread does everything; two others only report to it what happens."""

import os
import queue
import socket
import sys
import threading
from enum import Enum, auto

LIMIT = 4 * 65536  # bytes of one line


class Event(Enum):
    HEARD = auto()
    TYPED = auto()
    TYPING_ENDS = auto()
    SERVER_ENDS = auto()


def watch_keyboard(events):
    sys.stdin.reconfigure(errors="replace")
    for line in sys.stdin:
        events.put((Event.TYPED, line.removesuffix("\n")))
    events.put((Event.TYPING_ENDS, None))


def watch_server(conn, events):
    begun, trouble = b"", None
    try:
        while data := conn.recv(16384):
            *lines, begun = (begun + data).split(b"\n")
            for line in lines:
                events.put((Event.HEARD, line.removesuffix(b"\r").decode("utf-8", "replace")))
            if len(begun) > LIMIT:
                raise ConnectionError("a line without end")
    except OSError as error:
        trouble = error
    events.put((Event.SERVER_ENDS, trouble))


def dispatch(conn, events):
    """Does what is due for each event until the server ends; returns what went wrong, or None."""
    trouble = None
    while True:
        event, content = events.get()
        if event is Event.HEARD:
            print(content, flush=True)
            continue
        if event is Event.SERVER_ENDS:
            return content or trouble
        try:
            if event is Event.TYPED:
                conn.sendall(f"{content}\n".encode())
            else:
                conn.shutdown(socket.SHUT_WR)
        except OSError as error:  # the watcher will report the end; until then there may be more to print
            trouble = error


def main():
    host = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1"
    port = int(sys.argv[2]) if len(sys.argv) > 2 else 12413
    try:
        conn = socket.create_connection((host, port))
    except OSError as error:
        print(f"no server at {host}:{port} ({error})", file=sys.stderr)
        return 2
    events = queue.SimpleQueue()  # without bound: we read on even while the server does not
    threading.Thread(target=watch_keyboard, args=(events,), daemon=True).start()
    threading.Thread(target=watch_server, args=(conn, events), daemon=True).start()
    trouble = dispatch(conn, events)
    if trouble:
        print(f"lost the server ({trouble})", file=sys.stderr)
    return 1 if trouble else 0


if __name__ == "__main__":
    try:
        code = main()
    except KeyboardInterrupt:
        code = 130
    sys.stdout.flush()
    os._exit(code)  # the keyboard's thread waits for Enter, and nobody waits for it
