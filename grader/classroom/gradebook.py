"""All that is made of the rows: the tables that other systems import, and the page about the class."""

from grader.classroom import report
from grader.classroom.exports import canvas, gradescope, junit, markdown, moodle, table

FORMS = (
    ("report.html", report),
    ("gradebook.csv", table),
    ("junit.xml", junit),
    ("gradescope", gradescope),
    ("summary.md", markdown),
    ("moodle.csv", moodle),
    ("canvas.csv", canvas),
)


def write_all(rows, course, lessons, folder):
    """Writes each form into the folder; by its path, whom it leaves out, and why: (row, reason)."""
    return {folder / name: form.write(rows, course, lessons, folder / name) or () for name, form in FORMS}
