"""A made-up class with a known truth: right programs, such with one or two typical mistakes, and broken ones.

    python -m grader.classroom.made_up FOLDER [COUNT] [--hostile]     makes one, to try the grader on

Each folder is one submission of one lesson. What its row must say follows from the mistakes' own lists.
With --hostile some of them attack: such a class is for the sandbox only.
"""

import argparse
import json
import random
import shutil
from dataclasses import dataclass
from pathlib import Path

from grader.lessons import ROOT, checked_lessons
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
RIGHT, ATTACKS = ROOT / "tests" / "programs" / "right", ROOT / "tests" / "attacks"
ATTACKED = "01"  # the lesson that the attacks are handed in for
UNKNOWN = {"stamp": "", "port": 9, "socket": "", "marks": {}, "paths": ["/etc/shadow"]}  # what attackers know


@dataclass(frozen=True)
class Truth:
    """What a submission is, and so what its row must say."""

    name: str
    lesson: object
    kind: str  # solution, shape, mistake, pair, attack, or one of BROKEN
    mistakes: tuple = ()
    folder: Path | None = None  # what a shape or an attack is a copy of

    def agrees(self, row):
        """Whether the row says what is true of this submission."""
        failed = {check["number"] for _lesson, check in row.checks() if check["verdict"] == "failed"}
        if self.kind in ("empty", "another file"):
            return row.state == "unreadable"
        if self.kind in ("solution", "shape"):
            return bool(row.checks()) and row.passed() == len(row.checks())
        if self.kind == "mistake":
            return is_caught_by(self.mistakes[0], failed)
        if self.kind in ("pair", "attack"):
            return row.state == "graded" and bool(failed)
        return row.state == "graded" and bool(failed) and row.passed() <= 1  # its imports may be right


def make(folder, count, lessons=None, seed=1, hostile=False):
    """Writes so many submissions into the folder; the truth about each, by the name of its folder."""
    chosen, truths = random.Random(seed), []
    lessons = lessons or checked_lessons()
    kinds = {solution: 15, shape: 15, mistake: 45, pair: 10, broken: 15, attack: 5 * hostile}
    for number in range(count):
        name = f"{number:03} {chosen.choice(FIRST)} {chosen.choice(LAST)}"
        truth = chosen.choices(list(kinds), kinds.values())[0](name, chosen, lessons)
        write(truth, folder / name / truth.lesson.number)
        truths.append(truth)
    return {truth.name: truth for truth in truths}


def solution(name, chosen, lessons):
    return Truth(name, chosen.choice(lessons), "solution")


def shape(name, chosen, lessons):
    """Right, and built differently; the library_ ones use what the check on imports forbids."""
    lesson = chosen.choice(lessons)
    shapes = [path for path in RIGHT.glob(f"{lesson.number}/*") if not path.name.startswith("library_")]
    if not shapes:
        return Truth(name, lesson, "solution")
    which = random.Random(name).choice(sorted(shapes))  # of its own: the rest of the class stays as it is
    return Truth(name, lesson, "shape", folder=which)


def attack(name, chosen, lessons):
    lesson = next((lesson for lesson in lessons if lesson.number == ATTACKED), None)
    if not lesson:
        return broken(name, chosen, lessons)
    folder = chosen.choice(sorted(path.parent for path in ATTACKS.rglob("server.py")))
    return Truth(name, lesson, "attack", folder=folder)


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
    if truth.folder:
        shutil.copytree(truth.folder, folder, dirs_exist_ok=True)
        if truth.kind == "attack":
            (folder / "told.json").write_text(json.dumps(UNKNOWN), "utf-8")
    elif truth.kind in BROKEN:
        for name, text in BROKEN[truth.kind].items():
            (folder / name).write_text(text, "utf-8")
    else:
        write_with(truth.mistakes, truth.lesson, folder)


def main():
    parser = argparse.ArgumentParser(
        prog="python -m grader.classroom.made_up", description=__doc__.split("\n")[0]
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("count", type=int, nargs="?", default=30)
    parser.add_argument("--hostile", action="store_true", help="some attack: for the sandbox only")
    given = parser.parse_args()
    truths = make(given.folder, given.count, hostile=given.hostile)
    print(f"{len(truths)} submissions are in {given.folder}")


if __name__ == "__main__":
    main()
