"""The one command of From Echo to Chat: `python checker.py 03` checks your program of lesson 03."""

import argparse
import os
import random
import signal
import sys
from pathlib import Path

USAGE = """\
python checker.py LESSON ...           check lessons/LESSON: 03, several: 01 02, a range: 01-03, or all
python checker.py compare LESSON       your program and the reference side by side, where they first differ
python checker.py dial [HOST PORT]     talk to a server by hand (127.0.0.1 12413 unless you say another)
"""
WRONG_USE, OUR_BUG, INTERRUPTED = 2, 4, 130


def arguments():
    parser = argparse.ArgumentParser(usage=USAGE, description=__doc__)
    parser.add_argument(
        "what", nargs="*", metavar="LESSON", help="the lessons to check, or: compare LESSON, dial [HOST PORT]"
    )
    parser.add_argument(
        "--program", metavar="PATH", help="check this folder or file instead of lessons/LESSON"
    )
    parser.add_argument("--only", type=int, metavar="N", help="only check number N")
    parser.add_argument("--all", action="store_true", help="details of every failure, not only of the first")
    parser.add_argument("--wire", action="store_true", help="the whole transcript of who said what")
    parser.add_argument(
        "--seed", type=int, metavar="N", help="the same texts and schedules as in the run that said N"
    )
    parser.add_argument(
        "--patience", type=seconds, default=2.0, metavar="S", help="seconds to wait for what must come (2)"
    )
    parser.add_argument("--any-library", action="store_true", help="leave out the check on imports")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the results to FILE")
    return parser.parse_args()


def seconds(text):
    value = float(text)
    if not 0.1 <= value <= 600:
        raise argparse.ArgumentTypeError("say between 0.1 and 600 seconds")
    return value


def main():
    given = arguments()
    from grader.lessons import WrongUse

    try:
        if given.what[:1] == ["dial"]:
            from grader.dial import dial

            return dial(given.what[1:])
        return check(given)
    except WrongUse as wrong:
        print(f"checker.py: {wrong}", file=sys.stderr)
        return WRONG_USE
    except KeyboardInterrupt:
        print("\nStopped; every program that was running has been ended.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # who read our output has enough of it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception:
        import traceback

        traceback.print_exc()
        print(
            "This is a bug of the checker's and not of yours. Please send us the lines above.",
            file=sys.stderr,
        )
        return OUR_BUG


def interrupt(*_):
    """The first Ctrl-C, or request to end, stops the run; more of them do not disturb the cleaning up."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise KeyboardInterrupt


def check(given):
    """Checks the lessons one after another; the worst of their exit codes is ours."""
    from grader import screen
    from grader.checking import Options, check_lesson
    from grader.guardian import Run
    from grader.lessons import WrongUse, checked_lessons, choose

    if not given.what:
        screen.show_lessons(checked_lessons())
        return 0
    comparing = given.what[0] == "compare"
    lessons = choose(given.what[comparing:])
    seed = random.randrange(10_000) if given.seed is None else given.seed
    options = Options(given.program, given.only, seed, given.patience, given.any_library)
    signal.signal(signal.SIGTERM, interrupt)
    if signal.getsignal(signal.SIGINT) == signal.default_int_handler:
        signal.signal(signal.SIGINT, interrupt)
    if given.json and not given.json.absolute().parent.is_dir():
        raise WrongUse(f"There is no folder for --json {given.json}.")
    if comparing:
        return compare(lessons, options)
    runs = []
    with Run() as run:
        for lesson in lessons:
            if lesson.checks is None:
                screen.say(
                    f"Lesson {lesson.number} has nothing to check: read lessons/{lesson.number}/README.md"
                )
                continue
            with screen.progress(lesson) as on_verdict:
                runs.append(check_lesson(lesson, options, run, on_verdict))
            screen.show(runs[-1], given.all, given.wire)
    if given.json:
        from grader.reports import json

        json.write(runs, given.json)
    codes = {results.exit_code() for results in runs}
    return next((code for code in (4, 1, 3) if code in codes), 0)


def compare(lessons, options):
    """One lesson's first failing check beside the same check on the reference. 1 if they differ."""
    from grader import screen
    from grader.compare import compare as compare_runs
    from grader.guardian import Run
    from grader.lessons import WrongUse
    from grader.reports.beside import beside

    if len(lessons) != 1 or lessons[0].checks is None:
        raise WrongUse("Say which one lesson to compare, such as: compare 03.")
    with Run() as run, screen.progress(lessons[0]) as on_verdict:
        comparison = compare_runs(lessons[0], options, run, on_verdict)
    screen.show_lines(beside(comparison))
    return comparison.yours.exit_code()


if __name__ == "__main__":
    sys.exit(main())
