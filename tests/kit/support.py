"""What the tests of the checker's promises share: a desk with a small program on it, and the real command."""

import contextlib
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).resolve().parents[2]
SAFETY = 60  # seconds after which a test gives up; no test depends on how long the checker takes
posix_only = pytest.mark.skipif(os.name != "posix", reason="needs fork, sessions and signals of POSIX")

# What the small programs have in common. `tell` lets the test go on: see Desk.waits_for_program.
OPENING = """\
import contextlib, os, re, shutil, signal, socket, sys, threading, time

listener = socket.create_server((sys.argv[1], int(sys.argv[2])))
port = listener.getsockname()[1]

def say(port=port):
    print(f"listening on 127.0.0.1:{port}", flush=True)

def echo(conn):
    with conn, contextlib.suppress(OSError):
        while data := conn.recv(4096):
            conn.sendall(data)

def serve():
    while True:
        echo(listener.accept()[0])

def tell():
    open(os.path.join(os.environ["TMPDIR"], "told"), "w").close()

"""


@dataclass
class Outcome:
    """How a run of the command ended, and what it said."""

    code: int
    text: str
    errors: str

    def says(self, sentence):
        """Whether this is a whole line of the report; ports are written PORT."""
        lines = re.sub(r"\b\d{4,5}\b", "PORT", self.text).splitlines()
        return re.sub(r"\b\d{4,5}\b", "PORT", sentence) in [line.strip() for line in lines]


class Desk:
    """A folder with a program, and beside it one for temporary files that only this test's processes use."""

    def __init__(self, folder):
        self.program, self.temporary = folder / "program", folder / "temporary"
        self.program.mkdir()
        self.temporary.mkdir()
        self.server = self.program / "server.py"

    def put(self, text, opening=OPENING):
        self.server.write_text(opening + text, "utf-8")

    def place(self, text):
        """Where this line of the program stands, as a report says it."""
        lines = [line.strip() for line in self.server.read_text("utf-8").splitlines()]
        assert lines.count(text) == 1
        return f"{self.server}:{lines.index(text) + 1}   {text}"

    def command(self, *words):
        return [sys.executable, str(ROOT / "checker.py"), *words, "--seed", "7"]

    def start(self, command):
        temporary = str(self.temporary)
        environment = os.environ | {"TMPDIR": temporary, "PYTHONUTF8": "1"}
        pipe = subprocess.PIPE
        return subprocess.Popen(
            command,
            cwd=self.temporary,
            env=environment,
            stdout=pipe,
            stderr=pipe,
            text=True,
            encoding="utf-8",
        )

    def run(self, *words):
        return self.outcome(self.start(self.command(*words)))

    def check(self, lesson="01"):
        return self.run(lesson, "--program", str(self.program))

    def outcome(self, process):
        text, errors = process.communicate(timeout=SAFETY)
        return Outcome(process.returncode, text, errors)

    def waits_for_program(self):
        """Until the program has called `tell`."""
        assert until((self.temporary / "told").exists, SAFETY)

    def left_behind(self):
        """Processes of this test that live (only they could hold a port), and folders of the checker's."""
        living = [process for process in psutil.process_iter() if self._is_ours(process)]
        return [*living, *self.temporary.glob("echo-to-chat-*")]

    def _is_ours(self, process):
        with contextlib.suppress(psutil.Error, OSError):  # another user's; ended
            return process.environ().get("TMPDIR") == str(self.temporary)
        return False


def until(true, seconds):
    """Whether it came true within so many seconds; for what the system has no event for."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.005)
    return True
