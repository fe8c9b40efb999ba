"""The notebooks keep their form, and each claim in them fails, with a reason, when it is not true.

That they run and show what is stored, nbval says: `python -m pytest --nbval notebooks`.
"""

import ast
import json
import os
import re
import signal
import subprocess
import sys

import psutil
import pytest

from grader.lessons import choose
from tests.kit.support import ROOT, SAFETY, posix_only

FOLDER = ROOT / "notebooks"
LESSONS = [lesson.number for lesson in choose(["all"]) if lesson.checks]
LINES = 8  # of one cell
IGNORED = "nbval-ignore-output"
PRIVATE = re.compile(r"\b\d+\.\d+\.\d+\.\d+\b|0x[0-9a-f]{6,}|/(?:home|tmp|root|usr|Users)/|\bpid\b")

# What is done to a notebook's code so that a claim of it is not true, and how its reason begins.
BROKEN = [
    ("01", "    end.close()", "    lab.resets(end)", "the first to close should wait"),
    ("01", ' == b"" and tests_for_the_end', ' == b""', "without the test the loop should run and run"),
    ("02", 'day("solutions/01")', 'day("solutions/02")', "nobody should be answered before"),
    ("02", 'day("solutions/02")', 'day("solutions/01")', "with a thread for each, waiting should"),
    (
        "02",
        "target=threading.Event().wait",
        "target=lambda: [b'x' * 10**6 + b'', threading.Event().wait()]",
        "a waiting thread should use little",
    ),
    ("03", "enumerate(people):", "enumerate(list(people)):", "removing from the list under the loop"),
    (
        "03",
        "room.broadcast(text, talker)",
        "one_try(people, talker, text)",
        "in the room of solutions/03 nobody",
    ),
    ("04", "SIZE = 1024", "SIZE = 16", "what waits together should come together"),
    (
        "04",
        'list(lab.module("solutions/04/framing.py").LineReader(conn))',
        "splits_each_piece(conn)",
        "a buffer should be right",
    ),
    ("05", '"bob: pay me"', '"bob: pay me\\n..."', "Alice should hear the line as it was said"),
    (
        "05",
        '"named" if "* guest joined" in others else state',
        "state",
        "without a name, /quit is a bad name",
    ),
    ("06", '"solutions/06/client.py"', '"tests/programs/naive/client.py"', "nothing should be printed"),
    ("06", '"tests/programs/naive/client.py"', '"solutions/06/client.py"', "the naive client should go on"),
    (
        "06",
        'halves = [b"how are you\\n"], [b"how are you", b"\\n"]',
        'halves = [b"so\\n"], [b"so\\n"]',
        "two small sends should wait",
    ),
    (
        "07",
        "def closes(far):\n    far.close()",
        "def closes(far):\n    lab.resets(far)",
        "a kill should look like a close",
    ),
    (
        "07",
        'cpu_after("tests/programs/naive", count)',
        'cpu_after("solutions/07", count)',
        "a handler that goes on should cost",
    ),
    ("08", "lab.server(path,", 'lab.server("solutions/08",', "with six talkers, some should disagree"),
    ("08", "lab.server(path,", 'lab.server("solutions/07",', "in the room of lesson 08 all should agree"),
    ("08", 'names.append("bob")', 'names[:] = ["bob"]', "with a pause between the two steps"),
    ("08", "lost(add_one_in_two_steps, 500)", "lost(add_one, 500)", "with others between the two steps"),
    ("09", "swallowed(SO_SNDBUF=size, SO_RCVBUF=size)", "swallowed()", "small buffers should hold less"),
    ("09", 'evening("solutions/09")', 'evening("solutions/08")', "with an outbox for each, the healthy one"),
    ("09", 'evening("solutions/08")', 'evening("solutions/09")', "without an outbox, the sleeper should"),
    ("10", "send_signal(signal.SIGINT)", "kill()", "everyone should hear the goodbye"),
    (
        "10",
        "select.select([listener, bell], [], [])",
        "by_timeout(listener, stop, bell, ready)",
        "to look now and then",
    ),
    ("10", "[in_accept(call),", '["does not",', "a caller should always wake"),
]


def notebook(number):
    (path,) = FOLDER.glob(f"{number}_*.ipynb")
    return json.loads(path.read_text("utf-8"))["cells"]


def source(cell):
    return "".join(cell["source"])


def code_cells(number):
    return [cell for cell in notebook(number) if cell["cell_type"] == "code"]


def tags(cell):
    return cell["metadata"].get("tags", [])


def shows_a_picture(cell):
    return any(output.get("data", {}).keys() & {"image/png", "image/svg+xml"} for output in cell["outputs"])


def run(code, **options):
    """Runs it as a script of its own, in the folder of the notebooks."""
    environment = os.environ | {"MPLBACKEND": "agg", "PYTHONUTF8": "1"}
    command = [sys.executable, "-c", code]
    return subprocess.Popen(
        command,
        cwd=FOLDER,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def test_each_lesson_has_one_notebook():
    assert sorted(path.name[:2] for path in FOLDER.glob("[0-9]*.ipynb")) == sorted(LESSONS)


@pytest.mark.parametrize("number", LESSONS)
def test_it_was_run_from_top_to_bottom_without_an_error(number):
    cells = code_cells(number)
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    for cell in cells:
        kinds = {(output["output_type"], output.get("name")) for output in cell["outputs"]}
        assert not kinds & {("error", None), ("stream", "stderr")}, source(cell)


@pytest.mark.parametrize("number", LESSONS)
def test_its_cells_are_short(number):
    for cell in code_cells(number):
        assert 1 <= len([line for line in source(cell).splitlines() if line.strip()]) <= LINES, source(cell)


@pytest.mark.parametrize("number", LESSONS)
def test_the_reader_predicts_reads_and_changes_something(number):
    text = "\n".join(source(cell) for cell in notebook(number) if cell["cell_type"] == "markdown")
    for word in ("**Predict.**", "**What it says.**", "**Your turn.**"):
        assert word in text
    marked = [source(cell) for cell in code_cells(number) if "change-me" in tags(cell)]
    assert marked and all("change me: " in each for each in marked)


@pytest.mark.parametrize("number", LESSONS)
def test_each_picture_is_said_in_words_right_below(number):
    cells = notebook(number)
    for place, cell in enumerate(cells):
        if cell["cell_type"] == "code" and shows_a_picture(cell):
            below = next(
                each
                for each in cells[place + 1 :]
                if not (each["cell_type"] == "code" and shows_a_picture(each))
            )
            assert re.match(r"\*The pictures? in words", source(below)), source(cell)


@pytest.mark.parametrize("number", LESSONS)
def test_what_is_compared_holds_nothing_of_this_run(number):
    for cell in code_cells(number):
        if IGNORED not in tags(cell):
            assert not PRIVATE.search(
                json.dumps([o for o in cell["outputs"] if "image/png" not in o.get("data", {})])
            )


@pytest.mark.parametrize("number", LESSONS)
def test_each_assert_gives_its_reason(number):
    asserts = [
        node
        for cell in code_cells(number)
        for node in ast.walk(ast.parse(source(cell).rstrip(";")))
        if isinstance(node, ast.Assert)
    ]
    assert asserts and all(node.msg for node in asserts)


@pytest.mark.parametrize(
    ("number", "old", "new", "reason"), BROKEN, ids=[f"{row[0]}-{row[3]}" for row in BROKEN]
)
def test_a_claim_that_is_not_true_fails_with_its_reason(number, old, new, reason):
    code = "\n\n".join(map(source, code_cells(number)))
    assert code.count(old) == 1, f"{old!r} stands {code.count(old)} times in notebook {number}"
    with run(code.replace(old, new)) as process:
        _, errors = process.communicate(timeout=2 * SAFETY)
    assert process.returncode == 1
    assert f"\nAssertionError: {reason}" in errors, errors[-600:]


START = """
import lab
with lab.server("solutions/02") as server:
    caller = server.call()
    print(server.program.pid, flush=True)
    caller.hears()
"""


@posix_only
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_cell_that_is_broken_off_leaves_no_server(number):
    with run(START) as process:
        server = psutil.Process(int(process.stdout.readline()))
        process.send_signal(number)
        server.wait(SAFETY)
        process.kill()
    assert not server.is_running()


@pytest.fixture
def kernel():
    """A real kernel, as Jupyter starts one: (its manager, a client)."""
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel(kernel_name="python3", cwd=str(FOLDER), startup_timeout=SAFETY)
    yield manager, client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def begins(client):
    """Runs START, and gives the server's process as soon as the cell has said which it is."""
    client.execute(START)
    while True:
        message = client.get_iopub_msg(timeout=SAFETY)
        assert message["msg_type"] != "error", message["content"]
        if message["msg_type"] == "stream":
            return psutil.Process(int(message["content"]["text"]))


@posix_only
def test_a_kernel_that_is_interrupted_in_the_middle_of_a_cell_has_no_child_left(kernel):
    manager, client = kernel
    server = begins(client)
    manager.interrupt_kernel()

    assert client.get_shell_msg(timeout=SAFETY)["content"]["ename"] == "KeyboardInterrupt"
    assert not server.is_running()


@posix_only
def test_a_kernel_that_is_shut_down_in_the_middle_of_a_cell_leaves_no_server(kernel):
    manager, client = kernel
    server = begins(client)
    manager.shutdown_kernel(now=True)

    server.wait(SAFETY)
    assert not server.is_running()
