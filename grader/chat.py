"""Servers that pass on lines: a room where nobody is named, and a chat with names. They know no lesson."""

from grader.failures import CheckFailed
from grader.line_peer import Chatter, LinePeer
from grader.room import Room
from grader.server import Server
from grader.words import _n

ENDLESS = 50 * 1024 * 1024  # bytes of a line that does not end
DEARER = 12  # times the CPU of the reference's that another right program may need
ROUNDS = 3  # the cheapest of so many speaks for a program
TICK = 0.02  # seconds: CPU time is counted in hundredths


class LineRoom(Room):
    """A room where each whole line reaches all the others."""

    person = LinePeer

    def cuts_everywhere(self, sample, lines, talker, listener):
        """The talker says the sample again and again, cut in two at each place in turn."""
        sample = sample.encode()
        for place in range(1, len(sample)):
            talker.sends(sample[:place], sample[place:])
            listener.hears(*lines)

    def says_without_end(self, talker):
        """Sends and sends, and no newline comes; the server is to say what it thinks of that."""
        talker.starts_sending(b"x" * ENDLESS)

    def costs_no_more(self, lines):
        """Passing on these lines takes about as much CPU time as in the reference, in the same minute."""
        data = "".join(f"{line}\n" for line in lines)
        if self.reference is None:
            self._cost(data)
            return
        twin = type(self)(self._run, self.reference, self._patience)
        try:
            twin.start()
            own, due = self._compare(twin, data)
        finally:
            twin.end()
        if own > DEARER * due:
            raise CheckFailed("slow", dearer(own, due, len(lines)))

    def _compare(self, twin, data):
        """The cost here and the cost there, in seconds: the best of some rounds, while that can matter."""
        own, due = self._cost(data), twin._cost(data)
        for _ in range(ROUNDS - 1):
            if not DEARER * due < own < 3 * DEARER * due:
                break
            own, due = min(own, self._cost(data)), max(due, twin._cost(data))
        return own, due

    def _cost(self, data):
        """Seconds of CPU for passing on the data from one person to another."""
        talker, listener = self.join("talker", "listener")
        before = self.program.cpu()
        talker.starts_sending(data)
        listener.hears(data.removesuffix("\n"))
        cost = self.program.cpu() - before
        talker.leaves()
        listener.leaves()
        return max(cost, TICK)


def dearer(own, due, lines):
    """How much more CPU time these lines cost than they should."""
    return _n(
        "The program takes {times} as much CPU time as the reference does "
        "for the same {count} line ({own:.2f} and {due:.2f} s).",
        "The program takes {times} as much CPU time as the reference does "
        "for the same {count} lines ({own:.2f} and {due:.2f} s).",
        lines,
        times=_n("{count} time", "{count} times", round(own / due)),
        own=own,
        due=due,
    )


class Chat(Server):
    """A chat server that asks for names, and signs, welcomes and says goodbye."""

    person = Chatter

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._members = []

    def join(self, *roles):
        """People who connect and give their names, one by one; those who are here are told of each.

        The names are random for the run and suit the roles.
        """
        people = [self.joins_as(self.some.name(role)) for role in roles]
        return people if len(people) > 1 else people[0]

    def joins_as(self, name):
        person = self._knocks_as(name)
        person.says(name)
        self.welcomes(person)
        return person

    def knocks(self, role):
        """One who connects, and has been asked for a name, and has not given it yet."""
        return self._knocks_as(self.some.name(role))

    def _knocks_as(self, name):
        person = self.caller(name)
        person.hears("* what is your name?")
        return person

    def welcomes(self, person):
        """The newcomer hears who is online, first of all; the others hear that it joined.

        If there is nobody to hear that, the program may still be about to tell those who are here, and
        would then tell the next who comes; so it is given the time to be done with it.
        """
        others = self._present()
        person.hears(self.online(*self._online(), person))
        if not others:
            self._wire.wait(self._is_done)
        for other in others:
            other.hears(f"* {person} joined")
        self._members.append(person)

    def small_talk(self):
        """Alice and Bob come and talk, for a play; both are given."""
        alice, bob = self.joins_as("alice"), self.joins_as("bob")
        alice.says("anyone there?")
        bob.hears("alice: anyone there?")
        bob.says("привет, Alice!", "/msg alice psst")
        alice.hears("bob: привет, Alice!", "(bob) psst")
        return alice, bob

    def audience(self, size):
        """So many people who come after those who are here; so telling everybody takes a while."""
        for number in range(1, size + 1):
            self.joins_as(f"{number}_")

    def greets_newcomers(self, host, count):
        """One after another comes, is greeted as soon as the host hears of it, and leaves again."""
        for number in range(1, count + 1):
            person = self.knocks(f"guest{number}_")
            person.says(person.name)
            host.hears(f"* {person} joined")
            host.says(f"hello {person}")
            person.hears(self.online(*self._present(), person), host.heard_as(f"hello {person}"))
            person.says("/quit")
            person.hears_the_end()
            host.hears(f"* {person} left")
            self._all_know_of_leaver(person, host)

    def misses_leavers(self, host, count):
        """One after another comes and leaves; as soon as the host hears of that, it asks who is there."""
        for number in range(1, count + 1):
            person = self.knocks(f"guest{number}_")
            person.says(person.name)
            person.hears(self.online(*self._present(), person))
            host.hears(f"* {person} joined")
            person.leaves()
            host.hears(f"* {person} left")
            host.says("/who")
            host.hears(self.online(*self._present()))
            self._all_know_of_leaver(person, host)

    def _all_know_of_leaver(self, person, host):
        for other in self._present():
            if other is not host:
                other.hears_at_last(f"* {person} left")

    def online(self, *people):
        """The line that says who is here; sorted by code point, as Python sorts texts."""
        return "* online: " + " ".join(sorted(str(person) for person in people))

    def _online(self):
        return [member for member in self._members if not member.ended]

    def _present(self):
        """Those who are online, and hear what happens."""
        return self._online()
