"""A made-up class with a known truth: solutions, programs with one or two typical mistakes, and broken ones.

    python -m grader.classroom.made_up FOLDER [COUNT]     makes one, to try the grader on

Each folder is one submission of one lesson. What its row must say follows from the mistakes' own lists.
"""

import random
import sys
from dataclasses import dataclass
from pathlib import Path

from grader.lessons import checked_lessons
from grader.mistakes import fit_together, is_caught_by, mistakes_of, write_with

FIRST = (
    "Алиса Борис Вера Глеб Дарья Егор Жанна Захар Ирина Кирилл Лада Максим Нина Олег Polina Рустам".split()
)
LAST = "Антонова Белов Волкова Громов Демина Ершов Жукова Зайцев Ильина Козлов Лебедева Морозов Nowak".split()
BROKEN = {
    "empty": {},
    "does not compile": {"server.py": "def broken(:\n", "client.py": "def broken(:\n"},
    "never speaks": {
        "server.py": "import time\ntime.sleep(1000)\n",
        "client.py": "import time\ntime.sleep(1000)\n",
    },
    "exits": {"server.py": "raise SystemExit(3)\n", "client.py": "raise SystemExit(3)\n"},
    "another file": {"notes.txt": "My program is on my other computer.\n"},
}


@dataclass(frozen=True)
class Truth:
    """What a submission is, and so what its row must say."""

    name: str
    lesson: object
    kind: str  # solution, mistake, pair, or one of BROKEN
    mistakes: tuple = ()

    def agrees(self, row):
        """Whether the row says what is true of this submission."""
        failed = {check["number"] for _lesson, check in row.checks() if check["verdict"] == "failed"}
        if self.kind in ("empty", "another file"):
            return row.state == "unreadable"
        if self.kind == "solution":
            return bool(row.checks()) and row.passed() == len(row.checks())
        if self.kind == "mistake":
            return is_caught_by(self.mistakes[0], failed)
        if self.kind == "pair":
            return bool(failed)
        return row.state == "graded" and bool(failed) and row.passed() <= 1  # its imports may be right


def make(folder, count, lessons=None, seed=1):
    """Writes so many submissions into the folder; the truth about each, by the name of its folder."""
    chosen, truths = random.Random(seed), []
    lessons = lessons or checked_lessons()
    for number in range(count):
        name = f"{number:03} {chosen.choice(FIRST)} {chosen.choice(LAST)}"
        truth = chosen.choices([solution, mistake, pair, broken], [30, 45, 10, 15])[0](name, chosen, lessons)
        write(truth, folder / name / truth.lesson.number)
        truths.append(truth)
    return {truth.name: truth for truth in truths}


def solution(name, chosen, lessons):
    return Truth(name, chosen.choice(lessons), "solution")


def mistake(name, chosen, lessons):
    lesson = chosen.choice(lessons)
    return Truth(name, lesson, "mistake", (chosen.choice(mistakes_of(lesson)),))


def pair(name, chosen, lessons):
    """Two mistakes whose edits can be made in one program."""
    while True:
        lesson = chosen.choice(lessons)
        both = tuple(chosen.sample(mistakes_of(lesson), 2))
        if fit_together(both, lesson):
            return Truth(name, lesson, "pair", both)


def broken(name, chosen, lessons):
    return Truth(name, chosen.choice(lessons), chosen.choice(list(BROKEN)))


def write(truth, folder):
    """The files of one submission."""
    folder.mkdir(parents=True)
    if truth.kind in BROKEN:
        for name, text in BROKEN[truth.kind].items():
            (folder / name).write_text(text, "utf-8")
    else:
        write_with(truth.mistakes, truth.lesson, folder)


if __name__ == "__main__":
    truths = make(Path(sys.argv[1]), int((sys.argv[2:] or ["30"])[0]))
    print(f"{len(truths)} submissions are in {sys.argv[1]}")
