"""A chat client: it prints what the server says, and sends what is typed, both at the same time."""

import argparse
import os
import socket
import sys
import threading

from framing import MAX_LINE, LineReader, LineTooLong

LIMIT = 4 * MAX_LINE  # the server puts a name before a line, and bad bytes become longer


def send_typed(conn):
    """Sends each typed line. At the end of typing it says so to the server, which may still answer."""
    sys.stdin.reconfigure(errors="replace")  # an odd byte from the keyboard ends nothing
    try:
        for line in sys.stdin:
            conn.sendall(line.removesuffix("\n").encode() + b"\n")
        conn.shutdown(socket.SHUT_WR)
    except OSError:  # the connection is over, and the main thread sees that, too
        pass


def talk(conn):
    """Prints line by line until the server closes; returns the exit code."""
    threading.Thread(target=send_typed, args=(conn,), daemon=True).start()
    try:
        for line in LineReader(conn, LIMIT):
            print(line, flush=True)
    except (OSError, LineTooLong) as error:
        print("the connection broke:", repr(error), file=sys.stderr)
        return 1
    return 0


def arguments():
    parser = argparse.ArgumentParser(
        description="Talk in a chat. Your first line is your name.",
        epilog="/who: who is here. /msg NAME TEXT: to NAME alone. /quit or the end of typing: you leave.",
    )
    parser.add_argument("host", nargs="?", default="127.0.0.1", help="where the server is (127.0.0.1)")
    parser.add_argument("port", nargs="?", type=int, default=12413, help="where it listens (12413)")
    return parser.parse_args()


def main():
    given = arguments()
    try:
        return talk(socket.create_connection((given.host, given.port)))
    except OSError as error:
        print(f"no connection to {given.host}:{given.port}:", error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)  # not sys.exit: that might wait for a thread which waits for Enter
