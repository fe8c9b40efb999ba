"""The house: who stands at the door, who is in, and what each line does. One thread calls it."""

import contextlib
import socket
import unicodedata

MAX_NAME = 16  # characters


def is_good(name):
    return 0 < len(name) <= MAX_NAME and all(
        char in "_-" or unicodedata.category(char) == "Nd" or unicodedata.category(char)[0] == "L"
        for char in name
    )


class House:
    def __init__(self):
        self._names = {}  # connection: name, or None for one at the door
        self._owners = {}  # name as it is compared: connection

    def open_door(self, conn):
        self._names[conn] = None
        self.tell(conn, "* what is your name?")

    def close_door(self, conn):
        """For one who has gone, or has hung up; who has quit is out already."""
        name = self._names.pop(conn, None)
        if name is not None:
            del self._owners[self._key(name)]
            self._tell_everybody(f"* {name} left")

    def hear(self, conn, line):
        if conn not in self._names:  # it has quit, and its reader had read on
            return
        name = self._names[conn]
        if name is None:
            self._let_in(conn, line)
        elif line.startswith("/"):
            word, *rest = line.split(" ", maxsplit=1)
            self._obey(conn, name, word, *rest)
        elif line:
            self._tell_everybody(f"{name}: {line}", but=conn)

    def _let_in(self, conn, name):
        """The name is shown as it was typed, and compared in one form."""
        if name.startswith("/"):
            self.tell(conn, "! unknown command")
        elif not is_good(unicodedata.normalize("NFC", name)):
            self.tell(conn, "! bad name")
        elif self._key(name) in self._owners:
            self.tell(conn, "! name taken")
        else:
            self._names[conn] = name
            self._owners[self._key(name)] = conn
            self.tell(conn, self._online())
            self._tell_everybody(f"* {name} joined", but=conn)

    def _obey(self, conn, name, word, rest=""):
        if word == "/who":
            self.tell(conn, self._online())
        elif word == "/msg":
            to, _, text = rest.partition(" ")
            other = self._owners.get(self._key(to))
            known = other not in (None, conn)  # nobody whispers to himself here
            self.tell(*(other, f"({name}) {text}") if known else (conn, "! no such user"))
        elif word == "/quit":
            self.close_door(conn)
            with contextlib.suppress(OSError):
                conn.shutdown(socket.SHUT_RDWR)  # its reader sees the end, and reports it
        else:
            self.tell(conn, "! unknown command")

    def _key(self, name):
        return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())

    def _online(self):
        return "* online: " + " ".join(sorted(name for name in self._names.values() if name is not None))

    def _tell_everybody(self, line, but=None):
        for conn, name in self._names.items():
            if name is not None and conn is not but:
                self.tell(conn, line)

    def tell(self, conn, line):
        with contextlib.suppress(OSError):  # its reader will report that it is gone
            conn.sendall(f"{line}\n".encode())
