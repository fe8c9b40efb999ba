"""Who is in the class, from a CSV file with a header. It knows no submission but by what that is called."""

import codecs
import csv
import io
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from grader.classroom.rows import Student
from grader.lessons import WrongUse
from grader.words import _

SIZE = 5_000_000  # bytes
DELIMITERS = ";,\t"
OURS = {
    **dict.fromkeys("folder github username key".split(), "key"),  # what the submission is called
    **{"name": "name", "email": "email", "number": "number", "id": "number", "submitted": "submitted"},
}
# What GitHub Classroom's roster and Moodle's grading worksheet call it. They stay among the ids, too.
THEIRS = {
    **{"github username": "key", "identifier": "identifier", "full name": "name"},
    **{"email address": "email", "id number": "number"},
}
MEANING = OURS | THEIRS
PARTICIPANT = r"[^\W\d]+ (\d+)"  # Moodle's identifier, in its language: `Participant 123`


@dataclass(frozen=True)
class Person:
    """One line of the roster. `calls`: what the submission may be called, the surest first."""

    student: Student
    calls: list
    submitted: str = ""


def read_roster(path):
    """The people on it, in its order. Raises WrongUse if it cannot be read or says a thing twice."""
    lines = table(decoded(path), path.name)
    header = next(lines, (0, []))[1]
    if not any(folded(cell) in MEANING for cell in header):
        raise WrongUse(
            _(
                "{file} has no column called name, email, number, folder, github, username or key.",
                file=path.name,
            )
        )
    people = [person(header, cells, (path.name, number)) for number, cells in lines]
    refuse_twins(people, path.name)
    return people


def decoded(path):
    """The text: UTF-8 or UTF-16, or cp1251, in which Excel writes CSV in Russia. Raises WrongUse."""
    try:
        with path.open("rb") as file:
            raw = file.read(SIZE + 1)
    except OSError as error:
        raise cannot_be_read(path.name, error.strerror or str(error)) from None
    if len(raw) > SIZE:
        raise cannot_be_read(path.name, _("it is larger than {count} MB", count=SIZE // 1_000_000))
    for encoding in encodings(raw):
        try:
            return raw.decode(encoding)
        except ValueError:
            continue
    raise cannot_be_read(path.name, _("it is not text in UTF-8, UTF-16 or Windows-1251"))


def encodings(raw):
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return ["utf-16"]
    return [] if b"\0" in raw else ["utf-8-sig", "cp1251"]


def table(text, file):
    """The cells of each line that is not empty, with its number. Raises WrongUse."""
    first, _end, rest = text.partition("\n")
    if said := re.fullmatch(r"sep=(.)\r?", first):  # Excel's own way to say it
        yield from rows_of(rest, said[1], file, begins=1)
    else:
        delimiter = max(DELIMITERS, key=lambda one: known_columns(first, one))
        yield from rows_of(text, delimiter, file)


def known_columns(line, delimiter):
    """How many columns that we know the header has so, and how many in all."""
    cells = next(csv.reader([line], delimiter=delimiter), [])
    return sum(folded(cell) in MEANING for cell in cells), len(cells)


def rows_of(text, delimiter, file, begins=0):
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for line in reader:
            cells = [cell.strip() for cell in line]
            if any(cells):
                yield begins + reader.line_num, cells
    except csv.Error:
        number = begins + reader.line_num
        raise cannot_be_read(file, _("line {number} is not CSV", number=number)) from None


def person(header, cells, place):
    """Who stands in this line. Raises WrongUse if it is nobody, or one cannot tell what its cells are."""
    if any(cells[len(header) :]):
        raise wrong_line(place, _("there are more cells than columns"))
    cells = (cells + [""] * len(header))[: len(header)]
    said = {}
    for column, cell in zip(header, cells, strict=True):
        if cell and folded(column) in MEANING:
            said.setdefault(MEANING[folded(column)], []).append(cell)
    ids = {column: cell for column, cell in zip(header, cells, strict=True) if folded(column) not in OURS}
    if number := re.fullmatch(PARTICIPANT, " ".join(said.get("identifier", []))):
        ids["participant"] = number[1]
    first = {meaning: found[0] for meaning, found in said.items()}
    student = Student("", *(first.get(what, "") for what in ("name", "email", "number")), ids=ids)
    return Person(student, calls_of(said, place), time_of(first.get("submitted", ""), place))


def calls_of(said, place):
    """What a submission of this person may be called. Raises WrongUse if nothing says it."""
    others = [call for what in ("identifier", "number", "email", "name") for call in said.get(what, [])]
    if not (calls := said.get("key") or others):
        raise wrong_line(place, _("it names nobody"))
    return [re.sub(f"^{PARTICIPANT}$", r"participant \1", call) for call in calls]


def time_of(text, place):
    """The time as ISO 8601. Raises WrongUse if it is none: whether one was late must not be guessed."""
    try:
        time = datetime.fromisoformat(text) if text else None
        if time and not time.tzinfo:
            raise ValueError
    except ValueError:
        example = "2026-12-01T23:59:00+03:00"
        why = _("say when it was submitted with the offset from UTC, as in {example}", example=example)
        raise wrong_line(place, why) from None
    return time.isoformat() if time else ""


def refuse_twins(people, file):
    """Raises WrongUse if two people's submissions would be called the same."""
    known = set()
    for call in (one.calls[0] for one in people):
        if alike(call) in known:
            raise WrongUse(
                _(
                    "{name} stands in {file} twice: give each a folder, username or key of their own.",
                    name=call,
                    file=file,
                )
            )
        known.add(alike(call))


def cannot_be_read(file, why):
    return WrongUse(_("{file} cannot be read: {why}.", file=file, why=why))


def wrong_line(place, why):
    return WrongUse(_("{file}, line {number}: {why}.", file=place[0], number=place[1], why=why))


def owners(called, people):
    """Whose each submission is, or None, from what it may be called: lists of names, the surest first."""
    by_call = {}
    for one in people:
        for call in set(map(alike, one.calls)):
            by_call[call] = None if call in by_call else one  # what two are called says nothing
    found = [next(filter(None, (by_call.get(alike(call)) for call in calls)), None) for calls in called]
    rest = assignment([calls[0] for calls in called], people)
    return [
        one or (by_call.get(alike(folded(calls[0]).removeprefix(f"{rest}-"))) if rest else None)
        for one, calls in zip(found, called, strict=True)
    ]


def assignment(titles, people):
    """What all repositories of GitHub Classroom begin with, in `assignment-username`; "" if there is none.

    Both parts may have hyphens in them. What most of them would begin with is it; of equals the shortest.
    """
    calls = {folded(call) for one in people for call in one.calls}
    hyphens = [
        (folded(title), match.start()) for title in titles for match in re.finditer("-", folded(title))
    ]
    starts = Counter(title[:at] for title, at in hyphens if title[at + 1 :] in calls)
    return max(starts, key=lambda start: (starts[start], -len(start)), default="")


def folded(text):
    """The same for what differs only by case, or by `_` and blanks."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().replace("_", " ").split())


def alike(text):
    """The same also for a name that begins with the family name, and one that ends with it."""
    return " ".join(sorted(folded(text).split()))
