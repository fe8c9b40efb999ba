"""What lessons there are, and where their parts stand. A lesson is a number; there is no registry."""

import ast
import re
from dataclasses import dataclass
from pathlib import Path

from grader.words import _

ROOT = Path(__file__).resolve().parent.parent


class WrongUse(Exception):
    """The user asked for something that there is not; the message says what there is."""


@dataclass(frozen=True)
class Lesson:
    """One lesson, by its number of two digits."""

    number: str

    @property
    def folder(self):
        return ROOT / "lessons" / self.number

    @property
    def solution(self):
        return ROOT / "solutions" / self.number

    @property
    def page(self):
        return self.folder / "README.md"

    @property
    def mistakes(self):
        return ROOT / "tests" / "mistakes" / f"{self.number}.toml"

    @property
    def checks(self):
        """The file with the lesson's checks, or None."""
        return next(iter((ROOT / "tests" / "lessons").glob(f"test_{self.number}_*.py")), None)

    @property
    def hints(self):
        return ROOT / "tests" / "hints" / f"{self.number}.toml"

    def stories(self):
        """What its checks say to the student, by their names, in order."""
        tree = ast.parse(self.checks.read_text("utf-8")) if self.checks else ast.Module([], [])
        tests = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
        stories = {
            t.name: ast.get_docstring(t).partition("\n")[0] for t in tests if t.name.startswith("test_")
        }
        return {name.removeprefix("test_"): sentence for name, sentence in stories.items()}

    @property
    def entry(self):
        """The file that its checks start: what they say in `PROGRAM`, or else server.py."""
        said = re.search(r'(?m)^PROGRAM = "(\w+\.py)"', self.checks.read_text("utf-8") if self.checks else "")
        return said[1] if said else "server.py"

    @property
    def title(self):
        """From the page's first line, `# 03 · Everyone hears`."""
        first = self.page.read_text("utf-8").partition("\n")[0] if self.page.exists() else ""
        return first.lstrip("# ").partition("·")[2].strip() or _("Lesson {number}", number=self.number)


def all_lessons():
    return [Lesson(p.name) for p in sorted((ROOT / "lessons").iterdir()) if re.fullmatch(r"\d\d", p.name)]


def checked_lessons():
    return [lesson for lesson in all_lessons() if lesson.checks]


def choose(words):
    """The lessons meant by words such as `03`, `3`, `01-03` or `all`."""
    known = {lesson.number: lesson for lesson in all_lessons()}
    chosen = {}
    for word in words:
        for number in numbers(word, known):
            if number not in known:
                there = ", ".join(known)
                raise WrongUse(_("There is no lesson {word}. There are {lessons}.", word=word, lessons=there))
            chosen[number] = known[number]
    return list(chosen.values())


def numbers(word, known):
    if word == "all":
        return [number for number in known if known[number].checks]
    match = re.fullmatch(r"(\d{1,2})(?:-(\d{1,2}))?", word)
    if not match:
        raise WrongUse(
            _("{word!r} is no lesson: say a number such as 03, a range such as 01-03, or all.", word=word)
        )
    first, last = int(match[1]), int(match[2] or match[1])
    if last < first:
        turned = f"{last:02}-{first:02}"
        raise WrongUse(_("{word} runs backwards: say {turned}.", word=word, turned=turned))
    return [f"{number:02}" for number in range(first, last + 1)]


def entry_of(program, lesson):
    """The file to start, from what a user gave as --program: a file, a lesson's folder, or solutions."""
    path = Path(program).resolve() if program else lesson.folder
    if path.is_file():
        return path
    for candidate in (path / lesson.entry, path / lesson.number / lesson.entry):
        if candidate.is_file():
            return candidate
    folder = program or path.relative_to(ROOT).as_posix()
    raise WrongUse(_("There is no {file} in {folder}.", file=lesson.entry, folder=folder))
