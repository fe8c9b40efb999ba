"""Ways in which the network brings lines: the pattern of those that fail, and what the report says of it."""

import pytest

from grader.checking import Options, check_lesson
from grader.diagnosis import told_by
from grader.guardian import Run
from grader.lessons import Lesson
from grader.line_peer import BYTEWISE, CUT, GLUED, INSIDE, PIECES, WAYS
from grader.reports.terminal import report
from grader.results import BROKEN, FAILED, INCONCLUSIVE, PASSED
from tests.kit.courseware import marked

LESSON = Lesson("04")
IN_SMALL_PIECES = 12  # the check that is marked `segmented`
SEED, PATIENCE = 7, 1.0

RECV_IS_LINE = "What one recv() brings is taken for whole lines."
RECV_IS_ONE_LINE = "What one recv() brings is taken for one line, no more and no less."
GLUED_TOGETHER = "It fails only when lines come together: they are taken for one."
CUT_CHARACTERS = "It fails when a character comes in two parts: bytes become text before they are whole."
LITTLE_SENT = "It fails only when send() takes little: what send() did not take is lost."

OPENING = """\
import socket, sys, threading

members = []

def tell(line, talker):
    for member in members:
        if member is not talker:
            member.sendall(line.encode() + b"\\n")

def main(talk):
    listener = socket.create_server((sys.argv[1], int(sys.argv[2])))
    print("listening on {}:{}".format(*listener.getsockname()), flush=True)
    while True:
        conn, _ = listener.accept()
        members.append(conn)
        threading.Thread(target=talk, args=(conn,)).start()
"""
LINES = """
def talk(conn):
    with conn.makefile("r", encoding="utf-8", newline="\\n") as lines:
        for line in lines:
            tell(line.removesuffix("\\n"), conn)
"""
EACH_RECV = """
def talk(conn):
    while data := conn.recv(4096):
        tell(data.decode("utf-8", "replace").removesuffix("\\n"), conn)
"""
EACH_RECV_IN_ONE = """
def talk(conn):
    while data := conn.recv(4096):
        tell(data.decode("utf-8", "replace").replace("\\n", ""), conn)
"""
FORGETS_THE_TAIL = """
def talk(conn):
    while data := conn.recv(4096):
        for line in data.split(b"\\n")[:-1]:
            tell(line.decode("utf-8", "replace"), conn)
"""
UNTIL_IT_ENDS_WITH_NEWLINE = """
def talk(conn):
    begun = b""
    while data := conn.recv(4096):
        begun += data
        if begun.endswith(b"\\n"):
            tell(begun.replace(b"\\n", b"").decode(), conn)
            begun = b""
"""
DECODES_EACH_RECV = """
def talk(conn):
    begun = ""
    while data := conn.recv(4096):
        *lines, begun = (begun + data.decode("utf-8", "replace")).split("\\n")
        for line in lines:
            tell(line, conn)
"""
SENDS = f"""
def tell(line, talker):
    for member in members:
        if member is not talker:
            member.send(line.encode() + b"\\n")
{LINES}"""
SHOUTS = LINES.replace("tell(line", "tell(line.upper() + '!'")


def checked(folder, text):
    """The check in all its ways, on a program of this text: its results, and the report."""
    (folder / "server.py").write_text(f"{OPENING}{text}\nmain(talk)\n", "utf-8")
    with Run() as run:
        results = check_lesson(LESSON, Options(str(folder), IN_SMALL_PIECES, SEED, PATIENCE), run)
    return results, [line.text.strip() for line in report(results)]


# A program, the marks of the ways in their order, and what is told of them.
PATTERNS = {
    "each recv is a line": (EACH_RECV, "✓✓✗✗✗✗", RECV_IS_LINE),
    "each recv is one line": (EACH_RECV_IN_ONE, "✓✗✗✗✗✗", RECV_IS_ONE_LINE),
    "forgets the tail": (FORGETS_THE_TAIL, "✓✓✗✗✗✗", RECV_IS_LINE),
    "waits for a newline at the end": (UNTIL_IT_ENDS_WITH_NEWLINE, "✓✗✓✓✓✓", GLUED_TOGETHER),
    "decodes each recv": (DECODES_EACH_RECV, "✓✓✓✗✗✗", CUT_CHARACTERS),
    "send for sendall": (SENDS, "✓✓✓✓✓✗", LITTLE_SENT),
}


@pytest.mark.parametrize("text, marks, told", PATTERNS.values(), ids=PATTERNS)
def test_the_pattern_of_the_ways(tmp_path, text, marks, told):
    results, lines = checked(tmp_path, text)
    (check,) = results.checks
    assert (check.verdict, check.failure.detail[-1]) == (FAILED, told)
    assert list(check.ways) == list(WAYS)
    assert [{PASSED: "✓", FAILED: "✗"}[verdict] for verdict in check.ways.values()] == list(marks)
    shown = "   ".join(f"{way} {mark}" for way, mark in zip(WAYS, marks, strict=True))
    assert f"How the bytes came:  {shown}" in lines
    assert told in lines
    assert results.as_json()["checks"][0]["ways"] == check.ways


def test_all_ways_pass(tmp_path):
    results, lines = checked(tmp_path, LINES)
    (check,) = results.checks
    assert (check.verdict, check.ways) == (PASSED, dict.fromkeys(WAYS, PASSED))
    assert not any("How the bytes came" in line for line in lines)


def test_what_fails_with_whole_lines_is_not_tried_in_other_ways(tmp_path):
    results, lines = checked(tmp_path, SHOUTS)
    (check,) = results.checks
    assert (check.verdict, check.failure.kind, check.ways) == (FAILED, "wrong bytes", {})
    assert not any("How the bytes came" in line for line in lines)


@pytest.mark.parametrize(
    "failing, told",
    [
        ({GLUED}, [GLUED_TOGETHER]),
        ({PIECES}, [LITTLE_SENT]),
        ({INSIDE}, [CUT_CHARACTERS]),
        ({INSIDE, PIECES}, [CUT_CHARACTERS]),
        ({INSIDE, BYTEWISE, PIECES}, [CUT_CHARACTERS]),
        ({CUT}, [RECV_IS_LINE]),
        ({CUT, INSIDE, BYTEWISE, PIECES}, [RECV_IS_LINE]),
        ({CUT, GLUED}, [RECV_IS_ONE_LINE]),
        ({GLUED, CUT, INSIDE, BYTEWISE, PIECES}, [RECV_IS_ONE_LINE]),
        (set(), []),
        ({BYTEWISE}, []),
        ({BYTEWISE, PIECES}, []),
        ({GLUED, PIECES}, []),
        ({GLUED, INSIDE}, []),
    ],
    ids=lambda value: ", ".join(way for way in WAYS if way in value) or None,
)
def test_what_a_pattern_tells(failing, told):
    assert told_by({way: FAILED if way in failing else PASSED for way in WAYS}) == told


def test_only_a_failure_tells_something():
    for verdict in (PASSED, INCONCLUSIVE, BROKEN):
        assert told_by(dict.fromkeys(WAYS, PASSED) | {GLUED: verdict}) == []
    assert told_by(dict.fromkeys(WAYS, PASSED) | {GLUED: FAILED, CUT: INCONCLUSIVE}) == [GLUED_TOGETHER]
    assert told_by({}) == []


def test_the_segmented_check_of_lesson_04_is_the_one_that_is_run_here():
    assert marked(LESSON, "segmented") == {IN_SMALL_PIECES}
