"""From the checks that a program fails to the belief behind it, by its likeness to the typical mistakes.

The same files tell the kit's tests which edit of the solution fails which checks; so what is said here
is what was seen of a program with that very mistake.
"""

import tomllib
from dataclasses import dataclass

from grader.results import FAILED, PASSED, Belief

ALIKE = 0.6  # how much of the two lists of checks must be common, where they are not the same
UNTOLD = ("does not compile", "crashed", "library", "flood")  # the report says all there is to say


@dataclass(frozen=True)
class Mistake:
    """A small edit of the solution, what one believes who makes it, and the checks that it fails."""

    name: str
    belief: str
    fails: tuple
    edits: tuple  # of (file, old, new)
    look: str = ""  # a piece of code that gives the place away, where there is one


def mistakes_of(lesson):
    """The lesson's typical mistakes; none if it has no such file."""
    if not lesson.mistakes.exists():
        return []
    table = tomllib.loads(lesson.mistakes.read_text("utf-8"))
    return [
        Mistake(m["name"], m["belief"], tuple(m["fails"]), tuple(map(tuple, m["edits"])), m.get("look", ""))
        for m in table["mistake"]
    ]


def likely_belief(checks, mistakes, source):
    """The belief whose list of failed checks is most like this one; None where nothing is alike enough."""
    failed = {check.number for check in checks if check.verdict == FAILED}
    known = failed | {check.number for check in checks if check.verdict == PASSED}
    if not failed or all(c.failure.kind in UNTOLD for c in checks if c.verdict == FAILED):
        return None
    ranked = sorted(mistakes, key=lambda mistake: -likeness(mistake, failed, known, source))
    if not ranked or likeness(ranked[0], failed, known, source) < ALIKE:
        return None
    best = ranked[0]
    return Belief(best.name, best.belief, source.find(best.look) if best.look else None)


def likeness(mistake, failed, known, source):
    """1 where the same checks fail, less where fewer are common; a line that gives it away decides ties."""
    due = set(mistake.fails) & known
    alike = len(due & failed) / len(due | failed)
    return alike + (0.3 if mistake.look and source.find(mistake.look) else 0)
