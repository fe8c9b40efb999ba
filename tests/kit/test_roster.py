"""A roster says who is who, however a spreadsheet or a course system writes it."""

import pytest

from grader.classroom.roster import owners, read_roster
from grader.classroom.submissions import collect
from grader.lessons import WrongUse

SERVER = "print('I am a server')\n"
LINES = [
    ["Name", "E-mail", "EMAIL", "ID", "GitHub", "SIS User ID", "Submitted"],
    ["Иванова, Анна", "x", "anna@example.org", "17", "anna-i", "s1", "2026-12-01T23:59:00+03:00"],
    ['Борис "Bo" Белов', "", "", "18", "bo", "s2", ""],
]


NO_COLUMN = "roster.csv has no column called name, email, number, folder, github, username or key."
NO_TIME = (
    "roster.csv, line 2: say when it was submitted with the offset from UTC, as in 2026-12-01T23:59:00+03:00."
)


def csv(lines, delimiter=";"):
    """The lines as a spreadsheet writes them."""
    quoted = [
        [f'"{cell.replace(chr(34), chr(34) * 2)}"' if set(cell) & set(';,\t"\n') else cell for cell in line]
        for line in lines
    ]
    return "".join(delimiter.join(line) + "\r\n" for line in quoted)


@pytest.fixture
def roster(tmp_path):
    """Reads a roster of this text, or of these bytes."""

    def written(text, encoding="utf-8"):
        path = tmp_path / "roster.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return read_roster(path)

    return written


def wrong(call, *arguments):
    with pytest.raises(WrongUse) as error:
        call(*arguments)
    return error.value.args[0]


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251"])
def test_what_a_spreadsheet_writes(roster, encoding, delimiter):
    anna, boris = roster(csv(LINES, delimiter), encoding)
    assert (anna.student.name, anna.student.email, anna.student.number) == (
        "Иванова, Анна",
        "anna@example.org",
        "17",
    )
    assert anna.student.ids == {"E-mail": "x", "SIS User ID": "s1"}
    assert (anna.calls, anna.submitted) == (["anna-i"], "2026-12-01T23:59:00+03:00")
    assert (boris.student.name, boris.submitted) == ('Борис "Bo" Белов', "")


def test_a_header_with_more_commas_than_columns(roster):
    (one,) = roster('name;"points, of 10, late";key\nАнна;1,5;anna\n', "cp1251")
    assert (one.student.name, one.student.ids, one.calls) == (
        "Анна",
        {"points, of 10, late": "1,5"},
        ["anna"],
    )


def test_the_delimiter_that_excel_says(roster):
    assert roster("sep=|\r\nname|key\r\nАнна|anna\r\n")[0].student.name == "Анна"


def test_one_column_empty_lines_and_lines_that_are_short(roster):
    assert [one.student.name for one in roster("\nname\n\nАнна\n\n")] == ["Анна"]
    assert roster("key,name,group\nanna\n,,\n")[0].student.ids == {"group": ""}


def test_what_a_submission_may_be_called(roster):
    assert roster("name,number,email\nАнна,17,a@b.c\n")[0].calls == ["17", "a@b.c", "Анна"]
    assert roster("folder,github,name\nf,g,Анна\n")[0].calls == ["f", "g"]


def test_the_rosters_of_github_classroom_and_moodle(roster):
    (one,) = roster('"identifier","github_username","github_id","name"\n"17","anna","9",""\n')
    assert (one.calls, one.student.ids["github_username"]) == (["anna"], "anna")
    (one,) = roster("Identifier,Full name,Email address\nУчастник 123,Анна,a@b.c\n")
    assert (one.student.name, one.student.email) == ("Анна", "a@b.c")
    assert one.calls == ["participant 123", "a@b.c", "Анна"]
    assert one.student.ids["participant"] == "123"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"", NO_COLUMN),
        (
            b"who,what\na,b\n",
            NO_COLUMN,
        ),
        (b"name\0\n", "roster.csv cannot be read: it is not text in UTF-8, UTF-16 or Windows-1251."),
        (b"name\n\x98\n", "roster.csv cannot be read: it is not text in UTF-8, UTF-16 or Windows-1251."),
        (b"\xff\xfea", "roster.csv cannot be read: it is not text in UTF-8, UTF-16 or Windows-1251."),
        (b"name\n" * 1_000_001, "roster.csv cannot be read: it is larger than 5 MB."),
        (b'name,key\na,b\n"c,d\n', "roster.csv cannot be read: line 3 is not CSV."),
        (b"name,key\na,b,c\n", "roster.csv, line 2: there are more cells than columns."),
        (b"name,group\n,7\n", "roster.csv, line 2: it names nobody."),
        (
            b"key\nanna\nAnna\n",
            "Anna stands in roster.csv twice: give each a folder, username or key of their own.",
        ),
        (
            b"key,submitted\nanna,2026-12-01 23:59\n",
            NO_TIME,
        ),
        (
            b"key,submitted\nanna,yesterday\n",
            NO_TIME,
        ),
    ],
    ids=lambda value: "" if isinstance(value, bytes) else None,
)
def test_a_roster_that_cannot_be_used(roster, text, sentence):
    assert wrong(roster, text) == sentence


def test_a_roster_that_is_not_there(tmp_path):
    sentence = wrong(collect, tmp_path, tmp_path / "work", tmp_path / "roster.csv")
    assert sentence == "roster.csv cannot be read: No such file or directory."


@pytest.mark.parametrize(
    ("titles", "calls", "owned"),
    [
        (["anna", "Boris"], ["Anna", "boris"], ["Anna", "boris"]),
        (["hw-3-anna"], ["anna"], ["anna"]),
        (["hw-john-smith", "hw-smith"], ["smith", "john-smith"], ["john-smith", "smith"]),
        (["hw-john-smith", "hw-anna", "hw-bo"], ["smith", "anna", "bo"], [None, "anna", "bo"]),
        (["hw-john-smith"], ["smith", "john-smith"], ["john-smith"]),
        (["Given Surname_2"], ["Surname Given 2"], ["Surname Given 2"]),
        (["nobody"], ["anna"], [None]),
    ],
)
def test_whose_a_submission_is(roster, titles, calls, owned):
    people = roster("key\n" + "\n".join(calls) + "\n")
    found = owners([[title] for title in titles], people)
    assert [one and one.calls[0] for one in found] == owned


def test_two_of_the_same_name_own_nothing_by_it(roster):
    people = roster("name,number\nAnna,1\nAnna,2\n")
    assert owners([["Anna"], ["2"]], people) == [None, people[1]]


@pytest.fixture
def room(tmp_path):
    """A class with these submissions, and what is collected of it with this roster."""

    def collected(text, *folders):
        for name in folders:
            (tmp_path / "class" / name).mkdir(parents=True)
            (tmp_path / "class" / name / "server.py").write_text(SERVER)
        (tmp_path / "class").mkdir(exist_ok=True)
        (tmp_path / "roster.csv").write_text(text)
        return collect(tmp_path / "class", tmp_path / "work", tmp_path / "roster.csv")

    return collected


def test_who_has_handed_in_nothing_has_a_row(room):
    first, second = room("key,name,submitted\nanna,Анна,\nbo,Борис,2026-12-01T10:00Z\n", "bo")
    assert (first.student.key, first.folder, first.reason) == ("anna", None, "Nothing was handed in.")
    assert (second.student.name, second.submitted) == ("Борис", "2026-12-01T10:00:00+00:00")
    assert second.folder and not second.reason


def test_who_is_not_on_the_roster_has_a_row_too(room):
    assert [one.student.name for one in room("key,name\nanna,Анна\n", "anna", "carl")] == ["Анна", "carl"]


def test_two_submissions_of_one_are_one_row_that_says_so(room):
    (one,) = room("name,number\nAnna Ivanova,17\n", "Ivanova Anna", "17")
    assert (one.folder, one.student.name) == (None, "Anna Ivanova")
    assert one.reason == "There is more than one submission: 17 and Ivanova Anna. Leave the one that counts."


def test_moodle_by_participant_and_by_name(room):
    text = "Identifier,Full name,ID number\nParticipant 7,Anna,1007\n,Vera Bo,1008\n"
    second, first = room(text, "Someone_7_assignsubmission_file_", "Bo Vera_8_assignsubmission_file_")
    assert (first.student.name, first.student.number, first.student.ids["participant"]) == (
        "Anna",
        "1007",
        "7",
    )
    assert (second.student.name, second.student.number, second.student.ids["participant"]) == (
        "Vera Bo",
        "1008",
        "8",
    )
