"""A first chat client: it sends what is typed, it prints what comes, and it never finds the way out."""

import socket
import sys
import threading

from framing import MAX_LINE

LIMIT = 4 * MAX_LINE  # the server puts a name before a line, and bad bytes become longer


def send_typed(conn):
    sys.stdin.reconfigure(errors="replace")  # an odd byte from the keyboard ends nothing
    while True:  # TODO 1: a for loop over sys.stdin; when the typing has ended, say so to the server.
        line = input()
        conn.send(line.encode())  # TODO 2: each line with its newline in one sendall.
        conn.send(b"\n")
    # TODO 3: when the connection is over, end without a word; the main thread has seen that, too.


def talk(conn):
    threading.Thread(target=send_typed, args=(conn,)).start()  # TODO 4: nobody shall wait for this thread.
    while True:  # TODO 5: print line by line until the server closes; return the exit code.
        print(conn.recv(4096).decode(), flush=True)


def main():
    host = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1"
    port = int(sys.argv[2]) if len(sys.argv) > 2 else 12413
    return talk(socket.create_connection((host, port)))  # TODO 6: refused, or Ctrl-C: no traceback.


if __name__ == "__main__":
    main()  # TODO 7: leave at once, with the exit code that main returned.
