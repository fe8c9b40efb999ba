"""Where a student is: every lesson with what passed, and the one thing to do next."""

from grader.desk.progress import Standing
from grader.reports.terminal import Line
from grader.results import PASSED
from grader.transcript import pad
from grader.words import _, told

TITLE, COUNT = 34, 12  # columns


def board(lessons, standings):
    """All lessons, in order; and what comes next."""
    lines = [Line("From Echo to Chat", "bold"), Line()]
    next_one = next_open(lessons, standings)
    lines += [row(lesson, standings.get(lesson.number), lesson == next_one) for lesson in lessons]
    return [*lines, Line(), *next_lines(next_one, standings)]


def next_open(lessons, standings):
    """The lesson to go on with: the one that was checked last, or the next one in which something is open.

    None when all is done.
    """
    last = max(standings, key=lambda number: standings[number].when, default="")
    later = [one for one in lessons if one.number >= last]
    open_ones = [one for one in later + lessons if not is_done(one, standings.get(one.number))]
    return open_ones[0] if open_ones else None


def is_done(lesson, standing):
    names = lesson.stories()
    return standing is not None and standing.passed(names) == len(names)


def row(lesson, standing, is_next):
    names = lesson.stories()
    mark = "✓" if is_done(lesson, standing) else "▶" if is_next else " "
    passed = standing.passed(names) if standing and standing.verdicts else "–"
    count = told(_("{passed} of {all}", passed=passed, all=len(names)))
    text = f"  {mark} {lesson.number}  {pad(told(lesson.title), TITLE)}{count.rjust(COUNT - 2)}"
    if standing and standing.new:
        text += "   " + told(_("new since last time: {count}", count=standing.new))
    return Line(text, {"✓": "green", "▶": "bold"}.get(mark, ""))


def next_lines(lesson, standings):
    if lesson is None:
        done = _("All lessons are done. What now? The challenges at the end of each page.")
        return [Line("  " + told(done), "green")]
    number, standing = lesson.number, standings.get(lesson.number, Standing())
    if not standings:
        return [step(_("Next:  read {page}, then {other}", page=page("00"), other=page(number)))]
    if not standing.verdicts:
        return [
            step(_("Next:  read {page}, then python checker.py {number}", page=page(number), number=number))
        ]
    which, sentence = first_open_check(lesson, standing)
    return [
        step(
            _(
                "Next:  check {check} of lesson {number}: {sentence}",
                check=which,
                number=number,
                sentence=sentence,
            )
        ),
        Line(f"      python checker.py {number}"),
        Line(f"      python checker.py {number} --hint"),
    ]


def step(sentence):
    return Line("  " + told(sentence))


def page(number):
    return f"lessons/{number}/README.md"


def first_open_check(lesson, standing):
    """Number and sentence of the first check that has not passed."""
    for number, (name, sentence) in enumerate(lesson.stories().items(), 1):
        if standing.verdicts.get(name) != PASSED:
            return number, told(sentence)
