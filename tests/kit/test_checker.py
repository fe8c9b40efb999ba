"""The command: its words, its exit codes, its reports, and the third verdict."""

import json
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from grader.attempt import Settings
from grader.checking import run_pytest
from grader.guardian import Run
from grader.lessons import ROOT, WrongUse, all_lessons, checked_lessons, choose
from grader.plugin import Checks
from grader.results import BROKEN, FAILED, INCONCLUSIVE, NOT_RUN, PASSED, VERSION, Results

SILENT = """\
import socket, time
listener = socket.create_server(("127.0.0.1", 0))
print("listening on {}:{}".format(*listener.getsockname()), flush=True)
time.sleep(1000)
"""
SHOWS_OFF = """\
import socket
print("listening on 127.0.0.1:1", flush=True)
print("\\x1b[2J\\x1b]52;c;AAAA\\x07 \\u202e evil \\x00", flush=True)
raise RuntimeError("\\x1b[31mred\\u200f")
"""


def checker(*words, encoding="utf-8", **environment):
    """Runs the command as a user does, with its output in a pipe."""
    return subprocess.run(
        [sys.executable, "checker.py", *words],
        cwd=ROOT,
        env=os.environ | {"PYTHONUTF8": "1"} | environment,
        capture_output=True,
        encoding=encoding,
        timeout=120,
    )


def write(folder, text):
    (folder / "server.py").write_text(text, "utf-8")
    return folder


def judge(tmp_path, check, program, reference):
    """The verdict on a program by a check written here, with a reference written here."""
    entries = []
    for name, text in (("program", program), ("reference", reference)):
        folder = tmp_path / name
        folder.mkdir()
        entries.append(write(folder, text) / "server.py")
    checks_file = tmp_path / "test_one.py"
    checks_file.write_text(check, "utf-8")
    with Run() as run:
        checks = Checks(run, Settings(*entries, seed=1, patience=0.5))
        run_pytest(SimpleNamespace(checks=checks_file), checks)
    return Results("99", "A test", "program", 1, 0.5, checks.checks)


ASKS = 'def test_asks(server):\n    """It answers."""\n    server.caller("alice").exchanges(["hello"])\n'
RIGHT = (ROOT / "solutions" / "02" / "server.py").read_text("utf-8")


def test_all_passed_is_0_and_names_the_next_lesson():
    done = checker("01", "--program", "solutions/01")
    assert done.returncode == 0
    assert "13 of 13" in done.stdout
    assert "Next: lesson 02" in done.stdout
    assert "the whole lesson 01" in checker("01", "--program", "solutions/01", "--only", "2").stdout


def test_something_failed_is_1_and_one_failure_is_explained():
    done = checker("01", "--seed", "7")
    assert done.returncode == 1
    assert done.stdout.count("Again: ") == 1
    assert checker("01", "--seed", "7", "--all").stdout.count("Again: ") > 1


@pytest.mark.parametrize(
    "words, sentence",
    [
        (["99"], f"There is no lesson 99. There are {', '.join(lesson.number for lesson in all_lessons())}."),
        (["01", "--json", "nowhere/out.json"], "There is no folder for nowhere/out.json."),
        (["03-01"], "03-01 runs backwards: say 01-03."),
        (["three"], "'three' is no lesson: say a number such as 03, a range such as 01-03, or all."),
        (["01", "--only", "99"], "Lesson 01 has no check 99."),
        (["01", "--program", "nowhere"], "There is no server.py in nowhere."),
        (["01", "--patience", "0"], "say between 0.1 and 600 seconds"),
    ],
)
def test_wrong_use_is_2_with_one_clear_sentence(words, sentence):
    done = checker(*words)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_could_not_tell_is_3(tmp_path):
    """What the reference cannot do either, at once and with the same patience, is nobody's failure."""
    results = judge(tmp_path, ASKS, SILENT, reference=SILENT)
    assert [check.verdict for check in results.checks] == [INCONCLUSIVE]
    assert results.exit_code() == 3


def test_waiting_in_vain_is_a_failure_when_the_reference_does_it(tmp_path):
    results = judge(tmp_path, ASKS, SILENT, reference=RIGHT)
    assert [check.verdict for check in results.checks] == [FAILED]


@pytest.mark.parametrize("program, due", [("mute", FAILED), ("answers alice alone", INCONCLUSIVE)])
def test_the_reference_must_get_as_far_and_no_further(tmp_path, program, due):
    """Of one that never spoke it is known that another is heard; of one that did, no such thing."""
    two = ASKS + '    server.caller("bob").exchanges(["hello"])\n'
    alice_alone = (ROOT / "solutions" / "01" / "server.py").read_text("utf-8")
    student = SILENT if program == "mute" else alice_alone
    results = judge(tmp_path, two, student, reference=alice_alone)
    assert [check.verdict for check in results.checks] == [due]


def test_what_was_seen_needs_no_reference(tmp_path):
    """Wrong bytes are wrong on any machine: the reference, which would fail too, is not asked."""
    loud = RIGHT.replace("conn.sendall(data)", 'conn.sendall(b"!")')
    results = judge(tmp_path, ASKS, loud, reference=SILENT)
    assert [check.verdict for check in results.checks] == [FAILED]


def test_the_checkers_own_fault_is_4(tmp_path):
    broken = 'def test_broken(server):\n    """It breaks."""\n    server.no_such_verb()\n'
    results = judge(tmp_path, broken, RIGHT, reference=RIGHT)
    assert [check.verdict for check in results.checks] == [BROKEN]
    assert results.exit_code() == 4


def test_what_does_not_start_is_asked_nothing_else(tmp_path):
    two = ASKS + ASKS.replace("test_asks", "test_asks_again")
    results = judge(tmp_path, two, "print('hello')\n", reference=RIGHT)
    assert [check.verdict for check in results.checks] == [FAILED, NOT_RUN]


def test_same_seed_same_texts():
    reports = [checker("01", "--only", "3", "--seed", seed).stdout for seed in ("7", "7", "8")]
    texts = [report.partition("expected")[2].partition("\n")[0] for report in reports]
    assert texts[0] == texts[1] != texts[2]


def test_json_tells_every_verdict_in_a_versioned_form(tmp_path):
    file = tmp_path / "out.json"
    checker("02", "--seed", "7", "--json", str(file))
    (lesson,) = json.loads(file.read_text("utf-8"))["lessons"]
    assert (lesson["schema"], lesson["version"], lesson["exit_code"]) == ("echo-to-chat/results", VERSION, 1)
    first = lesson["checks"][0]
    assert (first["number"], first["verdict"], first["failure"]["kind"]) == (1, FAILED, "silent")
    assert first["failure"]["difference"]["who"] == "bob"
    assert [event["who"] for event in first["transcript"]] == ["alice", "bob", "bob"]


def test_a_folder_a_file_and_a_tree_of_solutions_can_be_checked():
    for program in ("solutions/01", "solutions/01/server.py", "solutions"):
        assert checker("01", "--program", program, "--only", "1").returncode == 0


def test_any_library_leaves_out_the_check_on_imports():
    program = "tests/programs/right/01/library_asyncio"
    assert checker("01", "--program", program).returncode == 1
    assert checker("01", "--program", program, "--any-library").returncode == 0


def test_several_lessons_end_with_the_worst_exit_code():
    done = checker("01-02", "--program", "solutions/01", "--only", "1")
    assert done.returncode == 1
    assert done.stdout.count("Lesson 0") == 2


def test_nothing_that_a_program_prints_can_act_on_the_terminal(tmp_path):
    done = checker("01", "--program", str(write(tmp_path, SHOWS_OFF)))
    assert "RuntimeError: \\x1b[31mred\\u200f" in done.stdout
    assert "\\x1b[2J" in done.stdout
    assert not set(done.stdout) & {"\x1b", "\x07", "\x00", "\u202e", "\u200f"}


def test_plain_text_in_a_pipe_and_without_words_the_list_of_lessons():
    done = checker()
    assert done.returncode == 0
    assert "03  Everyone hears" in done.stdout


def test_a_python_without_the_packages_is_told_how_to_get_them():
    done = subprocess.run(
        [sys.executable, "-S", "checker.py", "01"], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 2
    assert "is not installed here: python -m pip install -r requirements.txt" in done.stderr


@pytest.mark.parametrize("encoding", ["ascii", "cp1251"])
def test_a_terminal_that_knows_few_letters_gets_the_report_all_the_same(encoding):
    done = checker("01", "--only", "2", encoding=encoding, PYTHONUTF8="0", PYTHONIOENCODING=encoding)
    assert done.returncode == 0
    assert "  +  2  What a caller says comes back to it." in done.stdout
    assert "Traceback" not in done.stderr


def test_words_for_lessons():
    assert [lesson.number for lesson in choose(["1", "02-03", "03"])] == ["01", "02", "03"]
    assert choose(["all"]) == checked_lessons()
    with pytest.raises(WrongUse):
        choose(["00-99"])


def test_verdicts_are_counted():
    results = judge_nothing([PASSED, FAILED])
    assert results.count(PASSED) == 1 and results.exit_code() == 1


def judge_nothing(verdicts):
    checks = [SimpleNamespace(verdict=verdict) for verdict in verdicts]
    return Results("99", "A test", "program", 1, 2.0, checks)
