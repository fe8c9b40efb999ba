"""Grades one submission, in a process of its own, and hands the results over a pipe.

    python -m grader.classroom.one '{"programs": {"03": "/handed-in/03"}, ...}' DESCRIPTOR

Nothing that a student's program can reach gets the results: the pipe is ours, and no file holds them.
"""

import json
import os
import sys
import threading
import time
from dataclasses import dataclass, field

MEMORY = 1 << 30  # bytes that the programs of one submission may hold together
LOOK = 0.05  # seconds between two looks at it


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
        threading.Thread(target=limit_memory, args=(run,), daemon=True).start()
        for lesson in choose(sorted(order.programs)):
            path = order.programs[lesson.number]
            options = Options(path, None, order.seed, order.patience, order.any_library)
            results = check_lesson(lesson, options, run)
            results.program = order.shown.get(lesson.number, path)
            found.append(results.as_json())
    return found


def limit_memory(run):
    """Ends the programs when they hold too much together; each check then says that it was ended."""
    while not run.cancelled.is_set():
        programs = list(run.programs)
        if sum(map(resident, programs)) > MEMORY:
            for program in programs:
                program.kill()
        time.sleep(LOOK)


def resident(program):
    """Bytes that the program and all that it started hold; 0 of one that is gone."""
    import psutil

    try:
        process = psutil.Process(program.pid)
        return sum(p.memory_info().rss for p in [process, *process.children(recursive=True)])
    except psutil.Error:
        return 0


def main(order, descriptor):
    """Writes {"lessons": [...]}, or {"reason": ...} if the submission itself cannot be graded."""
    from grader.lessons import WrongUse

    try:
        answer = {"lessons": grade(Order(**json.loads(order)))}
    except WrongUse as wrong:
        answer = {"reason": str(wrong)}
    with os.fdopen(int(descriptor), "w", encoding="utf-8") as pipe:
        json.dump(answer, pipe, ensure_ascii=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
