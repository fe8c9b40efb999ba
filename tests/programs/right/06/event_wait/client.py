"""A chat client with a thread for each direction; the main thread waits for the first reason to leave."""

import codecs
import os
import socket
import sys
import threading

LIMIT = 4 * 65536  # characters of one line


class Client:
    def __init__(self, conn):
        self.conn = conn
        self.over = threading.Event()
        self.code = 0

    def start(self):
        threading.Thread(target=self.receive, name="receive", daemon=True).start()
        threading.Thread(target=self.transmit, name="transmit", daemon=True).start()

    def receive(self):
        try:
            self.print_lines()
        except OSError as error:
            print(f"connection lost: {error}", file=sys.stderr)
            self.code = 1
        self.over.set()

    def print_lines(self):
        """Decodes as the bytes come: the decoder keeps half a character, and we keep half a line."""
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        begun = ""
        while data := self.conn.recv(4096):
            head, newline, tail = decoder.decode(data).rpartition("\n")
            if newline:
                for line in (begun + head).split("\n"):
                    print(line.removesuffix("\r"))
                sys.stdout.flush()
                begun = ""
            begun += tail
            if len(begun) > LIMIT:
                raise ConnectionError("a line without end")

    def transmit(self):
        try:
            while line := sys.stdin.buffer.readline():
                text = line.rstrip(b"\r\n").decode("utf-8", "replace")
                self.conn.sendall(text.encode() + b"\n")
            self.conn.shutdown(socket.SHUT_WR)
        except OSError:  # the other thread sees the end, too, and knows of which kind it is
            pass


def main():
    host = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1"
    port = int(sys.argv[2]) if len(sys.argv) > 2 else 12413
    try:
        client = Client(socket.create_connection((host, port)))
    except OSError as error:
        print(f"connection to {host}:{port} failed: {error}", file=sys.stderr)
        return 2
    client.start()
    client.over.wait()
    return client.code


def run():
    try:
        return main()
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    code = run()
    sys.stdout.flush()
    os._exit(code)  # as hard as it is: the thread at the keyboard cannot be woken
