"""One run of one check on one program, under one condition: what failed, and what was seen.

It reaches no verdict; that is the plugin's.
"""

import traceback
from dataclasses import dataclass, field, replace
from pathlib import Path

from grader.attached import NeedsProgram
from grader.chat import LineRoom
from grader.client import Client
from grader.closing import Closing
from grader.failures import CheckFailed, CouldNotTell, HasSpoken, explain
from grader.lessons import ROOT
from grader.line_peer import PIECES
from grader.program import Launch, wait_until
from grader.results import Condition, Failure
from grader.room import Room
from grader.server import Server
from grader.some import Some
from grader.source import SERVERS, Source
from grader.transcript import FROM_PROGRAM
from grader.words import _

SCENES = {"server": Server, "room": Room, "line_room": LineRoom, "chat": Closing, "client": Client}


@dataclass(frozen=True)
class Settings:
    """What to check, and how."""

    entry: Path
    reference: Path | None
    seed: int
    patience: float
    only: int | None = None
    any_library: bool = False
    condition: Condition | None = None  # the only one under which checks run; None: all that are due
    attach: tuple | None = None  # the address of a server that runs already, in place of `entry`


@dataclass
class Attempt:
    """One run of one check on one program. `confirm`: only waiting speaks against the program."""

    failure: Failure | None = None
    transcript: list = field(default_factory=list)
    confirm: bool = False
    unknown: str = ""
    needs_program: bool = False  # it has to start the program, and that runs already
    broken: str = ""

    def is_mute(self):
        """Whether what it failed for is that it has never said anything to anybody."""
        spoke = any(event.what in FROM_PROGRAM for event in self.transcript)
        return self.failure is not None and self.failure.kind == "silent" and not spoke


class Imports:
    """What a check may ask about a program's text."""

    def __init__(self, source):
        self._source = source

    def imports_no_server(self):
        for name, place in self._source.imports():
            if name in SERVERS:
                headline = _("It imports {module}, which does the lesson's work for you.", module=name)
                failed = CheckFailed("library", headline)
                failed.place = place
                raise failed


def attempt(run, settings, item, entry, condition, turn, until_it_speaks=False):
    """Runs the check on the program, to its end or until the program has said anything.

    Raises KeyboardInterrupt when the run is cancelled meanwhile.
    """
    source, seen = Source(entry, ROOT), Attempt()
    given = {"some": Some(settings.seed, item.name), "source": Imports(source)}
    scene = set_scene(run, settings, item, entry, condition, turn)
    if scene:
        scene.some, scene.until_it_speaks = given["some"], until_it_speaks
        given |= dict.fromkeys(SCENES, scene)
    try:
        if scene:
            scene.start()
            turn.has_started()
            scene.takes_stock()
        item.obj(**{name: given[name] for name in item.fixturenames})
        if scene:
            scene.is_as_it_was()
    except CheckFailed as failed:
        program = scene.program if scene else None
        seen.confirm = failed.in_vain and program.exit_code() is None and not program.flooded
        seen.failure = explained(failed, program, source)
    except HasSpoken:
        pass  # as well as it was asked to
    except NeedsProgram:
        seen.needs_program = True
    except CouldNotTell as unknown:
        seen.unknown = unknown.args[0]  # a sentence; str() would leave its English alone of it
    except Exception as error:
        stop_if_cancelled(run)
        if scene and scene.program and is_gone(error, scene.program):
            failed = CheckFailed("exited", _("The program is not running any more."))
            seen.failure = explained(failed, scene.program, source)
        else:
            seen.broken = traceback.format_exc()
    finally:
        if scene:
            seen.transcript = list(scene.transcript.events)
            scene.end()
    stop_if_cancelled(run)
    return seen


def explained(failed, program, source):
    """The failure with its cause; of a program that ends while we look, that it has ended."""
    try:
        return explain(failed, program, source)
    except Exception as error:
        if program is None or not is_gone(error, program):
            raise
        return explain(failed, program, source)


def set_scene(run, settings, item, entry, condition, turn):
    """The scene that the check asks for by the name of a fixture, or None: it looks at the text alone."""
    kind = next((SCENES[name] for name in item.fixturenames if name in SCENES), None)
    if kind is None:
        return None
    pieces = condition.way == PIECES or item.get_closest_marker("small_pieces") is not None
    launch = Launch(
        entry,
        small_pieces=pieces,
        schedule=condition.schedule,
        parts=condition.parts,
        descriptors=argument(item, "few_descriptors") or 0,
        options=tuple((argument(item, "options") or "").split()),
    )
    scene = kind(run, launch, settings.patience, turn.give_up)
    scene.use_way(condition.way)
    is_attached = settings.attach and entry == settings.entry
    scene.attached = settings.attach if is_attached else None
    scene.is_audited = item.get_closest_marker("audited") is not None and not is_attached
    scene.typing = condition.typing
    scene.reference = settings.reference and replace(launch, entry=settings.reference)
    return scene


def argument(item, name):
    """What stands in a mark such as few_descriptors(40); None where the check does not carry it."""
    mark = item.get_closest_marker(name)
    return mark and mark.args[0]


def stop_if_cancelled(run):
    """A cancelled run kills programs; what their checks then see is nobody's failure."""
    if run.cancelled.is_set():
        raise KeyboardInterrupt


def is_gone(error, program):
    """Whether psutil or /proc says, in its own words, that the process which we asked about has ended."""
    says_so = isinstance(error, FileNotFoundError | ProcessLookupError)
    says_so = says_so or type(error).__module__.startswith("psutil")
    return says_so and wait_until(lambda: program.exit_code() is not None, 1)
