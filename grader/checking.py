"""Checks one program against one lesson: pytest with our plugin, then the results as data."""

import os
import time
from dataclasses import dataclass

from grader.attached import address
from grader.attempt import Settings
from grader.diagnosis import likely_belief, told_by
from grader.lessons import ROOT, WrongUse, checked_lessons, entry_of
from grader.mistakes import mistakes_of
from grader.plugin import Checks
from grader.results import BROKEN, Check, Condition, Failure, Results
from grader.source import Source
from grader.words import Sentence, _, _n

PYTEST = "--noconftest --assert=plain --import-mode=importlib -p no:cacheprovider -p no:terminal"
PYTEST += " -p no:logging -p no:faulthandler -p no:unraisableexception -p no:threadexception -p no:warnings"


NO_FILE = ROOT / "not ours" / "server.py"  # of a server that we only know the address of


@dataclass(frozen=True)
class Options:
    """What a user may choose for a run."""

    program: str | None = None
    only: int | None = None
    seed: int = 0
    patience: float = 2.0
    any_library: bool = False
    condition: Condition | None = None  # the only one under which checks run; None: all that are due
    attach: str | None = None  # HOST:PORT of a server that the user has started


def check_lesson(lesson, options, run, on_verdict=lambda check: None):
    """Runs the lesson's checks and returns Results. Raises WrongUse for what the user can mend."""
    entry = NO_FILE if options.attach else entry_of(options.program, lesson)
    reference, attach = lesson.solution / lesson.entry, None
    if options.attach:
        attach = address_of(lesson, options)
    settings = Settings(
        entry,
        reference if reference.exists() else None,
        options.seed,
        options.patience,
        options.only,
        options.any_library,
        options.condition,
        attach,
    )
    source, began = Source(entry, ROOT), time.monotonic()
    checks = Checks(run, settings, on_verdict)
    try:
        run_pytest(lesson, checks)
    finally:
        lost = source.restore()  # also when somebody has had enough and pressed Ctrl-C
    if not checks.checks and not checks.crashed:
        raise WrongUse(_("Lesson {number} has no check {check}.", number=lesson.number, check=options.only))
    results = Results(
        lesson.number,
        lesson.title,
        options.attach or shown_program(entry, source),
        options.seed,
        options.patience,
        checks.checks or [broken(checks.crashed)],
        seconds=round(time.monotonic() - began, 3),
        next_step=next_step(lesson, options),
        attached=bool(options.attach),
    )
    if lost:
        results.notes.append(put_back(lost))
    for check in results.checks:
        if check.failure:
            check.failure.detail += told_by(check.ways)
    results.belief = likely_belief(results.checks, mistakes_of(lesson), source)
    return results


def address_of(lesson, options):
    """Where the server listens that the user has started. Raises WrongUse."""
    if lesson.entry != "server.py":
        raise WrongUse(
            _("Lesson {number} checks a client: there is no server to attach to.", number=lesson.number)
        )
    return address(options.attach, options.patience)


def run_pytest(lesson, checks):
    import pytest

    for name in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS"):  # the user's pytest is not ours
        os.environ.pop(name, None)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    arguments = [*PYTEST.split(), "-c", os.devnull, f"--rootdir={ROOT}", str(lesson.checks)]
    code = pytest.main(arguments, plugins=[checks])
    if code == pytest.ExitCode.INTERRUPTED:
        raise KeyboardInterrupt
    if code == pytest.ExitCode.INTERNAL_ERROR:  # what it printed says why
        raise RuntimeError("pytest broke off")


def shown_program(entry, source):
    return source.show(entry.parent if entry.name in ("server.py", "client.py") else entry)


def put_back(lost):
    return _n(
        "The program deleted {files}; the checker has put it back.",
        "The program deleted {files}; the checker has put them back.",
        len(lost),
        files=", ".join(lost),
    )


def next_step(lesson, options):
    if options.only is not None:
        return _("the whole lesson {number}, without --only", number=lesson.number)
    later = [other for other in checked_lessons() if other.number > lesson.number]
    if not later:
        return _("the challenges at the end of the page; this was the last lesson so far")
    number, title = later[0].number, Sentence(later[0].title)
    return _("lesson {number}, {title}: lessons/{number}/README.md", number=number, title=title)


def broken(text):
    sentence, failure = _("The checks could not be read"), Failure("our bug", text)
    return Check(0, "collect", sentence, verdict=BROKEN, failure=failure)
