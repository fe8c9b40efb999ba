"""Lesson 04 · Where does a message end? Whole lines reach the others, however the network cuts and glues."""

import pytest


def test_cut_anywhere(line_room, some):
    """The same lines come out wherever the bytes are cut in two."""
    number = some.digits(3)
    alice, bob = line_room.join("alice", "bob")

    line_room.cuts_everywhere(
        f"{number}\r\nпри\n\n🙂 b\n", [number, "при", "", "🙂 b"], talker=alice, listener=bob
    )


def test_byte_by_byte(line_room, some):
    """A line that arrives byte by byte is one line."""
    text = some.text()
    alice, bob = line_room.join("alice", "bob")

    alice.sends(*some.bytes_of(f"{text}\n".encode()))

    bob.hears(text)


def test_three_in_one_segment(line_room, some):
    """Three lines that arrive in one segment, with the beginning of a fourth, are three lines."""
    one, two, three, four = some.texts(4)
    alice, bob, carol = line_room.join("alice", "bob", "carol")

    alice.sends(f"{one}\r\n{two}\r\n{three}\n{four}")
    bob.hears(one, two, three)
    carol.hears(one, two, three)
    bob.hears_nothing_yet(witness=carol)
    alice.sends("!\n")

    bob.hears(four + "!")


@pytest.mark.story
def test_one_in_three_segments(line_room, some):
    """One line that arrives in three segments is one line: nobody hears half of it."""
    number = some.digits(4)
    alice, bob, carol = line_room.join("alice", "bob", "carol")

    alice.sends("good mor")
    bob.hears_nothing_yet(witness=carol)
    alice.sends(f"ning, is any{number}")
    bob.hears_nothing_yet(witness=carol)
    alice.sends("one there?\n")

    bob.hears(f"good morning, is any{number}one there?")


def test_cut_inside_a_character(line_room, some):
    """Cyrillic and emoji arrive whole when the network cuts inside a character."""
    number = some.digits(4)
    alice, bob = line_room.join("alice", "bob")

    alice.sends(
        b"\xd0", b"\x9f\xd1\x80\xd0", b"\xb8\xd0\xb2\xd0\xb5\xd1\x82 \xf0\x9f", b"\x99\x82 ", number, "\n"
    )

    bob.hears(f"Привет 🙂 {number}")


def test_what_ends_a_line(line_room, some):
    r"""`\r\n` ends a line as `\n` does, an empty line is a line, blanks stay, and nothing else ends one."""
    one, two = some.texts(2)
    alice, bob = line_room.join("alice", "bob")

    alice.sends(f"{one}\r\n\n\r\n  {two}\t \n\n")
    bob.hears(one, "", "", f"  {two}\t ", "")
    alice.sends(f"{one}\x0b{two}\x0c1\x1c2\x1d3\x1e4\x855\u20286\u20297\r8\n")

    bob.hears(f"{one}\x0b{two}\x0c1\x1c2\x1d3\x1e4\x855\u20286\u20297\r8")


def test_halves_do_not_mix(line_room, some):
    """Half a line from Alice and half a line from Carol do not mix."""
    one, two = some.texts(2)
    alice, bob, carol = line_room.join("alice", "bob", "carol")

    alice.sends("alice: ")
    carol.sends("carol: ")
    alice.sends(f"{one}\n")
    bob.hears(f"alice: {one}")
    carol.sends(f"{two}\n")

    bob.hears(f"carol: {two}")


def test_not_utf8(line_room, some):
    """A line that is not UTF-8 hurts nobody: the next line arrives, from its talker and from others."""
    one, two = some.texts(2)
    alice, bob, carol = line_room.join("alice", "bob", "carol")

    alice.sends(b"caf\xe9 \xff\xfe \xd0\n")
    alice.says(one)
    bob.hears_at_last(one)
    carol.says(two)

    bob.hears(two)


def test_unfinished_line(line_room, some):
    """A last line without an end is dropped when its talker stops."""
    one, two = some.texts(2)
    alice, bob, carol = line_room.join("alice", "bob", "carol")

    alice.sends(f"{one}\n{two}")
    alice.stops_sending()
    alice.hears_the_end()

    bob.hears(one)
    carol.hears(one)
    bob.hears_nothing_yet(witness=carol)


def test_too_long(line_room, some):
    """A line of 65 536 bytes arrives; a longer one, or one without end, is refused, closed, and not kept."""
    longest = some.letters(65_535).decode()
    alice, bob, carol, dora = line_room.join("alice", "bob", "carol", "dora")
    dora.sends(f"hi\n{longest}\nthere\n")
    alice.hears("hi", longest, "there")
    bob.hears("hi", longest, "there")
    carol.hears("hi", longest, "there")
    dora.sends("я" * 32_768 + "\n")
    dora.hears("! line too long")
    dora.is_hung_up_on()
    line_room.counts("memory")

    line_room.says_without_end(alice)
    alice.hears("! line too long")
    alice.is_hung_up_on()

    bob.hears_nothing_yet(witness=carol)
    line_room.has_no_more("memory")


def test_many_lines(line_room, some):
    """Many short lines that come together take time in proportion to their number, and no more."""
    line_room.costs_no_more(some.short_lines(25_000))


@pytest.mark.segmented
def test_in_small_pieces(line_room, some):
    """Whole, glued, cut anywhere, or in small pieces: Bob and Carol hear the same lines."""
    one, two, three = some.texts(3)
    alice, bob, carol = line_room.join("alice", "bob", "carol")

    alice.says(one, two)
    bob.hears(one, two)
    carol.hears(one, two)
    carol.says(three)

    bob.hears(three)
    alice.hears(three)


def test_imports(source):
    """It is built on socket and threading: no server or event loop from a library does the work."""
    source.imports_no_server()


def play(line_room):
    """Alice and Bob talk."""
    alice, bob = line_room.join("alice", "bob")
    alice.says("anyone there?")
    bob.hears("anyone there?")
    bob.says("привет, Alice!")
    alice.hears("привет, Alice!")
    bob.says("good bye 👋")
    alice.hears("good bye 👋")
    bob.leaves()
