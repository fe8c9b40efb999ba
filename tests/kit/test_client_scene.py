"""A client under check: the user before it, the server that the checker plays, and what is left of it."""

import contextlib
import gc
import os
import socket
import sys
import threading

import psutil
import pytest

from grader.checking import Options, check_lesson
from grader.client import Client
from grader.failures import CheckFailed
from grader.guardian import Run
from grader.keyboard import PIPE, TERMINAL, read_screen
from grader.lessons import ROOT, Lesson
from grader.program import Launch
from grader.reports.terminal import report
from grader.results import FAILED
from grader.transcript import lanes
from tests.kit.support import SAFETY, posix_only, until

PATIENCE, NO_PATIENCE = 20, 0.05  # seconds: for what comes, however busy the machine; for what never comes
RIGHT = ROOT / "solutions" / "06" / "client.py"
linux_only = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only Linux counts segments, and lists descriptors in /proc"
)
each_keyboard = pytest.mark.parametrize("typing", [PIPE, pytest.param(TERMINAL, marks=posix_only)])

OPENING = """\
import os, signal, socket, subprocess, sys, threading, time

def call():
    global conn
    conn = socket.create_connection((sys.argv[1], int(sys.argv[2])))
    return conn

def wait():
    while True: time.sleep(1000)

"""


class Scene(Client):
    """A client's scene that counts how often somebody waited in vain."""

    given_up = 0

    def _is_starved(self):
        self.given_up += 1  # for the wire asks that when its patience is at an end
        return super()._is_starved()


@pytest.fixture(scope="module")
def run():
    with Run() as run:
        yield run
        assert run.programs == set()


@pytest.fixture
def clients(run, tmp_path):
    """A function that gives the scene of a client: of this text, or else of the solution."""
    scenes = []

    def client(text=None, typing=PIPE, patience=PATIENCE):
        scene = Scene(run, Launch(written(tmp_path, text) if text else RIGHT), patience)
        scene.typing = typing
        scenes.append(scene)
        return scene

    yield client
    for scene in scenes:
        scene.end()


def written(folder, text):
    (folder / "client.py").write_text(OPENING + text, "utf-8")
    return folder / "client.py"


def gets_impatient(client):
    """From now on, what does not come is not waited for."""
    client._wire.patience = NO_PATIENCE


@contextlib.contextmanager
def fails(kind, **facts):
    """What happens inside fails so, and the facts of the failure are these."""
    with pytest.raises(CheckFailed) as failed:
        yield failed
    assert (failed.value.kind, {name: getattr(failed.value, name) for name in facts}) == (kind, facts)


# all is well


@each_keyboard
def test_a_whole_story(clients, typing):
    client = clients(typing=typing)
    user, server = client.starts()
    user.types("привет", "", " b\t")
    server.hears("привет", "", " b\t")
    server.says("one", "")
    user.sees("one")
    user.sees("")
    user.types_keys("in two ")
    user.types_keys("goes\n")
    server.hears("in two goes")
    user.ends_typing()
    server.hears_the_end()
    server.says("still here")
    user.sees("still here")
    server.leaves()
    client.exits(0, 7)
    user.sees_nothing_more()
    assert lanes(client.transcript.events)[0].split() == ["user", "client", "server"]


@each_keyboard
def test_ctrl_c(clients, typing):
    client = clients(typing=typing)
    user, server = client.starts()
    server.says("hello")
    user.sees("hello")
    user.presses_ctrl_c()
    client.exits()
    assert client.program.exit_code() == 130
    server.hears_the_end()


def test_refused(clients):
    client = clients()
    user = client.starts_in_vain()
    client.exits(2)
    client.says_one_line(user)


@linux_only
def test_lines_in_one_piece(clients):
    client = clients()
    user, server = client.starts()
    server.hears_in_one_piece(["one", "", "three"], user)


def test_lanes_of_a_client(clients):
    """The user stands at its left and the server at its right, and arrows point from who acts to whom."""
    client = clients()
    user, server = client.starts()
    user.types("question")
    server.hears("question")
    server.says("answer")
    user.sees("answer")
    user.ends_typing()
    server.hears_the_end()
    server.leaves()
    client.exits(0)
    assert [line[11:].split() for line in lanes(client.transcript.events)] == [
        ["user", "client", "server"],
        ["(starts", "the", "client)", "──▶"],
        ["question\\n", "──▶"],
        ["──▶", "question\\n"],
        ["◀──", "answer\\n"],
        ["answer\\n", "◀──"],
        ["(ends", "typing)", "──▶"],
        ["──▶", "(end)"],
        ["◀──", "(leaves)"],
        "· the client has ended, with code 0".split(),
    ]


# what it prints

PRINTS = """
conn = call()
print("hello\\r\\nhalf", end="", flush=True)
wait()
"""


@each_keyboard
def test_what_it_prints_is_compared_with_what_is_due(clients, typing):
    client = clients(PRINTS, typing)
    user, server = client.starts()
    with fails("wrong bytes", in_vain=False, who="user", expected=b"help\n", received=b"hello"):
        user.sees("help")
    assert client.given_up == 0
    user.sees("hello")
    assert until(lambda: user.unseen() == b"half", SAFETY)
    gets_impatient(client)
    with fails("silent", in_vain=True, who="user", expected=b"half\nmore\n", received=b"half"):
        user.sees("half", "more")
    with fails("printed more", in_vain=False, who="user", expected=b"", received=b"half"):
        user.sees_nothing_more()


def test_what_it_does_not_print(clients):
    client = clients("conn = call()\nwait()")
    user, server = client.starts()
    user.sees_nothing_more()
    gets_impatient(client)
    with fails("silent", in_vain=True, who="user", expected=b"hello\n", received=b""):
        user.sees("hello")


def test_what_has_ended_prints_nothing_more_and_is_not_waited_for(clients):
    client = clients("call(); print('bye')")
    user, server = client.starts()
    with fails("silent", expected=b"bye\nhello\n", received=b"bye\n"):
        user.sees("bye", "hello")
    assert client.given_up == 0


@posix_only
def test_last_words_at_a_terminal_are_seen(clients, monkeypatch):
    """Here the copier gets no turn before somebody waits for it, or half a second is over."""
    polled = threading.Event()

    def read_late(screen):
        data = read_screen(screen)
        polled.wait(0.5)
        return data

    monkeypatch.setattr("grader.keyboard.read_screen", read_late)
    client = clients("call(); print('bye')", TERMINAL)
    user, server = client.starts()
    client.exits(0)
    poll = client._wire.poll
    monkeypatch.setattr(client._wire, "poll", lambda seconds: (polled.set(), poll(seconds)))
    user.sees("bye")


def test_endless_printing_is_ended(clients):
    client = clients("call()\nwhile True: print('x' * 65536)")
    client.starts()
    with fails("flood", in_vain=False):
        client.exits()
    assert until(lambda: (client.program.exit_code() or 0) < 0, SAFETY)


@pytest.mark.parametrize(
    "words, count",
    [
        ("print('one'); print('two', file=sys.stderr)", 2),
        ("sys.stderr.write('one\\n\\ntwo\\nthree')", 3),
        ("print(' ')", 0),
    ],
)
def test_its_own_words_are_counted_on_both_streams(clients, words, count):
    client = clients(words)
    user = client.starts_in_vain()
    client.exits(0)
    with fails("wrong words", in_vain=False) as failed:
        client.says_one_line(user)
    assert f"has {count} lines" in failed.value.headline


def test_its_own_words_count_from_the_last_that_was_seen(clients):
    client = clients("""
call()
print("hello", file=sys.stderr)
print("hello", flush=True)
conn.recv(9)
print("the connection is over")
""")
    user, server = client.starts()
    user.sees("hello")
    server.leaves()
    client.exits(0)
    client.says_one_line(user)


# what it hears


def test_a_keyboard_that_it_has_closed(clients):
    client = clients("conn = call()\nos.close(0)\nconn.sendall(b'closed\\n')\nwait()")
    user, server = client.starts()
    server.hears("closed")
    with fails("not read", in_vain=False):
        user.types("hello")


@each_keyboard
def test_a_keyboard_that_it_does_not_read(clients, typing):
    client = clients("call()\nwait()", typing)
    user, server = client.starts()
    gets_impatient(client)
    with fails("not read", in_vain=True):
        user.types(*["x" * 80] * 2000)


@posix_only
def test_typing_at_the_terminal_of_one_that_has_ended_harms_nobody(clients):
    """What was seen of the program is to be reported, and not that the checker has a bug."""
    client = clients("call()", TERMINAL)
    user, server = client.starts()
    client.exits(0)
    user.types("hello")
    user.ends_typing()
    user.presses_ctrl_c()
    gets_impatient(client)
    with fails("silent", who="user"):
        user.sees("hello")


def test_other_bytes_for_the_server(clients):
    client = clients("call().sendall(b'halo\\nmore')\nwait()")
    user, server = client.starts()
    with fails("wrong bytes", in_vain=False, who="server", expected=b"hello\n") as failed:
        server.hears("hello")
    assert failed.value.headline.startswith("The server heard")
    server.hears("halo")
    gets_impatient(client)
    with fails("silent", in_vain=True, who="server", expected=b"more\n", received=b"more"):
        server.hears("more")
    with fails("wrong bytes", who="server", expected=b"", received=b"more"):
        server.hears_the_end()


@linux_only
def test_a_line_in_two_pieces(clients):
    client = clients("""
conn = call()
conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
for line in sys.stdin:
    conn.sendall(line.rstrip("\\n").encode())
    conn.sendall(b"\\n")
""")
    user, server = client.starts()
    with fails("in pieces", in_vain=False):
        server.hears_in_one_piece(["one", "two"], user)


def test_lines_for_the_server_may_end_as_on_windows(clients):
    client = clients("""
conn = call()
for part in (b"one\\r", b"\\ntwo\\r\\n", b"thr\\ree\\n"):
    conn.sendall(part)
    conn.recv(9)
wait()
""")
    user, server = client.starts()
    for sent in (b"one", b"one\ntwo\n", b"one\ntwo\nthr\ree\n"):
        assert server._wire.wait(lambda sent=sent: server.unread() == sent)
        server.says("more")
    server.hears("one", "two", "thr\ree")


def test_one_that_ends_its_sending_goes_on_listening(clients):
    client = clients(
        "conn = call(); conn.shutdown(socket.SHUT_WR); print(conn.recv(9).decode(), flush=True); wait()"
    )
    user, server = client.starts()
    server.hears_the_end()
    server.sends("he", "llo")
    user.sees("he")


# its start and its end


@pytest.mark.parametrize(
    "text, patience, waits", [("pass", PATIENCE, 0), ("wait()", 1, 1)], ids=["ends", "waits"]
)
def test_one_that_does_not_connect(clients, text, patience, waits):
    client = clients(text, patience=patience)
    with fails("no call", in_vain=True):
        client.starts()
    assert bool(client.given_up) == waits


@each_keyboard
def test_wrong_code(clients, typing):
    client = clients("call(); sys.exit(3)", typing)
    client.starts()
    client.exits()
    client.exits(0, 3)
    with fails("wrong code", in_vain=False) as failed:
        client.exits(0, 1)
    assert failed.value.headline == "The client ended with exit code 3; 0 or 1 was due."


@pytest.mark.parametrize(
    "text, said",
    [
        ("call(); 1 / 0", "Traceback (most recent call last)"),
        (
            "call(); t = threading.Thread(target=lambda: 1 / 0); t.start(); t.join(); os._exit(0)",
            "Traceback (most recent call last)",
        ),
        # what Python says when a daemon thread stands in input(), which is a race
        ("call(); os.write(2, b'Fatal Python error: busy\\n')", "Fatal Python error: busy"),
    ],
    ids=["main", "thread", "fatal"],
)
def test_a_traceback_at_the_end(clients, text, said):
    client = clients(text)
    client.starts()
    with fails("crashed at exit", in_vain=False) as failed:
        client.exits()
    assert said in failed.value.headline


@each_keyboard
def test_one_that_does_not_end(clients, typing):
    client = clients(
        "signal.signal(signal.SIGINT, signal.SIG_IGN)\ncall().sendall(b'ready\\n')\nwait()", typing
    )
    user, server = client.starts()
    server.hears("ready")
    user.presses_ctrl_c()
    gets_impatient(client)
    with fails("does not end", in_vain=True):
        client.exits()


# what is left


def descriptors():
    """The checker's own, and what each of them is."""
    found = {}
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208 - which would open one more
        with contextlib.suppress(OSError):
            found[name] = os.readlink(f"/proc/self/fd/{name}")  # noqa: PTH115
    return found


STUBBORN = """
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP): signal.signal(number, signal.SIG_IGN)
children = [subprocess.Popen(["sleep", "1000"], start_new_session=own) for own in (False, True)]
call().sendall(" ".join(str(child.pid) for child in children).encode() + b"\\n")
wait()
"""


@linux_only
@each_keyboard
def test_nothing_is_left_of_a_stubborn_one(clients, typing):
    gc.collect()  # or something of an earlier test might be closed meanwhile
    before = descriptors()
    client = clients(STUBBORN, typing)
    user, server = client.starts()
    server._wire.wait(lambda: server.unread().endswith(b"\n"))
    program, children = client.program.pid, [int(word) for word in server.unread().split()]
    port = client._listener.getsockname()[1]
    assert all(map(lives, children)) and len(descriptors()) > len(before)
    client.end()
    assert not psutil.pid_exists(program)
    assert until(lambda: not any(map(lives, children)), SAFETY)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))
    assert until(lambda: descriptors() == before, SAFETY), (before, descriptors())


def lives(pid):
    with contextlib.suppress(psutil.Error):
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return False


@linux_only
@each_keyboard
def test_nothing_is_left_of_one_that_never_called(clients, typing):
    gc.collect()
    before = descriptors()
    client = clients("pass", typing)
    with fails("no call"):
        client.starts()
    client.end()
    assert until(lambda: descriptors() == before, SAFETY), (before, descriptors())


# the report

WAITS_FOR_ENTER = """
conn = call()
while True:
    line = sys.stdin.readline()  # waits here
    conn.sendall(line.encode())
    print(conn.recv(4096).decode(), end="", flush=True)
"""
WAITS_AT_THE_END = """
conn = call()
while data := conn.recv(4096):
    print(data.decode(), end="", flush=True)
threading.Event().wait()  # waits here
"""


def checked(program, number):
    """One check of lesson 06, on this program: its verdict with all that is told, and the report."""
    with Run() as run:
        results = check_lesson(Lesson("06"), Options(str(program), number, 7, patience=1.0), run)
    (check,) = results.checks
    return check, [line.text.strip() for line in report(results)]


def test_a_report_shows_where_a_client_waits_that_does_not_print(tmp_path):
    check, lines = checked(written(tmp_path, WAITS_FOR_ENTER), 3)
    assert (check.verdict, check.failure.kind) == (FAILED, "silent")
    assert where_it_waits(tmp_path) in lines
    assert any(line.split()[:3] == ["user", "client", "server"] for line in lines)
    assert "The client printed nothing." in lines


def test_a_report_shows_where_a_client_waits_that_does_not_end(tmp_path):
    check, lines = checked(written(tmp_path, WAITS_AT_THE_END), 5)
    assert (check.verdict, check.failure.kind) == (FAILED, "does not end")
    assert where_it_waits(tmp_path) in lines


def test_a_report_tells_a_wrong_code_and_does_not_take_the_end_for_the_fault(tmp_path):
    ends = WAITS_AT_THE_END.replace("threading.Event().wait()", "sys.exit(3)")
    check, lines = checked(written(tmp_path, ends), 5)
    assert (check.verdict, check.failure.kind) == (FAILED, "wrong code")
    assert "The client ended with exit code 3; 0 was due." in lines


def where_it_waits(folder):
    """The line of the report for the line of the program that says so."""
    text = (folder / "client.py").read_text("utf-8").splitlines()
    number = next(number for number, line in enumerate(text, 1) if line.endswith("# waits here"))
    return f"{folder}/client.py:{number}   {text[number - 1].strip()}   (a thread, in <module>)"
