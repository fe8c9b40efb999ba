"""From the checks that a program fails to the belief behind it, by its likeness to the typical mistakes.

The same files tell the kit's tests which edit of the solution fails which checks; so what is said here
is what was seen of a program with that very mistake.
"""

from grader.results import FAILED, NOT_RUN, PASSED, Belief

ALIKE = 0.6  # how much of the two lists of checks must be common, where they are not the same
TRACE = 0.3  # what a line of code or an error message that gives a mistake away adds to the likeness
UNTOLD_AT_START = ("does not compile", "crashed", "exited", "wrong first line", "wrong port", "flood")


def likely_belief(checks, mistakes, source):
    """The belief whose list of failed checks is most like this one; None where nothing is alike enough."""
    failed = {check.number for check in checks if check.verdict == FAILED}
    known = failed | {check.number for check in checks if check.verdict == PASSED}
    if not failed or ended_at_start(checks):
        return None
    said = " ".join(text for c in checks if c.failure for text in (c.failure.headline, *c.failure.detail))
    best = max(mistakes, key=lambda mistake: likeness(mistake, failed, known, source, said), default=None)
    if best is None or likeness(best, failed, known, source, said) < ALIKE:
        return None
    return Belief(best.name, best.belief, source.find(best.look) if best.look else None)


def ended_at_start(checks):
    """Whether it never got as far as a mistake of this lesson; then the report says all there is to say."""
    failures = [check.failure for check in checks if check.verdict == FAILED]
    not_run = any(check.verdict == NOT_RUN for check in checks)
    return not_run and failures[0].kind in UNTOLD_AT_START


def likeness(mistake, failed, known, source, said):
    """1 where the same checks fail, less where fewer are common; traces of the mistake decide ties."""
    failed = failed - set(mistake.sometimes) or failed
    due = set(mistake.fails) & known
    alike = len(due & failed) / len(due | failed)
    traces = bool(mistake.look and source.find(mistake.look)) + bool(mistake.clue and mistake.clue in said)
    return alike + TRACE * traces
