"""A student's chat alive: it is started, two people talk on it, and what passes is shown as it happens.

What they say stands beside the lesson's checks, in a function `play`. It is a show and no check.
"""

import importlib.util
import inspect
import time

from grader import screen
from grader.attempt import SCENES
from grader.failures import CheckFailed, CouldNotTell, explain
from grader.lessons import ROOT, WrongUse, entry_of
from grader.program import Launch
from grader.reports.terminal import INDENT, Line, shown
from grader.some import Some
from grader.source import Source
from grader.transcript import lanes, readable
from grader.words import _, told

PAUSE = 0.5  # seconds after each event in which a reader may read it; none where nobody watches


class Show:
    """Draws the transcript's lanes and what the program prints, line by line."""

    def __init__(self, scene):
        self._scene, self._head, self._drawn, self._printed = scene, "", 0, 0
        scene.transcript.on_event = self.goes_on

    def goes_on(self):
        """After each event: what is new is shown."""
        head, *rows = lanes(self._scene.transcript.events) or [""]
        self._prints()
        if head != self._head:
            self._head = head
            screen.show_rows([Line(head, "cyan")])
        screen.show_rows([Line(row, "cyan") for row in rows[self._drawn :]])
        self._drawn = len(rows)
        self._scene.transcript.parts()
        if screen.is_terminal():
            time.sleep(PAUSE)

    def ends(self):
        self._prints()

    def _prints(self):
        """The whole lines that the program has printed since the last look."""
        lines = self._scene.program.output().split(b"\n")[:-1]
        new, self._printed = lines[self._printed :], len(lines)
        said = [told(_("· it prints: {line}", line=readable(line))) for line in new]
        screen.show_rows([Line(f"{'':11}{line}", "dim") for line in said])


def play(lesson, program, run, patience):
    """Shows the lesson's play on the program; 0, or 1 if it breaks off. Raises WrongUse."""
    story = story_of(lesson)
    name = next(iter(inspect.signature(story).parameters))
    entry = entry_of(program, lesson)
    scene = SCENES[name](run, Launch(entry), patience)
    scene.some = Some(0, "play")
    screen.show_rows(
        [Line(told(_("{program}, and two people who talk", program=Source(entry, ROOT).show(entry))))]
    )
    try:
        return perform(scene, story, Source(entry, ROOT))
    finally:
        scene.end()


def perform(scene, story, source):
    show = None
    try:
        scene.start()
        show = Show(scene)
        story(scene)
        last = Line("  " + told(_("That was it. Now you: start it yourself, and talk to it.")), "green")
    except CouldNotTell as unknown:
        last = Line(f"  {shown(_('Could not tell: {why}.', why=unknown.args[0]))}", "yellow")
    except CheckFailed as failed:
        last = Line(INDENT + shown(explain(failed, scene.program, source).headline), "bold red")
    if show:
        show.ends()
    screen.show_lines([Line(), last])
    return int(last.style != "green")


def story_of(lesson):
    """The function `play` in the file of the lesson's checks."""
    spec = importlib.util.spec_from_file_location(f"play_{lesson.number}", lesson.checks)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if not hasattr(module, "play"):
        raise WrongUse(_("Lesson {number} has no play.", number=lesson.number))
    return module.play
