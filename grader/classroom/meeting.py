"""A student's server and another's client, and what two people say over them: do they work together?

    python -m grader.classroom.meeting '{"server": "/…/server.py", "clients": {"bob": "/…/client.py"}}' 7

lets each of the clients meet the server, and writes a line of JSON for each to that descriptor.
"""

import json
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

from grader.attempt import is_gone
from grader.chat import Chat
from grader.client import User
from grader.failures import CheckFailed, CouldNotTell, explain
from grader.keyboard import PIPE
from grader.lessons import ROOT, Lesson
from grader.peer import to_bytes
from grader.program import POLL, Launch, Program
from grader.scene import never_started
from grader.some import Some
from grader.source import Source
from grader.transcript import readable
from grader.wire import LONGEST
from grader.words import _

WORKS, FAILS, UNKNOWN = "works", "does not", "could not tell"
SERVER = Lesson("06").solution / "server.py"  # the reference, at both ends
CLIENT = Lesson("06").solution / "client.py"
REFERENCE = "(reference)"  # its key; no student's has such signs
SHOWN = 60  # characters of what was due, and of what came


@dataclass
class Order:
    """A server and the clients that meet it one after another: the paths of their files, by key."""

    server: str
    clients: dict
    seed: int = 0
    patience: float = 2.0
    caged: bool = False


class Meeting(Chat):
    """A server, a client at it with its user, and others, whom we play."""

    def __init__(self, run, server, client, order):
        super().__init__(run, Launch(server), order.patience)
        self.some = Some(order.seed, "meeting")
        self._entry, self.client = client, None

    def client_comes(self):
        """Starts the client, with the server's address; returns who sits before it."""
        host, port = self.address
        self.client = Program(self._run, Launch(self._entry, host, port, typing=PIPE))
        patience = LONGEST * self._patience
        if not self._wire.wait(self.client.has_begun, patience=patience, step=POLL):
            raise CouldNotTell(never_started(round(patience)))
        return User(self._wire, self.client)

    def guest(self, name):
        """One whom we play; it has been asked for its name."""
        return self._knocks_as(name)

    def client_ends(self):
        """By itself, for the server has closed its connection."""
        if not self._wire.wait(lambda: self.client.exit_code() is not None, step=POLL):
            raise CheckFailed("does not end", _("The client does not end."), in_vain=True)

    def programs(self):
        return [program for program in (self.client, self.program) if program]

    def end(self):
        if self.client:
            self.client.end()
        super().end()

    def _is_starved(self):
        return any(program.is_starved() for program in self.programs())

    def _delay(self):
        return super()._delay() + (self.client.delay() if self.client else 0.0)

    def _guard(self):
        super()._guard()
        if self.client and self.client.stop_if_flooding():
            raise CheckFailed("flood", _("The program prints without end, so it was ended."), who="user")


def talk(meeting):
    """Alice sits before the client; Bob is ours. Each hears the other, and Bob hears that Alice leaves."""
    texts = meeting.some.texts(3)
    alice = meeting.client_comes()
    alice.sees("* what is your name?")
    alice.types("alice")
    alice.sees(meeting.online("alice"))
    bob = meeting.guest("bob")
    bob.says("bob")
    bob.hears(meeting.online("alice", "bob"))
    alice.sees("* bob joined")
    bob.says(texts[0])
    alice.sees(f"bob: {texts[0]}")
    alice.types(texts[1], f"/msg bob {texts[2]}")
    bob.hears(f"alice: {texts[1]}", f"(alice) {texts[2]}")
    alice.types("/quit")
    bob.hears("* alice left")
    meeting.client_ends()


def meet(run, server, client, order):
    """The verdict on these two, Sources, with a sentence if it is not that they work.

    None is no verdict: only waiting speaks against them, and so perhaps the machine.
    """
    meeting = Meeting(run, server.entry, client.entry, order)
    try:
        meeting.start()
        talk(meeting)
        return WORKS, ""
    except CouldNotTell as unknown:
        return UNKNOWN, unknown.args[0]
    except CheckFailed as failed:
        has_waited = failed.in_vain and all(one.exit_code() is None for one in meeting.programs())
        return (None if has_waited else FAILS), why(failed, meeting, server, client)
    except Exception as error:
        if any(is_gone(error, program) for program in meeting.programs()):
            return FAILS, _("The program is not running any more.")
        return UNKNOWN, f"{type(error).__name__}: {error}"
    finally:
        meeting.end()
        server.restore()
        client.restore()


def why(failed, meeting, server, client):
    """At which end it was seen, what it was, and what was due."""
    broken = [program for program in reversed(meeting.programs()) if is_broken(program)]
    at_client = broken[0] is meeting.client if broken else failed.who == "user"
    program, source = (meeting.client, client) if at_client else (meeting.program, server)
    what = explain(failed, program, source).headline
    if failed.expected and not broken:
        what = _("{what} Due: {due}", what=what, due=excerpt(failed.expected))
    if failed.received and not broken:
        what = _("{what} What came: {came}", what=what, came=excerpt(failed.received))
    return _("At the client: {what}", what=what) if at_client else _("At the server: {what}", what=what)


def is_broken(program):
    return program.exit_code() not in (None, 0) or bool(program.crashes())


def excerpt(data):
    text = readable(to_bytes(data))
    return f"{text[:SHOWN]}…" if len(text) > SHOWN else text


def judged(run, server, client, order):
    """The verdict, and why: where only waiting speaks against them, the reference must get on meanwhile."""
    verdict, reason = meet(run, server, client, order)
    if verdict is not None:
        return verdict, reason
    if {server.entry, client.entry} != {SERVER, CLIENT}:
        verdict, _reason = meet(run, Source(SERVER, ROOT), Source(CLIENT, ROOT), order)
    if verdict == WORKS:
        return FAILS, reason
    return UNKNOWN, _("This machine was too busy: the reference did not answer in time, either.")


def main(order, descriptor):
    from grader.classroom.one import Watch
    from grader.guardian import Run

    order = Order(**json.loads(order))
    with Run(order.caged) as run, open(int(descriptor), "w", encoding="utf-8", errors="replace") as pipe:
        threading.Thread(target=Watch(run).limit_memory, daemon=True).start()
        server = Source(Path(order.server), ROOT)
        for key, path in order.clients.items():
            verdict, reason = judged(run, server, Source(Path(path), ROOT), order)
            pipe.write(json.dumps({"client": key, "verdict": verdict, "reason": reason}) + "\n")
            pipe.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
