"""A chat some of whose people do not read, while others talk by the megabyte. It knows no lesson.

What nobody reads waits in two places: first in the system's buffers, and when these are full, at the
server. How much the system has taken over it tells on Linux; elsewhere less is said, and less is proved.
"""

import socket
import struct
import sys
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

from grader.failures import CheckFailed
from grader.race import Race
from grader.unread import QUEUE, ask, bytes_received
from grader.words import _, _n

MB, KIB, MIB = 10**6, 1024, 1024 * 1024
ROUND = 192 * KIB  # bytes said before all who are awake must have heard them
LENGTHS, SHORT, LONG = (48_000, 40, 15_000, 300), (24,), (60_000,)  # bytes of one line after another
BUFFER = 64 * KIB  # bytes that the system keeps for one who sleeps; Linux doubles what it is asked for
JAM = 256 * KIB  # bytes that wait at the server: so many that it is not mended by what the system may add
BEHIND = 192 * KIB  # bytes that wait there for one who reads slowly, before he reads again
UNTOLD = 256 * KIB  # bytes that are said to a sleeper where the system does not tell how many wait
MOST = 8 * MIB  # bytes that may wait at the server for anybody
ENDLESS = 64 * MB  # bytes after which they cannot all be in the system's buffers, however large these are
GROWTH = 200 * MB  # bytes by which the server's memory may grow
LATE = 0.1  # seconds after which we look whether the server is at work
RESTED = 0.25  # seconds in all for which it may be at rest although something is due
WATCHES = 3  # how often we watch whether threads sleep: in the first ones something may still go on


class Talk:
    """What is said by the megabyte: numbered lines, no two alike."""

    def __init__(self, some):
        self._some, self._number = some, 0
        self._block = some.letters(max(LONG))

    def lines(self, size, lengths):
        """So many bytes in lines of these lengths, or a little more."""
        lines = []
        while size > 0:
            self._number += 1
            lines.append(self._line(lengths[self._number % len(lengths)]))
            size -= len(lines[-1])
        return lines

    def _line(self, length):
        head = f"{self._number:07} {self._some.text() if length > 100 else ''}".encode()
        return head + self._block[: length - len(head)] + b"\n"


@dataclass
class Missed:
    """What one who sleeps should have heard: bytes in all, since it connected; and what it did not read."""

    due: int
    rounds: deque = field(default_factory=deque)

    def add(self, data):
        self.rounds.append(data)
        self.due += len(data)


class Sleepers(Race):
    """A chat, and people who sleep, or read slowly."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._talk, self._missed = None, {}  # the second: what each one misses who sleeps
        self._told = set()  # pairs of people: the first has heard that the second left
        self._rested = 0  # seconds for which the server was at rest in rounds that came late

    # sleeping

    def sends_to_sleep(self, *people):
        """From now on they read nothing; they can still speak."""
        for person in people:
            # Or a system that lets its buffers grow would read on in the sleeper's place.
            person.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
            person.sleeps()
            self._missed[person] = Missed(person.came)

    def sleepers(self, count):
        """So many who come, and fall asleep."""
        people = [self.joins_as(f"sleeper{number}_") for number in range(1, count + 1)]
        self.sends_to_sleep(*people)
        return people

    def wakes_up(self, person):
        """It reads again, and hears everything that was said meanwhile."""
        person.wakes()
        for due in self._missed.pop(person).rounds:
            self._is_heard_by([person], due)

    def wakes_up_to_the_end(self, person):
        """One who was dropped reads again: the beginning of what was due, and then the connection's end."""
        person.wakes()
        person.hears_a_beginning(self._missed.pop(person).rounds)

    def _present(self):
        """Those who read: they hear what happens."""
        return [person for person in self._online() if person not in self._missed]

    def answers_who(self, person):
        """It asks who is here, and is told at once; sleepers are here, too."""
        person.says("/who")
        person.hears(self.online(*self._online()))

    # talking

    def talks(self, talker, size, past=()):
        """The talker says so many bytes, in rounds: who is awake hears each before the next one begins.

        Those past whom it is said may be dropped meanwhile.
        """
        while size > 0:
            size -= self._round(talker, past)

    def talks_in_short_lines(self, talker, size):
        self._round(talker, size=size, lengths=SHORT)

    def _round(self, talker, past=(), size=ROUND, lengths=LENGTHS):
        lines = self._lines(size, lengths)
        due = b"".join(to_others(talker, line) for line in lines)
        talker.starts_sending(b"".join(lines))
        for missed in self._missed.values():
            missed.add(due)
        self._is_heard_by([person for person in self._present() if person is not talker], due, past, talker)
        return len(due)

    def _lines(self, size, lengths):
        self._talk = self._talk or Talk(self.some)
        return self._talk.lines(size, lengths)

    def _is_heard_by(self, people, due, leavers=(), talker=None):
        """All of them hear this. When it comes late, that must not be because the server sleeps."""
        began = time.monotonic()

        def heard():
            if all(self._follows(person, due, leavers) for person in people):
                return True
            if time.monotonic() - began > LATE:
                self._look_whether_it_rests([*people, talker])
            return False

        self._wire.wait(heard, progress=lambda: moved([*people, talker]))
        for person in people:
            person.has_followed(due)
        self._is_never_late()

    def _follows(self, person, due, leavers):
        self._knows_of(leavers, person)
        return person.follows(due)

    def _look_whether_it_rests(self, people):
        """A look at a late round. Nobody gets a byte, and no thread runs or waits for a core: it rests.

        So a machine that is busy with other things is not taken for a delay.
        """
        before, began = moved(people), time.monotonic()
        if self._wire.at_rest() and moved(people) == before:
            self._rested += time.monotonic() - began

    def _is_never_late(self):
        """No line waited for long while all threads of the server slept."""
        if self._rested > RESTED:
            headline = _(
                "What was said came late: lines were due to people who read, "
                "and all threads of the program slept."
            )
            raise CheckFailed("late", headline, in_vain=True)

    # what waits, and where

    def jams(self, sleeper, talker):
        """The talker whispers to the sleeper until the system takes no more, and some waits at the server."""
        while not self._is_jammed(sleeper) and not self._is_too_much(sleeper):
            self._whispers(talker, sleeper)
            self.answers_who(talker)  # so all of that has been passed on

    def _is_jammed(self, sleeper):
        waiting = self._waiting_for(sleeper)
        if waiting is None:
            return self._unread_by(sleeper) >= UNTOLD
        if waiting < JAM:
            return False
        self._wire.wait(self._wire.at_rest)  # or the system is about to take it over
        return (self._waiting_for(sleeper) or 0) >= JAM

    def _is_too_much(self, sleeper):
        """Whether more than may wait for anybody waits for this one, as far as that can be known."""
        return (self._waiting_for(sleeper) or 0) > MOST or self._unread_by(sleeper) > ENDLESS

    def _unread_by(self, sleeper):
        return self._missed[sleeper].due - sleeper.came

    def _waiting_for(self, sleeper):
        """Bytes for the sleeper that the server has and the system has not; None where nobody tells."""
        taken = taken_over(sleeper.sock)
        return None if taken is None else self._missed[sleeper].due - taken

    def _behind(self, slow):
        """Bytes that wait for this one at the server; where nobody tells, wherever they wait."""
        waiting = self._waiting_for(slow)
        return self._unread_by(slow) if waiting is None else waiting

    def talks_to_a_slow_one(self, slow, talker, size):
        """The talker goes on; the slow one reads only when much waits for him, and then a little."""
        while size > 0:
            size -= self._round(talker)
            if self._behind(slow) > BEHIND:
                self._reads_a_little(slow)

    def _reads_a_little(self, slow):
        """He reads until nothing waits for him at the server, and falls asleep again."""
        missed = self._missed[slow].rounds
        slow.wakes()
        served = self._wire.wait(lambda: self._behind(slow) <= 0 or slow.ended, lambda: slow.came)
        while missed and (slow.follows(missed[0]) or not served):
            slow.has_followed(missed.popleft())
        slow.sleeps()

    # being dropped

    def talks_until_dropped(self, talker, *sleepers):
        """The talker goes on until all who are awake have heard that these have left."""
        while not self._all_know_of(sleepers) and not any(map(self._is_too_much, sleepers)):
            self._round(talker, past=sleepers)
        self.drops(*sleepers)

    def whispers_until_dropped(self, talker, witness, *sleepers):
        """The same with a private line to each in turn, so that no two may share what waits for them.

        The witness hears aloud when all of it has been dealt with; then the memory is looked at. This goes
        on until so much is unread that in the memory it would be too much.
        """
        while not self._knows_of(sleepers, witness) and max(map(self._unread_by, sleepers)) < ENDLESS:
            for sleeper in sleepers:
                self._whispers(talker, sleeper)
                self._missed[sleeper].rounds.clear()  # it is never going to be read
                self._round(talker, past=sleepers, size=1, lengths=SHORT)
                self._check_memory()
        self.drops(*sleepers)
        witness.says("go on")
        talker.hears_at_last(witness.heard_as("go on"))  # after `! no such user`, for those who were gone

    def _whispers(self, talker, sleeper):
        lines = self._lines(ROUND, LONG)
        talker.starts_sending(b"".join(f"/msg {sleeper} ".encode() + line for line in lines))
        for line in lines:
            self._missed[sleeper].add(f"({talker}) ".encode() + line)

    def _check_memory(self):
        grown = self.program.memory() - self._counted["memory"]
        if grown > GROWTH:
            size = grown // MB
            headline = _("The program's memory has grown by {size} MB for people who do not read.", size=size)
            raise CheckFailed("memory", headline)

    def drops(self, *sleepers):
        """Everybody who is awake hears that they have left; nobody counts on them any more."""
        known = self._wire.wait(lambda: self._all_know_of(sleepers), lambda: moved(self._present()))
        for sleeper in sleepers:
            if not known and not self._all_know_of([sleeper]):
                raise self._not_dropped(sleeper)
            self._members.remove(sleeper)

    def _all_know_of(self, leavers):
        return all(self._knows_of(leavers, person) for person in self._present())

    def _knows_of(self, leavers, person):
        """Whether this one has heard that they left. The lines that say so are left out of what it hears."""
        for leaver in leavers:
            if (person, leaver) not in self._told and person.skips(f"* {leaver} left"):
                self._told.add((person, leaver))
        return all((person, leaver) in self._told for leaver in leavers)

    def _not_dropped(self, sleeper):
        headline = _(
            "{who} has left {size} MB unread, and the others do not hear that {who} left.",
            who=sleeper.name,
            size=self._unread_by(sleeper) // MB,
        )
        return CheckFailed("not dropped", headline, in_vain=True, who=sleeper.name)

    # sleeping threads

    def sleeps_soundly(self, seconds, wakes):
        """While nothing happens for so many seconds, its threads wake up at most so often in all."""
        self.becomes_idle()
        if not sys.platform.startswith("linux"):  # elsewhere nobody counts
            return
        for _watch in range(WATCHES):
            before = wake_ups(self.program.pid)
            self._wire.poll_for(seconds)
            woken = wake_ups(self.program.pid) - before
            if woken <= wakes:
                return
        headline = _n(
            "Nothing happens, and yet its threads wake up {count} time in {seconds} seconds.",
            "Nothing happens, and yet its threads wake up {count} times in {seconds} seconds.",
            woken,
            seconds=seconds,
        )
        raise CheckFailed("not idle", headline, in_vain=True)


def to_others(talker, line):
    """What the others hear of a line in bytes."""
    return talker.heard_as("").encode() + line


def moved(people):
    """Bytes that have come to these people or gone out from them."""
    return sum(person.came + person.sent for person in people if person)


def taken_over(sock):
    """Bytes that the system has taken over from the server for this connection so far; None if unknown."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        here, there = sock.getsockname(), sock.getpeername()
        (on_the_way,) = struct.unpack_from("=I", ask(there, here), QUEUE + 4)  # idiag_wqueue
        return bytes_received(ask(here, there)) + on_the_way
    except (OSError, struct.error, ValueError, TypeError):  # the server's end is gone
        return None


def wake_ups(pid):
    """How often threads of this process have fallen asleep so far (proc_pid_status(5))."""
    lines = "".join(path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/status")).splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("voluntary_ctxt"))
