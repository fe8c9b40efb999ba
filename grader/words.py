"""The words that the checker says, in English and in the reader's language.

A sentence is made in English from a template and its values, and keeps both. Whoever shows it asks for it
in the reader's language; what is compared, diagnosed or stored is the same English in every language.
The translations are gettext catalogues; tests/kit/catalogue.py collects what they must hold.
"""

import gettext
import locale
import os
from pathlib import Path

LOCALES = Path(__file__).parent / "locale"
DOMAIN = "checker"
LANGUAGES = ("en", "ru")

_catalogue = gettext.NullTranslations()  # that of the reader's language; English needs none


class Sentence(str):
    """English text that remembers what it was made of."""

    template, plural, values = "", None, {}  # without a template it is its own


def _(template, /, **values):
    """A sentence. The template is a literal, for the catalogue is made from the text of the program."""
    return made(template, template, None, values)


def _n(one, many, count, /, **values):
    """A sentence that depends on a number, which stands in it as {count}."""
    return made(one if count == 1 else many, one, many, values | {"count": count})


def N_(text):
    """The same text, for the catalogue: a key, or one of a table. Whoever shows it asks `told` for it."""
    return text


def made(english, template, plural, values):
    sentence = Sentence(english.format(**values) if values else english)
    sentence.template, sentence.plural, sentence.values = template, plural, values
    return sentence


def all_of(parts):
    """Several sentences or names as one: `a`, `a and b`, `a, b and c`."""
    *first, last = parts
    if not first:
        return last
    sofar = first[0]
    for part in first[1:]:
        sofar = _("{some}, {more}", some=sofar, more=part)
    return _("{some} and {last}", some=sofar, last=last)


def told(text):
    """The text in the reader's language; as it is, if the catalogue has nothing for it."""
    template = getattr(text, "template", "") or text
    if not template:
        return text
    values = getattr(text, "values", None) or {}
    if getattr(text, "plural", None):
        words = _catalogue.ngettext(template, text.plural, values["count"])
    else:
        words = _catalogue.gettext(template)
    return words.format(**{name: in_words(value) for name, value in values.items()}) if values else words


def in_words(value):
    return told(value) if isinstance(value, Sentence) else value


def use(language=None):
    """From now on `told` speaks this language; None: that of the system, if we have it, or else English."""
    global _catalogue
    language = language or of_the_system()
    _catalogue = gettext.translation(DOMAIN, LOCALES, [language], fallback=True)
    os.environ["LANGUAGE"] = language  # argparse asks gettext itself for its few words
    gettext.bindtextdomain(DOMAIN, LOCALES)
    gettext.textdomain(DOMAIN)


def language():
    """The language in which `told` speaks now: that of the catalogue, and English without one."""
    return _catalogue.info().get("language", "en")


def of_the_system():
    """The language of this system's messages as one of LANGUAGES (POSIX.1-2024, XBD 8.2, and LANGUAGE)."""
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if said := os.environ.get(name):
            return known(said)
    return known(locale.getlocale()[0] or "")  # on Windows it reads as Russian_Russia


def known(said):
    return next((language for language in LANGUAGES if said.lower().startswith(language)), "en")
