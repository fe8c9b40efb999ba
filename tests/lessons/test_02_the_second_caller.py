"""Lesson 02 · The second caller waits: a thread for each."""

import pytest


@pytest.mark.story
def test_second_caller(server, some):
    """Bob is served while Alice is connected and silent."""
    server.caller("alice")
    bob = server.caller("bob")

    bob.exchanges([some.text()])


def test_twenty_hear_themselves(server, some):
    """Twenty talk at once, and each hears only itself."""
    crowd = server.crowd(20)

    crowd.exchanges(some)
    crowd.exchanges(some)

    crowd.stops_sending()
    crowd.hears_the_end()


@pytest.mark.shuffled
def test_burst(server, some):
    """Twenty connect in the same moment, and the last of them speaks first."""
    crowd = server.crowd(20)
    crowd.exchanges_backwards(some)
    crowd.leaves()

    again = server.crowd(20)
    again.exchanges_backwards(some)


def test_connect_before_anyone_speaks(server, some):
    """Alice, Bob and Carol connect before anyone speaks; then each is served, twice."""
    alice, bob, carol = server.callers("alice", "bob", "carol")

    alice.exchanges([some.text()])
    carol.exchanges([some.text()])
    bob.exchanges([some.text()])
    alice.exchanges([some.text()])
    carol.exchanges([some.text()])
    bob.exchanges([some.text()])


def test_reset_alone(server, some):
    """When Alice breaks off with a reset, even before she is accepted, Bob does not notice."""
    bob = server.caller("bob")
    bob.exchanges([some.text()])
    server.freezes()

    alice, carol = server.callers("alice", "carol")
    alice.resets()
    server.thaws()

    carol.exchanges([some.text()])
    carol.resets()
    bob.exchanges([some.text()])
    server.visitors(1, some)


def test_not_utf8(server, some):
    """Bytes of Alice's that are no UTF-8 leave Bob alone."""
    alice, bob = server.callers("alice", "bob")
    bob.exchanges([some.text()])

    alice.sends(b"\xff\xfe\xd0")
    server.becomes_idle()

    bob.exchanges([some.text()])
    server.visitors(1, some)


@pytest.mark.small_pieces
@pytest.mark.shuffled
def test_dribble(server, some):
    """Alice speaks byte by byte: hers come back in order, and Bob is not delayed."""
    text = some.letters(300)
    alice, bob = server.callers("alice", "bob")

    alice.says_one_by_one(some.bytes_of(text))
    bob.exchanges([some.text()])

    alice.hears(text)
    alice.stops_sending()
    alice.hears_the_end()


def test_threads_end(server, some):
    """Fifty come and go, and fifty more: no thread is left behind."""
    server.crowd(50).exchanges_and_leaves(some)
    server.counts("threads")

    server.crowd(50).exchanges_and_leaves(some)

    server.has_no_more("threads")


def test_sockets_close(server, some):
    """Fifty come and go, and fifty more: no socket is left behind."""
    server.crowd(50).exchanges_and_leaves(some)
    server.counts("sockets")

    server.crowd(50).exchanges_and_leaves(some)

    server.has_no_more("sockets")


def test_two_hundred(server, some):
    """Two hundred callers come one after another, and each is served."""
    server.visitors(200, some)


def test_idle(server, some):
    """It is idle when everyone is silent, and when everyone has gone."""
    alice, bob = server.callers("alice", "bob")
    bob.exchanges([some.text()])
    alice.exchanges([some.text()])

    server.becomes_idle()
    alice.leaves()
    bob.leaves()

    server.becomes_idle()


def test_imports(source):
    """It is built on socket and threading: no server or event loop from a library does the work."""
    source.imports_no_server()


def play(server):
    """Alice and Bob are there at the same time, and each hears what each has said."""
    alice, bob = server.callers("alice", "bob")
    bob.exchanges(["anyone there?"])
    alice.exchanges(["привет!"])
    bob.exchanges(["good bye 👋"])
    bob.leaves()
    alice.leaves()
