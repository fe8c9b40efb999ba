"""The class as pages for a browser: one about everyone, and in `reports/` beside it one for each student.

Their form is in report.html, student.html and report.css beside this file, on the ground of the page of one
run (reports/html.py), which shows each check. They load nothing and run nothing. What came from a student
goes through exports.safe or html.visible, and stays text.
"""

import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import quote

from jinja2 import FileSystemLoader

from grader.classroom import overview
from grader.classroom.exports.files import make, remove, replace
from grader.classroom.exports.markdown import counts
from grader.classroom.exports.safe import cell
from grader.classroom.rows import UNREADABLE, Row
from grader.classroom.scores import Score, checks_of, score
from grader.classroom.squares import Squares, place
from grader.lessons import Lesson
from grader.reports import html, terminal
from grader.results import PASSED, Belief, from_json
from grader.transcript import NOTE
from grader.words import N_, _n, in_words, told

PAGES = "reports"  # the folder of the students' pages
EVENTS = 30  # of one check that failed, on a student's page, counted from the end
TOP = 10  # beliefs and checks that are shown at once; the others open

WORDS = {
    "class": N_("Class report"),
    "skip": N_("Skip to the results"),
    "parts": N_("Parts of this page"),
    "waiting": N_("Still without points"),
    "unread": N_("What could not be read"),
    "lessons": N_("How each lesson stands"),
    "lesson": N_("Lesson"),
    "shares": N_("Shares"),
    "beliefs": N_("What they seem to believe"),
    "no beliefs": N_("No belief was recognised."),
    "page": N_("The page that treats it: "),
    "hardest": N_("What fails most"),
    "nothing failed": N_("No check failed."),
    "failed": N_("failed"),
    "out of": N_("of {all}"),
    "map": N_("Who fails what"),
    "map help": N_(
        "A row for each student, a column for each check; what has not passed leads to its report."
    ),
    "student": N_("student"),
    "students": N_("All students"),
    "points": N_("points"),
    "remarks": N_("remarks"),
    "back": N_("Back to the class"),
    "submitted": N_("handed in"),
    "of": N_("{points} of {of}"),
    "only": N_("Of a check that passed, only the verdict stands here."),
    "all checks": N_("All checks of lesson {number}"),
    "over": N_("Lesson {number}"),
}


@dataclass
class Person:
    """One row as the pages show it: nothing in it is a formula, nor has it a character that is not seen."""

    row: Row
    score: Score
    key: str
    name: str
    page: str  # where the student's own is, from the report's folder
    remark: str

    def part(self, lesson):
        """What is known of the lesson: a kind of overview.KINDS, and how many of how many passed."""
        checks = checks_of(self.row, lesson) or []
        passed = sum(check["verdict"] == PASSED for check in checks)
        return overview.kind_of(self.row, lesson), f"{passed}/{len(checks)}" if checks else ""


def write(rows, course, lessons, path):
    """Writes the page to the path, and the students' pages. Raises WrongUse if they cannot be written."""
    make(path.parent / PAGES)
    people = [person(row, score(row, course, lessons)) for row in rows]
    names = {f"{row.student.key}.html" for row in rows}
    for page in (path.parent / PAGES).glob("*.html"):
        if page.name not in names:  # of an earlier run, about somebody who is not in this class any more
            remove(page)
    for one in people:
        replace(path.parent / PAGES / f"{one.row.student.key}.html", student_page(one, path.name).encode())
    replace(path, class_page(people, course, lessons, path.parent).encode())
    return []


def person(row, points):
    student = row.student
    remark = told(points.reason or points.late)
    page = f"{PAGES}/{quote(student.key)}.html"
    return Person(row, points, cell(student.key), cell(student.name or student.key), page, cell(remark))


def class_page(people, course, lessons, folder):
    """The page about everyone, for a file in this folder."""
    rows = [one.row for one in people]
    ranked = sorted(people, key=rank)
    counted = overview.failing(rows, overview.columns(lessons))
    groups = overview.by_lesson(counted)
    return TEMPLATES.get_template("report.html").render(
        title=course.title or told(WORDS["class"]),
        summary=counts([(one.row, one.score) for one in people]),
        ranked=ranked,
        waiting=[one for one in ranked if one.score.points is None],
        unread=[one for one in ranked if one.row.state == UNREADABLE],
        kinds=overview.KINDS,
        standings=[(lesson, overview.kinds(rows, lesson)) for lesson in lessons],
        beliefs=overview.beliefs(rows),
        people={one.row.student.key: one for one in people},
        hardest=overview.hardest(counted),
        groups=groups,
        mapped=[one for one in ranked if one.row.lessons],
        squares=Squares(groups),
        to_lesson=partial(to_lesson, folder=folder),
        **SHARED,
    )


def rank(one):
    """The most points first; at the end those who have none yet, by what passed."""
    has_none = one.score.points is None
    return has_none, -one.row.passed() if has_none else -one.score.points, one.name.casefold(), one.key


def to_lesson(number, folder):
    """Where the lesson's page is, from that folder; as a whole address if it is on another drive."""
    page = Lesson(number).page
    try:
        return quote(Path(os.path.relpath(page, folder.resolve())).as_posix())
    except ValueError:
        return page.as_uri()


def student_page(one, report):
    """The page of one student; `report` is the name of the class's."""
    return TEMPLATES.get_template("student.html").render(
        one=one,
        shown=[shown(lesson) for lesson in one.row.lessons],
        back=f"../{quote(report)}",
        untold=overview.KINDS[overview.UNTOLD],
        runs=[],  # of page.html, of which it takes only the parts
        comparison=None,
        **SHARED,
    )


def shown(lesson):
    """One lesson's results from a row, with as much of each transcript as there is room for."""
    return from_json(lesson | {"checks": [shortened(check) for check in lesson["checks"]]})


def shortened(check):
    """The check with its last events, and none if it passed; it says what is missing."""
    events = check["transcript"] if check["failure"] else []
    if (more := len(events) - EVENTS) > 0:
        text = left_out(more)
        left = {"at": events[more]["at"], "who": "", "what": NOTE, "data": text, "words": text}
        events = [left, *events[more:]]
    return check | {"transcript": events}


def left_out(count):
    return _n("{count} event before these is not shown.", "{count} events before these are not shown.", count)


def tell(key, **values):
    """The pages' own words."""
    return told(WORDS[key]).format(**{name: in_words(value) for name, value in values.items()})


def students(count):
    return _n("{count} student", "{count} students", count)


def others(count):
    return _n("{count} other", "{count} others", count)


def likeness(common):
    return terminal.likeness(Belief(common.mistake, common.belief))


FOLDERS = [Path(__file__).parent, Path(html.__file__).parent]
TEMPLATES = html.TEMPLATES.overlay(loader=FileSystemLoader(FOLDERS))
SHARED = {made.__name__: made for made in (tell, students, others, likeness, place, cell, Lesson)}
SHARED["TOP"] = TOP
