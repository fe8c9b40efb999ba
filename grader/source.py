"""A student's program as text: its files, what they import, the lines a report points at.

It reads and never runs them. What the program itself deletes while it runs can be put back.
"""

import ast
import contextlib
import itertools
import os
from pathlib import Path

from grader.results import Frame

MAX_FILES, MAX_BYTES = 200, 1_000_000  # at most so many files, and none that is larger
# Modules of the standard library that are a server or an event loop themselves: with them a student
# would use what this course is there to build.
SERVERS = {"asyncio", "socketserver", "http", "xmlrpc", "wsgiref", "asyncore", "asynchat", "smtpd"}


class Source:
    """The Python files beside the entry file, and what else is there, read once, before anything runs."""

    def __init__(self, entry, root):
        self.entry, self.folder, self._root = entry, entry.parent, root
        self.files = contents(sorted(self.folder.glob("*.py"))[:MAX_FILES])
        self._others = contents(itertools.islice(files_below(self.folder), MAX_FILES))

    def show(self, path):
        """The path as a student would type it."""
        with contextlib.suppress(ValueError):
            return Path(path).relative_to(self._root).as_posix()
        return str(path)

    def line(self, path, number):
        lines = self.files.get(Path(path), b"").decode("utf-8", "replace").splitlines()
        return lines[number - 1].strip() if 0 < number <= len(lines) else ""

    def place_of(self, frames):
        """The innermost of these frames (outermost first) that is in the student's own files."""
        for file, line, function, _ in reversed(frames):
            if Path(file) in self.files:
                return Frame(self.show(file), line, function, self.line(file, line))
        return None

    def has(self, text):
        """Whether a piece of code stands in any of the files."""
        return any(text in data.decode("utf-8", "replace") for data in self.files.values())

    def find(self, text):
        """The place of a piece of code, if it stands in exactly one line."""
        found = list(self._places(text))
        return found[0] if len(found) == 1 else None

    def first(self, pieces):
        """The place of the first of these pieces of code that stands anywhere, in its first line; or None."""
        return next((found for text in pieces for found in self._places(text)), None)

    def _places(self, text):
        """Each line of code in which it stands."""
        for path, data in self.files.items():
            for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
                if text in line and not line.lstrip().startswith("#"):
                    yield Frame(self.show(path), number, "", line.strip())

    def imports(self):
        """Each module that the entry file imports, also by way of its own other files, with the place."""
        seen, waiting, found = set(), [self.entry], []
        while waiting:
            path = waiting.pop()
            if path in seen or path not in self.files:
                continue
            seen.add(path)
            for name, number in imported(self.files[path]):
                found.append((name, Frame(self.show(path), number, "", self.line(path, number))))
                waiting.append(self.folder / f"{name}.py")
        return found

    def restore(self):
        """Writes back what was there and is gone; returns the names of the files put back."""
        known = self._others | self.files
        lost = sorted(path for path in known if not path.exists())
        for path in lost:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(known[path])
        return [self.show(path) for path in lost]


def contents(paths):
    """The bytes of these files, by their paths; those that are too large or cannot be read are left out."""
    known = {}
    for path in paths:
        with contextlib.suppress(OSError):
            if path.is_file() and path.stat().st_size <= MAX_BYTES:
                known[path] = path.read_bytes()
    return known


def files_below(folder):
    """What is in the folder and below it, hidden folders and Python's caches left out."""
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(f for f in folders if not f.startswith((".", "__pycache__")))
        yield from (Path(parent, name) for name in sorted(files))


def imported(data):
    """The top-level names of all import statements, with their lines; none if it is not valid Python."""
    try:
        tree = ast.parse(data)
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name.partition(".")[0], node.lineno
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.partition(".")[0], node.lineno
