"""How a check fails: the exception that a verb raises, and what is then added from the program's state."""

import re

from grader.results import Failure, Stand, difference


class CheckFailed(Exception):
    """What a verb saw. `in_vain`: it waited for something that did not come, so time is the evidence."""

    def __init__(self, kind, headline, *, in_vain=False, who=None, expected=None, received=None):
        super().__init__(headline)
        self.kind, self.headline, self.in_vain, self.who = kind, headline, in_vain, who
        self.expected, self.received = expected, received


class CouldNotTell(Exception):
    """This machine, and not the program, stands in the way: no ports, no memory."""


def explain(failed, program, source):
    """The failure with its cause, as far as the program's state shows it."""
    failure = Failure(failed.kind, failed.headline)
    if failed.expected is not None:
        failure.difference = difference(failed.who, failed.expected, failed.received)
    if program is None:
        return failure
    failure.output = program.output()
    if program.flooded:
        return retitle(failure, "flood", "The program prints without end, so it was ended.")
    if program.exit_code() is not None:
        return explain_exit(failure, program, source)
    if failed.in_vain:
        explain_stand(failure, program, source)
    add_thread_crash(failure, program, source)
    return failure


def retitle(failure, kind, headline):
    """A cause in front of what was seen of it."""
    if failure.headline != headline:
        failure.detail.insert(0, failure.headline)
    failure.kind, failure.headline = kind, headline
    return failure


def explain_exit(failure, program, source):
    code, crash = program.exit_code(), last_crash(program, thread="main")
    if crash:
        failure.place = source.place_of(crash["frames"])
        kind = "does not compile" if crash["type"] in ("SyntaxError", "IndentationError") else "crashed"
        verb = "is not valid Python" if kind != "crashed" else "crashed"
        return retitle(failure, kind, f"The program {verb}: {crash['type']}: {crash['message']}")
    how = f"was ended by signal {-code}" if code < 0 else f"ended by itself, with exit code {code}"
    return retitle(failure, "exited", f"The program {how}.")


def last_crash(program, thread=None):
    crashes = [c for c in program.crashes() if (c["thread"] == "main") == (thread == "main")]
    return crashes[-1] if crashes else None


def add_thread_crash(failure, program, source):
    crash = last_crash(program)
    if crash:
        failure.place = source.place_of(crash["frames"]) or failure.place
        failure.detail.append(f"A thread of the program crashed: {crash['type']}: {crash['message']}")


def explain_stand(failure, program, source):
    """It lives and does not do what is due: does it work, wait for a lock, or wait for something else?"""
    failure.stands = stands(program.stacks(), source)
    waiting = sum(stand.threads for stand in failure.stands if stand.lock)
    if program.is_spinning():
        retitle(failure, "spinning", "The program runs at full speed and does not get anywhere.")
    elif waiting > 1:
        retitle(failure, "deadlocked", f"The program is deadlocked: {waiting} threads wait for a lock.")
    elif waiting:
        retitle(failure, "locked", "A thread of the program waits for a lock that nobody gives back.")


def stands(stacks, source):
    """The threads, grouped by the line of the student's own files at which they stand; locks first."""
    groups = {}
    for stack in stacks:
        frames = [[frame.file, frame.line, frame.function, ""] for frame in reversed(stack.frames)]
        place = source.place_of(frames)
        if place:
            own = stack.frames[0].line == place.line and stack.frames[0].function == place.function
            lock = is_lock(place.text) and (own or stack.frames[0].function == "__enter__")
            stand = groups.setdefault((place.file, place.line, place.function), Stand(0, place))
            stand.threads += 1
            stand.lock = lock
    return sorted(groups.values(), key=lambda stand: not stand.lock)


def is_lock(text):
    """Whether a thread that stands at this line, below no other Python frame, waits for a lock."""
    return ".acquire(" in text or bool(re.match(r"with\s+(?!open|socket)[^:]*:", text))
