"""Writing an export's file: in one step, so that nobody ever reads half of it."""

import csv
import io
import os

from grader.lessons import WrongUse
from grader.words import _


def replace(path, data):
    """Puts the bytes into the file, whole; what was there stays if that fails. Raises WrongUse."""
    new = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with open(new, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        new.replace(path)
    except OSError as error:
        new.unlink(missing_ok=True)
        why = error.strerror or str(error)
        raise WrongUse(_("{file} cannot be written: {why}", file=str(path), why=why)) from None


def replace_csv(path, lines, delimiter=",", encoding="utf-8"):
    """A table by RFC 4180: lines end in CRLF, a quote in a quoted cell is doubled. Raises WrongUse."""
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows(lines)
    replace(path, out.getvalue().encode(encoding))


def make(folder):
    """Raises WrongUse if there is no such folder and none can be made."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = error.strerror or str(error)
        raise WrongUse(_("The folder {folder} cannot be made: {why}", folder=str(folder), why=why)) from None
