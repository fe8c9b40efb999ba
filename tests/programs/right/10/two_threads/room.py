"""The room: who is here, under which name, and how lines reach them.

It only fills outboxes, so nobody waits for the network while the lock is held. What is said to several
is said in one step: so all hear the same order.
"""

import threading


class Room:
    def __init__(self):
        self._lock = threading.RLock()
        self._people = set()  # all who are connected
        self._members = {}  # casefolded name: person

    def enter(self, person):
        with self._lock:
            self._people.add(person)

    def exit(self, person):
        with self._lock:
            self._people.discard(person)

    def people(self):
        with self._lock:
            return list(self._people)

    def join(self, person, name):
        """False if somebody has that name, in whatever case."""
        with self._lock:
            if name.casefold() in self._members:
                return False
            person.name = name
            self._members[name.casefold()] = person
            self.tell_who(person)
            self.tell_others(person, f"* {name} joined")
            return True

    def leave(self, person):
        """Nothing for one without a name, and after the end."""
        with self._lock:
            if person.name and self._members.pop(person.name.casefold(), None):
                self.tell_others(person, f"* {person.name} left")

    def tell_who(self, person):
        """Who is here at this point of what the person hears."""
        with self._lock:
            person.say("* online: " + " ".join(sorted(member.name for member in self._members.values())))

    def tell(self, name, line):
        """False if nobody has that name."""
        with self._lock:
            other = self._members.get(name.casefold())
            if other:
                other.say(line)
            return other is not None

    def tell_others(self, talker, line):
        with self._lock:
            for member in self._members.values():
                if member is not talker:
                    member.say(line)

    def close(self, line):
        """Says this line to everybody, and then nothing to anybody."""
        with self._lock:
            self._members.clear()
            for person in self._people:
                person.say(line)
                person.say_no_more()
