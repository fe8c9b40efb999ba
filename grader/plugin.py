"""The pytest plugin: it finds a lesson's checks, runs them on a program, and reaches a verdict on each.

pytest collects; the checks themselves run here, as many at once as there are cores, each with a
program of its own. One that has to wait long makes room for another, so a program that hangs costs a
student seconds and not minutes.
"""

import inspect
import os
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

from grader.failures import CheckFailed, CouldNotTell, explain
from grader.lessons import ROOT
from grader.program import Launch
from grader.results import BROKEN, FAILED, INCONCLUSIVE, PASSED, Check, Failure
from grader.scene import Room, Server
from grader.some import Some
from grader.source import SERVERS, Source

MARKERS = {
    "story": "the lesson's point: the previous reference fails it",
    "small_pieces": "recv returns little and send takes little, as the socket API allows",
    "shuffled": "runs once as it is, and once with other threads let first at random lines",
}


@dataclass(frozen=True)
class Settings:
    """What to check, and how."""

    entry: Path
    reference: Path | None
    seed: int
    patience: float
    only: int | None = None
    any_library: bool = False


@dataclass
class Attempt:
    """One run of one check on one program. `confirm`: only waiting speaks against the program."""

    failure: Failure | None = None
    transcript: list = field(default_factory=list)
    confirm: bool = False
    started: bool = True
    unknown: str = ""
    broken: str = ""


class Imports:
    """What a check may ask about a program's text."""

    def __init__(self, source):
        self._source = source

    def imports_no_server(self):
        for name, place in self._source.imports():
            if name in SERVERS:
                failed = CheckFailed("library", f"It imports {name}, which does the lesson's work for you.")
                failed.place = place
                raise failed


class Checks:
    """Give an instance to pytest.main; afterwards `checks` holds the verdicts."""

    def __init__(self, run, settings, on_verdict=lambda check: None):
        self._run, self._settings, self._on_verdict = run, settings, on_verdict
        self._turns = threading.Semaphore(os.cpu_count() or 2)
        self._items = {}
        self.checks = []
        self.crashed = ""

    # what pytest calls

    def pytest_configure(self, config):
        for name, meaning in MARKERS.items():
            config.addinivalue_line("markers", f"{name}: {meaning}")

    def pytest_collection_modifyitems(self, items):
        for number, item in enumerate(items, 1):
            if self._is_wanted(number, item):
                sentence = inspect.getdoc(item.obj).partition("\n")[0]
                story = item.get_closest_marker("story") is not None
                check = Check(number, item.originalname.removeprefix("test_"), sentence, story)
                self._items[number] = item
                self.checks.append(check)

    def pytest_collectreport(self, report):
        if report.failed:
            self.crashed = str(report.longrepr)

    def pytest_runtestloop(self):
        try:
            self._run_all()
        except KeyboardInterrupt:
            self._run.cancel()
            raise
        return True

    def _is_wanted(self, number, item):
        if self._settings.any_library and "source" in item.fixturenames:
            return False
        return self._settings.only in (None, number)

    # the order of things

    def _run_all(self):
        """The first check alone: if the program does not even start, nothing else can be asked of it."""
        if not self.checks:
            return
        first, *rest = self.checks
        started = self._judge(first)
        self._on_verdict(first)
        if not started:
            return
        with ThreadPoolExecutor(max(1, len(rest))) as pool:
            waiting = {pool.submit(self._judge_in_turn, check): check for check in rest}
            try:
                for done in as_completed(waiting):
                    done.result()
                    if waiting[done].verdict != INCONCLUSIVE:
                        self._on_verdict(waiting[done])
            except KeyboardInterrupt:
                self._run.cancel()
                raise
        for check in self.checks:
            if check.verdict == INCONCLUSIVE:  # perhaps it was we who kept the machine busy: now alone
                self._judge(check)
                self._on_verdict(check)

    def _judge_in_turn(self, check):
        turn = Turn(self._turns)
        with turn:
            return self._judge(check, turn.give_up)

    # one check

    def _judge(self, check, on_long_wait=lambda: None):
        """Sets the verdict; returns whether the program started at all."""
        began, item, settings = time.monotonic(), self._items[check.number], self._settings
        schedules = [None, str(settings.seed)] if item.get_closest_marker("shuffled") else [None]
        for schedule in schedules:
            attempt = self._attempt(item, settings.entry, schedule, on_long_wait)
            check.verdict, check.failure = self._verdict(attempt, item, schedule, on_long_wait)
            check.transcript = attempt.transcript
            if check.verdict != PASSED:
                break
        check.milliseconds = round((time.monotonic() - began) * 1000, 1)
        return attempt.started

    def _verdict(self, attempt, item, schedule, on_long_wait):
        if attempt.broken:
            return BROKEN, Failure("our bug", "The checker itself failed.", attempt.broken.splitlines())
        if attempt.unknown:
            return INCONCLUSIVE, Failure("unknown", f"Could not tell: {attempt.unknown}.")
        if attempt.failure is None:
            return PASSED, None
        if schedule:
            attempt.failure.detail.append(f"It happened with threads let first at random lines, seed {schedule}.")
        if attempt.confirm:
            return self._confirm(attempt, item, schedule, on_long_wait)
        return FAILED, attempt.failure

    def _confirm(self, attempt, item, schedule, on_long_wait):
        """The third verdict: what the reference cannot do either, at once, says nothing of the program."""
        reference = self._settings.reference
        if reference is None:
            attempt.failure.detail.append("There is no reference solution here to try this machine with.")
            return FAILED, attempt.failure
        again = self._attempt(item, reference, schedule, on_long_wait)
        if again.failure or again.unknown or again.broken:
            return INCONCLUSIVE, Failure(
                "unknown",
                "Could not tell: the reference solution waited in vain too, so this machine is too busy.",
                [f"What was seen of your program: {attempt.failure.headline}"],
            )
        return FAILED, attempt.failure

    def _attempt(self, item, entry, schedule, on_long_wait):
        settings, source = self._settings, Source(entry, ROOT)
        pieces = item.get_closest_marker("small_pieces") is not None
        launch = Launch(entry, small_pieces=pieces, schedule=schedule)
        scene = None
        given = {"some": Some(settings.seed, item.name), "source": Imports(source)}
        for name, kind in (("server", Server), ("room", Room)):
            if name in item.fixturenames:
                scene = given[name] = kind(self._run, launch, settings.patience, on_long_wait)
        attempt = Attempt()
        try:
            if scene:
                scene.start()
            item.obj(**{name: given[name] for name in item.fixturenames})
        except CheckFailed as failed:
            program = scene.program if scene else None
            attempt.confirm = failed.in_vain and program.exit_code() is None and not program.flooded
            attempt.failure = explain(failed, program, source)
            attempt.started = scene is None or scene.address is not None
        except CouldNotTell as unknown:
            attempt.unknown = str(unknown)
        except Exception:
            self._stop_if_cancelled()
            attempt.broken = traceback.format_exc()
        finally:
            if scene:
                attempt.transcript = scene.transcript.events
                scene.end()
        self._stop_if_cancelled()
        return attempt

    def _stop_if_cancelled(self):
        """A cancelled run kills programs; what their checks then see is nobody's failure."""
        if self._run.cancelled.is_set():
            raise KeyboardInterrupt


class Turn:
    """The right to use a core; given back at the end, or before that by one who only waits."""

    def __init__(self, turns):
        self._turns, self._held = turns, False

    def __enter__(self):
        self._turns.acquire()
        self._held = True

    def give_up(self):
        if self._held:
            self._held = False
            self._turns.release()

    def __exit__(self, *_):
        self.give_up()


