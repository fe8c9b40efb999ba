"""For systems that find a student by a name of their own: which rows can be handed to them, and which not.

A row is left out if it has no points yet (an empty cell would wipe out a grade that is there, or become a
zero), if nothing is known by which its student is found, or if two rows would be taken for one student.
"""

import re
from collections import Counter

from grader.classroom.exports.safe import cell, safe
from grader.classroom.scores import score
from grader.words import _


def sorted_out(rows, course, lessons, identify):
    """What to write, as (row, score, names), and what is left, as (row, why).

    `identify` gives a student's names in the other system, one for each of its columns, "" for none.
    """
    scored = [(row, score(row, course, lessons), identify(row.student)) for row in rows]
    shared = names_of_two(names for _row, _score, names in scored)
    kept, left = [], []
    for row, points, names in scored:
        if why := reason_against(points, names, shared):
            left.append((row, why))
        else:
            kept.append((row, points, names))
    return kept, left


def usable(name):
    """The name, if it can be an address or a number; else nothing, so that nobody else is found by it."""
    name = name.strip()
    return name if re.fullmatch(r"[\w.@+/:#-]{1,255}", name) and cell(name) == name else ""


def names_of_two(all_names):
    """Each name that stands twice in its column; capitals make no difference, as in most databases."""
    counted = Counter(key for names in all_names for key in columns(names))
    return {key for key, count in counted.items() if count > 1}


def columns(names):
    return [(column, name.casefold()) for column, name in enumerate(names) if name]


def reason_against(points, names, shared):
    if points.points is None:
        return points.reason
    if not any(names):
        return _("Nothing usable is known by which the student would be found there.")
    twice = [names[column] for column, name in columns(names) if (column, name) in shared]
    return _("Another student has the same {name}.", name=safe(twice[0])) if twice else ""
