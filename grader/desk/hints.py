"""Help in three levels, each pulled by the student: a question, the idea with an experiment, the page.

tests/hints/NN.toml holds them, a table for each check, by its name.
"""

import re
import tomllib
from dataclasses import dataclass

from grader.desk import progress
from grader.lessons import ROOT, entry_of
from grader.reports.terminal import INDENT, Line, place, spot_of, title_line
from grader.source import Source
from grader.transcript import readable, width
from grader.words import _, told

LEVELS = 3
COLUMNS = 88  # of a line of prose
WORD = re.compile(r"(?:`[^`]*`|[^\s`])+")  # a piece of code is one word
MARKED = re.compile(r"^(?:[-*>]\s+|\d+\.\s+)")  # what may stand before a paragraph's first word


@dataclass(frozen=True)
class Hint:
    """The three levels for one check; `look` are pieces of code that stand where one should look."""

    question: str
    idea: str
    paragraph: str  # the first words of a paragraph of the page
    look: tuple = ()


def hints_of(lesson):
    """The lesson's hints by the names of its checks; none if it has no such file."""
    if not lesson.hints.exists():
        return {}
    table = tomllib.loads(lesson.hints.read_text("utf-8"))
    return {name: Hint(**entry | {"look": tuple(entry["look"])}) for name, entry in table.items()}


def next_hint(lesson, program, results, check):
    """The lines of the hint that is due for a check that fails; beyond the last one, that again."""
    try:
        level = min(progress.hint_given(lesson, check.name), LEVELS)
    except progress.NotKept:
        level = 1  # without a memory each is the first
    return hint(lesson, results, check, level, Source(entry_of(program, lesson), ROOT))


def hint(lesson, results, check, level, source):
    """The lines of one level."""
    known = hints_of(lesson)[check.name]
    body = [question, idea, paragraph][level - 1](known, lesson, results, check, source)
    which = told(_("hint {level} of {all}", level=level, all=LEVELS))
    again = _("Another hint: the same command once more.")
    if level == LEVELS:
        again = _(
            "That was the last one. Beside the reference: python checker.py compare {n}", n=lesson.number
        )
    return [
        title_line(check),
        Line(),
        Line(f"{INDENT}{which}", "cyan"),
        *body,
        Line(),
        Line(INDENT + told(again)),
    ]


def question(known, lesson, results, check, source):
    """What to ask oneself, and the likely place."""
    spot = spot_of(results, check) or source.first(known.look)
    where = [Line(f"{INDENT}{place(spot)}   {readable(spot.text)}")] if spot else []
    return [*prose(told(known.question)), *where]


def idea(known, *_):
    return prose(told(known.idea))


def paragraph(known, lesson, *_):
    """The paragraph of the page that treats it, under its heading."""
    heading, text = found(lesson.page.read_text("utf-8"), known.paragraph)
    page = lesson.page.relative_to(ROOT).as_posix()
    return [Line(f"{INDENT}{page} · {heading}", "bold"), *prose(text)]


def found(page, beginning):
    """The heading above the paragraph, list item or row that begins so, and it. Raises ValueError if none."""
    heading = ""
    for block in re.split(r"\n\s*\n|\n(?=[-*] |\d+\. |\|)", page):
        if block.startswith("#"):
            heading, _, block = block.partition("\n")
        if unmarked(block).startswith(unmarked(beginning)):
            return heading.lstrip("# "), MARKED.sub("", block.strip())
    raise ValueError(f"no paragraph begins with {beginning!r}")


def unmarked(text):
    return MARKED.sub("", text.strip().lstrip("| "), count=1)


def prose(text):
    """Paragraphs as indented lines of a width that reads well; a command of its own stays in one piece."""
    lines = []
    for part in re.split(r"\n\s*\n", text.strip()):
        is_command = part[0] == part[-1] == "`" and part.count("`") == 2
        shown = [f"  {part.strip('`')}"] if is_command else rows(WORD.findall(plain(part)))
        lines += [Line(), *(Line(INDENT + row) for row in shown)]
    return lines[1:]


def plain(part):
    """A table's row as a sentence, and emphasis without its marks."""
    if part.startswith("|"):
        part = ": ".join(cell.strip() for cell in part.strip("| ").split("|"))
    return part.replace("**", "")


def rows(words):
    """The words in rows; a character of a wide script takes two columns."""
    row = ""
    for word in words:
        if row and width(row) + 1 + width(word) > COLUMNS:
            yield row
            row = word
        else:
            row = f"{row} {word}".lstrip()
    yield row
