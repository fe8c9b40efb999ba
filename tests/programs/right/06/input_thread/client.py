"""A chat client that asks input() in a thread; it must end by os._exit, or Python would wait or die."""

import os
import socket
import sys
import threading

LIMIT = 4 * 65536  # bytes of one line


def type_on(conn):
    """Sends line after line until the end of typing, and then says that there will be no more."""
    try:
        while True:
            try:
                line = input()
            except EOFError:
                conn.shutdown(socket.SHUT_WR)
                return
            conn.sendall(f"{line}\n".encode(errors="replace"))
    except OSError:
        pass  # whoever listens sees that the connection is over


def take_lines(buffer):
    """Takes the whole lines out of the buffer, one after the other."""
    begin = 0
    while (end := buffer.find(b"\n", begin)) >= 0:
        yield bytes(buffer[begin:end]).removesuffix(b"\r").decode("utf-8", "replace")
        begin = end + 1
    del buffer[:begin]


def listen(conn):
    """Prints what comes; returns at the end. Raises OSError when the connection breaks."""
    buffer, chunk = bytearray(), bytearray(8192)
    while size := conn.recv_into(chunk):
        buffer += memoryview(chunk)[:size]
        for line in take_lines(buffer):
            print(line)
        sys.stdout.flush()
        if len(buffer) > LIMIT:
            raise ConnectionError("a line without end")


def main(host="127.0.0.1", port="12413"):
    try:
        conn = socket.create_connection((host, int(port)))
    except OSError as error:
        print("cannot connect:", error, file=sys.stderr)
        return 2
    threading.Thread(target=type_on, args=(conn,), daemon=True).start()
    try:
        listen(conn)
    except OSError as error:
        print("disconnected:", error, file=sys.stderr)
        return 1
    return 0


def run():
    try:
        return main(*sys.argv[1:3])
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    code = run()
    sys.stdout.flush()
    os._exit(code)
