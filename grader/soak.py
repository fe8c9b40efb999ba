"""For authors: repeats solutions and mistakes, and counts verdicts other than the ones that are due.

python -m grader.soak --lessons 01-03 --runs 200              the solutions, one run at a time
python -m grader.soak --lessons 01-03 --runs 200 --busy 8     with eight busy loops beside them
python -m grader.soak --lessons 01-03 --runs 50 --mistakes    every mistake, all checks of its lesson
python -m grader.soak --lessons 01-03 --runs 50 --listed      every mistake, only the checks that it must fail
python -m grader.soak --lessons 04-06 --runs 1 --pairs 200    200 programs with two mistakes each

Ctrl-C or SIGTERM ends it early: what was counted until then is printed.
"""

import argparse
import contextlib
import itertools
import random
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

from grader.checking import Options, check_lesson
from grader.guardian import Run
from grader.lessons import WrongUse, choose
from grader.mistakes import fit_together, is_caught_by, mistakes_of, write_with
from grader.results import FAILED, INCONCLUSIVE, PASSED
from grader.transcript import listing

FEW = 3  # checks
LAST = 8  # events of a transcript that are shown of a run that ended otherwise than it should


def arguments():
    parser = argparse.ArgumentParser(prog="python -m grader.soak", description=__doc__.partition("\n")[0])
    parser.add_argument("--lessons", nargs="+", default=["all"], help="such as 03, 01-03 or all")
    parser.add_argument("--runs", type=int, default=200, help="how often each (200)")
    parser.add_argument("--busy", type=int, default=0, metavar="N", help="busy loops beside the runs (0)")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="runs at the same time (1)")
    parser.add_argument("--mistakes", action="store_true", help="the mistakes instead of the solutions")
    parser.add_argument(
        "--listed",
        action="store_true",
        help="the mistakes, each with only the checks that it must fail, if these are few",
    )
    parser.add_argument(
        "--pairs", type=int, default=0, metavar="N", help="N random pairs of mistakes instead"
    )
    return parser.parse_args()


def verdicts(lesson, mistakes, seed, numbers):
    """One run: {number of check: (verdict, what was said of it)}. Without a mistake the solution runs.

    `numbers` are the checks to run, one after the other; [None] means all of them, several at once.
    """
    with tempfile.TemporaryDirectory() as folder, Run() as run:
        program = write_with(mistakes, lesson, Path(folder)) if mistakes else lesson.solution
        runs = (check_lesson(lesson, Options(str(program), only, seed), run) for only in numbers)
        checks = [check for results in runs for check in results.checks]
        return {check.number: (check.verdict, told(check, seed)) for check in checks}


def told(check, seed):
    """What an author needs to understand a verdict that nobody expected."""
    if not check.failure:
        return ""
    said = [f"seed {seed}: {check.failure.headline}", *check.failure.detail, str(check.condition)]
    stands = [f"{stand.threads} at {stand.frame.file}:{stand.frame.line}" for stand in check.failure.stands]
    return "\n        ".join([*said, *stands, *listing(check.transcript[-LAST:])])


def is_due(mistakes, found):
    """Whether all verdicts are the ones that are due; of two mistakes at once, that anything fails."""
    failed = {number for number, (verdict, _) in found.items() if verdict == FAILED}
    if not mistakes:
        return {verdict for verdict, _ in found.values()} == {PASSED}
    return bool(failed) if len(mistakes) > 1 else is_caught_by(mistakes[0], failed)


def pairs_of_mistakes(lessons, count):
    """So many random pairs whose edits can be made in one program: [(lesson, (mistake, mistake))]."""
    pairs = [(lesson, pair) for lesson in lessons for pair in itertools.combinations(mistakes_of(lesson), 2)]
    random.Random(count).shuffle(pairs)
    return list(itertools.islice((row for row in pairs if fit_together(row[1], row[0])), count))


@contextlib.contextmanager
def busy_loops(count):
    """So many processes that do nothing but use a core."""
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def rows_of(lessons, mistakes, pairs):
    """What to run."""
    if pairs:
        return [Row(*pair) for pair in pairs_of_mistakes(lessons, pairs)]
    if mistakes:
        return [Row(lesson, (mistake,)) for lesson in lessons for mistake in mistakes_of(lesson)]
    return [Row(lesson, ()) for lesson in lessons]


@dataclass
class Row:
    """What was counted of one solution, or of one program with mistakes."""

    lesson: object
    mistakes: tuple
    counts: Counter = field(default_factory=Counter)  # {(number of check, verdict): times}
    runs: int = 0
    wrong: int = 0
    said: dict = field(default_factory=dict)  # {(number of check, verdict): what was said of one}

    def checks(self, listed):
        """The numbers of the checks to run, or [None], all: that is quicker than many one by one."""
        due = sorted(self.mistakes[0].fails) if listed else []
        return due if 0 < len(due) <= FEW else [None]

    def add(self, found):
        self.counts.update((number, verdict) for number, (verdict, _) in found.items())
        self.said.update({(number, verdict): said for number, (verdict, said) in found.items()})
        self.runs += 1
        self.wrong += not is_due(self.mistakes, found)


def soak(rows, given):
    """Runs each row as often as is asked for; returns whether it came to its end."""
    from rich.progress import Progress

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    workers = ProcessPoolExecutor(given.jobs, initializer=stay)
    with busy_loops(given.busy), Progress() as bar, workers as pool:
        task = bar.add_task("runs", total=given.runs * len(rows))
        waiting = {
            pool.submit(verdicts, row.lesson, row.mistakes, seed, row.checks(given.listed)): row
            for seed in range(given.runs)
            for row in rows
        }
        try:
            for done in as_completed(waiting):
                waiting.pop(done).add(done.result())
                bar.advance(task)
        except KeyboardInterrupt:
            pool.shutdown(cancel_futures=True)
            return False
    return True


def stay():
    """Ctrl-C reaches the workers too, and these finish the run that they have begun.

    A handler of our own: an ignored signal would stay ignored in the students' programs.
    """
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: None)


def show(rows):
    """A line for each solution or mistake; below it each check that had another verdict than the due one."""
    for row in rows:
        lesson, mistakes, counts, said = row.lesson, row.mistakes, row.counts, row.said
        unknown = sum(count for (_, verdict), count in counts.items() if verdict == INCONCLUSIVE)
        name = " + ".join(mistake.name for mistake in mistakes) or "the solution"
        good = row.runs - row.wrong
        print(f"{lesson.number}  {good:4} of {row.runs} as due, {unknown} could not tell   {name}")
        if len(mistakes) > 1:
            continue
        mistake = mistakes[0] if mistakes else None
        for number in sorted({number for number, _ in counts}):
            due = {FAILED} if mistake and number in mistake.fails else {PASSED}
            due |= {FAILED, PASSED} if mistake and number in mistake.sometimes else set()
            due |= {"not run"} if mistake and 1 in mistake.fails else set()
            for (check, verdict), count in counts.items():
                if check == number and verdict not in due:
                    print(f"      check {number:2}: {count} times {verdict}; {said[check, verdict]}")


def main():
    given = arguments()
    try:
        lessons = [lesson for lesson in choose(given.lessons) if lesson.checks]
    except WrongUse as wrong:
        print(wrong, file=sys.stderr)
        return 2
    rows = rows_of(lessons, given.mistakes or given.listed, given.pairs)
    is_whole = soak(rows, given)
    show(rows)
    runs, wrong = sum(row.runs for row in rows), sum(row.wrong for row in rows)
    print(f"{runs - wrong} of {runs} runs as due" + ("" if is_whole else "; ended early"))
    return 1 if wrong or not is_whole else 0


if __name__ == "__main__":
    sys.exit(main())
