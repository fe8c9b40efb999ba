"""Writing an export's file: in one step, so that nobody ever reads half of it."""

import contextlib
import csv
import io
import os

from grader.lessons import WrongUse
from grader.words import _


def replace(path, data):
    """Puts the bytes into the file, whole; what was there stays if that fails. Raises WrongUse."""
    new = path.with_name(f".{path.name}.{os.getpid()}.new")
    with told_of(path), contextlib.ExitStack() as undo:
        undo.callback(new.unlink, missing_ok=True)
        with open(new, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        new.replace(path)


def replace_csv(path, lines, delimiter=",", encoding="utf-8"):
    """A table by RFC 4180: lines end in CRLF, a quote in a quoted cell is doubled. Raises WrongUse."""
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows(lines)
    replace(path, out.getvalue().encode(encoding))


def make(folder):
    """Raises WrongUse if there is no such folder and none can be made."""
    with told_of(folder):
        folder.mkdir(parents=True, exist_ok=True)


def remove(path):
    """Raises WrongUse if the file is there and stays."""
    with told_of(path):
        path.unlink(missing_ok=True)


@contextlib.contextmanager
def told_of(path):
    """What the system says of this path becomes a sentence."""
    try:
        yield
    except OSError as error:
        why = error.strerror or str(error)
        raise WrongUse(_("{file} cannot be written: {why}.", file=str(path), why=why)) from None
