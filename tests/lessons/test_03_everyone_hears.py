"""Lesson 03 · Everyone hears: what one says reaches all the others, whoever else comes, goes or dies."""

import pytest


@pytest.mark.story
def test_reaches_the_others(room, some):
    """What Alice says reaches Bob, and Carol, who has never said a word."""
    text = some.text()
    alice, bob = room.join("alice", "bob")
    carol = room.listener("carol")

    alice.sends(text)

    bob.hears(text)
    carol.hears(text)


def test_not_the_talker(room, some):
    """Alice does not hear herself."""
    text = some.text()
    alice, bob = room.join("alice", "bob")

    alice.sends(text)

    bob.hears(text)
    alice.hears_nothing_else(witness=bob)


@pytest.mark.shuffled
def test_in_order(room, some):
    """A thousand numbered chunks arrive complete and in order."""
    chunks = some.numbered(1000)
    alice, bob = room.join("alice", "bob")

    alice.says_one_by_one(chunks)

    bob.hears(b"".join(chunks))


def test_newcomer(room, some):
    """A newcomer hears what is said from then on, and nothing that was said before."""
    early, late = some.texts(2)
    alice, bob = room.join("alice", "bob")
    alice.sends(early)
    bob.hears(early)

    carol = room.join("carol")
    alice.sends(late)

    carol.hears(late)


def test_after_one_leaves(room, some):
    """After Bob has left, Carol still hears Alice."""
    text, more = some.texts(2)
    long = some.letters(2**16) * 80  # 5 MiB: more than the system takes for one who does not read
    alice, bob, carol, dora, eve = room.join("alice", "bob", "carol", "dora", "eve")

    bob.leaves()
    alice.sends(text)
    carol.hears(text)
    alice.sends(more)
    carol.hears(more)
    eve.hears(text + more)
    room.leaves_while_one_lags(dora, carol, alice, long)

    carol.hears(long)
    eve.hears(long)


@pytest.mark.shuffled
def test_five_leave(room, some):
    """Five leave while Alice talks, some with a reset: those who stay lose nothing."""
    last = some.text()
    alice = room.join("alice")
    leavers, stayers = room.alternating(5)

    room.lets_go_one_by_one(leavers, stayers, alice, some)
    alice.sends(last)

    stayers.hears_through_murmur(last)


@pytest.mark.shuffled
def test_dead_receiver(room, some):
    """Alice speaks while Dora, first in line, has just died: Bob and Carol, behind her, still hear."""
    text, last = some.texts(2)
    dora, alice, bob, carol = room.join("dora", "alice", "bob", "carol")

    room.meets_a_dead_one(dora, alice, text)
    alice.sends(last)

    bob.hears_through(text + last, murmur=b".")
    carol.hears_through(text + last, murmur=b".")


def test_lone_talker(room, some):
    """One who talks alone in the room crashes nothing: Bob, who joins later, hears her."""
    text = some.text()
    alice = room.enters("alice")
    alice.sends(some.text())
    room.becomes_idle()

    bob = room.join("bob")
    alice.sends(text)

    bob.hears(text)


@pytest.mark.shuffled
def test_two_at_once(room, some):
    """Two talk at once: Carol hears every byte of both."""
    small, capital = some.letters(60_000), some.capitals(60_000)
    alice, bob, carol = room.join("alice", "bob", "carol")

    alice.starts_sending(small)
    bob.starts_sending(capital)

    carol.hears_both(small, capital)


def test_a_mebibyte(room, some):
    """1 MiB of any bytes reaches everyone unchanged."""
    data = some.bytes(1024 * 1024)
    alice, bob, carol = room.join("alice", "bob", "carol")

    alice.starts_sending(data)

    bob.hears(data)
    carol.hears(data)


def test_a_hundred_come_and_go(room, some):
    """A hundred come, hear and go, some with a reset: no thread and no socket is left behind."""
    alice, bob = room.join("alice", "bob")
    room.crowd(50).hears_and_leaves(alice, some)
    room.counts("threads", "sockets")

    room.crowd(50).hears_and_leaves(alice, some)

    room.has_no_more("threads", "sockets")


@pytest.mark.small_pieces
def test_in_small_pieces(room, some):
    """In small pieces: when recv gives little and send takes little, Bob and Carol lose nothing."""
    text, answer = some.texts(2)
    alice, bob, carol = room.join("alice", "bob", "carol")

    alice.sends(text)
    bob.hears(text)
    carol.hears(text)

    bob.sends(answer)
    carol.hears(answer)
    alice.hears(answer)


def test_imports(source):
    """It is built on socket and threading: no server or event loop from a library does the work."""
    source.imports_no_server()


def play(room):
    """Alice and Bob talk."""
    alice, bob = room.join("alice", "bob")
    alice.sends("anyone there?\n")
    bob.hears("anyone there?\n")
    bob.sends("привет, Alice!\n")
    alice.hears("привет, Alice!\n")
    bob.sends("good bye 👋\n")
    alice.hears("good bye 👋\n")
    bob.leaves()
