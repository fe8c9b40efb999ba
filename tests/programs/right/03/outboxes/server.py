"""A chat room where talkers only fill outboxes; each person has a thread that empties its own.

A person who does not read lets its outbox grow; what to do about that is lesson 09.
"""

import contextlib
import queue
import socket
import sys
import threading
import time

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

    def tell_others(self, talker, data):
        with self._lock:  # nothing in here waits for the network
            for person in self._people:
                if person is not talker:
                    person.outbox.put(data)


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
        with contextlib.suppress(OSError):
            while data := self.conn.recv(16384):
                self.room.tell_others(self, data)
        self.room.leave(self)
        self.outbox.put(None)
        self.writer.join(FAREWELL)
        with contextlib.suppress(OSError):
            self.conn.shutdown(socket.SHUT_RDWR)  # wakes the writer if it is still stuck
        self.writer.join(FAREWELL)
        self.conn.close()

    def write(self):
        with contextlib.suppress(OSError):  # the reader sees the end, too, and cleans up
            while (data := self.outbox.get()) is not None:
                self.conn.sendall(data)


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
