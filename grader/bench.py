"""For authors: measures what design promises of speed, as ratios within one run.

    python -m grader.bench [--lessons 01-03] [--rounds 9]
    python -m grader.bench chat [--listeners 10 100 400] [--seconds 2] [--rounds 3] [--plot FILE.svg]

The bare floor is a plain pytest file with as many tests as the lesson has checks, each of which starts
a Python that answers one caller, connects, exchanges one message, and ends it.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from grader import bench_chat
from grader.lessons import ROOT, choose

BARE = "PYTEST_DISABLE_PLUGIN_AUTOLOAD"  # or the floor would pay for Jupyter's plugins
RATIO, SECONDS, HANGING = 2.0, 1.5, 5.0  # the budgets
LONG, LONG_SECONDS = ("09", "10"), 12.0  # lessons in which megabytes and deadlines take their time
ECHO = """\
import socket
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
conn, _ = listener.accept()
conn.sendall(conn.recv(100))
conn.recv(100)
"""
FLOOR = """\
import pathlib, socket, subprocess, sys
import pytest

@pytest.mark.parametrize("number", range({count}))
def test_echo(number):
    echo = pathlib.Path(__file__).with_name("echo.py")
    program = subprocess.Popen([sys.executable, str(echo)], stdout=subprocess.PIPE)
    with program, socket.create_connection(("127.0.0.1", int(program.stdout.readline()))) as caller:
        caller.sendall(b"ping")
        assert caller.recv(100) == b"ping"
        program.kill()
"""
HANGS = {
    "server.py": {
        "never says where it listens": "import time\ntime.sleep(1000)\n",
        "listens and never answers": (
            'import socket, time\nlistener = socket.create_server(("127.0.0.1", 0))\n'
            'print("listening on {}:{}".format(*listener.getsockname()), flush=True)\ntime.sleep(1000)\n'
        ),
    },
    "client.py": {
        "never connects": "import time\ntime.sleep(1000)\n",
        "connects and does nothing": (
            "import socket, sys, time\n"
            "conn = socket.create_connection((sys.argv[1], int(sys.argv[2])))\ntime.sleep(1000)\n"
        ),
    },
}


def seconds(command):
    began = time.perf_counter()
    quiet = subprocess.DEVNULL
    env = os.environ | {BARE: "1"}
    env.pop("PYTHONDONTWRITEBYTECODE", None)  # a student's Python keeps what it has compiled
    subprocess.run(command, cwd=ROOT, stdout=quiet, stderr=quiet, env=env)
    return time.perf_counter() - began


def checker(lesson, program):
    return [sys.executable, "checker.py", lesson.number, "--program", str(program)]


def measure(lesson, folder, rounds):
    """Medians of a passing lesson and of its floor, in turns, so that both meet the same machine."""
    (folder / "echo.py").write_text(ECHO, "utf-8")
    count = lesson.checks.read_text("utf-8").count("\ndef test_")
    (folder / "test_floor.py").write_text(FLOOR.format(count=count), "utf-8")
    floor = [sys.executable, "-m", "pytest", "-q", "-c", os.devnull, str(folder / "test_floor.py")]
    times = [(seconds(checker(lesson, lesson.solution)), seconds(floor)) for _ in range(rounds)]
    return [statistics.median(column) for column in zip(*times, strict=True)]


def row(what, value, budget, unit=""):
    mark = "holds" if value <= budget else "BROKEN"
    print(f"{what:<58}{value:6.2f} {unit:<2} at most {budget:.1f}   {mark}", flush=True)
    return value <= budget


def main():
    parser = argparse.ArgumentParser(prog="python -m grader.bench", description=__doc__.partition("\n")[0])
    parser.add_argument("what", nargs="?", choices=["lessons", "chat"], default="lessons")
    parser.add_argument("--lessons", nargs="+", default=["all"])
    parser.add_argument("--rounds", type=int, help="9 for lessons, 3 for the chat")
    parser.add_argument("--listeners", nargs="+", type=int, default=[10, 100, 400])
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--plot", metavar="FILE.svg")
    given = parser.parse_args()
    if given.what == "chat":
        return bench_chat.main(given.listeners, given.seconds, given.rounds or 3, given.plot)
    return lessons(given.lessons, given.rounds or 9)


def lessons(chosen, rounds):
    """Each lesson against its budgets; the exit code."""
    held = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for lesson in choose(chosen):
            passing, floor = measure(lesson, folder, rounds)
            is_long = lesson.number in LONG
            if not is_long:
                what = f"lesson {lesson.number} passing / bare floor of {floor:.2f} s"
                held.append(row(what, passing / floor, RATIO))
            budget = LONG_SECONDS if is_long else SECONDS
            held.append(row(f"lesson {lesson.number} passing", passing, budget, "s"))
            for what, program in HANGS[lesson.entry].items():
                (folder / lesson.entry).write_text(program, "utf-8")
                hanging = statistics.median(seconds(checker(lesson, folder)) for _ in range(min(3, rounds)))
                held.append(row(f"lesson {lesson.number}, a program that {what}", hanging, HANGING, "s"))
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
