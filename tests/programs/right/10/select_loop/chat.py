"""The chat: who is here under which name, and what each line does. It knows no sockets and never waits."""

import re
import unicodedata

NAME = re.compile(r"[\w-]{1,16}")


class Chat:
    def __init__(self):
        self.people = set()  # all who are connected
        self.touched = set()  # those of them who have something to be sent, or are to go
        self._members = {}  # casefolded name: person

    def arrive(self, person):
        self.people.add(person)
        self.tell(person, "* what is your name?")

    def obey(self, person, line):
        if person.name is None:
            self._introduce(person, unicodedata.normalize("NFC", line))
        elif line.startswith("/"):
            self._command(person, *line.split(" ", maxsplit=2))
        elif line:
            self._tell_others(person, f"{person.name}: {line}")

    def _introduce(self, person, name):
        if not NAME.fullmatch(name):
            self.tell(person, "! bad name")
        elif name.casefold() in self._members:
            self.tell(person, "! name taken")
        else:
            person.name = name
            self._members[name.casefold()] = person
            self.tell(person, self._online())
            self._tell_others(person, f"* {name} joined")

    def _command(self, person, command, other="", text=""):
        if command == "/quit":
            self.leave(person)
        elif command == "/who":
            self.tell(person, self._online())
        elif command != "/msg":
            self.tell(person, "! unknown command")
        elif other.casefold() in self._members:
            self.tell(self._members[other.casefold()], f"({person.name}) {text}")
        else:
            self.tell(person, "! no such user")

    def leave(self, person, *last_words):
        """The one way in which a person leaves, however it came to it."""
        if person.is_leaving:
            return
        for line in last_words:
            self.tell(person, line)
        person.hang_up()
        self.touched.add(person)
        if person.name and self._members.pop(person.name.casefold(), None):
            self._tell_others(person, f"* {person.name} left")

    def close(self, line):
        """All hear this line, and nothing after it."""
        self._members.clear()
        for person in self.people:
            self.leave(person, line)

    def tell(self, person, line):
        if not person.is_leaving:
            person.say(line)
            self.touched.add(person)

    def _tell_others(self, talker, line):
        for member in self._members.values():
            if member is not talker:
                self.tell(member, line)

    def _online(self):
        return "* online: " + " ".join(sorted(member.name for member in self._members.values()))
