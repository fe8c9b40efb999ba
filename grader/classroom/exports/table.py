"""The gradebook as CSV, for people and their spreadsheet programs: everyone, and all that is known.

The form is RFC 4180 (https://www.rfc-editor.org/rfc/rfc4180). It is UTF-8 with a byte order mark, without
which Excel takes it for the system's old encoding. Who has no points yet stands at the end, with empty cells
for all numbers. `[csv]` in course.toml says what your spreadsheet expects: with Russian settings that is
delimiter = ";" and decimal = ",", and 12.05 would be read as a day in May.
"""

from grader.classroom.exports.files import replace_csv
from grader.classroom.exports.safe import cell
from grader.classroom.scores import score, standing
from grader.words import told

WHO = ("key", "name", "email", "number")
HEAD = (*WHO, "state", "points", "of")
TAIL = ("late", "submitted", "reason")
OF_LESSON = ("points", "passed", "checks")


def write(rows, course, lessons, path):
    scored = [(row, score(row, course, lessons)) for row in rows]
    scored.sort(key=lambda pair: pair[1].points is None)  # stable: otherwise in the order they came
    head = [*HEAD, *(f"lesson {lesson.number} {what}" for lesson in lessons for what in OF_LESSON), *TAIL]
    lines = [line(row, points, lessons, course.csv.decimal) for row, points in scored]
    replace_csv(path, [head, *lines], course.csv.delimiter, "utf-8-sig")
    return []


def line(row, points, lessons, decimal):
    who = [cell(getattr(row.student, what)) for what in WHO]
    numbers = [value for part in points.parts for value in (part.points, part.passed, part.checks)]
    numbers = numbers or [None] * len(OF_LESSON) * len(lessons)
    tail = [points.late, row.submitted, told(points.reason)]
    known = [standing(row, points), number(points.points, decimal), number(points.of, decimal)]
    return [*who, *known, *(number(value, decimal) for value in numbers), *(cell(text) for text in tail)]


def number(value, decimal):
    """As a cell; an empty one if nobody knows it."""
    return "" if value is None else str(value).replace(".", decimal)
