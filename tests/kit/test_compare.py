"""`checker.py compare`: your run and the reference's side by side, and the first difference marked."""

import pytest

from grader.compare import Step, side_by_side, steps
from grader.lessons import ROOT, checked_lessons
from grader.mistakes import mistakes_of, write_with
from grader.results import FAILED, PASSED, Condition, Event
from tests.kit.courseware import outcome
from tests.kit.support import Desk

LESSONS, SOLUTIONS = {lesson.number: lesson for lesson in checked_lessons()}, ROOT / "solutions"


def heard(at, who, data):
    return Event(at, who, "hears", data, len(data))


def told(rows):
    """Rows as pairs of (who, data), for short."""
    return [tuple(step and (step.who, step.data) for step in row) for row in rows]


def test_a_heard_line_is_one_step_however_its_bytes_came():
    whole = [heard(1, "bob", b"one\ntwo\n")]
    cut = [
        heard(1, "bob", b"on"),
        heard(2, "carol", b"x\n"),
        heard(3, "bob", b"e\ntwo"),
        heard(4, "bob", b"\n"),
    ]
    assert [s.data for s in steps(whole)] == [b"one\n", b"two\n"]
    assert [s.data for s in steps(cut) if s.who == "bob"] == [b"one\n", b"two\n"]


def test_what_is_no_line_is_a_step_at_the_end_or_when_its_hearer_speaks():
    events = [heard(1, "bob", b"half"), Event(2, "bob", "says", b"x", 1), heard(3, "bob", b"rest")]
    assert [s.data for s in steps(events)] == [b"half", b"x", b"rest"]


def test_a_long_step_of_which_only_the_beginning_is_kept_stays_one():
    event = Event(1, "bob", "hears", b"a\nb\n", 5000)
    assert [(s.data, s.count) for s in steps([event])] == [(b"a\nb\n", 5000)]


def test_who_hears_first_what_both_hear_is_no_difference():
    one = steps([heard(1, "bob", b"a\n"), heard(2, "carol", b"a\n")])
    two = steps([heard(1, "carol", b"a\n"), heard(9, "bob", b"a\n")])
    assert all(a.is_like(b) for a, b in side_by_side(one, two))


def test_what_only_the_reference_made_somebody_hear_comes_last():
    one = steps([heard(1, "bob", b"a\n")])
    two = steps([heard(1, "bob", b"a\n"), heard(2, "carol", b"a\n"), heard(3, "bob", b"b\n")])
    a, b = ("bob", b"a\n"), ("bob", b"b\n")
    assert told(side_by_side(one, two)) == [(a, a), (None, ("carol", b"a\n")), (None, b)]


def test_steps_differ_by_who_what_and_bytes_and_not_by_time():
    step = Step(1, "bob", "hears", b"a\n", 2)
    assert step.is_like(Step(2, "bob", "hears", b"a\n", 2))
    assert not step.is_like(Step(1, "bob", "hears", b"b\n", 2))
    assert not step.is_like(None)


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


def test_first_failing_check_is_compared_and_the_first_difference_marked(desk):
    found = desk.run("compare", "04", "--program", str(SOLUTIONS / "03"))
    marked = [line for line in found.text.splitlines() if "◀ first difference" in line]
    assert found.code == 1 and len(marked) == 1
    assert r"\r\n" in marked[0] and marked[0].count("bob") == 2
    assert found.says("bob heard something else.")


def test_a_passing_check_is_compared_when_it_is_named(desk):
    found = desk.run("compare", "05", "--program", str(SOLUTIONS / "06"), "--only", "9")
    assert found.code == 0 and found.says("In this run both made everybody hear the same.")


@pytest.mark.parametrize("words", [["compare"], ["compare", "01", "02"], ["compare", "00"]])
def test_wrong_use_is_one_sentence(desk, words):
    found = desk.run(*words)
    assert (found.code, found.text) == (2, "")
    assert found.errors.strip().count("\n") == 0


def test_nothing_fails_so_there_is_nothing_to_compare(desk):
    found = desk.run("compare", "01", "--program", str(SOLUTIONS / "01"))
    assert found.code == 2 and "nothing to explain" in found.errors


def test_a_check_can_be_run_under_one_condition_alone():
    """So the reference is put under the very condition under which the other program failed."""
    glued = Condition(way="glued")
    check = outcome(LESSONS["04"], SOLUTIONS / "04", only=12, condition=glued).results.checks[0]
    assert (check.verdict, check.condition, check.ways) == (PASSED, glued, {})


def test_a_failure_remembers_its_condition(tmp_path):
    """A program that takes what comes at once for one line fails only when lines are glued."""
    mistake = next(m for m in mistakes_of(LESSONS["06"]) if m.name.startswith("takes one line out of each"))
    program = write_with([mistake], LESSONS["06"], tmp_path)
    check = outcome(LESSONS["06"], program, only=4).results.checks[0]
    assert (check.verdict, check.condition.way) == (FAILED, "glued")
