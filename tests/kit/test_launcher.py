"""The launcher: small pieces, schedules and stacks, each seen at work; and that it changes nothing else."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from grader import program
from grader.program import LAUNCHER
from grader.stacks import read_stacks

PIECES = """\
import socket
one, other = socket.socketpair()
print(one.send(b"123456"))
one.sendall(b"789abcdefg")
print(other.recv(100), other.recv(100))
into = bytearray(10)
print(other.recv_into(into))
"""
RACE = """\
import threading
taken, twice = {}, 0
def claim(name):
    global twice
    if name not in taken:
        me = threading.current_thread()
        taken[name] = taken.get(name, 0) + 1
for name in range(60):
    threads = [threading.Thread(target=claim, args=(name,)) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
print(sum(count > 1 for count in taken.values()))
"""
PLAIN = """\
import helper, sys
print(__name__, sys.argv[1:], helper.NAME, __file__ == sys.argv[0])
exit(3)
"""
FAILS_IN_A_THREAD = """\
import threading
def work():
    raise ValueError("привет")
thread = threading.Thread(target=work)
thread.start()
thread.join()
1 / 0
"""
THREADS_AT_THE_END = """\
import threading, time
done, never = threading.Event(), threading.Event()
threading.Thread(target=done.set, name="is done").start()
threading.Thread(target=lambda: time.sleep(1), name="goes on").start()
threading.Thread(target=never.wait, name="is cut off", daemon=True).start()
done.wait()
"""


def launch(folder, text, *, pieces="0", schedule="-", parts="0"):
    entry = folder / "server.py"
    entry.write_text(text, "utf-8")
    code = LAUNCHER.format(folder=str(Path(program.__file__).parent))
    command = [sys.executable, "-E", "-B", "-X", "utf8", "-c", code, str(folder), pieces, schedule, parts]
    return subprocess.run(
        [*command, "nothing", "0", str(entry), "127.0.0.1", "0"],
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )


def test_a_program_runs_as_if_it_had_been_started_by_itself(tmp_path):
    (tmp_path / "helper.py").write_text('NAME = "own module"\n', "utf-8")
    done = launch(tmp_path, PLAIN)
    assert done.stdout == "__main__ ['127.0.0.1', '0'] own module True\n"
    assert done.returncode == 3


def test_small_pieces(tmp_path):
    """send takes 2 bytes, recv gives 3; sendall, which loops in C, sends all."""
    done = launch(tmp_path, PIECES, pieces="1")
    assert done.stdout.splitlines() == ["2", "b'127' b'89a'", "3"]


def test_a_schedule_lets_another_thread_come_between_two_lines(tmp_path):
    """Check, then act: plain it hardly ever goes wrong, and with a schedule nearly always in some rounds."""
    assert int(launch(tmp_path, RACE, schedule="5").stdout) > 0


def test_crashes_are_written_down_with_the_students_lines_only(tmp_path):
    done = launch(tmp_path, FAILS_IN_A_THREAD)
    crashes = [json.loads(line) for line in (tmp_path / "crashes").read_text("utf-8").splitlines()]
    assert [(c["type"], c["message"], c["frames"][-1][1]) for c in crashes] == [
        ("ValueError", "привет", 3),
        ("ZeroDivisionError", "division by zero", 7),
    ]
    assert "launcher.py" not in done.stderr.rpartition("Traceback")[2]


def test_threads_that_are_at_work_when_the_main_one_is_done_are_written_down(tmp_path):
    launch(tmp_path, THREADS_AT_THE_END)
    assert sorted((tmp_path / "threads").read_text("utf-8").splitlines()) == ["goes on", "is cut off"]


@pytest.mark.parametrize("daemon, written", [(True, "is cut off\n"), (False, "")])
def test_a_thread_gets_a_moment_to_end_where_python_would_wait_for_it_anyway(tmp_path, daemon, written):
    text = (
        "import threading, time\n"
        f"threading.Thread(target=time.sleep, args=(0.01,), name='is cut off', daemon={daemon}).start()\n"
    )
    launch(tmp_path, text)
    assert (tmp_path / "threads").read_text("utf-8") == written


@pytest.mark.skipif(not hasattr(signal, "SIGUSR1"), reason="Windows has no SIGUSR1; it dumps twice a second")
def test_stacks_are_written_on_a_signal(tmp_path):
    text = (
        "import os, signal, sys\n"
        "def here():\n"
        "    os.kill(os.getpid(), signal.SIGUSR1)\n"
        "here()\n"
    )  # fmt: skip
    launch(tmp_path, text)
    (stack,) = read_stacks((tmp_path / "stacks").read_text("utf-8"))
    assert [(frame.line, frame.function) for frame in stack.frames[:2]] == [(3, "here"), (4, "<module>")]


def test_stacks_are_read_with_and_without_the_names_of_threads():
    text = (
        "Thread 0x00007f (most recent call first):\n"
        '  File "/a/server.py", line 7 in serve\n'
        "\n"
        "Current thread 0x00007e [MainThread] (most recent call first):\n"
        '  File "/a/server.py", line 9 in main\n'
    )
    stacks = read_stacks(text)
    assert [(stack.name, stack.frames[0].line) for stack in stacks] == [("", 7), ("MainThread", 9)]
