"""Looks for the checks, the solutions, other programs and the grader's secrets, in files and processes."""

import json
import os
import sys
from pathlib import Path

sys.stdout = sys.stderr  # what we print there is no first line

TOLD = json.loads(Path(__file__).with_name("told.json").read_text())  # more than any student can know
MARKS = {name: (first + second).encode() for name, (first, second) in TOLD["marks"].items()}
ASIDE = ("/usr", "/proc", "/sys", "/dev", sys.prefix, sys.base_prefix)  # large, and the same for everybody


def look_at(path):
    """Says which of the marks are in a file."""
    try:
        text = os.fsencode(path) + Path(path).read_bytes()
    except OSError:
        return 0
    for name, mark in MARKS.items():
        if mark in text:
            print("FOUND", name, "in", path, mark)
    return 1


def files():
    """All that can be reached from the root, and what is said to hold secrets."""
    for folder, folders, names in os.walk("/"):
        folders[:] = [name for name in folders if os.path.join(folder, name) not in ASIDE]
        yield from (os.path.join(folder, name) for name in names)
    for path in TOLD["paths"]:
        yield from Path(path).rglob("*") if Path(path).is_dir() else [path]


def of_processes():
    """What /proc says of each process but this one."""
    for number in filter(str.isdecimal, os.listdir("/proc")):
        if int(number) != os.getpid():
            yield from (f"/proc/{number}/{name}" for name in ("environ", "cmdline", "mountinfo", "status"))
            yield from Path(f"/proc/{number}/root").glob("*/*.py")


Path("mine").write_bytes(MARKS["environment"][::-1])
print("searched", sum(map(look_at, files())), "files and", sum(map(look_at, of_processes())), "of processes")
print("environment", *sorted(os.environ))
for name, mark in MARKS.items():
    if mark in repr(dict(os.environ)).encode():
        print("FOUND", name, "in the environment", mark)
print("the search works:", MARKS["environment"][::-1] in Path("mine").read_bytes())
