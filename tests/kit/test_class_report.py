"""The class report: it counts right, its links lead somewhere, and what students wrote stays text.

In a browser where there is one; for that half see test_html.py.
"""

import json
import os
import re
import shutil
import tempfile
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

import pytest

from grader import words
from grader.classroom import overview, report
from grader.classroom.course import Course
from grader.classroom.rows import GRADED, UNGRADED, UNREADABLE, Row, Student
from grader.classroom.scores import score
from grader.lessons import ROOT, Lesson, WrongUse
from grader.mistakes import mistakes_of, write_with
from grader.results import FAILED, INCONCLUSIVE, NOT_RUN, PASSED, Check, Results, from_json, raw
from tests.kit import test_notebooks as notebooks
from tests.kit.courseware import outcome
from tests.kit.support import SAFETY
from tests.kit.test_html import EVIL, SAFE, Reader, evil_results

LESSONS = [Lesson("01"), Lesson("03")]
SCRIPT = "<script>alert(1)</script>"
HOSTILE = [
    SCRIPT,
    "=1+1",
    "@SUM(1)",
    "\x1b[31mred\x07",
    "\u202eeman",
    "</td></table>",
    "{page}",
    "a\nb",
    EVIL,
]
FORMULA = re.compile(r"\s*[=+@＝＋＠]|\s*-[^\s–-]")


def results_of(lesson, *verdicts):
    """The results of a lesson with these verdicts, as in a row; the checks that are not named have passed."""
    sentences = list(lesson.stories().values())
    found = [*verdicts, *[PASSED] * (len(sentences) - len(verdicts))]
    checks = [Check(n, "c", *both) for n, both in enumerate(zip(sentences, strict=True), 1)]
    for check, verdict in zip(checks, found, strict=True):
        check.verdict = verdict
    return Results(lesson.number, lesson.title, lesson.number, 0, 2.0, checks).as_json()


def believing(results, mistake="M", belief="B"):
    return results | {"belief": {"mistake": mistake, "belief": belief, "explains_all": True, "place": None}}


def row(key, *lessons, state=GRADED, reason="", name=""):
    return Row(Student(key, name or key.title()), state, reason, list(lessons))


ONE, THREE = LESSONS
CLASS = [
    row("ada", results_of(ONE), results_of(THREE)),
    row("bob", believing(results_of(ONE, FAILED, FAILED)), believing(results_of(THREE, FAILED))),
    row("cid", believing(results_of(ONE, PASSED, FAILED)), believing(results_of(THREE), "N", "C")),
    row("dan", results_of(ONE, FAILED, *[NOT_RUN] * 12)),
    row("eve", results_of(ONE, INCONCLUSIVE), results_of(THREE)),
    row("fay", state=UNREADABLE, reason="It is empty."),
    row("gus", state=UNGRADED, reason="It took too long."),
]


def pages(rows, folder, lessons=LESSONS):
    """Writes the report; each page's text by its name, the class's as `report`."""
    report.write(rows, Course(), lessons, folder / "report.html")
    return {
        path.stem: path.read_text("utf-8") for path in [folder / "report.html", *folder.glob("reports/*")]
    }


@pytest.fixture(scope="module")
def real():
    """What the checker really found of three programs, as rows have it: JSON that was read again."""
    found = [outcome(ONE, ONE.solution).results]
    return [json.loads(json.dumps(results.as_json())) for results in [*found, *wrong_ones()]]


def wrong_ones():
    for mistake in mistakes_of(ONE)[:2]:
        with tempfile.TemporaryDirectory() as folder:
            yield outcome(ONE, write_with([mistake], ONE, Path(folder) / "01")).results


@pytest.fixture(scope="module")
def real_class(real, tmp_path_factory):
    rows = [row(f"real-{number}", one, name=HOSTILE[0]) for number, one in enumerate(real)]
    folder = tmp_path_factory.mktemp("real")
    return folder, pages([*rows, *CLASS], folder)


@pytest.fixture(scope="module")
def evil_class(tmp_path_factory):
    """A class in which everything is hostile that a student has a hand in."""
    evil = json.loads(json.dumps(evil_results().as_json())) | {"lesson": "03"}
    rows = [row(f"evil-{number}", evil, name=name) for number, name in enumerate(HOSTILE)]
    rows += [
        row(f"lost-{number}", state=UNREADABLE, reason=f"{name} is a link.", name=name)
        for number, name in enumerate(HOSTILE)
    ]
    for one in rows:
        one.submitted = EVIL
    folder = tmp_path_factory.mktemp("evil")
    return folder, pages(rows, folder)


def test_results_are_the_same_again(real):
    for plain in [*real, json.loads(json.dumps(evil_results().as_json()))]:
        assert from_json(plain).as_json() == plain
    with pytest.raises(ValueError, match="version"):
        from_json({"schema": "another"})


@pytest.mark.parametrize(
    "data", [b"\xff", b"a\n\x00", "ж".encode(), "ж".encode()[:1], b"\\x41", b"\\xg", b"\\xd0\\xb6"]
)
def test_bytes_come_back_from_the_text_that_they_became(data):
    assert raw(data.decode("utf-8", "backslashreplace")) == data


def test_each_lesson_counts_everyone_once():
    assert overview.kinds(CLASS, ONE) == {"all": 1, "some": 2, "none": 1, "unread": 1, "untold": 2}
    assert overview.kinds(CLASS, THREE) == {"all": 3, "some": 1, "absent": 1, "unread": 1, "untold": 1}


def test_what_most_failed_stands_first():
    counted = overview.failing(CLASS, overview.columns(LESSONS))
    told = [(one.column.lesson, one.column.number, one.failed, one.of) for one in overview.hardest(counted)]
    assert told == [("01", 1, 2, 5), ("01", 2, 2, 5), ("03", 1, 1, 4)]


def test_a_belief_is_counted_once_for_each_student():
    found = overview.beliefs(CLASS)
    assert [(one.belief, list(one.rows), sorted(one.lessons)) for one in found] == [
        ("B", ["bob", "cid"], ["01", "03"]),
        ("C", ["cid"], ["03"]),
    ]


def test_who_could_not_be_told_stands_apart_and_has_no_zero(tmp_path):
    page = Reader(pages(CLASS, tmp_path)["report"])
    waiting = between(page.text, "Still without points", "What could not be read")
    assert "Eve" in waiting[1] and "Gus" in waiting[1] and "It took too long." in waiting[1]
    assert "Fay" in between(page.text, "What could not be read", "What they seem to believe")[1]
    people = [report.person(one, score(one, Course(), LESSONS)) for one in CLASS]
    assert [one.key for one in sorted(people, key=report.rank)] == "ada cid bob dan fay eve gus".split()
    assert re.search(r"Eve\s+eve\s+\?\s+12/13\s+13/13", page.text)


def between(text, first, last):
    """What stands between two headings, from the second time that they are named: first in the contents."""
    return text.split(first)[1].split(last)[0], text.split(first)[2].split(last)[0]


def test_the_map_has_a_square_for_each_check_of_each_student(tmp_path):
    page = pages(CLASS, tmp_path)["report"]
    bodies = re.findall(r"<tbody>(.*?)</tbody>", page, re.S)
    lines = {re.search(r"<bdi>(\w+)", line)[1]: line for line in bodies[1].split("</tr>") if "<bdi>" in line}
    assert set(lines) == {"Ada", "Bob", "Cid", "Dan", "Eve"}
    signs = {name: re.sub(r"<th.*?</th>|<[^>]*>|\s", "", line, flags=re.S) for name, line in lines.items()}
    assert signs["Ada"] == "100.00" + "✓" * 26
    assert signs["Dan"] == "0.00✗" + "–" * 12 + "nothandedin"
    assert signs["Eve"] == "??" + "✓" * 25
    assert (
        '<td class="failed begins" title="01.1 failed"><a href="reports/bob.html#check-01-1"' in lines["Bob"]
    )


@pytest.mark.parametrize("which", ["real_class", "evil_class"])
def test_all_links_lead_somewhere(which, request):
    folder, texts = request.getfixturevalue(which)
    ids = {name: Reader(text).values("id") for name, text in texts.items()}
    for name, text in texts.items():
        base = folder if name == "report" else folder / "reports"
        for href in Reader(text).values("href"):
            path, _, place = unquote(href).partition("#")
            target = (base / path).resolve() if path else None
            assert target is None or target.is_file(), href
            assert not place or place in ids[target.stem if target else name], href
            assert target is None or target.suffix == ".html" or target.is_relative_to(ROOT / "lessons")


@pytest.mark.parametrize("which", ["real_class", "evil_class"])
def test_pages_are_whole_and_ask_for_nothing(which, request):
    for text in request.getfixturevalue(which)[1].values():
        page = Reader(text)
        ids, levels = page.values("id"), [int(tag[1]) for tag in page.tags if re.fullmatch(r"h[1-6]", tag)]
        assert {"script", "link", "img", "iframe", "object", "base", "form"}.isdisjoint(page.tags)
        assert not [name for _tag, name, _value in page.attributes if name.startswith("on") or name == "src"]
        assert len(ids) == len(set(ids)) and levels[0] == 1
        assert all(after - before <= 1 for before, after in pairwise(levels))
        assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in page.values("content")


class Cells(Reader):
    """What begins each cell of a table."""

    def __init__(self, text):
        self.begins, self._is_new = [], False
        super().__init__(text)

    def handle_starttag(self, tag, attributes):
        super().handle_starttag(tag, attributes)
        self._is_new = self._is_new or tag in ("td", "th")

    def handle_data(self, data):
        super().handle_data(data)
        if self._is_new and data.strip():
            self.begins.append(data)
            self._is_new = False


def test_what_students_wrote_stays_text(evil_class):
    for name, page in evil_class[1].items():
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", page), name
        assert SCRIPT not in page
    everyone = evil_class[1]["report"]
    assert Reader(everyone).text.count(SAFE) > 4
    assert [text for text in Cells(everyone).begins if FORMULA.match(text)] == []
    assert "'=1+1" in Cells(everyone).begins


def test_a_students_page_has_what_did_not_pass_and_says_what_is_left_out():
    events = [
        {"at": n, "who": "bob", "what": "says", "data": f"{n}\n", "count": 2, "words": ""} for n in range(40)
    ]
    failure = {"kind": "k", "headline": "H", "detail": []}
    checks = [
        {
            "number": n,
            "name": "",
            "sentence": "S",
            "verdict": FAILED,
            "transcript": events,
            "failure": failure,
        }
        for n in (1, 2)
    ]
    lesson = results_of(ONE) | {"checks": [checks[0], checks[1] | {"verdict": PASSED, "failure": None}]}
    one = row("bob", lesson)
    page = report.student_page(report.person(one, score(one, Course(), [ONE])), "report.html")
    assert page.count("10 events before these are not shown.") > 0
    assert page.count('<details class="check"') == 1 and "39\\n" in page and "9\\n</code>" in page
    assert ">8\\n<" not in page and "Of a check that passed, only the verdict stands here." in page


def test_pages_are_in_the_readers_language(tmp_path, monkeypatch):
    class Shouting(words.gettext.NullTranslations):
        def gettext(self, message):
            return re.sub(r"(\{.*?\})|[^{]", lambda m: m[0] if m[1] else m[0].upper(), message)

        def ngettext(self, one, many, count):
            return self.gettext(one if count == 1 else many)

    monkeypatch.setattr(words, "_catalogue", Shouting())
    texts = pages(CLASS, tmp_path)
    for text in texts.values():
        said = set(re.findall("[a-z]{3,}", re.sub("From Echo to Chat", "", Reader(text).text)))
        assert said <= {one.student.key for one in CLASS} | {one.student.name[1:] for one in CLASS}


def test_where_nothing_can_be_written_it_says_so(tmp_path):
    (tmp_path / "reports").write_text("")
    with pytest.raises(WrongUse, match="reports cannot be written"):
        report.write(CLASS, Course(), LESSONS, tmp_path / "report.html")


@pytest.mark.parametrize(
    "holds",
    [
        notebooks.test_it_was_run_from_top_to_bottom_without_an_error,
        notebooks.test_its_cells_are_short,
        notebooks.test_the_reader_predicts_reads_and_changes_something,
        notebooks.test_each_picture_is_said_in_words_right_below,
        notebooks.test_what_is_compared_holds_nothing_of_this_run,
        notebooks.test_each_assert_gives_its_reason,
    ],
    ids=lambda holds: holds.__name__,
)
def test_the_notebook_has_the_form_of_the_others(holds):
    holds("class")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("truth.agrees(row_of[name])", "truth.agrees(rows[0])", "each row should say what is true"),
        ('said["mistake"] ==', 'said["mistake"] !=', "most mistakes should be recognised"),
        ("overview.kinds(rows, lesson)", "overview.kinds(rows[1:], lesson)", "each row should be counted"),
    ],
)
def test_a_claim_of_the_notebook_that_is_not_true_fails_with_its_reason(old, new, reason):
    code = "\n\n".join(map(notebooks.source, notebooks.code_cells("class")))
    assert code.count(old) == code.count("COUNT, SEED = 14") == 1
    with notebooks.run(code.replace(old, new).replace("SEED = 14", "SEED = 4")) as process:
        _, errors = process.communicate(timeout=2 * SAFETY)
    assert process.returncode == 1
    assert f"\nAssertionError: {reason}" in errors, errors[-600:]


@pytest.fixture(scope="module")
def browser():
    driver = pytest.importorskip("playwright.sync_api", reason="needs requirements-browser.txt")
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("needs Debian's chromium")
    arguments = ["--no-sandbox"] if os.name == "posix" and os.geteuid() == 0 else []
    with driver.sync_playwright() as run:
        browser = run.chromium.launch(executable_path=chromium, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def large_class(tmp_path_factory):
    """Three hundred students with all lessons."""
    lessons = [Lesson(f"{number:02}") for number in range(1, 11)]
    wrong = [results_of(lesson, PASSED, FAILED, PASSED, FAILED) for lesson in lessons]
    rows = [row(f"s{number}", *wrong, name=HOSTILE[number % len(HOSTILE)]) for number in range(300)]
    people = [report.person(one, score(one, Course(), lessons)) for one in rows]
    folder = tmp_path_factory.mktemp("large")
    (folder / "report.html").write_text(report.class_page(people, Course(), lessons, folder), "utf-8")
    return folder, {}


@pytest.fixture
def show(browser):
    """Opens a page; in the end it must have asked for nothing but itself, and have complained of nothing."""
    opened, asked, said = [], [], []

    def open_page(path, width=1200, scheme="light"):
        page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
        opened.append(page)
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
        page.goto(path.as_uri())
        return page

    yield open_page
    for page in opened:
        page.close()
    assert len(asked) == len(opened) and said == []


@pytest.mark.parametrize("which", ["real_class", "evil_class", "large_class"])
def test_a_phone_shows_it_without_scrolling_sideways(which, request, show):
    folder = request.getfixturevalue(which)[0]
    for path in [folder / "report.html", *sorted(folder.glob("reports/*"))[:3]]:
        page = show(path, 360)
        page.evaluate("for (const details of document.querySelectorAll('details')) details.open = true")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path


LAID_OUT = "document.querySelector('.map td a').checkVisibility({contentVisibilityAuto: true})"
CORNER = """() => {
    const sheet = document.querySelector(".map").parentElement.getBoundingClientRect();
    const at = (x, y) => document.elementFromPoint(sheet.x + x, sheet.y + y).closest("th, td");
    return [at(20, 150).className, at(400, 45).cellIndex, at(20, 150).textContent.trim()];
}"""


def test_heads_stay_while_keys_scroll_the_map(large_class, show):
    page = show(large_class[0] / "report.html")
    page.evaluate("document.getElementById('map').scrollIntoView()")
    page.wait_for_function(LAID_OUT, timeout=SAFETY * 1000)
    sheet, before = page.locator(".sheet:has(.map)"), page.evaluate(CORNER)
    for key, side in (("End", "scrollTop"), ("ArrowRight", "scrollLeft")):
        sheet.press(key)
        page.wait_for_function(f"one => one.{side} > 0", arg=sheet.element_handle(), timeout=SAFETY * 1000)
    sheet.evaluate("one => one.scrollLeft = 1200")
    after = page.evaluate(CORNER)
    assert before[0] == after[0] == "who" and after[1] > before[1]


def test_the_keyboard_reaches_each_student_and_not_each_square(large_class, show):
    page = show(large_class[0] / "report.html")
    squares = page.locator(".map td a")
    assert squares.count() == 300 * 20 and page.locator(".map td a[tabindex='-1']").count() == squares.count()
    assert page.locator(".map th a:not([tabindex])").count() == 300


def test_a_square_leads_to_its_check(real_class, show):
    folder, texts = real_class
    page = show(folder / "report.html")
    name, place = re.search(r'href="reports/(real-[12])\.html#(check-01-\d+)"', texts["report"]).groups()
    assert page.locator(f"a[href='reports/{name}.html#{place}']").count() == 1
    page = show(folder / "reports" / f"{name}.html")
    page.locator(f"nav a[href='#{place}']").click()
    assert page.locator(f"#{place}").is_visible()


@pytest.mark.parametrize(("width", "scheme"), [(1200, "light"), (360, "dark")])
def test_an_accessibility_checker_finds_nothing(real_class, show, width, scheme):
    if not os.environ.get("AXE"):
        pytest.skip("AXE does not say where axe.min.js is")
    for path in (real_class[0] / "report.html", real_class[0] / "reports" / "real-1.html"):
        page = show(path, width, scheme)
        page.evaluate("for (const details of document.querySelectorAll('details')) details.open = true")
        page.evaluate(Path(os.environ["AXE"]).read_text("utf-8"))
        rules = "{runOnly: ['wcag2a', 'wcag2aa', 'best-practice']}"
        found = page.evaluate(f"axe.run(document, {rules}).then(found => found.violations)")
        assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
