"""What the checker says is complete in every language, and says the same."""

import ast
import subprocess
import sys
from string import Formatter

import pytest

from grader.words import LANGUAGES, Sentence, _, _n, all_of, known, told, use
from tests.kit import catalogue
from tests.kit.home import Home
from tests.kit.support import ROOT

OTHERS = LANGUAGES[1:]
SAMPLE = _("{passed} of {all}", passed=1, all=2)


@pytest.fixture(autouse=True)
def english_afterwards():
    yield
    use("en")


def fields(text):
    """The placeholders of a template with their formats, sorted."""
    return sorted(
        (name, spec) for _text, name, spec, _conversion in Formatter().parse(text) if name is not None
    )


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("name", catalogue.templates())
def test_no_message_is_missing(language, name):
    template = catalogue.templates()[name]
    there = catalogue.read(language, name)
    assert {message.id for message in there} == {message.id for message in template}
    assert catalogue.missing(there) == []


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("name", catalogue.templates())
def test_placeholders_agree(language, name):
    for message in catalogue.read(language, name):
        ids = message.id if isinstance(message.id, tuple) else [message.id]
        strings = message.string if isinstance(message.string, tuple) else [message.string]
        for text in strings if message.id else []:
            assert fields(text) == fields(ids[-1]), text


@pytest.mark.parametrize("language", OTHERS)
def test_what_is_used_is_what_the_translators_wrote(language):
    assert catalogue.mo_file(language).read_bytes() == catalogue.compiled(language)


def test_every_message_is_a_literal_that_can_be_collected():
    for file in [ROOT / "checker.py", *(ROOT / "grader").rglob("*.py")]:
        calls = [node for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Call)]
        for call in calls:
            count = {"_": 1, "N_": 1, "_n": 2}.get(getattr(call.func, "id", ""), 0)
            if file.name != "words.py":
                assert all(isinstance(a, ast.Constant) for a in call.args[:count]), f"{file}:{call.lineno}"


def test_a_sentence_is_english_whatever_the_reader_speaks():
    use("ru")
    assert SAMPLE == "1 of 2"
    assert told(SAMPLE) == "1 из 2"


def test_values_that_are_sentences_are_told_too():
    use("ru")
    inner = _n("{count} thread", "{count} threads", 2)
    assert "threads" in all_of([inner, inner])
    assert "threads" not in told(all_of([inner, inner]))


@pytest.mark.parametrize(("count", "word"), [(1, "поток"), (2, "потока"), (5, "потоков"), (21, "поток")])
def test_numbers_have_the_forms_of_the_language(count, word):
    use("ru")
    assert told(_n("{count} thread", "{count} threads", count)) == f"{count} {word}"


def test_a_text_that_is_not_in_the_catalogue_stays_what_it_is():
    use("ru")
    assert told("") == ""
    assert told("Connection refused {x}") == "Connection refused {x}"
    assert told(Sentence("as it is")) == "as it is"


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("ru_RU.UTF-8", "ru"),
        ("Russian_Russia", "ru"),
        ("C", "en"),
        ("de_DE", "en"),
        ("", "en"),
        ("en_GB", "en"),
    ],
)
def test_the_systems_language_is_spoken_if_it_is_known(said, language):
    assert known(said) == language


def test_the_checker_speaks_the_language_that_is_asked_for(tmp_path):
    home = Home(tmp_path)
    home.solve("01")
    for environment, words in (({"LANGUAGE": "ru"}, []), ({}, ["--lang", "ru"])):
        done = home.run("01", *words, **environment)
        assert done.code == 0
        assert done.says("13 из 13"), done.text
    assert home.run("01", "--lang", "en", LANGUAGE="ru").says("13 of 13")


def test_a_language_that_there_is_not_is_wrong_use():
    done = subprocess.run(
        [sys.executable, "checker.py", "--lang", "xx"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "invalid choice: 'xx'" in done.stderr
