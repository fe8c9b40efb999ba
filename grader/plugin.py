"""The pytest plugin: it finds a lesson's checks, runs them on a program, and reaches a verdict on each.

pytest collects; the checks themselves run here, a few at once, each with a
program of its own. One that has to wait long makes room for another, so a program that hangs costs a
student seconds and not minutes.
"""

import inspect
import os
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace

from grader.attempt import Attempt, attempt
from grader.keyboard import TERMINAL
from grader.line_peer import PIECES, WAYS, WHOLE
from grader.results import BROKEN, FAILED, INCONCLUSIVE, NOT_RUN, PASSED, Check, Condition, Failure
from grader.sides import OURS, THEIRS, OneRoom, Sides
from grader.words import _

MARKERS = {
    "story": "the lesson's point: the previous reference fails it",
    "small_pieces": "recv returns little and send takes little, as the socket API allows",
    "terminal": "runs once with a pipe as keyboard and once at a pseudo-terminal, where there is one",
    "segmented": "runs once for each way in which a network may cut and glue the bytes",
    "options": "what stands on the program's command line after HOST and PORT",
    "few_descriptors": "the program may have so many files and sockets at once, where the system sets limits",
    "audited": "when everyone has left, threads, sockets and the listening port must be as they were",
    "shuffled": "runs once as it is, and once with other threads let first at random lines",
    "raced": "runs with other threads let first at random lines, and in the middle of a sendall()",
}


RUNS_AT_ONCE = 3  # runs of one check at the same time; most of the time they wait
SLEEPY = ("raced", "options", "few_descriptors")  # checks whose program, once it has started, mostly sleeps
LONG = (*SLEEPY, "shuffled", "segmented")  # checks that take long begin early
STARTS = ("raced", *SLEEPY[1:], "small_pieces")  # of these the launcher must start the program
WORSE = (NOT_RUN, PASSED, INCONCLUSIVE, FAILED, BROKEN)


class Checks:
    """Give an instance to pytest.main; afterwards `checks` holds the verdicts."""

    def __init__(self, run, settings, on_verdict=lambda check: None):
        self._run, self._settings, self._on_verdict = run, settings, on_verdict
        self._turns = threading.Semaphore(2 * (os.cpu_count() or 2))  # half of them mostly wait
        self._sides = Sides() if run.caged else OneRoom()
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
        """All checks, at once as far as there are cores; but first one, until its program has started.

        If that program does not even start, nothing else can be asked of it, and nothing else is run.
        """
        if self._settings.attach:
            self._run_one_by_one()
            return
        if not self.checks:
            return
        first, *rest = self.checks
        rest.sort(key=lambda check: not self._marked(check, *LONG))
        with ThreadPoolExecutor(len(self.checks)) as pool:
            try:
                turn = self._turn(first)
                waiting = {pool.submit(self._judge_in_turn, first, turn): first}
                if turn.starts():
                    waiting |= {pool.submit(self._judge_in_turn, check): check for check in rest}
                for done in as_completed(waiting):
                    done.result()
                    if waiting[done].verdict != INCONCLUSIVE:
                        self._on_verdict(waiting[done])
            except KeyboardInterrupt:
                self._run.cancel()
                raise
        for check in self.checks:
            if check.verdict == INCONCLUSIVE:  # perhaps it was we who kept the machine busy: now alone
                self._judge(check, Turn())
                self._on_verdict(check)

    def _run_one_by_one(self):
        """All checks on a server that runs already: people of two of them would meet in one room."""
        for check in self.checks:
            if self._run.cancelled.is_set():
                raise KeyboardInterrupt
            self._judge(check, Turn())
            self._on_verdict(check)

    def _marked(self, check, *names):
        return any(self._items[check.number].get_closest_marker(name) for name in names)

    def _needs_program(self, check):
        """Whether the checker must start the program for it, or read its text."""
        return self._marked(check, *STARTS) or "source" in self._items[check.number].fixturenames

    def _turn(self, check):
        return Turn(self._turns, self._marked(check, *SLEEPY))

    def _judge_in_turn(self, check, turn=None):
        with turn or self._turn(check) as turn:
            self._judge(check, turn)

    # one check

    def _judge(self, check, turn):
        began = time.monotonic()
        if self._settings.attach and self._needs_program(check):
            check.verdict = NOT_RUN
        elif self._marked(check, "segmented") and not self._settings.condition:
            self._judge_ways(check, turn)
        else:
            self._take_worst(check, self._run_at_once(check, turn, list(self._conditions(check))))
        check.milliseconds = round((time.monotonic() - began) * 1000, 1)

    def _conditions(self, check):
        if self._settings.condition:
            yield self._settings.condition
            return
        if self._settings.attach:
            yield Condition()
            return
        if self._marked(check, "raced"):
            yield Condition(schedule=str(self._settings.seed), parts=True)
            return
        yield Condition()
        if self._marked(check, "shuffled"):
            yield Condition(schedule=str(self._settings.seed))
        if self._marked(check, "terminal") and hasattr(os, "openpty"):
            yield Condition(typing=TERMINAL)

    def _judge_ways(self, check, turn):
        """Whole first: what fails so has nothing to do with how the bytes came. Then all other ways."""
        self._run_once(check, turn, Condition(way=WHOLE))
        if check.verdict != PASSED:
            return
        ways = [way for way in WAYS[1:] if not (way == PIECES and self._settings.attach)]
        runs = self._run_at_once(check, turn, [Condition(way=way) for way in ways])
        self._take_worst(check, runs)
        check.ways = {WHOLE: PASSED} | {way: run.verdict for way, run in zip(ways, runs, strict=True)}

    def _run_at_once(self, check, turn, conditions):
        """A copy of the check for each condition, with what came of it."""
        runs = [replace(check) for _ in conditions]
        with ThreadPoolExecutor(1 if self._settings.attach else RUNS_AT_ONCE) as pool:
            list(pool.map(self._run_once, runs, [turn] * len(runs), conditions))
        return runs

    def _take_worst(self, check, runs):
        """Of runs with the same verdict the first: what goes wrong in a plain run needs no other."""
        worst = max(runs, key=lambda run: WORSE.index(run.verdict))
        check.verdict, check.failure, check.transcript = worst.verdict, worst.failure, worst.transcript
        check.condition = worst.condition

    def _run_once(self, check, turn, condition):
        item = self._items[check.number]
        try:
            with self._sides.only(THEIRS):
                seen = attempt(self._run, self._settings, item, self._settings.entry, condition, turn)
        except Exception:
            seen = Attempt(broken=traceback.format_exc())
        check.verdict, check.failure = self._verdict(seen, item, condition)
        check.transcript, check.condition = seen.transcript, condition

    def _verdict(self, seen, item, condition):
        if seen.broken:
            return BROKEN, Failure("our bug", _("The checker itself failed."), seen.broken.splitlines())
        if seen.needs_program:
            return NOT_RUN, None
        if seen.unknown:
            return INCONCLUSIVE, Failure("unknown", _("Could not tell: {why}.", why=seen.unknown))
        if seen.failure is None:
            return PASSED, None
        seen.failure.detail += condition.told()
        if seen.confirm:
            return self._confirm(seen, item, condition)
        return FAILED, seen.failure

    def _confirm(self, seen, item, condition):
        """The third verdict: what the reference cannot do either, at once, says nothing of the program.

        Where a program has never said anything, all that is asked of the reference is that it does.
        """
        reference = self._settings.reference
        if reference is None:
            seen.failure.detail.append(_("There is no reference solution here to try this machine with."))
            return FAILED, seen.failure
        with self._sides.only(OURS):
            again = attempt(self._run, self._settings, item, reference, condition, Turn(), seen.is_mute())
        if again.failure or again.unknown or again.broken:
            headline = _(
                "Could not tell: the reference solution waited in vain too, so this machine is too busy."
            )
            detail = _("What was seen of your program: {headline}", headline=seen.failure.headline)
            return INCONCLUSIVE, Failure("unknown", headline, [detail])
        return FAILED, seen.failure


class Turn:
    """The right to use a core; given back at the end, or before that by one who only waits.

    A sleepy one gives it back when its program has started.
    """

    def __init__(self, turns=None, is_sleepy=False):
        self._turns, self._held, self._is_sleepy = turns, False, is_sleepy
        self._giving_up = threading.Lock()  # a check's runs share its turn
        self._known, self._has_started = threading.Event(), False

    def __enter__(self):
        self._turns.acquire()
        self._held = True
        return self

    def starts(self):
        """Waits until the check's program has started, or will not; which of the two it is."""
        self._known.wait()
        return self._has_started

    def has_started(self):
        self._has_started = True
        self._known.set()
        if self._is_sleepy:
            self.give_up()

    def give_up(self):
        with self._giving_up:
            if self._held:
                self._held = False
                self._turns.release()

    def __exit__(self, *_):
        self.give_up()
        self._known.set()
