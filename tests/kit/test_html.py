"""The page of `--html`: whole, harmless, and usable by everybody. In a browser where there is one.

For the second half: pip install -r requirements-browser.txt, and Debian's chromium. For the accessibility
checker say where axe-core from npm lies: AXE=…/package/axe.min.js python -m pytest tests/kit/test_html.py
"""

import os
import re
import shutil
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest

from grader import words
from grader.checking import Options
from grader.compare import Comparison, Step, compare
from grader.guardian import Run
from grader.lessons import Lesson
from grader.mistakes import mistakes_of, write_with
from grader.reports import html, sequence
from grader.results import (
    BROKEN,
    FAILED,
    INCONCLUSIVE,
    NOT_RUN,
    PASSED,
    Belief,
    Check,
    Event,
    Failure,
    Frame,
    Results,
    Stand,
    difference,
)
from tests.kit.courseware import outcome
from tests.kit.support import SAFETY

EVIL = "<script>alert(1)</script>\x1b[31m\x00</details></style>\u202e\ud800\"' onload='alert(2) {seed} &amp;"
SAFE = EVIL.translate(
    {ord(char): f"\\x{ord(char):02x}" for char in "\x1b\x00"} | {0x202E: r"\u202e", 0xD800: r"\ud800"}
)
VOID = {"meta"}
SVG = "{http://www.w3.org/2000/svg}"


class Reader(HTMLParser):
    """Reads a page as a browser does, and holds it to well-formed HTML."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self._open = [], [], []
        self.text = ""
        self.feed(text)
        assert self._open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attributes]
        self._open += [] if tag in VOID else [tag]

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        self._open.pop()

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        self.text += "" if "style" in self._open else data

    def values(self, wanted):
        return [value for _tag, name, value in self.attributes if name == wanted]


def evil_check(number, verdict):
    """A check of which everything is hostile that a program has a hand in."""
    if verdict in (PASSED, NOT_RUN):
        return Check(number, "name", f"Check {number}", verdict=verdict)
    lines = "".join(f"{EVIL} {n}\n" for n in range(90)).encode("utf-8", "replace") + b"\xff" + b"x" * 900
    failure = Failure("kind", EVIL, [EVIL], output=lines, place=Frame(EVIL, 1, EVIL, EVIL))
    failure.stands = [Stand(2, failure.place, lock=True), Stand(1, failure.place)]
    failure.difference = difference(EVIL, b"a" * 99 + b"\x1b" + b"b" * 900, b"a" * 99 + b"<b>")
    data = EVIL.encode("utf-8", "replace")
    events = [Event(0, EVIL, "calls"), Event(1, EVIL, "says", data, 9000), Event(2, "", "note", data)]
    ways = {"whole": PASSED, "glued": FAILED}
    return Check(number, "name", EVIL, verdict=verdict, failure=failure, transcript=events, ways=ways)


def evil_results():
    verdicts = (PASSED, FAILED, INCONCLUSIVE, NOT_RUN, BROKEN, FAILED)
    checks = [evil_check(number, verdict) for number, verdict in enumerate(verdicts, 1)]
    belief = Belief(EVIL, EVIL, place=Frame(EVIL, 2, "", EVIL))
    return Results("05", EVIL, EVIL, 7, 2.0, checks, notes=[EVIL], belief=belief)


def failing():
    """A failed check of which the page has much to say."""
    failure = Failure("kind", "H", output=b"1\n" * 99, place=Frame("F", 1))
    failure.difference, failure.stands = difference("bob", b"a", b"b"), [Stand(1, Frame("F", 1, "F", "self"))]
    check = Check(1, "n", "S", verdict=FAILED, failure=failure, ways={"glued": FAILED})
    return Results("04", "T", "P", 7, 2.0, [check], belief=Belief("M", "B"))


def talk(count, people=2):
    """A passing check in which so many things were said."""
    events = [Event(n, f"p{n % people}", "says", b"%d\n" % n, 9) for n in range(count)]
    return Results("04", "T", "P", 7, 2.0, [Check(1, "n", "S", verdict=PASSED, transcript=events)])


def comparison_of(count, parts):
    rows = [[Step(n, "bob", "hears", b"%d\n" % n, 2)] * 2 for n in range(count)]
    rows[parts][1] = Step(0, "bob", "hears", b"other\n", 6)
    check = talk(3).checks[0]
    return Comparison(talk(3), check, check, rows + [(None, Step(0, "", "note", b"goes on"))], parts)


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """A deadlock, and a comparison: what the checker really found."""
    eight, four = Lesson("08"), Lesson("04")
    mistake = next(m for m in mistakes_of(eight) if m.name.startswith("returns with the lock"))
    program = write_with([mistake], eight, tmp_path_factory.mktemp("program"))
    locked = outcome(eight, program, only=4, patience=1.0).results
    with Run() as run:
        compared = compare(four, Options(str(Lesson("03").solution), only=4, seed=7), run)
    return SimpleNamespace(runs=[locked, compared.yours], comparison=compared)


@pytest.fixture(scope="module")
def pages(real):
    return {
        "real": html.page(real.runs, real.comparison),
        "evil": html.page([evil_results()]),
        "compared": html.page([], comparison_of(150, 60)),
        "many": html.page([talk(500, 30), talk(0)]),
        "short": html.page([*map(shortened, real.runs), evil_results()], real.comparison),
    }


def shortened(results):
    """The same with little said, for what takes its time with each line; a comparison stays with it."""
    for check in results.checks:
        check.transcript = check.transcript[:9]
    return results


@pytest.mark.parametrize("name", ["real", "evil", "compared", "many"])
def test_page_is_whole_and_asks_for_nothing(pages, name):
    page = Reader(pages[name])
    ids, levels = page.values("id"), [int(tag[1]) for tag in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert {"script", "link", "img", "iframe", "object", "base", "form"}.isdisjoint(page.tags)
    assert not [name for _tag, name, _value in page.attributes if name.startswith("on") or name == "src"]
    assert page.values("lang") == ["en"] and len(ids) == len(set(ids))
    assert all(href[0] == "#" and href[1:] in ids for href in page.values("href"))
    assert levels[0] == 1 and all(after - before <= 1 for before, after in pairwise(levels))
    assert {"header", "main", "nav"} <= set(page.tags)
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in page.values("content")


def test_what_a_program_says_stays_text(pages):
    page = pages["evil"]
    assert not re.search(r"[\x00-\x09\x0b-\x1f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", page)
    assert Reader(page).text.count(SAFE) > 20


@pytest.mark.parametrize("name", ["real", "evil", "many"])
def test_pictures_are_harmless_xml_and_tell_their_bytes(pages, name):
    pictures = [ElementTree.fromstring(svg) for svg in re.findall(r"<svg.*?</svg>", pages[name], re.S)]
    assert pictures
    for picture in pictures:
        assert {element.tag.removeprefix(SVG) for element in picture.iter()} <= {
            *("svg", "title", "style", "rect", "g", "text", "path")
        }
        titles = [group.find(f"{SVG}title").text for group in picture.iter(f"{SVG}g")]
        assert len(titles) > 2 and all(titles)


def test_an_event_tells_its_bytes_as_text_and_as_hex_and_how_many():
    short, long = Event(0, "bob", "says", b"<\xff\n", 3), Event(0, "bob", "says", b"y" * 400, 9000)
    assert sequence.bytes_of(short) == "bob says: &lt;\\xff\\n\n3c ff 0a\n3 bytes"
    assert sequence.bytes_of(long).endswith(" 79\nthe first 64 of 9000 bytes")
    assert sequence.bytes_of(Event(0, "", "note", b"it ends")) == "it ends"


def test_without_hover_the_picture_is_the_same_but_for_that():
    events = evil_results().checks[1].transcript
    plain, telling = sequence.draw(events, "t"), sequence.draw(events, "t", hover=True)
    assert re.sub(r"<g><title>.*?</title><rect .*?/>(.*?)</g>", r"\1", telling, flags=re.S) == plain


def test_of_a_long_transcript_the_end_is_shown_and_the_rest_counted(pages):
    page = pages["many"]
    assert page.count('<tr role="row"><td') == 200
    assert "300 events before these are not shown." in page
    assert "26 others are not drawn; the text below has everyone." in page
    assert "Nobody spoke in this check." in page


def test_the_place_of_the_difference_is_marked(pages):
    text = re.sub(r"\s+", " ", Reader(pages["evil"]).text)
    assert text.count(r"(from here on they differ)\x1bbbb") == 4
    assert text.count("▾ here: byte 99 of 1000") == 4
    assert html.parted(difference("x", "🙂ab".encode(), "🙂a".encode()).received, 5) == ("'🙂a", "'")
    assert html.parted(difference("x", b"a", b"").received, 0) == ("", "nothing")


def test_what_it_printed_is_cut_and_says_so():
    assert html.printed(b"listening\n").kept == []
    many = html.printed(b"".join(b"%d\r\n" % n for n in range(100)))
    assert (many.kept[0], len(many.kept), many.left) == ("40", 60, "… 40 lines before these")
    assert html.printed(b"a\n" + b"x" * 1000).kept[1] == "x" * 400 + " … 600 more characters"
    assert html.printed(b"a\n" * 40_000).left == "… many lines before these"


def test_every_verdict_has_a_word(pages):
    text = Reader(pages["evil"]).text
    for state in ("✓ passed", "✗ failed", "? could not tell", "– not run", "! the checker's own fault"):
        assert state in text


def test_the_first_difference_is_marked_once_and_in_words(pages):
    text = Reader(pages["compared"]).text
    assert text.count("first difference") == 1 and text.count("differs") == 0
    assert "… 20 lines before these" in text and "… 51 lines after these" in text
    assert Reader(pages["real"]).text.count("first difference") == 1


def test_the_page_is_in_the_readers_language(pages, monkeypatch):
    class Shouting(words.gettext.NullTranslations):
        def info(self):
            return {"language": "ru"}

        def gettext(self, message):
            return re.sub(r"(\{.*?\})|[^{]", lambda m: m[0] if m[1] else m[0].upper(), message)

        def ngettext(self, one, many, count):
            return self.gettext(one if count == 1 else many)

    monkeypatch.setattr(words, "_catalogue", Shouting())
    page = Reader(html.page([failing(), talk(500, 30)], comparison_of(150, 60)))
    assert page.values("lang") == ["ru"]
    assert set(re.findall("[a-z]{3,}", page.text.replace("From Echo to Chat", ""))) == {
        *"bob other python checker program only seed self".split()
    }


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


@pytest.fixture
def show(browser, tmp_path, pages):
    """Opens a page; in the end it must have asked for nothing but itself, and have complained of nothing."""
    opened, asked, said = [], [], []

    def open_page(name, width=1200, scheme="light", opened_wide=False):
        path = tmp_path / f"{name}.html"
        path.write_text(pages[name], "utf-8")
        page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
        opened.append(page)
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
        page.goto(path.as_uri())
        if opened_wide:
            page.evaluate("for (const details of document.querySelectorAll('details')) details.open = true")
        return page

    yield open_page
    for page in opened:
        page.close()
    assert [url for url in asked if not re.fullmatch(r"file:///[^?]*\.html(#.*)?", url)] == []
    assert len(asked) == len(opened) and said == []


@pytest.mark.parametrize("name", ["real", "evil", "compared", "many"])
def test_a_phone_shows_it_without_scrolling_sideways(show, name):
    page = show(name, width=360, opened_wide=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_link_opens_the_check_that_it_names(show):
    page = show("evil")
    assert page.locator("details.check[open]").count() == 1
    page.locator("nav a").last.click()
    assert page.locator("details.check[open]").count() == 2
    assert page.locator("#check-1-6").is_visible()


REACHED = """() => {
    const at = document.activeElement, box = at.getBoundingClientRect(), style = getComputedStyle(at);
    return [at.outerHTML.slice(0, 200), box.top + scrollY, style.outlineStyle, at.tagName, at.className];
}"""
REACHABLE = """() => [...document.querySelectorAll("a, summary, [tabindex='0']")]
    .filter(one => one.checkVisibility()).map(one => one.outerHTML.slice(0, 200))"""


@pytest.mark.parametrize("name", ["real", "evil"])
def test_everything_is_reached_by_keyboard_in_the_order_in_which_it_stands(show, name):
    page = show(name, width=360)
    due, reached = page.evaluate(REACHABLE), []
    for _each in due:
        page.keyboard.press("Tab")
        reached.append(page.evaluate(REACHED))
    assert [one[0] for one in reached] == due
    assert all(one[1] <= other[1] for one, other in pairwise(reached))
    assert {one[2] for one in reached} == {"solid"}
    kinds = {("A", "skip"), ("A", ""), ("SUMMARY", ""), ("DIV", "scroll")}
    assert {(one[3], one[4]) for one in reached} == kinds


def test_keys_open_a_check_and_scroll_a_picture(show):
    page = show("evil", width=360)
    page.locator("details.check:not([open]) > summary").last.press("Enter")
    assert page.locator("details.check[open]").count() == 2
    picture = page.locator("details.check[open] .scroll").last
    picture.press("ArrowRight")
    page.wait_for_function("one => one.scrollLeft > 0", arg=picture.element_handle(), timeout=SAFETY * 1000)


COLOURS = """() => [...document.querySelectorAll(".scroll text, .scroll path:not(.lane)")].map(one => {
    const style = getComputedStyle(one), ground = getComputedStyle(one.closest(".scroll"));
    return [one.tagName == "text" ? style.fill : style.stroke, ground.backgroundColor];
})"""


def contrast(one, other):
    """WCAG 2.2, contrast ratio, of two colours such as `rgb(1, 2, 3)`."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour):
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(share * part for share, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_pictures_follow_the_dark_and_stay_legible(show):
    """The accessibility checker does not look into pictures."""
    light, dark = (
        set(map(tuple, show("short", scheme=scheme, opened_wide=True).evaluate(COLOURS)))
        for scheme in ("light", "dark")
    )
    assert light.isdisjoint(dark)
    assert all(contrast(*pair) >= 4.5 for pair in light | dark)


@pytest.mark.parametrize(("width", "scheme"), [(1200, "light"), (360, "dark")])
def test_an_accessibility_checker_finds_nothing(show, width, scheme):
    if not os.environ.get("AXE"):
        pytest.skip("AXE does not say where axe.min.js is")
    page = show("short", width, scheme, opened_wide=True)
    page.evaluate(Path(os.environ["AXE"]).read_text("utf-8"))
    rules = "{runOnly: ['wcag2a', 'wcag2aa', 'best-practice']}"
    found = page.evaluate(f"axe.run(document, {rules}).then(found => found.violations)")
    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
