"""One check on two programs, the student's and the reference: what each of them made people hear.

Which of two people hears first what both hear is nobody's doing; so the two runs are laid side by side
person by person, and the first difference is the first thing that somebody hears in one of them alone.
"""

from dataclasses import dataclass, field, replace

from grader.checking import check_lesson
from grader.lessons import WrongUse
from grader.results import FAILED, Check
from grader.words import _

HEARD = ("hears", "sees")


@dataclass(frozen=True)
class Step:
    """One line or one act of one person, in milliseconds since the check began."""

    at: float
    who: str
    what: str
    data: bytes = b""
    count: int = 0
    words: str = field(default="", compare=False)  # of a note: the sentence that `data` is in English

    def is_like(self, other):
        """The same in all but time."""
        return other is not None and self == replace(other, at=self.at)


@dataclass
class Comparison:
    """The same check, seed and condition twice, and the rows: (yours, the reference's), either may be None.

    `parts` is the index of the first row in which they differ; None if they do not.
    """

    yours: object  # Results
    check: Check
    other: Check
    rows: list
    parts: int | None


def compare(lesson, options, run, on_verdict=lambda check: None):
    """Compares the first failing check, or the one that `options` name. Raises WrongUse if all pass."""
    reference = lesson.solution / lesson.entry
    if not reference.exists():
        number = lesson.number
        raise WrongUse(
            _("There is no reference solution of lesson {number} here to compare with.", number=number)
        )
    yours = check_lesson(lesson, options, run, on_verdict)
    check = first_failing(yours) or (yours.checks[0] if options.only else None)
    if check is None:
        raise WrongUse(
            _("No check fails: there is nothing to explain. --only N compares check N all the same.")
        )
    twin = replace(options, program=str(reference), only=check.number, condition=check.condition)
    other = check_lesson(lesson, twin, run).checks[0]
    rows = side_by_side(steps(check.transcript), steps(other.transcript))
    parts = next((n for n, (one, two) in enumerate(rows) if not (one and one.is_like(two))), None)
    return Comparison(yours, check, other, rows, parts)


def first_failing(results):
    return next((check for check in results.checks if check.verdict == FAILED), None)


def steps(events):
    """The events as steps: each whole line that somebody hears is one, however its bytes came."""
    found, begun = [], {}
    for event in events:
        step = Step(event.at, event.who, event.what, event.data, event.count, event.words)
        if event.what not in HEARD:
            found += [begun.pop(event.who)] if event.who in begun else []
            found.append(step)
            continue
        if before := begun.pop(event.who, None):
            step = replace(before, data=before.data + step.data, count=before.count + step.count)
        *whole, rest = split(step)
        found += whole
        if rest.count:
            begun[event.who] = rest
    return found + list(begun.values())


def split(step):
    """The whole lines of a step, and what is left; one that is not kept whole stays as it is."""
    if step.count > len(step.data):
        return [step]
    *lines, rest = step.data.split(b"\n")
    return [replace(step, data=line, count=len(line)) for line in (*(line + b"\n" for line in lines), rest)]


def side_by_side(yours, theirs):
    """Rows in the order of your run: each person's n-th step beside the same person's n-th step."""
    waiting = {}
    for step in theirs:
        waiting.setdefault(step.who, []).append(step)
    rows = [(step, waiting[step.who].pop(0) if waiting.get(step.who) else None) for step in yours]
    return rows + [(None, step) for step in theirs if any(step is left for left in waiting.get(step.who, []))]
