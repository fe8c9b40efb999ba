"""Which programs of a class are alike: a listing to look at, and no verdict.

Each program is read as a row of tokens: comments and docstrings are left out, every name is the same name,
every text the same text. What two programs have in common are runs of RUN tokens; those that stand in the
lesson's starter or in the solution of the lesson before are nobody's own and do not count.

No library does it: copydetect, the nearest, was last released in 2024 and compares file with file, and Dolos
and JPlag, which are well kept, need Node and Java; what is needed of them is the standard tokenize and a set.
The idea is that of S. Schleimer, D. Wilkerson, A. Aiken: Winnowing (SIGMOD 2003); programs as short as these
need no sampling, so every run is kept.
"""

import io
import keyword
import tokenize
from dataclasses import dataclass, field
from itertools import combinations, islice

from grader.classroom.submissions import programs
from grader.lessons import Lesson, all_lessons
from grader.source import MAX_FILES, contents
from grader.transcript import readable
from grader.words import _, _n, told

RUN = 15  # tokens, about two lines; independent programs for one lesson share up to a quarter of their runs
LEAST = 20  # common runs that are worth a look: some five lines at a stretch
MOST_TOKENS = 100_000  # of one program; a chat has 3000
PLACES, LISTED = 5, 200  # so many places of a pair, and so many pairs, are shown
BETWEEN = {tokenize.ENCODING, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}  # two statements
UNSEEN = {tokenize.COMMENT, tokenize.NL, tokenize.ENDMARKER}
LETTERS = {}  # a letter for each kind of token, so that a program is a text and a run a piece of it


@dataclass(frozen=True)
class Place:
    """A common stretch: `server.py:10-24` in one program, as in the other."""

    one: str
    other: str
    tokens: int


@dataclass
class Pair:
    """Two programs. `share`: what part of the smaller one's own runs the other has, too."""

    one: str
    other: str
    share: float
    places: list = field(default_factory=list)


@dataclass
class Text:
    """One file as letters, and in which line each stands."""

    name: str
    letters: str
    lines: list

    def runs(self):
        return (self.letters[start : start + RUN] for start in range(len(self.letters) - RUN + 1))

    def lines_of(self, start, size):
        return f"{self.name}:{self.lines[start]}-{self.lines[start + size - 1]}"


def similar(folders, lesson):
    """The pairs among these programs, folders by key, that have something in common; most alike first.

    The first LISTED have their places, too.
    """
    known = set().union(*(runs_of(texts) for texts in given(lesson)))
    programs = {key: read(folder) for key, folder in folders.items()}
    own = {key: runs_of(texts) - known for key, texts in programs.items()}
    pairs = [Pair(*keys, share(*(own[key] for key in keys))) for keys in combinations(sorted(own), 2)]
    found = sorted(
        (pair for pair in pairs if pair.share), key=lambda pair: (-pair.share, pair.one, pair.other)
    )
    for pair in found[:LISTED]:
        common = own[pair.one] & own[pair.other]
        pair.places = places_of(programs[pair.one], programs[pair.other], common)
    return found


def share(one, other):
    """Of the smaller one's runs; 0 if there are too few in common to say anything."""
    common = len(one & other)
    return common / min(len(one), len(other)) if common >= LEAST else 0


def given(lesson):
    """What everybody has got: the lesson's starter, and the solution of the lesson before."""
    earlier = [one for one in all_lessons() if one.number < lesson.number]
    folders = [lesson.folder, *(Lesson(one.number).solution for one in earlier[-1:])]
    return [read(folder) for folder in folders if folder.is_dir()]


def read(folder):
    """The program's files as Texts; what is no Python counts as far as it can be read."""
    paths = islice(sorted(folder.rglob("*.py")), MAX_FILES)
    texts, left = [], MOST_TOKENS
    for path, data in contents(paths).items():
        texts.append(text_of(path.relative_to(folder).as_posix(), islice(tokens(data), left)))
        left -= len(texts[-1].lines)
    return texts


def text_of(name, found):
    found = list(found)
    letters = (LETTERS.setdefault(what, chr(len(LETTERS) + 1)) for what, _line in found)
    return Text(name, "".join(letters), [line for _what, line in found])


def tokens(data):
    """What stands there, and in which line. It runs nothing and builds no tree: this is a stranger's file."""
    is_first = True  # of its statement: a text that stands there is a docstring
    try:
        for token in tokenize.tokenize(io.BytesIO(data).readline):
            if token.type in BETWEEN:
                is_first = True
            elif token.type not in UNSEEN:
                if not (is_first and token.type == tokenize.STRING):
                    yield meaning(token), token.start[0]
                is_first = False
    except (tokenize.TokenError, SyntaxError, ValueError):
        return


def meaning(token):
    """The same for all names, all texts, all numbers."""
    if token.type == tokenize.NAME:
        return token.string if keyword.iskeyword(token.string) else "name"
    kind = tokenize.tok_name[token.type]
    if "STRING" in kind:  # since Python 3.12 a text with values in it is of several tokens
        return "text"
    return "number" if kind == "NUMBER" else token.string


def runs_of(texts):
    return {run for text in texts for run in text.runs()}


def places_of(one, other, common):
    """The longest stretches of these common runs: where they stand in the one, and where in the other."""
    where = {run: (text, start) for text in other for start, run in enumerate(text.runs()) if run in common}
    found = [place for text in one for place in stretches(text, where)]
    return sorted(found, key=lambda place: (-place.tokens, place.one))[:PLACES]


def stretches(text, where):
    """Goes through the text; at each common run, as far as the other text goes on in the same way."""
    start, runs = 0, list(text.runs())
    while start < len(runs):
        if runs[start] not in where:
            start += 1
            continue
        twin, there = where[runs[start]]
        size = alike(text.letters[start:], twin.letters[there:])
        yield Place(text.lines_of(start, size), twin.lines_of(there, size), size)
        start += size


def alike(one, other):
    """How many letters they begin with in common."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))


NO_VERDICT = (
    _("Programs that are alike, to look at. This is no verdict: who has learned the same writes alike."),
    _("The share is the part of the smaller program that the other has, too, names and comments aside;"),
    _("what the starter and the last lesson's solution give to everyone is left out of it."),
    _("Right programs that were written independently have reached 27 %, and short ones may reach more."),
    "",
    _("What it cannot see:"),
    _("- who has it from whom, or whether both have it from a lecture, a book, or work that you allowed;"),
    _("- what comes from outside this class: earlier years, the web, a language model;"),
    _("- the same idea in other statements, or in another order inside a function;"),
    _("- names, texts, numbers and comments: it does not look at them, and they may say most."),
)


def write(pairs, path):
    """Writes the listing as plain text, in the reader's language, in one step."""
    lines = [*NO_VERDICT, *(line for pair in pairs[:LISTED] for line in shown(pair))]
    if len(pairs) > LISTED:
        left = len(pairs) - LISTED
        lines += ["", _n("{count} more pair is less alike.", "{count} more pairs are less alike.", left)]
    if not pairs:
        lines += ["", _("No two programs have anything in common that is worth a look.")]
    new = path.with_suffix(".new")
    new.write_text("".join(f"{told(line)}\n" for line in lines), "utf-8")
    new.replace(path)


def shown(pair):
    """The pair, and below it the places where one can look."""
    yield ""
    yield f"{pair.share:4.0%}  {readable(pair.one)}  {readable(pair.other)}"
    for place in pair.places:
        one, other = readable(place.one), readable(place.other)
        yield _("      {one} is like {other}: {count} tokens", one=one, other=other, count=place.tokens)


def write_all(submissions, lessons, folder):
    """A listing for each lesson, of all who have handed in a program of it; the paths."""
    written = []
    for lesson in lessons:
        handed_in = {one.student.key: programs(one.folder, [lesson]) for one in submissions if one.folder}
        folders = {key: found[lesson.number] for key, found in handed_in.items() if found}
        written.append(folder / f"similar_{lesson.number}.txt")
        write(similar(folders, lesson), written[-1])
    return written
