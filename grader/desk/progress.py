"""What a student has achieved so far, in one small file, which two checkers at once cannot spoil.

The file is read and written whole under a lock, and replaced in one step (POSIX rename(2)); who is killed
in the middle leaves the old one. What cannot be kept, a read-only folder or a full disk, raises NotKept.
"""

import contextlib
import json
import os
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

from grader.lessons import ROOT
from grader.results import BROKEN, INCONCLUSIVE, PASSED
from grader.words import _

NAME = ".progress.json"
VERSION = 1
ELSEWHERE = "ECHO_TO_CHAT_PROGRESS"  # an environment variable: another place for the file


class NotKept(Exception):
    """The file cannot be written; what it held before is still there. The message is the system's."""


@dataclass
class Standing:
    """Where one lesson stands."""

    verdicts: dict = field(default_factory=dict)  # of its last run, by the check's name
    new: int = 0  # checks that passed in the last run and had not before
    when: str = ""  # of the last run, in local time, ISO 8601
    hints: dict = field(default_factory=dict)  # how many hints were given, by the check's name

    def passed(self, names):
        return sum(self.verdicts.get(name) == PASSED for name in names)


def file():
    return Path(os.environ.get(ELSEWHERE) or ROOT / NAME)


def read():
    """The standings of all lessons that were ever checked, by number."""
    return parsed(text_of(file())) or {}


def note(results):
    """Records the run, and says in it what is new, or that it could not be kept."""
    try:
        results.new = record(results) or 0
    except NotKept as trouble:
        results.notes.append(_("Your progress is not kept: {why}.", why=str(trouble)))


def record(results):
    """Notes a run of a student's own lesson down; how many checks passed for the first time, or None.

    Of what could not be told, what was known before stays. Raises NotKept.
    """
    if results.program != f"lessons/{results.lesson}" or results.count(BROKEN):
        return None
    with changing() as standings:
        known = standings.setdefault(results.lesson, Standing())
        now = {check.name: check.verdict for check in results.checks if check.verdict != INCONCLUSIVE}
        gained = [n for n, v in now.items() if v == PASSED and known.verdicts.get(n, PASSED) != PASSED]
        known.verdicts |= now
        known.hints = {name: count for name, count in known.hints.items() if now.get(name) != PASSED}
        known.new, known.when = len(gained), datetime.now().isoformat(" ", "seconds")
    return known.new


def hint_given(lesson, check):
    """Notes that a hint is given; its level, 1 for the first. Raises NotKept."""
    with changing() as standings:
        hints = standings.setdefault(lesson.number, Standing()).hints
        hints[check] = hints.get(check, 0) + 1
        return hints[check]


def forget(lesson):
    """The lesson begins anew. Raises NotKept."""
    with changing() as standings:
        standings.pop(lesson.number, None)


@contextlib.contextmanager
def changing():
    """The standings, to be changed in the `with` block and then written; nobody else can meanwhile."""
    path = file()
    try:
        with locked(path):
            standings = parsed(text_of(path))
            if standings is None:  # not ours, or of a kit to come: it is kept aside
                path.replace(path.with_name(f"{path.name}.unreadable"))
                standings = {}
            yield standings
            write(path, standings)
    except OSError as error:
        raise NotKept(error.strerror or str(error)) from None


def write(path, standings):
    """Replaces the file in one step. A half-written new one is never read, and overwritten next time."""
    text = json.dumps({"version": VERSION, "lessons": {n: asdict(s) for n, s in standings.items()}}, indent=1)
    new = path.with_name(f"{path.name}.new")
    try:
        with open(new, "w", encoding="utf-8") as out:
            out.write(text + "\n")
            out.flush()
            os.fsync(out.fileno())
        new.replace(path)
    except OSError:
        new.unlink(missing_ok=True)
        raise


@contextlib.contextmanager
def locked(path):
    """Only one process at a time; the system gives the lock back when its holder ends, however it ends."""
    with open(path.with_name(f"{path.name}.lock"), "a+b") as lock:
        try:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX)
        except ImportError:  # Windows
            import msvcrt

            msvcrt.locking(lock.fileno(), msvcrt.LK_LOCK, 1)
        yield


def text_of(path):
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return "" if isinstance(error, FileNotFoundError) else "unreadable"


def parsed(text):
    """The standings in this text, none if it is empty; None if it is not what `write` writes."""
    try:
        table = json.loads(text) if text else {"version": VERSION, "lessons": {}}
        assert table["version"] == VERSION
        return {number: Standing(**entry) for number, entry in table["lessons"].items()}
    except (ValueError, TypeError, KeyError, AttributeError, AssertionError):
        return None
