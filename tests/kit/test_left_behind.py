"""However the checker ends, nothing of its run stays: no process, no folder."""

import signal
import sys

import pytest

from tests.kit.support import SAFETY, Desk, posix_only, until

pytestmark = posix_only
PROMISED = 2  # seconds in which everything is gone after the checker was killed: a promise of the kit

PROGRAMS = {
    "hangs before its first line": "tell(); threading.Event().wait()",
    "hangs in a call": "say(); listener.accept(); tell(); threading.Event().wait()",
    "ignores signals": """
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP): signal.signal(number, signal.SIG_IGN)
tell()
threading.Event().wait()
""",
    "leaves a daemon": """
if os.fork() == 0:
    os.setsid()
    os.fork() or (tell(), time.sleep(1000))
    os._exit(0)
threading.Event().wait()
""",
    "holds the GIL": 'tell(); re.match("(a+)+$", "a" * 60 + "b")',
}
# Starts a command with Ctrl-C ignored, as a shell does with what it starts in the background.
IN_BACKGROUND = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
os.execv(sys.argv[1], sys.argv[1:])
"""

each_program = pytest.mark.parametrize("text", PROGRAMS.values(), ids=PROGRAMS)


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


def start(desk, text):
    """A checker in the middle of a check of this program, which waits for long."""
    desk.put(text)
    checker = desk.start(desk.command("01", "--program", str(desk.program), "--patience", "60"))
    desk.waits_for_program()
    assert until(lambda: len(desk.left_behind()) >= 4, SAFETY)  # checker, guardian, program, folder
    return checker


@each_program
def test_killed(desk, text):
    checker = start(desk, text)
    checker.kill()
    checker.wait()
    assert until(lambda: desk.left_behind() == [], PROMISED), desk.left_behind()
    desk.outcome(checker)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@each_program
def test_interrupted(desk, text, number):
    checker = start(desk, text)
    checker.send_signal(number)
    outcome = desk.outcome(checker)
    assert outcome.code == 130
    assert outcome.errors == "\nStopped; every program that was running has been ended.\n"
    assert desk.left_behind() == []


def test_hung_up(desk):
    """The terminal's window is closed."""
    checker = start(desk, PROGRAMS["ignores signals"])
    checker.send_signal(signal.SIGHUP)
    checker.wait()
    assert until(lambda: desk.left_behind() == [], PROMISED), desk.left_behind()
    desk.outcome(checker)


def test_program_gets_ctrl_c_back(desk):
    """A checker that was started in the background ignores Ctrl-C; the program that it starts does not."""
    desk.put("if signal.getsignal(signal.SIGINT) is signal.default_int_handler: say(); serve()")
    command = desk.command("01", "--only", "2", "--program", str(desk.program))
    outcome = desk.outcome(desk.start([sys.executable, "-c", IN_BACKGROUND, *command]))
    assert outcome.code == 0, outcome.text


def test_request_to_end_is_heard_in_the_background_too(desk):
    desk.put(PROGRAMS["hangs in a call"])
    command = desk.command("01", "--program", str(desk.program), "--patience", "60")
    checker = desk.start([sys.executable, "-c", IN_BACKGROUND, *command])
    desk.waits_for_program()
    checker.send_signal(signal.SIGTERM)
    assert desk.outcome(checker).code == 130
    assert desk.left_behind() == []


def test_what_a_program_has_deleted_is_there_again_after_ctrl_c(desk):
    checker = start(desk, "shutil.rmtree(os.path.dirname(__file__)); tell(); threading.Event().wait()")
    assert not desk.server.exists()
    checker.send_signal(signal.SIGINT)
    assert desk.outcome(checker).code == 130
    assert desk.server.exists()
