"""What people hear when much happens at once, and whether it fits together.

It knows people who hear lines, and no sockets, no processes and no lesson.
"""

import re
from collections import Counter
from dataclasses import dataclass

from grader.failures import CheckFailed
from grader.words import _, _n

ONLINE, CHANGE = b"* online: ", re.compile(rb"\* (\S+) (joined|left)")
SHOWN = 2  # lines of two orders, from the first that differs


@dataclass
class Track:
    """Lines that are due, in this order, for what one person does: `to` one alone, or to all others."""

    source: object
    lines: list
    to: object = None

    def is_due_to(self, person):
        return person is not self.source and self.to in (None, person)


class Ear:
    """The lines that one person hears from now on; what has come is looked at once."""

    def __init__(self, person, deaf_to=()):
        self.person, self.lines, self._deaf_to = person, [], deaf_to
        self.questions = 0  # how often it has asked who is here

    def listen(self):
        """How many lines it has heard by now."""
        whole, newline, _ = self.person.unread().rpartition(b"\n")
        if newline:
            self.person.take(len(whole) + 1)
            self.lines += [line for line in whole.split(b"\n") if line not in self._deaf_to]
        return len(self.lines)

    def has(self, count):
        return self.listen() >= count or self.person.ended is not None

    def check_tracks(self, tracks):
        """All that is due has come: each line whole, once, in its track's order; and nothing else."""
        due = [track for track in tracks if track.is_due_to(self.person)]
        places = {line: (number, place) for number, t in enumerate(due) for place, line in enumerate(t.lines)}
        heard = Counter()  # how many lines of each track
        who = str(self.person)
        for line in self._without_answers():
            number, place = places.get(line, (None, None))
            if number is None:
                headline = _("{who} heard a line that nobody said.", who=who)
                self._differs(headline, most_alike(line, due, heard), line)
            if place < heard[number]:
                self._differs(_("{who} heard a line twice.", who=who), b"", line)
            if place > heard[number]:
                headline = _("{who} did not hear each line in its turn.", who=who)
                self._differs(headline, due[number].lines[heard[number]], line)
            heard[number] += 1
        for number, track in enumerate(due):
            if heard[number] < len(track.lines):
                self._misses(track.lines[heard[number]], heard.total(), sum(len(t.lines) for t in due))

    def check_answers(self, present):
        """Each answer tells who is here at that point of what it hears; at first, these people are."""
        here = set(map(str, present))
        for line in self.lines:
            here = after(line, here)
            if self._is_answer(line) and line != online(here):
                headline = _("{who} was not told who was here at that moment.", who=str(self.person))
                self._differs(headline, online(here), line)

    def check_all(self, due):
        """It has heard exactly these lines."""
        if self.lines == due[: len(self.lines)] and len(self.lines) < len(due):
            self._misses(due[len(self.lines)], len(self.lines), len(due))
        if self.lines != due:
            headline = _("{who} heard something else.", who=str(self.person))
            self._differs(headline, b"\n".join(due), b"\n".join(self.lines))

    def _without_answers(self):
        return [line for line in self.lines if not self._is_answer(line)]

    def _is_answer(self, line):
        return self.questions and line.startswith(ONLINE)

    def _differs(self, headline, expected, line):
        raise CheckFailed("wrong bytes", headline, who=self.person.name, expected=expected, received=line)

    def _misses(self, line, heard, due):
        name = self.person.name
        if self.person.ended:
            headline = cut_off(name, heard, due)
            raise CheckFailed(f"{self.person.ended} early", headline, who=name, expected=line, received=b"")
        headline = heard_only(name, heard, due)
        raise CheckFailed("silent", headline, in_vain=True, who=name, expected=line, received=b"")


def cut_off(who, heard, due):
    return _n(
        "{who} heard {heard} of {count} line; then the connection was over.",
        "{who} heard {heard} of {count} lines; then the connection was over.",
        due,
        who=who,
        heard=heard,
    )


def heard_only(who, heard, due):
    return _n(
        "{who} heard only {heard} of {count} line.",
        "{who} heard only {heard} of {count} lines.",
        due,
        who=who,
        heard=heard,
    )


def most_alike(line, due, heard):
    """What should have come from the one who seems to speak, or from anybody."""
    waiting = [(number, track) for number, track in enumerate(due) if heard[number] < len(track.lines)]
    waiting.sort(key=lambda pair: str(pair[1].source).encode() not in line[:40])
    return next((track.lines[heard[number]] for number, track in waiting), b"")


def online(names):
    return ONLINE + " ".join(sorted(names)).encode()


def after(line, here):
    """Who is here when this line has been said."""
    change = CHANGE.fullmatch(line)
    if not change:
        return here
    name = {change[1].decode()}
    return here | name if change[2] == b"joined" else here - name


def due_to_newcomer(person, order, present):
    """What one hears who joins at some place of this order: who is here, and then all that follows."""
    place = order.index(f"* {person} joined".encode())
    here = set(map(str, present))
    for line in order[: place + 1]:
        here = after(line, here)
    own = person.heard_as("").encode()
    return [online(here), *(line for line in order[place + 1 :] if not line.startswith(own))]


def check_one_order(ears, tracks):
    """What is due to two people has come to both in the same order."""
    first, *others = sorted(ears, key=lambda ear: -len(ear.lines))
    for ear in others:
        common = due_lines(tracks, first.person) & due_lines(tracks, ear.person)
        orders = [[line for line in e.lines if line in common] for e in (first, ear)]
        check_same(first.person, ear.person, *orders)


def due_lines(tracks, person):
    return {line for track in tracks if track.is_due_to(person) for line in track.lines}


def check_same(one, other, expected, received):
    """Both have heard the same lines, and these in the same order."""
    part = next(
        (at for at, pair in enumerate(zip(expected, received, strict=True)) if len(set(pair)) > 1), None
    )
    if part is not None:
        headline = _(
            "{other} did not hear the same order as {one}: "
            "at line {line} of {all} they part. Expected is what {one} heard.",
            other=str(other),
            one=str(one),
            line=part + 1,
            all=len(expected),
        )
        raise CheckFailed(
            "two orders",
            headline,
            who=other.name,
            expected=b"\n".join(expected[part : part + SHOWN]),
            received=b"\n".join(received[part : part + SHOWN]),
        )
