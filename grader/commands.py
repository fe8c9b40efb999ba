"""What the user may ask of checker.py, a function for each; it returns the exit code."""

import random
from dataclasses import replace

from grader import screen
from grader.checking import Options, check_lesson
from grader.compare import compare as compare_runs
from grader.compare import first_failing
from grader.conditions import named
from grader.desk import progress
from grader.guardian import Run
from grader.lessons import WrongUse, checked_lessons, choose
from grader.reports.beside import beside
from grader.reports.terminal import Line
from grader.results import FAILED
from grader.words import _, told


def board(given):
    """Where the student is, and what comes next."""
    from grader.reports.board import board

    screen.show_lines(board(checked_lessons(), progress.read()))
    return 0


def check(given):
    """Checks the lessons one after another; the worst of their exit codes is ours."""
    for path in (given.json, given.html, given.wire_file):
        has_folder(path)
    lessons, options = choose(given.words), chosen(given)
    runs = []
    with Run() as run:
        for lesson in lessons:
            if lesson.checks is None:
                say_nothing_to_check(lesson)
                continue
            runs.append(checked(lesson, options, run, given.times))
            progress.note(runs[-1])
            screen.show(runs[-1], given.all, given.wire)
    write_files(runs, given)
    return worst({results.exit_code() for results in runs})


def say_nothing_to_check(lesson):
    page = f"lessons/{lesson.number}/README.md"
    screen.say(told(_("Lesson {number} has nothing to check: read {page}", number=lesson.number, page=page)))


def checked(lesson, options, run, times):
    """The results of the first of so many runs that fails, or of the first; with how many did."""
    with screen.progress(lesson, times) as on_verdict:
        tries = [check_lesson(lesson, options, run, on_verdict) for each in range(times)]
    failed = [results for results in tries if results.count(FAILED)]
    results = (failed or tries)[0]
    if times > 1:
        results.notes.append(_("{failed} of {all} runs failed.", failed=len(failed), all=times))
    return results


def write_files(runs, given):
    """The other forms of the report."""
    if given.json:
        from grader.reports import json

        json.write(runs, given.json)
    if given.html:
        from grader.reports import html

        html.write(runs, given.html)
    if given.wire_file:
        draw(runs, given.wire_file)


def draw(runs, path):
    """Writes the transcript of the first check that failed, or else of the first one that talks, as SVG."""
    from grader.reports import sequence

    spoken = [(results, check) for results in runs for check in results.checks if check.transcript]
    if not spoken:
        raise WrongUse(_("Nothing was said that could be drawn."))
    failed = [pair for pair in spoken if pair[1].verdict == FAILED]
    results, check = (failed or spoken)[0]
    title = f"{results.lesson}.{check.number} · {told(check.sentence)}"
    path.write_text(sequence.draw(check.transcript, title), "utf-8")


def compare(given):
    """One lesson's first failing check beside the same check on the reference. 1 if they differ."""
    has_folder(given.html)
    lesson = the_lesson(given, "compare 03")
    with Run() as run, screen.progress(lesson) as on_verdict:
        comparison = compare_runs(lesson, chosen(given), run, on_verdict)
    screen.show_lines(beside(comparison))
    if given.html:
        from grader.reports import html

        html.write([comparison.yours], given.html, comparison)
    return comparison.yours.exit_code()


def hint(given):
    """The next hint for the first check that fails."""
    from grader.desk.hints import next_hint

    lesson, options = the_lesson(given, "03 --hint"), chosen(given)
    with Run() as run, screen.progress(lesson) as on_verdict:
        results = check_lesson(lesson, options, run, on_verdict)
    progress.note(results)
    failing = first_failing(results)
    if failing is None:
        screen.show(results, False, False)
    else:
        screen.show_lines(next_hint(lesson, options.program, results, failing))
    return results.exit_code()


def watch(given):
    """Checks one lesson again at each save, until the user has enough."""
    from grader.desk.watch import Watcher

    Watcher(the_lesson(given, "03 --watch"), chosen(given), given.seed).watch()
    return 0


def reset(given):
    """One lesson's starter again."""
    from grader.desk.reset import reset, told_of

    lesson = the_lesson(given, "reset 03")
    screen.show_lines([Line(told(told_of(lesson, reset(lesson))))])
    return 0


def play(given):
    """The student's own chat, alive."""
    from grader.desk.play import play

    with Run() as run:
        return play(the_lesson(given, "play 03"), given.program, run, given.patience)


def dial(given):
    """A small client, to talk by hand."""
    from grader.dial import dial

    return dial(given.words)


def grade(given):
    """A class."""
    from grader.classroom.command import grade

    return grade(given)


def chosen(given):
    """The options of a run, as the user gave them."""
    seed = random.randrange(10_000) if given.seed is None else given.seed
    condition = named(given.under, seed) if given.under else None
    options = Options(given.program, given.only, seed, given.patience, given.any_library, condition)
    return replace(options, attach=given.attach)


def the_lesson(given, example):
    """The one lesson that is meant. Raises WrongUse if there are several, or it has no checks."""
    lessons = choose(given.words)
    if len(lessons) != 1 or lessons[0].checks is None:
        raise WrongUse(_("Say which one lesson, as in: python checker.py {example}", example=example))
    return lessons[0]


def has_folder(path):
    if path and not path.absolute().parent.is_dir():
        raise WrongUse(_("There is no folder for {path}.", path=str(path)))


def worst(codes):
    return next((code for code in (4, 1, 3) if code in codes), 0)
