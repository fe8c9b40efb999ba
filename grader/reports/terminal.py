"""A run as lines for a terminal: what works first, then one failure in detail. Colour is never needed."""

from dataclasses import dataclass

from grader.conditions import name_of
from grader.results import BROKEN, FAILED, INCONCLUSIVE, KEPT_OUTPUT, NOT_RUN, PASSED
from grader.transcript import USER, head_of, lanes, pad, readable, width
from grader.words import _, _n, told

MARKS = {PASSED: ("✓", "green"), FAILED: ("✗", "red"), INCONCLUSIVE: ("?", "yellow"), NOT_RUN: ("–", "dim")}
MARKS[BROKEN] = ("!", "magenta")
LANES, OUTPUT = 16, 8  # lines shown unless everything is asked for
WINDOW = 40  # bytes shown on each side of a difference
INDENT = " " * 5
TIMES = 20  # how often a check that failed in a race is proposed to run again


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
    lines += [Line(f"  {told(note)}", "yellow") for note in results.notes]
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
    left = told(_("Lesson {number} · {title}", number=results.lesson, title=told(results.title)))
    return Line(f"{left:<64}{results.program}".rstrip(), "bold")


def check_line(check):
    mark, style = MARKS[check.verdict]
    return Line(f"  {mark} {check.number:2}  {told(check.sentence)}", style)


def summary(results):
    parts = [_("{passed} of {all}", passed=results.count(PASSED), all=len(results.checks))]
    if unknown := results.count(INCONCLUSIVE):
        parts.append(_("could not tell: {count}", count=unknown))
    if not_run := results.count(NOT_RUN):
        why = _("not run: {count}, for the program has to start first", count=not_run)
        if results.attached:
            why = _("not run: {count}, for the checker has to start the program for them", count=not_run)
        parts.append(why)
    if results.new:
        parts.append(_("new since last time: {count}", count=results.new))
    return " · ".join(map(told, parts))


def title_line(check):
    return Line(f" {check.number:2}  {told(check.sentence)}", "bold")


def failure_lines(results, check, wire):
    failure = check.failure
    lines = [title_line(check), Line(), *transcript_lines(check, wire, failure)]
    lines.append(Line(f"{INDENT}{shown(failure.headline)}", "bold red"))
    lines += [Line(f"{INDENT}{shown(text)}") for text in failure.detail]
    if check.ways:
        ways = "   ".join(way_of(*way) for way in check.ways.items())
        lines.append(Line(INDENT + told(_("How the bytes came:  {ways}", ways=ways))))
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
        before = _n(
            "… {count} line before these: --wire shows it",
            "… {count} lines before these: --wire shows them",
            left,
        )
        rest = [f"{'':11}{told(before)}", *rest[1 - LANES :]]
    return [Line(f" {line}", "cyan") for line in (head, *rest)] + [Line()]


def way_of(way, verdict):
    return f"{told(way)} {MARKS[verdict][0]}"


def shown(text):
    """A sentence in the reader's language, made safe to show."""
    return readable(told(text))


def named(check, failure):
    """The person of whom the failure speaks: that one has a lane, whoever else has none."""
    if failure.difference:
        return failure.difference.who
    said = " ".join([failure.headline, *failure.detail])
    people = {event.who for event in check.transcript if event.who and event.who in said}
    return max(people, key=len, default=None)  # `caller 16`, and not `caller 1`


def difference_lines(difference):
    """Expected and received, one above the other, and a caret under the first byte that differs."""
    label = INDENT + told(_("expected  {what}", what=what_came(difference.who))) + "  "
    expected = window(difference.expected, difference.at)[0]
    received, caret = window(difference.received, difference.at)
    same = pad(INDENT + told(_("received")), width(label))
    return [
        Line(f"{label}{expected}", "green"),
        Line(f"{same}{received}", "red"),
        Line(" " * (width(label) + caret) + "^ " + told(where(difference))),
    ]


def what_came(who):
    """Of whom, and by which way, the bytes are that were due."""
    if who == "the terminal":
        return _("it prints")
    return _("{who} sees", who=head_of(who)) if who == USER else _("{who} hears", who=head_of(who))


def where(difference):
    at, got, due = difference.at, difference.received.total, difference.expected.total
    if max(got, due) <= WINDOW:
        return _("here")
    if got > at:
        return _("here: byte {at} of {due}", at=at, due=due)
    return _("here: {got} of {due} bytes came", got=got, due=due)


def window(excerpt, at):
    """The bytes around the place, quoted; and the column of the place in what is returned."""
    start = max(excerpt.start, at - WINDOW)
    data = excerpt.data[start - excerpt.start : at - excerpt.start + WINDOW]
    more_before, more_after = start > 0, start + len(data) < excerpt.total
    before, after = data[: at - start], data[at - start :]
    quote = ("… " if more_before else "") + "'"
    text = quote + readable(before) + readable(after) + "'" + (" …" if more_after else "")
    if not data and not excerpt.total:
        return told(_("nothing")), 0
    return text, len(quote) + width(readable(before))


def stand_lines(stands):
    lines = [Line(INDENT + told(_("Where the program's threads stand:")))]
    for stand in stands:
        frame = stand.frame
        lines.append(Line(f"{INDENT}  {place(frame)}   {frame.text}   ({told(standing(stand))})"))
    return lines


def standing(stand):
    """Who stands there, in words."""
    function = stand.frame.function
    if stand.lock:
        return _n(
            "a thread waits for the lock, in {function}",
            "{count} threads wait for the lock, in {function}",
            stand.threads,
            function=function,
        )
    return _n("a thread, in {function}", "{count} threads, in {function}", stand.threads, function=function)


def output_lines(output):
    """The last that the program printed, made safe to show."""
    printed = output.decode("utf-8", "backslashreplace").splitlines()
    if len(printed) <= 1:  # the first line alone says nothing new
        return []
    left = _n("… {count} line before these", "… {count} lines before these", len(printed) - OUTPUT)
    if len(output) >= KEPT_OUTPUT:
        left = _("… many lines before these")
    cut = [Line(f"{INDENT}  {told(left)}")] if len(printed) > OUTPUT else []
    last = [Line(f"{INDENT}  {readable(line)[:100]}", "dim") for line in printed[-OUTPUT:]]
    return [Line(), Line(INDENT + told(_("What it printed:"))), *cut, *last]


def advice_lines(results, check):
    belief, lines = results.belief, []
    if belief and check.verdict == FAILED:
        lines.append(Line(INDENT + told(likeness(belief)), "bold"))
        lines.append(Line(INDENT + told(_("The belief behind that: “{belief}”", belief=told(belief.belief)))))
    if spot := spot_of(results, check):
        where = _("Where: {place}   {code}", place=place(spot), code=readable(spot.text))
        lines.append(Line((INDENT + told(where)).rstrip()))
    return [*lines, Line(INDENT + told(_("Again: {command}", command=again(results, check))))]


def likeness(belief):
    """What the program has in common with a typical mistake, in words."""
    mistake = told(belief.mistake)
    if belief.explains_all:
        return _("It behaves like a program that {mistake}.", mistake=mistake)
    return _("A part of this is also seen in a program that {mistake}.", mistake=mistake)


def spot_of(results, check):
    """The one line of the program that is named first, if any."""
    failure, belief = check.failure, results.belief
    stands = [stand for stand in failure.stands if stand.lock]
    if failure.kind == "spinning":  # many threads at one line mostly wait there; who is alone is at work
        fewest = min((stand.threads for stand in failure.stands), default=0)
        stands = [stand for stand in failure.stands if stand.threads == fewest]
        stands = [] if len(stands) > 1 else stands
    return failure.place or (belief and belief.place) or (stands[0].frame if stands else None)


def place(frame):
    return f"{frame.file}:{frame.line}"


def again(results, check):
    """The command that runs this check once more, as it was when it failed."""
    words = [command(results), f"--only {check.number} --seed {results.seed}"]
    if under := name_of(check.condition):
        words.append(f"--under {quoted(under)}")
    if check.condition.schedule:
        words.append(f"--times {TIMES}")
    return " ".join(words)


def command(results):
    words = ["python checker.py", results.lesson]
    if results.attached:
        words += ["--attach", results.program]
    elif results.program != f"lessons/{results.lesson}":
        words += ["--program", quoted(results.program)]
    return " ".join(words)


def quoted(words):
    return f'"{words}"' if " " in words else words


def next_lines(results, wrong):
    if results.count(BROKEN):
        return [
            Line(),
            Line("  " + told(_("This is a bug of the checker's and not of yours.")), "magenta"),
            Line("  " + told(_("Please send us this whole report, and the program that you checked."))),
        ]
    if not wrong and results.attached and results.count(NOT_RUN):
        rest = _(
            "All that could be asked of it is well. The rest: {command}",
            command=f"python checker.py {results.lesson}",
        )
        return [Line(), Line("  " + told(rest), "green")]
    if not wrong:
        return [Line(), Line("  " + told(_("All is well. Next: {step}", step=results.next_step)), "green")]
    if all(check.verdict == INCONCLUSIVE for check in wrong):
        busy = _("Next:  close what keeps this machine busy, then try again with --patience 10")
        return [Line(), Line("  " + told(busy))]
    mend = _(
        "Next:  mend this one, then {command}   (--hint helps, --wire shows all that was said)",
        command=command(results),
    )
    return [Line(INDENT + told(mend))]
