"""Points for the gradebook of Canvas, as CSV with commas in UTF-8 without a byte order mark.

The form is that of the file which Canvas exports ("How do I import grades in the Gradebook?", Canvas
Instructor Guide), as its importer reads it: instructure/canvas-lms, lib/gradebook_importer.rb. Columns in
this order: Student, ID, SIS User ID, SIS Login ID, Section, the assignment; then the row `Points Possible`.
`[canvas] assignment` is the assignment's name with its number, as the exported file has it; without the
number Canvas may make a new one. The students' ids are taken from the columns of these names in your roster
(`Canvas ID` for ID); `[canvas] number` says which of them the roster's `number` is.

From reading the importer:
- a row without an id that it knows is matched by name, which might be another student's: so only who has an
  id is written;
- an ID is read up to the first character that is no digit: so it must be digits alone;
- a row whose name contains `Points Possible` sets what the assignment is worth: so no name does;
- points and commas in what looks like a number are rearranged: so no id has them in such a place;
- an empty cell counts as a change where there is a grade: so who has no points yet is left out.
"""

import re

from grader.classroom.course import CANVAS_IDS
from grader.classroom.exports.files import replace_csv
from grader.classroom.exports.known import sorted_out, usable
from grader.classroom.exports.safe import cell
from grader.classroom.scores import rounded

IN_ROSTER = {"ID": "canvas id", "SIS User ID": "sis user id", "SIS Login ID": "sis login id"}
POSSIBLE = "Points Possible"
REARRANGED = re.compile(r"-?[0-9.,]+%?")


def write(rows, course, lessons, path):
    kept, left = sorted_out(rows, course, lessons, lambda student: ids(student, course.canvas.number))
    head = ["Student", *CANVAS_IDS, "Section", course.canvas.assignment]
    worth = [f"    {POSSIBLE}", "", "", "", "", str(rounded(course.points))]
    lines = [[name(row.student), *found, "", str(points.points)] for row, points, found in kept]
    replace_csv(path, [head, worth, *lines])
    return left


def ids(student, column_of_number):
    """The student's id in each of the columns, "" where there is none that Canvas reads as it is."""
    known = {column.strip().casefold(): value for column, value in student.ids.items()}
    found = {column: known.get(IN_ROSTER[column], "") for column in CANVAS_IDS}
    found[column_of_number] = found[column_of_number] or student.number
    return tuple(as_it_is(column, usable(value)) for column, value in found.items())


def as_it_is(column, value):
    """The id, if Canvas reads it as what it is."""
    is_number = column == "ID" or REARRANGED.fullmatch(value)
    return "" if is_number and not re.fullmatch("[0-9]{1,18}", value) else value


def name(student):
    return cell(student.name or student.key).replace(POSSIBLE, POSSIBLE.replace(" ", "_"))
