"""Two runs of one check side by side, as lines for a terminal; the first difference is marked."""

from grader.reports.terminal import INDENT, Line, headline, output_lines, stand_lines, title_line
from grader.transcript import ACTS, FROM_PROGRAM, pad, readable, width

SIDE = 46  # columns of one side
NAME = 10  # columns of a person's name in it
BEFORE, AFTER = 12, 10  # rows shown around the first difference
HERE = "◀ first difference"


def beside(comparison):
    """The whole comparison as a list of lines."""
    yours, check, other = comparison.yours, comparison.check, comparison.other
    lines = [headline(yours), Line(), title_line(check), Line()]
    lines.append(
        Line(f"{INDENT}{pad('yours: ' + check.verdict, SIDE)}the reference: {other.verdict}", "bold")
    )
    lines += [Line(f"{INDENT}{text}") for text in check.condition.told()]
    lines += rows_of(comparison)
    if check.failure:
        lines += [Line(), Line(f"{INDENT}{readable(check.failure.headline)}", "bold red")]
        lines += [Line(f"{INDENT}{readable(text)}") for text in check.failure.detail]
        lines += stand_lines(check.failure.stands) if check.failure.stands else []
        lines += output_lines(check.failure.output)
    return lines


def rows_of(comparison):
    """The rows around the first difference; the last ones, if there is none."""
    rows, parts = comparison.rows, comparison.parts
    middle = len(rows) if parts is None else parts
    first, last = max(0, middle - BEFORE), middle + AFTER
    lines = [skipped(first, "before")] if first else []
    for number, (one, two) in enumerate(rows[first:last], first):
        text = f"{INDENT}{pad(side(one), SIDE)}{pad(side(two), SIDE)}"
        lines.append(Line(f"{text}{HERE}" if number == parts else text.rstrip(), style(one, two)))
    lines += [skipped(len(rows) - last, "after")] if len(rows) > last else []
    if parts is None:
        lines += [Line(), Line(f"{INDENT}In this run both made everybody hear the same.", "green")]
    return lines


def skipped(count, where):
    return Line(f"{INDENT}… {count} lines {where} these")


def style(one, two):
    return "" if one and one.is_like(two) else "red"


def side(step):
    """One step in the columns of one side: who, which way it went, and what."""
    if step is None:
        return "–"
    if step.what == "note":
        return f"· {readable(step.data)}"[: SIDE - 2]
    arrow = "◀──" if step.what in FROM_PROGRAM else "──▶"
    text = ACTS.get(step.what) or readable(step.data)
    room = SIDE - NAME - 6
    size = f"… {step.count} bytes" if width(text) > room or step.count > len(step.data) else ""
    while width(text) > room - len(size):
        text = text[:-1]
    return f"{pad(step.who[: NAME - 1], NAME)}{arrow} {text}{size}"
