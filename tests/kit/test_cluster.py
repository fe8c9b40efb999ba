"""A class graded on a Dask cluster: a scheduler and two workers on this machine, who talk only TLS.

What needs no cluster is tested without one. Where Dask is not installed, or openssl is not there to make
certificates, the rest is skipped.
"""

import argparse
import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
from collections import Counter

import psutil
import pytest

from grader.classroom import cluster, sandbox
from grader.classroom.engine import Engine, Plan
from grader.classroom.rows import GRADED, UNGRADED, Student
from grader.classroom.submissions import Submission
from grader.lessons import Lesson, WrongUse
from tests.kit.support import ROOT, SAFETY, until

try:
    import distributed
except ImportError:
    distributed = None
WHY_NOT = "" if distributed else "needs Dask: pip install -r requirements-cluster.txt"
needs_dask = pytest.mark.skipif(not distributed, reason=WHY_NOT)
if not WHY_NOT and not shutil.which("openssl"):
    WHY_NOT = "needs openssl, to make certificates"
needs_all = pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)

CONNECT = 2  # seconds in which nobody answers
ALERT = b"\x15"  # the type of a TLS record that says what was wrong (RFC 8446, section 5.1)
RIGHT = (ROOT / "solutions/01/server.py").read_text("utf-8")
SILENT = "raise SystemExit(3)\n"
# Without a sandbox a program can reach the worker: it is the parent of the grader, which is its own parent.
POISON = """
import os, signal

def parent(pid):
    return int(open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[1])

os.kill(parent(os.getppid()), signal.SIGKILL)
"""


class Cluster:
    """A scheduler and workers, each a process of its own; `folder` holds all that they write."""

    def __init__(self, folder):
        self.folder, self.temporary = folder, folder / "temporary"
        self.temporary.mkdir()
        self.files = certificate(folder, "ours")
        self.processes = []

    def start(self):
        self._start("scheduler", "--port", "0", "--scheduler-file", str(self.folder / "scheduler.json"))
        assert until(self._find_address, SAFETY)

    def _find_address(self):
        """Whether the scheduler has said where it listens; its file may not be whole yet."""
        with contextlib.suppress(OSError, ValueError):
            self.address = json.loads((self.folder / "scheduler.json").read_text("utf-8"))["address"]
            return True

    def worker(self):
        """One more worker and the nanny that starts it again; the nanny."""
        return self._start("worker", self.address, "--nthreads", "1")

    def _start(self, what, *words):
        options = ["--host", "127.0.0.1", "--no-dashboard", "--dashboard-address", "127.0.0.1:0"]
        options += ["--protocol", "tls", "--tls-ca-file", str(self.files[0])]
        options += ["--tls-cert", str(self.files[1]), "--tls-key", str(self.files[2])]
        command = [sys.executable, "-m", "dask", what, *words, *options]
        environment = os.environ | {"TMPDIR": str(self.temporary), "PYTHONPATH": str(ROOT)}
        environment |= {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "2"}
        with open(self.folder / f"{what}.log", "a") as log:
            started = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        self.processes.append(started)
        return started

    def security(self):
        return cluster.security(self.address, *self.files)

    def engine(self, rows, lesson="01", caged=False, **more):
        plan = Plan((Lesson(lesson),), rows, jobs=1, is_caged=caged)
        return cluster.ClusterEngine(plan, self.address, self.security(), **more)

    def graders(self):
        """Those that run on its workers now."""
        return [p for p in self.left_behind() if "grader.classroom.one" in p.cmdline()]

    def workers(self):
        with self.client() as client:
            return len(client.nthreads())

    def client(self):
        return distributed.Client(self.address, security=self.security(), set_as_default=False)

    def stop(self):
        for process in reversed(self.processes):
            end_with_children(process)

    def left_behind(self):
        return [process for process in psutil.process_iter() if self._is_ours(process)]

    def _is_ours(self, process):
        with contextlib.suppress(psutil.Error, OSError):  # another user's; ended
            return process.environ().get("TMPDIR") == str(self.temporary)
        return False


def end_with_children(process):
    """As when a machine is lost: nobody in it gets to say anything."""
    with contextlib.suppress(psutil.Error):
        for child in [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]:
            with contextlib.suppress(psutil.Error):
                child.kill()
    process.wait()


def certificate(folder, name):
    """A certificate that is its own authority, and its key, made with openssl: (ca, cert, key)."""
    cert, key = folder / f"{name}.pem", folder / f"{name}.key"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=dask".split()
    subprocess.run([*command, "-keyout", str(key), "-out", str(cert)], check=True, capture_output=True)
    return cert, cert, key


@contextlib.contextmanager
def a_cluster(folder, workers):
    """A cluster; when it has been ended, no process of it is left, and so no port."""
    running = Cluster(folder)
    try:
        running.start()
        for _ in range(workers):
            running.worker()
        assert until(lambda: running.workers() == workers, SAFETY)
        yield running
    finally:
        running.stop()
    assert until(lambda: not running.left_behind(), SAFETY), running.left_behind()


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """A cluster of two workers, for all tests that leave it as it was."""
    if WHY_NOT:
        pytest.skip(WHY_NOT)
    with a_cluster(tmp_path_factory.mktemp("cluster"), workers=2) as running:
        yield running


def handed_in(folder, texts):
    """A class: submissions of lesson 01, by key."""
    for key, text in texts.items():
        (folder / key / "01").mkdir(parents=True)
        (folder / key / "01" / "server.py").write_text(text, "utf-8")
    return [Submission(Student(key), folder / key) for key in texts]


def noting(texts, folder):
    """The same programs, each of which notes down the grader that runs it, as a file in the folder."""
    folder.mkdir()
    line = "import os; open(f'{folder}/{key}={{os.getppid()}}', 'w').close()\n"
    return {key: line.format(folder=folder, key=key) + text for key, text in texts.items()}


def runs(folder):
    """How often each submission was graded: how many graders have noted their number."""
    return Counter(path.name.partition("=")[0] for path in folder.iterdir())


class Seen:
    """Who has got a row, in order of arrival, and whether it was graded now."""

    def __init__(self, then=lambda count: None):
        self.keys, self.new, self._then = [], [], then

    def __call__(self, row, is_new):
        self.keys.append(row.student.key)
        self.new.append(is_new)
        self._then(len(self.keys))


@pytest.fixture
def rows(tmp_path):
    folder = tmp_path / "rows"
    folder.mkdir()
    return folder


RIGHT_AND_SILENT = {f"right{n}": RIGHT for n in range(4)} | {f"silent{n}": SILENT for n in range(4)}


def passed(found):
    """How many checks each has passed, or why there is none."""
    return {row.student.key: row.passed() if row.lessons else row.reason for row in found}


def test_class(two, rows, tmp_path):
    """Every row as on one machine, each once; and what is there is not graded again, here nor there."""
    class_ = handed_in(tmp_path / "class", RIGHT_AND_SILENT)
    class_ += [Submission(Student("lost"), None, "It is no archive.")]
    seen = Seen()
    found = two.engine(rows, on_row=seen).grade(class_)
    assert [row.student.key for row in found] == [one.student.key for one in class_]
    assert passed(found) == passed(alone(class_, tmp_path))
    assert sorted(seen.keys) == sorted(row.student.key for row in found) and all(seen.new)
    again = Seen()
    assert two.engine(rows, on_row=again).grade(class_) == found and not any(again.new)
    Engine(Plan((Lesson("01"),), rows, is_caged=False), here := Seen()).grade(class_)
    assert not any(here.new)


def alone(class_, folder):
    """The rows that this machine gives without a cluster."""
    (folder / "alone").mkdir()
    return Engine(Plan((Lesson("01"),), folder / "alone", is_caged=False)).grade(class_)


def test_lost_worker(two, rows, tmp_path):
    """`kill -9` of a worker and its nanny in the middle: all rows; what it had in hand runs again."""
    notes = tmp_path / "notes"
    class_ = handed_in(tmp_path / "class", noting(RIGHT_AND_SILENT, notes))
    third = two.worker()
    assert until(lambda: two.workers() == 3, SAFETY)
    seen = Seen(lambda count: end_with_children(third) if count == 2 else None)
    found = two.engine(rows, on_row=seen).grade(class_)
    assert [row.state for row in found] == [GRADED] * len(class_)
    assert sorted(seen.keys) == sorted(RIGHT_AND_SILENT)
    assert max(runs(notes).values()) <= 2 and sum(runs(notes).values()) <= len(class_) + 1
    assert [runs(notes)[key] for key in seen.keys[:2]] == [1, 1]
    assert until(lambda: two.workers() == 2, SAFETY)


def test_who_kills_workers(two, rows, tmp_path):
    """A submission that ends three workers gets a row that says so; the others get theirs."""
    class_ = handed_in(tmp_path / "class", {"poison": POISON, "right0": RIGHT, "right1": RIGHT})
    found = two.engine(rows).grade(class_)
    assert [row.state for row in found] == [UNGRADED, GRADED, GRADED]
    assert found[0].reason == "3 workers in turn were lost while they graded this, so it was given up."
    assert until(lambda: two.workers() == 2, SAFETY)


def test_stopped(two, rows, tmp_path):
    """Ctrl-C ends what runs on the workers; the same command goes on where it was."""
    class_ = handed_in(tmp_path / "class", {"silent": SILENT, "right0": RIGHT, "right1": RIGHT})

    def interrupt(count):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        two.engine(rows, on_row=Seen(interrupt)).grade(class_)
    assert until(lambda: not two.graders(), SAFETY)
    assert [path.name for path in rows.iterdir()] == ["silent.json"]
    seen = Seen()
    assert [row.state for row in two.engine(rows, on_row=seen).grade(class_)] == [GRADED] * 3
    assert dict(zip(seen.keys, seen.new, strict=True)) == {"silent": False, "right0": True, "right1": True}


def test_in_the_sandbox(two, rows, tmp_path):
    """A worker keeps programs in as this machine does."""
    try:
        sandbox.probe(tmp_path)
    except WrongUse as wrong:
        pytest.skip(str(wrong))
    [row] = two.engine(rows, caged=True).grade(handed_in(tmp_path / "class", {"right": RIGHT}))
    assert row.state == GRADED and row.passed() == len(row.checks())


def test_another_kit(two, rows, tmp_path):
    engine = two.engine(rows)
    engine.kit = "that of last year"
    with pytest.raises(WrongUse, match="cannot grade: The kit on this worker is not the one"):
        engine.grade(handed_in(tmp_path / "class", {"right": RIGHT}))


def test_plain_client(two):
    """Who talks plain TCP is refused, and hears nothing but, perhaps, that TLS was due."""
    plain = two.address.replace("tls://", "tcp://")
    with pytest.raises(OSError):
        distributed.Client(plain, timeout=CONNECT)
    with pytest.raises(WrongUse, match="begins with tls://"):
        cluster.ClusterEngine(Plan((Lesson("01"),), None), plain, two.security())
    assert said_to_plain_words(two.address) in (b"", ALERT)


def said_to_plain_words(address):
    host, port = address.removeprefix("tls://").rsplit(":", 1)
    heard = b""
    with socket.create_connection((host, int(port)), SAFETY) as plain, contextlib.suppress(ConnectionError):
        plain.sendall(b"hello\n" * 100)
        while data := plain.recv(4096):
            heard += data
    return heard[: len(ALERT)]


def test_stranger(two, rows, tmp_path):
    """Who has a certificate of another authority is refused."""
    security = cluster.security(two.address, *certificate(tmp_path, "theirs"))
    engine = cluster.ClusterEngine(Plan((Lesson("01"),), rows), two.address, security)
    with pytest.raises(WrongUse, match="No scheduler answers at tls://"):
        engine.grade([])


@needs_all
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # Dask leaves a comm open
def test_lost_scheduler(rows, tmp_path):
    """Nobody waits for ever: the rows that were not reached say why, and are graded by the next run."""
    with a_cluster(tmp_path, workers=1) as one:
        class_ = handed_in(tmp_path / "class", {f"silent{n}": SILENT for n in range(4)})
        seen = Seen(lambda count: end_with_children(one.processes[0]) if count == 1 else None)
        found = {row.student.key: row for row in one.engine(rows, on_row=seen).grade(class_)}
    assert found[seen.keys[0]].state == GRADED
    assert [found[key].state for key in seen.keys[2:]] == [UNGRADED] * 2
    assert found[seen.keys[-1]].reason.startswith("The cluster could not grade it: ")


@needs_all
def test_no_worker(rows, tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "FIRST_WORKER", 0.5)
    with a_cluster(tmp_path, workers=0) as none, pytest.raises(WrongUse, match="has no worker"):
        none.engine(rows).grade([])


# without a cluster


class Deaf:
    """A client of Dask whose attempt to connect again came to nothing, unnoticed by itself."""

    status, scheduler_comm = "connecting", None

    def add_done_callback(self, callback):
        """Nor is it ever called: this is the future, too."""


def test_a_scheduler_that_is_lost_without_a_word(monkeypatch):
    monkeypatch.setattr(cluster, "LOOK", 0.01)
    monkeypatch.setattr(cluster, "LOST", 0.05)
    with pytest.raises(OSError, match="the scheduler was lost"):
        cluster.result_of(Deaf(), Deaf())


def given(words):
    parser = argparse.ArgumentParser()
    cluster.add_arguments(parser)
    return parser.parse_args(words.split())


def refusal(words):
    with pytest.raises(WrongUse) as wrong:
        cluster.engine(given(words))
    return str(wrong.value)


def test_no_scheduler(tmp_path):
    assert cluster.engine(given("")) is Engine
    assert refusal("--tls-ca ca.pem").startswith("Certificates are for a cluster: say --scheduler")


@needs_dask
def test_wrong_use(tmp_path, monkeypatch):
    """Each thing that is missing has its own sentence."""
    monkeypatch.chdir(tmp_path)
    assert refusal("--scheduler tcp://127.0.0.1:8786").startswith(
        "The address of a scheduler begins with tls"
    )
    at = "--scheduler tls://127.0.0.1:8786"
    assert refusal(at) == "A cluster needs certificates: --tls-ca is missing."
    assert refusal(f"{at} --tls-ca ca.pem") == "There is no file ca.pem (--tls-ca)."
    for name in ("ca.pem", "cert.pem", "key.pem"):
        (tmp_path / name).write_text("no certificate", "utf-8")
    assert refusal(f"{at} --tls-ca ca.pem") == "A cluster needs certificates: --tls-cert is missing."
    three = "--tls-ca ca.pem --tls-cert cert.pem --tls-key key.pem"
    assert refusal(f"{at} {three}").startswith("The certificates for the cluster cannot be used: ")


def test_dask_is_not_installed(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    files = []
    for name in ("ca", "cert", "key"):
        files.append(tmp_path / name)
        files[-1].touch()
    with pytest.raises(WrongUse, match=r"pip install -r requirements-cluster\.txt"):
        cluster.security("tls://127.0.0.1:8786", *files)
