"""Points from rows: partial credit by checks passed, less what lateness takes.

Exactly: a lesson is worth its weight's share of the course's points, and brings of that the share which the
checks that passed have of the weights of all its checks. A check that failed or was not run brings nothing,
nor does a lesson that was not handed in. From the sum of the lessons, lateness takes its per cent. All of it
is computed in fractions, and rounded once, at the end, to two decimals, a half upwards; the points shown for
one lesson or one check are rounded for themselves, before lateness, so they need not add up to the last
decimal.

Whatever could not be told, or went wrong in the checker, is no zero: such a row has no points yet.
A row's checks are complete: the grader of a submission hands over the results of all of them, or nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache

from grader.classroom.course import weight_of_all
from grader.classroom.rows import GRADED, UNREADABLE
from grader.results import BROKEN, INCONCLUSIVE, PASSED
from grader.words import N_, _, _n

DAY = timedelta(days=1)
COULD_NOT_TELL = N_("could not tell")


@dataclass(frozen=True)
class Part:
    """What one lesson brings, before lateness."""

    lesson: str
    points: Decimal
    of: Decimal
    passed: int  # checks
    checks: int
    worth: dict  # points for each of its checks, by number; empty if it was not handed in
    is_there: bool  # whether it was handed in


@dataclass(frozen=True)
class Score:
    """The points of one row, or None while nobody can tell; `parts` has one for each lesson then, or none.

    `reason` says why there are no points, or why it is 0 without a look at the checks; `late` what lateness
    took, or that nobody knows.
    """

    points: Decimal | None
    of: Decimal
    parts: tuple = ()
    reason: str = ""
    late: str = ""


def score(row, course, lessons):
    """The row's Score for these lessons. Raises WrongUse if none of them has a weight."""
    reached = [worth_and_share(row, lesson, course, lessons) for lesson in lessons]
    of, off, late = rounded(course.points), Fraction(0), ""
    if why := untold(row, lessons):
        return Score(None, of, reason=why)
    if row.state == GRADED:
        off, late = lateness(row.submitted, course.late)
    points = rounded(sum(worth * share for worth, share in reached) * (100 - off) / 100)
    parts = tuple(part(row, lesson, course, *one) for lesson, one in zip(lessons, reached, strict=True))
    return Score(points, of, parts, row.reason if row.state == UNREADABLE else "", late)


def worth_and_share(row, lesson, course, lessons):
    """What the lesson is worth, and which share of that the row has."""
    checks = checks_of(row, lesson) or []
    weights = [course.check_weight(lesson.number, check["number"]) for check in checks]
    passed = [weight for weight, check in zip(weights, checks, strict=True) if check["verdict"] == PASSED]
    share = Fraction(sum(passed)) / sum(weights) if any(weights) else Fraction(0)
    return course.points * course.weight(lesson.number) / weight_of_all(course, lessons), share


def checks_of(row, lesson):
    """The lesson's checks in this row, or None if it was not handed in."""
    return next((one["checks"] for one in row.lessons if one["lesson"] == lesson.number), None)


def standing(row, score):
    """How the row stands, in a few words."""
    return COULD_NOT_TELL if row.state == GRADED and score.points is None else row.state


def untold(row, lessons):
    """Why the row has no points yet, or nothing. One that could not be read has some: zero."""
    if row.state == UNREADABLE:
        return ""
    if row.state != GRADED:
        return row.reason or _("It was not graded.")
    if broken := with_verdict(row, lessons, BROKEN):
        return _("The checker itself failed in {checks}.", checks=broken)
    if unsure := with_verdict(row, lessons, INCONCLUSIVE):
        return _("These checks could not be told: {checks}.", checks=unsure)
    return ""


def with_verdict(row, lessons, verdict):
    """The checks that have it, as `03.6, 03.8`."""
    wanted = {lesson.number for lesson in lessons}
    found = [(one["lesson"], check) for one, check in row.checks() if check["verdict"] == verdict]
    return ", ".join(f"{lesson}.{check['number']}" for lesson, check in found if lesson in wanted)


def part(row, lesson, course, worth, share):
    checks = checks_of(row, lesson)
    if checks is None:
        return Part(lesson.number, rounded(0), rounded(worth), 0, how_many(lesson), {}, False)
    weights = {check["number"]: course.check_weight(lesson.number, check["number"]) for check in checks}
    whole = sum(weights.values()) or 1
    each = {check: rounded(worth * weight / whole) for check, weight in weights.items()}
    passed = sum(check["verdict"] == PASSED for check in checks)
    return Part(lesson.number, rounded(worth * share), rounded(worth), passed, len(checks), each, True)


@cache
def how_many(lesson):
    """Checks of this lesson; it is asked for each student who did not hand it in."""
    return len(lesson.stories())


def lateness(submitted, late):
    """What it takes, in per cent, and the sentence about it.

    The time that counts is `due` and `grace` together, to the microsecond; who hands in at just that time
    is not late. After it each day begun counts, of 24 hours: one second more is one day, 24 hours more are
    still one. Times are compared as moments, whatever their offsets from UTC. If the time is not known, or
    is said without an offset, it is not late, and the sentence says so.
    """
    if late.due is None:
        return Fraction(0), ""
    if (at := moment(submitted)) is None:
        return Fraction(0), _("Nobody knows when it was handed in: it is not counted as late.")
    over = at - late.due - late.grace
    if over <= timedelta():
        return Fraction(0), ""
    days = -(-over // DAY)
    off = min(days * late.per_day, late.at_most)
    taken = f"{float(off):g}"
    return off, _n(
        "{count} day late: {off} % taken off.", "{count} days late: {off} % taken off.", days, off=taken
    )


def moment(submitted):
    """The time in a text of ISO 8601, or None if it says none, or has no offset from UTC."""
    try:
        at = datetime.fromisoformat(submitted)
    except ValueError:
        return None
    return at if at.tzinfo else None


def rounded(points):
    """Two decimals, a half upwards; points are never negative."""
    return Decimal(int(points * 100 + Fraction(1, 2))).scaleb(-2)
