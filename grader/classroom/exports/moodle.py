"""Points for Moodle, as CSV with commas in UTF-8 without a byte order mark. It has two doors:

Grades > Import > CSV file, which puts them into the gradebook ("Grade import",
https://docs.moodle.org/405/en/Grade_import). Map `Email address` to it, or with match = "number" the
`ID number`, then `Grade` and, together with it, `Feedback comments`: without the one the other is lost.

An assignment's own "Upload grading worksheet", with worksheet = true in [moodle]: there they can still be
changed by hand afterwards. It finds students by the participant's number that the folders of a download
have, and takes no grade that somebody changed meanwhile, unless you allow it.

Moodle looks for the columns in your language; what they are called there, and the word before the
participant's number, stands under [moodle]. In Russian, for one: identifier = "Идентификатор", participant =
"Участник", grade = "Оценка", modified = "Последнее изменение (оценка)".

From reading the importers (moodle/moodle, grade/import/csv/classes/load_data.php, lib/csvlib.class.php,
mod/assign/feedback/offline/importgradeslib.php and locallib.php):
- a row with an empty address gives its grade to the student of the row before, one that is not found breaks
  the import off: so only who is known for certain is written;
- an empty grade becomes 0 in a new column and wipes out what is in an old one: so who has none is left out;
- a backslash before a quote joins cells (PHP's fgetcsv): so neither is ever written;
- feedback is shown as HTML: so it is escaped as such;
- a grade above the maximum, 100 if nothing else was set, is refused.
"""

import re

from grader.classroom.exports.files import replace_csv
from grader.classroom.exports.known import sorted_out, usable
from grader.classroom.exports.safe import cell, html
from grader.words import _, told

LOOKALIKES = str.maketrans({'"': "'", "\\": "/"})
NEVER = "-"  # where a worksheet says when the grade was last changed


def write(rows, course, lessons, path):
    names = course.moodle
    kept, left = sorted_out(rows, course, lessons, participant(names) if names.worksheet else account(names))
    who = names.identifier if names.worksheet else getattr(names, names.match)
    modified = [names.modified] if names.worksheet else []
    lines = [line(row, points, found, [NEVER] * len(modified)) for row, points, found in kept]
    replace_csv(path, [[who, names.name, names.grade, *modified, names.feedback], *lines])
    return left


def line(row, points, found, modified):
    name, said = plain(cell(row.student.name)), plain(html(feedback(points)))
    return [*found, name, str(points.points), *modified, said]


def account(names):
    """Finds students by their address or number."""

    def identify(student):
        name = usable(getattr(student, names.match))
        return (name if names.match == "number" or "@" in name else "",)

    return identify


def participant(names):
    """Finds students as `Participant 123`. Any other number of theirs might be another participant's."""

    def identify(student):
        known = {column.strip().casefold(): value for column, value in student.ids.items()}
        number = known.get("participant", "").strip()
        return (names.participant + number if re.fullmatch("[0-9]{1,18}", number) else "",)

    return identify


def feedback(points):
    """What the student reads beside the grade: how many checks passed in each lesson, or why it is 0."""
    if points.reason:
        return told(points.reason)
    return " ".join(told(sentence) for sentence in (*map(of_lesson, points.parts), points.late) if sentence)


def of_lesson(part):
    return _(
        "Lesson {number}: {passed} of {all} checks.", number=part.lesson, passed=part.passed, all=part.checks
    )


def plain(text):
    return text.translate(LOOKALIKES)
