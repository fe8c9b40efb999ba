"""Lesson 07 · People leave badly: resets, silence, a storm of leavers; the rest of the room goes on."""

import pytest

pytestmark = pytest.mark.audited


def test_half_a_line(chat, some):
    """Who leaves in the middle of a line has left, once, and nobody hears the half."""
    alice, bob, carol, dora = chat.join("alice", "bob", "carol", "dora")

    carol.sends(some.text())
    carol.leaves()
    alice.hears(f"* {carol} left")
    bob.hears(f"* {carol} left")
    dora.hears(f"* {carol} left")
    dora.sends(some.text())
    dora.stops_sending()
    dora.hears_the_end()

    alice.hears(f"* {dora} left")
    bob.hears(f"* {dora} left")
    chat.nobody_hears_more(alice, bob)


def test_reset(chat):
    """Who breaks off with a reset has left, once; who does so before the name was never there."""
    alice, bob, carol = chat.join("alice", "bob", "carol")
    dora = chat.knocks("dora")

    chat.nameless_break_off(5)
    dora.resets()
    carol.resets()

    alice.hears(f"* {carol} left")
    bob.hears(f"* {carol} left")
    eve = chat.join("eve")
    chat.nobody_hears_more(alice, bob, eve)


def test_reset_while_talked_to(chat, some):
    """Who breaks off while somebody talks has left, once, and those who stay lose nothing."""
    texts = some.texts(20)
    first, alice, middle, bob, last = chat.join("carol", "alice", "dora", "bob", "eve")

    chat.breaks_off_while_talked_to(middle, alice, texts)
    chat.breaks_off_while_talked_to(first, bob, texts)
    chat.breaks_off_while_talked_to(last, alice, texts)

    chat.nobody_hears_more(alice, bob)


def test_unread(chat, some):
    """Unread data on either side changes nothing: what she said before she left is heard, then `left`."""
    texts = some.texts(50)
    alice, bob, carol, dora = chat.join("alice", "bob", "carol", "dora")

    chat.leaves_with_unread(carol, alice, bob, texts)
    alice.hears(f"* {carol} left")
    bob.hears(f"* {carol} left")
    dora.hears_in_any_order([bob.heard_as(texts[0]), f"* {carol} left"], map(alice.heard_as, texts))
    chat.speaks_and_is_gone(dora, texts)

    alice.hears(*map(dora.heard_as, texts), f"* {dora} left")
    bob.hears(*map(dora.heard_as, texts), f"* {dora} left")
    chat.nobody_hears_more(alice, bob)


def test_killed(chat):
    """When a client's process is killed, its user has left, once, and the name is free at once."""
    alice, bob = chat.join("alice", "bob")

    killed = chat.client_is_killed("carol")

    alice.hears(f"* {killed} left")
    bob.hears(f"* {killed} left")
    again = chat.joins_as(killed)
    chat.nobody_hears_more(alice, bob, again)


def test_storm(chat, some):
    """A hundred break off while two talk: they hear each other, and of each of the hundred once."""
    alice, bob = chat.join("alice", "bob")

    chat.storms(alice, bob, 100, some.texts(10))

    chat.nobody_hears_more(alice, bob)


def test_who_is_true(chat):
    """In whatever way somebody has left, `/who` knows it at once, and the name is free."""
    alice, bob = chat.join("alice", "bob")

    chat.leave_in_every_way(alice, "carol")

    chat.nobody_hears_more(alice, bob)


@pytest.mark.story
@pytest.mark.options("--idle 0.5")
def test_silent(chat):
    """Who sends nothing for as long as `--idle` says, named or not, hears `! idle` and is hung up on."""
    alice, carol = chat.join("alice", "carol")
    chat.keep_sending("\n", alice, carol)
    bob, eve = chat.join("bob"), chat.knocks("eve")

    chat.hangs_up_for_silence(bob, eve)
    bob.hears("! idle")
    bob.hears_the_end()
    eve.hears("! idle")
    eve.hears_the_end()

    alice.hears(f"* {bob} left")
    carol.hears(f"* {bob} left")
    chat.nobody_hears_more(alice, carol)


@pytest.mark.story
@pytest.mark.options("--idle 0.5")
def test_active(chat):
    """Who sends, be it half a line, is not silent; who only hears is."""
    alice, carol = chat.join("alice", "carol")
    chat.keep_sending("x", alice)
    chat.keep_sending("\n", carol)
    bob = chat.join("bob")

    chat.keep_sending("good morning\n", carol)
    chat.hangs_up_for_silence(bob)
    bob.hears_at_last("! idle")
    bob.hears_the_end()
    carol.hears(f"* {bob} left")
    chat.hold_out(alice, carol)
    alice.says("")

    carol.hears(alice.heard_as(alice.begun))


@pytest.mark.options("--idle 0.5")
def test_not_torn(chat):
    """`--idle` is a time for listening: who goes on sending and reads late still hears whole lines."""
    alice = chat.join("alice")
    chat.keep_sending("\n", alice)
    bob = chat.join("bob")

    lines = chat.tells_a_sleeper(bob, alice)

    bob.hears_whole_lines(map(alice.heard_as, lines))


def test_no_traceback(chat):
    """In whatever way people leave, no traceback is printed."""
    alice = chat.join("alice")

    chat.leave_in_every_way(alice, "bob")

    chat.prints_no_traceback()


@pytest.mark.story
@pytest.mark.few_descriptors(40)
def test_no_descriptors(chat, some):
    """When the system has no descriptor for one more caller, those inside go on, and it does not spin."""
    text = some.text()
    alice, bob = chat.join("alice", "bob")

    crowd = chat.more_call_than_it_can_take()
    alice.says(text)
    bob.hears(alice.heard_as(text))
    chat.leave(crowd)

    carol = chat.join("carol")
    chat.nobody_hears_more(alice, bob, carol)


def test_nothing_left_behind(chat):
    """When they have all left, it is at rest, and has as many threads and sockets as before."""
    alice = chat.join("alice")
    chat.counts("threads", "sockets")

    chat.leave_in_every_way(alice, "bob")

    chat.becomes_idle()
    chat.has_no_more("threads", "sockets")


def test_imports(source):
    """It is built on socket and threading: no server or event loop from a library does the work."""
    source.imports_no_server()


def play(chat):
    """Alice and Bob talk; Bob breaks off."""
    alice, bob = chat.small_talk()
    bob.resets()
    alice.hears("* bob left")
