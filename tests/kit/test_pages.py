"""Pages tell the truth: they name every check as it is, and show what runs print today."""

import contextlib
import re
import sys
import tempfile
from pathlib import Path

import pytest

from grader.lessons import all_lessons, checked_lessons
from tests.kit import pages, picture
from tests.kit.courseware import sentences

PORT = "12413"  # what a server listens at when nobody asks for another port
LESSONS = {lesson.number: lesson for lesson in all_lessons()}


@contextlib.contextmanager
def port_of_our_own():
    """Other tests may run at the same time; those that need this port do so one after another."""
    import fcntl

    with open(Path(tempfile.gettempdir()) / f"echo-to-chat-{PORT}.lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@pytest.mark.parametrize("number", [lesson.number for lesson in checked_lessons()])
def test_page_quotes_every_check_in_order(number):
    section = re.split(r"(?m)^## ", LESSONS[number].page.read_text("utf-8"))
    check = next(part for part in section if part.startswith("Check"))
    assert re.findall(r"(?m)^\d+\. (.*)$", check) == sentences(LESSONS[number])


@pytest.mark.parametrize("number", LESSONS)
def test_first_line_is_number_and_title(number):
    first = LESSONS[number].page.read_text("utf-8").splitlines()[0]
    assert re.fullmatch(rf"# {number} · \S.*", first)


@pytest.mark.skipif(sys.platform == "win32", reason="the pages show what a POSIX shell prints")
@pytest.mark.parametrize("number", LESSONS)
def test_outputs_in_pages_are_what_runs_print_today(number):
    page = LESSONS[number].page
    with port_of_our_own() if PORT in page.read_text("utf-8") else contextlib.nullcontext():
        wrong = [f"$ {step.command}\n{printed}" for step, printed in pages.differences(page)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.skipif(sys.platform == "win32", reason="it is drawn from two shells on pseudo-terminals")
def test_picture_shows_what_two_people_see_today():
    with port_of_our_own():
        drawn = picture.draw(picture.chat())
    assert drawn == picture.PICTURE.read_text("utf-8")


@pytest.mark.parametrize(
    "shown, printed, same",
    [
        ("one\ntwo\n", "one\ntwo\n", True),
        ("one\n…\nfour\n", "one\ntwo\nthree\nfour\n", True),
        ("one\n…\n", "one\n", True),
        ("one\nthree\n", "one\ntwo\nthree\n", False),
        ("   12 ms  a\n", "  340 ms  a\n", True),
        (" 1 ms  a\n 2 ms  b\n", " 1 ms  b\n 1 ms  a\n", True),
        (" 1 ms  a\n", " 1 ms  b\n 1 ms  a\n", False),
        ("…\n 1 ms  a\n", " 1 ms  b\n 1 ms  a\n", True),
        ("…\n 1 ms  c\n", " 1 ms  b\n 1 ms  a\n", False),
        ("a\n", "b\n", False),
    ],
)
def test_comparison(shown, printed, same):
    assert pages.agrees(shown, printed) is same
