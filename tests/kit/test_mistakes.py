"""Every typical mistake is caught, by exactly the checks that its entry lists, and is named in the report."""

import pytest

from grader.lessons import checked_lessons
from grader.mistakes import is_caught_by, mistakes_of, write_with
from grader.source import Source
from tests.kit.courseware import outcome

ALL = [(lesson, mistake) for lesson in checked_lessons() for mistake in mistakes_of(lesson)]
NAMES = [f"{lesson.number}-{mistake.name}" for lesson, mistake in ALL]


@pytest.mark.parametrize("lesson, mistake", ALL, ids=NAMES)
def test_mistake_is_caught_by_the_checks_that_it_lists(lesson, mistake, tmp_path):
    """Many a mistake is a race. A list is wrong when two runs of two disagree with it; how often one
    run does is what `python -m grader.soak --mistakes` measures.
    """
    program = write_with([mistake], lesson, tmp_path)
    wrong = disagreement(lesson, mistake, program, seed=7) and disagreement(lesson, mistake, program, seed=8)
    assert not wrong


def disagreement(lesson, mistake, program, seed):
    """What a run says that the entry does not, or an empty text."""
    result = outcome(lesson, program, seed=seed)
    if result.unknown or not is_caught_by(mistake, result.failed):
        return f"failed {result.failed}, could not tell {result.unknown}, listed {mistake.fails}"
    belief = result.results.belief
    twins = {other.name for other in mistakes_of(lesson) if other.fails == mistake.fails}
    return "" if belief and belief.mistake in twins else f"the report names {belief}"


@pytest.mark.parametrize("lesson", checked_lessons(), ids=lambda lesson: lesson.number)
def test_names_of_mistakes_are_unique_and_read_as_a_sentence(lesson):
    names = [mistake.name for mistake in mistakes_of(lesson)]
    assert len(names) == len(set(names))
    for mistake in mistakes_of(lesson):
        assert mistake.name[0].islower() and not mistake.name.endswith(".")
        assert mistake.belief.endswith(".")


@pytest.mark.parametrize("lesson, mistake", ALL, ids=NAMES)
def test_code_that_gives_a_mistake_away_stands_in_a_program_with_it(lesson, mistake, tmp_path):
    write_with([mistake], lesson, tmp_path)
    assert Source(tmp_path / lesson.entry, tmp_path).has(mistake.look)
