"""`python checker.py grade SUBMISSIONS LESSON ...`: a class graded, and the gradebook written."""

import argparse
import contextlib
import os
import tempfile
from pathlib import Path

from grader import screen
from grader.classroom import sandbox
from grader.classroom.course import read_course
from grader.classroom.engine import Engine, Plan
from grader.classroom.gradebook import write_all
from grader.classroom.rows import GRADED, UNREADABLE
from grader.classroom.submissions import collect
from grader.lessons import WrongUse, choose
from grader.words import _, _n, told


def arguments(words):
    parser = argparse.ArgumentParser(
        prog="python checker.py grade",
        description=told(_("Grades a class: each program in a sandbox, each result a row of the gradebook.")),
    )
    parser.add_argument(
        "submissions", type=Path, help=told(_("a folder of folders or archives, or one archive"))
    )
    parser.add_argument("lessons", nargs="+", help=told(_("what to grade: 03, 01-05, or all")))
    parser.add_argument("--out", type=Path, default=Path("grades"), help=told(_("the folder of the results")))
    parser.add_argument("--roster", type=Path, help=told(_("a CSV file that says who is who")))
    parser.add_argument("--course", type=Path, help=told(_("course.toml: weights and late rules")))
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help=told(_("how many at once")))
    parser.add_argument("--part", type=part, help=told(_("rows only, of a part of the class, as in 3/100")))
    parser.add_argument("--seed", type=int, default=0, help=told(_("the same texts for everyone")))
    parser.add_argument(
        "--patience", type=float, default=2.0, help=told(_("seconds to wait for what must come"))
    )
    parser.add_argument("--any-library", action="store_true", help=told(_("leave out the check on imports")))
    parser.add_argument(
        "--no-sandbox", action="store_true", help=told(_("programs run with your own rights"))
    )
    parser.add_argument("--lang", help=argparse.SUPPRESS)  # checker.py has heeded it
    return parser.parse_args(words)


def grade(given):
    """Grades everyone; 0, or 3 if somebody's row could not be told or was not graded."""
    lessons = [lesson for lesson in choose(given.lessons) if lesson.checks]
    course = read_course(given.course, lessons)
    rows = given.out / "rows"
    make(rows)
    with working_folder() as work:
        see_to_sandbox(given, work)
        submissions = collect(given.submissions, work / "submissions", given.roster)
        hand_over(work)
        plan = Plan(
            tuple(lessons),
            rows,
            given.seed,
            given.patience,
            given.any_library,
            max(1, given.jobs),
            not given.no_sandbox,
        )
        found = run(plan, part_of(submissions, given.part))
    written = {} if given.part else write_all(found, course, lessons, given.out)
    screen.say("\n".join(told(line) for line in summary(found, written)))
    return 3 if any(row.is_inconclusive() or row.state not in (GRADED, UNREADABLE) for row in found) else 0


def run(plan, submissions):
    with screen.many(len(submissions)) as (on_start, on_row):
        return Engine(plan, on_row, on_start).grade(submissions)


def see_to_sandbox(given, work):
    """Tries the sandbox; without one it says loudly what that means. Raises WrongUse."""
    if not given.no_sandbox:
        sandbox.probe(work)
        return
    screen.say(
        told(
            _(
                "NO SANDBOX: every program that is graded now can read and change whatever you can, "
                "the results and the other programs included."
            )
        )
    )


def summary(rows, written):
    """What happened, as sentences."""
    states = [row.state for row in rows]
    unsure = [row.student.key for row in rows if row.is_inconclusive()]
    yield _n("{count} submission graded.", "{count} submissions graded.", states.count(GRADED))
    for row in rows:
        if row.state != GRADED:
            yield _("{who}: {reason}", who=row.student.key, reason=row.reason)
    if unsure:
        yield _(
            "Could not tell, so without points: {who}. The same command tries again.", who=", ".join(unsure)
        )
    for path, left_out in written.items():
        yield _("Written: {file}", file=str(path))
        for row, why in left_out:
            yield _("  without {who}: {reason}", who=row.student.key, reason=why)


def make(folder):
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = error.strerror or str(error)
        raise WrongUse(_("The folder {folder} cannot be made: {why}", folder=str(folder), why=why)) from None


@contextlib.contextmanager
def working_folder():
    """Where the submissions are unpacked; it is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="echo-to-chat-class-") as name:
        (Path(name) / "submissions").mkdir()
        yield Path(name)


def hand_over(work):
    """As root: what was unpacked belongs to the user that the sandbox becomes. Others cannot read it."""
    if hasattr(os, "geteuid") and not os.geteuid():
        for path in [work, work / "submissions", *(work / "submissions").rglob("*")]:
            os.chown(path, sandbox.NOBODY, sandbox.NOBODY)


def part(text):
    """(which, of how many) from `3/100`, for a job that grades only a part of the class."""
    which, _slash, all_parts = text.partition("/")
    if not (which.isdecimal() and all_parts.isdecimal() and 1 <= int(which) <= int(all_parts)):
        raise argparse.ArgumentTypeError(told(_("say which part of how many, as in 3/100")))
    return int(which), int(all_parts)


def part_of(submissions, part):
    """Every n-th submission; all of them without a part."""
    which, all_parts = part or (1, 1)
    return submissions[which - 1 :: all_parts]
