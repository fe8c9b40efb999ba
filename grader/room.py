"""A server where what one says reaches all the others; it finds out who hears whom. It knows no lesson."""

import itertools
import time

from grader.failures import CheckFailed
from grader.server import MURMUR, Crowd, Server
from grader.words import _, _n, all_of

TALK = 16 * 1024  # bytes of a text in the middle of which somebody leaves
MURMURED = 32 * 1024  # bytes that one murmurs who dies
BEAT = 0.002  # seconds between two tokens by which people find out whether they hear each other


class Room(Server):
    """A server where what one says reaches all the others."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._wire.has_tokens = True
        self._tokens = itertools.count(1)
        self._members = []

    def join(self, *names):
        """People who connect one by one, until each is known to be in the room.

        A kernel accepts a call before the program does, so a connection alone proves nothing. The
        newcomer says numbered tokens until all the others have heard one, and at the end the first of
        them does the same for all. The tokens are left out of what anybody hears and says.
        """
        people = [self._enter(name) for name in names]
        first, *others = self._present()
        if others:
            self._say_until_heard(first, others)
        return people if len(people) > 1 else people[0]

    def enters(self, name):
        """One person who connects; whether the server has noticed is not waited for."""
        person = self.caller(name)
        self._members.append(person)
        return person

    def _enter(self, name):
        others = self._present()
        person = self.enters(name)
        if others:
            self._say_until_heard(person, others)
        return person

    def _present(self):
        return [member for member in self._members if not member.ended]

    def listener(self, name):
        """One person who connects and says nothing, until it is known to hear what others say."""
        return self.crowd(name).people[0]

    def crowd(self, *names):
        """Many people, who all connect at the same moment, and hear the first member of the room."""
        crowd = super().crowd(*names)
        first, *others = self._present()
        self._say_until_heard(first, [*others, *crowd.people])
        return crowd

    def alternating(self, size):
        """Two crowds whose members join by turns: behind each of the first stands one of the second."""
        names = [f"{who} {number}" for number in range(1, size + 1) for who in ("leaver", "stayer")]
        people = self.join(*names)
        return Crowd(people[::2]), Crowd(people[1::2])

    def lets_go_one_by_one(self, crowd, stayers, talker, some):
        """One after another leaves in the middle of a long text, or murmurs and dies before a short one.

        So the program changes who is in the room while it passes a text on. All stayers must hear it
        before the next one goes: or the murmur of one would keep the program from the talker's text.
        """
        for number, person in enumerate(crowd.people):
            text = some.letters(2000 if number % 2 else TALK)
            if number % 2:
                self.meets_a_dead_one(person, talker, text)
            else:
                self.freezes()
                talker.sends(text)
                person.leaves()
                self.thaws()
            stayers.hears_through_murmur(text)

    def meets_a_dead_one(self, person, talker, text):
        """The server is to pass on the talker's text while this person is dead and still in the room.

        It is held still while the person murmurs a lot and breaks off with a reset and the talker says
        the text. When it goes on, it has the murmur to read before it can find the reset: so a
        program that gives each person a thread meets the text first.
        """
        self.freezes()
        person.sends(MURMUR * MURMURED)
        talker.sends(text)
        person.resets()
        self.thaws()

    def leaves_while_one_lags(self, person, lagging, talker, text):
        """The talker's text stands at one who does not read it yet; meanwhile one who comes after him leaves.

        Not before the program has seen that, as far as it can, the lagging one reads on.
        """
        lagging.sleeps()
        talker.starts_sending(text)
        self._wire.wait(self._is_at_rest)
        person.stops_sending()
        self._wire.wait(lambda: person.ended or self._is_at_rest())
        person.leaves()
        lagging.wakes()

    def _say_until_heard(self, talker, listeners):
        """Says tokens, one a moment, until all listeners have heard one, and then the last one too."""
        said, due = [], 0.0

        def heard():
            nonlocal due
            if time.monotonic() >= due and talker.may_go_on():
                said.append(next(self._tokens))
                talker.says_token(said[-1])
                due = time.monotonic() + BEAT * len(said)
            return all(not person.tokens.isdisjoint(said) for person in listeners) or gone()

        def gone():
            return [person for person in (talker, *listeners) if person.ended]

        def heard_last():
            return all(said[-1] in person.tokens for person in listeners) or gone()

        if not self._wire.wait(heard, step=BEAT) or not self._wire.wait(heard_last) or gone():
            deaf = [person for person in listeners if said[-1] not in person.tokens]
            raise self._deaf(talker, deaf or listeners)

    def _deaf(self, talker, deaf):
        self.transcript.add(talker.name, "says", b"Who hears me?")
        ended = [person for person in (talker, *deaf) if person.ended]
        if ended:
            headline = _("The server hung up on {who}.", who=ended[0].name)
            return CheckFailed(f"{ended[0].ended} early", headline)
        names = all_of([*(person.name for person in deaf[:3]), *[_("others")][: len(deaf[3:])]])
        headline = _n(
            "{names} does not hear what {who} says.",
            "{names} do not hear what {who} says.",
            len(deaf),
            names=names,
            who=talker.name,
        )
        return CheckFailed("silent", headline, in_vain=True, who=deaf[0].name)
