"""What the checker shows: on a terminal with colour and a progress bar, elsewhere plain text."""

import contextlib
import os
import sys

from grader.reports.terminal import report

PLAINER = {
    ord(mark): plain for mark, plain in zip("✓✗–…─▶◀·“”", ["+", "x", *"-.-><-", '"', '"'], strict=True)
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
    """Lines of a report; rich, which takes time to load, only where it can show something."""
    if not is_terminal():
        say("\n".join(line.text for line in lines) + "\n")
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=True)
    for line in lines:
        console.print(Text(line.text, style=line.style))
    console.print()


@contextlib.contextmanager
def progress(lesson):
    """A bar while a lesson is checked; gives the function to call at each verdict."""
    if not is_terminal():
        yield lambda check: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    total = lesson.checks.read_text("utf-8").count("\ndef test_")
    columns = (TextColumn(f"Lesson {lesson.number}"), BarColumn(), MofNCompleteColumn(), TextColumn("checks"))
    with Progress(*columns, transient=True) as bar:
        task = bar.add_task("checks", total=total)
        yield lambda check: bar.advance(task)


def show_lessons(lessons):
    """What there is, for who calls the checker without a word."""
    say("From Echo to Chat: which lesson shall be checked?\n")
    for lesson in lessons:
        say(f"  python checker.py {lesson.number}   {lesson.title}")
    say("\nNew here? Read lessons/00/README.md. All options: python checker.py --help")
