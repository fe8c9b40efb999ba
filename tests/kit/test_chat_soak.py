"""The finished chat keeps its word to fifty people for a minute; and the soak would see it if it did not."""

import sys

import pytest

from tests.kit import chat_soak

SECONDS = 60


class Heard:
    """A person, and the lines that the chat made it hear."""

    def __init__(self, name, said, lines):
        self.name, self.said, self._lines = name, said, lines

    def lines(self):
        return self._lines


def line(name, number, words="привет"):
    text = f"{number} {words}"
    return f"{name}: {text} {chat_soak.checksum(name, text)}"


ONE, TWO, THREE = (line("h0", number) for number in (1, 2, 3))
OTHER = line("c0", 1)


def complaints(*heard_by_each):
    """What the soak says of what h1, h2, … heard; h0 has said three lines."""
    people = [Heard("h0", 3, [])]
    people += [Heard(f"h{number}", 0, list(lines)) for number, lines in enumerate(heard_by_each, 1)]
    return chat_soak.complaints(people)


def test_all_lines_once_in_one_order_are_all_one_can_ask():
    assert (
        complaints(["* online: h0 h1", ONE, OTHER, TWO, "* c0 left", THREE], [ONE, OTHER, TWO, THREE]) == []
    )


@pytest.mark.parametrize(
    "lines, complaint",
    [
        ([ONE, THREE], "h1 heard 2 lines of h0's, and not 1 to 3"),
        ([ONE, TWO, TWO, THREE], "h1 heard twice: ('h0', 2)"),
        ([ONE, THREE, TWO], "h1 heard 3 lines of h0's, and not 1 to 3"),
        ([ONE, TWO, THREE.replace("вет", "в")], "h1 heard a torn line"),
        ([ONE, TWO, THREE, "h0: 4 при"], "h1 heard a torn line"),
        ([ONE, TWO, THREE, "! unknown command"], "h1 heard a torn line"),
    ],
)
def test_what_is_lost_doubled_reordered_or_torn_is_seen(lines, complaint):
    assert complaint in "\n".join(complaints(lines))


def test_two_orders_are_seen():
    orders = complaints([ONE, OTHER, TWO, THREE], [ONE, TWO, OTHER, THREE])
    assert "h2 and h1 heard the same lines in different orders" in orders


@pytest.mark.skipif(sys.platform == "win32", reason="counts descriptors, as POSIX systems do")
def test_a_minute_of_fifty_people():
    found, figures = chat_soak.run(chat_soak.ROOT / "solutions/10", SECONDS, 50, seed=7)
    assert found == [], figures
    assert figures["visits"] > SECONDS and figures["lines heard by the healthy"] > 1000 * SECONDS
