"""What the rows of a class say together: how each lesson stands, which checks fail most, what is believed.

It knows no page; the class report and the instructor's notebook read it.
"""

from collections import Counter
from dataclasses import dataclass, field
from itertools import groupby

from grader.classroom.rows import GRADED, UNREADABLE
from grader.classroom.scores import checks_of
from grader.results import BROKEN, FAILED, INCONCLUSIVE, PASSED
from grader.words import _

ALL, SOME, NONE, ABSENT = "all", "some", "none", "absent"
UNREAD, UNTOLD = "unread", "untold"
KINDS = {
    ALL: _("all passed"),
    SOME: _("some passed"),
    NONE: _("none passed"),
    ABSENT: _("not handed in"),
    UNREAD: _("unreadable"),
    UNTOLD: _("could not tell"),
}


@dataclass(frozen=True)
class Column:
    """One check of one lesson, as a column of the map."""

    lesson: str
    number: int
    sentence: str


@dataclass(frozen=True)
class Failing:
    """How many failed a check, of how many who handed that lesson in."""

    column: Column
    failed: int
    of: int


@dataclass
class Common:
    """A belief, the typical mistake by which it was recognised, and the rows in which it was."""

    mistake: str
    belief: str
    lessons: set = field(default_factory=set)
    rows: dict = field(default_factory=dict)  # by the student's key


def columns(lessons):
    """All checks of the lessons, in order."""
    return [
        Column(lesson.number, number, sentence)
        for lesson in lessons
        for number, sentence in enumerate(lesson.stories().values(), 1)
    ]


def verdicts(row):
    """What became of each check, by (lesson, check)."""
    return {(lesson["lesson"], check["number"]): check["verdict"] for lesson, check in row.checks()}


def kind_of(row, lesson):
    """How the row stands in the lesson: one of KINDS."""
    if row.state != GRADED:
        return UNREAD if row.state == UNREADABLE else UNTOLD
    if (checks := checks_of(row, lesson)) is None:
        return ABSENT
    found = Counter(check["verdict"] for check in checks)
    if found[INCONCLUSIVE] or found[BROKEN]:
        return UNTOLD
    return ALL if found[PASSED] == len(checks) else SOME if found[PASSED] else NONE


def kinds(rows, lesson):
    """How many rows there are of each kind."""
    return Counter(kind_of(row, lesson) for row in rows)


def failing(rows, all_columns):
    """What each check of the map did to the class, in order."""
    found = [verdicts(row) for row in rows]
    counted = []
    for column in all_columns:
        here = [one[column.lesson, column.number] for one in found if (column.lesson, column.number) in one]
        counted.append(Failing(column, here.count(FAILED), len(here)))
    return counted


def by_lesson(counted):
    """The same as a list for each lesson."""
    return [list(group) for _lesson, group in groupby(counted, lambda one: one.column.lesson)]


def hardest(counted):
    """The checks that somebody failed, what most failed first."""
    return sorted((one for one in counted if one.failed), key=lambda one: -one.failed)


def beliefs(rows):
    """All beliefs that were recognised, what most students seem to believe first."""
    found = {}
    for row in rows:
        for lesson in row.lessons:
            if said := lesson["belief"]:
                key = said["mistake"], said["belief"]
                one = found.setdefault(key, Common(*key))
                one.lessons.add(lesson["lesson"])
                one.rows[row.student.key] = row
    return sorted(found.values(), key=lambda one: (-len(one.rows), min(one.lessons), one.mistake))
