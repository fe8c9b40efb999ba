"""What a class has handed in: each submission in a folder of its own, or a reason why there is none."""

import re
from dataclasses import dataclass, field, replace
from pathlib import Path

from grader.classroom.archives import in_archive, is_archive
from grader.classroom.entries import ALL, FILE, FOLDER, LINK, ONE, UNREADABLE, in_folder
from grader.classroom.keeper import Keeper
from grader.classroom.names import Refused, folded, is_no_submission, keys_of, parts_of, shown
from grader.classroom.roster import owners, read_roster
from grader.classroom.rows import Student
from grader.lessons import WrongUse
from grader.transcript import readable
from grader.words import _, all_of

# In a download from Moodle: `Given Surname_123_assignsubmission_file_`, and a file's name behind it
# if the download is not in folders (mod/assign/locallib.php of Moodle, download_submissions).
MOODLE = re.compile(
    r"(?s)(?P<name>.+?)_(?P<number>\d+)_assignsubmission_(?P<plugin>[a-z]+)(?:_(?P<file>.*))?"
)
LESSON = re.compile(r"\d\d|lessons")

NOTHING = _("Nothing was handed in.")
NO_SOURCE = _("It is neither a folder nor a zip or tar archive.")
LINKED = _("It is a link, and links are not followed.")
ONLY_TEXT = _("Only a text was handed in, and no file.")


@dataclass
class Submission:
    """One student's program in a folder that holds nothing else; or, without one, the reason."""

    student: Student
    folder: Path | None
    reason: str = ""
    submitted: str = ""
    notes: list = field(default_factory=list)  # what of it was left out, as sentences


@dataclass
class Parcel:
    """One submission on its way: what it is called, and what is kept of it."""

    title: str
    keeper: Keeper
    name: str = ""  # from Moodle, as the number, which is that of a participant in one assignment
    number: str = ""
    reason: str = ""
    plugins: set = field(default_factory=set)  # Moodle's: ways in which something was handed in

    def calls(self):
        """What a roster may call it, the surest first."""
        return [self.title, *([f"participant {self.number}", self.name] if self.number else [])]

    def ids(self):
        return {"participant": self.number} if self.number else {}

    def take(self, path, entry):
        """Keeps the entry under this path, unless all is lost already."""
        try:
            if not self.reason:
                parts_of(entry.name)
                self.keeper.take(path, entry)
        except Refused as refusal:
            self.reason = refusal.args[0]

    def finish(self):
        """Unpacks the archive that is all there is, and leaves nothing behind of what is not taken."""
        packed = self.keeper.archive
        if not self.reason and self.keeper.is_packed():
            self._unpack(packed)
        packed.unlink(missing_ok=True)
        if not self.reason and self.keeper.lacking():
            self.reason = ONLY_TEXT if self.plugins == {"onlinetext"} else self.keeper.lacking()
        if self.reason:
            self.keeper.discard()

    def _unpack(self, packed):
        self.keeper.discard()
        self.keeper = Keeper(self.keeper.folder)  # one without a place for archives: they are not nested
        try:
            for entry in in_archive(packed, ONE):
                self.keeper.take(entry.name, entry)
        except Refused as refusal:
            self.reason = refusal.args[0]


def collect(path, work, roster=None):
    """All submissions in a folder, or in one archive of all of them, sorted by what they are called.

    Each is put into a folder of its own in `work`, an empty folder that nobody else writes to.
    Raises WrongUse if `path` or the roster cannot be read, OSError if `work` cannot be written.
    """
    path, work, roster = Path(path), Path(work), roster and Path(roster)
    people = read_roster(roster) if roster else []
    parcels = parcels_in(path, work, roster)
    for parcel in parcels:
        parcel.finish()
    owned = list(zip(parcels, owners([parcel.calls() for parcel in parcels], people), strict=True))
    found = [(parcel.title, of_nobody(parcel)) for parcel, owner in owned if not owner]
    for person in people:
        theirs = [parcel for parcel, owner in owned if owner is person]
        found.append((person.calls[0], of_person(person, theirs)))
    return with_keys(found, work)


def of_nobody(parcel):
    """The submission of someone of whom we know what its name says."""
    return submission(parcel, Student("", readable(parcel.name or parcel.title), ids=parcel.ids()))


def of_person(person, theirs):
    """The submission of someone on the roster."""
    if not theirs:
        return Submission(person.student, None, NOTHING, person.submitted)
    if len(theirs) > 1:
        names = all_of([shown(parcel.title) for parcel in theirs])
        reason = _("There is more than one submission: {names}. Leave the one that counts.", names=names)
        return Submission(person.student, None, reason, person.submitted)
    student, parcel = person.student, theirs[0]
    name, ids = student.name or readable(parcel.name), student.ids | parcel.ids()
    return submission(parcel, replace(student, name=name, ids=ids), person.submitted)


def submission(parcel, student, submitted=""):
    if parcel.reason:
        return Submission(student, None, parcel.reason, submitted)
    return Submission(student, parcel.keeper.folder, "", submitted, parcel.keeper.notes())


def with_keys(found, work):
    """The submissions, each with its key, and its folder called so."""
    found.sort(key=lambda one: (folded(one[0]), one[0]))
    submissions = [one for _title, one in found]
    for key, one in zip(keys_of([title for title, _one in found]), submissions, strict=True):
        one.student = replace(one.student, key=key)
        one.folder = one.folder and one.folder.rename(work / key)
    return submissions


def parcels_in(path, work, roster):
    """What is there, submission by submission. Raises WrongUse."""
    parcels, at_top = {}, roster and roster.resolve().parent == path.resolve()
    for entry in everything(path):
        top, _slash, inner = entry.name.partition("/")
        if is_no_submission(top) or (at_top and top == roster.name):
            continue
        moodle, is_folder = MOODLE.fullmatch(top), bool(inner) or entry.kind == FOLDER
        identity = (moodle["name"], moodle["number"]) if moodle else (top, is_folder)
        if identity not in parcels:
            parcels[identity] = parcel(top, is_folder, moodle, work / f".{len(parcels)}")
        deliver(entry, inner if is_folder else top, is_folder, moodle, parcels[identity])
    return list(parcels.values())


def parcel(top, is_folder, moodle, folder):
    keeper = Keeper(folder, folder.with_suffix(".packed"))
    if moodle:
        title = f"{moodle['name']}_{moodle['number']}"
        return Parcel(title, keeper, moodle["name"], moodle["number"])
    return Parcel(top if is_folder else stem(top), keeper)


def stem(name):
    return re.sub(r"(?is)(.+?)(\.tar)?\.[^.]+$", r"\1", name) if is_archive(name) else name


def deliver(entry, path, is_folder, moodle, parcel):
    """Puts an entry into its parcel. One that lies beside the folders is an archive, or Moodle's file."""
    if moodle:
        parcel.plugins.add(moodle["plugin"])
    if is_folder:
        parcel.take(path, entry)
    elif entry.kind in (LINK, UNREADABLE):
        parcel.reason = entry.why or LINKED
    elif entry.kind != FILE or not (moodle or is_archive(path)):
        parcel.reason = NO_SOURCE
    else:
        parcel.take((moodle and moodle["file"]) or path, entry)


def everything(path):
    """All entries, by names that begin with that of a submission. Raises WrongUse."""
    try:
        if path.is_dir():
            yield from in_folder(path)
        elif not path.is_file():
            raise FileNotFoundError
        else:
            around = wrapping(path)
            for entry in in_archive(path, ALL):
                name = plain(entry.name)
                if name.startswith(around) and name != around:
                    yield replace(entry, name=name.removeprefix(around))
    except FileNotFoundError:
        raise WrongUse(_("There is no {path}.", path=str(path))) from None
    except OSError as error:
        why = error.strerror or str(error)
        raise WrongUse(_("{path} cannot be read: {why}.", path=str(path), why=why)) from None
    except Refused as refusal:
        raise WrongUse(_("{path} cannot be used. {why}", path=str(path), why=refusal.args[0])) from None


def plain(name):
    """The name as others write it: Windows has other strokes, and tar begins some with `./`."""
    return re.sub(r"^(\./+)+", "", name.replace("\\", "/"))


def wrapping(path):
    """The folder in which an archive has all the submissions, with its `/`; "" if they are at the top."""
    tops, within = set(), {}
    for entry in in_archive(path, ALL):
        top, _slash, inner = plain(entry.name).partition("/")
        if top and not is_no_submission(top):
            tops.add(top)
            name, slash, _rest = inner.partition("/")
            within[name] = within.get(name) or bool(slash) or entry.kind == FOLDER
    within.pop("", None)
    if len(tops) != 1 or MOODLE.fullmatch(top := tops.pop()) or any(map(is_of_a_program, within)):
        return ""
    several = sum(is_folder or is_archive(name) for name, is_folder in within.items()) > 1
    return f"{top}/" if several else ""


def is_of_a_program(name):
    return name.endswith(".py") or bool(LESSON.fullmatch(name))


def programs(folder, lessons):
    """The folder of each of the lessons that is in a submission, by the lesson's number.

    It is called `NN`, at the top, in `lessons`, or in the only folder that there is; for one lesson alone
    the files may also lie there without it.
    """
    places = [folder, *the_only_folder(folder)]
    found = {}
    for lesson in lessons:
        wanted = [place / part / lesson.number for place in places for part in (".", "lessons")]
        wanted += places if len(lessons) == 1 else []
        if there := [one for one in wanted if (one / lesson.entry).is_file()]:
            found[lesson.number] = there[0]
    return found


def the_only_folder(folder):
    """The folder that is the only one in it, unless that is a lesson's."""
    inside = [one for one in folder.iterdir() if one.is_dir()]
    return inside if len(inside) == 1 and not LESSON.fullmatch(inside[0].name) else []
