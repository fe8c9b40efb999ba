"""Whatever is checked, however it is asked for: its own sentence, an exit code, nothing left behind."""

import signal

import pytest

from tests.kit.support import OPENING, Desk, posix_only

ALONE = ""  # a program without the opening lines
IGNORE = "for number in (signal.SIGINT, signal.SIGTERM): signal.signal(number, signal.SIG_IGN)\n"
GOES_ON = "The program has ended, but a process that it started goes on."


@pytest.fixture
def desk(tmp_path):
    desk = Desk(tmp_path)
    yield desk
    assert desk.left_behind() == []


def bad(name, sentence, text, opening=OPENING, marks=()):
    return pytest.param(sentence, text, opening, id=name, marks=marks)


PROGRAMS = [
    bad(
        "syntax error",
        "The program is not valid Python: SyntaxError: invalid syntax (server.py, line 1)",
        "def main(:\n",
        ALONE,
    ),
    bad(
        "unknown import",
        "The program imports a module that is not here: No module named 'sockets'",
        "import sockets\n",
        ALONE,
    ),
    bad("exits at once", "The program ended by itself, with exit code 0.", "", ALONE),
    bad("exits with a code", "The program ended by itself, with exit code 3.", "raise SystemExit(3)", ALONE),
    bad(
        "kills itself",
        f"The program was ended by signal 11 ({signal.strsignal(11)}).",
        "os.kill(os.getpid(), signal.SIGSEGV)",
        marks=posix_only,
    ),
    bad("no first line", "The program never said where it listens.", "serve()"),
    bad(
        "another first line",
        "The first line that the program prints is not the one it should be.",
        "print('ready', flush=True); serve()",
    ),
    bad(
        "prints for ever",
        "The program prints without end, so it was ended.",
        "while True: print('x' * 65536, end='')",
        ALONE,
    ),
    bad(
        "prints for ever afterwards",
        "The program prints without end, so it was ended.",
        "say()\nwhile True: print('x' * 65536)",
    ),
    bad(
        "opens no port",
        "Nobody listens at port PORT, where the program said that it does.",
        "listener.close(); say(); time.sleep(1000)",
    ),
    bad(
        "opens another port",
        "Nobody listens at port PORT, where the program said that it does. It listens at PORT.",
        """
with socket.create_server((sys.argv[1], 0)) as other:
    free = other.getsockname()[1]
say(free)
serve()
""",
    ),
    bad(
        "ignores the argument",
        "It listens at 12413 although its second argument asks for another port.",
        "say(12413); serve()",
    ),
    bad(
        "says port 0",
        "It says port 0, which means any: print the port that the system chose (getsockname).",
        "say(0); serve()",
    ),
    bad(
        "hangs at exit",
        "The main thread is done, but other threads keep the program alive.",
        """
signal.signal(signal.SIGTERM, lambda *_: sys.exit())
threading.Thread(target=threading.Event().wait).start()
say()
serve()
""",
        marks=posix_only,
    ),
    bad(
        "ignores signals",
        "The program was asked to end and goes on.",
        IGNORE + "say(); serve()",
        marks=posix_only,
    ),
    bad(
        "ignores signals and hangs",
        "The program never said where it listens.",
        IGNORE + "threading.Event().wait()",
    ),
    bad("forks", GOES_ON, "os.fork() or time.sleep(1000)\nsay()\nserve()", marks=posix_only),
    bad(
        "leaves a daemon",
        GOES_ON,
        "if os.fork() == 0: os.setsid(); os.fork() or time.sleep(1000); os._exit(0)\nsay()\nserve()",
        marks=posix_only,
    ),
    bad(
        "becomes a daemon",
        GOES_ON,
        "say()\nif os.fork(): os._exit(0)\nos.setsid()\nif os.fork(): os._exit(0)\nserve()",
        marks=posix_only,
    ),
    bad(
        "closes stdout first",
        "The program closed its standard output and could not say where it listens.",
        "os.close(1); serve()",
        marks=posix_only,
    ),
    bad(
        "closes sys.stdout first",
        "The program crashed: ValueError: I/O operation on closed file.",
        "sys.stdout.close(); say(); serve()",
    ),
]


@pytest.mark.parametrize("sentence, text, opening", PROGRAMS)
def test_bad_program(desk, sentence, text, opening):
    desk.put(text, opening)
    outcome = desk.check()
    assert outcome.says(sentence), outcome.text
    assert (outcome.code, outcome.errors) == (1, "")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("say(); os.close(1); serve()", id="closes stdout afterwards"),
        pytest.param(
            "shutil.rmtree(os.getcwd()); say(); serve()", id="deletes where it stands", marks=posix_only
        ),
    ],
)
def test_harmless_program(desk, text):
    desk.put(text)
    assert desk.check().code == 0


def test_deletes_its_folder(desk):
    desk.put("shutil.rmtree(os.path.dirname(os.path.abspath(__file__)))\nsay()\nserve()")
    (desk.program / "notes").mkdir()
    (desk.program / "notes" / "day 1.bin").write_bytes(b"\xff\0")
    before = contents(desk.program)

    outcome = desk.check()

    assert outcome.code == 1
    assert outcome.says("The program cannot be started again: it has deleted its own file.")
    note = next(line for line in outcome.text.splitlines() if "the checker has put" in line)
    assert all(str(path) in note for path in before)
    assert contents(desk.program) == before


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    "words, sentence",
    [
        (["77"], "There is no lesson 77. There are 00, 01, "),
        (["one"], "'one' is no lesson: say a number such as 03, a range such as 01-03, or all."),
        (["03-01"], "03-01 runs backwards: say 01-03."),
        (["01", "--only", "99"], "Lesson 01 has no check 99."),
        (["01", "--program", "nowhere"], "There is no server.py in nowhere."),
        (["01", "--program", "."], "There is no server.py in ."),
        (["01", "--patience", "0"], "say between 0.1 and 600 seconds"),
        (["01", "--patience", "soon"], "invalid seconds value: 'soon'"),
        (["01", "--quickly"], "unrecognized arguments: --quickly"),
    ],
)
def test_wrong_use(desk, words, sentence):
    outcome = desk.run(*words)
    assert sentence in outcome.errors and "Traceback" not in outcome.errors
    assert (outcome.code, outcome.text) == (2, "")
