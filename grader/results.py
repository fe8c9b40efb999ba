"""What a run produced, as data, with a versioned JSON form. Every report reads this and nothing else."""

import re
from dataclasses import asdict, dataclass, field, is_dataclass
from functools import cache
from types import UnionType
from typing import get_args, get_origin, get_type_hints

from grader.words import N_, _

SCHEMA = "echo-to-chat/results"
VERSION = 1
KEPT_OUTPUT = 64 * 1024  # bytes of each stream that a program prints on, counted from the end
EXCERPT = 200  # bytes kept on each side of the first difference

PASSED, FAILED, INCONCLUSIVE = N_("passed"), N_("failed"), N_("inconclusive")
NOT_RUN, BROKEN = N_("not run"), N_("broken")


@dataclass
class Frame:
    """One line of a program: the file, counted from 1, the function, and the line's text."""

    file: str
    line: int
    function: str = ""
    text: str = ""


@dataclass
class Stand:
    """Where some threads stand, all of them at the same line; `lock`: they wait there for a lock."""

    threads: int
    frame: Frame
    lock: bool = False


@dataclass
class Event:
    """One thing that happened, in milliseconds since the check began."""

    at: float
    who: str
    what: str
    data: bytes = b""
    count: int = 0  # bytes in all, when data holds only the beginning
    words: str = ""  # of a note: the sentence that `data` is in English


@dataclass
class Excerpt:
    """Part of some bytes: `data` begins at `start`, of `total`."""

    data: bytes
    start: int
    total: int


@dataclass
class Difference:
    """What was due, what came, and the place in the stream where they part."""

    who: str
    expected: Excerpt
    received: Excerpt
    at: int


@dataclass
class Failure:
    """Why a check failed. `headline` is one plain sentence; `detail` may add others."""

    kind: str
    headline: str
    detail: list[str] = field(default_factory=list)
    difference: Difference | None = None
    stands: list[Stand] = field(default_factory=list)
    place: Frame | None = None
    output: bytes = b""


@dataclass(frozen=True)
class Condition:
    """What a run of a check is put under: a schedule, a way in which lines travel, a kind of keyboard."""

    schedule: str | None = None
    parts: bool = False  # whether sendall() sends in parts, which the schedule lets others come between
    way: str = "whole"
    typing: str = "pipe"

    def told(self):
        """What a report says of it, if it is not the usual one."""
        if self.schedule and self.parts:
            shuffled = _(
                "It happened in the raced run (other threads let first at random lines, "
                "and in the middle of a sendall()), seed {seed}.",
                seed=self.schedule,
            )
            return [shuffled]
        if self.schedule:
            shuffled = _(
                "It happened in the shuffled run (other threads let first at random lines), seed {seed}.",
                seed=self.schedule,
            )
            return [shuffled]
        if self.typing == "terminal":
            return [_("It happened at a terminal; through a pipe it passed.")]
        return []


@dataclass
class Check:
    """One check of a lesson and what became of it."""

    number: int
    name: str
    sentence: str
    story: bool = False
    verdict: str = NOT_RUN
    milliseconds: float = 0
    failure: Failure | None = None
    transcript: list[Event] = field(default_factory=list)
    ways: dict[str, str] = field(default_factory=dict)  # how the bytes came: the verdict, where it was tried
    condition: Condition = Condition()  # what the last run of it was put under


@dataclass
class Belief:
    """What a program that fails so is likely to take for true, by its likeness to a typical mistake."""

    mistake: str
    belief: str
    explains_all: bool = True
    place: Frame | None = None


@dataclass
class Results:
    """One lesson's run."""

    lesson: str
    title: str
    program: str
    seed: int
    patience: float
    checks: list[Check]
    notes: list[str] = field(default_factory=list)
    belief: Belief | None = None
    seconds: float = 0
    next_step: str = ""
    attached: bool = False  # whether `program` is the address of a server that the user has started
    new: int = 0  # checks that passed and had not before, where that is kept

    def count(self, verdict):
        return sum(check.verdict == verdict for check in self.checks)

    def exit_code(self):
        """0 all passed, 1 something failed, 3 could not tell, 4 the checker's own fault."""
        verdicts = {check.verdict for check in self.checks}
        for verdict, code in (
            (BROKEN, 4),
            (FAILED, 1),
            (INCONCLUSIVE, 3),
            (NOT_RUN, 0 if self.attached else 1),
        ):
            if verdict in verdicts:
                return code
        return 0

    def as_json(self):
        """Plain data for json.dumps; bytes become text, in which odd bytes read as \\xNN."""
        return {"schema": SCHEMA, "version": VERSION, "exit_code": self.exit_code()} | plain(asdict(self))


def plain(value):
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def from_json(data):
    """The Results that as_json has made this plain data of. Raises ValueError if it is of another form."""
    if (data.get("schema"), data.get("version")) != (SCHEMA, VERSION):
        raise ValueError("no results of this version")
    return restored(Results, data)


types_of = cache(get_type_hints)


def restored(kind, value):
    """The value of this type of which `plain` has made plain data."""
    if kind is bytes:
        return raw(value)
    if is_dataclass(kind):
        types = types_of(kind)
        return kind(**{name: restored(types[name], item) for name, item in value.items() if name in types})
    if get_origin(kind) is list:
        return [restored(get_args(kind)[0], item) for item in value]
    if get_origin(kind) is UnionType and value is not None:
        return restored(get_args(kind)[0], value)
    return value


def raw(text):
    """The bytes that read so. Where a program has itself printed \\xNN, these may be two bytes or one."""
    whole = text.encode("utf-8", "backslashreplace")
    shorter = re.sub(rb"\\x([89a-f][0-9a-f])", lambda found: bytes.fromhex(found[1].decode()), whole)
    return shorter if plain(shorter) == text else whole  # together they could be a character


def difference(who, expected, received):
    """The two sides, cut to the neighbourhood of the first byte in which they differ."""
    shorter = min(len(expected), len(received))
    at = next((i for i in range(shorter) if expected[i] != received[i]), shorter)
    return Difference(who, excerpt(expected, at), excerpt(received, at), at)


def excerpt(data, at):
    start = max(0, at - EXCERPT)
    return Excerpt(bytes(data[start : at + EXCERPT]), start, len(data))
