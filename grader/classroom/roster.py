"""Who is in the class, from a CSV file with a header. It knows no submission but by what that is called."""

import codecs
import csv
import io
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from grader.classroom.rows import Student
from grader.lessons import WrongUse
from grader.words import _

SIZE = 5_000_000  # bytes
DELIMITERS = ";,\t"
KEYS = ("folder", "github", "username", "key", "github username")  # how the submission is called
MEANING = {
    **dict.fromkeys(KEYS, "key"),
    **dict.fromkeys(("name", "full name"), "name"),
    **dict.fromkeys(("email", "email address"), "email"),
    **dict.fromkeys(("number", "id", "id number"), "number"),
    **{"identifier": "identifier", "submitted": "submitted"},
}
OURS = {"name", "email", "number", "id", "submitted", *KEYS[:4]}  # any other column is kept among the ids


@dataclass
class Person:
    """One line of the roster. `calls`: how the submission may be called, the surest first."""

    student: Student
    calls: list
    submitted: str = ""
    said: dict = field(default_factory=dict, repr=False)


def read_roster(path):
    """The people on it, in its order. Raises WrongUse if it cannot be read or says a thing twice."""
    file = path.name
    lines = table(decoded(path, file), file)
    header = next(lines, (0, []))[1]
    columns = [MEANING.get(folded(cell, "_")) for cell in header]
    if not any(columns):
        raise WrongUse(
            _("{file} has no column called name, email, number, folder, github, username or key.", file=file)
        )
    people = [person(header, columns, cells, line, file) for line, cells in lines if any(cells)]
    refuse_twins(people, file)
    return people


def decoded(path, file):
    """Its text: UTF-8 or UTF-16, or cp1251, in which Excel in Russia writes CSV."""
    try:
        with path.open("rb") as opened:
            raw = opened.read(SIZE + 1)
    except OSError as error:
        raise cannot_be_read(file, error.strerror or str(error)) from None
    if len(raw) > SIZE:
        raise cannot_be_read(file, _("it is larger than {count} MB", count=SIZE // 1_000_000))
    for encoding in encodings(raw):
        try:
            return raw.decode(encoding)
        except ValueError:
            continue
    raise cannot_be_read(file, _("it is not text in UTF-8, UTF-16 or Windows-1251"))


def encodings(raw):
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return ["utf-16"]
    return ["utf-8-sig"] if b"\0" in raw else ["utf-8-sig", "cp1251"]


def table(text, file):
    """The cells of each line that is not empty, with its number. Raises WrongUse."""
    first = text.partition("\n")[0]
    if said := re.fullmatch(r"sep=(.)\r?", first):  # Excel's own way to say it
        text, delimiter = text.partition("\n")[2], said[1]
    else:
        delimiter = max(DELIMITERS, key=lambda one: known_columns(first, one))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            yield reader.line_num, [cell.strip() for cell in cells]
    except csv.Error:
        raise cannot_be_read(file, _("line {number} is no CSV", number=reader.line_num)) from None


def known_columns(line, delimiter):
    """How many columns with a meaning the header has so, and how many in all."""
    cells = next(csv.reader([line], delimiter=delimiter), [])
    return sum(folded(cell, "_") in MEANING for cell in cells), len(cells)


def person(header, columns, cells, line, file):
    """Who stands in this line. Raises WrongUse if it is nobody."""
    cells = cells + [""] * (len(header) - len(cells))
    said = {}
    for meaning, cell in zip(columns, cells, strict=False):
        if meaning and cell:
            said.setdefault(meaning, []).append(cell)
    others = {
        column: cell for column, cell in zip(header, cells, strict=False) if folded(column, "") not in OURS
    }
    first = {meaning: found[0] for meaning, found in said.items()}
    student = Student("", *(first.get(what, "") for what in ("name", "email", "number")), ids=others)
    calls = said.get("key") or [first[w] for w in ("identifier", "number", "email", "name") if w in first]
    if not calls:
        raise WrongUse(_("Line {number} of {file} says nobody's name.", number=line, file=file))
    return Person(student, calls, time_of(first.get("submitted", ""), line, file))


def time_of(text, line, file):
    """The time as ISO 8601 with the offset from UTC. Raises WrongUse: what is late must not be guessed."""
    if not text:
        return ""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        time = None
    if time is None or time.tzinfo is None:
        example = "2026-12-01T23:59:00+03:00"
        raise WrongUse(
            _(
                "Line {number} of {file}: say when it was submitted as in {example}, with the offset from UTC.",
                number=line,
                file=file,
                example=example,
            )
        )
    return time.isoformat()


def refuse_twins(people, file):
    for call, count in Counter(folded(one.calls[0]) for one in people).items():
        if count > 1:
            name = next(one.calls[0] for one in people if folded(one.calls[0]) == call)
            raise WrongUse(
                _(
                    "{name} stands twice in {file}: give each their own folder, username or key.",
                    name=name,
                    file=file,
                )
            )


def cannot_be_read(file, why):
    return WrongUse(_("{file} cannot be read: {why}.", file=file, why=why))


def folded(text, blanks="_"):
    """The same for what is meant to be the same: by case, by kind of blank, by the order of a name's words."""
    words = unicodedata.normalize("NFC", text).casefold().translate(dict.fromkeys(map(ord, blanks), " ")).split()
    return " ".join(words)
