"""Two runs of one check side by side, as lines for a terminal; the first difference is marked."""

from grader.reports.terminal import INDENT, Line, headline, output_lines, shown, stand_lines, title_line
from grader.transcript import ACTS, FROM_PROGRAM, head_of, pad, readable, width
from grader.words import _, _n, told

SIDE = 46  # columns of one side
NAME = 10  # columns of a person's name in it
BEFORE, AFTER = 12, 10  # rows shown around the first difference


def beside(comparison):
    """The whole comparison as a list of lines."""
    yours, check, other = comparison.yours, comparison.check, comparison.other
    lines = [headline(yours), Line(), title_line(check), Line()]
    left = told(_("yours: {verdict}", verdict=told(check.verdict)))
    right = told(_("the reference: {verdict}", verdict=told(other.verdict)))
    lines.append(Line(f"{INDENT}{pad(left, SIDE)}{right}", "bold"))
    lines += [Line(f"{INDENT}{told(text)}") for text in check.condition.told()]
    lines += rows_of(comparison)
    if check.failure:
        lines += [Line(), Line(f"{INDENT}{shown(check.failure.headline)}", "bold red")]
        lines += [Line(f"{INDENT}{shown(text)}") for text in check.failure.detail]
        lines += stand_lines(check.failure.stands) if check.failure.stands else []
        lines += output_lines(check.failure.output)
    return lines


def rows_of(comparison):
    """The rows around the first difference; the last ones, if there is none."""
    rows, parts = comparison.rows, comparison.parts
    middle = len(rows) if parts is None else parts
    first, last = max(0, middle - BEFORE), middle + AFTER
    lines = [Line(INDENT + told(lines_before(first)))] if first else []
    for number, (one, two) in enumerate(rows[first:last], first):
        text = f"{INDENT}{pad(side(one), SIDE)}{pad(side(two), SIDE)}"
        here = told(_("◀ first difference")) if number == parts else ""
        lines.append(Line(f"{text}{here}".rstrip(), style(one, two)))
    lines += [Line(INDENT + told(lines_after(len(rows) - last)))] if len(rows) > last else []
    if parts is None:
        lines += [Line(), Line(INDENT + told(_("In this run both made everybody hear the same.")), "green")]
    return lines


def lines_before(count):
    return _n("… {count} line before these", "… {count} lines before these", count)


def lines_after(count):
    return _n("… {count} line after these", "… {count} lines after these", count)


def style(one, two):
    return "" if one and one.is_like(two) else "red"


def side(step):
    """One step in the columns of one side: who, which way it went, and what."""
    if step is None:
        return "–"
    if step.what == "note":
        return f"· {readable(told(step.words) or step.data)}"[: SIDE - 2]
    arrow = "◀──" if step.what in FROM_PROGRAM else "──▶"
    text = told(ACTS.get(step.what, "")) or readable(step.data)
    room = SIDE - NAME - 6
    size = (
        told(_n("… {count} byte", "… {count} bytes", step.count))
        if width(text) > room or step.count > len(step.data)
        else ""
    )
    while width(text) > room - len(size):
        text = text[:-1]
    return f"{pad(head_of(step.who)[: NAME - 1], NAME)}{arrow} {text}{size}"
