"""Gradescope's results.json, for each row one file `KEY.json` in a folder.

Gradescope reads one for each submission: an autograder there puts it at /autograder/results/results.json.
The form is from "Autograder Specifications", sections Output format, Test case status and Output String
Formatting, https://gradescope-autograders.readthedocs.io/en/latest/specs/. All texts are said to be `text`,
so that nothing in them is read as HTML or Markdown. The `score` of the whole is lateness's, and overrides
the sum of the tests.

That form wants a score, so a row that has no points yet has no file; one of an earlier run is taken away.
"""

import json

from grader.classroom.exports.files import make, remove, replace
from grader.classroom.exports.safe import safe, said_by
from grader.classroom.scores import score
from grader.results import PASSED
from grader.words import _, told

TEXT = "text"


def write(rows, course, lessons, path):
    make(path)
    left = []
    for row in rows:
        points, file = score(row, course, lessons), path / f"{row.student.key}.json"
        if points.points is None:
            remove(file)
            left.append((row, points.reason))
        else:
            text = json.dumps(results(row, points), ensure_ascii=False, indent=1)
            replace(file, f"{text}\n".encode())
    return left


def results(row, points):
    """What Gradescope is told about one submission."""
    return {
        "score": float(points.points),
        "execution_time": row.seconds,
        "output": "\n".join(safe(told(text)) for text in (points.reason, points.late) if text),
        "output_format": TEXT,
        "test_output_format": TEXT,
        "test_name_format": TEXT,
        "tests": [] if points.reason else [test for part in points.parts for test in tests(row, part)],
    }


def tests(row, part):
    """One for each check of the lesson; a single one, if it was not handed in."""
    if not part.is_there:
        name, why = _("Lesson {number}", number=part.lesson), _("Nothing was handed in for this lesson.")
        yield test(part.lesson, name, part.of, False, [safe(why)])
        return
    for check in next(one["checks"] for one in row.lessons if one["lesson"] == part.lesson):
        number, worth = f"{part.lesson}.{check['number']}", part.worth[check["number"]]
        yield test(number, check["sentence"], worth, check["verdict"] == PASSED, said_by(check))


def test(number, name, worth, is_passed, said):
    return {
        "number": number,
        "name": safe(told(name)),
        "score": float(worth) if is_passed else 0.0,
        "max_score": float(worth),
        "status": "passed" if is_passed else "failed",
        "output": "\n".join(said),
    }
