"""Lesson 08 · The race: many talk, come, leave and ask at once; one order of things, the same for all."""

import pytest

pytestmark = pytest.mark.audited


@pytest.mark.story
@pytest.mark.raced
def test_one_order(chat):
    """Four talk at once, and four listen: all hear the same lines in the same order."""
    talkers = chat.join("alice", "bob", "carol", "dora")
    chat.group("listener", 4)

    chat.will_talk(talkers, 5)
    chat.happens_at_once()

    chat.all_hear_one_order()


def test_each_line_once(chat):
    """When four talk at once, each line comes whole and once, and each talker's lines in their order."""
    talkers = chat.join("alice", "bob", "carol", "dora")
    chat.group("listener", 2)

    chat.will_talk(talkers, 25)
    chat.happens_at_once()

    chat.all_hear_each_in_turn()
    chat.nobody_hears_more(*talkers[:2])


@pytest.mark.raced
def test_no_line_torn(chat):
    """No line is torn, long or short, said aloud or in private."""
    alice, bob, carol, dora, eve = chat.join("alice", "bob", "carol", "dora", "eve")

    chat.will_talk_long([alice, bob], 2)
    chat.will_whisper(carol, eve, 20)
    chat.will_whisper(dora, eve, 20)
    chat.happens_at_once()

    chat.all_hear_each_in_turn()


@pytest.mark.raced
def test_one_name(chat):
    """When many claim one name at once, in any case, one gets it, and the others hear that it is taken."""
    alice = chat.join("alice")
    chat.group("listener", 2)
    crowd = chat.at_the_door(16)

    chat.claim_at_once(crowd, 3, talker=alice)


@pytest.mark.raced
def test_storm(chat):
    """Guests come, speak and leave while others talk: all who stay hear all of it in one order."""
    talkers = chat.join("alice", "bob")
    chat.group("listener", 2)

    chat.will_talk(talkers, 6)
    chat.will_visit(8)
    chat.happens_at_once()

    chat.all_hear_one_order()
    chat.nobody_hears_more(*talkers)


@pytest.mark.raced
def test_newcomers(chat):
    """Who comes, or asks `/who`, is told who is here at that moment, and hears all that follows."""
    alice, bob, carol = chat.join("alice", "bob", "carol")
    dora, guests = chat.joins_on_a_narrow_way("dora"), chat.group("guest", 3)

    chat.leave_while_asked_for(guests, by=[alice, carol], talker=bob, sleeper=dora)
    chat.will_ask_who(alice, 12)
    chat.will_talk([bob], 5)
    chat.will_visit(5)
    newcomers = chat.will_come(3)
    chat.happens_at_once()

    chat.all_hear_one_order()
    chat.all_are_told_the_truth()
    chat.hear_all_that_follows(newcomers)


@pytest.mark.raced
def test_no_deadlock(chat, some):
    """`/msg` to and fro, and `/quit`, all at once: nobody waits for ever, and nothing breaks."""
    text = some.text()
    alice, bob = chat.join("alice", "bob")
    carol = chat.joins_on_a_narrow_way("carol")
    leavers, guests = chat.group("leaver", 4), chat.group("guest", 4)

    chat.leave_while_whispered_to(guests, by=leavers, talker=alice, sleeper=carol)
    chat.will_whisper(alice, bob, 5)
    chat.will_whisper(bob, alice, 5)
    chat.will_whisper_in_vain(alice, leavers, 5)
    chat.will_quarrel_and_quit(leavers)
    chat.happens_at_once()

    chat.all_hear_each_in_turn()
    bob.says(text)
    alice.hears_at_last(f"{bob}: {text}")
    chat.prints_no_traceback()


def test_half_a_line(chat, some):
    """Whoever has called and says nothing, or sends half a name or half a line, keeps nobody waiting."""
    half, rest, text = some.texts(3)
    alice, bob, carol = chat.join("alice", "bob", "carol")
    dora, eve = chat.knocks("dora"), chat.knocks("eve")

    carol.sends(half)
    dora.sends(dora.name)
    alice.says(text)
    chat.all_hear(alice, text)
    frank = chat.join("frank")
    frank.says("/who")
    frank.hears(chat.online(alice, bob, carol, frank))

    carol.sends(f"{rest}\n")
    chat.all_hear(carol, f"{half}{rest}")
    dora.says("")
    chat.welcomes(dora)
    eve.says(eve.name)
    chat.welcomes(eve)


def test_flood(chat):
    """Two thousand lines of four talkers reach ten listeners, all of them, and in one order."""
    talkers = chat.join("alice", "bob", "carol", "dora")
    chat.group("listener", 10)

    chat.will_talk(talkers, 500)
    chat.happens_at_once()

    chat.all_hear_one_order()


@pytest.mark.small_pieces
def test_small_pieces(chat):
    """In small pieces, too: all hear the same lines, whole, and in the same order."""
    talkers = chat.join("alice", "bob", "carol")
    chat.group("listener", 1)

    chat.will_talk(talkers, 5)
    chat.happens_at_once()

    chat.all_hear_one_order()


def test_imports(source):
    """It is built on socket and threading: no server or event loop from a library does the work."""
    source.imports_no_server()


def play(chat):
    """Alice and Bob talk; Bob leaves with /quit."""
    alice, bob = chat.small_talk()
    bob.says("/quit")
    bob.hears_the_end()
    alice.hears("* bob left")
