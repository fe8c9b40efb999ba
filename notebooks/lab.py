"""The plumbing of the notebooks: programs that are started and stopped, people who call them, measures.

Every program runs in a process of its own and is ended with all its children when its `with` block
ends, also when a cell is interrupted. When the kernel itself is killed, a guardian ends them.
"""

import contextlib
import importlib.util
import select
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from grader.guardian import Run  # noqa: E402
from grader.keyboard import PIPE  # noqa: E402
from grader.program import FIRST_LINE, Launch, Program, wait_until  # noqa: E402
from grader.transcript import Transcript  # noqa: E402

TOKEN = b"~\n"  # a line that nobody says on purpose, and that is left out of what is heard
PATIENCE = 20  # seconds for anything that must come, on a machine however busy


class Started:
    """A running server of this course, the people who call it, and what was said."""

    def __init__(self, program):
        self.program, self.people, self.transcript = program, [], Transcript()
        wait_until(lambda: program.first_line() or program.exit_code() is not None, PATIENCE)
        match = FIRST_LINE.fullmatch(program.first_line() or "")
        if not match:
            raise RuntimeError(f"the server did not start: {program.errors().decode('utf-8', 'replace')}")
        self.address = (match[1], int(match[2]))
        self.transcript.begin()

    def call(self, name="caller"):
        """Somebody who connects."""
        person = Person(name, self)
        self.people.append(person)
        return person

    def enter(self, name):
        """Somebody in a room without names; that he is in it, a token proves which the first one hears."""
        person, first = self.call(name), self.people[0]
        until(lambda: person is first or person.is_heard_by(first))
        return person

    def join(self, *names):
        """People who connect to a chat one by one and give their names; each is welcomed."""
        joined = []
        for name in names:
            person = self.call(name)
            person.hears()
            person.asks(name)
            for other in joined:
                other.hears()
            joined.append(person)
        return joined

    def cpu_share(self, seconds=0.5):
        """Which part of one core the server uses within the next so many seconds."""
        before, began = self.program.cpu(), time.monotonic()
        time.sleep(seconds)
        return (self.program.cpu() - before) / (time.monotonic() - began)


class Person:
    """One person at the other end: a socket, and its lines. What goes over it stands in the transcript."""

    def __init__(self, name, server):
        self.name, self._note, self._rest = name, server.transcript, b""
        self.socket = socket.create_connection(server.address, timeout=PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def says(self, *lines):
        """Says whole lines, each in one sendall()."""
        for line in lines:
            self.sends(f"{line}\n".encode())

    def sends(self, data):
        """Sends these bytes."""
        self._note.add(self.name, "says", data)
        self.socket.sendall(data)

    def asks(self, line):
        """Says the line, and returns the next that it hears."""
        self.says(line)
        return self.hears()

    def is_heard_by(self, other, seconds=0.05):
        """Whether the other hears a token of this one's now, or has heard one."""
        self.socket.sendall(TOKEN)
        if TOKEN not in other._rest and select.select([other.socket], [], [], seconds)[0]:
            other._rest += other.socket.recv(65536)
        return TOKEN in other._rest

    def hears(self):
        """The next whole line without its end; "" when the connection has ended."""
        while b"\n" not in self._rest.replace(TOKEN, b""):
            try:
                if hasattr(
                    socket, "TCP_QUICKACK"
                ):  # Linux; or two answers in a row take the 40 ms of notebook 06
                    self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
                data = self.socket.recv(65536)
            except ConnectionResetError:
                data = b""
            if not data:
                self._note.add(self.name, "end")
                return ""
            self._rest += data
        line, _, self._rest = self._rest.replace(TOKEN, b"").partition(b"\n")
        self._note.add(self.name, "hears", line + b"\n")
        return line.decode("utf-8", "replace")

    def leaves(self):
        self._note.add(self.name, "leaves")
        self.socket.close()

    def resets(self):
        """Breaks off: with no time to linger, close() sends RST instead of FIN."""
        self._note.add(self.name, "resets")
        resets(self.socket)


def resets(sock):
    linger = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    sock.close()


@contextlib.contextmanager
def server(path, schedule=None):
    """Starts a server such as "solutions/03"; it is ended, and everyone hung up, with the block.

    `schedule`: a number for a seeded schedule, by which its threads give way to each other at its lines.
    """
    with Run() as run:
        seed = None if schedule is None else str(schedule)
        program = Program(run, Launch(ROOT / path / "server.py", schedule=seed))
        people = []
        try:
            started = Started(program)
            people = started.people
            yield started
        finally:
            for person in people:
                person.socket.close()
            program.end()


@contextlib.contextmanager
def client(path, address):
    """Starts a client such as "solutions/06/client.py", with a pipe for its keyboard; as a Program."""
    with Run() as run:
        program = Program(run, Launch(ROOT / path, *address, typing=PIPE))
        try:
            yield program
        finally:
            program.end()


@contextlib.contextmanager
def connection(**options):
    """Two ends of one TCP connection. `options`: sizes of buffers in bytes, such as SO_RCVBUF=4096."""
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket() as one:
        for sock in (listener, one):
            for name, value in options.items():
                sock.setsockopt(socket.SOL_SOCKET, getattr(socket, name), value)
        one.settimeout(PATIENCE)
        one.connect(listener.getsockname())
        other, _ = listener.accept()
        with other:
            other.settimeout(PATIENCE)
            yield one, other


@contextlib.contextmanager
def script(text, *arguments):
    """A program of a few lines, with pipes; it is ended with the block."""
    with Run() as run, tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "script.py"
        path.write_text(text, "utf-8")
        command = [sys.executable, "-X", "utf8", str(path), *map(str, arguments)]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=run.environment()
        ) as process:
            try:
                yield process
            finally:
                process.kill()


def module(path):
    """A module of the course, such as "solutions/03/room.py", to try its parts here."""
    spec = importlib.util.spec_from_file_location(Path(path).stem, ROOT / path)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def together(*functions):
    """Runs each in a thread of its own, and returns what they returned when all are done."""
    results = [None] * len(functions)

    def run(number, function):
        results[number] = function()

    threads = [threading.Thread(target=run, args=pair, daemon=True) for pair in enumerate(functions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@contextlib.contextmanager
def beside(function, *arguments):
    """Runs it in a thread of its own beside the block, and waits for it at the end."""
    thread = threading.Thread(target=function, args=arguments, daemon=True)
    thread.start()
    yield thread
    thread.join()


def quietly(function, *arguments):
    """The same call, for which it is no failure that the other end is gone or has not answered in time."""

    def call():
        with contextlib.suppress(OSError):
            function(*arguments)

    return call


def start_blocked(call):
    """A thread that is in this call by now, and waits there."""
    thread = threading.Thread(target=quietly(call), daemon=True)
    thread.start()
    until(lambda: is_blocked(thread))
    return thread


def is_blocked(thread):
    """Whether the thread waits inside a call of the system: it sleeps at each of ten looks."""
    looks = 10
    if sys.platform.startswith("linux"):
        stat = Path(f"/proc/self/task/{thread.native_id}/stat")
        return not any(
            stat.read_text().rpartition(")")[2].split()[0] != "S" or time.sleep(0.005) for _ in range(looks)
        )
    time.sleep(looks * 0.02)
    return True


def until(true, seconds=PATIENCE):
    """Waits until it is true; says so if it never is."""
    if not wait_until(true, seconds):
        raise TimeoutError(f"this did not become true within {seconds} seconds")


def after_the_answer(sock, seconds=0.2):
    """Waits until the refusal of what was sent last has come; for so long, if none comes."""
    if not hasattr(select, "poll"):  # Windows
        time.sleep(seconds)
        return
    errors = select.poll()
    errors.register(sock, 0)  # no events but errors and hang-ups
    errors.poll(seconds * 1000)


def states(port):
    """In which state the kernel keeps the listener at this port and the two ends of its connection.

    A state that waits for the other end's answer lasts a moment only, and is waited through.
    """
    until(lambda: not {"SYN_SENT", "FIN_WAIT1", "LAST_ACK", "CLOSING"} & set(states_now(port).values()))
    return states_now(port)


def states_now(port):
    try:
        known = psutil.net_connections("tcp")
    except psutil.AccessDenied:  # macOS tells only of one's own sockets, and so not of TIME_WAIT
        known = psutil.Process().net_connections("tcp")
    found = {}
    for end in known:
        if end.laddr.port == port:
            found["server" if end.raddr else "listener"] = end.status
        elif end.raddr and end.raddr.port == port:
            found["caller"] = end.status
    return {who: found[who] for who in ("listener", "server", "caller") if who in found}
