"""A chat client on file objects: the connection is two files, one to read and one to write.

It ends as any program ends: the thread at the keyboard is a daemon, and `for line in sys.stdin`
lets go when Python does (`input()` in its place would not).
"""

import contextlib
import signal
import socket
import sys
import threading

LIMIT = 4 * 65536  # characters of one line


def send_typed(conn, outgoing):
    with contextlib.suppress(OSError):  # the connection is over, and the main thread sees that, too
        for line in sys.stdin:
            outgoing.write(line if line.endswith("\n") else f"{line}\n")
            outgoing.flush()  # one write, one flush: the line leaves in one piece
        conn.shutdown(socket.SHUT_WR)


def print_heard(incoming):
    """Until the server closes; half a line at the end is dropped."""
    while (line := incoming.readline(LIMIT)).endswith("\n"):
        sys.stdout.write(f"{line[:-1].removesuffix(chr(13))}\n")
        sys.stdout.flush()
    if len(line) == LIMIT:
        raise ConnectionError("a line without end")


def talk(conn):
    text = {"encoding": "utf-8", "errors": "replace", "newline": "\n"}
    incoming, outgoing = conn.makefile("r", **text), conn.makefile("w", **text)
    threading.Thread(target=send_typed, args=(conn, outgoing), daemon=True).start()
    try:
        print_heard(incoming)
    except OSError as error:
        return f"the connection broke: {error}", 1
    return None, 0


def main():
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C needs no Python at all to end us
    host = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1"
    port = int(sys.argv[2]) if len(sys.argv) > 2 else 12413
    try:
        conn = socket.create_connection((host, port))
    except OSError as error:
        words, code = f"no connection to {host}:{port}: {error}", 2
    else:
        words, code = talk(conn)
    if words:
        print(words, file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
