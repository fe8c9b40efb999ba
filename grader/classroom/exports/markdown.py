"""The class as a page of Markdown, for the summary of a job on GitHub:

    cat grades/summary.md >> "$GITHUB_STEP_SUMMARY"

The form is GitHub Flavored Markdown, and the size that of "Workflow commands for GitHub Actions", section
Adding a job summary, https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands:
one step may add 1 MiB, and what is larger is thrown away as a whole, so the table is cut in time, and says
so. Whoever may see the repository may see the summary: students stand there by their keys, without names
and addresses.
"""

from grader.classroom.exports.files import replace
from grader.classroom.exports.safe import code, prose
from grader.classroom.rows import UNREADABLE
from grader.classroom.scores import score
from grader.words import _, _n, told

LIMIT = 1024 * 1024  # bytes


def write(rows, course, lessons, path):
    scored = [(row, score(row, course, lessons)) for row in rows]
    title = course.title or told(_("Gradebook"))
    lines = [f"# {prose(title)}", "", told(counts(scored)), ""]
    lines += waiting([pair for pair in scored if pair[1].points is None])
    lines += table([pair for pair in scored if pair[1].points is not None], lessons)
    replace(path, fitting(lines, LIMIT).encode())
    return []


def counts(scored):
    """How many there are, and how many of them have no points or could not be read."""
    return _(
        "{all} submissions: {points} with points, {unreadable} of them unreadable; {waiting} without yet.",
        all=len(scored),
        points=sum(points.points is not None for _row, points in scored),
        unreadable=sum(row.state == UNREADABLE for row, _points in scored),
        waiting=sum(points.points is None for _row, points in scored),
    )


def waiting(scored):
    """Those without points, apart from the others."""
    if not scored:
        return []
    head = [_("student"), _("why there are no points yet")]
    return [*rows_of(head, [[code(row.student.key), remark(points)] for row, points in scored]), ""]


def table(scored, lessons):
    head = [_("student"), _("points"), _("of"), *(lesson.number for lesson in lessons), _("remarks")]
    return rows_of(head, [cells(row, points) for row, points in scored])


def cells(row, points):
    parts = [f"{part.passed}/{part.checks}" if part.is_there else "–" for part in points.parts]
    return [code(row.student.key), str(points.points), str(points.of), *parts, remark(points)]


def remark(points):
    return code(told(points.reason or points.late))


def rows_of(head, rows):
    """A table of these cells, which are Markdown already."""
    return [joined(told(word) for word in head), joined("---" for _word in head), *map(joined, rows)]


def joined(cells):
    return f"| {' | '.join(cells)} |"


def fitting(lines, limit):
    """The lines as text, as many as there is room for; if that is not all, how many are missing."""
    whole = "".join(f"{line}\n" for line in lines)
    if len(whole.encode()) <= limit:
        return whole
    room, kept = limit - 200, []  # for the sentence about the others
    for line in lines:
        room -= len(line.encode()) + 1
        if room < 0:
            break
        kept.append(line)
    others = len(lines) - len(kept)
    more = told(_n("{count} line more has no room here.", "{count} lines more have no room here.", others))
    return "".join(f"{line}\n" for line in (*kept, "", more))
