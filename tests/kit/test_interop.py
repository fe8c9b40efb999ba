"""Every client at every server: the verdicts, what is asked again, the table, and the picture."""

import json
import os
import shutil
from xml.etree import ElementTree

import psutil
import pytest

from grader.classroom import heat_map, interop, interop_table, meeting, sandbox
from grader.classroom.engine import Engine, Plan
from grader.classroom.interop import Cell, Matrix, clients_of, servers_of
from grader.classroom.meeting import CLIENT, FAILS, REFERENCE, SERVER, UNKNOWN, WORKS
from grader.classroom.rows import Student
from grader.classroom.submissions import Submission
from grader.lessons import Lesson, WrongUse
from tests.kit.support import ROOT, SAFETY, until

RIGHT = ROOT / "tests" / "programs" / "right"
SOLUTION = Lesson("06").solution
# Small edits of the reference, each of which breaks a meeting at once: (file, old, new).
SAYS_NO_NAMES = ("server.py", "obey(line, name, room)", 'room.broadcast(line, "")')
LOUD = ("client.py", "print(line, flush=True)", "print(line.upper(), flush=True)")
CRASHES = ("client.py", "print(line, flush=True)", "print(line / 2)")
DEAF = ("client.py", "print(line, flush=True)", "pass")
SENDS_CRLF = ("client.py", r'.encode() + b"\n"', r'.encode() + b"\r\n"')
STRICT = ("framing.py", r'.removesuffix(b"\r")', "")


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    """Every process that this test starts has this folder for its temporary files."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


def edited(folder, *edits):
    """The reference with these edits."""
    shutil.copytree(SOLUTION, folder)
    for file, old, new in edits:
        text = (folder / file).read_text("utf-8")
        assert text.count(old) == 1
        (folder / file).write_text(text.replace(old, new), "utf-8")
    return folder


def plan(tmp_path, **more):
    rows = tmp_path / "known"
    rows.mkdir(exist_ok=True)
    return Plan((), rows, **{"is_caged": False, "jobs": 2, **more})


def verdicts(cells):
    """The matrix as rows of marks, by server."""
    rows = {}
    for (server, _client), cell in cells.items():
        rows[server] = rows.get(server, "") + interop_table.MARKS[cell.verdict]
    return rows


def people(tmp_path):
    """Servers and clients: the reference's, right ones of other shapes, and wrong ones."""
    servers = {
        REFERENCE: SERVER,
        "select": RIGHT / "05" / "select_loop" / "server.py",
        "nameless": edited(tmp_path / "nameless", SAYS_NO_NAMES) / "server.py",
    }
    clients = {
        REFERENCE: CLIENT,
        "files": RIGHT / "06" / "file_objects" / "client.py",
        "loud": edited(tmp_path / "loud", LOUD) / "client.py",
        "crashes": edited(tmp_path / "crashes", CRASHES) / "client.py",
    }
    return servers, clients


def test_verdicts(tmp_path):
    """A wrong server fails with every client, a wrong client at every server, the others work."""
    cells = Matrix(plan(tmp_path), *people(tmp_path)).fill()
    assert verdicts(cells) == {REFERENCE: "++xx", "select": "++xx", "nameless": "xxxx"}
    assert not any(cell.reason for cell in cells.values() if cell.verdict == WORKS)
    assert cells[REFERENCE, "crashes"].reason.startswith("At the client: The program crashed: TypeError")
    assert cells[REFERENCE, "loud"].reason == (
        "At the client: The client printed something else. "
        "Due: * what is your name?\\n What came: * WHAT IS YOUR NAME?\\n"
    )
    assert cells["nameless", REFERENCE].reason.startswith("At the client: ")


def test_only_together(tmp_path):
    """What a matrix is for: both get on with the reference, and not with each other."""
    servers = {REFERENCE: SERVER, "strict": edited(tmp_path / "strict", STRICT) / "server.py"}
    clients = {REFERENCE: CLIENT, "crlf": edited(tmp_path / "crlf", SENDS_CRLF) / "client.py"}
    cells = Matrix(plan(tmp_path), servers, clients).fill()
    assert verdicts(cells) == {REFERENCE: "++", "strict": "+x"}
    text = interop_table.text(list(servers), list(clients), cells)
    assert "Both get on with the reference, and not with each other:\n  crlf at strict: At the " in text


def test_waited_in_vain(tmp_path):
    """A client that shows nothing does not work, for the reference does so in the same minute."""
    clients = {"deaf": edited(tmp_path / "deaf", DEAF) / "client.py"}
    [cell] = Matrix(plan(tmp_path), {REFERENCE: SERVER}, clients).fill().values()
    assert (cell.verdict, cell.reason[:41]) == (FAILS, "At the client: The client printed nothing")


@pytest.mark.parametrize(
    ("reference", "verdict"),
    [((WORKS, ""), FAILS), ((None, "nothing came"), UNKNOWN), ((FAILS, "?"), UNKNOWN)],
)
def test_busy_machine(monkeypatch, tmp_path, reference, verdict):
    """Where only waiting speaks against two programs, it counts only if the reference does better."""
    answers = [(None, "The client printed nothing."), reference]
    monkeypatch.setattr(meeting, "meet", lambda *_: answers.pop(0))
    server, client = (meeting.Source(path, ROOT) for path in (SERVER, tmp_path / "client.py"))
    found, reason = meeting.judged(None, server, client, None)
    assert found == verdict and answers == []
    assert reason == ("The client printed nothing." if verdict == FAILS else reason)


class Told(Engine):
    """Notes down who was asked about, and with how much patience, and may answer for the process."""

    asked, answer = [], None

    def hear(self, command, is_caged, seconds):
        order = json.loads(command(1)[-2])
        Told.asked.append((os.path.basename(os.path.dirname(order["server"])), sorted(order["clients"])))  # noqa: PTH119, PTH120
        return super().hear(command, is_caged, seconds) if Told.answer is None else Told.answer


@pytest.fixture
def told(monkeypatch):
    monkeypatch.setattr(interop, "Engine", Told)
    Told.asked, Told.answer = [], None
    return Told


def test_asked_once(tmp_path, told):
    """What is known is not asked again; a changed client meets everybody again."""
    servers = {REFERENCE: SERVER, "one": edited(tmp_path / "one") / "server.py"}
    clients = {REFERENCE: CLIENT, "other": edited(tmp_path / "other") / "client.py"}
    first = Matrix(plan(tmp_path), servers, clients).fill()
    assert sorted(told.asked) == [("06", sorted(clients)), ("one", sorted(clients))]
    told.asked = []
    assert Matrix(plan(tmp_path), servers, clients).fill() == first and told.asked == []
    (tmp_path / "other" / "notes.txt").write_text("new", "utf-8")
    again = Matrix(plan(tmp_path), servers, clients).fill()
    assert sorted(told.asked) == [("06", ["other"]), ("one", ["other"])]
    assert verdicts(again) == {REFERENCE: "++", "one": "++"}


@pytest.mark.parametrize("said", [b"", b"\xff\xfe", b'{"client": "(reference)", "verd', b"[1]\n17\n{}\n"])
def test_lost_process(tmp_path, told, said):
    """What a process does not answer nobody can tell; it is asked once more, and by the next run."""
    told.answer = said
    for _run in range(2):
        [cell] = Matrix(plan(tmp_path), {REFERENCE: SERVER}, {REFERENCE: CLIENT}).fill().values()
        assert (cell.verdict, cell.reason) == (UNKNOWN, "The process in which they met ended early.")
    assert len(told.asked) == 4


def test_stopped(tmp_path, temporary, monkeypatch):
    """Ctrl-C leaves no process, and the next run goes on."""
    monkeypatch.setattr(interop, "GROUP", 1)
    clients = {f"c{number}": CLIENT for number in range(6)}

    def interrupt(cells):
        if cells:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Matrix(plan(tmp_path), {REFERENCE: SERVER}, clients).fill(interrupt)
    assert until(lambda: not left_behind(temporary), SAFETY), left_behind(temporary)
    known = json.loads((tmp_path / "known" / f"{REFERENCE}.json").read_text("utf-8"))
    assert 1 <= len(known) < 6
    assert verdicts(Matrix(plan(tmp_path), {REFERENCE: SERVER}, clients).fill()) == {REFERENCE: "++++++"}
    assert until(lambda: not left_behind(temporary), SAFETY), left_behind(temporary)


def left_behind(temporary):
    return [process for process in psutil.process_iter() if is_of(process, temporary)] + list(
        temporary.iterdir()
    )


def is_of(process, temporary):
    try:
        return process.pid != os.getpid() and process.environ().get("TMPDIR") == str(temporary)
    except (psutil.Error, OSError):
        return False


def test_in_the_sandbox(tmp_path):
    """The programs run in cages, each of which shows one of them."""
    try:
        sandbox.probe(tmp_path)
    except WrongUse as wrong:
        pytest.skip(str(wrong))
    look = (
        "client.py",
        "import os\n",
        "import os\nprint(*os.listdir(os.path.dirname(os.path.dirname(__file__))))\n",
    )
    clients = {"right": edited(tmp_path / "class" / "right") / "client.py"}
    clients |= {"curious": edited(tmp_path / "class" / "curious", look) / "client.py"}
    for path in [tmp_path / "class", *(tmp_path / "class").rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    cells = Matrix(plan(tmp_path, is_caged=True), {REFERENCE: SERVER}, clients).fill()
    assert cells[REFERENCE, "right"].verdict == WORKS
    assert cells[REFERENCE, "curious"].reason.endswith(r"What came: curious\n* what is you")


def test_who_takes_part(tmp_path):
    """The client of lesson 06, and the server of the last lesson that has one; and the reference."""
    files = ("alice/05/server.py", "alice/06/client.py", "alice/06/server.py", "alice/08/server.py")
    files += ("bob/lessons/05/server.py", "carol/04/server.py", "dora/06/client.py")
    for name in files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    class_ = [Submission(Student(key), tmp_path / key) for key in ("alice", "bob", "carol", "dora")]
    class_.append(Submission(Student("nobody"), None, "Nothing was handed in."))
    assert clients_of(class_) == {
        REFERENCE: CLIENT,
        "alice": tmp_path / "alice/06/client.py",
        "dora": tmp_path / "dora/06/client.py",
    }
    assert servers_of(class_) == {
        REFERENCE: SERVER,
        "alice": tmp_path / "alice/08/server.py",
        "bob": tmp_path / "bob/lessons/05/server.py",
    }


def test_class(tmp_path):
    """All that is written."""
    edited(tmp_path / "class" / "alice" / "06")
    class_ = [Submission(Student("alice"), tmp_path / "class" / "alice")]
    paths = interop.interop(class_, plan(tmp_path), tmp_path / "grades")
    assert [path.name for path in paths] == ["interop.json", "interop.txt", "interop.svg", "interop.png"]
    table = json.loads(paths[0].read_text("utf-8"))
    assert (table["schema"], table["version"], len(table["cells"])) == (interop.SCHEMA, interop.VERSION, 4)
    assert set(table["cells"][0]) == {"server", "client", "verdict", "reason"}
    assert paths[1].read_text("utf-8").startswith("4 of 4 meetings work.\n")


# the table and the picture


def made_up(keys, **verdicts):
    """A matrix in which all works but what is said: server__client=(verdict, reason)."""
    cells = {(one, other): Cell(one, other, WORKS, "", "") for one in keys for other in keys}
    for pair, (verdict, reason) in verdicts.items():
        one, other = (REFERENCE if key == "ref" else key for key in pair.split("__"))
        cells[one, other] = Cell(one, other, verdict, reason, "")
    return cells


def test_table():
    keys = [REFERENCE, "bob", "алиса"]
    cells = made_up(
        keys, ref__bob=(FAILS, "mute\x1b[2J\n"), алиса__bob=(FAILS, "mute"), bob__алиса=(UNKNOWN, "busy")
    )
    assert interop_table.text(keys, keys, cells) == TABLE


TABLE = """\
6 of 9 meetings work.
A row is a server, a column a client: + they work together, x they do not, ? could not tell.

            1 2 3
(reference) + x +
bob         + + ?
алиса       + x +

1  (reference)
2  bob
3  алиса

Clients that do not get on at the reference's server:
  bob: mute\\x1b[2J\\n

Could not tell:
  алиса at bob: busy
"""


def test_long_list(monkeypatch):
    monkeypatch.setattr(interop_table, "LISTED", 2)
    keys = [REFERENCE, "a", "b", "c"]
    cells = made_up(keys, a__ref=(FAILS, "1"), b__ref=(FAILS, "2"), c__ref=(FAILS, "3"))
    assert interop_table.text(keys, keys, cells).endswith("  a: 1\n  b: 2\n  and 1 more\n")


@pytest.mark.parametrize("count", [1, 100])
def test_picture(tmp_path, count):
    """An image without anything that acts, in which names stand as they are; the same each time."""
    keys = [REFERENCE, "$x^2$", "名前", "a&<b>", *(f"s{number:03}" for number in range(count))]
    cells = made_up(keys, ref__s000=(FAILS, ""), s000__ref=(UNKNOWN, ""))
    svg, png = heat_map.write(keys, keys, cells, tmp_path)
    first = svg.read_bytes()
    assert {element.tag.rpartition("}")[2] for element in ElementTree.fromstring(first).iter()}.isdisjoint(
        {"script", "foreignObject", "a", "image"}
    )
    assert png.read_bytes().startswith(b"\x89PNG") and png.stat().st_size < 2_000_000
    heat_map.write(keys, keys, cells, tmp_path)
    assert svg.read_bytes() == first
