"""Lesson 09 · The slow reader: one who does not read delays nobody, and is dropped in the end."""

import pytest

pytestmark = pytest.mark.audited
MB, KB = 10**6, 10**3


@pytest.mark.story
def test_sleeper(chat):
    """One reads nothing while 20 MB are said: the others hear all of it, and none of it late."""
    alice, bob, carol, dora = chat.join("alice", "bob", "carol", "dora")

    chat.sends_to_sleep(carol)
    chat.talks(alice, 20 * MB, past=[carol])

    chat.drops(carol)
    chat.nobody_hears_more(alice, bob, dora)


def test_dropped(chat):
    """One for whom more than 8 MiB wait is dropped: the others hear `left` once, and the name is free."""
    alice, bob, carol = chat.join("alice", "bob", "carol")

    chat.sends_to_sleep(carol)
    chat.talks_until_dropped(alice, carol)

    chat.nobody_hears_more(alice, bob)
    chat.answers_who(bob)
    chat.joins_as(carol.name)


def test_memory(chat):
    """Megabytes are whispered to four who sleep: the server's memory grows by less than 200 MB."""
    alice, bob = chat.join("alice", "bob")
    sleepers = chat.sleepers(4)

    chat.counts("memory")
    chat.whispers_until_dropped(alice, bob, *sleepers)

    chat.nobody_hears_more(alice, bob)


def test_pause(chat):
    """One who pauses, and for whom less than 1 MiB waits in however many lines, misses nothing."""
    alice, bob, carol = chat.join("alice", "bob", "carol")

    chat.sends_to_sleep(carol)
    chat.jams(carol, alice)
    chat.talks_in_short_lines(alice, 150 * KB)
    chat.wakes_up(carol)

    chat.nobody_hears_more(alice, bob, carol)


def test_slow_but_steady(chat):
    """One who reads slowly, but reads, stays and misses nothing."""
    alice, bob, carol = chat.join("alice", "bob", "carol")

    chat.sends_to_sleep(carol)
    chat.talks_to_a_slow_one(carol, alice, 12 * MB)
    chat.wakes_up(carol)

    chat.nobody_hears_more(alice, bob, carol)


def test_ten_sleepers(chat):
    """Ten sleep: the others hear everything, and of each of the ten one `left`."""
    alice, bob = chat.join("alice", "bob")
    sleepers = chat.sleepers(10)

    chat.talks_until_dropped(alice, *sleepers)

    chat.nobody_hears_more(alice, bob)


def test_sleeping_talker(chat, some):
    """One who does not read can still speak, and is heard, until dropped."""
    text, private = some.texts(2)
    alice, bob, carol = chat.join("alice", "bob", "carol")

    chat.sends_to_sleep(carol)
    chat.jams(carol, alice)
    carol.says(text, f"/msg {bob} {private}")

    alice.hears(f"{carol}: {text}")
    bob.hears(f"{carol}: {text}", f"({carol}) {private}")
    chat.talks_until_dropped(alice, carol)
    chat.nobody_hears_more(alice, bob)


@pytest.mark.shuffled
@pytest.mark.small_pieces
def test_one_order(chat):
    """While one sleeps, four talk at once: the others hear each line whole, and all in the same order."""
    talkers = chat.join("alice", "bob", "carol", "dora")
    chat.audience(3)
    chat.sleepers(1)

    chat.will_talk(talkers, 15)
    chat.happens_at_once()

    chat.all_hear_one_order()


def test_prefix(chat):
    """What one who was dropped still reads is a beginning of what was due; then the connection ends."""
    alice, bob, carol = chat.join("alice", "bob", "carol")

    chat.sends_to_sleep(carol)
    chat.talks_until_dropped(alice, carol)

    chat.wakes_up_to_the_end(carol)


def test_nothing_left_behind(chat):
    """Of one who was dropped, or who leaves with much unread, no thread and no socket stays behind."""
    alice, bob = chat.join("alice", "bob")
    chat.counts("threads", "sockets")
    carol = chat.join("carol")

    chat.sends_to_sleep(carol)
    chat.talks_until_dropped(alice, carol)
    dora = chat.join("dora")
    chat.sends_to_sleep(dora)
    chat.jams(dora, alice)
    dora.stops_sending()
    chat.drops(dora)

    chat.has_no_more("threads", "sockets")


def test_newcomers_and_who(chat, some):
    """While much waits for one, newcomers are let in, `/who` is answered, and `/msg` comes, all at once."""
    text, private = some.texts(2)
    alice, bob, carol = chat.join("alice", "bob", "carol")

    chat.sends_to_sleep(carol)
    chat.jams(carol, alice)
    dora = chat.join("dora")
    chat.answers_who(dora)
    chat.answers_who(alice)
    dora.says(text, f"/msg {carol} {private}", f"/msg {bob} {private}")

    alice.hears(f"{dora}: {text}")
    bob.hears(f"{dora}: {text}", f"({dora}) {private}")
    chat.nobody_hears_more(alice, bob, dora)


def test_idle(chat):
    """While nobody speaks, all threads sleep, also when something waits for one who does not read."""
    alice, bob, carol = chat.join("alice", "bob", "carol")
    chat.sends_to_sleep(carol)
    chat.jams(carol, alice)

    chat.audience(12)

    chat.sleeps_soundly(seconds=0.5, wakes=10)


def test_imports(source):
    """It is built on socket and threading: no server or event loop from a library does the work."""
    source.imports_no_server()


def play(chat):
    """Alice and Bob talk; Bob breaks off."""
    alice, bob = chat.small_talk()
    bob.resets()
    alice.hears("* bob left")
