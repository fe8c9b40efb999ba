"""Lesson 01 · One caller: an echo server that does not die after its first word."""

import pytest


def test_says_where_it_listens(server):
    """It says where it listens, and a caller gets through."""
    server.caller("alice")


def test_comes_back(server, some):
    """What a caller says comes back to it."""
    alice = server.caller("alice")

    alice.exchanges([some.text()])


def test_fifty_exchanges(server, some):
    """Fifty messages go there and back on one connection."""
    alice = server.caller("alice")

    alice.exchanges(some.texts(50))


def test_all_byte_values(server, some):
    """All 256 byte values come back unchanged, and so do blanks at both ends."""
    alice = server.caller("alice")

    alice.exchanges([some.all_byte_values()])


def test_a_mebibyte(server, some):
    """1 MiB comes back identical while it is still being sent."""
    data = some.bytes(1024 * 1024)
    alice = server.caller("alice")
    alice.exchanges([some.text()])

    alice.starts_sending(data)

    alice.hears(data)


def test_stops_sending(server, some):
    """A caller sends 100 KiB and stops sending: 100 KiB come back, then the end."""
    data = some.letters(100 * 1024)
    alice = server.caller("alice")
    alice.exchanges([some.text()])

    alice.starts_sending(data)
    alice.stops_sending()

    alice.hears(data)
    alice.hears_the_end()


def test_nothing_unasked(server):
    """A caller who says nothing hears nothing but the end."""
    alice = server.caller("alice")

    alice.stops_sending()

    alice.hears_the_end()


@pytest.mark.story
def test_five_callers(server, some):
    """Five callers come one after another, and each is served."""
    server.visitors(5, some)


def test_after_a_reset(server, some):
    """After a caller breaks off with a reset, the next one is served."""
    alice = server.caller("alice")
    alice.exchanges([some.text()])

    alice.resets()

    server.visitors(1, some)


@pytest.mark.story
def test_starts_again(server, some):
    """Stopped while a caller is connected, it starts again on the same port at once."""
    alice = server.caller("alice")
    alice.exchanges([some.text()])

    server.stops()
    server.starts_again()

    server.visitors(1, some)


def test_idle(server, some):
    """It is idle when nobody calls: it waits asleep and does not spin."""
    server.becomes_idle()

    server.visitors(1, some)

    server.becomes_idle()


@pytest.mark.small_pieces
def test_in_small_pieces(server, some):
    """In small pieces: when recv gives little and send takes little, nothing is lost."""
    alice = server.caller("alice")

    alice.exchanges(some.texts(5))
    alice.stops_sending()

    alice.hears_the_end()


def test_imports(source):
    """It is built on socket: no module that is itself a server or an event loop does the work."""
    source.imports_no_server()


def play(server):
    """Alice says two things and hears them come back; then Bob comes."""
    alice = server.caller("alice")
    alice.exchanges(["anyone there?", "привет!"])
    alice.leaves()
    bob = server.caller("bob")
    bob.exchanges(["good bye 👋"])
    bob.leaves()
