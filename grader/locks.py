"""Which locks a thread holds and waits for, read from the lines of the program at which it stands.

It knows `with lock:` and `lock.acquire()`, and asks no process. Where a lock hides in a function, it says
nothing. It reads the lines alone: several threads of ours must not use `ast` at the same time (Python 3.11
raises a SystemError then).
"""

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from grader.words import _, _n

WITH = re.compile(r"\s*with\s+(.*):\s*(?:#.*)?$")
ACQUIRE, RELEASE = re.compile(r"([\w.\[\]]+)\.acquire\("), re.compile(r"([\w.\[\]]+)\.release\(")


@dataclass(frozen=True)
class Step:
    """A lock, as the program writes it, and the line that takes it."""

    lock: str
    place: str  # file:line

    def __str__(self):
        return f"{self.lock} ({self.place})"

    def is_as(self, other):
        """Whether it may be the same lock: of `locks[a]` and `locks[b]` nobody can tell."""
        return self.lock.partition("[")[0] == other.lock.partition("[")[0]


def why_stuck(stacks, source):
    """Sentences that say who waits for whom, as far as the lines tell; else none."""
    waiting = Counter(case for stack in stacks for case in cases(stack, source))
    return circle(waiting) or taken_twice(waiting) or not_given_back(waiting, source)


def circle(waiting):
    """Two that wait for each other."""
    for (held, wanted), count in waiting.items():
        for (other_held, other_wanted), other_count in waiting.items():
            own = next((step for step in held if step.is_as(other_wanted)), None)
            its = next((step for step in other_held if step.is_as(wanted)), None)
            if not own or not its or own.lock == wanted.lock:
                continue
            if (held, wanted) != (other_held, other_wanted):
                return [
                    one_holds(count, own, wanted),
                    another_holds(other_count, its, other_wanted),
                    _("Each waits for what the other holds, and so for ever."),
                ]
            if count > 1:
                return [
                    some_hold(count, own, wanted),
                    _("Each may wait for what one of the others holds, and so for ever."),
                ]
    return []


def taken_twice(waiting):
    """One that waits for itself."""
    for held, wanted in waiting:
        own = next((step for step in held if step.lock == wanted.lock and "[" not in step.lock), None)
        if own:
            return [wants_again(own, wanted)]
    return []


def not_given_back(waiting, source):
    """One that nobody holds who is still there."""
    held = {step.lock for steps, _ in waiting for step in steps}
    for _held, wanted in waiting:
        place = source.find(f"{wanted.lock}.acquire(")
        if place and wanted.lock not in held:
            where = f"{place.file}:{place.line}"
            text = _(
                "{lock} is taken at {place}: is it released on every way from there?",
                lock=wanted.lock,
                place=where,
            )
            return [text]
    return []


def one_holds(count, held, wanted):
    return _n(
        "One thread holds {held} and wants {wanted}.",
        "Each of {count} threads holds {held} and wants {wanted}.",
        count,
        held=str(held),
        wanted=str(wanted),
    )


def another_holds(count, held, wanted):
    return _n(
        "Another thread holds {held} and wants {wanted}.",
        "Each of {count} threads holds {held} and wants {wanted}.",
        count,
        held=str(held),
        wanted=str(wanted),
    )


def some_hold(count, held, wanted):
    return _n(
        "One thread holds a {held} and wants another {wanted}.",
        "Each of {count} threads holds a {held} and wants another {wanted}.",
        count,
        held=str(held),
        wanted=str(wanted),
    )


def wants_again(held, wanted):
    return _(
        "A thread holds {held} and wants it once more at {place}: it waits for itself.",
        held=str(held),
        place=wanted.place,
    )


def cases(stack, source):
    """What the thread may hold and want: [(steps, step)], for its line alone may leave that open."""
    frames = [frame for frame in stack.frames if Path(frame.file) in source.files]
    if not frames or not (frames[0] is stack.frames[0] or stack.frames[0].function == "__enter__"):
        return []
    held = tuple(step for frame in frames for step in steps(frame, source)[0])
    wanted = steps(frames[0], source)[1]
    return [(held + tuple(wanted[:number]), step) for number, step in enumerate(wanted)]


def steps(frame, source):
    """The locks that its function holds at this line, and those that the line itself takes."""
    file = Path(source.show(frame.file)).name
    lines = source.files[Path(frame.file)].decode("utf-8", "replace").splitlines()[: frame.line]
    if not lines:
        return [], []
    held, released, margin = {}, set(), indent(lines[-1])
    for number, line in reversed([*enumerate(lines[:-1], 1)]):
        if line.strip() and indent(line) < margin:  # what is below it stands inside it
            margin = indent(line)
            held |= {lock: Step(lock, f"{file}:{number}") for lock in locks_of_with(line)}
            if line.lstrip().startswith("def "):
                break
        released |= set(RELEASE.findall(line))
        held |= {lock: Step(lock, f"{file}:{number}") for lock in set(ACQUIRE.findall(line)) - released}
    wanted = [*locks_of_with(lines[-1]), *ACQUIRE.findall(lines[-1])]
    return list(held.values()), [Step(lock, f"{file}:{frame.line}") for lock in wanted]


def indent(line):
    return len(line) - len(line.lstrip())


def locks_of_with(line):
    """The names in the head of a `with`; what is called there is no lock that anybody else could have."""
    head = WITH.match(line)
    items = [item.partition(" as ")[0].strip() for item in head[1].split(",")] if head else []
    return [item for item in items if item and "(" not in item and ")" not in item]
