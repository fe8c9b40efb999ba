"""The one command of From Echo to Chat: `python checker.py 03` checks your program of lesson 03."""

import argparse
import importlib.util
import os
import signal
import sys
from pathlib import Path

from grader.words import LANGUAGES, N_, _, told, use

USAGE = _("""\
python checker.py                      where you are, and what comes next
python checker.py LESSON ...           check lessons/LESSON: 03, several: 01 02, a range: 01-03, or all
python checker.py LESSON --hint        the next hint for the check that fails
python checker.py LESSON --watch       check it again at each save
python checker.py compare LESSON       your program and the reference side by side, where they first differ
python checker.py play LESSON          your chat alive: two people talk on it
python checker.py reset LESSON         the starter again; what you have is kept as a copy
python checker.py dial [HOST PORT]     talk to a server by hand (127.0.0.1 12413 unless you say another)
python checker.py grade FOLDER LESSON  a class: every program in FOLDER (grade --help)
""")
# What argparse says itself; it looks these up in our catalogue.
ARGPARSE = (
    N_("usage: "),
    N_("positional arguments"),
    N_("options"),
    N_("%(prog)s: error: %(message)s\n"),
    N_("argument %(argument_name)s: %(message)s"),
    N_("unrecognized arguments: %s"),
    N_("expected one argument"),
    N_("expected at least one argument"),
    N_("the following arguments are required: %s"),
    N_("invalid %(type)s value: %(value)r"),
    N_("invalid choice: %(value)r (choose from %(choices)s)"),
    N_("ambiguous option: %(option)s could match %(matches)s"),
)
COMMANDS = ("compare", "play", "reset", "dial")
NEEDED = ("pytest", "psutil", "rich")  # without them a run would break off in the middle
WRONG_USE, OUR_BUG, INTERRUPTED = 2, 4, 130


def arguments(words):
    parser = argparse.ArgumentParser(
        usage=told(USAGE), description=told(_("Checks a chat program over real sockets.")), add_help=False
    )

    def option(*names, help, **more):
        parser.add_argument(*names, help=told(help).replace("%", "%%"), **more)

    option("words", nargs="*", metavar="LESSON", help=_("what to check, or one of the commands above"))
    option("-h", "--help", action="help", help=_("show this, and leave"))
    option("--program", metavar="PATH", help=_("check this folder or file instead of lessons/LESSON"))
    option("--attach", metavar="HOST:PORT", help=_("check a server that you have started yourself"))
    option("--only", type=int, metavar="N", help=_("only check number N"))
    option("--all", action="store_true", help=_("details of every failure, not only of the first"))
    option("--hint", action="store_true", help=_("the next hint for the first check that fails"))
    option("--watch", action="store_true", help=_("again at each save; single keys are commands"))
    option(
        "--wire", nargs="?", const="", metavar="FILE.svg", help=_("the whole transcript, or a picture of it")
    )
    option(
        "--html", type=Path, metavar="FILE", help=_("also write the report to FILE, as a page for a browser")
    )
    option("--json", type=Path, metavar="FILE", help=_("also write the results to FILE, for programs"))
    option("--seed", type=int, metavar="N", help=_("the same texts and schedules as in the run that said N"))
    option("--under", metavar="HOW", help=_("only in this way: shuffled, raced, terminal, glued, ..."))
    option("--times", type=times, default=1, metavar="N", help=_("so many runs, and how many of them failed"))
    option(
        "--patience", type=seconds, default=2.0, metavar="S", help=_("seconds to wait for what must come (2)")
    )
    option("--any-library", action="store_true", help=_("leave out the check on imports"))
    option("--lang", choices=LANGUAGES, help=_("the language of the checker's words"))
    return tidied(parser.parse_intermixed_args(words))


def tidied(given):
    """`--wire` takes a file only if its name ends in .svg; else what follows it is a lesson."""
    given.wire_file = None
    if given.wire and given.wire.endswith(".svg"):
        given.wire_file = Path(given.wire)
    elif given.wire:
        given.words.append(given.wire)
    given.wire = given.wire is not None and given.wire_file is None
    return given


def seconds(text):
    value = float(text)
    if not 0.1 <= value <= 600:
        raise argparse.ArgumentTypeError(told(_("say between 0.1 and 600 seconds")))
    return value


def times(text):
    value = int(text)
    if not 1 <= value <= 10_000:
        raise argparse.ArgumentTypeError(told(_("say between 1 and 10000 runs")))
    return value


def main():
    use(asked_language(sys.argv[1:]))
    if lacking := [name for name in NEEDED if importlib.util.find_spec(name) is None]:
        install = _(
            "{names} is not installed here: python -m pip install -r requirements.txt", names=lacking[0]
        )
        print(f"checker.py: {told(install)}", file=sys.stderr)
        return WRONG_USE
    given = grade_arguments() if sys.argv[1:2] == ["grade"] else arguments(sys.argv[1:])
    from grader.lessons import WrongUse

    try:
        return command(given)(given)
    except WrongUse as wrong:
        print(f"checker.py: {told(wrong.args[0])}", file=sys.stderr)
        return WRONG_USE
    except KeyboardInterrupt:
        print("\n" + told(_("Stopped; every program that was running has been ended.")), file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # who read our output has enough of it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception:
        import traceback

        traceback.print_exc()
        ours = _("This is a bug of the checker's and not of yours. Please send us the lines above.")
        print(told(ours), file=sys.stderr)
        return OUR_BUG


def grade_arguments():
    from grader.classroom.command import arguments as of_a_class

    given = of_a_class(sys.argv[2:])
    given.words = ["grade"]
    return given


def asked_language(words):
    """What --lang says, before anything is said in any language; None without it."""
    parser = argparse.ArgumentParser(add_help=False, exit_on_error=False)
    parser.add_argument("--lang", choices=LANGUAGES)
    try:
        return parser.parse_known_args(words)[0].lang
    except argparse.ArgumentError:
        return None


def command(given):
    """The function in grader.commands that does what was asked for."""
    from grader import commands

    if given.words[:1] == ["dial"]:  # it has its own ways to end
        given.words = given.words[1:]
        return commands.dial
    signal.signal(signal.SIGTERM, interrupt)
    if signal.getsignal(signal.SIGINT) == signal.default_int_handler:
        signal.signal(signal.SIGINT, interrupt)
    if given.words and given.words[0] in (*COMMANDS, "grade"):
        return getattr(commands, given.words.pop(0))
    if given.watch:
        return commands.watch
    if given.hint:
        return commands.hint
    return commands.check if given.words else commands.board


def interrupt(*_):
    """The first Ctrl-C, or request to end, stops the run; more of them do not disturb the cleaning up."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
