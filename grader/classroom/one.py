"""Grades one submission, in a process of its own, and hands the results over a pipe.

    python -m grader.classroom.one '{"programs": {"03": "/handed-in/03"}, ...}' DESCRIPTOR

Nothing that a student's program can reach gets the results: the pipe is ours, and no file holds them.
"""

import contextlib
import json
import os
import sys
import threading
import time
from dataclasses import dataclass, field

from grader.words import _

MEMORY = 1 << 30  # bytes that the programs of one submission, and we for them, may hold together
LOOK = 0.05  # seconds between two looks at it, or more:
SHARE = 5  # times the CPU time of a look, for there may be a thousand processes to look at


@dataclass
class Order:
    """What to grade, and how: the programs' paths by lesson, and the run's options."""

    programs: dict
    seed: int = 0
    patience: float = 2.0
    any_library: bool = False
    caged: bool = False
    shown: dict = field(default_factory=dict)  # the path that a report says, by lesson


def grade(order):
    """The results of each lesson in turn, as plain data."""
    from grader.checking import Options, check_lesson
    from grader.guardian import Run
    from grader.lessons import choose

    found = []
    with Run(order.caged) as run:
        watch = Watch(run)
        threading.Thread(target=watch.limit_memory, daemon=True).start()
        for lesson in choose(sorted(order.programs)):
            path = order.programs[lesson.number]
            options = Options(path, None, order.seed, order.patience, order.any_library)
            results = check_lesson(lesson, options, run)
            results.program = order.shown.get(lesson.number, path)
            results.notes += watch.notes()
            found.append(results.as_json())
    return found


class Watch:
    """Looks how much memory a run's programs hold, and ends one of them when it is too much.

    What we hold ourselves counts too, for a program can send us more than we want to hear.
    """

    def __init__(self, run):
        self._run, self._ended = run, False

    def limit_memory(self):
        while not self._run.cancelled.is_set():
            began = time.thread_time()
            if program := self._greedy():
                self._end(program)
            time.sleep(max(LOOK, SHARE * (time.thread_time() - began)))

    def notes(self):
        """What a report must say of the lesson that is just done."""
        ended, self._ended = self._ended, False
        return [too_much()] if ended else []

    def _end(self, program):
        """First its check is told, and fails: or our kill would pass for an end that was asked for."""
        if program.flooded:
            program.kill()
        program.flooded, self._ended = too_much(), True

    def _greedy(self):
        """The program that must end, or None: who holds most; or, if it is we who do, who is at work most."""
        sizes, children = memory()
        families = {program: family(top_of(program), children) for program in list(self._run.programs)}
        held = {program: sum(sizes.get(pid, 0) for pid in pids) for program, pids in families.items()}
        ours, theirs = sizes.get(os.getpid(), 0), sum(held.values())
        if not held or ours + theirs <= MEMORY:
            return None
        used = held if theirs > ours else {program: at_work(pids) for program, pids in families.items()}
        return max(used, key=used.get)


def too_much():
    return _("The programs held more than {size} MiB of memory together.", size=MEMORY >> 20)


def memory():
    """Resident bytes of each process, and each one's children, by their numbers."""
    import psutil

    sizes, children = {}, {}
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):  # it is gone; that says nothing of the others
            children.setdefault(process.ppid(), []).append(process.pid)
            sizes[process.pid] = process.memory_info().rss
    return sizes, children


def at_work(pids):
    """CPU seconds that these processes have used."""
    import psutil

    seconds = 0.0
    for pid in pids:
        with contextlib.suppress(psutil.Error, OSError):
            seconds += sum(psutil.Process(pid).cpu_times()[:2])
    return seconds


def family(pid, children):
    """The process and all below it, however deep."""
    found, waiting = set(), [pid]
    while waiting:
        one = waiting.pop()
        if one not in found:  # numbers may change hands while we look, and then go in a circle
            found.add(one)
            waiting += children.get(one, [])
    return found


def top_of(program):
    """The process above all that the program has started: the first of its cage, also above orphans."""
    return getattr(program._process, "first", program.pid)


def main(order, descriptor):
    """Writes {"lessons": [...]}, or {"reason": ...} if the submission itself cannot be graded."""
    from grader.lessons import WrongUse

    try:
        answer = {"lessons": grade(Order(**json.loads(order)))}
    except WrongUse as wrong:
        answer = {"reason": str(wrong)}
    # Half a character, which a program can put into its exceptions, is no text: it becomes a question mark.
    with os.fdopen(int(descriptor), "w", encoding="utf-8", errors="replace") as pipe:
        json.dump(answer, pipe, ensure_ascii=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
