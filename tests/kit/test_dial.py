"""Dial as its user meets it: a process with pipes or a terminal, and a server that the test itself plays."""

import contextlib
import os
import queue
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DIAL = [sys.executable, str(ROOT / "checker.py"), "dial"]
PATIENCE = 30  # seconds, for an event that must come
END = None


class Caller:
    """`checker.py dial` with pipes. Its lines are taken in by a thread, so that waiting has a limit."""

    def __init__(self, *words, **environment):
        env = {**os.environ, "PYTHONUTF8": "1", **environment}
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            [*DIAL, *words], stdin=pipe, stdout=pipe, stderr=pipe, cwd=ROOT, env=env
        )
        self.lines = queue.Queue()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(line.decode().rstrip("\r\n"))
        self.lines.put(END)

    def types(self, data):
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def stops(self):
        self.process.stdin.close()

    def says(self, *lines):
        for line in lines:
            assert self.lines.get(timeout=PATIENCE) == line

    def shows(self, text):
        """Waits until all of `text` was shown, in however many pieces."""
        seen = ""
        while len(seen) < len(text):
            line = self.lines.get(timeout=PATIENCE)
            assert line.startswith("← ")
            seen += line.removeprefix("← ")
        assert seen == text

    def ends(self, code, stderr=""):
        """Nothing more is said, and the process ends, though stdin may be open."""
        self.says(END)
        assert self.process.wait(PATIENCE) == code
        assert self.process.stderr.read().decode().strip() == stderr

    def close(self):
        self.process.kill()
        self.process.wait(PATIENCE)
        self.reader.join(PATIENCE)
        for pipe in (self.process.stdout, self.process.stderr, self.process.stdin):
            with contextlib.suppress(OSError):  # what was typed may have nobody to go to
                pipe.close()


@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(PATIENCE)
        yield listener


@pytest.fixture
def start():
    """Starts dial with some words; whatever was started ends with the test."""
    callers = []

    def start(*words, **environment):
        callers.append(Caller(*words, **environment))
        return callers[-1]

    yield start
    for caller in callers:
        caller.close()


@pytest.fixture
def pair(listener, start):
    """A caller past its first line, and the server's side of its connection."""
    caller = start("127.0.0.1", port_of(listener))
    with accept(listener) as conn:
        caller.says(greeting(listener))
        yield caller, conn


@pytest.fixture
def ctrl_c_works():
    """A process started in a shell's background ignores Ctrl-C, and so would its children."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def port_of(sock):
    return str(sock.getsockname()[1])


def greeting(listener):
    return f"connected to 127.0.0.1:{port_of(listener)}"


def accept(listener):
    conn, _ = listener.accept()
    conn.settimeout(PATIENCE)
    return conn


def receive(conn, size):
    """Exactly `size` bytes, or fewer before the end."""
    data = b""
    while len(data) < size and (more := conn.recv(size - len(data))):
        data += more
    return data


def reset(conn):
    conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("hh" if os.name == "nt" else "ii", 1, 0))
    conn.close()


def test_echo(pair):
    caller, conn = pair
    for line in ("hello", "", "Привет, 🙂"):
        data = f"{line}\n".encode()
        caller.types(data)
        assert receive(conn, len(data)) == data
        conn.sendall(data)
        caller.says(f"→ {line}", f"← {line}")


def test_bytes_that_are_no_text_pass_and_are_shown_escaped(pair):
    caller, conn = pair
    caller.types(b"\xff\x1b[31m\n")
    assert receive(conn, 7) == b"\xff\x1b[31m\n"
    conn.sendall(b"\xff\x1b[31m\r\n\n")
    caller.says("→ \\udcff\\x1b[31m", "← \\xff\\x1b[31m\\r", "← ")


def test_last_line_without_its_end_is_sent_as_it_is(pair):
    caller, conn = pair
    caller.types(b"hello")
    caller.stops()
    assert receive(conn, 100) == b"hello"
    caller.says("→ hello")


def test_text_without_line_end_is_shown_at_once(pair):
    caller, conn = pair
    conn.sendall(b"one\ntwo")
    caller.says("← one", "← two")


def test_a_character_cut_by_two_sends_stays_whole(pair):
    caller, conn = pair
    data = "привет\n".encode()
    conn.sendall(data[:5])
    caller.shows("пр")
    conn.sendall(data[5:])
    caller.shows("ивет")


def test_a_character_cut_by_the_end_is_shown_escaped(pair):
    caller, conn = pair
    conn.sendall("пр".encode()[:3])
    conn.close()
    caller.says("← п", "← \\xd1", "(the server closed the connection)")
    caller.ends(0)


def test_half_close_then_late_answer(pair):
    caller, conn = pair
    caller.types(b"question\n")
    caller.stops()
    assert receive(conn, 100) == b"question\n"
    caller.says("→ question")
    conn.sendall(b"answer\n")
    caller.says("← answer")
    conn.close()
    caller.says("(the server closed the connection)")
    caller.ends(0)


def test_server_closes_while_nothing_is_typed(pair):
    caller, conn = pair
    conn.close()
    caller.says("(the server closed the connection)")
    caller.ends(0)


def test_server_resets_while_nothing_is_typed(pair):
    caller, conn = pair
    reset(conn)
    caller.says("(the server reset the connection)")
    caller.ends(1)


def test_server_goes_while_lines_are_being_sent(pair):
    """Send and recv meet the reset at the same time; it is still said once, as the last line."""
    caller, conn = pair
    typist = threading.Thread(target=type_until_it_ends, args=(caller,))
    typist.start()
    receive(conn, 1000)
    reset(conn)
    said = list(iter(lambda: caller.lines.get(timeout=PATIENCE), END))
    typist.join(PATIENCE)
    assert set(said[:-1]) == {"→ again"}
    assert said[-1] == "(the server reset the connection)"
    caller.lines.put(END)
    caller.ends(1)


def type_until_it_ends(caller):
    deadline = time.monotonic() + PATIENCE
    try:
        while time.monotonic() < deadline:
            caller.types(b"again\n")
    except OSError:
        pass


def test_refused(start):
    with socket.socket() as mute:  # bound, so that nobody else gets the port, and not listening
        mute.bind(("127.0.0.1", 0))
        where = f"127.0.0.1:{port_of(mute)}"
        start("127.0.0.1", port_of(mute)).ends(
            1, f"nobody listens at {where}: start the server first, in another terminal"
        )


@pytest.mark.parametrize("form", ["{}", "127.0.0.1:{}", "127.0.0.1 {}"])
def test_where_to_call(listener, start, form):
    caller = start(*form.format(port_of(listener)).split())
    with accept(listener):
        caller.says(greeting(listener))


EXAMPLE = "as in: python checker.py dial 127.0.0.1 12413"


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["0"], f"'0' is no port: say a number from 1 to 65535, {EXAMPLE}"),
        (["127.0.0.1", "70000"], f"'70000' is no port: say a number from 1 to 65535, {EXAMPLE}"),
        (["localhost"], f"'localhost' is no port: say a number from 1 to 65535, {EXAMPLE}"),
        (["host..name", "12413"], f"There is no host 'host..name': say a name or an address, {EXAMPLE}"),
        (["a", "1", "2"], f"dial takes a host and a port, and here are 3 words: {EXAMPLE}"),
    ],
)
def test_wrong_use(start, words, complaint):
    start(*words).ends(2, f"checker.py: {complaint}")


def test_a_console_that_knows_no_arrows(listener, start):
    caller = start(port_of(listener), PYTHONIOENCODING="ascii")
    with accept(listener) as conn:
        caller.says(greeting(listener))
        conn.sendall("я\n".encode())
        caller.says("\\u2190 \\u044f")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no error of its own for a pipe without a reader")
@pytest.mark.parametrize("typed", [b"", b"hello\n"])
def test_nobody_reads_the_output(listener, typed):
    """As in `dial | head -1`: dial ends, whichever of its threads meets the broken pipe, and says nothing."""
    pipe = subprocess.PIPE
    command = [*DIAL, port_of(listener)]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, cwd=ROOT, bufsize=0) as process:
        with accept(listener) as conn:
            process.stdout.readline()
            process.stdout.close()
            process.stdin.write(typed)
            if typed:
                assert receive(conn, 1) == b""
            conn.sendall(b"hello\n")
            assert process.wait(PATIENCE) == 1
        assert process.stderr.read() == b""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no Ctrl-C for one process only")
def test_ctrl_c_while_stdin_is_open(ctrl_c_works, pair):
    caller, conn = pair
    caller.process.send_signal(signal.SIGINT)
    caller.says("(you left)")
    caller.ends(0)
    assert receive(conn, 1) == b""


class Terminal:
    """Dial at a real terminal, of which the test is the keyboard and the screen."""

    # the child makes the terminal its own, so that Ctrl-C typed there reaches it
    OWN = (
        "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0)\n"
        "os.execv(sys.argv[1], sys.argv[1:])"
    )

    def __init__(self, *words):
        self.master, screen = os.openpty()
        env = {**os.environ, "PYTHONUTF8": "1"}
        command = [sys.executable, "-c", self.OWN, *DIAL, *words]
        self.process = subprocess.Popen(
            command, stdin=screen, stdout=screen, stderr=screen, cwd=ROOT, env=env, start_new_session=True
        )
        os.close(screen)
        self.screen = b""

    def types(self, data):
        os.write(self.master, data)

    def shows(self, text):
        """Waits until the screen shows `text`, after the last text asked for; returns what is between."""
        while (wanted := text.encode()) not in self.screen:
            ready, _, _ = select.select([self.master], [], [], PATIENCE)
            assert ready, f"{text!r} does not come after {self.screen!r}"
            self.screen += os.read(self.master, 4096)
        before, _, self.screen = self.screen.partition(wanted)
        return before.decode()

    def close(self):
        self.process.kill()
        self.process.wait(PATIENCE)
        os.close(self.master)


@pytest.fixture
def terminal(ctrl_c_works, listener):
    pytest.importorskip("pty", reason="this system has no pseudo-terminals", exc_type=ImportError)
    with contextlib.closing(Terminal(port_of(listener))) as terminal, accept(listener) as conn:
        keys = "Ctrl-D (on Windows Ctrl-Z, Enter) stops sending, Ctrl-C leaves"
        terminal.shows(f"{greeting(listener)} · {keys}\r\n")
        yield terminal, conn


def test_at_a_terminal_all_ways_to_stop(terminal):
    terminal, conn = terminal
    terminal.types("привет\n".encode())
    assert receive(conn, 13) == "привет\n".encode()
    conn.sendall(b"hello\n")
    assert "→" not in terminal.shows("← hello\r\n")
    terminal.types(b"\x04")
    terminal.shows("(you stopped sending)\r\n")
    assert receive(conn, 1) == b""
    conn.sendall(b"late\n")
    terminal.shows("← late\r\n")
    terminal.types(b"\x03")
    terminal.shows("(you left)\r\n")
    assert terminal.process.wait(PATIENCE) == 0


def test_at_a_terminal_the_server_closes_while_nothing_is_typed(terminal):
    terminal, conn = terminal
    conn.close()
    terminal.shows("(the server closed the connection)\r\n")
    assert terminal.process.wait(PATIENCE) == 0
