"""From the checks that a program fails to the belief behind it, by its likeness to the typical mistakes.

The same files tell the kit's tests which edit of the solution fails which checks; so what is said here
is what was seen of a program with that very mistake.
"""

from grader.line_peer import CUT, GLUED, INSIDE, PIECES
from grader.results import FAILED, NOT_RUN, PASSED, Belief
from grader.words import _

ALIKE = 0.3  # how much of the failed checks a mistake must explain to be named
TRACE = 0.3  # what a line of code or an error message that gives a mistake away adds to the likeness
ABSENT = 0.01  # what it takes away that its code is not there: it decides ties
TOLD = ("deadlocked", "locked", "crashed", "thread crashed", "flood", "refused", "left a process")
UNTOLD_AT_START = ("does not compile", "crashed", "exited", "wrong first line", "wrong port", "flood")


def likely_belief(checks, mistakes, source):
    """The belief that explains the first failed check, and most of the others, and contradicts nothing.

    A mistake whose list has a check that passed is not this program's. None where nothing fits.
    """
    failed = {check.number for check in checks if check.verdict == FAILED}
    known = failed | {check.number for check in checks if check.verdict == PASSED}
    if not failed or ended_at_start(checks):
        return None
    said = " ".join(told(check.failure) for check in checks if check.failure)
    fitting = [m for m in mistakes if fits(m, failed, known)]
    best = max(fitting, key=lambda mistake: likeness(mistake, failed, known, source, said), default=None)
    if best is None or likeness(best, failed, known, source, said) < ALIKE:
        return None
    if says_little(checks, failed, known) and not traces(best, source, said):
        return None
    place = source.find(best.look) if best.look else None
    return Belief(best.name, best.belief, explained(best, failed, known) == failed, place)


def told(failure):
    """All that a failure says, and what the program itself has said."""
    return " ".join([failure.headline, *failure.detail, failure.output.decode("utf-8", "replace")])


def ended_at_start(checks):
    """Whether it never got as far as a mistake of this lesson; then the report says all there is to say."""
    failures = [check.failure for check in checks if check.verdict == FAILED]
    not_run = any(check.verdict == NOT_RUN for check in checks)
    return not_run and failures[0].kind in UNTOLD_AT_START


def fits(mistake, failed, known):
    """Whether it explains the first failed check, and nothing passed that it would have failed."""
    return min(failed) in (*mistake.fails, *mistake.sometimes) and set(mistake.fails) & known <= failed


def explained(mistake, failed, known):
    """The failed checks that the mistake accounts for."""
    return (set(mistake.fails) & known) | (set(mistake.sometimes) & failed)


def likeness(mistake, failed, known, source, said):
    """1 where it explains all failed checks, less where fewer, and for a check that it fails only sometimes
    half as much; traces of the mistake decide ties.
    """
    certain = len(set(mistake.fails) & known)
    share = (certain + len(explained(mistake, failed, known))) / 2 / len(failed)
    absent = bool(mistake.look) and not source.has(mistake.look)  # so it would have to be written otherwise
    return share + TRACE * traces(mistake, source, said) - ABSENT * absent


def traces(mistake, source, said):
    """How many traces of the mistake there are: its code in the program, its error in the report."""
    return bool(mistake.look and source.has(mistake.look)) + bool(mistake.clue and mistake.clue in said)


def says_little(checks, failed, known):
    """Whether the failed checks point at no mistake: one check alone, nearly all, or a cause that is told."""
    first = next(check for check in checks if check.verdict == FAILED)
    return len(known) == 1 or len(known - failed) < 2 or first.failure.kind in TOLD


def told_by(ways):
    """What the pattern of the ways that fail says of the program, where it says something."""
    failed = {way for way, verdict in ways.items() if verdict == FAILED}
    if failed == {GLUED}:
        return [_("It fails only when lines come together: they are taken for one.")]
    if failed == {PIECES}:
        return [_("It fails only when send() takes little: what send() did not take is lost.")]
    if INSIDE in failed and not failed & {GLUED, CUT}:
        return [_("It fails when a character comes in two parts: bytes become text before they are whole.")]
    if CUT in failed and GLUED in failed:
        return [_("What one recv() brings is taken for one line, no more and no less.")]
    if CUT in failed:
        return [_("What one recv() brings is taken for whole lines.")]
    return []
