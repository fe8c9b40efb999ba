"""One row of the gradebook: what is known of one submission. Written and read as JSON, one file each."""

import json
from dataclasses import asdict, dataclass, field

from grader.results import INCONCLUSIVE, PASSED

SCHEMA, VERSION = "echo-to-chat/row", 1

GRADED, UNREADABLE, UNGRADED = "graded", "unreadable", "not graded"


@dataclass
class Student:
    """Who handed it in, as far as the roster or the download says."""

    key: str  # letters, digits, `-`, `_` and `.`: the name of the row's files
    name: str = ""
    email: str = ""
    number: str = ""  # the institution's identification
    ids: dict = field(default_factory=dict)  # of other systems, by the name of their column in the roster


@dataclass
class Row:
    """What became of one submission.

    `lessons` holds, for each lesson that was checked, what Results.as_json gives.
    `reason` says in one sentence why it is not `graded`.
    """

    student: Student
    state: str = UNGRADED
    reason: str = ""
    lessons: list = field(default_factory=list)
    submitted: str = ""  # ISO 8601 with the offset from UTC, or "" if nobody knows
    digest: str = ""  # of the submission, checks and options: with the same one nothing is graded again
    seconds: float = 0
    attempts: int = 0
    notes: list = field(default_factory=list)  # what of it was left out when it was unpacked, as sentences

    def checks(self):
        """All checks of all lessons: (lesson, check), as plain data."""
        return [(lesson, check) for lesson in self.lessons for check in lesson["checks"]]

    def passed(self):
        return sum(check["verdict"] == PASSED for _lesson, check in self.checks())

    def is_inconclusive(self):
        """Whether something could not be told: such a row is graded again, and is never a zero."""
        return any(check["verdict"] == INCONCLUSIVE for _lesson, check in self.checks())

    def as_json(self):
        return {"schema": SCHEMA, "version": VERSION} | asdict(self)


def from_json(text):
    """The row in this text. Raises ValueError if it is none."""
    try:
        table = json.loads(text)
        if (table.pop("schema"), table.pop("version")) != (SCHEMA, VERSION):
            raise ValueError("of another version")
        return Row(**table | {"student": Student(**table["student"])})
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"no row: {error}") from None
