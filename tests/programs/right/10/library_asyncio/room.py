"""The room: who is here under which name, what each line does, and the end of it all.

The loop runs one callback after another, and none of them waits: so there is one order of things.
"""

import asyncio
import re
import unicodedata

NAME = re.compile(r"[\w-]{1,16}")
DRAIN = 0.5  # seconds for which those are heard who never pause, after last orders
QUIET = 0.03  # seconds in which nobody says a word: then all that was said before has been heard


class Room:
    def __init__(self):
        self.heard = 0  # bytes in all
        self._people = set()
        self._members = {}  # casefolded name: person

    def enter(self, person):
        self._people.add(person)
        person.say("* what is your name?")

    def forget(self, person):
        self._people.discard(person)

    def hear(self, person, line):
        if person.name is None:
            self._introduce(person, unicodedata.normalize("NFC", line))
        elif line.startswith("/"):
            self._obey(person, line)
        elif line:
            self._tell_others(person, f"{person.name}: {line}")

    def leave(self, person, *last_words):
        """The one way in which a person leaves, however it came to it."""
        if person.is_leaving:
            return
        for line in last_words:
            person.say(line)
        person.hang_up()
        if person.name and self._members.pop(person.name.casefold(), None):
            self._tell_others(person, f"* {person.name} left")

    async def close(self):
        """Hears out whoever is here, says goodbye to all, and waits until all are gone."""
        await self._hear_out()
        self._members.clear()
        people = list(self._people)
        for person in people:
            self.leave(person, "* server is closing")
        await asyncio.gather(*(person.gone for person in people))

    async def _hear_out(self):
        loop, known = asyncio.get_running_loop(), None
        end = loop.time() + DRAIN
        while known != self.heard and loop.time() < end:
            known = self.heard
            await asyncio.sleep(QUIET)

    def _introduce(self, person, name):
        if not NAME.fullmatch(name):
            person.say("! bad name")
        elif name.casefold() in self._members:
            person.say("! name taken")
        else:
            person.name = name
            self._members[name.casefold()] = person
            person.say(self._online())
            self._tell_others(person, f"* {name} joined")

    def _obey(self, person, line):
        match line.split(" ", maxsplit=2):
            case ["/quit", *_]:
                self.leave(person)
            case ["/who", *_]:
                person.say(self._online())
            case ["/msg", name, text] if name.casefold() in self._members:
                self._members[name.casefold()].say(f"({person.name}) {text}")
            case ["/msg", *_]:
                person.say("! no such user")
            case _:
                person.say("! unknown command")

    def _online(self):
        return " ".join(["* online:", *sorted(member.name for member in self._members.values())])

    def _tell_others(self, talker, line):
        for member in self._members.values():
            if member is not talker:
                member.say(line)
