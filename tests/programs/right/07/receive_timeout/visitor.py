"""One visitor: a thread that reads and obeys, and a thread that writes what is in the outbox.

A visitor who does not read lets the outbox grow; what to do about that is lesson 09.
"""

import contextlib
import queue
import re
import socket
import struct
import threading
import unicodedata

MAX_LINE = 65536  # bytes, with the newline
FAREWELL = 1.0  # seconds that one who leaves is given to take what was still meant for it
NAME = re.compile(r"[\w-]{1,16}")


class LineTooLong(Exception):
    pass


class Visitor:
    def __init__(self, conn, lounge, idle):
        if idle:  # the time limit of recv() alone: see socket(7)
            limit = struct.pack("ll", int(idle), int(idle % 1 * 1_000_000))
            conn.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
        self._conn = conn
        self._lounge = lounge
        self._name = None
        self._outbox = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read)
        self._writer = threading.Thread(target=self._write)

    def start(self):
        self._writer.start()
        self._reader.start()

    def tell(self, line):
        self._outbox.put(line)

    # the writer

    def _write(self):
        with contextlib.suppress(OSError):  # the reader sees the end, too, and cleans up
            while (line := self._outbox.get()) is not None:
                self._conn.sendall(line.encode() + b"\n")

    # the reader

    def _read(self):
        self.tell("* what is your name?")
        try:
            self._converse()
        except LineTooLong:
            self.tell("! line too long")
        except BlockingIOError:
            self.tell("! idle")
        except OSError:  # it is gone
            pass
        if self._name is not None:
            self._lounge.exit(self._name)
        self.tell(None)
        self._writer.join(FAREWELL)
        with contextlib.suppress(OSError):
            self._conn.shutdown(socket.SHUT_RDWR)  # wakes the writer if it is still stuck
        self._writer.join()
        self._conn.close()

    def _converse(self):
        for line in self._lines():
            if self._name is None:
                self._introduce(line.strip(" "))
            elif line == "/quit":
                return
            elif line.startswith("/"):
                self._obey(*line[1:].split(" ", 1))
            elif line:
                self._lounge.tell_others(self._name, f"{self._name}: {line}")

    def _introduce(self, line):
        name = unicodedata.normalize("NFC", line)
        if line.startswith("/"):
            self.tell("! who are you?")
        elif not NAME.fullmatch(name):
            self.tell("! bad name")
        elif self._lounge.enter(self, name):
            self._name = name
        else:
            self.tell("! name taken")

    def _obey(self, command, argument=""):
        known = {"who": self._who, "msg": self._msg}
        known.get(command, self._unknown)(argument)

    def _who(self, _):
        self.tell(self._lounge.online())

    def _msg(self, argument):
        name, *text = argument.split(" ", 1)
        other = self._lounge.find(name)
        if other is None:
            self.tell("! no such user")
        elif other is self:
            self.tell(f"* you say to yourself: {' '.join(text)}")
        elif text:
            other.tell(f"({self._name}) {text[0]}")

    def _unknown(self, _):
        self.tell("! unknown command")

    def _lines(self):
        """Whole lines as text. What has come of the next one waits in a list until its newline comes."""
        begun, size = [], 0
        while data := self._conn.recv(8192):
            *ends, rest = data.split(b"\n")
            for end in ends:
                check_length(size + len(end))
                yield b"".join([*begun, end]).removesuffix(b"\r").decode(errors="replace")
                begun, size = [], 0
            begun.append(rest)
            size += len(rest)
            check_length(size)


def check_length(size):
    if size >= MAX_LINE:
        raise LineTooLong
