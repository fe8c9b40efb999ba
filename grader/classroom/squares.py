"""The cells of the class report's map: a colour and a sign for each verdict; what has not passed has a link.

There may be forty thousand, so each that is like another is made once; report.html only puts them in.
"""

from markupsafe import Markup

from grader.classroom import overview
from grader.reports import html, terminal
from grader.results import PASSED
from grader.words import told

ABSENT = Markup('<td class="absent begins" colspan="{}"><span class="aloud">{}</span></td>')
SQUARE = Markup('<td class="{kind}" title="{title}">{mark}</td>')
LINK = Markup('<a href="{page}#{at}" tabindex="-1">{mark}</a>')


class Squares:
    """Makes the cells of the map. `groups`: its columns, as overview.by_lesson has them."""

    def __init__(self, groups):
        self._groups, self._known = groups, {}

    def __call__(self, one):
        """All cells of the person's row."""
        found = overview.verdicts(one.row)
        return Markup().join(self._of_lesson(one, group, found) for group in self._groups)

    def _of_lesson(self, one, group, found):
        keys = [(each.column.lesson, each.column.number) for each in group]
        if not any(key in found for key in keys):
            return ABSENT.format(len(keys), told(overview.KINDS[overview.ABSENT]))
        return Markup().join(self._square(one, key, found.get(key)) for key in keys)

    def _square(self, one, key, verdict):
        if (key, verdict) not in self._known:
            self._known[key, verdict] = square(key, verdict)
        made = self._known[key, verdict]
        return made if verdict in (PASSED, None) else made.format(page=one.page)


def square(key, verdict):
    """A cell of the map; what has not passed links to the place in a page that is still to be put in."""
    lesson, number = key
    kind, word = html.STATES.get(verdict, ("absent", ""))
    mark = terminal.MARKS[verdict][0] if verdict else ""
    if verdict not in (PASSED, None):
        mark = LINK.format(page=Markup("{page}"), at=place(lesson, number), mark=mark)
    begins = " begins" if number == 1 else ""
    return SQUARE.format(kind=kind + begins, title=f"{lesson}.{number} {told(word)}", mark=mark)


def place(lesson, number):
    """Where a check stands on a student's page."""
    return f"check-{lesson}-{number}"
