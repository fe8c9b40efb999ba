"""The class as JUnit XML, for what shows results of tests: a suite for each student, a case for each check.

There is no standard. The form is what three readers agree in: the schema of Jenkins's xunit plugin
(junit-10.xsd, https://github.com/jenkinsci/xunit-plugin/blob/master/src/main/resources/org/jenkinsci/
plugins/xunit/types/model/xsd/junit-10.xsd), GitLab (Unit test reports,
https://docs.gitlab.com/ci/testing/unit_test_reports/) and what GitHub's actions make of such files. GitLab
shows an element's text and no `message`, so both say the headline; it calls a suite by the cases'
`classname`, so the student's key is in that, too.

A check that could not be told is `skipped`, with its message: `error` is counted with the failures by most
readers, and a student must not look failed for a machine that was busy. The checker's own fault is an
`error`, for that needs a person. A check that was not run is a failure: it brings no points either.
"""

from xml.etree import ElementTree as Xml

from grader.classroom.exports.files import replace
from grader.classroom.exports.safe import safe, said_by
from grader.classroom.rows import GRADED, UNREADABLE
from grader.classroom.scores import checks_of, score
from grader.results import BROKEN, FAILED, INCONCLUSIVE, NOT_RUN
from grader.words import _, told

ELEMENTS = {FAILED: "failure", NOT_RUN: "failure", INCONCLUSIVE: "skipped", BROKEN: "error"}
COUNTED = {"tests": "testcase", "failures": "failure", "errors": "error", "skipped": "skipped"}


def write(rows, course, lessons, path):
    root = Xml.Element("testsuites", name=safe(course.title or "From Echo to Chat"))
    root.extend(suite(row, score(row, course, lessons), lessons) for row in rows)
    count(root, "tests", "failures", "errors")
    Xml.indent(root)
    replace(path, Xml.tostring(root, "utf-8", xml_declaration=True) + b"\n")
    return []


def suite(row, points, lessons):
    """One student's checks; a single case with the reason, if there are none."""
    key = safe(row.student.key)
    made = Xml.Element("testsuite", name=key, time=f"{row.seconds:.3f}")
    made.append(properties(row, points))
    if row.state == GRADED:
        made.extend(case for lesson in lessons for case in cases(key, lesson, row))
    else:
        verdict = FAILED if row.state == UNREADABLE else INCONCLUSIVE
        made.append(case(key, _("The submission"), 0, verdict, row.state, [safe(told(points.reason))]))
    count(made, *COUNTED)
    return made


def properties(row, points):
    made = Xml.Element("properties")
    known = {
        "name": row.student.name,
        "number": row.student.number,
        "points": "" if points.points is None else str(points.points),
        "of": str(points.of),
        "late": points.late,
    }
    made.extend(Xml.Element("property", name=name, value=safe(value)) for name, value in known.items())
    return made


def cases(key, lesson, row):
    """Those of one lesson; a single one if it was not handed in."""
    checks, kind = checks_of(row, lesson), f"{key}.{lesson.number}"
    if checks is None:
        name = _("Lesson {number}", number=lesson.number)
        yield case(kind, name, 0, FAILED, NOT_RUN, [safe(_("Nothing was handed in for this lesson."))])
        return
    for check in checks:
        what = check["failure"]["kind"] if check["failure"] else check["verdict"]
        name = f"{check['number']} {told(check['sentence'])}"
        yield case(kind, name, check["milliseconds"], check["verdict"], what, said_by(check))


def case(kind, name, milliseconds, verdict, what, said):
    """`what` is the kind of failure, and `said` its lines, harmless already."""
    made = Xml.Element("testcase", classname=kind, name=safe(name), time=f"{milliseconds / 1000:.3f}")
    if element := ELEMENTS.get(verdict):
        lines = said or [safe(told(what))]
        Xml.SubElement(made, element, type=safe(what), message=lines[0]).text = "\n".join(lines)
    return made


def count(element, *attributes):
    """Notes how many cases and verdicts are in it."""
    for attribute in attributes:
        element.set(attribute, str(sum(1 for _one in element.iter(COUNTED[attribute]))))
