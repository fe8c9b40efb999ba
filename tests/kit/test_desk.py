"""The student's desk: the board, hints, reset, runs once more, a server of one's own, the play."""

import os
import subprocess
import sys

import pytest

from grader.desk.hints import LEVELS, found, hints_of
from grader.desk.reset import STARTERS, starter_of
from grader.lessons import checked_lessons
from tests.kit import starters
from tests.kit.home import Home
from tests.kit.support import posix_only

LESSONS = checked_lessons()
NAMES = [lesson.number for lesson in LESSONS]
IDEA, QUESTION = (80, 160), 35  # words


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path)


# the board


def test_the_board_begins_with_the_first_page(home):
    board = home.run()
    assert board.code == 0
    assert board.says("Next:  read lessons/00/README.md, then lessons/01/README.md")


def test_the_board_shows_what_passed_what_is_new_and_what_comes_next(home):
    home.run("03")
    home.solve("03")
    assert home.run("03").says("13 of 13 · new since last time: 12")

    board = home.run()

    assert board.says(f"✓ 03  {'Everyone hears':<34}  13 of 13   new since last time: 12")
    assert board.says("Next:  read lessons/04/README.md, then python checker.py 04")


def test_the_board_names_the_check_to_mend(home):
    home.run("01")
    board = home.run()
    assert board.says("Next:  check 3 of lesson 01: Fifty messages go there and back on one connection.")
    assert board.says("python checker.py 01 --hint")


# hints


@pytest.mark.parametrize("lesson", LESSONS, ids=NAMES)
def test_each_check_has_all_levels_of_hints(lesson):
    hints = hints_of(lesson)
    assert list(hints) == list(lesson.stories())
    for name, hint in hints.items():
        assert hint.question.endswith("?") and len(hint.question.split()) <= QUESTION, name
        assert IDEA[0] <= len(hint.idea.split()) <= IDEA[1], name
        found(lesson.page.read_text("utf-8"), hint.paragraph)


def test_each_hint_goes_one_level_further(home):
    hints = [home.run("03", "--hint") for _ in range(LEVELS + 1)]

    for level, hint in enumerate([1, 2, 3, 3]):
        assert hints[level].says(f"hint {hint} of 3")
    assert "?" in hints[0].text and "lessons/03/" in hints[0].text
    assert "lessons/03/README.md · " in hints[2].text
    assert hints[2].text == hints[3].text


def test_who_has_nothing_to_mend_gets_the_report(home):
    home.solve("01")
    done = home.run("01", "--hint")
    assert done.code == 0
    assert done.says("13 of 13")


# reset


@pytest.mark.parametrize("lesson", LESSONS, ids=NAMES)
def test_the_starters_that_are_kept_are_those_of_the_lessons(lesson):
    there = {name: data for name, data in starters.starters().items() if name.startswith(lesson.number)}
    kept = {f"{lesson.number}/{name}": data for name, data in starter_of(lesson).items()}
    assert kept == there, f"run tests/kit/starters.py, which makes {STARTERS.name} anew"


def test_reset_puts_the_starter_back_and_keeps_what_was_there(home):
    lesson = home.lesson("03")
    starter = {file.name: file.read_bytes() for file in lesson.iterdir()}
    mine = {"server.py": b"# mine\n", "socket.py": b"# in the way\n", "notes.txt": b"do not lose me\n"}
    for name, data in mine.items():
        (lesson / name).write_bytes(data)

    done = home.run("reset", "03")

    (copy,) = home.folder.glob("kept/03-*")
    told = f"lessons/03 is the starter again. What was there is in kept/{copy.name}."
    assert (done.code, done.text.strip()) == (0, told)
    now = {file.name: file.read_bytes() for file in lesson.iterdir() if file.is_file()}
    assert now == starter | {"notes.txt": mine["notes.txt"]}
    assert {name: (copy / name).read_bytes() for name in mine} == mine


def test_reset_of_a_starter_changes_nothing(home):
    done = home.run("reset", "03")
    assert (done.code, done.text.strip()) == (0, "lessons/03 is the starter already: nothing was changed.")
    assert not (home.folder / "kept").exists()


def test_two_resets_keep_two_copies(home):
    server = home.lesson("03") / "server.py"
    for text in ("one", "two"):
        server.write_text(text, "utf-8")
        home.run("reset", "03")
    assert sorted(copy.read_text("utf-8") for copy in home.folder.glob("kept/*/server.py")) == ["one", "two"]


def test_what_cannot_be_kept_is_not_reset(home):
    (home.lesson("03") / "server.py").write_text("mine", "utf-8")
    (home.folder / "kept").write_text("a file where a folder should be", "utf-8")

    done = home.run("reset", "03")

    assert done.code == 2
    assert done.errors.startswith("checker.py: Nothing was reset, for no copy could be made: ")
    assert (home.lesson("03") / "server.py").read_text("utf-8") == "mine"


# once more


def test_each_failure_prints_the_command_that_runs_it_again(home):
    home.solve("03")
    room = home.lesson("03") / "room.py"
    walks_along = room.read_text("utf-8").replace("members = list(self._members)", "members = self._members")
    assert walks_along != room.read_text("utf-8")
    room.write_text(walks_along, "utf-8")

    report = home.run("03", "--only", "6", "--under", "shuffled", "--times", "3")

    (again,) = [line.strip() for line in report.text.splitlines() if line.strip().startswith("Again: ")]
    assert "--only 6" in again and again.endswith("--under shuffled --times 20")
    assert [line for line in report.text.splitlines() if line.strip().endswith("of 3 runs failed.")]


@pytest.mark.parametrize("name", ["glued", "byte by byte", "cut inside a character"])
def test_a_way_in_which_the_bytes_come_can_be_asked_for(home, name):
    report = home.run("04", "--program", str(home.folder / "solutions"), "--only", "12", "--under", name)
    assert (report.code, report.says("1 of 1")) == (0, True)


def test_a_condition_that_there_is_not_is_wrong_use(home):
    done = home.run("04", "--under", "water")
    assert done.code == 2
    assert done.errors.startswith("checker.py: There is no run 'water'; there are: plain, shuffled, ")


# pictures


def test_a_transcript_is_drawn_into_a_file(home):
    picture = home.folder / "talk.svg"
    report = home.run("03", "--wire", str(picture))
    assert report.code == 1
    svg = picture.read_text("utf-8")
    assert svg.startswith("<svg") and "03.1 · What Alice says reaches Bob" in svg


def test_a_lesson_behind_wire_is_a_lesson(home):
    report = home.run("--wire", "01")
    assert report.code == 1
    assert "Lesson 01" in report.text


@pytest.mark.parametrize("words", [["03"], ["compare", "03"]], ids=str)
def test_the_report_is_written_as_a_page(home, words):
    page = home.folder / "report.html"
    report = home.run(*words, "--html", str(page))
    assert report.code == 1
    assert page.read_text("utf-8").startswith("<!doctype html>")


@pytest.mark.parametrize("option", ["--html", "--json", "--wire"])
def test_a_folder_that_is_not_there_is_said_before_anything_runs(home, option):
    done = home.run("03", option, "nowhere/file.svg")
    assert (done.code, done.errors.strip()) == (2, "checker.py: There is no folder for nowhere/file.svg.")


# a server that the user has started


class Running:
    """A solution's server, started as a user starts it."""

    def __init__(self, number, home):
        server = home.folder / "solutions" / number / "server.py"
        self._process = subprocess.Popen(
            [sys.executable, str(server), "127.0.0.1", "0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
            text=True,
        )
        self.address = self._process.stdout.readline().split()[-1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.communicate()


@pytest.mark.parametrize(("number", "passed", "not_run"), [("03", 6, 7), ("05", 13, 1)])
def test_a_server_that_runs_already_is_asked_what_can_be_asked(home, number, passed, not_run):
    with Running(number, home) as server:
        report = home.run(number, "--attach", server.address)

    why = f"not run: {not_run}, for the checker has to start the program for them"
    assert report.code == 0, report.text
    assert report.says(f"{passed} of {passed + not_run} · {why}"), report.text


def test_a_wrong_server_that_runs_already_is_told_so(home):
    with Running("01", home) as server:
        report = home.run("03", "--attach", server.address, "--only", "1")

    assert report.code == 1
    assert f"Again: python checker.py 03 --attach {server.address} --only 1" in report.text


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["03", "--attach", "nowhere"], "'nowhere' is no address: say --attach 127.0.0.1:12413"),
        (["03", "--attach", "127.0.0.1:1"], "Nobody can be reached at 127.0.0.1:1: Connection refused."),
        (["06", "--attach", "127.0.0.1:1"], "Lesson 06 checks a client: there is no server to attach to."),
    ],
)
def test_a_server_that_is_not_there_is_wrong_use(home, words, sentence):
    done = home.run(*words)
    assert done.code == 2
    assert done.errors.startswith(f"checker.py: {sentence}")


# the play


@pytest.mark.parametrize("number", NAMES)
def test_the_play_shows_the_program_alive(home, number):
    shown = home.run("play", number, "--program", str(home.folder / "solutions"))
    assert shown.code == 0, shown.text
    assert shown.says("That was it. Now you: start it yourself, and talk to it.")
    assert "привет" in shown.text and "· it prints: " in shown.text


def test_a_play_that_breaks_off_says_why(home):
    shown = home.run("play", "03")
    assert shown.code == 1
    assert shown.says("alice does not hear what bob says.")


@posix_only
def test_the_play_at_a_terminal_takes_its_time(home):
    pexpect = pytest.importorskip("pexpect", reason="a pseudo-terminal is driven by pexpect")
    home.solve("01")
    terminal = home.at_a_terminal("play", "01")
    terminal.expect_exact("(connects)")
    terminal.expect_exact("That was it.")
    terminal.expect(pexpect.EOF)


# at a terminal, where there are colours and a bar


@posix_only
@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ([], "Next:  read lessons/00/README.md"),
        (["01"], "Again: python checker.py 01 --only 3"),
        (["01", "--hint"], "hint 1 of 3"),
        (["compare", "01"], "◀ first difference"),
        (["reset", "01"], "lessons/01 is the starter already"),
        (["dial", "127.0.0.1", "1"], "nobody listens at 127.0.0.1:1"),
        (["01", "--attach", "127.0.0.1:1"], "Nobody can be reached at 127.0.0.1:1"),
    ],
    ids=lambda words: " ".join(words) if isinstance(words, list) else "",
)
def test_each_command_works_at_a_terminal(home, words, shown):
    pexpect = pytest.importorskip("pexpect", reason="a pseudo-terminal is driven by pexpect")
    terminal = home.at_a_terminal(*words)
    terminal.expect_exact(shown)
    terminal.expect(pexpect.EOF)
