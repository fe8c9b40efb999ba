"""A chat server in one thread: a selector says who is ready, each caller has an out-buffer.

A caller who does not read lets its buffer grow; what to do about that is lesson 09.
"""

import re
import selectors
import socket
import sys
import time
import unicodedata

from caller import Caller, LineTooLong

NAME = re.compile(r"[\w-]{1,16}")  # \w: letters and digits of any script, and the underscore


class Chat:
    def __init__(self, listener):
        listener.setblocking(False)
        self.listener = listener
        self.members = {}  # casefolded name: caller
        self.selector = selectors.DefaultSelector()
        self.selector.register(listener, selectors.EVENT_READ)

    def run(self):
        while True:
            for key, events in self.selector.select():
                if key.data is None:
                    self.accept()
                else:
                    self.attend(key.data, events)

    def accept(self):
        try:
            conn, _ = self.listener.accept()
        except OSError:  # the caller gave up, or no descriptor is left: come back a little later
            time.sleep(0.05)
            return
        caller = Caller(conn)
        self.selector.register(conn, selectors.EVENT_READ, caller)
        self.tell(caller, "* what is your name?")

    def attend(self, caller, events):
        if events & selectors.EVENT_READ and not caller.leaving:
            self.read(caller)
        self.settle(caller)

    def settle(self, caller):
        """Send what can be sent, and wait for what is due next; or close."""
        caller.flush()
        if caller.leaving and not caller.unsent:
            self.selector.unregister(caller.conn)
            caller.conn.close()
            return
        reads = 0 if caller.leaving else selectors.EVENT_READ
        writes = selectors.EVENT_WRITE if caller.unsent else 0
        self.selector.modify(caller.conn, reads | writes, caller)

    def read(self, caller):
        try:
            data = caller.conn.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.leave(caller)
            return
        try:
            for line in caller.lines(data):
                if caller.name is None:
                    self.introduce(caller, line)
                else:
                    self.obey(caller, line)
                if caller.leaving:
                    return
        except LineTooLong:
            caller.unsent += b"! line too long\n"
            self.leave(caller)

    def introduce(self, caller, line):
        name = unicodedata.normalize("NFC", line.strip())
        if not NAME.fullmatch(name):
            self.tell(caller, "! bad name")
        elif name.casefold() in self.members:
            self.tell(caller, "! name taken")
        else:
            caller.name = name
            self.members[name.casefold()] = caller
            self.tell(caller, self.online())
            self.tell_others(caller, f"* {name} joined")

    def obey(self, caller, line):
        if not line.startswith("/"):
            if line:
                self.tell_others(caller, f"{caller.name}: {line}")
            return
        command, _, rest = line.partition(" ")
        if command == "/quit":
            self.leave(caller)
        elif command == "/who":
            self.tell(caller, self.online())
        elif command == "/msg":
            self.whisper(caller, *rest.partition(" ")[::2])
        else:
            self.tell(caller, "! unknown command")

    def whisper(self, caller, name, text):
        other = self.members.get(unicodedata.normalize("NFC", name).casefold())
        if other:
            self.tell(other, f"({caller.name}) {text}")
        else:
            self.tell(caller, "! no such user")

    def leave(self, caller):
        caller.leaving = True
        if caller.name is not None:
            del self.members[caller.name.casefold()]
            self.tell_others(caller, f"* {caller.name} left")

    def online(self):
        return "* online: " + " ".join(sorted(member.name for member in self.members.values()))

    def tell_others(self, talker, line):
        for member in self.members.values():
            if member is not talker:
                self.tell(member, line)

    def tell(self, caller, line):
        caller.unsent += f"{line}\n".encode()
        self.settle(caller)


def main():
    host = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1"
    port = int(sys.argv[2]) if len(sys.argv) > 2 else 12413
    listener = socket.create_server((host, port))
    print("listening on {}:{}".format(*listener.getsockname()), flush=True)
    Chat(listener).run()


if __name__ == "__main__":
    main()
