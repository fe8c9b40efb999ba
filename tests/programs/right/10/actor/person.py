"""One caller: two threads that carry bytes between its connection and the room, and what the room notes.

The reader posts what comes to the room; the writer takes from the outbox what the room has put there.
"""

import contextlib
import queue
import select
import socket
import threading

CHUNK = 8192  # bytes
LIMIT = 4 * 1024 * 1024  # bytes that may wait for one who does not read
QUIET = 0.03  # seconds without a byte, after the bell: what had been said before it has come by then


class Person:
    def __init__(self, conn, room, bell, idle):
        self._conn, self._room, self._bell, self._idle = conn, room, bell, idle
        self._outbox = queue.SimpleQueue()
        self._put = self._sent = 0  # bytes in all: the room counts what it puts, the writer what it sends
        self._is_cut = False
        self._threads = [threading.Thread(target=self._read), threading.Thread(target=self._write)]
        self.running = len(self._threads)  # this and all below is for the room alone
        self.name = None
        self.begun = b""  # of a line that is not whole yet
        self.is_heard_out = self.is_leaving = False

    # what the room calls

    def start(self):
        for thread in self._threads:
            thread.start()

    def put(self, data):
        """Never waits. If too much waits already, the connection ends here."""
        if not self._is_cut:
            self._outbox.put(data)
            self._put += len(data)
            if self._put - self._sent > LIMIT:
                self.cut()

    def put_end(self):
        """Nothing more will be put."""
        self._outbox.put(b"")

    def cut(self):
        """Ends the connection now; both threads see that."""
        self._is_cut = True
        with contextlib.suppress(OSError):
            self._conn.shutdown(socket.SHUT_RDWR)

    def close(self):
        """After both threads have said that they are done."""
        for thread in self._threads:
            thread.join()
        self._conn.close()

    # the reader

    def _read(self):
        with contextlib.suppress(OSError):
            self._listen()
        self._room.post(self._room.lose, self)

    def _listen(self):
        """Passes on all that comes, until the other end closes; and also that nothing came for so long."""
        sources, patience, then = [self._conn, self._bell], self._idle, self._room.fall_silent
        while ready := select.select(sources, [], [], patience)[0]:
            if self._bell in ready:
                sources, patience, then = [self._conn], QUIET, self._room.hear_out
            elif data := self._conn.recv(CHUNK):
                self._room.post(self._room.hear, self, data)
            else:
                return
        self._room.post(then, self)
        while data := self._conn.recv(CHUNK):  # bytes left unread could destroy our last words
            self._room.post(self._room.hear, self, data)

    # the writer

    def _write(self):
        with contextlib.suppress(OSError):  # the reader sees the end, too
            self._conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while self._send(self._next()):
                pass
            self._conn.shutdown(socket.SHUT_WR)
        self._room.post(self._room.finish, self)

    def _next(self):
        """All the pieces that wait, at least one. An empty one is the last of all."""
        pieces = [self._outbox.get()]
        with contextlib.suppress(queue.Empty):
            while pieces[-1]:
                pieces.append(self._outbox.get_nowait())
        return pieces

    def _send(self, pieces):
        data = b"".join(pieces)
        self._conn.sendall(data)
        self._sent += len(data)
        return pieces[-1]
