"""The course keeps its promises: solutions pass, starters fail the story, other right programs pass."""

import ast
import difflib
import sys

import pytest

from grader.lessons import ROOT, all_lessons, checked_lessons
from grader.mistakes import mistakes_of
from grader.source import SERVERS, Source
from tests.kit.courseware import functions, marked, outcome, sentences

LESSONS = {lesson.number: lesson for lesson in checked_lessons()}
RIGHT = sorted((ROOT / "tests" / "programs" / "right").glob("*/*"))
FULL = "07"  # from this lesson on a program that is right for a later lesson is right for this one, too
# From which lesson on a solution may wait for whichever comes first: in select(), or with a selector.
WAITING = {"select": "07", "selectors": "10"}
MAX_CHANGED = 40
VERBLESS = (ast.If, ast.While, ast.Try, ast.With, ast.Assert, ast.Raise, ast.Lambda)

each_lesson = pytest.mark.parametrize("number", LESSONS)


def previous(number):
    return f"{int(number) - 1:02}"


@each_lesson
def test_solution_passes(number):
    result = outcome(LESSONS[number], ROOT / "solutions" / number)
    assert not result.failed and not result.unknown
    assert len(result.passed) == len(sentences(LESSONS[number]))


@each_lesson
def test_untouched_starter_runs_and_fails_the_story(number):
    result = outcome(LESSONS[number], ROOT / "lessons" / number)
    assert marked(LESSONS[number], "story") and marked(LESSONS[number], "story") <= result.failed
    assert result.passed, "a starter runs, and passes what it inherits"
    assert "not run" not in {check.verdict for check in result.results.checks}


@pytest.mark.parametrize("number", [number for number in LESSONS if previous(number) in LESSONS])
def test_what_was_there_before_fails_the_story(number):
    """The previous solution; or the naive chat, where that has no program of this kind yet."""
    before = ROOT / "solutions" / previous(number)
    if not (before / LESSONS[number].entry).exists():
        before = ROOT / "tests/programs/naive"
    result = outcome(LESSONS[number], before)
    assert marked(LESSONS[number], "story") <= result.failed


def right_for(number):
    """The programs of other shapes that keep this lesson's contract."""
    later = [path for path in RIGHT if number >= FULL and path.parent.name > number]
    return [path for path in RIGHT if path.parent.name == number] + later


EACH = [(number, program) for number in LESSONS for program in right_for(number)]


@pytest.mark.parametrize(
    "number, program", EACH, ids=[f"{number}-{path.parent.name}-{path.name}" for number, path in EACH]
)
def test_right_program_of_another_shape_passes(number, program):
    """One that uses a library for the work fails the check on imports, and nothing else.

    Beside two other tests a program may miss a deadline of lesson 10. Only two runs of two speak against
    it; how often one does is what a soak has to measure.
    """
    lesson = LESSONS[number]
    imports = {len(sentences(lesson))} if program.name.startswith("library_") else set()
    result = outcome(lesson, program)
    if (result.failed, result.unknown) != (imports, set()):
        result = outcome(lesson, program)
    assert (result.failed, result.unknown) == (imports, set()), [
        (check.number, check.failure.headline, check.failure.detail)
        for check in result.results.checks
        if check.failure
    ]


@each_lesson
def test_at_least_three_right_programs_of_other_shapes(number):
    shapes = [path for path in right_for(number) if not path.name.startswith("library_")]
    assert len(shapes) >= 3


def test_a_library_passes_where_any_library_may_be_used():
    result = outcome(LESSONS["02"], ROOT / "tests/programs/right/02/library_asyncio", any_library=True)
    assert not result.failed and not result.unknown


@pytest.mark.parametrize("number", [number for number in LESSONS if previous(number) in LESSONS])
def test_few_lines_change_from_one_solution_to_the_next(number):
    """In the files that the student edits; what the starter gives complete is nobody's work."""
    starter, solution = ROOT / "lessons" / number, ROOT / "solutions" / number
    edited = {path.name for path in solution.glob("*.py") if lines_of(path) != lines_of(starter / path.name)}
    assert changed_lines(ROOT / "solutions" / previous(number), solution, edited) <= MAX_CHANGED


@each_lesson
def test_few_lines_lie_between_starter_and_solution(number):
    starter, solution = ROOT / "lessons" / number, ROOT / "solutions" / number
    assert changed_lines(starter, solution, {path.name for path in solution.glob("*.py")}) <= MAX_CHANGED


def changed_lines(old, new, names):
    """Lines of these files added, removed or replaced; a replaced line counts once, a blank one never."""
    changed = 0
    for name in names:
        sides = [lines_of(folder / name) for folder in (old, new)]
        for tag, a, b, c, d in difflib.SequenceMatcher(None, *sides, autojunk=False).get_opcodes():
            changed += max(b - a, d - c) if tag != "equal" else 0
    return changed


def lines_of(path):
    return [line for line in path.read_text("utf-8").splitlines() if line.strip()] if path.exists() else []


@each_lesson
def test_starter_and_solution_are_twins(number):
    names = [{path.name for path in (ROOT / top / number).glob("*.py")} for top in ("lessons", "solutions")]
    assert names[0] == names[1]
    assert "TODO" in "".join(path.read_text("utf-8") for path in (ROOT / "lessons" / number).glob("*.py"))
    assert "TODO" not in "".join(
        path.read_text("utf-8") for path in (ROOT / "solutions" / number).glob("*.py")
    )


@each_lesson
def test_solution_imports_only_what_the_course_allows(number):
    allowed = set(sys.stdlib_module_names) - SERVERS
    allowed -= {module for module, first in WAITING.items() if number < first}
    own = {path.stem for path in (ROOT / "solutions" / number).glob("*.py")}
    for entry in (ROOT / "solutions" / number).glob("*.py"):
        assert {name for name, _ in Source(entry, ROOT).imports()} <= allowed | own


@each_lesson
def test_a_check_is_a_story_without_sleep_branch_or_message(number):
    for function in functions(LESSONS[number]):
        names = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
        names |= {node.attr for node in ast.walk(function) if isinstance(node, ast.Attribute)}
        assert not names & {"sleep", "time", "socket", "subprocess", "monotonic"}, function.name
        assert not any(isinstance(node, (*VERBLESS, ast.For)) for node in ast.walk(function)), function.name


@each_lesson
def test_every_check_is_needed_by_some_mistake(number):
    """A check that no mistake fails could be left out, and nobody would see it."""
    needed = {check for mistake in mistakes_of(LESSONS[number]) for check in mistake.fails}
    assert needed == set(range(1, len(sentences(LESSONS[number])) + 1))


def test_every_lesson_has_its_parts():
    for lesson in all_lessons():
        assert lesson.page.exists()
    for lesson in LESSONS.values():
        assert lesson.mistakes.exists() and (lesson.solution / lesson.entry).exists()
