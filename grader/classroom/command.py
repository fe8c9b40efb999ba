"""`python checker.py grade SUBMISSIONS LESSON ...`: a class graded, and the gradebook written."""

import argparse
import contextlib
import os
import secrets
import shutil
import tempfile
from pathlib import Path

from grader import screen
from grader.classroom import cluster, sandbox, similar
from grader.classroom.course import read_course
from grader.classroom.engine import Plan
from grader.classroom.exports.files import told_of
from grader.classroom.gradebook import write_all
from grader.classroom.interop import interop
from grader.classroom.rows import GRADED, UNREADABLE
from grader.classroom.submissions import collect
from grader.lessons import WrongUse, choose
from grader.words import _, _n, told

PREFIX = "echo-to-chat-class-"  # of the folders in which submissions are unpacked
SEEDS = 10**8
NAMED = 5  # of those whom a file leaves out for the same reason


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
    parser.add_argument(
        "--seed", type=int, help=told(_("the texts that are sent; without it a new number for each --out"))
    )
    parser.add_argument(
        "--patience", type=float, default=2.0, help=told(_("seconds to wait for what must come"))
    )
    parser.add_argument("--any-library", action="store_true", help=told(_("leave out the check on imports")))
    parser.add_argument(
        "--no-sandbox", action="store_true", help=told(_("programs run with your own rights"))
    )
    parser.add_argument(
        "--similar", action="store_true", help=told(_("also list which programs are alike, to look at"))
    )
    parser.add_argument(
        "--interop", action="store_true", help=told(_("also let every client of 06 meet every server"))
    )
    cluster.add_arguments(parser)
    parser.add_argument("--lang", help=argparse.SUPPRESS)  # checker.py has heeded it
    return parser.parse_args(words)


def grade(given):
    """Grades everyone; 0, or 3 if somebody's row could not be told or was not graded."""
    lessons = [lesson for lesson in choose(given.lessons) if lesson.checks]
    course = read_course(given.course, lessons)
    engine = cluster.engine(given)
    with working_folder() as work:
        see_to_sandbox(given, work)
        submissions = part_of(collect(given.submissions, work / "submissions", given.roster), given.part)
        hand_over(work)
        make(given.out / "rows")  # only now: wrong words leave no folder behind
        plan = plan_of(given, lessons)
        found = run(engine, plan, submissions)
        written = {} if given.part else write_all(found, course, lessons, given.out)
        written |= dict.fromkeys(looks(given, plan, submissions), ())
    screen.say("\n".join(told(line) for line in summary(found, written)))
    return 3 if any(row.is_inconclusive() or row.state not in (GRADED, UNREADABLE) for row in found) else 0


def plan_of(given, lessons):
    return Plan(
        tuple(lessons),
        given.out / "rows",
        seed_of(given),
        given.patience,
        given.any_library,
        max(1, given.jobs),
        not given.no_sandbox,
    )


def seed_of(given):
    """The seed that is asked for; else one that nobody knows before, and that stays as long as --out does."""
    if given.seed is not None:
        return given.seed
    path = given.out / "seed"
    with told_of(path):
        keep_first(path, f"{secrets.randbelow(SEEDS)}\n")
    try:
        return int(path.read_text("utf-8"))
    except ValueError:
        raise WrongUse(_("There is no number in {file}: remove it.", file=str(path))) from None


def keep_first(path, text):
    """Writes the file in one step, unless it is there: another job may have written it meanwhile."""
    new = path.with_name(f".{path.name}.{os.getpid()}")
    new.write_text(text, "utf-8")
    try:
        os.link(new, path)
    except FileExistsError:
        pass
    except OSError:  # a file system without links
        if not path.exists():
            new.replace(path)
    finally:
        new.unlink(missing_ok=True)


def run(engine, plan, submissions):
    with screen.many(len(submissions)) as (on_start, on_row):
        return engine(plan, on_row, on_start).grade(submissions)


def looks(given, plan, submissions):
    """What is written about the programs side by side, and is no part of anybody's row; the paths."""
    if given.similar and not given.part:
        yield from similar.write_all(submissions, plan.lessons, given.out)
    if given.interop and not given.part:
        yield from interop(submissions, plan, given.out)


def see_to_sandbox(given, work):
    """Tries the sandbox; without one it says loudly what that means. Raises WrongUse."""
    if not given.no_sandbox:
        if not given.scheduler or given.interop:  # a cluster's workers try theirs
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
        for why, keys in by_reason(left_out).items():
            yield _("  without {who}: {reason}", who=listed(keys), reason=why)


def by_reason(left_out):
    """Whose rows a file leaves out, by the reason: without a roster that may be everybody's."""
    found = {}
    for row, why in left_out:
        found.setdefault(why, []).append(row.student.key)
    return found


def listed(keys):
    """The first of them, and how many more."""
    if len(keys) <= NAMED:
        return ", ".join(keys)
    more = len(keys) - NAMED
    return _n("{some} and {count} more", "{some} and {count} more", more, some=", ".join(keys[:NAMED]))


def make(folder):
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = error.strerror or str(error)
        raise WrongUse(_("The folder {folder} cannot be made: {why}", folder=str(folder), why=why)) from None


@contextlib.contextmanager
def working_folder():
    """Where the submissions are unpacked; it is gone afterwards, or when the next class is graded."""
    remove_abandoned()
    with tempfile.TemporaryDirectory(prefix=f"{PREFIX}{os.getpid()}-") as name:
        (Path(name) / "submissions").mkdir()
        yield Path(name)


def remove_abandoned():
    """The folders of runs that were killed: the process whose number is in the name is no more."""
    import psutil

    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        number = folder.name.removeprefix(PREFIX).partition("-")[0]
        if number.isdecimal() and not psutil.pid_exists(int(number)):
            shutil.rmtree(folder, ignore_errors=True)  # another user's stays


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
