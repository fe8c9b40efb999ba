"""A chat in which many talk, come and go at once: one order for all. It knows no lesson."""

import contextlib
import itertools
import socket

from grader.endings import Endings
from grader.failures import CheckFailed
from grader.order import ONLINE, Ear, Track, check_one_order, due_to_newcomer
from grader.words import _n

TAKEN = b"! name taken"
SEGMENT, WINDOW = 1400, 4096  # bytes
TALK = 4  # lines that one says while others claim a name
LONG, LONG_LINES = 60_000, 2  # characters of a long line; so many lines no system takes at once
OFTEN = 9  # times that one whispers to another in a quarrel
NO_ANSWER = (b"! no such user",)  # for one who whispers to people who are about to leave


class Race(Endings):
    """A chat, and what must hold when everything happens at once.

    A check says what each will do (`will_…`); then all of that reaches the server at the same moment.
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._acts, self._tracks, self._ears = {}, [], []
        self._is_narrow = False

    # what everybody is about to do

    def will_talk(self, talkers, count):
        """Each will say so many short lines, numbered, to all."""
        for talker in talkers:
            texts = [f"{number} {self.some.digits(4)}" for number in range(1, count + 1)]
            self._will_say(talker, texts)

    def will_talk_long(self, talkers, count):
        """Each will say so many long lines to all."""
        for talker in talkers:
            self._will_say(talker, self._long_lines(count))

    def will_whisper(self, talker, listener, count):
        """One will tell another so many short lines in private."""
        texts = [f"{number} {self.some.digits(4)}" for number in range(1, count + 1)]
        self._will_whisper(talker, listener, texts)

    def will_visit(self, count):
        """So many, who have called, will each give a name, say one thing, and quit."""
        for guest in self.at_the_door(count, "visitor"):
            text = self.some.digits(4)
            self._will_do(guest, str(guest), text, "/quit")
            self._is_due(guest, f"* {guest} joined", guest.heard_as(text), f"* {guest} left")

    def will_come(self, count):
        """So many, who have called, will each give a name, and stay; who they are."""
        guests = self.at_the_door(count, "newcomer")
        for guest in guests:
            self._will_do(guest, str(guest))
            self._is_due(guest, f"* {guest} joined")
        return guests

    def will_ask_who(self, person, count):
        self._will_do(person, *["/who"] * count)

    def will_quarrel_and_quit(self, people):
        """Each will whisper to each of the others, often, half of them in the opposite order, and quit.

        So often that two who take two locks meet with one in the hand of each in every run.
        """
        for place, person in enumerate(people):
            others = [*people[place + 1 :], *people[:place]][:: 1 if place % 2 else -1]
            self._will_do(person, *[f"/msg {other} go away" for other in others] * OFTEN, "/quit")
            self._is_due(person, f"* {person} left")

    def _will_leave(self, people):
        for person in people:
            self._will_do(person, "/quit")
            self._is_due(person, f"* {person} left")

    def will_whisper_in_vain(self, talker, listeners, times):
        """One will whisper to people who are about to leave; what becomes of that is not looked at."""
        self._will_do(talker, *[f"/msg {listener} stay" for listener in listeners] * times)

    def _will_say(self, talker, texts):
        self._will_do(talker, *texts)
        self._is_due(talker, *map(talker.heard_as, texts))

    def _will_whisper(self, talker, listener, texts):
        self._will_do(talker, *[f"/msg {listener} {text}" for text in texts])
        self._is_due(talker, *[f"({talker}) {text}" for text in texts], to=listener)

    def _will_do(self, person, *lines):
        self._acts.setdefault(person, []).extend(lines)

    def _is_due(self, source, *lines, to=None):
        self._tracks.append(Track(source, [line.encode() for line in lines], to))

    def _long_lines(self, count):
        return [f"{number} {self.some.digits(1) * LONG}" for number in range(1, count + 1)]

    # what happens

    def person(self, *args):
        person = super().person(*args)
        if self._is_narrow:
            take_little(person.sock)
        return person

    def joins_on_a_narrow_way(self, role):
        """One whose system takes so little at a time that even one long line must wait half sent."""
        self._is_narrow = True
        person = self.join(role)
        self._is_narrow = False
        return person

    def group(self, role, count):
        """So many people who join one by one."""
        return [self.joins_as(f"{role}{number}_") for number in range(1, count + 1)]

    def at_the_door(self, count, role="guest"):
        """So many who have called at the same moment, and have been asked for a name."""
        guests = self.callers(*[f"{role}{number}_" for number in range(1, count + 1)])
        for guest in guests:
            guest.hears("* what is your name?")
        return guests

    def happens_at_once(self):
        """All that they were about to do reaches the server while it is held still; then it goes on."""
        stayers = [person for person in self._present() if person not in self._quitters()]
        self._ears = self._ears_of(stayers, self._acts)
        self._let_loose(self._acts)

    def _ears_of(self, people, acts):
        ears = [Ear(person, NO_ANSWER) for person in people]
        for ear in ears:
            ear.questions = acts.get(ear.person, []).count("/who")
        return ears

    def _quitters(self):
        return [person for person, lines in self._acts.items() if "/quit" in lines]

    def _let_loose(self, acts):
        self.freezes()
        for person, lines in acts.items():
            person.starts_sending("".join(f"{line}\n" for line in lines))
        self.thaws()

    def leave_while_whispered_to(self, leavers, by, talker, sleeper):
        """Each leaver quits, and at once somebody tells it something."""
        whispers = {teller: [f"/msg {leaver} stay"] for teller, leaver in zip(by, leavers, strict=True)}
        self._leave_just_before(whispers, leavers, talker, sleeper)

    def leave_while_asked_for(self, leavers, by, talker, sleeper):
        """The leavers quit, and at once these ask who is here, and are told the truth."""
        here = self._present()
        self._leave_just_before({asker: ["/who"] for asker in by}, leavers, talker, sleeper)
        for ear in self._ears:
            ear.check_answers(here)

    def _leave_just_before(self, acts, leavers, talker, sleeper):
        """The leavers quit, then the others act; the server is busy meanwhile, and is met by it all at once.

        It is busy with long lines to one who does not read, and comes to rest in them if it waits for
        him. A program with one lock then has all of these wait for it, the leavers first.
        """
        sleeper.sleeps()
        self._will_say(talker, self._long_lines(LONG_LINES))
        self._rests_with(self._acts)
        self._will_leave(leavers)
        self._rests_with({leaver: self._acts[leaver] for leaver in leavers})
        self._rests_with(acts)
        sleeper.wakes()
        self._ears = self._ears_of([person for person in self._present() if person not in leavers], acts)
        self.all_hear_each_in_turn()
        self._acts, self._tracks = {}, []

    def _rests_with(self, acts):
        """All this is said, and the server comes to rest with it, whether it is done or waits."""
        self._let_loose(acts)
        self._wire.wait(self._is_done)

    def claim_at_once(self, people, times, talker):
        """While one talks, many claim one name, in one case or another; and others another name.

        Those who do not get it claim the next one. The talk matters: where a lock is busy, all who looked
        before they wait for it have seen the name free.
        """
        for number in range(times):
            names = [f"{self.some.name('bob')}_{number}{letter}" for letter in "abcd"]
            claims = {person: names[place % len(names)] for place, person in enumerate(people)}
            self._ears = [Ear(person) for person in people]
            cases = itertools.cycle([str, str.upper, str.swapcase])
            forms = {person: [next(cases)(name)] for person, name in claims.items()}
            self._let_loose({talker: self.some.texts(TALK)} | forms)
            self._wait_for_ears([(ear, 1) for ear in self._ears])
            people = [ear.person for name in names for ear in self._losers(name, claims)]

    def _losers(self, name, claims):
        """The ears of those who claimed the name and were refused. All but one must have been."""
        ears = [ear for ear in self._ears if claims[ear.person] == name]
        losers = [ear for ear in ears if not ear.lines or not ear.lines[0].startswith(ONLINE)]
        for ear in losers:
            ear.check_all([TAKEN])
        if len(ears) - len(losers) != 1:
            headline = _n(
                "{count} person was let in under the name {name}, not one.",
                "{count} people were let in under the name {name}, not one.",
                len(ears) - len(losers),
                name=name,
            )
            raise CheckFailed("two of one name", headline)
        return losers

    # what must have come of it

    def all_hear_each_in_turn(self):
        """Those who stay hear all that is due, and what one does in the order in which that one does it."""
        self._wait_for_ears([(ear, self._due(ear)) for ear in self._ears])
        for ear in self._ears:
            ear.check_tracks(self._tracks)
        for person in self._quitters():
            person.is_hung_up_on()

    def all_hear_one_order(self):
        """All that; and any two of them hear it in the same order."""
        self.all_hear_each_in_turn()
        check_one_order(self._ears, self._tracks)

    def all_hear(self, talker, text):
        """All others who are here hear this next."""
        for person in self._present():
            if person is not talker:
                person.hears(talker.heard_as(text))

    def all_are_told_the_truth(self):
        """Whoever asked who is here was told who was, at that point of what it hears."""
        for ear in self._ears:
            ear.check_answers(self._present())

    def hear_all_that_follows(self, newcomers):
        """Each hears who is here, and then all that one who only listens hears after its having joined."""
        order = next(ear.lines for ear in self._ears if ear.person not in self._acts)
        self._ears = [Ear(person) for person in newcomers]
        due = [(ear, due_to_newcomer(ear.person, order, self._present())) for ear in self._ears]
        self._wait_for_ears([(ear, len(lines)) for ear, lines in due])
        for ear, lines in due:
            ear.check_all(lines)

    def _due(self, ear):
        return ear.questions + sum(len(t.lines) for t in self._tracks if t.is_due_to(ear.person))

    def _wait_for_ears(self, due):
        """Waits until each ear has so many lines. Whether it has is seen when they are looked at."""
        self._wire.wait(lambda: all(ear.has(count) for ear, count in due), self._heard)

    def _heard(self):
        return sum(ear.person.came for ear in self._ears)


def take_little(sock):
    """Small segments and a small window: the sender's system takes some 70 KiB then (measured on Linux)."""
    with contextlib.suppress(OSError):  # not every system lets us choose
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, SEGMENT)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, WINDOW)
