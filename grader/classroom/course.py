"""course.toml: what the instructor says of the course. Every key may be left out:

    title = "Networks, autumn 2026"
    points = 100                       # for everything

    [weights]                          # a lesson's share of the points; one that is not named has 1
    "01" = 1
    "03" = 2

    [checks."03"]                      # a check's share of its lesson; one that is not named has 1
    6 = 2

    [late]
    due = 2026-12-01T23:59:00+03:00    # always with the offset from UTC
    grace = "10 min"                   # added to `due`: a number and s, min, h, day or days
    per_day = 10                       # per cent of the points reached, for each day begun after that
    at_most = 50                       # per cent that lateness may take in all; 100 if nothing is said

    [csv]                              # how your spreadsheet program writes tables
    delimiter = ","                    # or ";"
    decimal = "."                      # or ","

    [moodle]                           # see exports/moodle.py
    [canvas]                           # see exports/canvas.py
    assignment = "Chat (1234)"

How late is late, and how is it rounded: see scores.py. A key that there is not, or a value of the wrong
kind, is WrongUse: what an instructor meant is not guessed.
"""

import re
import tomllib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from grader.lessons import WrongUse, checked_lessons
from grader.transcript import readable
from grader.words import _

SMALLEST, LARGEST = Decimal("0.000001"), 1_000_000  # of a number in the file, where it may be so large
UNITS = {"s": 1, "min": 60, "h": 3600, "day": 86400, "days": 86400}
# Canvas leaves out a column with one of these words (instructure/canvas-lms, lib/gradebook_importer.rb).
NOT_FOR_CANVAS = ("Current Score", "Current Points", "Current Grade", "Final Score", "Final Points")
NOT_FOR_CANVAS += ("Final Grade", "Override Score", "Override Grade", "Override Status")
CANVAS_IDS = ("ID", "SIS User ID", "SIS Login ID")


@dataclass(frozen=True)
class Late:
    """When it is due, and what lateness takes, in per cent."""

    due: datetime | None = None
    grace: timedelta = timedelta()
    per_day: Fraction = Fraction(0)
    at_most: Fraction = Fraction(100)


@dataclass(frozen=True)
class Csv:
    """How the gradebook's table is written."""

    delimiter: str = ","
    decimal: str = "."


@dataclass(frozen=True)
class Moodle:
    """What Moodle's columns are called, for it looks for them in the teacher's language."""

    worksheet: bool = False
    match: str = "email"
    name: str = "Full name"
    email: str = "Email address"
    number: str = "ID number"
    grade: str = "Grade"
    feedback: str = "Feedback comments"
    identifier: str = "Identifier"
    participant: str = "Participant "
    modified: str = "Last modified (grade)"


@dataclass(frozen=True)
class Canvas:
    """The assignment as Canvas calls it, with its number; and which of its columns Student.number is."""

    assignment: str = "From Echo to Chat"
    number: str = "SIS User ID"


@dataclass(frozen=True)
class Course:
    """All of course.toml, or what holds without one."""

    title: str = ""
    points: Fraction = Fraction(100)
    weights: dict = field(default_factory=dict)
    checks: dict = field(default_factory=dict)
    late: Late = Late()
    csv: Csv = Csv()
    moodle: Moodle = Moodle()
    canvas: Canvas = Canvas()

    def weight(self, lesson):
        return self.weights.get(lesson, Fraction(1))

    def check_weight(self, lesson, check):
        return self.checks.get(lesson, {}).get(check, Fraction(1))


def read_course(path=None, lessons=()):
    """The course that the file says, or one without rules. Raises WrongUse.

    With the lessons that will be graded, it is also WrongUse if none of them has a weight: before they are
    graded, and not when the gradebook is written.
    """
    course = Course() if path is None else made(path)
    weight_of_all(course, lessons)
    return course


def weight_of_all(course, lessons):
    """The weights of these lessons together. Raises WrongUse if there are lessons, and it is nothing."""
    whole = sum(course.weight(lesson.number) for lesson in lessons)
    if lessons and not whole:
        raise WrongUse(_("No lesson that is graded has a weight: see [weights] in your course.toml."))
    return whole


def made(path):
    try:
        return Course(**keys_of(parsed(path), COURSE))
    except WrongUse as wrong:
        raise WrongUse(_("{file}: {trouble}", file=str(path), trouble=wrong.args[0])) from None


def parsed(path):
    """The file as plain data; its decimal numbers stay what they are, and become no binary fractions."""
    try:
        return tomllib.loads(path.read_text("utf-8-sig"), parse_float=Decimal)
    except OSError as error:
        raise WrongUse(_("It cannot be read: {why}.", why=error.strerror or str(error))) from None
    except UnicodeDecodeError:
        raise WrongUse(_("It is not written in UTF-8.")) from None
    except ValueError as error:
        raise WrongUse(_("It is not TOML: {why}.", why=str(error))) from None


# A reader takes a value and its key's full name, and gives what the course holds, or raises WrongUse.


def keys_of(table, readers, where=""):
    for key in table:
        if key not in readers:
            unknown, there = where + readable(key), ", ".join(readers)
            raise WrongUse(_("There is no key {key}. There are {keys}.", key=unknown, keys=there))
    return {key: readers[key](value, where + key) for key, value in table.items()}


def is_table(value, key):
    if not isinstance(value, dict):
        raise WrongUse(_("{key} must be a table.", key=key))
    return value


def section(kind, readers):
    return lambda value, key: kind(**keys_of(is_table(value, key), readers, f"{key}."))


def text(value, key):
    """Nobody but the instructor writes it; but a line break or a hidden character would be a mistake."""
    if not isinstance(value, str) or not value or readable(value) != value:
        raise WrongUse(_("{key} must be a text of one line.", key=key))
    return value


def yes_or_no(value, key):
    if not isinstance(value, bool):
        raise WrongUse(_("{key} must be true or false.", key=key))
    return value


def one_of(*choices):
    def reader(value, key):
        if value not in choices:
            there = ", ".join(f'"{choice}"' for choice in choices)
            raise WrongUse(_("{key} must be one of {choices}.", key=key, choices=there))
        return value

    return reader


def number(least=0, most=LARGEST):
    """Exact, as a fraction: one that a huge exponent makes too long to compute with is refused first."""

    def reader(value, key):
        if not is_number(value) or not least <= value <= most or 0 < value < SMALLEST:
            raise WrongUse(
                _("{key} must be a number from {least} to {most}.", key=key, least=least, most=most)
            )
        return Fraction(value)

    return reader


def is_number(value):
    """Whether it can be compared with numbers: `true` is no number, and `nan` none either."""
    if isinstance(value, Decimal):
        return value.is_finite()
    return isinstance(value, int) and not isinstance(value, bool)


def moment(value, key):
    if not isinstance(value, datetime) or value.tzinfo is None:
        example = "2026-12-01T23:59:00+03:00"
        raise WrongUse(
            _("{key} must be a time with its offset from UTC, such as {example}.", key=key, example=example)
        )
    return value


def span(value, key):
    said = re.fullmatch(r"([0-9]{1,6}) ?(s|min|h|days?)", value) if isinstance(value, str) else None
    if not said:
        raise WrongUse(
            _('{key} must be a number and s, min, h or days, such as "{example}".', key=key, example="10 min")
        )
    return timedelta(seconds=int(said[1]) * UNITS[said[2]])


def weights(value, key):
    """Lesson: weight."""
    there = {lesson.number: number() for lesson in checked_lessons()}
    return keys_of(is_table(value, key), there, f"{key}.")


def checks(value, key):
    """Lesson: {check: weight}."""
    there = {lesson.number: of_checks(len(lesson.stories())) for lesson in checked_lessons()}
    return keys_of(is_table(value, key), there, f"{key}.")


def of_checks(count):
    def reader(value, key):
        there = {str(check): number() for check in range(1, count + 1)}
        found = keys_of(is_table(value, key), there, f"{key}.")
        if len(found) == count and not any(found.values()):
            raise WrongUse(_("The weights of all checks in {key} are zero.", key=key))
        return {int(check): weight for check, weight in found.items()}

    return reader


def assignment(value, key):
    for words in NOT_FOR_CANVAS:
        if words in text(value, key):
            raise WrongUse(
                _("Canvas leaves out a column with “{words}” in its name: {key}.", words=words, key=key)
            )
    return value


LATE = {"due": moment, "grace": span, "per_day": number(most=100), "at_most": number(most=100)}
CSV = {"delimiter": one_of(",", ";"), "decimal": one_of(".", ",")}
CANVAS = {"assignment": assignment, "number": one_of(*CANVAS_IDS)}
MOODLE = {"worksheet": yes_or_no, "match": one_of("email", "number")} | dict.fromkeys(
    ("name", "email", "number", "grade", "feedback", "identifier", "participant", "modified"), text
)
COURSE = {
    "title": text,
    "points": number(Decimal("0.01")),
    "weights": weights,
    "checks": checks,
    "late": section(Late, LATE),
    "csv": section(Csv, CSV),
    "moodle": section(Moodle, MOODLE),
    "canvas": section(Canvas, CANVAS),
}
