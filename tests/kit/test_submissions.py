"""What students hand in is taken whole or refused with a reason; nothing of it gets out of its folder."""

import bz2
import contextlib
import gzip
import io
import lzma
import os
import shutil
import socket
import stat
import struct
import tarfile
import tracemalloc
import warnings
import zipfile
import zlib
from functools import partial
from pathlib import Path

import pytest

from grader.classroom import entries, keeper, names
from grader.classroom.submissions import collect, programs
from grader.lessons import Lesson, WrongUse
from tests.kit.support import ROOT, posix_only

MB = 1 << 20
SERVER = "print('I am a server')\n"
SECRET = "the secret of the machine"
ONE, THREE = [Lesson("03")], [Lesson(number) for number in ("01", "03", "06")]


@pytest.fixture
def places(tmp_path):
    """The folder of the submissions, ours, and around them what must stay as it is."""
    (tmp_path / "secret.txt").write_text(SECRET)
    (tmp_path / "class").mkdir()
    (tmp_path / "work").mkdir()
    return tmp_path


@pytest.fixture
def handed_in(places):
    """Collects what is in the folder. Nothing changes but in `work`, where only submissions are."""

    def collected(path=None, roster=None):
        before = snapshot(places)
        found = collect(path or places / "class", places / "work", roster)
        assert snapshot(places) == before
        for reason in [sentence for one in found for sentence in [one.reason, *one.notes] if sentence]:
            assert reason.template and reason.isprintable()  # it can be told in any language
        there = sorted(one.student.key for one in found if one.folder)
        assert sorted(path.name for path in (places / "work").iterdir()) == there
        for path in (places / "work").rglob("*"):
            assert stat.S_IFMT(path.lstat().st_mode) in (stat.S_IFREG, stat.S_IFDIR)
            assert path.is_dir() or SECRET not in path.read_text()
        return {one.student.key: one for one in found}

    return collected


@pytest.fixture
def alone(places, handed_in):
    """What becomes of one submission; its neighbours are taken whatever it is."""
    for name in ("aa", "zz"):
        put(places / "class" / name, {"03/server.py": SERVER})

    def collected():
        found = handed_in()
        assert files(found.pop("aa")) == files(found.pop("zz")) == {"03/server.py": SERVER}
        (one,) = found.values()
        assert bool(one.folder) != bool(one.reason)
        return one

    return collected


def snapshot(places):
    """All that is there outside of `work`, with what it holds."""
    found = {}
    for path in sorted(places.rglob("*")):
        if places / "work" not in path.parents and path != places / "work":
            state = path.lstat()
            found[path] = (state.st_mode, state.st_size, state.st_mtime_ns)
    return found


def put(folder, texts):
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def files(one):
    """The files of a submission, by their paths."""
    assert one.folder, one.reason
    paths = [path for path in sorted(one.folder.rglob("*")) if path.is_file()]
    return {path.relative_to(one.folder).as_posix(): path.read_text() for path in paths}


def zipped(path, members, mode="w", packing=zipfile.ZIP_DEFLATED):
    """A zip archive of (name or ZipInfo, text)."""
    with warnings.catch_warnings(), zipfile.ZipFile(path, mode, packing) as archive:
        warnings.simplefilter("ignore")  # of a name that is there twice
        for name, text in members:
            archive.writestr(name, text, packing)
    return path


def special(name, form, text=""):
    """A member of a zip archive that is no regular file."""
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr = 3, (form | 0o644) << 16
    return info, text


def tarred(path, members, mode="w", **options):
    """A tar archive of (name, text), and of TarInfo as they are."""
    with tarfile.open(path, mode, **options) as archive:
        for one in members:
            if isinstance(one, tarfile.TarInfo):
                archive.addfile(one)
            else:
                info = tarfile.TarInfo(one[0])
                info.size = len(one[1].encode())
                archive.addfile(info, io.BytesIO(one[1].encode()))
    return path


def member(name, kind, target=""):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def edited(path, *changes):
    """The file with these bytes instead of those."""
    data = path.read_bytes()
    for old, new in changes:
        assert old in data
        data = data.replace(old, new)
    path.write_bytes(data)


# The ways in which a class hands in.


def test_folders_and_archives_side_by_side(places, handed_in):
    here = places / "class"
    put(here / "anna", {"03/server.py": SERVER, "03/room.py": "room = []\n"})
    zipped(here / "boris.zip", [("03/server.py", SERVER)])
    for number, ending in enumerate(("tar", "tar.gz", "tgz", "tar.bz2", "tar.xz", "txz")):
        kind = {"t": "", "g": "gz", "b": "bz2", "x": "xz"}[ending.removeprefix("tar.")[0]]
        kind = "gz" if ending == "tgz" else "xz" if ending == "txz" else kind
        tarred(here / f"student{number}.{ending}", [("./03/server.py", SERVER)], f"w:{kind}")
    found = handed_in()
    assert list(found) == ["anna", "boris", *(f"student{number}" for number in range(6))]
    assert files(found["anna"]) == {"03/room.py": "room = []\n", "03/server.py": SERVER}
    assert all(files(one)["03/server.py"] == SERVER for one in found.values())
    assert not any(one.reason or one.submitted or one.notes for one in found.values())


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_long_and_foreign_names_in_each_form_of_tar(places, handed_in, form):
    deep = f"{'a' * 60}/{'b' * 60}/server.py"
    tarred(places / "class/anna.tar", [(deep, SERVER), ("чат/список.txt", "Анна\n")], format=form)
    assert files(handed_in()["anna"]) == {deep: SERVER, "чат/список.txt": "Анна\n"}


PACKERS = {"gz": gzip.compress, "bz2": bz2.compress, "xz": partial(lzma.compress, preset=9)}


@pytest.mark.parametrize("packer", PACKERS)
def test_what_several_threads_have_packed(places, handed_in, packer):
    data = tarred(places / "a.tar", [("server.py", SERVER), ("room.py", SERVER * 9999)]).read_bytes()
    streams = [PACKERS[packer](data[at : at + 99_999]) for at in range(0, len(data), 99_999)]
    (places / f"class/a.tar.{packer}").write_bytes(b"".join(streams) + bytes(512))
    assert files(handed_in()["a"]) == {"room.py": SERVER * 9999, "server.py": SERVER}


def test_a_clone_of_this_course_is_not_too_much():
    paths = [path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file()]
    kept = [path for path in paths if path.suffix[1:] in keeper.KINDS and not names.is_left_aside(path.parts)]
    assert len(kept) <= keeper.FILES
    assert max(len(path.parts) for path in kept) <= names.FOLDERS  # and a folder around it
    assert sum((ROOT / path).stat().st_size for path in kept) <= keeper.WHOLE


def test_a_tar_file_of_git_with_a_comment_for_all(places, handed_in):
    tarred(
        places / "class/anna.tar.gz",
        [("hw-main/03/server.py", SERVER)],
        "w:gz",
        format=tarfile.PAX_FORMAT,
        pax_headers={"comment": "0123456789abcdef"},
    )
    assert files(handed_in()["anna"]) == {"hw-main/03/server.py": SERVER}


def test_clones_of_github_classroom(places, handed_in):
    for name in ("hw-3-anna", "hw-3-john-smith", "hw-3-smith"):
        put(places / "class" / name, {"03/server.py": SERVER, ".git/hooks/x.py": "", ".github/a.md": ""})
    text = '"identifier","github_username","github_id","name"\n"Anna (02)","anna","7",""\n,Smith,8,S\n'
    (places / "roster.csv").write_text(text)
    found = handed_in(roster=places / "roster.csv")
    assert list(found) == ["anna", "hw-3-john-smith", "Smith"]
    assert files(found["anna"]) == {"03/server.py": SERVER}
    assert found["anna"].student.ids == {
        "identifier": "Anna (02)",
        "github_username": "anna",
        "github_id": "7",
    }
    assert found["hw-3-john-smith"].student.name == "hw-3-john-smith"


MOODLE = {
    "Анна Иванова_123_assignsubmission_file_/server.py": SERVER,
    "Анна Иванова_123_assignsubmission_onlinetext_/onlinetext.html": "<p>My work</p>",
    "Boris O'Neil_124_assignsubmission_file_/server.py": SERVER,
    "Вера_125_assignsubmission_onlinetext_/onlinetext.html": "<p>Sorry</p>",
}
FLAT = {name.replace("/", ""): text for name, text in MOODLE.items()}


@pytest.mark.parametrize("texts", [MOODLE, FLAT], ids=["in folders", "flat"])
@pytest.mark.parametrize("packed", [False, True], ids=["folder", "one archive"])
def test_a_download_from_moodle(places, handed_in, texts, packed):
    here = places / "class"
    if packed:
        here = zipped(places / "download.zip", texts.items())
    else:
        put(here, texts)
    found = handed_in(here)
    assert list(found) == ["Boris_O_Neil_124", "Анна_Иванова_123", "Вера_125"]
    assert files(found["Анна_Иванова_123"]) == {"server.py": SERVER}
    anna = found["Анна_Иванова_123"].student
    assert (anna.name, anna.number, anna.ids) == ("Анна Иванова", "", {"participant": "123"})
    assert found["Boris_O_Neil_124"].student.name == "Boris O'Neil"
    assert found["Вера_125"].reason == "Only a text was handed in, and no file."


def test_students_who_hand_in_an_archive_at_moodle(places, handed_in, tmp_path):
    inner = zipped(tmp_path / "chat.zip", [("chat/03/server.py", SERVER)]).read_bytes()
    both = [("A_1_assignsubmission_file_/чат (1).zip", inner), ("B_2_assignsubmission_file_chat.zip", inner)]
    found = handed_in(zipped(places / "download.zip", both))
    assert list(found) == ["A_1", "B_2"]
    assert all(files(one) == {"chat/03/server.py": SERVER} for one in found.values())


@pytest.mark.parametrize("ending", ["zip", "tar.gz"])
@pytest.mark.parametrize("around", ["", "hw3/", "./hw3/"])
def test_one_archive_of_all(places, handed_in, ending, around):
    members = [(f"{around}{name}/03/server.py", SERVER) for name in ("anna", "boris")]
    members += [(f"{around}anna/chat/notes.txt", "x"), (f"{around}.DS_Store", "x"), ("__MACOSX/._anna", "x")]
    path = places / f"all.{ending}"
    zipped(path, members) if ending == "zip" else tarred(path, members, "w:gz")
    found = handed_in(path)
    assert list(found) == ["anna", "boris"]
    assert files(found["anna"]) == {"03/server.py": SERVER, "chat/notes.txt": "x"}


def test_one_archive_of_one_student_is_no_class_of_lessons(places, handed_in):
    found = handed_in(zipped(places / "all.zip", [(f"anna/{n}/server.py", SERVER) for n in ("01", "02")]))
    assert list(found) == ["anna"]


def test_one_bad_submission_in_the_archive_of_all_is_one_row(places, handed_in):
    path = places / "all.zip"
    zipped(path, [("a/server.py", SERVER), ("b/server.py", "# spoilt " * 9), ("../c", SERVER)], packing=0)
    zipped(path, [("d/../a/server.py", SERVER), ("/etc/e.py", SERVER), ("C:\\f\\g.py", SERVER)], "a")
    edited(path, (b"# spoilt # spoilt", b"# spoilt # SPOILT"))
    found = handed_in(path)
    assert files(found.pop("a")) == {"server.py": SERVER}
    assert found.pop("b").reason == "b/server.py in it is damaged."
    assert [one.reason.partition(" would ")[2] for one in found.values()] == ["lie outside its folder."] * 4


def test_names_as_old_programs_of_windows_and_macos_write_them(places, handed_in):
    ways = [("чат/server.py", "cp866", 0), ("чат/й.py", "utf-8", 3), ("чай\\server.py", "cp866", 0)]
    for number, (name, encoding, system) in enumerate(ways):
        raw = name.encode(encoding)
        info = zipfile.ZipInfo("x" * len(raw))
        info.create_system = system
        edited(zipped(places / f"class/{number}.zip", [(info, SERVER)]), (b"x" * len(raw), raw))
    wanted = ["чат/server.py", "чат/й.py", "чай/server.py"]
    assert [list(files(one)) for one in handed_in().values()] == [[name] for name in wanted]


def test_names_are_composed_as_python_looks_for_them(places, handed_in):
    zipped(places / "class/a.zip", [("и\u0306.py", SERVER)])
    assert list(files(handed_in()["a"])) == ["й.py"]


def test_zip64(places, handed_in):
    path = places / "class/a.zip"
    with zipfile.ZipFile(path, "w") as archive, archive.open("server.py", "w", force_zip64=True) as file:
        file.write(SERVER.encode())
    data = path.read_bytes()  # with its end in that form, too
    at = data.index(b"PK\x05\x06")
    count, size, offset = struct.unpack("<10xHLL2x", data[at:])
    end = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, size, offset)
    end += struct.pack("<4sLQL", b"PK\x06\x07", 0, at, 1)
    path.write_bytes(
        data[:at]
        + end
        + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 65535, 65535, -1 & 0xFFFFFFFF, -1 & 0xFFFFFFFF, 0)
    )
    assert files(handed_in()["a"]) == {"server.py": SERVER}


def test_what_tools_leave_beside_a_program_is_no_matter(places, alone):
    put(
        places / "class/m",
        {
            "03/server.py": SERVER,
            "03/__pycache__/server.cpython-311.pyc": "",
            "venv/lib/a/b/c/d/e/f/g/site.py": "",
            ".idea/x.py": "",
            "__MACOSX/03/._server.py": "",
        },
    )
    one = alone()
    assert files(one) == {"03/server.py": SERVER}
    assert one.notes == []


def test_what_no_chat_needs_is_left_out_and_said(places, alone):
    put(places / "class/m", {"server.py": SERVER, "me.png": "", "report.pdf": "", "old.zip": ""})
    one = alone()
    assert files(one) == {"server.py": SERVER}
    assert one.notes == ["3 other files were left out."]


def test_what_lies_beside_the_submissions(places, handed_in):
    put(places / "class", {"grades.txt": "", ".DS_Store": "", "roster.csv": "name\n", "Thumbs.db": ""})
    put(places / "class", {"who.csv": "name\nanna\n"})
    found = handed_in(roster=places / "class/who.csv")
    assert list(found) == ["anna", "grades.txt"]
    assert found["grades.txt"].reason == "It is neither a folder nor a zip or tar archive."


# What cannot be taken, and the reason.

OUTSIDE = "{} would lie outside its folder."
LINK, FIFO, DEVICE = stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR
UNNAMED = "{} is not a name that can be taken."


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ([("readme.txt", "later")], "There is no Python file in it."),
        ([("../x.py", SERVER)], OUTSIDE.format("../x.py")),
        ([("a/../../x.py", SERVER)], OUTSIDE.format("a/../../x.py")),
        ([("/etc/x.py", SERVER)], OUTSIDE.format("/etc/x.py")),
        ([("C:\\x.py", SERVER)], OUTSIDE.format("C:\\x.py")),
        ([("..\\x.txt", SERVER)], OUTSIDE.format("..\\x.txt")),
        ([("\\\\host\\x.txt", SERVER)], OUTSIDE.format("\\\\host\\x.txt")),
        ([special("server.py", LINK, "/etc/passwd")], "server.py is a link."),
        ([special("a", LINK, ".."), ("a/server.py", SERVER)], "a/ and a could be the same file."),
        ([("a", SERVER), special("a", LINK, "..")], "There is no Python file in it. a is a link."),
        ([special("server.py", FIFO)], "server.py is no regular file."),
        ([special("server.py", DEVICE)], "server.py is no regular file."),
        ([("server.py", SERVER), ("server.py", "")], "server.py is in it twice."),
        ([("server.py", SERVER), ("./server.py", "")], "server.py is in it twice."),
        ([("server.py", SERVER), ("Server.py", "")], "Server.py and server.py could be the same file."),
        ([("a/x.py", SERVER), ("A/y.py", "")], "A/ and a/ could be the same file."),
        ([("a.py", SERVER), ("a.py/b.py", "")], "a.py/ and a.py could be the same file."),
        ([("й.py", SERVER), ("и\u0306.py", "")], "й.py is in it twice."),
        ([("ser\nver.py", SERVER)], UNNAMED.format("ser\\nver.py")),
        ([("\u202eyp.revres.py", SERVER)], UNNAMED.format("\\u202eyp.revres.py")),
        ([("\x1b[2Jserver.py", SERVER)], UNNAMED.format("\\x1b[2Jserver.py")),
        ([("server (1).py", SERVER)], UNNAMED.format("server (1).py")),
        ([("con.py", SERVER)], UNNAMED.format("con.py")),
        ([("aux.d/x.py", SERVER)], UNNAMED.format("aux.d/x.py")),
        ([("a./x.py", SERVER)], UNNAMED.format("a./x.py")),
        ([(f"{'a' * 98}.py", SERVER)], UNNAMED.format("a" * 79 + "…")),
        ([("1/2/3/4/5/6/7/x.py", SERVER)], "1/2/3/4/5/6/7/x.py lies more than 6 folders deep."),
        ([("server.py", " " * (2 * MB + 1))], "server.py is larger than 2 MB."),
        ([("x.txt", " " * (2 * MB + 1))], "x.txt is larger than 2 MB."),
        ([(f"{n}.py", " " * 2 * MB) for n in range(11)], "There are more than 20 MB in it."),
        ([(f"{n}.py", "") for n in range(501)], "There are more than 500 files in it."),
        ([("in.zip", "PK"), ("more.zip", "PK")], "There is no Python file in it."),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.parametrize("form", ["zip", "tar"])
def test_a_hostile_archive(places, alone, form, members, reason):
    if form == "zip":
        zipped(places / "class/m.zip", members)
    else:
        tarred(places / "class/m.tgz", [as_tar(*one) for one in members], "w:gz", compresslevel=1)
    assert alone().reason == reason


def as_tar(name, text):
    """The same member for tarred."""
    if isinstance(name, str):
        return name, text
    kind = {LINK: tarfile.SYMTYPE, FIFO: tarfile.FIFOTYPE, DEVICE: tarfile.CHRTYPE}
    return member(name.filename, kind[stat.S_IFMT(name.external_attr >> 16)], text)


def test_an_archive_with_nothing_in_it(places, alone):
    zipped(places / "class/m.zip", [])
    assert alone().reason == "It is empty."


def broken_file(path):
    path.write_bytes(b"I am no archive, but long enough to have a header of one." * 20)


def encrypted(path):
    """The bit that says so; Python itself cannot write such an archive."""
    zipped(path, [("server.py", SERVER)])
    edited(
        path,
        (b"PK\x03\x04\x14\x00\x00", b"PK\x03\x04\x14\x00\x01"),
        (b"PK\x01\x02\x14\x03\x14\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01"),
    )


def spoilt(path):
    zipped(path, [("server.py", SERVER)], packing=zipfile.ZIP_STORED)
    edited(path, (b"a server", b"A SERVER"))


def truncated(path):
    zipped(path, [("server.py", SERVER)])
    path.write_bytes(path.read_bytes()[:-30])


def half_a_tar(path):
    tarred(path, [("server.py", SERVER), ("room.py", "x" * 9999)])
    path.write_bytes(path.read_bytes()[:4000])


def tar_without_an_end(path):
    tarred(path, [("server.py", SERVER)])
    path.write_bytes(path.read_bytes()[:1024])


def half_a_gzip(path):
    tarred(path, [("server.py", os.urandom(999).hex())], "w:gz")
    path.write_bytes(path.read_bytes()[:-100])


def gzip_with_a_wrong_sum(path):
    tarred(path, [("server.py", SERVER)], "w:gz")
    data = path.read_bytes()
    path.write_bytes(data[:-8] + bytes(4) + data[-4:])


def packed_but_no_tar(path):
    path.write_bytes(gzip.compress(SERVER.encode() * 99))


def spoilt_header(path):
    tarred(path, [("server.py", SERVER), ("room.py", SERVER)])
    edited(path, (b"room.py", b"ROOM.py"))


def unpacks_without_bounds(path):
    zipped(path, [("server.py", SERVER)], packing=zipfile.ZIP_BZIP2)


def shares_bytes(path):
    """Two entries of the list that point to the same file."""
    zipped(path, [("server.py", SERVER), ("Xerver.py", SERVER)])
    data = path.read_bytes()
    second = data.rindex(b"PK\x01\x02")
    offset = struct.unpack_from("<L", data, second + 42)[0]
    path.write_bytes(data[: second + 42] + struct.pack("<L", 0) + data[second + 46 :])
    assert offset


def says_that_it_is_small(path):
    """Ten bytes by its headers, and 10 MB when it is unpacked."""
    zipped(path, [("server.py", " " * 10 * MB)])
    size = struct.pack("<L", 10 * MB)
    edited(path, (size, struct.pack("<L", 10)))


def says_that_it_is_large(path):
    zipped(path, [("server.py", SERVER)])
    edited(path, (struct.pack("<L", len(SERVER)), struct.pack("<L", 1 << 30)))


def with_holes(path):
    info = tarfile.TarInfo("server.py")
    info.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0"}
    tarred(path, [info], format=tarfile.PAX_FORMAT)


def empty_streams(path):
    """A million of them, with nothing in any."""
    path.write_bytes(gzip.compress(b"") * 1_000_000)


def entries_of_tar(path):
    path.write_bytes(gzip.compress(tarfile.TarInfo("x").tobuf() * 100_000, 1))


def headers_of_nothing(path):
    """Each says something about the next entry, which never comes."""
    header = member("x", tarfile.GNUTYPE_LONGLINK)
    path.write_bytes(gzip.compress(header.tobuf() * 30_000, 1))


def negative(path):
    info = tarfile.TarInfo("server.py")
    info.pax_headers = {"size": "-512"}
    tarred(path, [info], format=tarfile.PAX_FORMAT)


def many_records(path):
    info = tarfile.TarInfo("server.py")
    info.pax_headers = {str(n): "x" for n in range(1000)}
    tarred(path, [info], format=tarfile.PAX_FORMAT)


DAMAGED = "It is damaged, or no zip or tar archive."
EARLY = "It is damaged: it ends too early."
NONE = "It is not a zip or tar archive, whatever its name says."
NOT_READ = "server.py is packed in a way that cannot be read here."


@pytest.mark.parametrize(
    ("make", "name", "reason"),
    [
        (broken_file, "m.zip", NONE),
        (broken_file, "m.rar", NONE),
        (lambda path: path.touch(), "m.zip", NONE),
        (broken_file, "m.doc", "It is neither a folder nor a zip or tar archive."),
        (encrypted, "m.zip", "It is encrypted."),
        (spoilt, "m.zip", "server.py in it is damaged."),
        (truncated, "m.zip", DAMAGED),
        (half_a_tar, "m.tar", EARLY),
        (tar_without_an_end, "m.tar", EARLY),
        (half_a_gzip, "m.tgz", DAMAGED),
        (gzip_with_a_wrong_sum, "m.tgz", DAMAGED),
        (packed_but_no_tar, "m.py.gz", NONE),
        (spoilt_header, "m.tar", DAMAGED),
        (unpacks_without_bounds, "m.zip", NOT_READ),
        (shares_bytes, "m.zip", "Files in it share bytes: no ordinary program packs so."),
        (says_that_it_is_small, "m.zip", "server.py in it is damaged."),
        (says_that_it_is_large, "m.zip", "server.py in it is damaged."),
        (with_holes, "m.tar", NOT_READ),
        (negative, "m.tar", DAMAGED),
        (many_records, "m.tar", DAMAGED),
        (empty_streams, "m.tar.gz", DAMAGED),
        (headers_of_nothing, "m.tgz", "There are more than 20000 entries in it."),
        (entries_of_tar, "m.tgz", "There are more than 20000 entries in it."),
    ],
)
def test_an_archive_that_is_none_or_lies(places, alone, make, name, reason):
    make(places / "class" / name)
    assert alone().reason == reason


def test_nothing_is_unpacked_that_lies_in_an_unpacked_archive(places, alone, tmp_path):
    inner = zipped(tmp_path / "inner.zip", [("server.py", SERVER)]).read_bytes()
    zipped(places / "class/m.zip", [("inner.zip", inner)])
    assert alone().reason == "There is no Python file in it."


def test_a_hard_link(places, alone):
    tarred(places / "class/m.tar", [("room.py", SERVER), member("server.py", tarfile.LNKTYPE, "/etc/passwd")])
    assert alone().reason == "server.py is a link."


def test_what_is_no_program_is_left_out_with_a_note(places, alone):
    members = [
        ("server.py", SERVER),
        special("lib", LINK, "/etc"),
        ("a|b.txt", ""),
        ("x.md", " " * (2 * MB + 1)),
    ]
    zipped(places / "class/m.zip", [*members, *((f"{n}?.txt", "") for n in range(4)), ("x.exe", "")])
    one = alone()
    assert files(one) == {"server.py": SERVER}
    assert one.notes == [
        "lib is a link.",
        UNNAMED.format("a|b.txt"),
        "x.md is larger than 2 MB.",
        UNNAMED.format("0?.txt"),
        UNNAMED.format("1?.txt"),
        "2 more were left out.",
        "1 other file was left out.",
    ]


# What would take all time, memory or disk.


def bomb_of_zeros(path):
    zipped(path, [(f"{n}.txt", bytes(10 * MB)) for n in range(3)])


def bomb_as_a_file_of_another_kind(path):
    """It unpacks to a GB of zeros."""
    info = tarfile.TarInfo("film.mp4")
    info.size = 1 << 30
    path.write_bytes(gzip.compress(info.tobuf(), 1) + gzip.compress(bytes(64 * MB), 1) * 16)


def bomb_in_a_name(path):
    """A name of a GB, before anything else."""
    info = tarfile.TarInfo("name")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, 1 << 30
    path.write_bytes(lzma.compress(info.tobuf() + bytes(64 * MB), preset=0))


def bomb_of_memory(path):
    """Its header asks for a dictionary of 1.5 GB."""
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 1 << 16}]
    data = lzma.compress(bytes(99999), filters=filters)
    at = data.index(b"\x21\x01")  # the filter's number, and one byte that says how large
    header = data[12 : at + 2] + b"\x28" + data[at + 3 : 12 + (data[12] + 1) * 4 - 4]
    path.write_bytes(
        data[:12] + header + struct.pack("<L", zlib.crc32(header)) + data[12 + len(header) + 4 :]
    )


def entries_of_zip(path):
    """Written by hand: as many entries as there can be in so many bytes."""
    one = struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, 20, *[0] * 4, 0, 0, 0, 1, *[0] * 6) + b"x"
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, len(one) * 100_000, 0, 0)
    path.write_bytes(one * 100_000 + end)


@pytest.mark.parametrize(
    ("make", "name", "reason"),
    [
        (bomb_of_zeros, "m.zip", "There is no Python file in it. 0.txt is larger than 2 MB."),
        (bomb_as_a_file_of_another_kind, "m.tgz", "It unpacks to more than 200 MB."),
        (bomb_in_a_name, "m.tar.xz", DAMAGED),
        (bomb_of_memory, "m.tar.xz", DAMAGED),
        (entries_of_zip, "m.zip", "There are more than 20000 entries in it."),
    ],
)
def test_a_bomb_is_refused_in_little_memory(places, alone, make, name, reason):
    make(places / "class" / name)
    tracemalloc.start()
    try:
        assert alone().reason == reason
        assert tracemalloc.get_traced_memory()[1] < 20 * MB
    finally:
        tracemalloc.stop()


# Folders, which can change and need not be readable.


@posix_only
@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda path: path.symlink_to("/etc/passwd"), "server.py is a link."),
        (lambda path: os.mkfifo(path), "server.py is no regular file."),
        (lambda path: socket_at(path), "server.py is no regular file."),
        (lambda path: path.symlink_to("nowhere"), "server.py is a link."),
    ],
)
def test_what_is_no_file_in_a_folder(places, alone, make, reason):
    put(places / "class/m", {"room.py": SERVER})
    make(places / "class/m/server.py")
    assert alone().reason == reason


def socket_at(path):
    with contextlib.chdir(path.parent), socket.socket(socket.AF_UNIX) as one:  # its path may be too long
        one.bind(path.name)


@posix_only
def test_links_in_a_folder_are_not_followed(places, alone):
    put(places / "class/m", {"server.py": SERVER})
    (places / "class/m/all").symlink_to("/")
    (places / "class/m/again").symlink_to(places / "class/m")
    one = alone()
    assert files(one) == {"server.py": SERVER}
    assert one.notes == ["again is a link.", "all is a link."]


@posix_only
@pytest.mark.parametrize("target", ["aa", "/", "nowhere", "../secret.txt"])
def test_a_submission_that_is_a_link(places, alone, target):
    (places / "class/m").symlink_to(target)
    assert alone().reason == "It is a link, and links are not followed."


@posix_only
def test_a_submission_that_is_a_device(places, alone):
    os.mkfifo(places / "class/m.zip")
    assert alone().reason == "It is neither a folder nor a zip or tar archive."


@pytest.mark.parametrize(
    ("function", "name", "reason"),
    [
        ("scandir", "m", "m cannot be read: Permission denied."),
        ("scandir", "m/03", "m/03 cannot be read: Permission denied."),
        ("open", "m/03/server.py", "m/03/server.py cannot be read: Permission denied."),
        ("open", "m.zip", "m.zip cannot be read: Permission denied."),
        ("open", "m/03/notes.txt", None),
    ],
)
def test_what_cannot_be_read(places, alone, monkeypatch, function, name, reason):
    if name == "m.zip":
        zipped(places / "class/m.zip", [("server.py", SERVER)])
    else:
        put(places / "class/m", {"03/server.py": SERVER, "03/notes.txt": "x"})
    original = getattr(os, function)

    def closed(path, *more, **options):
        if path == places / "class" / name:
            raise PermissionError(13, "Permission denied")
        return original(path, *more, **options)

    monkeypatch.setattr(entries.os, function, closed)
    one = alone()
    assert one.reason == (reason or "")
    assert one.folder or not one.notes
    assert reason or one.notes == ["m/03/notes.txt cannot be read: Permission denied."]


@posix_only
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="nothing is closed to root")
@pytest.mark.parametrize("name", ["m", "m/03", "m/03/server.py"])
def test_what_is_closed_to_us(places, alone, name):
    put(places / "class/m", {"03/server.py": SERVER})
    (places / "class" / name).chmod(0)
    try:
        assert alone().reason == f"{name} cannot be read: Permission denied."
    finally:
        (places / "class" / name).chmod(0o755)


def test_a_submission_that_vanishes_while_it_is_read(places, monkeypatch):
    put(places / "class/m", {"03/server.py": SERVER})
    listed = entries.listed

    def vanishes(folder):
        found = listed(folder)
        if folder.name == "03":
            shutil.rmtree(places / "class/m")
        return found

    monkeypatch.setattr(entries, "listed", vanishes)
    (one,) = collect(places / "class", places / "work")
    assert one.reason == "m/03/server.py cannot be read: No such file or directory."


def test_a_folder_of_too_many_files(places, alone, monkeypatch):
    monkeypatch.setattr(entries, "ONE", entries.Bounds(9, 9, 9))
    put(places / "class/m", {f"{n}.o": "" for n in range(10)})
    assert alone().reason == "There are more than 9 entries in it."


@posix_only
def test_a_folder_so_deep_that_its_path_is_too_long(places):
    put(places / "class/m", {"server.py": SERVER})
    with contextlib.chdir(places / "class/m"):
        for _level in range(50):
            Path("d" * 100).mkdir()
            os.chdir("d" * 100)
    (one,) = collect(places / "class", places / "work")
    assert one.reason.endswith("… cannot be read: File name too long.")
    shutil.rmtree(places / "class/m")  # pytest itself cannot


def test_a_full_disk_is_no_fault_of_the_submission(places, monkeypatch):
    put(places / "class/m", {"server.py": SERVER})

    def full(path, pieces):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(keeper, "write", full)
    with pytest.raises(OSError, match="No space left"):
        collect(places / "class", places / "work")


# Keys, and what cannot be used at all.

TITLES = (
    ("anna", "anna"),
    ("Иванова Анна", "Иванова_Анна"),
    ("и\u0306", "й"),
    ("हिन्दी", "हिन्दी"),
    ("a/b\n\x1b[2J\u202ec", "a_b_2J_c"),
    ("--out=x", "out_x"),
    ("..", "student"),
    ("🙂", "student"),
    ("CON", "student-CON"),
    ("aux.tar", "student-aux.tar"),
    ("a" * 99, "a" * 50),
    ("=1+1", "1_1"),
)


@pytest.mark.parametrize(("title", "key"), TITLES)
def test_a_key_is_the_name_of_a_file_anywhere(title, key):
    assert names.keys_of([title]) == [key]


def test_no_two_keys_are_alike_and_none_depends_on_the_order():
    titles = ["Anna", "anna", "anna!", "ANNA-" + names.digest("anna"), *(title for title, _key in TITLES)]
    keys = names.keys_of(titles)
    assert len({key.casefold() for key in keys}) == len(titles)
    assert sorted(names.keys_of(titles[::-1])) == sorted(keys)
    assert all(key == key.strip("._-") and "/" not in key for key in keys)


def test_the_same_class_has_the_same_keys_again(places):
    for name in ("Anna", "anna", "b c", "b_c", "Ё", "hw-d", "x🙂", "y🙂"):
        put(places / "class" / name, {"server.py": SERVER})
    for name in ("anna.zip", "b c.tar.gz", "E_1_assignsubmission_file_e.zip"):
        zipped(places / "class" / name, [("server.py", SERVER)])
    first, second = (collect(places / "class", places / folder) for folder in ("work", "again"))
    assert [one.student for one in first] == [one.student for one in second]
    assert [files(one) for one in first] == [files(one) for one in second]
    assert len({one.student.key.casefold() for one in first}) == len(first) == 11


def test_a_class_that_is_empty(handed_in):
    assert handed_in() == {}


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("nowhere", "There is no {path}."),
        ("secret.txt", "{path} cannot be used. It is not a zip or tar archive, whatever its name says."),
        ("all.zip", "{path} cannot be used. It is damaged, or no zip or tar archive."),
        ("all.tar", "{path} cannot be used. It is damaged: it ends too early."),
    ],
)
def test_a_class_that_cannot_be_read_is_wrong_use(places, handed_in, name, sentence):
    truncated(places / "all.zip")
    half_a_tar(places / "all.tar")
    with pytest.raises(WrongUse) as wrong:
        handed_in(places / name)
    assert wrong.value.args[0] == sentence.format(path=places / name)


# Where the lessons are.


@pytest.mark.parametrize(
    ("paths", "lessons", "found"),
    [
        (["01/server.py", "03/server.py", "06/client.py"], THREE, {"01": "01", "03": "03", "06": "06"}),
        (["lessons/01/server.py", "solutions/03/server.py"], THREE, {"01": "lessons/01"}),
        (
            ["chat/01/server.py", "chat/lessons/03/server.py"],
            THREE,
            {"01": "chat/01", "03": "chat/lessons/03"},
        ),
        (["03/server.py", "lessons/03/server.py"], ONE, {"03": "03"}),
        (["03/room.py", "lessons/03/server.py"], ONE, {"03": "lessons/03"}),
        (["server.py"], ONE, {"03": "."}),
        (["chat/server.py"], ONE, {"03": "chat"}),
        (["chat/server.py", "more/x.py"], ONE, {}),
        (["client.py"], [Lesson("06")], {"06": "."}),
        (["server.py"], [Lesson("06")], {}),
        (["server.py"], THREE, {}),
        (["01/server.py"], ONE, {}),
        (["lessons/server.py"], ONE, {}),
        (["03/server.py/x.py"], ONE, {}),
    ],
)
def test_where_the_lessons_are(tmp_path, paths, lessons, found):
    put(tmp_path, dict.fromkeys(paths, SERVER))
    assert programs(tmp_path, lessons) == {number: tmp_path / path for number, path in found.items()}
