"""A room of lines in one thread: select says who is ready, every person has a buffer for each direction.

A person who does not read lets its out-buffer grow; what to do about that is lesson 09.
"""

import select
import socket
import sys
import time

MAX_LINE = 65536  # bytes, with the newline


class Person:
    def __init__(self, conn):
        conn.setblocking(False)
        self.conn = conn
        self.inbox = bytearray()
        self.outbox = bytearray()
        self.hears = True

    def fileno(self):
        return self.conn.fileno()

    def take(self, data):
        """Keep what came. Return the lines that it completes, and whether too long a one follows them."""
        searched = len(self.inbox)  # no newline stands before this place: do not look there again
        self.inbox += data
        lines, start = [], 0
        while 0 <= (end := self.inbox.find(b"\n", max(start, searched))) < start + MAX_LINE:
            lines.append(self.inbox[start:end].removesuffix(b"\r").decode("utf-8", "replace"))
            start = end + 1
        del self.inbox[:start]  # once for all lines, so that many short ones cost little
        return lines, len(self.inbox) >= MAX_LINE

    def tell(self, data):
        if self.hears:
            self.outbox += data
            self.flush()

    def flush(self):
        """Send until the kernel takes no more."""
        try:
            while self.outbox:
                sent = self.conn.send(self.outbox)
                del self.outbox[:sent]
        except BlockingIOError:
            pass
        except OSError:  # deaf now; what it said before is still to be read, so it stays till then
            self.hears = False
            self.outbox.clear()


def enter(listener, people):
    try:
        conn, _ = listener.accept()
    except OSError:  # the caller gave up, or no descriptor is left: come back a little later
        time.sleep(0.05)
    else:
        people.add(Person(conn))


def leave(person, people):
    people.remove(person)
    person.conn.close()


def listen_to(talker, people):
    try:
        data = talker.conn.recv(65536)
    except BlockingIOError:
        return
    except OSError:
        data = b""
    if not data:
        leave(talker, people)
        return
    lines, too_long = talker.take(data)
    tell_others(talker, people, lines)
    if too_long:
        talker.tell(b"! line too long\n")
        leave(talker, people)


def tell_others(talker, people, lines):
    said = "".join(f"{line}\n" for line in lines).encode()
    for person in people:
        if person is not talker and said:
            person.tell(said)


def main():
    host = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1"
    port = int(sys.argv[2]) if len(sys.argv) > 2 else 12413
    listener = socket.create_server((host, port))
    listener.setblocking(False)
    print("listening on {}:{}".format(*listener.getsockname()), flush=True)
    people = set()
    while True:
        behind = [person for person in people if person.outbox]
        readable, writable, _ = select.select([listener, *people], behind, [])
        for person in writable:
            person.flush()
        for each in readable:  # the listener comes first: who is in now hears what is read now
            if each is listener:
                enter(listener, people)
            else:
                listen_to(each, people)


if __name__ == "__main__":
    main()
