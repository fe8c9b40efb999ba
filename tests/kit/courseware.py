"""What the kit's tests ask of the courseware: a lesson's sentences, and verdicts on a program."""

import ast
from dataclasses import dataclass

from grader.checking import Options, check_lesson
from grader.guardian import Run
from grader.results import FAILED, INCONCLUSIVE, PASSED

SEED = 7


@dataclass
class Outcome:
    """The numbers of the checks, by their verdict, and all that the run produced."""

    passed: set
    failed: set
    unknown: set
    results: object


def outcome(lesson, program, seed=SEED, **options):
    """Checks the program as checker.py would."""
    with Run() as run:
        results = check_lesson(lesson, Options(program=str(program), seed=seed, **options), run)
    by_verdict = [
        {c.number for c in results.checks if c.verdict == v} for v in (PASSED, FAILED, INCONCLUSIVE)
    ]
    return Outcome(*by_verdict, results)


def functions(lesson):
    """The lesson's checks as syntax trees, in order."""
    tree = ast.parse(lesson.checks.read_text("utf-8"))
    return [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]


def sentences(lesson):
    """What a student reads: the first line of each check's docstring."""
    return list(lesson.stories().values())


def marked(lesson, mark):
    """The numbers of the checks that carry the mark."""
    marks = [
        ast.unparse(function.decorator_list) if function.decorator_list else ""
        for function in functions(lesson)
    ]
    return {number for number, text in enumerate(marks, 1) if f".{mark}" in text}
