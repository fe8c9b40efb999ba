"""What the system tells of a process: whether it is done with what it has begun; and who waits for that."""

import contextlib
import subprocess
import sys
import time

import pytest

from grader.failures import CheckFailed
from grader.guardian import Run
from grader.line_peer import LinePeer
from grader.process import Process
from grader.program import Launch
from grader.server import Server

WAITS = "import sys; print(flush=True); sys.stdin.read()"
SPINS = "print(flush=True)\nwhile True: pass"
POLLS = "import time; print(flush=True)\nwhile True: time.sleep(0.004)"
SAYS_LATE = """\
import socket, sys, threading, time
listener = socket.create_server((sys.argv[1], int(sys.argv[2])))
print("listening on {}:{}".format(*listener.getsockname()), flush=True)
room = []

def tell(line, talker):
    for other in room:
        if other is not talker:
            other.sendall(line)

def serve(conn):
    for line in conn.makefile("rb"):
        tell(line, conn)
    room.remove(conn)
    while time.thread_time() < 0.1:  # as if it had had no core
        pass
    tell(b"* left\\n", conn)

while True:
    conn, _ = listener.accept()
    room.append(conn)
    threading.Thread(target=serve, args=(conn,)).start()
"""


class Child(Process):
    def __init__(self, code):
        pipe = subprocess.PIPE
        self._process = subprocess.Popen([sys.executable, "-c", code], stdin=pipe, stdout=pipe)
        self.pid = self._process.pid

    def __enter__(self):
        self._process.stdout.readline()
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.communicate()

    def comes_true(self, what):
        """Whether it does within seconds: on a busy machine nobody is at rest at once."""
        return any(what() or time.sleep(0.01) for _ in range(300))


class Hall(Server):
    """Where lines reach the others."""

    person = LinePeer


def test_one_that_waits_is_done():
    with Child(WAITS) as child:
        assert child.comes_true(child.is_quiet)
        assert child.comes_true(child.is_quiet_between_pauses)
        assert child.comes_true(child.is_idle)
        assert not child.is_spinning()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the state of each thread")
def test_one_that_spins_never_is():
    with Child(SPINS) as child:
        assert not child.is_quiet()
        assert not child.is_quiet_between_pauses()
        assert not child.is_idle()
        assert child.comes_true(child.is_spinning)


def test_one_that_looks_again_and_again_is_quiet_enough():
    with Child(POLLS) as child:
        assert child.comes_true(child.is_quiet_between_pauses)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the question is put to psutil")
def test_of_one_that_has_ended_there_is_nothing_to_tell():
    with Child(WAITS) as child:
        pass
    assert child.is_quiet()
    assert child.delays() == {}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the state of each thread")
def test_silence_is_not_proved_before_the_program_is_done(tmp_path):
    """A thread had no core yet when the others had long passed the marks on: 4 of 50 were missed so."""
    program = tmp_path / "server.py"
    program.write_text(SAYS_LATE, "utf-8")
    with Run() as run:
        hall = Hall(run, Launch(program), patience=10)
        with contextlib.ExitStack() as stack:
            stack.callback(hall.end)
            hall.start()
            alice, bob, eve = hall.callers("alice", "bob", "eve")
            hall.nobody_hears_more(alice, bob, eve)
            eve.leaves()
            with pytest.raises(CheckFailed, match="heard something else"):
                hall.nobody_hears_more(alice, bob)
