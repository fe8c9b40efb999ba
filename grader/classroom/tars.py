"""What is in a tar archive, packed or not, entry by entry, read forward only and in bounded memory.

tarfile reads the headers and nothing else: its own reader takes the length of a name from the archive,
however much memory that needs.
"""

import io
import itertools
import tarfile
from functools import partial

from grader.classroom.entries import (
    DAMAGED,
    EARLY,
    ERRORS,
    FILE,
    FOLDER,
    LINK,
    MB,
    NO_ARCHIVE,
    PIECE,
    SPECIAL,
    UNREADABLE,
    Entry,
    too_many,
)
from grader.classroom.names import Refused, shown
from grader.classroom.packed import Unpacked, decoder_for
from grader.words import _

BLOCK = tarfile.BLOCKSIZE
ABOUT = MB  # bytes of a header about the next entry: a path, or what macOS knows of a file
RECORDS = 100  # in one of them
SPARSE = "GNU.sparse"  # what the keys begin with that describe a file with holes
LINKS = (tarfile.SYMTYPE, tarfile.LNKTYPE)
WITHOUT_BYTES = (*LINKS, tarfile.DIRTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE)
FILES = (tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE)


def unpacked(file, start):
    """The file as a stream of what a tar archive is, or None if it begins like none."""
    if decoder := decoder_for(start):
        return io.BufferedReader(Unpacked(file, decoder))
    return file if header_of(start) else None


class Tape:
    """A stream that is read forward only. Raises Refused when it ends early, is damaged or too long."""

    def __init__(self, stream, most):
        self._stream, self._most, self.position = stream, most, 0

    def some(self, size):
        """At most so many bytes; less only at the end."""
        try:
            data = self._stream.read(size)
        except ERRORS:
            raise Refused(DAMAGED) from None
        self.position += len(data)
        if self.position > self._most:
            raise Refused(_("It unpacks to more than {count} MB.", count=self._most // MB))
        return data

    def read(self, size):
        data = self.some(size)
        if len(data) < size:
            raise Refused(EARLY if self.position >= BLOCK else NO_ARCHIVE)
        return data

    def pieces(self, size):
        while size > 0:
            piece = self.read(min(size, PIECE))
            size -= len(piece)
            yield piece

    def go_to(self, position):
        for _piece in self.pieces(position - self.position):
            pass

    def go_to_end(self):
        while self.some(PIECE):  # only there does gzip say whether all was right
            pass


def entries(tape, bounds):
    """The archive's entries. The bytes of one can be read until the next is asked for. Raises Refused."""
    known = {}  # what headers before an entry say about it
    for count in itertools.count():
        block = tape.read(BLOCK)
        if not any(block):
            return tape.go_to_end()
        if count >= bounds.entries:
            raise too_many(bounds)
        header = header_of(block)
        if not header:
            raise Refused(DAMAGED if count else NO_ARCHIVE)
        size = size_of(header, known)
        end = tape.position + -(-size // BLOCK) * BLOCK
        if header.type in SAYS_MORE:
            known |= SAYS_MORE[header.type](tape, size)
        else:
            yield entry(header, known, partial(tape.pieces, size))
            known = {}
        tape.go_to(end)


def header_of(block):
    """What a block says as a header, or None if it is none."""
    try:
        return tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except ERRORS:
        return None


def size_of(header, known):
    """The bytes that follow the header. Raises Refused if there cannot be so many."""
    said = header.size if header.type in SAYS_MORE else known.get("size", header.size)
    try:
        size = 0 if header.type in WITHOUT_BYTES else int(said)
    except ValueError:
        size = -1
    if size < 0:
        raise Refused(DAMAGED)
    return size


def entry(header, known, pieces):
    name = known.get("path", header.name)
    if header.type == tarfile.GNUTYPE_SPARSE or SPARSE in known:
        why = _("{name} is packed in a way that cannot be read here.", name=shown(name))
        return Entry(name, UNREADABLE, why=why)
    kinds = {tarfile.DIRTYPE: FOLDER} | dict.fromkeys(FILES, FILE) | dict.fromkeys(LINKS, LINK)
    return Entry(name, kinds.get(header.type, SPECIAL), pieces)


def about(tape, size):
    """The bytes of a header about the next entry. Raises Refused if they are too many."""
    if size > ABOUT:
        raise Refused(DAMAGED)
    return tape.read(size)


def long_name(tape, size):
    return {"path": text(about(tape, size).partition(b"\0")[0])}


def records(tape, size):
    """The records `LENGTH KEY=VALUE` of a pax header (POSIX.1-2024, pax, "pax Header Block")."""
    data, at, said = about(tape, size), 0, {}
    for _number in range(RECORDS):
        if at >= len(data):
            return {key: said[key] for key in ("path", "size", SPARSE) if key in said}
        length = data[at : at + 20].partition(b" ")[0]
        if not length.isdigit() or int(length) <= len(length) + 2:
            break
        key, _equals, value = data[at + len(length) + 1 : at + int(length) - 1].partition(b"=")
        said[SPARSE if text(key).startswith(SPARSE) else text(key)] = text(value)
        at += int(length)
    raise Refused(DAMAGED)


def text(raw):
    return raw.decode("utf-8", "surrogateescape")


def nothing(_tape, _size):
    return {}


SAYS_MORE = {
    tarfile.GNUTYPE_LONGNAME: long_name,
    tarfile.GNUTYPE_LONGLINK: nothing,
    tarfile.XHDTYPE: records,
    tarfile.SOLARIS_XHDTYPE: records,
    tarfile.XGLTYPE: nothing,  # about all entries: a comment of git's
}
