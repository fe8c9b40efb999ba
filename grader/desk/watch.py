"""Checks a lesson again at each save; one key is one command. The terminal is left as it was found."""

import contextlib
import queue
import random
import threading
from dataclasses import replace

from grader import screen
from grader.checking import check_lesson
from grader.compare import first_failing
from grader.desk import progress
from grader.desk.hints import next_hint
from grader.desk.keys import Keyboard
from grader.desk.reset import reset, told_of
from grader.guardian import Run
from grader.lessons import WrongUse, checked_lessons, entry_of
from grader.reports.board import board
from grader.reports.terminal import Line, report
from grader.words import _, told

STEP, GROUP = 20, 200  # milliseconds without a change after which a save is over; the longest save
KEYS = _("h hint · a all · w wire · n next lesson · r reset · l list · q quit")
KEY, SAVED, DONE = "key", "saved", "done"


class Watcher:
    """What is watched, the run that is under way, and the last one that ended."""

    def __init__(self, lesson, options, seed=None):
        self.lesson, self._options, self._seed = lesson, options, seed
        self._events, self._results = queue.Queue(), None
        self._run = self._runner = self._stop_looking = None
        self._asks = False  # whether the next key answers a question
        self._notice = []  # what the next report begins with

    def watch(self):
        """Until `q`. Raises KeyboardInterrupt at Ctrl-C, and WrongUse if there is nothing to watch."""
        with Keyboard(lambda key: self._events.put((KEY, key))):
            try:
                self._look()
                self._begin()
                while self._answer(*self._next_event()):
                    pass
            finally:
                self._stop_looking.set()
                self._break_off()

    def _next_event(self):
        while True:
            with contextlib.suppress(queue.Empty):  # on Windows Ctrl-C is heeded only between two waits
                return self._events.get(timeout=0.5)

    def _answer(self, kind, value):
        """One event; False if it was the last."""
        if kind == SAVED:
            self._begin()
        elif kind == DONE and value is self._runner:
            self._show_report()
        elif kind == KEY:
            return self._press(value)
        return True

    # looking and checking

    def _look(self):
        """Watches the folder of the program, from now on and before this returns."""
        folder = entry_of(self._options.program, self.lesson).parent
        self._stop_looking, ready = threading.Event(), threading.Event()
        look = (folder, self._stop_looking, ready, lambda: self._events.put((SAVED, None)))
        threading.Thread(target=look_for_saves, args=look, daemon=True).start()
        ready.wait()

    def _begin(self):
        """A new run; one that is under way says nothing about what was saved now."""
        self._break_off()
        screen.clear()
        self._results, self._run = None, Run()
        self._runner = threading.Thread(target=self._check, args=(self._run, self.lesson), daemon=True)
        self._runner.start()

    def _break_off(self):
        if self._run:
            self._run.cancel()
            self._runner.join()
            self._run = None

    def _check(self, run, lesson):
        seed = random.randrange(10_000) if self._seed is None else self._seed
        options = replace(self._options, seed=seed)
        with run, contextlib.suppress(KeyboardInterrupt):  # it was broken off: nobody waits for it
            try:
                with screen.progress(lesson) as on_verdict:
                    self._results = check_lesson(lesson, options, run, on_verdict)
            except WrongUse as wrong:  # the file is gone, for a moment or for good
                self._results = wrong
            self._events.put((DONE, threading.current_thread()))

    # what is shown

    def _show_report(self, everything=False, wire=False):
        if isinstance(self._results, Exception):
            self._show([Line(f"checker.py: {told(self._results.args[0])}")])
            return
        if not everything and not wire:
            progress.note(self._results)
        self._show([*self._notice, *report(self._results, everything, wire)])
        self._notice = []

    def _show(self, lines):
        screen.clear()
        screen.show_lines([*lines, Line(), Line(told(KEYS), "cyan")])

    def _say(self, sentence):
        screen.show_lines([Line(f"  {told(sentence)}")])

    # keys

    def _press(self, key):
        """Does what the key stands for; False if it ends the watching."""
        if self._asks:
            self._asks = False
            self._reset() if key == "y" else self._say(_("Nothing was changed."))
            return True
        if key == "q":
            return False
        act = {
            "h": self._hint,
            "a": self._all,
            "w": self._wire,
            "n": self._next,
            "r": self._ask,
            "l": self._list,
        }
        act.get(key, lambda: self._say(KEYS))()
        return True

    def _all(self):
        self._if_done(lambda: self._show_report(everything=True))

    def _wire(self):
        self._if_done(lambda: self._show_report(wire=True))

    def _if_done(self, act):
        if self._results is None:
            self._say(_("The checks are still running."))
        else:
            act()

    def _hint(self):
        self._if_done(self._show_hint)

    def _show_hint(self):
        check = None if isinstance(self._results, Exception) else first_failing(self._results)
        if check is None:
            self._say(_("Nothing fails: there is no hint to give. n goes on to the next lesson."))
            return
        self._show(next_hint(self.lesson, self._options.program, self._results, check))

    def _list(self):
        self._show(board(checked_lessons(), progress.read()))

    def _next(self):
        later = [lesson for lesson in checked_lessons() if lesson.number > self.lesson.number]
        if not later or self._options.program:
            self._say(_("There is no next lesson to watch."))
            return
        self._stop_looking.set()
        self.lesson = later[0]
        self._look()
        self._begin()

    def _ask(self):
        if self._options.program:
            self._say(_("Only a lesson of your own can be reset, and this is another program."))
            return
        self._asks = True
        self._say(_("Reset lesson {number}? What is there is kept. y for yes", number=self.lesson.number))

    def _reset(self):
        try:
            copy = reset(self.lesson)
        except WrongUse as wrong:
            self._say(wrong.args[0])
            return
        if copy is None:
            self._say(told_of(self.lesson, copy))
        else:  # that is a save, so a run begins, and its report comes soon
            self._notice = [Line(told(told_of(self.lesson, copy)), "bold"), Line()]


def look_for_saves(folder, stop, ready, on_save):
    """Calls `on_save` after each change to a Python file in the folder, until it is told to stop."""
    from watchfiles import watch

    python = lambda change, path: path.endswith(".py")  # noqa: E731
    changes = watch(
        folder,
        watch_filter=python,
        debounce=GROUP,
        step=STEP,
        stop_event=stop,
        rust_timeout=100,
        yield_on_timeout=True,
        recursive=False,
    )
    for changed in changes:
        ready.set()  # the system has been asked by now, so what is saved from here on is seen
        if changed:
            on_save()
