"""A run as lines for a terminal: what works first, then one failure in detail. Colour is never needed."""

from dataclasses import dataclass

from grader.results import BROKEN, FAILED, INCONCLUSIVE, KEPT_OUTPUT, NOT_RUN, PASSED
from grader.transcript import lanes, readable, width

MARKS = {PASSED: ("✓", "green"), FAILED: ("✗", "red"), INCONCLUSIVE: ("?", "yellow"), NOT_RUN: ("–", "dim")}
MARKS[BROKEN] = ("!", "magenta")
LANES, OUTPUT = 16, 8  # lines shown unless everything is asked for
WINDOW = 40  # bytes shown on each side of a difference
INDENT = " " * 5


@dataclass
class Line:
    """A line of text and the style of it, which may be ignored."""

    text: str = ""
    style: str = ""


def report(results, everything=False, wire=False):
    """The whole report as a list of lines."""
    lines = [headline(results), Line()]
    lines += [check_line(check) for check in results.checks]
    lines += [Line(), Line(f"  {summary(results)}")]
    lines += [Line(f"  {note}", "yellow") for note in results.notes]
    wrong = [check for check in results.checks if check.failure]
    wrong.sort(key=lambda check: (check.verdict == INCONCLUSIVE, check.number))
    for check in wrong if everything else wrong[:1]:
        lines += [Line(), *failure_lines(results, check, wire)]
    if wire:
        for check in results.checks:
            if check.verdict == PASSED:
                lines += [Line(), title_line(check), Line(), *transcript_lines(check, True)[:-1]]
    return lines + [*next_lines(results, wrong)]


def headline(results):
    left = f"Lesson {results.lesson} · {results.title}"
    return Line(f"{left:<64}{results.program}".rstrip(), "bold")


def check_line(check):
    mark, style = MARKS[check.verdict]
    return Line(f"  {mark} {check.number:2}  {check.sentence}", style)


def summary(results):
    parts = [f"{results.count(PASSED)} of {len(results.checks)}"]
    if unknown := results.count(INCONCLUSIVE):
        parts.append(f"could not tell: {unknown}")
    if not_run := results.count(NOT_RUN):
        parts.append(f"not run: {not_run}, for the program has to start first")
    return " · ".join(parts)


def title_line(check):
    return Line(f" {check.number:2}  {check.sentence}", "bold")


def failure_lines(results, check, wire):
    failure = check.failure
    lines = [title_line(check), Line(), *transcript_lines(check, wire, failure)]
    lines.append(Line(f"{INDENT}{readable(failure.headline)}", "bold red"))
    lines += [Line(f"{INDENT}{readable(text)}") for text in failure.detail]
    if check.ways:
        lines.append(
            Line(f"{INDENT}How the bytes came:  " + "   ".join(way_of(*way) for way in check.ways.items()))
        )
    if failure.difference:
        lines += [Line(), *difference_lines(failure.difference)]
    if failure.stands:
        lines += [Line(), *stand_lines(failure.stands)]
    lines += output_lines(failure.output)
    return lines + [Line(), *advice_lines(results, check)]


def transcript_lines(check, wire, failure=None):
    """The lanes; of many, the last, for that is where it went wrong."""
    watched = named(check, failure) if failure else None
    drawn = lanes(check.transcript, watched, everyone=wire)
    if not drawn:
        return []
    head, *rest = drawn
    if not wire and len(rest) > LANES:
        left = len(rest) - LANES + 1  # the line that says so takes the place of one
        rest = [f"{'':11}… {left} lines before these: --wire shows them", *rest[1 - LANES :]]
    return [Line(f" {line}", "cyan") for line in (head, *rest)] + [Line()]


def way_of(way, verdict):
    return f"{way} {MARKS[verdict][0]}"


def named(check, failure):
    """The person of whom the failure speaks: that one has a lane, whoever else has none."""
    if failure.difference:
        return failure.difference.who
    said = " ".join([failure.headline, *failure.detail])
    people = {event.who for event in check.transcript if event.who and event.who in said}
    return max(people, key=len, default=None)  # `caller 16`, and not `caller 1`


def difference_lines(difference):
    """Expected and received, one above the other, and a caret under the first byte that differs."""
    verb = "sees" if difference.who == "user" else "hears"
    head = f"{difference.who} {verb}" if difference.who != "the terminal" else "it prints"
    label = INDENT + "expected  " + head + "  "
    expected, _ = window(difference.expected, difference.at)
    received, caret = window(difference.received, difference.at)
    same = INDENT + "received".ljust(len(label) - len(INDENT))
    return [
        Line(f"{label}{expected}", "green"),
        Line(f"{same}{received}", "red"),
        Line(" " * (len(label) + caret) + "^ here" + where(difference)),
    ]


def where(difference):
    at, got, due = difference.at, difference.received.total, difference.expected.total
    if max(got, due) <= WINDOW:
        return ""
    return f": byte {at} of {due}" if got > at else f": {got} of {due} bytes came"


def window(excerpt, at):
    """The bytes around the place, quoted; and the column of the place in what is returned."""
    start = max(excerpt.start, at - WINDOW)
    data = excerpt.data[start - excerpt.start : at - excerpt.start + WINDOW]
    more_before, more_after = start > 0, start + len(data) < excerpt.total
    before, after = data[: at - start], data[at - start :]
    quote = ("… " if more_before else "") + "'"
    text = quote + readable(before) + readable(after) + "'" + (" …" if more_after else "")
    if not data and not excerpt.total:
        return "nothing", 0
    return text, len(quote) + width(readable(before))


def stand_lines(stands):
    lines = [Line(f"{INDENT}Where the program's threads stand:")]
    for stand in stands:
        frame = stand.frame
        who = f"{stand.threads} threads" if stand.threads > 1 else "a thread"
        wait = " waits for the lock" if stand.lock and stand.threads == 1 else ""
        wait = " wait for the lock" if stand.lock and stand.threads > 1 else wait
        lines.append(Line(f"{INDENT}  {place(frame)}   {frame.text}   ({who}{wait}, in {frame.function})"))
    return lines


def output_lines(output):
    """The last that the program printed, made safe to show."""
    printed = output.decode("utf-8", "backslashreplace").splitlines()
    if len(printed) <= 1:  # the first line alone says nothing new
        return []
    count = f"{len(printed) - OUTPUT} lines" if len(output) < KEPT_OUTPUT else "many lines"
    cut = [Line(f"{INDENT}  … {count} before these")] if len(printed) > OUTPUT else []
    last = [Line(f"{INDENT}  {readable(line)[:100]}", "dim") for line in printed[-OUTPUT:]]
    return [Line(), Line(f"{INDENT}What it printed:"), *cut, *last]


def advice_lines(results, check):
    failure, belief = check.failure, results.belief
    lines = []
    if belief and check.verdict == FAILED:
        how = "It behaves like" if belief.explains_all else "A part of this is also seen in"
        lines.append(Line(f"{INDENT}{how} a program that {belief.mistake}.", "bold"))
        lines.append(Line(f"{INDENT}The belief behind that: “{belief.belief}”"))
    stand = next((stand.frame for stand in failure.stands if stand.lock or failure.kind == "spinning"), None)
    spot = failure.place or (belief and belief.place) or stand
    if spot:
        lines.append(Line(f"{INDENT}Where: {place(spot)}   {readable(spot.text)}".rstrip()))
    return [*lines, Line(f"{INDENT}Again: {again(results, check)}")]


def place(frame):
    return f"{frame.file}:{frame.line}"


def again(results, check):
    return f"{command(results)} --only {check.number} --seed {results.seed}"


def command(results):
    words = ["python checker.py", results.lesson]
    if results.program != f"lessons/{results.lesson}":
        words += ["--program", quoted(results.program)]
    return " ".join(words)


def quoted(path):
    return f'"{path}"' if " " in path else path


def next_lines(results, wrong):
    if results.count(BROKEN):
        return [
            Line(),
            Line("  This is a bug of the checker's and not of yours.", "magenta"),
            Line("  Please send us this whole report, and the program that you checked."),
        ]
    if not wrong:
        return [Line(), Line(f"  All is well. Next: {results.next_step}", "green")]
    if all(check.verdict == INCONCLUSIVE for check in wrong):
        return [
            Line(),
            Line("  Next:  close what keeps this machine busy, then try again with --patience 10"),
        ]
    return [Line(f"{INDENT}Next:  mend this one, then {command(results)}   (--wire shows all that was said)")]
