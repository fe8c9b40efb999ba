"""What is known of a student's progress survives two checkers, a kill, a full disk and a read-only folder."""

import json
import os
import signal
import subprocess
import sys

import pytest

from grader.desk import progress
from grader.desk.progress import NotKept, Standing
from grader.lessons import Lesson
from grader.results import FAILED, INCONCLUSIVE, PASSED, Check, Results
from tests.kit.support import ROOT, SAFETY, posix_only

SECOND = """\
import os, sys
sys.path.insert(0, {root!r})
from grader.desk import progress
from grader.lessons import Lesson

"""
MANY = 100


def results(lesson="03", program=None, **verdicts):
    checks = [Check(n, name, "", verdict=verdict) for n, (name, verdict) in enumerate(verdicts.items(), 1)]
    return Results(lesson, "", program or f"lessons/{lesson}", 0, 2.0, checks)


def run(code, **options):
    code = SECOND.format(root=str(ROOT)) + code
    return subprocess.Popen([sys.executable, "-c", code], text=True, **options)


def test_what_passes_for_the_first_time_is_new():
    assert progress.record(results(one=PASSED)) == 0  # never seen to fail
    assert progress.record(results(one=PASSED, two=FAILED)) == 0
    assert progress.record(results(one=PASSED, two=PASSED)) == 1
    assert progress.record(results(one=PASSED, two=PASSED)) == 0


def test_what_could_not_be_told_stays_what_it_was():
    progress.record(results(one=PASSED, two=FAILED))
    progress.record(results(one=INCONCLUSIVE, two=FAILED))

    assert progress.read()["03"].verdicts == {"one": PASSED, "two": FAILED}


def test_one_check_leaves_the_others_as_they_were():
    progress.record(results(one=FAILED, two=FAILED))

    assert progress.record(results(two=PASSED)) == 1
    assert progress.read()["03"].verdicts == {"one": FAILED, "two": PASSED}


def test_another_program_is_not_the_students_progress():
    assert progress.record(results(program="solutions/03", one=PASSED)) is None
    assert progress.read() == {}


def test_hints_begin_anew_when_the_check_has_passed():
    assert [progress.hint_given(Lesson("03"), "one") for _ in range(2)] == [1, 2]
    progress.record(results(one=PASSED))
    assert progress.hint_given(Lesson("03"), "one") == 1


def test_two_checkers_at_once_lose_nothing():
    code = f"for _ in range({MANY}): progress.hint_given(Lesson('03'), sys.argv[1])"
    code = SECOND.format(root=str(ROOT)) + code
    both = [subprocess.Popen([sys.executable, "-c", code, name]) for name in ("one", "two")]
    while any(process.poll() is None for process in both):
        assert progress.parsed(progress.text_of(progress.file())) is not None  # whole, whenever one looks

    assert progress.read()["03"].hints == {"one": MANY, "two": MANY}


@posix_only
@pytest.mark.parametrize("function", ["os.fsync", "progress.Path.replace"])
def test_a_kill_in_the_middle_of_a_write_leaves_what_was_there(function):
    progress.record(results(one=PASSED))
    known = progress.file().read_text("utf-8")
    code = f"{function} = lambda *_: os.kill(os.getpid(), 9)\nprogress.hint_given(Lesson('03'), 'one')"
    with run(code) as process:
        assert process.wait(SAFETY) == -signal.SIGKILL

    assert progress.file().read_text("utf-8") == known
    assert progress.hint_given(Lesson("03"), "one") == 1  # and what it left is in nobody's way


@posix_only
def test_a_full_disk_leaves_what_was_there(full_disk, monkeypatch):
    monkeypatch.setenv(progress.ELSEWHERE, str(full_disk.folder / "progress.json"))
    progress.record(results(one=PASSED))
    full_disk.fill()

    with pytest.raises(NotKept, match="No space left on device"):
        progress.record(results(**{f"check_{number}": PASSED for number in range(500)}))

    assert progress.read()["03"].verdicts == {"one": PASSED}
    assert not list(full_disk.folder.glob("*.new"))


@posix_only
def test_a_folder_that_is_read_only_is_said_and_the_rest_goes_on(monkeypatch):
    monkeypatch.setenv(progress.ELSEWHERE, "/proc/progress.json")  # not even root may write there
    checked = results(one=PASSED)

    progress.note(checked)

    assert [note.partition(":")[0] for note in checked.notes] == ["Your progress is not kept"]
    assert progress.read() == {}


@pytest.mark.parametrize(
    "text", ["half a fi", "[]", '{"version": 99, "lessons": {}}', '{"version": 1}', "\x00"]
)
def test_a_file_that_is_not_ours_is_kept_aside(text):
    progress.file().write_text(text, "utf-8")

    assert progress.read() == {}
    progress.record(results(one=PASSED))

    assert progress.read()["03"] == Standing({"one": PASSED}, 0, progress.read()["03"].when, {})
    assert progress.file().with_name("progress.json.unreadable").read_text("utf-8") == text


def test_it_is_plain_json_that_says_its_version():
    progress.record(results(one=PASSED))
    assert json.loads(progress.file().read_text("utf-8"))["version"] == progress.VERSION


@pytest.fixture
def full_disk(tmp_path):
    """A file system of 64 KiB of our own, which can be filled."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("needs the right to mount a small file system")
    yield Disk(folder)
    subprocess.run(["umount", str(folder)], check=True)


class Disk:
    """A small file system."""

    def __init__(self, folder):
        self.folder = folder

    def fill(self):
        """Until nothing more goes in."""
        with pytest.raises(OSError), open(self.folder / "filler", "wb", buffering=0) as file:
            while True:
                file.write(bytes(1024))
