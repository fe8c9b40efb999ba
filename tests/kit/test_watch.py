"""The watcher at a pseudo-terminal: each key, a save, a save during a run, and the terminal afterwards."""

import signal
import subprocess

import psutil
import pytest

from tests.kit.home import Home
from tests.kit.support import SAFETY, posix_only, until

pexpect = pytest.importorskip("pexpect", reason="a pseudo-terminal is driven by pexpect, which is not here")
pytestmark = posix_only

KEYS = "h hint · a all · w wire · n next lesson · r reset · l list · q quit"
NEVER_SPEAKS = "import time\ntime.sleep(1000)\n"


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path)


@pytest.fixture
def watching(home):
    """The watcher of lesson 03, after its first report."""
    terminal = home.at_a_terminal("03", "--watch")
    terminal.expect(KEYS)
    yield terminal
    terminal.close(force=True)


def shows(terminal, *texts):
    for text in texts:
        terminal.expect_exact(text)


def test_it_checks_again_at_each_save(home, watching):
    home.solve("03")
    shows(watching, "13 of 13 · new since last time: 12", KEYS)


def test_a_save_during_a_run_starts_a_new_one(home, watching):
    server = home.lesson("03") / "server.py"
    server.write_text(NEVER_SPEAKS, "utf-8")
    shows(watching, "checks")  # the bar of a run that would take long
    home.solve("03")
    shows(watching, "13 of 13")


def test_a_program_that_cannot_be_read_is_said_and_the_watch_goes_on(home, watching):
    (home.lesson("03") / "server.py").unlink()
    shows(watching, "There is no server.py in lessons/03.", KEYS)
    home.solve("03")
    shows(watching, "13 of 13")


def test_h_gives_the_next_hint(watching):
    for level in (1, 2, 3):
        watching.send("h")
        shows(watching, f"hint {level} of 3", KEYS)


def test_a_russian_keyboard_has_the_same_keys(watching):
    watching.send("р")
    shows(watching, "hint 1 of 3", KEYS)


def test_a_shows_all_failures_and_w_all_that_was_said(watching):
    watching.send("a")
    shows(watching, " 12  In small pieces", " 12  In small pieces", KEYS)  # in the list, and in detail
    watching.send("w")
    shows(watching, "In small pieces", " 13  It is built", KEYS)


def test_n_goes_on_to_the_next_lesson(home, watching):
    watching.send("n")
    shows(watching, "Lesson 04", KEYS)
    home.solve("04")
    shows(watching, "13 of 13")


def test_l_lists_the_lessons(watching):
    watching.send("l")
    shows(watching, "From Echo to Chat", "03  Everyone hears", "Next:", KEYS)


def test_r_asks_and_then_resets(home, watching):
    server = home.lesson("03") / "server.py"
    starter, mine = server.read_bytes(), b"# mine\n"
    server.write_bytes(mine)
    shows(watching, KEYS)

    watching.send("r")
    shows(watching, "Reset lesson 03?")
    watching.send("n")
    shows(watching, "Nothing was changed.")
    assert server.read_bytes() == mine
    watching.send("r")
    shows(watching, "Reset lesson 03?")
    watching.send("y")
    shows(watching, "lessons/03 is the starter again. What was there is in kept/03-", KEYS)

    assert server.read_bytes() == starter
    assert [copy.read_bytes() for copy in home.folder.glob("kept/03-*/server.py")] == [mine]


def test_another_key_says_which_there_are(watching):
    watching.send("x")
    shows(watching, KEYS)


def test_q_ends_it(watching):
    watching.send("q")
    watching.expect(pexpect.EOF)
    watching.close()
    assert watching.exitstatus == 0


@pytest.mark.parametrize("how", ["q", "\x03", signal.SIGTERM])
def test_the_terminal_is_left_as_it_was(home, how):
    """A shell's own terminal: the same settings before and after, and no process left."""
    command = "trap : INT; " + " ".join(f"'{word}'" for word in home.command("03", "--watch"))
    shell = pexpect.spawn(
        "sh", ["-c", f"stty -g; {command}; echo ended $?; stty -g"], SAFETY, env=home.environment
    )
    shell.expect(rb"([0-9a-f]+(?::[0-9a-f]+)+)\r\n")
    before = shell.match[1]
    shell.expect_exact("quit")
    if how == signal.SIGTERM:
        psutil.Process(shell.pid).children()[0].terminate()
    else:
        shell.send(how)

    shell.expect(rb"ended (\d+)\r\n([0-9a-f]+(?::[0-9a-f]+)+)\r\n")
    assert (shell.match[1], shell.match[2]) == (b"0" if how == "q" else b"130", before)
    shell.close()


def test_a_stop_gives_the_terminal_back_and_going_on_takes_it_again(home, watching):
    import termios

    def shown():
        return bool(termios.tcgetattr(watching.child_fd)[3] & termios.ECHO)

    assert not shown()
    watching.send("\x1a")
    assert until(shown, 10)
    watching.kill(signal.SIGCONT)
    assert until(lambda: not shown(), 10)
    watching.send("l")
    shows(watching, "Next:", KEYS)


def test_without_a_keyboard_it_watches_all_the_same(home):
    with subprocess.Popen(
        home.command("03", "--watch"), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=home.environment
    ) as process:
        read_until(process, b"h hint")
        home.solve("03")
        read_until(process, b"13 of 13")
        process.terminate()
        process.stdout.read()
        assert process.wait() == 130


def read_until(process, text):
    for line in process.stdout:
        if text in line:
            return
    raise AssertionError(f"{text!r} never came")


@pytest.mark.parametrize("words", [["01-02"], ["00"], []], ids=str)
def test_it_watches_one_lesson_that_has_checks(home, words):
    done = home.run(*words, "--watch")
    assert (done.code, done.errors.strip()) == (
        2,
        "checker.py: Say which one lesson, as in: python checker.py 03 --watch",
    )
