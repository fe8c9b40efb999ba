"""How fast four chats are, in one run: the finished one, that of lesson 08, the naive one, one on asyncio.

    python -m grader.bench chat [--listeners 10 100 400] [--seconds 2] [--rounds 3] [--plot FILE.svg]

One person talks in lines of 64 bytes, the others listen. Deliveries per second: he talks as fast as the
slowest listener hears, at most WINDOW lines ahead of it. Delay: he says a line when all have heard the
last one, and each listener's wait counts. The listeners run in this process, the chat in one of its own.
"""

import contextlib
import os
import selectors
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from grader.lessons import ROOT

PROGRAMS = {
    "finished chat (lesson 10)": ROOT / "solutions/10",
    "one lock (lesson 08)": ROOT / "solutions/08",
    "naive chat": ROOT / "tests/programs/naive",
    "asyncio streams": ROOT / "tests/programs/right/05/library_asyncio",
}
FINISHED, ASYNCIO = "finished chat (lesson 10)", "asyncio streams"
LINE = b"x" * 63 + b"\n"
WINDOW, BATCH = 512, 32  # lines that the slowest listener may be behind; lines said at once
LINES = 200  # lines of which the delay is measured
ASLEEP, LONG_LINE = 12 * 2**20, 4096  # bytes said while somebody sleeps; bytes of one such line
PATIENCE = 60  # seconds
AT_LEAST, DELAY = 4.0, 5.0  # the budgets: times the deliveries of asyncio; ms at the 99th percentile


@dataclass
class Speed:
    """What was measured of one chat with so many listeners."""

    program: str
    listeners: int
    deliveries: float  # per second
    p50: float  # milliseconds
    p99: float
    memory: float  # KiB for each client


class Listener:
    """One who hears, and counts lines."""

    def __init__(self, address, name):
        self.sock = socket.create_connection(address)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock.sendall(f"{name}\n".encode())
        self.lines = 0

    def hears(self):
        """Reads what has come; a listener who has been hung up on is none."""
        data = self.sock.recv(262_144)
        if not data:
            raise ConnectionError("the chat hung up on a listener")
        self.lines += data.count(b"\n")


class Audience:
    """One talker and many listeners in a chat that was started for them."""

    def __init__(self, program, size):
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the rest; a pipe would fill
        command = [sys.executable, "-X", "utf8", str(program / "server.py"), "127.0.0.1", "0"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self._log)
        host, _, port = self._process.stdout.readline().decode().split()[-1].rpartition(":")
        self.address = host, int(port)
        self._drain = subprocess.Popen(["cat"], stdin=self._process.stdout, stdout=self._log)
        self._selector = selectors.DefaultSelector()
        before = self.memory()
        self.listeners = [self._enters(f"l{number}") for number in range(size)]
        self.talker = self._enters("talker")
        self._settles()
        self.memory_each = (self.memory() - before) / (size + 1)

    def memory(self):
        import psutil

        return psutil.Process(self._process.pid).memory_info().rss

    def _enters(self, name):
        person = Listener(self.address, name)
        self._selector.register(person.sock, selectors.EVENT_READ, person)
        return person

    def _settles(self):
        """Says lines until all listeners hear them, and until no greeting is under way any more."""
        end = time.monotonic() + PATIENCE
        while not all(listener.lines > 3 for listener in self.listeners):
            self.talker.sock.sendall(LINE)
            self.poll(0.05)
            if time.monotonic() > end:
                raise TimeoutError("not all listeners hear the talker")
        while self.poll(0.3):
            pass

    def poll(self, seconds):
        """Reads for all to whom something has come, and returns them."""
        heard = [key.data for key, _ in self._selector.select(seconds)]
        for person in heard:
            person.hears()
        return heard

    def deliveries_per_second(self, seconds):
        begun = {listener: listener.lines for listener in self.listeners}
        said, began = 0, time.perf_counter()
        while time.perf_counter() - began < seconds or self._behind(begun, said):
            if time.perf_counter() - began < seconds and self._behind(begun, said) < WINDOW:
                self.talker.sock.sendall(LINE * BATCH)
                said += BATCH
            self.poll(PATIENCE)
        return said * len(self.listeners) / (time.perf_counter() - began)

    def _behind(self, begun, said):
        """By how many lines the slowest listener is behind."""
        return said - min(listener.lines - lines for listener, lines in begun.items())

    def delays(self, lines=LINES, line=LINE):
        """Milliseconds from saying a line to hearing it, of each line at each listener."""
        found = []
        for _ in range(lines):
            waiting = {listener: listener.lines for listener in self.listeners}
            began = time.perf_counter()
            self.talker.sock.sendall(line)
            while waiting:
                for person in self.poll(PATIENCE):
                    if person in waiting and person.lines > waiting[person]:
                        del waiting[person]
                        found.append((time.perf_counter() - began) * 1000)
        return found

    def one_sleeps(self):
        """One more comes, and never reads."""
        sleeper = Listener(self.address, "sleeper")
        self._settles()
        return sleeper

    def close(self):
        self._process.kill()
        self._process.wait()
        self._drain.wait()
        self._process.stdout.close()
        for person in (*self.listeners, self.talker):
            person.sock.close()
        self._selector.close()
        self._log.close()


@contextlib.contextmanager
def audience(program, size):
    people = Audience(program, size)
    try:
        yield people
    finally:
        people.close()


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def measure(name, size, seconds, rounds):
    """The median of some rounds."""
    found = []
    for _ in range(rounds):
        with audience(PROGRAMS[name], size) as people:
            rate, delays = people.deliveries_per_second(seconds), people.delays()
            found.append((rate, percentile(delays, 0.5), percentile(delays, 0.99), people.memory_each / 1024))
    return Speed(name, size, *(statistics.median(column) for column in zip(*found, strict=True)))


def delay_while_one_sleeps(size=10):
    """The 99th percentile of the healthy listeners' delays in the finished chat, in milliseconds."""
    with audience(PROGRAMS[FINISHED], size) as people:
        sleeper = people.one_sleeps()
        line = b"x" * (LONG_LINE - 1) + b"\n"
        delays = people.delays(ASLEEP // LONG_LINE, line)
        sleeper.sock.close()
    return percentile(delays, 0.99)


def table(speeds):
    """The figures as a Markdown table."""
    yield "| chat | listeners | deliveries/s | p50 ms | p99 ms | KiB/client |"
    yield "|---|---:|---:|---:|---:|---:|"
    for s in speeds:
        delay = f"{s.p50:.2f} | {s.p99:.2f}"
        yield f"| {s.program} | {s.listeners} | {s.deliveries:,.0f} | {delay} | {s.memory:.0f} |"


def plot(speeds, path):
    """Deliveries per second against listeners, one line for each chat, told apart without colour too."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "echo to chat"
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 4.2), layout="constrained")
    for (name, marker), style in zip(zip(PROGRAMS, "osD^", strict=True), ("-", "--", ":", "-."), strict=True):
        rows = [speed for speed in speeds if speed.program == name]
        axes.plot(
            [s.listeners for s in rows], [s.deliveries for s in rows], marker=marker, ls=style, label=name
        )
    axes.set(xscale="log", yscale="log", xlabel="listeners", ylabel="deliveries per second")
    axes.set_xticks(
        sorted({s.listeners for s in speeds}), sorted({str(s.listeners) for s in speeds}, key=int)
    )
    axes.set_title("What waits together leaves together: one sendall for many lines")
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    figure.savefig(path, metadata={"Date": None})


def main(sizes, seconds, rounds, path):
    speeds = []
    for size in sizes:
        for name in PROGRAMS:
            speeds.append(measure(name, size, seconds, rounds))
            print(f"{name:<28}{size:4} listeners  {speeds[-1].deliveries:12,.0f} deliveries/s", flush=True)
    print("", f"Python {sys.version.split()[0]}, {os.cpu_count()} cores", *table(speeds), "", sep="\n")
    if path:
        plot(speeds, Path(path))
    sleeping = delay_while_one_sleeps()
    held = [
        mark("p99 delay of ten healthy listeners while one sleeps, ms", sleeping, DELAY, sleeping <= DELAY)
    ]
    if 100 in sizes:
        rate = {s.program: s.deliveries for s in speeds if s.listeners == 100}
        ratio = rate[FINISHED] / rate[ASYNCIO]
        held.append(mark("finished / asyncio, deliveries, 100 listeners", ratio, AT_LEAST, ratio >= AT_LEAST))
    return 0 if all(held) else 1


def mark(what, value, budget, holds):
    print(f"{what:<58}{value:6.2f}    budget {budget:.1f}   {'holds' if holds else 'BROKEN'}", flush=True)
    return holds
