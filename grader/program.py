"""One run of a student's program: its start, first line, output, usage, stacks, and its end.

How a process is, process.py asks; this knows its files, no sockets and no lessons.
"""

import contextlib
import json
import os
import re
import signal
import stat
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from grader import launcher  # noqa: F401 - so that its compiled form is there
from grader.cage import LAUNCHER as CAGED
from grader.cage import Caged
from grader.failures import CheckFailed, CouldNotTell
from grader.keyboard import NOTHING, TERMINAL, copy, terminal
from grader.process import Process
from grader.results import KEPT_OUTPUT
from grader.stacks import read_stacks
from grader.words import _, _n

# Imported and not run as a script, so that Python does not compile it for every program anew.
LAUNCHER = "import sys; sys.path[0] = {folder!r}; import launcher; launcher.main()"
FIRST_LINE = re.compile(r"listening on (\S+):(\d+)\s*")
POLL = 0.001  # seconds between two looks at something for which the system has no event
FREEZES = 10  # seconds in which every thread of a program stops, on a machine however busy
MAX_OUTPUT = 48 * 1024 * 1024  # bytes: who prints more is ended; lesson 09 sends 20 MB, and one may print it
MAX_REPORT = 4 * 1024 * 1024  # bytes that are read of what the launcher reports
MEASURE = 0.01  # seconds between two looks at how much it has printed


@dataclass(frozen=True)
class Launch:
    """How to start a program: the file, its arguments, its input, and what the launcher does to it."""

    entry: Path
    host: str = "127.0.0.1"
    port: int = 0
    small_pieces: bool = False
    schedule: str | None = None
    parts: bool = False  # with a schedule: others may also come between two parts of a sendall()
    typing: str = NOTHING
    descriptors: int = 0  # how many it may have; 0: as many as the system gives
    options: tuple = ()  # what else is on its command line


class Program(Process):
    """A process in a session of its own; `end` ends it and all that it started."""

    def __init__(self, run, launch):
        if run.cancelled.is_set():
            raise KeyboardInterrupt
        self.launch = launch
        self.folder = launch.entry.parent
        self.flooded, self._measured = None, 0.0  # why it had to be ended, a sentence; when we looked last
        self._run = run
        self._work = run.folder / f"{launch.entry.stem}-{time.monotonic_ns()}"
        self._work.mkdir(parents=True)
        self._printed, self._read = self._work / "stdout", b""
        self._copier = None  # the thread that writes down what appears at its screen, if it has one
        self.keyboard = None  # the descriptor on which we type into it, if it reads anything
        self._start()

    def _start(self):
        launch = self.launch
        code = LAUNCHER.format(folder=str(CAGED if self._run.caged else Path(__file__).parent))
        command = [sys.executable, "-E", "-B", "-X", "utf8", "-c", code, str(self._work)]
        command += [str(int(launch.small_pieces)), launch.schedule or "-", str(int(launch.parts))]
        command += [launch.typing, str(launch.descriptors), str(launch.entry)]
        command += [launch.host, str(launch.port), *launch.options]
        here = self._work / "here"  # nothing of ours is in there: a program may delete where it stands
        here.mkdir()
        own_session = {"start_new_session": True}
        if sys.platform == "win32":
            own_session = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
        with contextlib.ExitStack() as ours, open(self._work / "stderr", "wb") as err:
            stdin, stdout = self._input_and_output(ours)
            streams = {"stdin": stdin, "stdout": stdout, "stderr": err}
            environment = self._run.environment()
            if self._run.caged:
                self._process = Caged(command, self.folder, self._work, environment, **streams)
            else:
                self._process = subprocess.Popen(command, cwd=here, env=environment, **streams, **own_session)
        self.pid = self._process.pid
        self._run.programs.add(self)

    def _input_and_output(self, ours):
        """The two ends that the program gets; what we have of them ourselves is closed after its start."""
        out = open(self._printed, "wb")  # noqa: SIM115 - closed with `ours`, or by the copying thread
        if self.launch.typing == TERMINAL:
            self._screen, slave = terminal()
            ours.callback(os.close, slave)
            self.keyboard = os.dup(self._screen)
            os.set_blocking(self.keyboard, False)
            self._copier = threading.Thread(target=copy, args=(self._screen, out), daemon=True)
            self._copier.start()
            return slave, slave
        ours.callback(out.close)
        if self.launch.typing == NOTHING:
            return subprocess.DEVNULL, out
        read, self.keyboard = os.pipe()
        ours.callback(os.close, read)
        with contextlib.suppress(OSError):  # Windows has no such pipes before Python 3.12
            os.set_blocking(self.keyboard, False)
        return read, out

    # what it reads and prints

    def close_keyboard(self):
        """The end of its input."""
        if self.keyboard is not None:
            os.close(self.keyboard)
            self.keyboard = None

    def printed(self):
        """All that it has printed on its standard output so far; the stream of errors is `errors`."""
        if self._copier and self.exit_code() is not None:
            self._copier.join(1)  # its last words may still be on their way to the screen
        self._read += self._written("stdout", len(self._read))
        return self._read

    def errors(self):
        return self._written("stderr")

    def first_line(self):
        """The first whole line on its standard output, or None as long as there is none."""
        line, ended, _ = self._written("stdout", most=1000).partition(b"\n")
        return line.decode("utf-8", "replace").rstrip("\r") if ended else None

    def output(self):
        """The end of what it printed, both streams, as bytes."""
        sizes = {name: size(self._work / name) for name in ("stdout", "stderr")}
        return b"".join(self._written(name, max(0, end - KEPT_OUTPUT)) for name, end in sizes.items())

    def stop_if_flooding(self):
        """Ends a program that prints without end, before the disk is full. Looks now and then."""
        now = time.monotonic()
        if self.flooded or now - self._measured < MEASURE:
            return self.flooded
        self._measured = now
        if any(size(self._work / name) > MAX_OUTPUT for name in ("stdout", "stderr")):
            self.flooded = _("The program prints without end, so it was ended.")
            self.kill()
        return self.flooded

    def closed_its_output(self):
        """Whether nothing that it prints can reach us any more; False where that cannot be known."""
        import psutil

        try:
            known = sys.platform != "win32" and self._printed.exists()
            return known and all(Path(f.path).name != "stdout" for f in self.usage().open_files())
        except (psutil.Error, OSError, CheckFailed):
            return False

    # what became of it

    def settle(self, patience=0.2):
        """Gives a program whose connections have ended a moment to end, or to say what crashed."""

        def settled():
            return self.exit_code() is not None or any(crash["thread"] != "main" for crash in self.crashes())

        wait_until(settled, patience)

    def crashes(self):
        """The uncaught exceptions so far, as the launcher wrote them down."""
        lines = self._reported("crashes").splitlines()
        return [crash for line in lines if (crash := crash_in(line))]

    def threads_at_the_end(self):
        """The names of the threads that were alive when its main thread was done; None if it never was."""
        return self._reported("threads").splitlines() if (self._work / "threads").exists() else None

    def _reported(self, name, start=0):
        """What the launcher has written to this file, or the program, which can write there too."""
        return self._written(name, start, MAX_REPORT).decode("utf-8", "replace")

    def _written(self, name, start=0, most=MAX_OUTPUT):
        """What stands in this file from there on; nothing if the program put another thing there."""
        with contextlib.suppress(OSError), open(self._work / name, "rb", opener=only_files) as file:
            file.seek(start)
            return file.read(most)
        return b""

    def has_begun(self):
        """Whether Python has started and come to the student's file, or has ended before that."""
        return (self._work / "begun").exists() or self.exit_code() is not None

    def stacks(self, patience=1.0):
        """Where each of its threads stands now, in its own files; empty if it does not say so in time (s)."""
        path = self._work / "stacks"
        if self.exit_code() is not None or not (self._work / "begun").exists():
            return []
        if hasattr(signal, "SIGUSR1"):
            known = size(path)
            os.kill(self.pid, signal.SIGUSR1)
            wait_until(lambda: size(path) > known and grown(path), patience)
            text = self._reported("stacks", known)
        else:
            text = self._reported("stacks").rpartition("Timeout")[2]
        return read_stacks(text)

    # its end

    def freeze(self):
        """Stops it where it stands, so that what happens meanwhile happens to it all at once."""
        self.usage().suspend()
        if not wait_until(self.is_stopped, FREEZES):
            raise CouldNotTell(
                _n(
                    "the program could not be held still within {count} second",
                    "the program could not be held still within {count} seconds",
                    FREEZES,
                )
            )

    def thaw(self):
        self.usage().resume()

    def has_left_others(self):
        """Whether it has ended and a process that it started goes on in its session."""
        if self.exit_code() is None or not hasattr(os, "killpg"):
            return False
        try:
            os.killpg(self.pid, 0)
        except OSError:
            return False
        import psutil

        return any(group_of(p) == self.pid for p in psutil.process_iter() if not is_zombie(p))

    def send_signal(self, number):
        self._process.send_signal(number)

    def ask_to_stop(self):
        self._process.terminate()

    def kill(self):
        """Ends it and all that it started and that is still its own, at once."""
        for child in self._children():
            with contextlib.suppress(Exception):  # psutil's own, where it is gone already
                child.kill()
        if self._run.caged:
            self._process.kill()  # and all else in there ends with it
        elif hasattr(os, "killpg"):
            with contextlib.suppress(OSError):  # it is gone already
                os.killpg(self.pid, signal.SIGKILL)
        elif self.exit_code() is None:
            self._process.kill()

    def end(self):
        self.kill()
        self._process.wait()
        self.close_keyboard()
        self._run.programs.discard(self)

    def _children(self):
        import psutil

        try:
            if sys.platform.startswith("linux"):  # quicker than psutil, which asks every process
                tasks = Path(f"/proc/{self.pid}/task").iterdir()
                if not any((task / "children").read_bytes() for task in tasks):
                    return []
            return self.usage().children(recursive=True)
        except (psutil.Error, OSError, CheckFailed):
            return []


def only_files(path, flags):
    """Opens what open() asks for if it is a file: a link would lead out, and a pipe would keep us waiting."""
    found = os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    if not stat.S_ISREG(os.fstat(found).st_mode):
        os.close(found)
        raise FileNotFoundError(path)
    return found


def crash_in(line):
    """The exception in a line that the launcher wrote; None if it is none, for programs can write there."""
    try:
        crash = json.loads(line)
        texts = [crash["thread"], crash["type"], crash["message"]]
        for file, number, function, text in crash["frames"]:
            texts += [file, function, text or ""]
            range(number)
        "".join(texts)
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return crash


def wait_until(true, patience):
    """Whether it came true within so many seconds."""
    deadline = time.monotonic() + patience
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL)
    return True


def size(path):
    """In bytes; of a file that is gone, 0."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def grown(path):
    """Whether a file that is being written has stopped growing."""
    before = size(path)
    time.sleep(POLL)
    return size(path) == before


def group_of(process):
    try:
        return os.getpgid(process.pid)
    except OSError:
        return None


def is_zombie(process):
    """Whether it has ended, and only its parent has not asked how."""
    import psutil

    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.Error:
        return True
