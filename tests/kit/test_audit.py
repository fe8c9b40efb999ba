"""What an audited check asks when its story is over, and what a check may give a program to start with."""

import contextlib
import sys
from types import SimpleNamespace

import pytest

from grader.attempt import argument
from grader.failures import CheckFailed
from grader.guardian import Run
from grader.program import Launch
from grader.server import Server

OPENING = """\
import socket, sys, threading, time
listener = socket.create_server((sys.argv[1], int(sys.argv[2])))
print("listening on {}:{}".format(*listener.getsockname()), flush=True)

def echo(conn):
    with conn:
        while data := conn.recv(4096):
            conn.sendall(data)

"""
RIGHT = """
while True:
    threading.Thread(target=echo, args=(listener.accept()[0],)).start()
"""
KEEPS_SOCKETS = """
kept = []
def serve(conn):
    kept.append(conn)
    while data := conn.recv(4096):
        conn.sendall(data)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],)).start()
"""
KEEPS_THREADS = """
def serve(conn):
    echo(conn)
    threading.Event().wait()
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],)).start()
"""
STOPS_LISTENING = """
conn, _ = listener.accept()
listener.close()
echo(conn)
threading.Event().wait()
"""
SPENDS_DESCRIPTORS = """
conn, _ = listener.accept()
held = []
try:
    while True:
        held.append(open(__file__))
except OSError as error:
    conn.sendall(str(len(held)).encode())
raise SystemExit(held[0].closed)
"""
CRASHES_WITHOUT_ANY = """
conn, _ = listener.accept()
held = []
while True:
    held.append(open(__file__))
"""
SAYS_ARGUMENTS = """
conn, _ = listener.accept()
conn.sendall(" ".join(sys.argv[3:]).encode())
threading.Event().wait()
"""
LEAVES_A_THREAD = """
listener.accept()
threading.Thread(target=time.sleep, args=(1000,), name="left", daemon=True).start()
"""


@pytest.fixture
def run():
    with Run() as run:
        yield run


@contextlib.contextmanager
def started(run, folder, text, **launch):
    entry = folder / "server.py"
    entry.write_text(OPENING + text, "utf-8")
    server = Server(run, Launch(entry, **launch), patience=10)
    server.is_audited = True
    try:
        server.start()
        server.takes_stock()
        yield server
    finally:
        server.end()


def visit(server):
    alice = server.caller("alice")
    alice.exchanges(["hello"])
    server._wire.patience = 0.3  # what is not given back now will not be


def test_who_gives_everything_back_is_as_it_was(run, tmp_path):
    with started(run, tmp_path, RIGHT) as server:
        server.caller("alice").exchanges(["hello"])
        server.is_as_it_was()


@pytest.mark.parametrize(
    "text, left",
    [(KEEPS_SOCKETS, "1 socket in CLOSE_WAIT"), (KEEPS_THREADS, "1 thread")],
    ids=["socket", "thread"],
)
def test_what_is_left_is_named(run, tmp_path, text, left):
    with started(run, tmp_path, text) as server:
        visit(server)
        with pytest.raises(
            CheckFailed, match=f"When everyone has left, the program still has {left}"
        ) as failed:
            server.is_as_it_was()
        assert (failed.value.kind, failed.value.in_vain) == ("left behind", True)


def test_a_port_that_is_closed_is_missed(run, tmp_path):
    with started(run, tmp_path, STOPS_LISTENING) as server:
        visit(server)
        with pytest.raises(CheckFailed, match="Nobody listens at port"):
            server.is_as_it_was()


def test_a_program_that_was_to_end_is_not_audited(run, tmp_path):
    with started(run, tmp_path, KEEPS_THREADS) as server:
        server.program.end()
        server.is_as_it_was()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such limit")
def test_few_descriptors_are_few(run, tmp_path):
    with started(run, tmp_path, SPENDS_DESCRIPTORS, descriptors=20) as server:
        alice = server.caller("alice")
        server._wire.wait(lambda: alice.unread())
        assert 5 < int(alice.unread()) < 20


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such limit")
def test_a_crash_for_want_of_descriptors_is_told_all_the_same(run, tmp_path):
    with started(run, tmp_path, CRASHES_WITHOUT_ANY, descriptors=20) as server:
        server.caller("alice")
        assert server._wire.wait(server.program.crashes)
        assert "Too many open files" in server.program.crashes()[0]["message"]


def test_options_come_after_host_and_port(run, tmp_path):
    with started(run, tmp_path, SAYS_ARGUMENTS, options=("--idle", "0.5")) as server:
        server.caller("alice").hears("--idle 0.5")


def test_threads_that_outlive_main_are_written_down(run, tmp_path):
    with started(run, tmp_path, LEAVES_A_THREAD) as server:
        server.caller("alice")
        assert server._wire.wait(lambda: server.program.exit_code() is not None)
        assert server.program.threads_at_the_end() == ["left"]


def test_who_never_came_to_the_end_of_main_left_no_word(run, tmp_path):
    with started(run, tmp_path, RIGHT) as server:
        server.program.kill()
        assert server.program.threads_at_the_end() is None


@pytest.mark.parametrize("mark, due", [(SimpleNamespace(args=("--idle 1",)), "--idle 1"), (None, None)])
def test_what_a_mark_says(mark, due):
    item = SimpleNamespace(get_closest_marker=lambda name: mark)
    assert argument(item, "options") == due
