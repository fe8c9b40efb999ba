"""The room: one thread, which alone knows who is here and decides what everybody hears.

Others only post() what has happened. So there is one order of things, and nothing needs a lock.
"""

import queue
import re
import threading
import time
import unicodedata

MAX_LINE = 65536  # bytes, with the newline
NAME = re.compile(r"[\w-]{1,16}")
EVENTS = 16  # that may wait: then the readers wait, and at last those who talk
DRAIN = 0.5  # seconds for which one who never pauses is heard after last orders
GRACE = 1.0  # seconds for one who leaves to read what is due and to hang up


class Room(threading.Thread):
    def __init__(self):
        super().__init__()
        self._events = queue.Queue(EVENTS)
        self._people = set()
        self._members = {}  # casefolded name: person
        self._cuts = {}  # person who leaves: when its connection is cut; the first comes first
        self._close_at = None  # set at last orders
        self._is_open = True

    def post(self, act, *about):
        """From any thread: the room will do this. Waits if the room is far behind."""
        self._events.put((act, about))

    def run(self):
        while self._is_open or self._people:
            try:
                act, about = self._events.get(timeout=self._patience())
                act(*about)
            except queue.Empty:
                pass
            self._look_at_the_clock()

    def _patience(self):
        """Seconds until there is something to do even if nothing happens; None: no end."""
        times = [*list(self._cuts.values())[:1], *([self._close_at] if self._close_at else [])]
        return max(0, min(times) - time.monotonic()) if times else None

    def _look_at_the_clock(self):
        now = time.monotonic()
        for person in [person for person, end in self._cuts.items() if end <= now]:
            del self._cuts[person]
            person.cut()
        if self._close_at and (self._close_at <= now or all(map(is_done, self._people))):
            self._say_goodbye()

    # what is posted

    def arrive(self, person):
        self._people.add(person)
        person.start()
        tell(person, "* what is your name?")

    def hear(self, person, data):
        *ends, rest = data.split(b"\n")
        for end in ends:
            if person.is_leaving:
                return
            line, person.begun = person.begun + end, b""
            if len(line) >= MAX_LINE:
                self._end(person, "! line too long")
            else:
                self._obey(person, line.removesuffix(b"\r").decode(errors="replace"))
        person.begun += rest if not person.is_leaving else b""
        if len(person.begun) >= MAX_LINE:
            self._end(person, "! line too long")

    def fall_silent(self, person):
        self._end(person, "! idle")

    def hear_out(self, person):
        person.is_heard_out = True

    def lose(self, person):
        """Its reader is done: nothing more will come."""
        self._end(person)
        self.finish(person)

    def finish(self, person):
        """One of its threads is done."""
        person.running -= 1
        if person.running == 0:
            person.close()
            self._people.discard(person)
            self._cuts.pop(person, None)

    def close(self):
        """Last orders; nobody arrives after that."""
        self._close_at = time.monotonic() + DRAIN

    # the protocol

    def _obey(self, person, line):
        command, _, rest = line.partition(" ")
        if person.name is None:
            self._introduce(person, unicodedata.normalize("NFC", line))
        elif command == "/quit":
            self._end(person)
        elif command == "/who":
            tell(person, self._online())
        elif command == "/msg":
            name, _, text = rest.partition(" ")
            other = self._members.get(name.casefold())
            tell(*(other, f"({person.name}) {text}") if other else (person, "! no such user"))
        elif command.startswith("/"):
            tell(person, "! unknown command")
        elif line:
            self._tell_others(person, f"{person.name}: {line}")

    def _introduce(self, person, name):
        if not NAME.fullmatch(name):
            tell(person, "! bad name")
        elif name.casefold() in self._members:
            tell(person, "! name taken")
        else:
            person.name = name
            self._members[name.casefold()] = person
            tell(person, self._online())
            self._tell_others(person, f"* {name} joined")

    def _online(self):
        return " ".join(["* online:", *sorted(member.name for member in self._members.values())])

    def _tell_others(self, talker, line):
        data = f"{line}\n".encode()
        for member in self._members.values():
            if member is not talker:
                member.put(data)

    def _end(self, person, *last_words):
        """The one way in which a person leaves, however it came to it."""
        if person.is_leaving:
            return
        for line in last_words:
            tell(person, line)
        person.is_leaving = True
        person.begun = b""
        person.put_end()
        self._cuts[person] = time.monotonic() + GRACE
        if person.name and self._members.pop(person.name.casefold(), None):
            self._tell_others(person, f"* {person.name} left")

    def _say_goodbye(self):
        self._close_at, self._is_open = None, False
        self._members.clear()  # nobody hears any more who leaves
        for person in self._people:
            self._end(person, "* server is closing")


def tell(person, line):
    person.put(f"{line}\n".encode())


def is_done(person):
    return person.is_heard_out or person.is_leaving
