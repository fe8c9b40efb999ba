"""A student's own copy of the course, in which a test may do what a student does."""

import os
import shutil
import subprocess
import sys

from grader.lessons import Lesson
from tests.kit.support import ROOT, SAFETY, Outcome

PARTS = ("checker.py", "grader", "lessons", "solutions", "tests/lessons", "tests/mistakes", "tests/hints")


class Home:
    """The copy, and the checker in it."""

    def __init__(self, folder):
        self.folder = folder
        for part in PARTS:
            copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copyfile
            (folder / part).parent.mkdir(parents=True, exist_ok=True)
            copy(ROOT / part, folder / part, **ignoring(copy))
        self.environment = os.environ | {
            "PYTHONUTF8": "1",
            "LANGUAGE": "en",
            "TERM": "xterm",
            "COLUMNS": "130",
        }
        self.environment.pop("ECHO_TO_CHAT_PROGRESS", None)
        self.environment.pop("NO_COLOR", None)

    def lesson(self, number):
        return self.folder / "lessons" / number

    def solve(self, number):
        """The lesson's files become the solution's."""
        shutil.copytree(Lesson(number).solution, self.lesson(number), dirs_exist_ok=True)

    def command(self, *words):
        return [sys.executable, str(self.folder / "checker.py"), *words]

    def run(self, *words, **environment):
        done = subprocess.run(
            self.command(*words),
            capture_output=True,
            env=self.environment | environment,
            text=True,
            encoding="utf-8",
            timeout=SAFETY,
        )
        return Outcome(done.returncode, done.stdout, done.stderr)

    def at_a_terminal(self, *words):
        """The checker as a person sees it, driven by pexpect."""
        import pexpect

        program, *arguments = self.command(*words)
        return pexpect.spawn(
            program,
            arguments,
            env=self.environment,
            encoding="utf-8",
            timeout=SAFETY,
            dimensions=(50, 130),
            cwd=self.folder,
        )


def ignoring(copy):
    return {"ignore": shutil.ignore_patterns("__pycache__")} if copy is shutil.copytree else {}
