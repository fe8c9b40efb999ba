"""Hostile submissions end as ordinary rows: they find no secret, forge nothing, and leave nothing behind.

All of tests/attacks is graded in one run of the real command, beside two honest neighbours.
"""

import ast
import contextlib
import csv
import ctypes
import io
import json
import os
import platform
import re
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import tempfile
import threading
import unicodedata
import uuid
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

import psutil
import pytest

from grader import cage
from grader.classroom import engine, sandbox
from grader.classroom.command import hand_over
from grader.classroom.rows import GRADED, UNGRADED, UNREADABLE, from_json
from grader.classroom.submissions import collect
from grader.lessons import Lesson, WrongUse
from grader.mistakes import mistakes_of, write_with
from grader.results import BROKEN, FAILED, INCONCLUSIVE, PASSED
from tests.kit.support import ROOT, SAFETY, until

# With --dist loadgroup the class is graded once, and not by each worker of xdist.
pytestmark = pytest.mark.xdist_group("attacks")
ATTACKS = ROOT / "tests" / "attacks"
LESSON = Lesson("01")
SEED = "20261123"  # not the one that an attacker has seen at home
PATIENCE = "10"  # seconds: what ends these programs is not that they are slow on a busy machine
GIB = 1 << 30
GONE = 4  # seconds in which the kernel ends what the death of a grader takes with it
LONGER = "6"  # seconds that a program hangs until the grader itself would end it
ADOPTS_ORPHANS = 36  # PR_SET_CHILD_SUBREAPER (Linux, prctl(2))
NAME = '=HYPERLINK("x") <b>\x1b[2J @me'  # of somebody who hands in

FIRST_LINE = "The first line that the program prints is not the one it should be."
ENDED = "The program ended by itself, with exit code 0."
FLOOD = "The program prints without end, so it was ended."
MEMORY = "The programs held more than 1024 MiB of memory together."
NEIGHBOURS = ("aa right", "zz mistaken")


@dataclass(frozen=True)
class Fate:
    """What an attack's row says: why the first check failed, what else passed, what it printed, the notes."""

    headline: str = ENDED
    prints: tuple = ()
    passed: tuple = ()
    fails: int = 1
    notes: tuple = ()


NO_REACH = "reached {'listener of the machine': False, 'all addresses': False, 'IPv6': False, "
NO_REACH += "'abstract socket': False, 'named socket': False, 'the world by UDP': False, "
NO_REACH += "'the world by TCP': False}"
PORT = "It listens at 12413 although its second argument asks for another port."
FATES = {
    "01_read_hidden_tests/everywhere": Fate(prints=("the search works: True",)),
    "01_read_hidden_tests/through_the_grader": Fate("The program ended by itself, with exit code 1."),
    "02_kill_the_grader": Fate(prints=("other processes 1\n", "all killed, and we live")),
    "03_forge_results/pipes_and_files": Fate(prints=("forged True",)),
    "03_forge_results/reports_of_crashes": Fate("The program ended by itself, with exit code 7."),
    "04_fork_bomb": Fate(FLOOD, ("a bomb",), notes=(MEMORY,)),
    "05_memory/children": Fate(FLOOD, ("eight children",), notes=(MEMORY,)),
    "05_memory/orphans": Fate(FLOOD, ("eight orphans",), notes=(MEMORY,)),
    "05_memory/hidden": Fate(prints=("hidden MB",)),
    "06_disk": Fate(prints=("MB {",)),
    "07_output/to_the_terminal": Fate(FLOOD, ("yyyy",)),
    "07_output/to_the_callers": Fate(FLOOD, (), (*range(1, 10), 11, 12, 13), 10, (MEMORY,)),
    "08_daemons/leaves_its_family": Fate(prints=("a daemon is there",)),
    "08_daemons/takes_over_the_first": Fate(FIRST_LINE, ("a daemon of our own",)),
    "09_network": Fate(prints=(NO_REACH, "interfaces lo\n")),
    "11_injection": Fate(PORT),
    "12_monkeypatching": Fate(ENDED.replace("0", "1"), ("of the grader in here: []",)),
    "13_exit_code": Fate(prints=("13 of 13 checks passed",)),
    "14_terminal_csv_html/prints": Fate("alice heard something else.", passed=(1, 13), fails=2),
    "14_terminal_csv_html/crashes": Fate(
        "The program crashed: RuntimeError: =1+1 \x1b[31m<script>alert(1)</script> \u202e "
        "half a character: ?, ?"
    ),
    "15_schedulers": Fate(prints=("schedulers []",)),
    "16_file_collisions": Fate(PORT),
    "17_hard_coded_answers": Fate("alice heard something else.", passed=(1, 13), fails=2),
}
ARCHIVES = {
    "10 link": "server.py is a link.",
    "10 outside": "../../server.py would lie outside its folder.",
    "10 bomb": "server.py is larger than 2 MB.",
}


@dataclass
class Place:
    """Where a class is graded: submissions, the grader's home, temporary files, results; and the secrets."""

    folder: Path
    secrets: dict = field(default_factory=dict)

    def __post_init__(self):
        for name in ("class", "home", "temporary"):
            (self.folder / name).mkdir()
        self.hands_in, self.grades = self.folder / "class", self.folder / "grades"

    def environment(self):
        own = {
            "HOME": self.folder / "home",
            "TMPDIR": self.folder / "temporary",
            "LANGUAGE": "en",
            "PYTHONUTF8": "1",
        }
        own = {name: str(value) for name, value in own.items()}
        return os.environ | own | {"PASSWORD": self.secrets.get("environment", "")}

    def command(self, patience):
        words = [sys.executable, "checker.py", "grade", self.hands_in, "01", "--out", self.grades]
        return [*map(str, words), "--seed", SEED, "--patience", patience]

    def start(self, patience=PATIENCE):
        """The real command, as an instructor types it."""
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "encoding": "utf-8"}
        return subprocess.Popen(self.command(patience), cwd=ROOT, env=self.environment(), **pipes)

    def rows(self):
        """The rows by the names of those who handed in."""
        found = [from_json(path.read_text("utf-8")) for path in self.grades.glob("rows/*.json")]
        return {row.student.name: row for row in found}

    def temporary_files(self):
        return list((self.folder / "temporary").iterdir())


@dataclass
class Seen:
    """What one run of the command left for us to look at."""

    place: Place
    stamp: str
    rows: dict
    alone: dict  # the rows of the neighbours when they are graded without the others
    said: str
    code: int
    left: list
    reached: list
    changed: list
    watch: "Watch"


class Watch(threading.Thread):
    """Looks at all processes below one until it ends: how much memory one of them holds at most."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self._top, self.largest = psutil.Process(pid), 0
        self.done = threading.Event()

    def run(self):
        while not self.done.wait(0.2):
            with contextlib.suppress(psutil.Error):
                for process in self._top.children(recursive=True):
                    self.largest = max(self.largest, size_of(process))


def size_of(process):
    with contextlib.suppress(psutil.Error):  # it has ended meanwhile
        return process.memory_info().rss
    return 0


@contextlib.contextmanager
def adopting():
    """All that is left by what we start becomes our child; gives the function that lists what lives of it."""
    tell = ctypes.CDLL(None).prctl
    before = set(psutil.Process().children(recursive=True))

    def left():
        found = set(psutil.Process().children(recursive=True)) - before
        return [process for process in found if lives(process)]

    tell(ADOPTS_ORPHANS, 1, 0, 0, 0)
    try:
        yield left
    finally:
        for process in left():  # only if a test has failed
            process.kill()
        tell(ADOPTS_ORPHANS, 0, 0, 0, 0)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def lives(process):
    with contextlib.suppress(psutil.Error):  # it has ended meanwhile
        return process.status() != psutil.STATUS_ZOMBIE
    return False


@contextlib.contextmanager
def place():
    """One that every user may enter and read: what keeps programs from it must be the sandbox."""
    with tempfile.TemporaryDirectory(prefix="attacked-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        yield Place(Path(name))


@pytest.fixture(scope="module")
def sandboxed(tmp_path_factory):
    """Skips, with the reason, where the sandbox does not work."""
    try:
        sandbox.probe(tmp_path_factory.mktemp("probe"))
    except WrongUse as wrong:
        pytest.skip(str(wrong))


@pytest.fixture(scope="module")
def seen(sandboxed):
    """The class graded, once, and the neighbours alone."""
    with place() as alone, place() as where, outside(where) as (told, reached):
        for one in (where, alone):
            put_neighbours(one, where.secrets["neighbour"])
        put_attacks(where, told)
        before = snapshot(where.folder)
        with adopting() as left:
            process = where.start()
            watch = Watch(process.pid)
            watch.start()
            said, errors = process.communicate(timeout=5 * SAFETY)
            watch.done.set()
            watch.join()
            until(lambda: not left(), GONE)
            found = left()
        rest = changes(before, snapshot(where.folder))
        alone.start().communicate(timeout=SAFETY)
        yield Seen(
            where,
            told["stamp"],
            where.rows(),
            alone.rows(),
            said + errors,
            process.returncode,
            found,
            reached(),
            rest,
            watch,
        )


@contextlib.contextmanager
def outside(where):
    """What is around the sandbox: secrets, and listeners that nobody in it may reach. Gives what to tell."""
    stamp = f"stamp-{uuid.uuid4().hex}"
    where.secrets = {
        name: f"secret-{name}-{uuid.uuid4().hex}" for name in ("environment", "home", "neighbour")
    }
    (where.folder / "home" / "secret.txt").write_text(where.secrets["home"])
    (where.hands_in / "roster.csv").write_text(f"name\n{where.secrets['home']}\n")  # beside the submissions
    listeners = [socket.create_server(("127.0.0.1", 0))]
    for path in (f"\0{stamp}", str(where.folder / "home" / "socket")):
        listeners.append(socket.socket(socket.AF_UNIX))
        listeners[-1].bind(path)
        listeners[-1].listen()
    (where.folder / "home" / "socket").chmod(0o777)
    told = {
        "stamp": stamp,
        "port": listeners[0].getsockname()[1],
        "socket": str(where.folder / "home" / "socket"),
        "marks": {name: halves(text) for name, text in (where.secrets | of_the_course()).items()},
        "paths": [*map(str, hidden(where)), "/etc/shadow", "/proc/1/environ"],
    }
    yield told, lambda: [listener for listener in listeners if has_caller(listener)]
    for listener in listeners:
        listener.close()


def of_the_course():
    """A line of the checks, of the solution and of the mistakes, as they stand there."""
    checks, solution = LESSON.checks.read_text("utf-8"), (LESSON.solution / "server.py").read_text("utf-8")
    mistake = mistakes_of(LESSON)[0].belief
    return {"check": checks.splitlines()[0], "solution": solution.splitlines()[0], "mistake": mistake}


def hidden(where):
    """Paths of what no program may read."""
    course = [LESSON.checks, LESSON.solution / "server.py", LESSON.mistakes, ROOT / "grader" / "plugin.py"]
    return [*course, ROOT / "tests", where.folder / "home", where.hands_in, where.grades]


def halves(text):
    """In two parts, so that what looks for the text does not find it in what it was told."""
    return text[: len(text) // 2], text[len(text) // 2 :]


def has_caller(listener):
    listener.setblocking(False)
    try:
        listener.accept()[0].close()
    except BlockingIOError:
        return False
    return True


def put_neighbours(where, secret):
    """One who has the solution, and one with a typical mistake."""
    right, mistaken = (where.hands_in / name / "01" for name in NEIGHBOURS)
    write_with([], LESSON, right)
    write_with([mistakes_of(LESSON)[0]], LESSON, mistaken)
    for folder in (right, mistaken):
        with (folder / "server.py").open("a") as file:
            file.write(f"# {secret}\n")


def put_attacks(where, told):
    for name in FATES:
        target = where.hands_in / called(name)
        shutil.copytree(ATTACKS / name, target)
        (target / "told.json").write_text(json.dumps(told))
    shutil.copytree(ATTACKS / "14_terminal_csv_html" / "crashes", where.hands_in / NAME)
    put_archives(where.hands_in)


def called(name):
    return name.replace("/", " ")


def put_archives(folder):
    """Those of 10_symlinks_and_bombs."""
    link = zipfile.ZipInfo("server.py")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    with zipfile.ZipFile(folder / "10 link.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
        archive.writestr("output.py", "print(open('server.py').read())")
    with tarfile.open(folder / "10 outside.tar", "w") as archive:
        archive.addfile(tarfile.TarInfo("../../server.py"))
    with zipfile.ZipFile(folder / "10 bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("server.py", bytes(100 << 20))


def snapshot(folder):
    """Every file in it, with what it holds."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def changes(before, after):
    """What is new or different, without the results."""
    changed = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return [name for name in changed if not name.startswith("grades/")]


# The attacks.


@pytest.mark.parametrize("name", FATES)
def test_an_attack_ends_as_an_ordinary_row(seen, name):
    row, fate = seen.rows[called(name)], FATES[name]
    (lesson,) = row.lessons
    verdicts = {check["number"]: check["verdict"] for check in lesson["checks"]}
    first = next(check for check in lesson["checks"] if check["verdict"] == FAILED)
    assert (row.state, row.reason, row.attempts) == (GRADED, "", 1)
    assert not {BROKEN, INCONCLUSIVE} & set(verdicts.values()), verdicts
    assert first["failure"]["headline"] in (fate.headline, *fate.notes), first["failure"]
    assert (first["number"], passed(row)) == (fate.fails, fate.passed)
    assert [text for text in fate.prints if text not in first["failure"]["output"]] == []
    assert tuple(lesson["notes"]) == fate.notes


def passed(row):
    return tuple(check["number"] for _lesson, check in row.checks() if check["verdict"] == PASSED)


def output_of(row):
    return next(check["failure"]["output"] for _lesson, check in row.checks() if check["failure"])


def test_every_attack_is_handed_in():
    there = {path.parent.relative_to(ATTACKS).as_posix() for path in ATTACKS.rglob("server.py")}
    assert there == set(FATES)
    classes = {path.name[:2] for path in ATTACKS.iterdir() if path.is_dir() and path.name[0].isdigit()}
    assert classes == {f"{number:02}" for number in range(1, 18)}


@pytest.mark.parametrize(("name", "reason"), [*ARCHIVES.items()])
def test_an_archive_that_cannot_be_taken_is_a_row_with_its_reason(seen, name, reason):
    row = seen.rows[name]
    assert (row.state, row.reason, row.lessons) == (UNREADABLE, reason, [])


def test_everybody_has_a_row_and_the_command_ends_as_ever(seen):
    assert len(seen.rows) == len(FATES) + len(ARCHIVES) + len(NEIGHBOURS) + 1
    assert "Traceback" not in seen.said
    assert seen.code in (0, 3), seen.said


def test_no_secret_is_found(seen):
    """Not by those who look for them, and not by those who let the grader look."""
    secrets = [*seen.place.secrets.values(), *of_the_course().values()]
    for name, row in seen.rows.items():
        if name not in NEIGHBOURS:
            text = json.dumps(row.as_json(), ensure_ascii=False)
            assert [secret for secret in secrets if secret in text or repr(secret)[1:-1] in text] == [], name
            assert "FOUND" not in text, name
            assert "LINKED" not in text and "PIPED" not in text, name


def test_a_search_has_looked_everywhere(seen):
    """Else that it found nothing would say nothing."""
    files, processes = re.search(
        r"searched (\d+) files and (\d+) of processes",
        output_of(seen.rows[called("01_read_hidden_tests/everywhere")]),
    ).groups()
    assert int(files) > 100 and int(processes) >= 4


def test_memory_and_disk_have_their_bounds(seen):
    hidden = taken(seen, "05_memory/hidden")
    assert hidden.pop("/dev/shm") <= 16
    assert set(hidden.values()) == {0}, hidden
    disk = taken(seen, "06_disk")
    assert disk.pop(".") <= sandbox.TEMPORARY >> 20
    assert max(disk.pop("/tmp"), disk.pop("/dev/shm")) <= 16
    assert set(disk.values()) == {0}, disk
    assert seen.watch.largest < 2 * GIB  # also the grader itself, to which a program sends without end


def taken(seen, name):
    """The MB that an attack says that it took, by place."""
    return ast.literal_eval(re.search(r"\{.*\}", output_of(seen.rows[called(name)]))[0])


def test_the_neighbours_rows_are_as_if_they_were_alone(seen):
    assert {name: facts(seen.rows[name]) for name in NEIGHBOURS} == {
        name: facts(row) for name, row in seen.alone.items()
    }
    right, mistaken = (seen.rows[name] for name in NEIGHBOURS)
    assert passed(right) == tuple(range(1, 14))
    assert set(range(1, 14)) - set(passed(mistaken)) == set(mistakes_of(LESSON)[0].fails)


def facts(row):
    """A row without what differs from run to run: times, ports, and whether one hears an end or a reset."""
    return {
        "row": (row.student, row.state, row.reason, row.attempts),
        "verdicts": [(check["number"], check["verdict"]) for _lesson, check in row.checks()],
        "beliefs": [(lesson["belief"], lesson["notes"]) for lesson in row.lessons],
    }


def test_nothing_is_left(seen):
    """No process: who is left by those who die becomes a child of ours. So no port and no namespace either,

    for these live as long as a process that has them, or a mount of them. And no file.
    """
    assert seen.left == []
    mounts = Path("/proc/self/mountinfo").read_text()
    assert str(seen.place.folder) not in mounts and " nsfs " not in mounts
    assert seen.place.temporary_files() == []
    assert seen.changed == []
    for folder in ("/tmp", "/var/tmp", "/dev/shm", "/", "/run", "/home", ROOT):
        assert list(Path(folder).glob(f"{seen.stamp}*")) == []


def test_nobody_has_come_out(seen):
    assert seen.reached == []


# What is made of the rows.


def test_reports_hold_nothing_that_anybody_obeys(seen):
    """No control character, no element and no formula that came from a student."""
    files = [path for path in seen.place.grades.rglob("*") if path.is_file() and path.parent.name != "rows"]
    assert {"gradebook.csv", "junit.xml", "summary.md"} <= {path.name for path in files}
    for path in files:
        text = path.read_text("utf-8-sig")
        assert [char for char in text if is_obeyed(char)] == [], path
        assert path.suffix == ".json" or "<script>alert" not in text, path
        assert path.suffix != ".html" or "<b>" not in text
    for path in seen.place.grades.glob("*.csv"):
        lines = csv.reader(io.StringIO(path.read_text("utf-8-sig")))
        cells = [cell for line in lines for cell in line]
        assert [cell for cell in cells if cell.lstrip()[:1] in tuple("=+-@")] == [], path
    ElementTree.parse(seen.place.grades / "junit.xml")
    assert [char for char in seen.said if is_obeyed(char)] == []


def is_obeyed(char):
    return char not in "\n\r\t" and unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")


# The grader itself is killed.


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=["killed", "asked to end"])
def test_ended_in_the_middle_it_leaves_no_orphan_and_goes_on_where_it_was(sandboxed, number):
    with place() as where, adopting() as left:
        for name in ("a right", "b right"):
            write_with([], LESSON, where.hands_in / name / "01")
        for name in ("y hangs", "z hangs"):
            (where.hands_in / name).mkdir()
            (where.hands_in / name / "server.py").write_text("import time\ntime.sleep(1000)\n")
        process = where.start(LONGER)
        assert until(lambda: len(where.rows()) == 2 and running(left()) == 2, SAFETY)
        process.send_signal(number)
        process.communicate()
        assert until(lambda: not left(), GONE), left()
        before = {path: path.read_bytes() for path in where.grades.glob("rows/*.json")}
        assert len(before) == 2
        assert number == signal.SIGKILL or where.temporary_files() == []

        process = where.start(LONGER)
        said, errors = process.communicate(timeout=SAFETY)

        assert (process.returncode, errors) == (0, ""), said
        assert {path: path.read_bytes() for path in before} == before  # not graded again
        assert [len(passed(row)) for _name, row in sorted(where.rows().items())] == [13, 13, 0, 0]
        assert {row.attempts for row in where.rows().values()} == {1}
        assert left() == []


def test_one_that_takes_too_long_is_a_row_and_ended(sandboxed, monkeypatch):
    monkeypatch.setattr(engine, "WALL", 1)
    with place() as where, adopting() as left:
        work, rows = where.folder / "temporary", where.grades / "rows"
        for folder in (work / "submissions", where.hands_in / "hangs", rows):
            folder.mkdir(parents=True)
        (where.hands_in / "hangs" / "server.py").write_text("import time\ntime.sleep(1000)\n")
        submissions = collect(where.hands_in, work / "submissions")
        hand_over(work)

        (row,) = engine.Engine(engine.Plan((LESSON,), rows, patience=float(LONGER))).grade(submissions)

        assert (row.state, row.lessons) == (UNGRADED, [])
        assert row.reason == "The grader of this submission ended without a result, or took too long."
        assert until(lambda: not left(), GONE), left()


def running(processes):
    """How many of these are students' programs, and not a layer around them."""
    words = [words_of(process) for process in processes]
    return sum("/handed-in/server.py" in one and not one[0].endswith("bwrap") for one in words)


def words_of(process):
    with contextlib.suppress(psutil.Error):  # it has ended meanwhile
        return process.cmdline()
    return []


# Parts of the sandbox.


@pytest.mark.parametrize("name", ["leaves_its_family", "takes_over_the_first"])
def test_when_a_cage_is_ended_nothing_in_it_goes_on(sandboxed, tmp_path, name):
    shutil.copytree(ATTACKS / "08_daemons" / name, tmp_path / "program")
    (tmp_path / "program" / "told.json").write_text('{"stamp": "daemon"}')
    (tmp_path / "work" / "here").mkdir(parents=True)
    command = [sys.executable, "-B", str(tmp_path / "program" / "server.py")]
    path = {"PATH": os.environ["PATH"]}
    with adopting() as left, open(tmp_path / "said", "wb") as said:
        caged = cage.Caged(command, tmp_path / "program", tmp_path / "work", path, stdout=said, stderr=said)
        assert until(lambda: b"a daemon" in (tmp_path / "said").read_bytes(), SAFETY)
        caged.kill()
        caged.wait()
        assert until(lambda: not left(), GONE), left()


def test_a_machine_that_is_not_known_has_no_filter_of_system_calls(monkeypatch):
    assert len(cage.refusals()) % 8 == 0
    monkeypatch.setattr(platform, "machine", lambda: "pdp11")
    assert cage.refusals() == b""


def test_a_course_that_every_cage_would_show_is_refused(monkeypatch):
    """As when somebody makes the virtual environment in the folder of the course itself."""
    assert sandbox.seen_by_all() is None
    monkeypatch.setattr(sandbox, "prefixes", lambda: [str(ROOT)])
    assert sandbox.seen_by_all() == ROOT
