"""A chat room in one thread: select says who is ready, every person has an out-buffer.

A person who does not read lets its buffer grow; what to do about that is lesson 09.
"""

import select
import socket
import sys
import time


class Person:
    def __init__(self, conn):
        conn.setblocking(False)
        self.conn = conn
        self.buffer = bytearray()
        self.hears = True

    def fileno(self):
        return self.conn.fileno()

    def tell(self, data):
        if self.hears:
            self.buffer += data
            self.flush()

    def flush(self):
        """Send until the kernel takes no more."""
        try:
            while self.buffer:
                sent = self.conn.send(self.buffer)
                del self.buffer[:sent]
        except BlockingIOError:
            pass
        except OSError:  # deaf now; what it said before is still to be read, so it stays till then
            self.hears = False
            self.buffer.clear()


def enter(listener, people):
    try:
        conn, _ = listener.accept()
    except OSError:  # the caller gave up, or no descriptor is left: come back a little later
        time.sleep(0.05)
    else:
        people.add(Person(conn))


def listen_to(talker, people):
    try:
        data = talker.conn.recv(65536)
    except BlockingIOError:
        return
    except OSError:
        data = b""
    if not data:
        people.remove(talker)
        talker.conn.close()
        return
    for person in people:
        if person is not talker:
            person.tell(data)


def main():
    host = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1"
    port = int(sys.argv[2]) if len(sys.argv) > 2 else 12413
    listener = socket.create_server((host, port))
    listener.setblocking(False)
    print("listening on {}:{}".format(*listener.getsockname()), flush=True)
    people = set()
    while True:
        behind = [person for person in people if person.buffer]
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
