"""Collects all that the checker says, and brings the translations up to date with it.

    python tests/kit/catalogue.py            how many messages each catalogue lacks
    python tests/kit/catalogue.py --write    puts new messages into the .po files, and makes the .mo of them

One .po file holds the words of the checker, one those of the class, and one for each lesson what stands in
its checks, mistakes and hints. A translator fills in what is empty; `--write` keeps what is there and drops
what is not said any more.
"""

import io
import sys
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from grader.desk.hints import hints_of  # noqa: E402
from grader.lessons import checked_lessons  # noqa: E402
from grader.mistakes import mistakes_of  # noqa: E402
from grader.words import DOMAIN, LANGUAGES, LOCALES  # noqa: E402

KEYWORDS = {"_": None, "N_": None, "_n": (1, 2)}
NOT_OURS = {"launcher.py", "bench.py", "bench_chat.py", "soak.py"}  # these say nothing to students
CLASS = "classroom"  # the folder of what instructors see, and its catalogue
TEAM = "From Echo to Chat"
HEADER = "# What the checker says. tests/kit/catalogue.py keeps it up to date; CC BY 4.0."
NO_DATE = datetime(2026, 1, 1, tzinfo=UTC)  # a date would change at each writing, and says nothing


def said_by_the_program():
    """Each message in the text of the checker, with the file."""
    files = [ROOT / "checker.py", *sorted((ROOT / "grader").rglob("*.py"))]
    return said_by(file for file in files if file.name not in NOT_OURS and CLASS not in file.parts)


def said_to_instructors():
    """Each message about a class, with the file."""
    return said_by(sorted((ROOT / "grader" / CLASS).rglob("*.py")))


def said_by(files):
    for file in files:
        for _, message, _, _ in extract_from_file("python", file, KEYWORDS):
            yield message, file


def said_by_the_lesson(lesson):
    """Each sentence of its page's title, its checks, mistakes and hints."""
    yield lesson.title, lesson.page
    for sentence in lesson.stories().values():
        yield sentence, lesson.checks
    for mistake in mistakes_of(lesson):
        yield mistake.name, lesson.mistakes
        yield mistake.belief, lesson.mistakes
    for hint in hints_of(lesson).values():
        yield hint.question, lesson.hints
        yield hint.idea, lesson.hints


def templates():
    """What each catalogue must hold, by its name."""
    found = {DOMAIN: catalogue(said_by_the_program()), CLASS: catalogue(said_to_instructors())}
    return found | {f"lesson_{one.number}": catalogue(said_by_the_lesson(one)) for one in checked_lessons()}


def catalogue(messages, locale=None):
    made = Catalog(locale, project="From Echo to Chat", creation_date=NO_DATE, revision_date=NO_DATE)
    for message, file in messages:
        made.add(message, locations=[(file.relative_to(ROOT).as_posix(), 1)])
    return made


def po_file(language, name):
    return LOCALES / language / f"{name}.po"


def mo_file(language):
    return LOCALES / language / "LC_MESSAGES" / f"{DOMAIN}.mo"


def read(language, name):
    """The catalogue that there is; an empty one, if there is none."""
    path = po_file(language, name)
    if not path.exists():
        return catalogue([], language)
    with path.open("rb") as file:
        return read_po(file, language)


def updated(language, name, template):
    """The catalogue with just the messages of the template, and the translations that it had."""
    known = read(language, name)
    known.update(template, no_fuzzy_matching=True)
    known.creation_date = known.revision_date = NO_DATE
    known.fuzzy, known.last_translator, known.language_team = False, TEAM, TEAM
    known.header_comment = HEADER
    return known


def missing(known):
    """The messages that have no translation."""
    return [message.id for message in known if message.id and not is_translated(message)]


def is_translated(message):
    parts = message.string if isinstance(message.string, tuple | list) else [message.string]
    return all(parts) and not message.fuzzy


def compiled(language):
    """The .mo file of all the language's catalogues together, as bytes."""
    whole = catalogue([], language)
    for name in templates():
        for message in read(language, name):
            if message.id and is_translated(message):
                whole.add(message.id, message.string)
    out = io.BytesIO()
    write_mo(out, whole)
    return out.getvalue()


def write(language, name, known):
    path = po_file(language, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, known, width=100, ignore_obsolete=True, include_lineno=False)


def main(writing):
    lacking = 0
    for language in LANGUAGES[1:]:
        for name, template in templates().items():
            known = updated(language, name, template)
            if writing:
                write(language, name, known)
            print(f"{language} {name}: {len(known)} messages, {len(missing(known))} missing")
            lacking += len(missing(known))
        if writing:
            mo_file(language).parent.mkdir(parents=True, exist_ok=True)
            mo_file(language).write_bytes(compiled(language))
    return 1 if lacking else 0


if __name__ == "__main__":
    sys.exit(main("--write" in sys.argv))
