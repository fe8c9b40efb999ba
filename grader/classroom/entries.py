"""What a folder or an archive holds, thing by thing; here the form of it all, and what a folder holds."""

import os
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import islice
from lzma import LZMAError

from grader.classroom.names import Refused, Unfit, is_left_aside, is_no_submission, shown
from grader.words import _

FILE, FOLDER, LINK, SPECIAL, UNREADABLE = "file", "folder", "link", "special", "unreadable"
MB = 1 << 20
PIECE = 1 << 16  # bytes that are read at once
# A device, a pipe or a link that has come in a file's place is not opened, or does not hold us up.
OPENING = sum(
    getattr(os, name, 0) for name in ("O_RDONLY", "O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY")
)

DAMAGED = _("It is damaged, or no zip or tar archive.")
EARLY = _("It is damaged: it ends too early.")
NO_ARCHIVE = _("It is not a zip or tar archive, whatever its name says.")

# What the libraries raise for damaged data; RuntimeError is also zipfile's for what it cannot read.
ERRORS = (
    *(EOFError, OSError, ValueError, IndexError, OverflowError, RuntimeError),
    *(struct.error, zlib.error, LZMAError, zipfile.BadZipFile, tarfile.HeaderError),
)


@dataclass(frozen=True)
class Entry:
    """One thing, by its path. Its `pieces()` are a file's bytes; they raise Refused if it is damaged."""

    name: str
    kind: str
    pieces: Callable = lambda: iter(())
    why: str = ""  # it is unreadable


@dataclass(frozen=True)
class Bounds:
    """How much a folder or an archive may make us do."""

    entries: int
    listing: int  # bytes of a zip archive's list of its entries, for zipfile reads that at once
    unpacked: int  # bytes that a tar archive unpacks to, with those that are left out


ONE = Bounds(entries=20_000, listing=2 * MB, unpacked=200 * MB)
ALL = Bounds(entries=1_000_000, listing=64 * MB, unpacked=20_000 * MB)  # the instructor's own download


def too_many(bounds):
    return Refused(_("There are more than {count} entries in it.", count=bounds.entries))


def in_folder(path):
    """All that is below the folder, in an order that stays the same; links are not followed.

    Raises OSError if the folder itself cannot be read; any other is an unreadable entry.
    """
    for top in sorted(path.iterdir()):
        if not is_no_submission(top.name):
            yield from below(top)


def below(top):
    """This entry, and what is in it if it is a folder."""
    waiting = [(top, top.name)]
    while waiting:
        path, name = waiting.pop()
        try:
            kind = kind_of(path.lstat().st_mode)
            children = listed(path) if kind == FOLDER else []
        except (OSError, Refused) as error:
            yield Entry(name, UNREADABLE, why=reason(name, error))
        else:
            yield Entry(name, kind, partial(file_pieces, path, name))
            waiting += [(path / child, f"{name}/{child}") for child in reversed(children)]


def listed(folder):
    """The names in it, sorted, without what is left aside. Raises Refused if there are too many."""
    with os.scandir(folder) as found:
        names = [one.name for one in islice(found, ONE.entries + 1)]
    if len(names) > ONE.entries:
        raise too_many(ONE)
    return sorted(name for name in names if not is_left_aside([name]))


def kind_of(mode):
    return {stat.S_IFREG: FILE, stat.S_IFDIR: FOLDER, stat.S_IFLNK: LINK}.get(stat.S_IFMT(mode), SPECIAL)


def file_pieces(path, name):
    try:
        with open(os.open(path, OPENING), "rb") as file:
            if kind_of(os.fstat(file.fileno()).st_mode) != FILE:
                raise Unfit(_("{name} is no regular file.", name=shown(name)))
            while piece := file.read(PIECE):
                yield piece
    except OSError as error:
        raise Unfit(reason(name, error)) from None


def reason(name, error):
    """Why something cannot be read, as a sentence."""
    if isinstance(error, Refused):
        return error.args[0]
    why = error.strerror or str(error)
    return _("{name} cannot be read: {why}.", name=shown(name), why=why)
