"""The names under which a run's condition can be asked for again: `--under shuffled`, `--under glued`."""

from grader.keyboard import TERMINAL
from grader.lessons import WrongUse
from grader.line_peer import WAYS, WHOLE
from grader.results import Condition
from grader.words import _

PLAIN, SHUFFLED, RACED = "plain", "shuffled", "raced"
NAMES = (PLAIN, SHUFFLED, RACED, TERMINAL, *WAYS)


def name_of(condition):
    """How to ask for it; None for the plain one, which every run begins with."""
    if condition.schedule:
        return RACED if condition.parts else SHUFFLED
    if condition.typing == TERMINAL:
        return TERMINAL
    return condition.way if condition.way != WHOLE else None


def named(name, seed):
    """The condition of this name. Raises WrongUse if there is none."""
    if name not in NAMES:
        raise WrongUse(
            _("There is no run {name}; there are: {known}.", name=repr(name), known=", ".join(NAMES))
        )
    if name in (SHUFFLED, RACED):
        return Condition(schedule=str(seed), parts=name == RACED)
    return Condition(typing=TERMINAL) if name == TERMINAL else Condition(way=name if name in WAYS else WHOLE)
