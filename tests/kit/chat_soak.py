"""Fifty people in the finished chat for a minute: they talk, sleep, break off and come back.

    python -m tests.kit.chat_soak [--seconds 60] [--people 50] [--seed N] [--program solutions/10]

Thirty of fifty are healthy: they stay, talk and read. The others come and go, in every way there is.
At the end each healthy person must have heard every line of every other healthy one, whole, once, and
all in one order; and the server must have as many threads and sockets as before, and no more memory.
"""

import argparse
import asyncio
import collections
import contextlib
import itertools
import random
import re
import socket
import struct
import subprocess
import sys
import time
import zlib
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
WORDS = "привет чат Алиса 你好 さようなら γειά héllo 🙂 🚀 tide river שלום नमस्ते".split()
SAID = re.compile(r"(\w+): (\d+) (.*) ([0-9a-f]{8})")
OTHER = re.compile(r"\* (what is your name\?|online: .*|\w+ joined|\w+ left)")
HEALTHY = 0.6  # share of the people
MEMORY = 32 * 2**20  # bytes by which the server may grow, from the first third of the time to its end
SETTLE = 10  # seconds for the last lines, and for threads and sockets of those who have left


def text_of(name, number, random):
    """A line that proves by itself that it is whole."""
    words = " ".join(random.choices(WORDS, k=random.randrange(1, 30)))
    return f"{number} {words} {checksum(name, f'{number} {words}')}"


def checksum(name, text):
    return f"{zlib.crc32(f'{name}: {text}'.encode()):08x}"


class Person(asyncio.Protocol):
    """One connection; all that comes is kept, to be looked at when everything is over."""

    def __init__(self, name):
        self.name, self.heard, self.said = name, bytearray(), 0
        self.ended = asyncio.Event()

    def connection_made(self, transport):
        self.transport = transport
        self.says(self.name)

    def data_received(self, data):
        self.heard += data

    def connection_lost(self, error):
        self.ended.set()

    def says(self, line):
        self.transport.write(f"{line}\n".encode())

    def talks(self, random, lines=1):
        for _ in range(lines):
            self.said += 1
            self.says(text_of(self.name, self.said, random))

    def resets(self):
        sock = self.transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()

    def lines(self):
        """All whole lines heard so far."""
        return bytes(self.heard).decode("utf-8", "strict").split("\n")[:-1]


async def comes(address, name):
    _, person = await asyncio.get_running_loop().create_connection(lambda: Person(name), *address)
    return person


async def is_healthy(person, random, until):
    """Stays, reads everything, talks; now and then pastes fifty lines."""
    while time.monotonic() < until:
        person.talks(random, 50 if random.random() < 0.02 else 1)
        await asyncio.sleep(random.expovariate(2))


async def comes_and_goes(address, name, random, until):
    """Visits again and again, and ends each visit in another way."""
    visits = collections.Counter()
    while time.monotonic() < until:
        person = await comes(address, f"{name}v{visits.total()}")
        way = random.choice([quits, leaves, breaks_off, leaves_half_a_line, falls_asleep, says_too_much])
        person.talks(random, random.randrange(5))
        await asyncio.sleep(random.expovariate(2))
        with contextlib.suppress(OSError):
            await way(person, random)
        visits[way.__name__] += 1
    return visits


async def quits(person, random):
    person.says("/quit")
    await asyncio.wait_for(person.ended.wait(), SETTLE)


async def leaves(person, random):
    person.transport.close()


async def breaks_off(person, random):
    person.resets()


async def leaves_half_a_line(person, random):
    person.transport.write("наполовину сказан".encode()[:-1])
    person.transport.close()


async def falls_asleep(person, random):
    """Reads nothing for a while, in which others go on talking; then reads again, or breaks off."""
    person.transport.pause_reading()
    await asyncio.sleep(random.uniform(1, 5))
    if random.random() < 0.5:
        person.transport.resume_reading()
        await quits(person, random)
    else:
        person.resets()


async def says_too_much(person, random):
    person.transport.write(b"x" * 200_000)
    await asyncio.wait_for(person.ended.wait(), SETTLE)


def complaints(people):
    """What is wrong with what the healthy heard, in sentences; none if all is well."""
    heard = {person.name: person.lines() for person in people}
    orders, found = {}, []
    for name, lines in heard.items():
        said = [SAID.fullmatch(line) for line in lines]
        odd = [
            line for line, match in zip(lines, said, strict=True) if not match and not OTHER.fullmatch(line)
        ]
        texts = [(match[1], int(match[2])) for match in said if match]
        torn = [m[0] for m in said if m and m[4] != checksum(m[1], f"{m[2]} {m[3]}")]
        found += [f"{name} heard a torn line: {line[:80]!r}" for line in odd + torn]
        found += [f"{name} heard twice: {text}" for text, n in collections.Counter(texts).items() if n > 1]
        orders[name] = texts
        for other in people:
            numbers = [number for talker, number in texts if talker == other.name]
            due = [] if other.name == name else list(range(1, other.said + 1))
            if numbers != due:
                found.append(f"{name} heard {len(numbers)} lines of {other.name}'s, and not 1 to {len(due)}")
    return found + disagreements(orders)


def disagreements(orders):
    """Everybody against the first three: of any two lines one of these has heard both, if not his own."""
    found = []
    for first, name in itertools.product(list(orders)[:3], orders):
        both = set(orders[first]) & set(orders[name])
        if [t for t in orders[first] if t in both] != [t for t in orders[name] if t in both]:
            found.append(f"{name} and {first} heard the same lines in different orders")
    return found


async def settles(true):
    """Whether it comes true within a while."""
    end = time.monotonic() + SETTLE
    while not true():
        if time.monotonic() > end:
            return False
        await asyncio.sleep(0.02)
    return True


def has_heard_all(person, people):
    return all(
        f"{other.name}: {other.said} ".encode() in person.heard for other in people if other is not person
    )


async def soak(server, address, seconds, count, seed):
    """The sentences that say what went wrong, and figures by their names."""
    choice = random.Random(seed)
    threads, descriptors = server.num_threads(), server.num_fds()
    people = [await comes(address, f"h{n}") for n in range(int(count * HEALTHY))]
    await settles(lambda: all(b"* online: " in person.heard for person in people))
    until = time.monotonic() + seconds
    names = [f"c{n}" for n in range(count - len(people))]
    tasks = [is_healthy(person, random.Random(choice.random()), until) for person in people]
    tasks += [comes_and_goes(address, name, random.Random(choice.random()), until) for name in names]
    tasks = [asyncio.ensure_future(task) for task in tasks]
    await asyncio.sleep(seconds / 3)
    early = server.memory_info().rss
    done = await asyncio.gather(*tasks)
    visits = sum(done[len(people) :], collections.Counter())
    found = []
    if not await settles(lambda: all(has_heard_all(person, people) for person in people)):
        found.append("some of the last lines never came")
    late = server.memory_info().rss
    for person in people:
        person.says("/quit")
    await asyncio.wait([asyncio.ensure_future(person.ended.wait()) for person in people], timeout=SETTLE)
    found += complaints(people)
    if not await settles(lambda: (server.num_threads(), server.num_fds()) == (threads, descriptors)):
        now = server.num_threads(), server.num_fds()
        found.append(f"{now} threads and descriptors, and before {threads, descriptors}")
    if late - early > MEMORY:
        found.append(f"memory grew by {(late - early) / 2**20:.1f} MiB")
    return found, {
        "people": count,
        "seconds": seconds,
        "visits": visits.total(),
        **visits,
        "lines said by the healthy": sum(person.said for person in people),
        "lines heard by the healthy": sum(len(person.lines()) for person in people),
        "MiB early": round(early / 2**20, 1),
        "MiB late": round(late / 2**20, 1),
    }


def run(program, seconds, count, seed):
    """Starts the server, soaks it, and ends it."""
    command = [sys.executable, "-X", "utf8", str(Path(program) / "server.py"), "127.0.0.1", "0"]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=quiet, text=True) as process:
        try:
            host, _, port = process.stdout.readline().split()[-1].rpartition(":")
            server = psutil.Process(process.pid)
            return asyncio.run(soak(server, (host, int(port)), seconds, count, seed))
        finally:
            process.kill()


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--program", default=ROOT / "solutions/10")
    given = parser.parse_args()
    found, figures = run(given.program, given.seconds, given.people, given.seed)
    print("\n".join(f"{name:<30}{value}" for name, value in figures.items()))
    print(
        "\n".join(found[:20]) or "nothing lost, torn, doubled or reordered; threads, sockets and memory flat"
    )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
