"""A lesson's starter again. What was there is kept first, as a dated copy, and nothing of it is lost.

The starters are kept in an archive beside this file, for the student edits those in `lessons/`;
tests/kit/starters.py makes it.
"""

import contextlib
import os
import shutil
from datetime import datetime
from pathlib import Path
from zipfile import ZipFile

from grader.desk import progress
from grader.lessons import ROOT, WrongUse
from grader.words import _

STARTERS = Path(__file__).with_name("starters.zip")
KEPT = ROOT / "kept"  # where the copies are


def reset(lesson):
    """Puts the starter into the lesson's folder; the folder of the copy, or None if nothing was changed.

    Raises WrongUse, with nothing changed, if the copy cannot be made.
    """
    starter = starter_of(lesson)
    if not starter:
        raise WrongUse(_("Lesson {number} has no starter.", number=lesson.number))
    changed = [name for name, data in starter.items() if not holds(lesson.folder / name, data)]
    more = [file for file in lesson.folder.glob("*.py") if file.name not in starter]
    if not changed and not more:
        return None
    copy = keep(lesson.folder)
    try:
        for name in changed:
            put(lesson.folder / name, starter[name])
        for file in more:  # it could stand in the starter's way, as a socket.py does; the copy has it
            file.unlink()
    except OSError as error:
        why, kept = error.strerror or str(error), shown(copy)
        raise WrongUse(
            _("The reset broke off: {why}. All you had is in {copy}.", why=why, copy=kept)
        ) from None
    with contextlib.suppress(progress.NotKept):
        progress.forget(lesson)
    return copy


def told_of(lesson, copy):
    """What a reset has done, in a sentence."""
    number = lesson.number
    if copy is None:
        return _("lessons/{number} is the starter already: nothing was changed.", number=number)
    return _(
        "lessons/{number} is the starter again. What was there is in {copy}.", number=number, copy=shown(copy)
    )


def shown(path):
    return path.relative_to(ROOT).as_posix()


def starter_of(lesson):
    """The starter's files: their bytes by name."""
    with ZipFile(STARTERS) as archive:
        names = [name for name in archive.namelist() if name.startswith(f"{lesson.number}/")]
        return {Path(name).name: archive.read(name) for name in names}


def holds(file, data):
    return file.is_file() and file.read_bytes() == data


def keep(folder):
    """A copy of the folder, which is there whole or not at all."""
    copy = KEPT / f"{folder.name}-{datetime.now():%Y-%m-%d-%H.%M.%S}"
    unfinished = KEPT / f".unfinished-{os.getpid()}"
    try:
        shutil.copytree(folder, unfinished, ignore=shutil.ignore_patterns("__pycache__"))
        return unfinished.rename(free(copy))
    except OSError as error:  # shutil.Error is one, too
        shutil.rmtree(unfinished, ignore_errors=True)
        why = error.strerror or str(error)
        raise WrongUse(_("Nothing was reset, for no copy could be made: {why}", why=why)) from None


def free(path):
    """This path, or if there is something, one like it."""
    number, other = 1, path
    while other.exists():
        number += 1
        other = path.with_name(f"{path.name}-{number}")
    return other


def put(file, data):
    """Replaces the file in one step."""
    new = file.with_name(f".{file.name}.new")
    new.write_bytes(data)
    new.replace(file)
