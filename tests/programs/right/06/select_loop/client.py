"""A chat client in one thread: select says whether the server or the keyboard has something.

It runs on POSIX only: on Windows select takes sockets, and no keyboard.
"""

import os
import select
import socket
import sys

KEYBOARD = 0  # the descriptor itself: sys.stdin reads ahead, and select cannot see what it keeps
LIMIT = 4 * 65536  # bytes of one line


class Lines:
    """Bytes go in as they come, whole lines come out."""

    def __init__(self):
        self.rest = bytearray()

    def feed(self, data):
        searched = len(self.rest)  # in here is no end of a line, so it is not looked through again
        self.rest += data
        end = self.rest.rfind(b"\n", searched) + 1
        lines = bytes(self.rest[:end])
        del self.rest[:end]
        if len(self.rest) > LIMIT:
            raise ConnectionError("a line without end")
        return lines.decode("utf-8", "replace")


class Chat:
    def __init__(self, conn):
        conn.setblocking(False)
        self.conn = conn
        self.heard, self.typed = Lines(), Lines()
        self.outbox = bytearray()
        self.is_typing, self.trouble = True, None

    def run(self):
        """Returns when the server closes. Raises OSError if the connection breaks."""
        while True:
            sources = [self.conn, KEYBOARD] if self.is_typing else [self.conn]
            readable, writable, _ = select.select(sources, [self.conn] if self.outbox else [], [])
            if self.conn in readable and not self.listen():
                break
            if KEYBOARD in readable:
                self.read_keyboard()
            if writable:
                self.flush()
        if self.trouble:
            raise self.trouble

    def listen(self):
        """False at the end."""
        try:
            data = self.conn.recv(65536)
        except BlockingIOError:
            return True
        sys.stdout.write(self.heard.feed(data).replace("\r\n", "\n"))
        sys.stdout.flush()
        return bool(data)

    def read_keyboard(self):
        data = os.read(KEYBOARD, 65536)
        if not data:
            self.is_typing = False
            data = b"\n" if self.typed.rest else b""  # the last line may lack its end
        self.outbox += self.typed.feed(data).encode()
        self.flush()

    def flush(self):
        """Sends what the kernel takes, and says when there will be no more."""
        try:
            while self.outbox:
                sent = self.conn.send(self.outbox)
                del self.outbox[:sent]
            if not self.is_typing:
                self.conn.shutdown(socket.SHUT_WR)
        except BlockingIOError:
            pass
        except OSError as error:  # broken; but what the server said before that is still to be printed
            self.trouble = error
            self.is_typing = False
            self.outbox.clear()


def main():
    host = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1"
    port = int(sys.argv[2]) if len(sys.argv) > 2 else 12413
    try:
        conn = socket.create_connection((host, port))
    except OSError as error:
        print(f"cannot reach {host}:{port}: {error}", file=sys.stderr)
        return 2
    with conn:
        try:
            Chat(conn).run()
        except OSError as error:
            print(f"the connection is lost: {error}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
