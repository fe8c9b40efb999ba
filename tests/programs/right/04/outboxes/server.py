"""A room of lines with two threads for each person: one reads its lines, one empties its outbox.

A person who does not read lets its outbox grow; what to do about that is lesson 09.
"""

import contextlib
import queue
import socket
import sys
import threading
import time

from decoding import Lines, Overlong

FAREWELL = 1.0  # seconds that one who leaves is given to take what was still meant for it


class Room:
    def __init__(self):
        self._lock = threading.Lock()
        self._people = set()

    def enter(self, person):
        with self._lock:
            self._people.add(person)

    def leave(self, person):
        with self._lock:
            self._people.discard(person)

    def tell_others(self, talker, line):
        with self._lock:  # nothing in here waits for the network
            for person in self._people:
                if person is not talker:
                    person.outbox.put(line)


class Person:
    def __init__(self, conn, room):
        self.conn = conn
        self.room = room
        self.outbox = queue.SimpleQueue()
        self.writer = threading.Thread(target=self.write)
        self.reader = threading.Thread(target=self.read)

    def start(self):
        self.room.enter(self)
        self.writer.start()
        self.reader.start()

    def read(self):
        try:
            self.listen()
        except Overlong:
            self.outbox.put("! line too long")
        except OSError:
            pass
        self.room.leave(self)
        self.outbox.put(None)
        self.writer.join(FAREWELL)
        with contextlib.suppress(OSError):
            self.conn.shutdown(socket.SHUT_RDWR)  # wakes the writer if it is still stuck
        self.writer.join(FAREWELL)
        self.conn.close()

    def listen(self):
        lines = Lines()
        while data := self.conn.recv(16384):
            for line in lines.feed(data):
                self.room.tell_others(self, line)

    def write(self):
        with contextlib.suppress(OSError):  # the reader sees the end, too, and cleans up
            while (line := self.outbox.get()) is not None:
                self.conn.sendall(f"{line}\n".encode())


def main(host="127.0.0.1", port="12413"):
    listener = socket.create_server((host, int(port)))
    print("listening on {}:{}".format(*listener.getsockname()), flush=True)
    room = Room()
    while True:
        try:
            conn, _ = listener.accept()
        except OSError:  # the caller gave up, or no descriptor is left: try again, without haste
            time.sleep(0.05)
            continue
        Person(conn, room).start()


if __name__ == "__main__":
    main(*sys.argv[1:3])
