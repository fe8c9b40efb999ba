"""The commands in lesson pages: runs them again and compares what they print with what the page shows.

    python tests/kit/pages.py lessons/01/README.md            what differs
    python tests/kit/pages.py lessons/01/README.md --write    puts today's output into the page

In a block marked `console`, a line that begins with `$ ` is a command and the lines after it are its
output; `…` alone on a line stands for any lines. In a block marked `console first-terminal` the command
goes on running until the next such block or the end of the page.
"""

import contextlib
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```console( first-terminal)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LEFT_OUT = re.compile(r"(?m)^ *…$\n?")
PATIENCE = 60  # seconds for one command
VARYING = [
    (re.compile(r" *\d+ ms\b"), " N ms"),
    (re.compile(r"\('127\.0\.0\.1', \d+\)"), "('127.0.0.1', PORT)"),
    (re.compile(r"\[Errno \d+\]"), "[Errno N]"),
    (re.compile(re.escape(f"{ROOT}{os.sep}")), ""),
]


@dataclass
class Step:
    """One command of a page, the output that the page shows, and whether it stays on."""

    command: str
    shown: str
    stays: bool
    span: tuple  # where the output stands in the page's text


def steps(text):
    """All commands of a page, in order."""
    for block in BLOCK.finditer(text):
        commands = list(re.finditer(r"^\$ (.*)\n", block[2], re.MULTILINE))
        ends = [command.start() for command in commands[1:]] + [len(block[2])]
        for command, end in zip(commands, ends, strict=True):
            span = (block.start(2) + command.end(), block.start(2) + end)
            yield Step(command[1], text[slice(*span)], bool(block[1]), span)


class Terminal:
    """Runs a page's commands; use it in a `with` block, which ends what is still running."""

    def __init__(self):
        self._staying, self._home = None, tempfile.TemporaryDirectory()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._stop()
        self._home.cleanup()

    def _stop(self):
        if self._staying:
            with contextlib.suppress(ProcessLookupError, PermissionError):  # it may have ended by itself
                os.killpg(self._staying.pid, signal.SIGKILL)
            self._staying.wait()
            self._staying.stdout.close()
            self._staying = None

    def run(self, step):
        """What the command prints, both streams; of one that stays, as many lines as the page shows."""
        environment = {**os.environ, "NO_COLOR": "1", "COLUMNS": "120", "PYTHONDONTWRITEBYTECODE": "1"}
        environment |= {"ECHO_TO_CHAT_PROGRESS": f"{self._home.name}/progress.json", "LANGUAGE": "en"}
        environment["PATH"] = f"{python_folder()}{os.pathsep}{environment['PATH']}"
        options = {"shell": True, "cwd": ROOT, "env": environment, "text": True, "encoding": "utf-8"}
        if not step.stays:
            return self._finish(step.command, options)
        self._stop()
        wait_for_port()
        self._staying = subprocess.Popen(
            step.command, stdout=-1, stderr=subprocess.STDOUT, start_new_session=True, **options
        )
        alarm = threading.Timer(PATIENCE, self._stop)
        alarm.start()
        lines = max(1, len(step.shown.splitlines()))
        printed = "".join(self._staying.stdout.readline() for _ in range(lines))
        alarm.cancel()
        return printed

    def _finish(self, command, options):
        """What it prints until it ends; one that does not is ended with all that it started."""
        options |= {"stdout": -1, "stderr": subprocess.STDOUT, "start_new_session": True}
        with subprocess.Popen(command, **options) as process:
            try:
                return process.communicate(timeout=PATIENCE)[0]
            finally:
                with contextlib.suppress(ProcessLookupError, PermissionError):  # it has ended
                    os.killpg(process.pid, signal.SIGKILL)


def wait_for_port(number=12413):
    """Until a program that does not set SO_REUSEADDR can have the port: the last one may be in TIME_WAIT."""
    deadline = time.monotonic() + 90
    while True:
        try:
            with socket.socket() as probe:
                return probe.bind(("127.0.0.1", number))
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)


def python_folder():
    """A folder where `python` is this very interpreter."""
    folder = Path(tempfile.gettempdir()) / f"python-{sys.version_info[0]}.{sys.version_info[1]}-{os.getpid()}"
    folder.mkdir(exist_ok=True)
    script = folder / "python"
    script.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n', "utf-8")
    script.chmod(0o755)
    return folder


def settled(text):
    """The rows of lanes in it, counted, and the other lines as a text; both without what differs from run
    to run: times, a caller's port, numbers of errors, and who hears first what two people hear.
    """
    for pattern, constant in VARYING:
        text = pattern.sub(constant, text)
    lines = [line.rstrip() for line in text.strip("\n").splitlines()]
    rows = [line for line in lines if line.startswith(" N ms")]
    return Counter(rows), "\n".join(line for line in lines if line not in rows) + "\n"


def agrees(shown, printed):
    """Whether the page shows what was printed; `…` alone on a line stands for any lines."""
    (shown_rows, shown), (printed_rows, printed) = settled(shown), settled(printed)
    parts = [re.escape(part) for part in re.split(LEFT_OUT, shown)]
    if len(parts) == 1 and shown_rows != printed_rows:
        return False
    return shown_rows <= printed_rows and bool(re.fullmatch(r"(?:.*\n)*?".join(parts), printed))


def differences(page):
    """Each command whose output is not what the page shows: (step, printed)."""
    with Terminal() as terminal:
        for step in steps(page.read_text("utf-8")):
            printed = terminal.run(step)
            if not agrees(step.shown, printed):
                yield step, printed


def main(page, write=False):
    text, shift, wrong = page.read_text("utf-8"), 0, 0
    for step, printed in differences(page):
        wrong += 1
        print(f"$ {step.command}\n{printed}")
        start, end = (place + shift for place in step.span)
        text = text[:start] + printed.rstrip() + "\n" + text[end:]
        shift += len(printed.rstrip()) + 1 - len(step.shown)
    if write:
        page.write_text(text, "utf-8")
    print(f"{page}: {wrong} outputs {'written' if write else 'differ'}")
    return 1 if wrong and not write else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), "--write" in sys.argv))
