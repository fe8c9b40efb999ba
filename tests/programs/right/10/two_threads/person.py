"""One person: a thread that waits for what comes, and a thread that sends what is in the outbox.

What has come may be taken by any thread, one at a time. So it can be asked for at any moment, and after
that all which this person has said is in the room.
"""

import contextlib
import math
import queue
import re
import socket
import threading
import time
import unicodedata

from outbox import END, Outbox

CHUNK = 16384  # bytes
MAX_LINE = 65536  # bytes, with the newline
LIMIT = 2 * 1024 * 1024  # bytes that may wait for one who does not read, and as many on their way
GRACE = 1.0  # seconds for one who leaves to read what is due and to hang up
NAME = re.compile(r"[\w-]{1,16}")


class LineTooLong(Exception):
    pass


class Person:
    def __init__(self, conn, room, watchdog, idle):
        self.name = None
        self._conn, self._room, self._watchdog, self._idle = conn, room, watchdog, idle
        self._outbox = Outbox(LIMIT)
        self._turn = threading.Lock()  # held by who takes what has come, until that is obeyed; guards these
        self._begun = b""  # of a line that is not whole yet
        self._is_leaving = False
        self.deadline = time.monotonic() + idle  # when silence, or a farewell, has lasted too long
        self._reader = threading.Thread(target=self._read)
        self._writer = threading.Thread(target=self._write)

    def start(self):
        self._room.enter(self)
        self._watchdog.wake()
        self.say("* what is your name?")
        self._writer.start()
        self._reader.start()

    # what others call

    def say(self, line):
        """Never waits. If too much waits already, the connection ends here."""
        self._put(f"{line}\n".encode())

    def say_no_more(self):
        self._put(END)

    def _put(self, data):
        try:
            self._outbox.put_nowait(data)
        except queue.Full:
            self._cut()

    def hear(self):
        """Obeys what has come, without waiting for more. Whether there was anything."""
        with self._turn:
            try:
                data = self._conn.recv(CHUNK, socket.MSG_DONTWAIT)
            except OSError:  # nothing yet, or nothing ever
                return False
            if self._is_leaving or not data:
                return False
            self.deadline = time.monotonic() + self._idle
            self._obey_all(data)
            return True

    def expire(self):
        """The deadline is over: it was silent too long, or its farewell took too long."""
        if self.hear():  # it was not: only nobody had the time to listen
            return
        with self._turn:
            if self._is_leaving:
                self._cut()
                self.deadline = math.inf
            else:
                self.say("! idle")
                self._leave()

    def end(self):
        with self._turn:
            self._leave()

    # its two threads

    def _read(self):
        with contextlib.suppress(OSError):
            while self._conn.recv(1, socket.MSG_PEEK):  # waits till there is something to take
                self.hear()
        self.end()
        self._writer.join()
        with self._turn:
            self._conn.close()
        self._room.exit(self)
        self._watchdog.wake()

    def _write(self):
        with contextlib.suppress(OSError):  # the reader sees the end, too
            self._conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while (data := self._outbox.get()) != END:
                self._conn.sendall(data)
            self._conn.shutdown(socket.SHUT_WR)  # from now on the reader waits for the other end to close

    # the rest is for who has the turn

    def _leave(self):
        """The one way in which a person leaves, however it came to it."""
        if self._is_leaving:
            return
        self._is_leaving = True
        self.deadline = time.monotonic() + GRACE
        self._room.leave(self)
        self.say_no_more()
        self._watchdog.wake()

    def _cut(self):
        with contextlib.suppress(OSError):
            self._conn.shutdown(socket.SHUT_RDWR)  # wakes both threads

    def _obey_all(self, data):
        try:
            for line in self._lines(data):
                self._obey(line)
                if self._is_leaving:
                    return
        except LineTooLong:
            self.say("! line too long")
            self._leave()

    def _lines(self, data):
        *ends, rest = data.split(b"\n")
        for end in ends:
            line, self._begun = self._begun + end, b""
            check_length(line)
            yield line.removesuffix(b"\r").decode(errors="replace")
        self._begun += rest
        check_length(self._begun)

    def _obey(self, line):
        command, _, rest = line.partition(" ")
        if self.name is None:
            self._introduce(unicodedata.normalize("NFC", line))
        elif command == "/quit":
            self._leave()
        elif command == "/who":
            self._room.tell_who(self)
        elif command == "/msg":
            name, _, text = rest.partition(" ")
            if not self._room.tell(name, f"({self.name}) {text}"):
                self.say("! no such user")
        elif command.startswith("/"):
            self.say("! unknown command")
        elif line:
            self._room.tell_others(self, f"{self.name}: {line}")

    def _introduce(self, name):
        if not NAME.fullmatch(name):
            self.say("! bad name")
        elif not self._room.join(self, name):
            self.say("! name taken")


def check_length(line):
    if len(line) >= MAX_LINE:
        raise LineTooLong
