"""What came from a student, made harmless: all text in an export goes through here and nowhere else.

`safe` holds for every form. Where a form reads some characters as its own, it takes `cell`, `code` or
`html` instead; XML and JSON are escaped by the libraries that write them. Only sentences of the checker's
are put into the reader's language: a student may be called like a word of ours.
"""

import re
from html import escape

from grader.results import NOT_RUN
from grader.transcript import readable
from grader.words import _, _n, in_words, told

LONGEST = 500  # characters of one text; what is longer is cut, and says so
# A formula may begin a cell, or stand after what another spreadsheet takes for the end of one; also wide.
FORMULA = re.compile(r'(^|[;,])([\s"]*)(?=[=+\-@＝＋－＠﹦﹢﹣﹫])')


def safe(text):
    """One line without characters that control, hide or turn round: those are shown as \\n or \\u202e.

    They are the categories of Unicode that transcript.readable escapes; among them is all that XML forbids.
    """
    text = in_words(text)
    if len(text) > LONGEST:
        text = text[:LONGEST] + told(_n("… ({count} character)", "… ({count} characters)", len(text)))
    return readable(text)


def said_by(check):
    """What a report says of the check: the headline and the details of its failure, if it has one."""
    if failure := check["failure"]:
        return [safe(told(line)) for line in (failure["headline"], *failure["detail"])]
    return [safe(_("It was not run."))] if check["verdict"] == NOT_RUN else []


def cell(text):
    """For a table that a spreadsheet program may open: no cell in it is a formula.

    What would begin one gets a single quote in front (OWASP, CSV Injection,
    https://owasp.org/www-community/attacks/CSV_Injection). As told there, also after a comma or a
    semicolon: a program that expects the other one begins a new cell there, in spite of the quotes.
    """
    return FORMULA.sub(r"\1\2'", safe(text))


def code(text):
    """For Markdown: a code span, in which nothing is markup, a link, a mention or a reference.

    Two characters would end the span or the cell of a table (GitHub Flavored Markdown, 4.10 and 6.3); they
    become others that look alike.
    """
    text = safe(text).replace("`", "'").replace("|", "¦").strip()
    return f"`{text}`" if text else ""


def prose(text):
    """For Markdown: the instructor's own words, in which no character is markup."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", safe(text))


def html(text):
    """For what its reader shows as HTML, in a table: no element, no formula."""
    return cell(escape(safe(text)))
