"""Lesson 10 · Last orders: a signal, the last words, a flush with a deadline, the end of every thread."""

import pytest


@pytest.mark.story
def test_everyone_hears(chat, some):
    """On Ctrl-C everyone who is connected hears `* server is closing`, and then the end."""
    text = some.text()
    alice, bob, carol = chat.join("alice", "bob", "carol")
    dora = chat.knocks("dora")

    alice.says(text)
    bob.hears(f"{alice}: {text}")
    carol.hears(f"{alice}: {text}")
    chat.presses_ctrl_c()

    chat.closes_on(alice, bob, carol, dora)


def test_within_a_second(chat):
    """When they hang up in turn, it ends within a second, with exit code 0; so does an empty room."""
    alice, bob, carol = chat.join("alice", "bob", "carol")
    dora = chat.knocks("dora")

    chat.presses_ctrl_c()
    chat.ends_within(1, alice, bob, carol, dora)
    chat.closes_on(alice, bob, carol, dora)

    chat.starts_again()
    chat.presses_ctrl_c()
    chat.ends_within(1)


def test_within_three(chat):
    """It ends within three seconds when one sleeps, one never hangs up, and one is in mid-line."""
    alice, bob, carol = chat.join("alice", "bob", "carol")
    mute = chat.knocks("dora")

    chat.sends_to_sleep(bob)
    chat.jams(bob, alice)
    carol.sends("I wanted to s")
    chat.presses_ctrl_c()

    chat.closes_on(alice, carol, mute)
    chat.ends_within(3)


@pytest.mark.shuffled
def test_what_was_said_before(chat, some):
    """What was said before the signal is heard, also what the server had not read by then."""
    texts, secret = [some.digits(5000) for _ in range(3)], some.text()
    alice, bob, carol = chat.join("alice", "bob", "carol")

    chat.freezes()
    alice.starts_sending("".join(f"{text}\n" for text in texts) + f"/msg {bob} {secret}\n/who\n")
    chat.presses_ctrl_c()
    chat.thaws()

    carol.hears(*[f"{alice}: {text}" for text in texts])
    bob.hears(*[f"{alice}: {text}" for text in texts], f"({alice}) {secret}")
    alice.hears(chat.online(alice, bob, carol))
    chat.closes_on(alice, bob, carol)


def test_what_waits_for_one(chat):
    """One who lags has a second to read what waits for him, and he hears all of it."""
    alice, bob = chat.join("alice", "bob")

    chat.sends_to_sleep(bob)
    chat.jams(bob, alice)
    chat.presses_ctrl_c()
    chat.lets_it_sink_in()

    chat.reads_in_time(bob)
    chat.closes_on(alice, bob)


def test_one_talks_on(chat):
    """One who talks on and on hears the last line, too, and then the end: no reset destroys it."""
    alice, bob = chat.join("alice", "bob")

    chat.talks_without_end(bob)
    chat.presses_ctrl_c()

    chat.closes_on(alice, bob)
    chat.ends_within(3)


def test_later_callers(chat):
    """Once `* server is closing` has been said, nobody is let in any more."""
    alice = chat.join("alice")
    chat.knocks("mute")

    chat.presses_ctrl_c()
    chat.closes_on(alice)

    chat.turns_away("bob")


def test_twice(chat):
    """A second Ctrl-C ends it at once, with any code, whoever it still waits for."""
    alice, bob = chat.join("alice", "bob")

    chat.sends_to_sleep(bob)
    chat.jams(bob, alice)
    chat.presses_ctrl_c()
    alice.hears("* server is closing")
    chat.presses_ctrl_c()

    chat.ends_at_once()


def test_restart(chat):
    """SIGTERM means the same, and then it can be started again at the same port at once."""
    alice, bob = chat.join("alice", "bob")

    chat.asks_to_end()
    chat.closes_on(alice, bob)
    chat.ends_within(1, alice, bob)

    chat.starts_again()
    carol = chat.join("carol")
    chat.asks_to_end()
    chat.closes_on(carol)


def test_no_traceback(chat):
    """It ends without a traceback, whatever each of its threads was doing."""
    alice, bob, carol, dora = chat.join("alice", "bob", "carol", "dora")
    chat.knocks("mute")

    chat.sends_to_sleep(bob)
    chat.jams(bob, alice)
    chat.freezes()
    carol.resets()
    dora.starts_sending("/quit\n")
    alice.starts_sending("half a li")
    chat.presses_ctrl_c()
    chat.thaws()

    chat.closes_at_last_on(alice)
    chat.ends_within(3)
    chat.says_no_traceback()


def test_main_thread_alone(chat):
    """Its threads wait asleep, none of them polls; when the main one is done, no other is left."""
    alice, bob = chat.join("alice", "bob")
    chat.knocks("mute")

    chat.sleeps_soundly(seconds=2.2, wakes=1)
    alice.sends("half a li")
    chat.presses_ctrl_c()

    chat.ends_within(3, bob)
    chat.leaves_no_thread()


@pytest.mark.shuffled
def test_in_a_storm(chat):
    """In a storm of joins and leaves a signal means the same."""
    alice, bob = chat.join("alice", "bob")
    guests = chat.at_the_door(12)

    chat.freezes()
    stay = chat.storm(guests)
    chat.thaws()
    alice.hears_a_line_with(" joined")
    chat.presses_ctrl_c()

    chat.closes_at_last_on(alice, bob, *stay)
    chat.ends_within(3)
    chat.says_no_traceback()
    chat.leaves_no_thread()


@pytest.mark.small_pieces
def test_exam(chat, some):
    """The exam: texts, refusals, a race, bad ends and a sleeper, all in small pieces; then last orders."""
    text, secret, last = some.texts(3)
    alice, bob, carol, eve = chat.join("alice", "bob", "carol", "eve")
    dora = chat.knocks("dora")

    alice.sends(text[:7], text[7:], "\n")
    chat.all_hear(alice, text)
    dora.tries([alice.name.swapcase()], "! name taken")
    dora.tries(some.bad_names(3), "! bad name")
    dora.says(dora.name)
    chat.welcomes(dora)
    bob.says("/whoever", f"/msg {eve} {secret}")
    bob.hears("! unknown command")
    eve.hears(f"({bob}) {secret}")

    chat.will_talk([alice, bob, carol, dora], 25)
    chat.will_visit(6)
    chat.happens_at_once()
    chat.all_hear_one_order()

    chat.breaks_off_while_talked_to(eve, alice, [text])
    carol.sleeps()
    alice.says(last)
    bob.hears(f"{alice}: {last}")
    dora.hears(f"{alice}: {last}")
    dora.sends("half a li")
    chat.presses_ctrl_c()
    chat.closes_on(alice, bob, dora)
    chat.ends_within(3, alice, bob)
    chat.says_no_traceback()
    chat.leaves_no_thread()


def test_imports(source):
    """It is built on socket and threading: no server or event loop from a library does the work."""
    source.imports_no_server()


def play(chat):
    """Alice and Bob talk; Bob is there when the server closes."""
    alice, bob = chat.small_talk()
    chat.presses_ctrl_c()
    chat.closes_on(alice, bob)
