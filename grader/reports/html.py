"""A run as one page for a browser: it loads nothing, runs nothing, and what a program printed stays text.

The form is in page.html and page.css beside this file; here is what stands in it.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from grader.reports import beside, sequence, terminal
from grader.results import BROKEN, FAILED, INCONCLUSIVE, KEPT_OUTPUT, NOT_RUN, PASSED
from grader.transcript import ACTS, NOTE, cast, head_of, moment, note_of, readable, width
from grader.words import N_, Sentence, _, _n, in_words, language, told

DRAWN = 200  # events of one check that are drawn and listed, counted from the end
LANES = 8  # people who are drawn; where there are more, only those whom transcript.cast chooses
LINES, LONG = 60, 400  # of what a program printed: lines counted from the end, characters of a line
AROUND = 40  # rows of a comparison before and after its first difference
STATES = {
    PASSED: ("passed", _("passed")),
    FAILED: ("failed", _("failed")),
    INCONCLUSIVE: ("unknown", _("could not tell")),
    NOT_RUN: ("unasked", _("not run")),
    BROKEN: ("failed", _("the checker's own fault")),
}

WORDS = {
    "skip": N_("Skip to the results"),
    "lesson": N_("Lesson {number}"),
    "lessons": N_("Lessons"),
    "program": N_("Program"),
    "seed": N_("Seed"),
    "checks": N_("All checks of lesson {number}"),
    "ways": N_("How the bytes came"),
    "parts": N_("Expected and received"),
    "expected": N_("expected  {what}"),
    "received": N_("received"),
    "from here": N_("(from here on they differ)"),
    "stands": N_("Where the program's threads stand"),
    "printed": N_("What it printed"),
    "belief": N_("The belief behind that: “{belief}”"),
    "where": N_("Where"),
    "again": N_("Again"),
    "lanes": N_("Who said what to whom"),
    "picture": N_("Sequence diagram of check {check}, lesson {lesson}"),
    "legend": N_(
        "Solid arrows go to the program, dashed ones come from it. Point at a row to see its bytes."
    ),
    "as text": N_("The same as text"),
    "silence": N_("Nobody spoke in this check."),
    "time": N_("Time"),
    "who": N_("Who"),
    "what": N_("What"),
    "bytes": N_("Bytes"),
    "beside": N_("Yours beside the reference: check {number}"),
    "yours": N_("yours: {verdict}"),
    "reference": N_("the reference: {verdict}"),
    "on your side": N_("yours"),
    "on the other": N_("the reference"),
    "nothing": N_("nothing"),
    "alike": N_("In this run both made everybody hear the same."),
}


def write(runs, path, comparison=None):
    """Writes the page to the file."""
    path.write_text(page(runs, comparison), encoding="utf-8")


def page(runs, comparison=None):
    """All lessons as one HTML page; a comparison stands with the lesson that it is of."""
    if comparison and not any(results is comparison.yours for results in runs):
        runs = [*runs, comparison.yours]
    return TEMPLATES.get_template("page.html").render(runs=runs, comparison=comparison).lstrip()


def say(key, **values):
    """The page's own words."""
    return told(WORDS[key]).format(**{name: in_words(value) for name, value in values.items()})


def visible(value):
    """What every value of the template goes through: sentences are told, and nothing in them is unseen."""
    if isinstance(value, Markup):
        return value
    return readable(told(value) if isinstance(value, Sentence) else str(value))


def prose(text):
    """A sentence of the course's own, in which `code` is set as code."""
    text = visible(told(text))
    if text.count("`") % 2:
        return text
    parts = enumerate(text.split("`"))
    return Markup().join(Markup("<code>{}</code>").format(part) if n % 2 else part for n, part in parts)


def wrong(results):
    """The checks that failed, and then those of which nothing could be told."""
    found = [check for check in results.checks if check.failure]
    return sorted(found, key=lambda check: (check.verdict == INCONCLUSIVE, check.number))


def next_words(results):
    """What to do now, as the terminal says it."""
    return [line.text.strip() for line in terminal.next_lines(results, wrong(results)) if line.text]


def is_to_mend(results):
    """Whether what to do now is to mend the first failure; then it is said there."""
    return bool(results.count(FAILED)) and not results.count(BROKEN)


def parted(excerpt, at):
    """The bytes around the place as text, in two parts: before the first difference, and from there on."""
    text, column = terminal.window(excerpt, at)
    index = next((n for n in range(len(text)) if width(text[:n]) >= column), len(text))
    return text[:index], text[index:]


@dataclass
class Cut:
    """The end of something, and the words that say what is not shown of it."""

    kept: list
    left: str = ""


def printed(output):
    """The last lines that the program printed; its first line alone says nothing new."""
    text = output.decode("utf-8", "backslashreplace").removesuffix("\n")
    lines = [line if len(line) <= LONG else shortened(line) for line in re.split("\r?\n", text)]
    left = beside.lines_before(len(lines) - LINES) if len(lines) > LINES else ""
    if len(output) >= KEPT_OUTPUT:
        left = _("… many lines before these")
    return Cut(lines[-LINES:] if len(lines) > 1 else [], left)


def shortened(line):
    more = _n("… {count} more character", "… {count} more characters", len(line) - LONG)
    return f"{line[:LONG]} {told(more)}"


def last_events(check):
    """The events that are listed."""
    events, before = check.transcript[-DRAWN:], len(check.transcript) - DRAWN
    left = _n(
        "{count} event before these is not shown.", "{count} events before these are not shown.", before
    )
    return Cut(events, left if before > 0 else "")


def lanes(check):
    """The events that are drawn, of the people for whom there is room."""
    events, everyone = last_events(check).kept, {event.who for event in check.transcript if event.who}
    if len(everyone) <= LANES:
        return Cut(events)
    people = cast(check.transcript, check.failure and terminal.named(check, check.failure))
    others = len(everyone) - len(people)
    left = _n(
        "{count} other is not drawn; the text below has everyone.",
        "{count} others are not drawn; the text below has everyone.",
        others,
    )
    return Cut([event for event in events if event.who in ("", *people)], left)


def picture(check):
    """The drawn events as SVG, which escapes every text in it itself."""
    title = _("Check {number}: who said what to whom", number=check.number)
    return Markup(sequence.draw(lanes(check).kept, told(title), hover=True))


def act(event):
    """What somebody did, in words, and the bytes with which."""
    if event.what == NOTE:
        return note_of(event), ""
    if event.what in ACTS:
        return told(ACTS[event.what]), ""
    more = max(event.count, len(event.data)) > len(event.data)
    size = f" … {told(sequence.size_of(event, len(event.data)))}" if more else ""
    return told(event.what), readable(event.data) + size


def rows(comparison):
    """The rows around the first difference, each with what is to be said of it; and what is left out."""
    parts, found = comparison.parts, []
    middle = len(comparison.rows) if parts is None else parts
    first, last = max(0, middle - AROUND), middle + AROUND
    for number, (one, two) in enumerate(comparison.rows[first:last], first):
        differs = _("differs") if one and two and not one.is_like(two) else ""
        found.append((one, two, _("first difference") if number == parts else differs))
    after = len(comparison.rows) - last
    before = beside.lines_before(first) if first else ""
    return found, before, beside.lines_after(after) if after > 0 else ""


TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    finalize=visible,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
TEMPLATES.filters |= {"told": told, "prose": prose}
TEMPLATES.globals |= {
    "terminal": terminal,
    "language": language,
    "head_of": head_of,
    "moment": lambda at: moment(at).strip(),
    "STATES": STATES,
}
TEMPLATES.globals |= {
    made.__name__: made
    for made in (say, wrong, next_words, is_to_mend, parted, printed, last_events, lanes, picture, act, rows)
}
