"""How a check fails: the exception that a verb raises, and what is then added from the program's state."""

import contextlib
import re
import signal

from grader.locks import why_stuck
from grader.results import Failure, Stand, difference
from grader.words import _, _n

STUCK = ("spinning", "deadlocked", "locked")
TOLD = ("hangs at exit", "left a process")  # these say the cause themselves, whatever else has happened
# That it ended was due; how it did, only a crash explains.
ENDED = ("wrong code", "wrong words", "printed more", "crashed at exit")
LOCK = re.compile(r"with\s+(?!open|socket)([^:]*):\s*(?:#.*)?$|.*?([\w.]+)\.acquire\(")


class CheckFailed(Exception):
    """What a verb saw. `in_vain`: it waited for something that did not come, so time is the evidence."""

    def __init__(self, kind, headline, *, in_vain=False, who=None, expected=None, received=None):
        super().__init__(headline)
        self.kind, self.headline, self.in_vain, self.who = kind, headline, in_vain, who
        self.expected, self.received = expected, received


class HasSpoken(Exception):
    """The program has said something, and nothing more was to be seen of it."""


class CouldNotTell(Exception):
    """This machine, and not the program, stands in the way: no ports, no memory."""


def explain(failed, program, source):
    """The failure with its cause, as far as the program's state shows it."""
    failure = Failure(failed.kind, failed.headline)
    if failed.expected is not None:
        failure.difference = difference(failed.who, failed.expected, failed.received)
    if program is None:
        return failure
    ended = failed.kind.endswith(" early") or failed.kind in ("reset", "refused")
    if ended:
        program.settle()
    failure.output = program.output()
    if program.flooded:
        return retitle(failure, "flood", program.flooded)
    if failed.kind in TOLD:
        return failure
    own_end = failed.kind in ENDED and not last_crash(program, thread="main")
    if not own_end and (program.exit_code() is not None or last_crash(program, thread="main")):
        return explain_exit(failure, program, source)
    if failed.in_vain:
        with contextlib.suppress(CheckFailed):  # it ended while we looked
            explain_stand(failure, program, source)
    if crash := last_crash(program):
        explain_thread_crash(failure, crash, source, is_cause=ended or own_end or failed.in_vain)
    return failure


def retitle(failure, kind, headline):
    """A cause in front of what was seen of it."""
    if failure.headline != headline:
        failure.detail.insert(0, failure.headline)
    failure.kind, failure.headline = kind, headline
    return failure


def explain_exit(failure, program, source):
    """It ended, or is about to: its main thread has crashed."""
    code, crash = program.exit_code(), last_crash(program, thread="main")
    if crash:
        failure.place = source.place_of(crash["frames"])
        return retitle(failure, *crash_title(crash))
    headline = _("The program ended by itself, with exit code {code}.", code=code)
    if code < 0:
        name = signal.strsignal(-code)
        headline = _("The program was ended by signal {number} ({name}).", number=-code, name=name)
    return retitle(failure, "exited", headline)


def crash_title(crash):
    """The kind of a crash of the main thread, and the sentence that says it."""
    kind, message = crash["type"], crash["message"]
    if kind in ("SyntaxError", "IndentationError", "TabError"):
        error = f"{kind}: {message}"
        return "does not compile", _("The program is not valid Python: {error}", error=error)
    if kind == "ModuleNotFoundError":
        return "crashed", _("The program imports a module that is not here: {error}", error=message)
    if kind == "FileNotFoundError" and not crash["frames"]:  # no line of it ever ran
        return "crashed", _("The program cannot be started again: it has deleted its own file.")
    return "crashed", _("The program crashed: {error}", error=words(crash))


def words(crash):
    """The exception's type, and its message where it has one."""
    return f"{crash['type']}: {crash['message']}" if crash["message"] else crash["type"]


def last_crash(program, thread=None):
    crashes = [c for c in program.crashes() if (c["thread"] == "main") == (thread == "main")]
    return crashes[-1] if crashes else None


def explain_thread_crash(failure, crash, source, is_cause):
    """A crash explains what did not come or broke off; other failures may have nothing to do with it."""
    failure.place = source.place_of(crash["frames"]) or failure.place
    sentence = _("A thread of the program crashed: {error}", error=words(crash))
    if is_cause and failure.kind not in STUCK:
        retitle(failure, "thread crashed", sentence)
    else:
        failure.detail.append(sentence)


def explain_stand(failure, program, source):
    """It lives and does not do what is due: does it work, wait for a lock, or wait for something else?"""
    stacks = program.stacks()
    failure.stands, why = stands(stacks, source), why_stuck(stacks, source)
    waiting = [stand for stand in failure.stands if stand.lock]
    threads = sum(stand.threads for stand in waiting)
    if program.is_spinning():
        retitle(failure, "spinning", _("The program runs at full speed and does not get anywhere."))
    elif len({lock_in(stand.frame.text) for stand in waiting}) > 1 or len(why) > 1:
        retitle(failure, "deadlocked", deadlocked(threads))
    elif waiting:
        retitle(failure, "locked", locked(threads))
    if waiting and failure.kind in ("deadlocked", "locked"):
        failure.detail[:0] = why


def deadlocked(threads):
    return _n(
        "The program is deadlocked: {count} thread waits for a lock.",
        "The program is deadlocked: {count} threads wait for a lock.",
        threads,
    )


def locked(threads):
    return _n(
        "A thread of the program waits for a lock that nobody gives back.",
        "{count} threads of the program wait for a lock that nobody gives back.",
        threads,
    )


def stands(stacks, source):
    """The threads, grouped by the line of the student's own files at which they stand; locks first."""
    groups = {}
    for stack in stacks:
        frames = [[frame.file, frame.line, frame.function, ""] for frame in reversed(stack.frames)]
        place = source.place_of(frames)
        if place:
            own = stack.frames[0].line == place.line and stack.frames[0].function == place.function
            lock = bool(lock_in(place.text)) and (own or stack.frames[0].function == "__enter__")
            stand = groups.setdefault((place.file, place.line, place.function), Stand(0, place))
            stand.threads += 1
            stand.lock = lock
    return sorted(groups.values(), key=lambda stand: not stand.lock)


def lock_in(text):
    """The lock that a thread waits for if it stands at this line, below no other Python frame; or None."""
    match = LOCK.match(text)
    return match and (match[1] or match[2])
