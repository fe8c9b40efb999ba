"""Grades many submissions, as many at once as there are cores, each in a process of its own.

A row is written as soon as it is there. Who stops in the middle goes on where he was: what has the same
digest is not graded again.
"""

import contextlib
import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass, replace

from grader.classroom import sandbox
from grader.classroom.one import Order
from grader.classroom.rows import GRADED, UNGRADED, UNREADABLE, Row, from_json
from grader.classroom.submissions import programs
from grader.lessons import ROOT

MORE_PATIENCE = 3  # times the patience, for what could not be told
WALL = 180  # seconds that one lesson of one submission may take
PARTS = ("grader", "tests/lessons", "tests/mistakes", "solutions")  # what decides about the results


@dataclass(frozen=True)
class Plan:
    """What is asked of every submission."""

    lessons: tuple
    rows: object  # the folder of the rows, a Path
    seed: int = 0
    patience: float = 2.0
    any_library: bool = False
    jobs: int = os.cpu_count() or 1
    is_caged: bool = True


class Engine:
    """Grades submissions; `on_row` is called with each row, also with those that were there already."""

    def __init__(self, plan, on_row=lambda row, is_new: None, on_start=lambda submission: None):
        self._plan, self._on_row, self._on_start = plan, on_row, on_start
        self._running, self._lock, self._stopped = set(), threading.Lock(), False
        self.kit = digest_of_kit()

    def grade(self, submissions):
        """All rows, in the order of the submissions. Raises KeyboardInterrupt, with nothing left running."""
        rows = {}
        try:
            self._grade_all(submissions, self._plan, self._plan.jobs, rows)
            unsure = [one for one in submissions if rows[one.student.key].is_inconclusive()]
            patient = replace(self._plan, patience=self._plan.patience * MORE_PATIENCE)
            self._grade_all(unsure, patient, 1, rows, again=True)  # alone, for it may have been too busy
        except KeyboardInterrupt:
            self.stop()
            raise
        return [rows[one.student.key] for one in submissions]

    def stop(self):
        """Ends every grader that runs; with it end the programs that it runs."""
        with self._lock:
            self._stopped = True
            for process in self._running:
                end(process)

    def _grade_all(self, submissions, plan, jobs, rows, again=False):
        with ThreadPoolExecutor(jobs) as pool:
            waiting = [pool.submit(self._row, one, plan, again) for one in submissions]
            try:
                for done in as_completed(waiting):
                    row, is_new = done.result()
                    rows[row.student.key] = row
                    self._on_row(row, is_new)
            except KeyboardInterrupt:
                for future in waiting:
                    future.cancel()
                self.stop()
                raise

    def _row(self, submission, plan, again):
        """The submission's row, and whether it was graded now."""
        path = plan.rows / f"{submission.student.key}.json"
        digest = self._digest(submission)
        known = read(path)
        if known and known.digest == digest and known.state != UNGRADED and not again:
            return known, False
        self._on_start(submission)
        began = time.monotonic()
        row = Row(submission.student, submitted=submission.submitted, digest=digest, notes=submission.notes)
        row.attempts = 1 + (known.attempts if known and known.digest == digest else 0)
        self._fill(row, submission, plan)
        row.seconds = round(time.monotonic() - began, 3)
        if not self._stopped:  # what was broken off says nothing
            write(path, row)
        return row, True

    def _digest(self, submission):
        """The same for the same files, checks and options; the folder in which they are is no matter."""
        plan = self._plan
        asked = (
            [one.number for one in plan.lessons],
            plan.seed,
            plan.patience,
            plan.any_library,
            plan.is_caged,
        )
        whole = hashlib.sha256(f"{self.kit}{asked}{submission.reason}".encode())
        if submission.folder:
            add_files(whole, submission.folder, "*")
        return whole.hexdigest()

    def _fill(self, row, submission, plan):
        """Grades it, or says why it cannot be."""
        found = programs(submission.folder, plan.lessons) if submission.folder else {}
        if submission.folder is None:
            row.state, row.reason = UNREADABLE, submission.reason
        elif not found:
            row.state, row.reason = UNREADABLE, "There is no program of a lesson in it."
        else:
            answer = self.ask(submission, found, plan)
            row.lessons, row.reason = answer.get("lessons", []), answer.get("reason", "")
            row.state = GRADED if row.lessons else UNGRADED

    def ask(self, submission, found, plan):
        """What the grader in its own process says; a reason if it says nothing."""
        said = self.hear(
            lambda descriptor: command_for(submission.folder, found, plan, descriptor),
            plan.is_caged,
            WALL * len(found),
        )
        with contextlib.suppress(ValueError):
            return json.loads(said)
        return {"reason": "The grader of this submission ended without a result, or took too long."}

    def hear(self, command, is_caged, seconds):
        """All that a process of ours writes into a pipe; `command` makes its words from the descriptor."""
        read_end, write_end = os.pipe()
        with open(read_end, "rb") as pipe:
            process = self._start(command(write_end), write_end, is_caged)
            try:
                return heard(pipe, process, seconds)
            finally:
                end(process)
                with self._lock:
                    self._running.discard(process)

    def _start(self, command, write_end, is_caged):
        with self._lock:
            if self._stopped:
                os.close(write_end)
                raise KeyboardInterrupt
            environment = sandbox.environment() if is_caged else os.environ | {"PYTHONPATH": str(ROOT)}
            process = subprocess.Popen(
                command,
                env=environment,
                cwd=ROOT,
                pass_fds=(write_end,),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            os.close(write_end)
            self._running.add(process)
            return process


def command_for(folder, found, plan, descriptor):
    """The command that grades the programs, in the sandbox or not."""
    inside = {number: path.relative_to(folder).as_posix() for number, path in found.items()}
    base = sandbox.HANDED_IN if plan.is_caged else folder.as_posix()
    paths = {number: f"{base}/{path}" for number, path in inside.items()}
    order = Order(paths, plan.seed, plan.patience, plan.any_library, plan.is_caged, inside)
    command = [
        sys.executable,
        "-s",
        "-B",
        "-m",
        "grader.classroom.one",
        json.dumps(asdict(order)),
        str(descriptor),
    ]
    return sandbox.around(command, folder) if plan.is_caged else command


def heard(pipe, process, seconds):
    """All that comes out of the pipe; ends the process when it takes too long."""
    alarm = threading.Timer(seconds, end, (process,))
    alarm.start()
    try:
        return pipe.read()
    finally:
        alarm.cancel()


def end(process):
    """Ends a grader and all that it started: the sandbox dies with it, or its guardian sees to that."""
    with contextlib.suppress(OSError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def write(path, row):
    """Replaces the row's file in one step."""
    new = path.with_suffix(".new")
    new.write_text(json.dumps(row.as_json(), ensure_ascii=False, indent=1) + "\n", "utf-8")
    new.replace(path)


def read(path):
    """The row in this file, or None."""
    try:
        return from_json(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None


def digest_of_kit():
    """Of everything that decides about results: a changed check is a reason to grade again."""
    whole = hashlib.sha256()
    for part in PARTS:
        add_files(whole, ROOT / part, "*.py", "*.toml")
    return whole.hexdigest()


def add_files(whole, folder, *patterns):
    for pattern in patterns:
        for path in sorted(folder.rglob(pattern)):
            if path.is_file():
                whole.update(f"{path.relative_to(folder)}\0{path.stat().st_size}\0".encode())
                whole.update(path.read_bytes())
