"""The typical mistakes of a lesson: small edits of its solution, each with the checks that it fails.

One file serves three: the kit's tests apply each edit and see it caught, the diagnosis names the
belief behind a list of failed checks, and an instructor reads what students typically get wrong.
"""

import contextlib
import shutil
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Mistake:
    """What a program does wrong, what one believes who writes it, and what shows it."""

    name: str  # goes on after "a program that"
    belief: str
    fails: tuple  # numbers of the checks that it fails in every run
    edits: tuple  # of (file, old, new); old stands in the file exactly once
    sometimes: tuple = ()  # numbers of the checks that it fails or passes by luck: it has a race
    look: str = ""  # a piece of code that gives the place away, where there is one
    clue: str = ""  # what its crash says, where it crashes


def mistakes_of(lesson):
    """The lesson's typical mistakes; none if it has no such file."""
    if not lesson.mistakes.exists():
        return []
    table = tomllib.loads(lesson.mistakes.read_text("utf-8"))
    return [Mistake(**{key: frozen(value) for key, value in entry.items()}) for entry in table["mistake"]]


def frozen(value):
    return tuple(map(frozen, value)) if isinstance(value, list) else value


def is_caught_by(mistake, failed):
    """Whether a run that failed these checks is what the mistake's entry says."""
    return set(mistake.fails) <= set(failed) <= {*mistake.fails, *mistake.sometimes}


def write_with(mistakes, lesson, folder):
    """Writes the lesson's solution with these mistakes into the folder.

    Raises ValueError if the text that an edit replaces does not stand there exactly once.
    """
    shutil.copytree(lesson.solution, folder, dirs_exist_ok=True)
    for mistake in mistakes:
        for file, old, new in mistake.edits:
            text = (folder / file).read_text("utf-8")
            if text.count(old) != 1:
                raise ValueError(
                    f"{mistake.name}: {old!r} stands {text.count(old)} times in {file}, not once"
                )
            (folder / file).write_text(text.replace(old, new), "utf-8")
    return folder


def fit_together(mistakes, lesson):
    """Whether the edits of all of them can be made in one program."""
    with tempfile.TemporaryDirectory() as folder, contextlib.suppress(ValueError):
        return bool(write_with(mistakes, lesson, Path(folder)))
    return False
