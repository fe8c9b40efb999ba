"""The listing of similar programs: what it sees through, what it leaves out, and what it says of itself."""

import shutil
import time

import pytest

from grader.classroom.rows import Student
from grader.classroom.similar import LISTED, PLACES, Pair, similar, write, write_all
from grader.classroom.submissions import Submission
from grader.lessons import Lesson
from tests.kit.support import ROOT

ROOM = Lesson("03")
RIGHT = ROOT / "tests" / "programs" / "right"
RENAMED = {
    "conn": "c",
    "room": "hall",
    "Room": "Hall",
    "person": "guest",
    "Person": "Guest",
    "data": "chunk",
    "tell_others": "pass_on",
    "outbox": "letters",
}
INDEPENDENT = 0.3  # what programs of authors who do not know each other stay below


def alike(folders, lesson=ROOM):
    """The share of the two programs; 0 if they are not listed."""
    found = similar(dict(zip(("one", "other"), folders, strict=True)), lesson)
    return found[0].share if found else 0


def outboxes():
    """A program for lesson 03 of another shape than the solution's."""
    return (RIGHT / "03" / "outboxes" / "server.py").read_text("utf-8")


def program(folder, text, name="server.py"):
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, "utf-8")
    return folder


def copy(tmp_path, text, name="server.py"):
    return alike([RIGHT / "03" / "outboxes", program(tmp_path / "copy", text, name)])


def test_the_same(tmp_path):
    assert copy(tmp_path, outboxes(), "another_name.py") == 1


def test_renamed(tmp_path):
    text = outboxes()
    for old, new in RENAMED.items():
        text = text.replace(old, new)
    assert text != outboxes()
    assert copy(tmp_path, text) == 1


def test_other_comments_texts_and_numbers(tmp_path):
    text = outboxes().replace("16384", "1000").replace('"', "'").replace("'''", '"""')
    lines = [
        f"{line}  # {number}" if line.strip() else "\n\n" for number, line in enumerate(text.splitlines())
    ]
    text = '"""My own program."""\n\n# I have written it myself.\n' + "\n".join(lines)
    assert copy(tmp_path, text) > 0.95


def test_reordered_functions(tmp_path):
    head, *functions = outboxes().partition("\nif __name__")[0].split("\n\n\n")
    end = outboxes().partition("\nif __name__")[2]
    text = "\n\n\n".join([head, *reversed(functions)]) + "\n\nif __name__" + end
    assert len(functions) > 2
    assert 0.8 < copy(tmp_path, text) < 1


def test_a_part_of_a_larger_program(tmp_path):
    """Who has taken it all and added as much again has all of the smaller one."""
    more = (RIGHT / "03" / "select_loop" / "server.py").read_text("utf-8")
    assert copy(tmp_path, f"{outboxes()}\n{more}") == 1


@pytest.mark.parametrize("number", ["01", "03", "05", "06", "10"])
def test_independent(number):
    """Right programs of other shapes, and the solution: none is a copy of another."""
    lesson = Lesson(number)
    folders = {path.name: path for path in (RIGHT / number).iterdir()} | {"solution": lesson.solution}
    assert all(pair.share < INDEPENDENT for pair in similar(folders, lesson))


@pytest.mark.parametrize("number", ["01", "03", "10"])
def test_what_was_given(number, tmp_path):
    """The starter and the solution of the lesson before are nobody's own, also with a line of one's own."""
    lesson = Lesson(number)
    with_a_line = shutil.copytree(lesson.folder, tmp_path / "more")
    with open(with_a_line / "server.py", "a", encoding="utf-8") as file:
        file.write("\nprint('good morning')\n")
    folders = {"starter": lesson.folder, "same": lesson.folder, "more": with_a_line}
    before = Lesson(f"{int(number) - 1:02}").solution
    folders |= {"before": before} if before.is_dir() else {}
    assert similar(folders, lesson) == []


def test_order_and_places(tmp_path):
    """The most alike come first, and say where one can look."""
    folders = {"a": RIGHT / "03" / "outboxes", "b": ROOM.solution, "c": RIGHT / "03" / "outboxes"}
    first, *others = similar(folders, ROOM)
    assert (first.one, first.other, first.share) == ("a", "c", 1)
    assert {(pair.one, pair.other) for pair in others} == {("a", "b"), ("b", "c")}
    assert 0 < len(first.places) <= PLACES
    assert all(place.one == place.other for place in first.places)
    assert first.places[0].tokens == max(place.tokens for place in first.places)


def test_what_is_no_python(tmp_path):
    """A file that does not compile counts as far as it can be read; others are no reason to stop."""
    broken = outboxes() + "\ndef broken(:\n  '''\n"
    assert copy(tmp_path, broken) > 0.95
    for name, data in {"nulls": b"\0" * 1000, "latin": b"\xff\xfe = 1\n", "deep": b"(" * 300_000}.items():
        folder = tmp_path / name
        folder.mkdir()
        (folder / "server.py").write_bytes(data)
        assert alike([RIGHT / "03" / "outboxes", folder]) == 0


def test_large_files_take_no_longer(tmp_path):
    """A file in which there is a token too many is not read to its end."""
    folder = program(tmp_path / "large", "a=1\n" * 200_000)
    began = time.process_time()
    similar({"large": folder, "other": ROOM.solution}, ROOM)
    assert time.process_time() - began < 20


def test_listing(tmp_path):
    """It says first what it is not and what it cannot see; then the pairs, and nothing that acts."""
    pairs = similar({"a\x1b[31m": RIGHT / "03" / "outboxes", "b": RIGHT / "03" / "outboxes"}, ROOM)
    write(pairs, tmp_path / "similar.txt")
    text = (tmp_path / "similar.txt").read_text("utf-8")
    assert "This is no verdict" in text.splitlines()[0]
    assert text.index("What it cannot see:") < text.index("100%  a\\x1b[31m  b")
    assert "server.py:" in text and "\x1b" not in text
    assert [path.name for path in tmp_path.iterdir()] == ["similar.txt"]


def test_long_and_empty_listings(tmp_path):
    write([Pair("a", f"b{number}", 0.5) for number in range(LISTED + 3)], tmp_path / "long.txt")
    assert (tmp_path / "long.txt").read_text("utf-8").endswith("\n3 more pairs are less alike.\n")
    write([], tmp_path / "empty.txt")
    assert "No two programs have anything in common" in (tmp_path / "empty.txt").read_text("utf-8")


def test_class(tmp_path):
    """A listing for each lesson, of those who have handed in something of it."""
    class_ = [Submission(Student("nobody"), None, "Nothing was handed in.")]
    for key in ("alice", "bob"):
        shutil.copytree(RIGHT / "03" / "outboxes", tmp_path / "class" / key / "03")
        class_.append(Submission(Student(key), tmp_path / "class" / key))
    paths = write_all(class_, [Lesson("01"), ROOM], tmp_path)
    assert [path.name for path in paths] == ["similar_01.txt", "similar_03.txt"]
    assert "100%  alice  bob" in paths[1].read_text("utf-8")
    assert "100%" not in paths[0].read_text("utf-8")
