"""A class is graded: each row is true, a run that stopped goes on, and no zero is an accident."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from grader.classroom import engine, sandbox
from grader.classroom.command import part_of, summary, working_folder
from grader.classroom.engine import Engine, Plan
from grader.classroom.made_up import make
from grader.classroom.rows import GRADED, UNGRADED, UNREADABLE, Row, Student, from_json
from grader.classroom.submissions import collect
from grader.lessons import Lesson, WrongUse
from grader.words import told
from tests.kit.support import ROOT, SAFETY

FIRST = (Lesson("01"),)


def works(folder):
    """Whether the sandbox works here; else the reason."""
    try:
        sandbox.probe(folder)
    except WrongUse as wrong:
        return str(wrong)


def command(*words):
    return subprocess.run(
        [sys.executable, "checker.py", "grade", *map(str, words)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=5 * SAFETY,
    )


def rows_in(folder):
    return {path.stem: from_json(path.read_text("utf-8")) for path in folder.glob("rows/*.json")}


@pytest.mark.parametrize("way", ["sandbox", "--no-sandbox"])
def test_each_row_of_a_made_up_class_says_what_is_true(tmp_path, way):
    if way == "sandbox" and (why := works(tmp_path)):
        pytest.skip(why)
    truths = make(tmp_path / "class", 6, lessons=FIRST, seed=2)

    done = command(tmp_path / "class", "01", "--out", tmp_path / "grades", *[way] * way.startswith("--"))

    assert done.returncode == 0, done.stderr
    rows = {row.student.name: row for row in rows_in(tmp_path / "grades").values()}
    assert [name for name, truth in truths.items() if not truth.agrees(rows[name])] == []
    assert ("NO SANDBOX" in done.stdout) == way.startswith("--")
    assert (tmp_path / "grades" / "gradebook.csv").exists()


def test_the_same_command_grades_only_what_has_changed(tmp_path):
    make(tmp_path / "class", 3, lessons=FIRST, seed=4)
    words = [tmp_path / "class", "01", "--out", tmp_path / "grades", "--no-sandbox"]
    command(*words)
    first = {path: path.stat().st_mtime_ns for path in (tmp_path / "grades" / "rows").iterdir()}
    changed = sorted((tmp_path / "class").iterdir())[0]
    (changed / "01" / "server.py").write_text("raise SystemExit\n", "utf-8")

    command(*words)

    again = {path: path.stat().st_mtime_ns for path in first}
    assert [path.stem[:3] for path in first if again[path] != first[path]] == [changed.name[:3]]


def test_the_seed_is_nobodys_to_know_and_stays_for_the_class(tmp_path):
    make(tmp_path / "class", 1, lessons=FIRST)
    seeds = []
    for out in ("one", "one", "other"):
        command(tmp_path / "class", "01", "--out", tmp_path / out, "--no-sandbox")
        (row,) = rows_in(tmp_path / out).values()
        seeds.append(row.lessons[0]["seed"])
    assert seeds[0] == seeds[1] == int((tmp_path / "one" / "seed").read_text())
    assert seeds[2] != seeds[0]


def test_a_seed_that_was_spoiled_is_wrong_use(tmp_path):
    make(tmp_path / "class", 1, lessons=FIRST)
    (tmp_path / "grades").mkdir()
    (tmp_path / "grades" / "seed").write_text("seven", "utf-8")
    done = command(tmp_path / "class", "01", "--out", tmp_path / "grades", "--no-sandbox")
    assert done.returncode == 2
    assert "There is no number in" in done.stderr


def test_programs_side_by_side_when_they_are_asked_for(tmp_path):
    make(tmp_path / "class", 1, lessons=[Lesson("06")], seed=3)
    words = [tmp_path / "class", "06", "--out", tmp_path / "grades", "--no-sandbox", "--jobs", "2"]
    command(*words)
    plain = {path.name for path in (tmp_path / "grades").iterdir()}

    done = command(*words, "--similar", "--interop")

    more = {path.name for path in (tmp_path / "grades").iterdir()} - plain
    assert {"similar_06.txt", "interop.json", "interop.txt", "interop.svg", "interop.png"} <= more, (
        done.stderr
    )
    assert f"Written: {tmp_path / 'grades' / 'interop.txt'}" in done.stdout


def test_the_folder_of_a_run_that_was_killed_is_removed_by_the_next(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    left, ours, other = (
        tmp_path / f"echo-to-chat-class-{name}" for name in (f"{gone.pid}-x", os.getpid(), "x")
    )
    for folder in (left, ours, other):
        (folder / "submissions" / "anna").mkdir(parents=True)
    with working_folder():
        assert [folder.exists() for folder in (left, ours, other)] == [False, True, True]


def test_whom_a_file_leaves_out_is_said_once_for_each_reason():
    rows = [Row(Student(f"s{number}"), GRADED) for number in range(300)]
    left_out = [(row, "no roster") for row in rows[1:]] + [(rows[0], "nobody")]
    *_, one, other = map(told, summary(rows, {Path("moodle.csv"): left_out}))
    assert one == "  without s1, s2, s3, s4, s5 and 294 more: no roster"
    assert other == "  without s0: nobody"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["tests", "01", "--scheduler", "tcp://127.0.0.1:1"], "begins with tls://"),
        (["tests", "01", "--tls-ca", "README.md"], "say --scheduler tls://HOST:PORT, too"),
        (["nowhere", "01"], "nowhere"),
        (["tests", "99"], "There is no lesson 99."),
        (["tests", "01", "--course", "nowhere.toml"], "nowhere.toml"),
        (["tests", "01", "--roster", "nowhere.csv"], "nowhere.csv"),
        (["tests", "01", "--part", "3"], "say which part of how many, as in 3/100"),
        (["tests", "01", "--out", "README.md"], "The folder README.md/rows cannot be made"),
    ],
)
def test_wrong_use_is_2_with_one_clear_sentence_and_writes_nothing(words, sentence, tmp_path):
    done = command("--out", tmp_path / "grades", *words, "--no-sandbox")  # the later --out holds
    assert done.returncode == 2
    assert not (tmp_path / "grades").exists()
    assert sentence in done.stderr.splitlines()[-1]


# the engine alone, with a grader that answers as the test says


@pytest.fixture
def answers(monkeypatch):
    """What the grader of each submission says, one answer after another; and whom it was asked about."""
    said, asked = {}, []

    def ask(self, submission, found, plan):
        asked.append((submission.student.key, plan.patience))
        return said[submission.student.key].pop(0)

    monkeypatch.setattr(Engine, "ask", ask)
    return said, asked


def results(*verdicts):
    checks = [{"number": n, "verdict": verdict} for n, verdict in enumerate(verdicts, 1)]
    return {"lessons": [{"lesson": "01", "checks": checks}]}


def handed_in(tmp_path, *names):
    for name in names:
        (tmp_path / "class" / name).mkdir(parents=True)
        (tmp_path / "class" / name / "server.py").write_text(f"# {name}\n", "utf-8")
    (tmp_path / "work").mkdir(exist_ok=True)
    (tmp_path / "rows").mkdir(exist_ok=True)
    return collect(tmp_path / "class", tmp_path / "work")


def plan(tmp_path, **options):
    return Plan(FIRST, tmp_path / "rows", is_caged=False, **options)


def test_what_could_not_be_told_is_graded_again_alone_and_with_more_patience(tmp_path, answers):
    said, asked = answers
    said |= {
        "anna": [results("passed", "inconclusive"), results("passed", "passed")],
        "boris": [results("passed")],
    }

    rows = Engine(plan(tmp_path)).grade(handed_in(tmp_path, "anna", "boris"))

    assert [row.passed() for row in rows] == [2, 1]
    assert sorted(asked) == [("anna", 2.0), ("anna", 2.0 * engine.MORE_PATIENCE), ("boris", 2.0)]


def test_a_grader_that_says_nothing_is_a_row_that_says_so_and_is_tried_again_next_time(tmp_path, answers):
    said, _asked = answers
    said["anna"] = [{"reason": "It ended."}, results("passed")]
    submissions = handed_in(tmp_path, "anna")

    (row,) = Engine(plan(tmp_path)).grade(submissions)
    assert (row.state, row.reason, row.attempts) == (UNGRADED, "It ended.", 1)
    (row,) = Engine(plan(tmp_path)).grade(submissions)
    assert (row.state, row.attempts) == (GRADED, 2)


def test_what_cannot_be_read_is_a_row_with_its_reason_and_asks_nobody(tmp_path, answers):
    _said, asked = answers
    (tmp_path / "class" / "empty").mkdir(parents=True)
    (row,) = Engine(plan(tmp_path)).grade(handed_in(tmp_path))
    assert (row.state, bool(row.reason), asked) == (UNREADABLE, True, [])


def test_rows_are_there_as_soon_as_they_are_known(tmp_path, answers):
    said, _asked = answers
    said["anna"] = [results("passed")]
    seen = []

    def look(row, is_new):
        seen.append((json.loads((tmp_path / "rows" / "anna.json").read_text("utf-8"))["state"], is_new))

    submissions = handed_in(tmp_path, "anna")
    Engine(plan(tmp_path), look).grade(submissions)
    Engine(plan(tmp_path), look).grade(submissions)
    assert seen == [(GRADED, True), (GRADED, False)]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema": "echo-to-chat/row", "version": 0}'])
def test_a_row_that_was_half_written_or_is_of_another_kit_is_no_row(text):
    with pytest.raises(ValueError):
        from_json(text)


def test_a_row_is_the_same_after_it_was_written():
    row = Row(
        Student("anna", "Анна", ids={"Canvas": "7"}), state=GRADED, lessons=results("passed")["lessons"]
    )
    assert from_json(json.dumps(row.as_json())) == row


def test_parts_are_the_whole_and_share_nothing():
    whole = list(range(10))
    assert part_of(whole, None) == whole
    parts = [part_of(whole, (which, 3)) for which in (1, 2, 3)]
    assert sorted(number for part in parts for number in part) == whole
