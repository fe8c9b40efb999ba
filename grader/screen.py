"""What the checker shows: on a terminal with colour and a progress bar, elsewhere plain text."""

import contextlib
import os
import sys

from grader.reports.terminal import Line, report
from grader.words import _, told

PLAINER = {
    ord(mark): plain for mark, plain in zip("✓✗–—…─▶◀·“”«»", ["+", "x", *"--.-><-", *4 * '"'], strict=True)
}


def is_terminal():
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb" and "NO_COLOR" not in os.environ


def say(text):
    """Prints it, on a terminal that knows few letters with plainer marks and the others escaped."""
    encoding = sys.stdout.encoding or "utf-8"
    try:
        "✓✗▶◀".encode(encoding)
    except UnicodeEncodeError:
        text = text.translate(PLAINER)
    print(text.encode(encoding, "backslashreplace").decode(encoding), flush=True)


def show(results, everything, wire):
    show_lines(report(results, everything, wire))


def show_lines(lines):
    """Lines of a report, and an empty one."""
    show_rows([*lines, Line()])


def show_rows(lines):
    """Lines as they are; rich, which takes time to load, only where it can show something."""
    if not lines:
        return
    if not is_terminal():
        say("\n".join(line.text for line in lines))
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=True)
    for line in lines:
        console.print(Text(line.text, style=line.style))


def clear():
    """An empty screen; what was on it can still be scrolled to, where the terminal keeps it."""
    if is_terminal():
        print("\033[H\033[2J", end="", flush=True)


@contextlib.contextmanager
def many(total):
    """A bar while a class is graded; gives the functions to call when one begins, and with each row."""
    if not is_terminal():
        yield lambda one: None, lambda row, is_new: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
    running, lost = {}, []
    with Progress(*columns) as bar:
        task = bar.add_task("", total=total)

        def show():
            failed = told(_("not graded: {count}", count=len(lost)))
            bar.update(task, description=f"{failed} · {', '.join(running)}"[:60])

        def on_start(one):
            running[one.student.key] = True
            show()

        def on_row(row, is_new):
            running.pop(row.student.key, None)
            if not row.lessons:
                lost.append(row.student.key)
            bar.advance(task)
            show()

        yield on_start, on_row


@contextlib.contextmanager
def progress(lesson, times=1):
    """A bar while a lesson is checked, perhaps several times; gives the function to call at each verdict."""
    if not is_terminal():
        yield lambda check: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    name = told(_("Lesson {number}", number=lesson.number))
    columns = (TextColumn(name), BarColumn(), MofNCompleteColumn(), TextColumn(told(_("checks"))))
    with Progress(*columns, transient=True) as bar:
        task = bar.add_task("checks", total=times * len(lesson.stories()))
        yield lambda check: bar.advance(task)
