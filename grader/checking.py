"""Checks one program against one lesson: pytest with our plugin, then the results as data."""

import os
import time
from dataclasses import dataclass

from grader.attempt import Settings
from grader.diagnosis import likely_belief, told_by
from grader.lessons import ROOT, WrongUse, checked_lessons, entry_of
from grader.mistakes import mistakes_of
from grader.plugin import Checks
from grader.results import BROKEN, Check, Condition, Failure, Results
from grader.source import Source

PYTEST = "--noconftest --assert=plain --import-mode=importlib -p no:cacheprovider -p no:terminal"
PYTEST += " -p no:logging -p no:faulthandler -p no:unraisableexception -p no:threadexception -p no:warnings"


@dataclass(frozen=True)
class Options:
    """What a user may choose for a run."""

    program: str | None = None
    only: int | None = None
    seed: int = 0
    patience: float = 2.0
    any_library: bool = False
    condition: Condition | None = None  # the only one under which checks run; None: all that are due


def check_lesson(lesson, options, run, on_verdict=lambda check: None):
    """Runs the lesson's checks and returns Results. Raises WrongUse for what the user can mend."""
    entry = entry_of(options.program, lesson)
    reference = lesson.solution / lesson.entry
    settings = Settings(
        entry,
        reference if reference.exists() else None,
        options.seed,
        options.patience,
        options.only,
        options.any_library,
        options.condition,
    )
    source, began = Source(entry, ROOT), time.monotonic()
    checks = Checks(run, settings, on_verdict)
    try:
        run_pytest(lesson, checks)
    finally:
        lost = source.restore()  # also when somebody has had enough and pressed Ctrl-C
    if not checks.checks and not checks.crashed:
        raise WrongUse(f"Lesson {lesson.number} has no check {options.only}.")
    results = Results(
        lesson.number,
        lesson.title,
        shown_program(entry, source),
        options.seed,
        options.patience,
        checks.checks or [broken(checks.crashed)],
        seconds=round(time.monotonic() - began, 3),
        next_step=next_step(lesson, options),
    )
    if lost:
        back = "them" if lost[1:] else "it"
        results.notes.append(f"The program deleted {', '.join(lost)}; the checker has put {back} back.")
    for check in results.checks:
        if check.failure:
            check.failure.detail += told_by(check.ways)
    results.belief = likely_belief(results.checks, mistakes_of(lesson), source)
    return results


def run_pytest(lesson, checks):
    import pytest

    for name in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS"):  # the user's pytest is not ours
        os.environ.pop(name, None)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    arguments = [*PYTEST.split(), "-c", os.devnull, f"--rootdir={ROOT}", str(lesson.checks)]
    if pytest.main(arguments, plugins=[checks]) == pytest.ExitCode.INTERRUPTED:
        raise KeyboardInterrupt


def shown_program(entry, source):
    return source.show(entry.parent if entry.name in ("server.py", "client.py") else entry)


def next_step(lesson, options):
    if options.only is not None:
        return f"the whole lesson {lesson.number}, without --only"
    later = [other for other in checked_lessons() if other.number > lesson.number]
    if not later:
        return "the challenges at the end of the page; this was the last lesson so far"
    return f"lesson {later[0].number}, {later[0].title}: lessons/{later[0].number}/README.md"


def broken(text):
    return Check(
        0, "collect", "The checks could not be read", verdict=BROKEN, failure=Failure("our bug", text)
    )
