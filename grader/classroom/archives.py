"""What is in a zip or tar archive, entry by entry, in pieces. It writes nothing and believes no header.

extractall is not used: it follows names and links, and unpacks whatever an archive asks for.
"""

import contextlib
import itertools
import stat
import zipfile
from functools import partial

from grader.classroom import tars
from grader.classroom.entries import (
    DAMAGED,
    ERRORS,
    FILE,
    FOLDER,
    LINK,
    NO_ARCHIVE,
    PIECE,
    SPECIAL,
    Entry,
    too_many,
)
from grader.classroom.names import Refused, shown
from grader.words import _

SUFFIXES = tuple(".zip .tar .tgz .tbz .tbz2 .txz .gz .bz2 .xz .rar .7z".split())  # the last two: to say so
LOCAL_HEADER = 30  # bytes before each file of a zip archive, at least (PKWARE APPNOTE 4.3.7)
UNIX = 3  # the system on which an entry was made (APPNOTE 4.4.2)
ENCRYPTED, UTF_8 = 0x1, 0x800  # bits of an entry's flags (APPNOTE 4.4.4)


def is_archive(name):
    """Whether it is called like one."""
    return name.lower().endswith(SUFFIXES)


def in_archive(path, bounds):
    """Its entries, in order. Raises Refused, also in the middle; OSError if it cannot be opened."""
    with path.open("rb") as file:
        start = file.read(tars.BLOCK)
        file.seek(0)
        if start.startswith(b"PK"):
            yield from zip_entries(file, bounds)
        elif stream := tars.unpacked(file, start):
            yield from tars.entries(tars.Tape(stream, bounds.unpacked), bounds)
        else:
            raise Refused(NO_ARCHIVE)


class Frugal:
    """A file for zipfile, which reads the whole list of entries at once: refuses to read that much."""

    def __init__(self, file, bounds):
        self._file, self._bounds = file, bounds
        self.seek, self.tell, self.seekable, self.close = file.seek, file.tell, file.seekable, file.close

    def read(self, size=-1):
        if size > self._bounds.listing:
            raise too_many(self._bounds)
        return self._file.read(size if size >= 0 else self._bounds.listing)


def zip_entries(file, bounds):
    try:
        archive = zipfile.ZipFile(Frugal(file, bounds))
    except ERRORS:
        raise Refused(DAMAGED) from None
    infos = archive.infolist()
    if len(infos) > bounds.entries:
        raise too_many(bounds)
    if overlap(infos):
        raise Refused(_("Files in it share bytes: no ordinary program packs so."))
    for info in infos:
        yield Entry(name_of(info), kind_of(info), partial(pieces_of, archive, info))


def overlap(infos):
    """Whether two files share bytes, as in David Fifield's bombs (CVE-2024-0450)."""
    spans = sorted((one.header_offset, one.header_offset + LOCAL_HEADER + one.compress_size) for one in infos)
    return any(end > start for (_, end), (start, _) in itertools.pairwise(spans))


def name_of(info):
    """Its name. Without the flag for UTF-8 it is in the code page of a system that does not say which."""
    if "\0" in info.orig_filename:  # zipfile cuts it there
        return info.orig_filename
    if info.flag_bits & UTF_8 or info.filename != info.orig_filename:  # a second name, in Unicode
        return info.filename
    raw = info.filename.encode("cp437")
    with contextlib.suppress(ValueError):
        if info.create_system == UNIX:  # macOS is, too
            return raw.decode("utf-8")
    return raw.decode("cp866")  # Windows in Russia; it has a character for each byte


def kind_of(info):
    form = stat.S_IFMT(info.external_attr >> 16)
    if info.filename.endswith(("/", "\\")) or form == stat.S_IFDIR:
        return FOLDER
    return {0: FILE, stat.S_IFREG: FILE, stat.S_IFLNK: LINK}.get(form, SPECIAL)


def pieces_of(archive, info):
    name, size = shown(name_of(info)), 0
    damaged = Refused(_("{name} in it is damaged.", name=name))
    if info.flag_bits & ENCRYPTED:
        raise Refused(_("It is encrypted."))
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):  # others unpack without bounds
        raise Refused(_("{name} is packed in a way that cannot be read here.", name=name))
    try:
        with archive.open(info) as file:
            while piece := file.read(PIECE):
                size += len(piece)
                yield piece
    except ERRORS:
        raise damaged from None
    if size != info.file_size:
        raise damaged
