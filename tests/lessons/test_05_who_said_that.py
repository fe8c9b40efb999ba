"""Lesson 05 · Who said that? A protocol: names, texts, notices, refusals, private texts, commands."""

import pytest


@pytest.mark.shuffled
def test_asks_welcomes_announces(chat):
    """It asks for a name, welcomes with `* online: …`, and announces once; who is announced is there."""
    alice, bob = chat.join("alice", "bob")
    chat.audience(7)

    chat.greets_newcomers(alice, 4)

    chat.nobody_hears_more(alice, bob)


@pytest.mark.story
def test_signed(chat, some):
    """Text arrives as `alice: text`, with its blanks and braces as they are; an empty line is ignored."""
    text, odd = some.text(), some.odd_text()
    alice, bob, carol = chat.join("alice", "bob", "carol")

    alice.says(text, "", odd)

    bob.hears(f"{alice}: {text}", f"{alice}: {odd}")
    carol.hears(f"{alice}: {text}", f"{alice}: {odd}")
    chat.nobody_hears_more(alice, bob, carol)


def test_name_and_text_glued(chat, some):
    """Name and text that come in one segment are a name and a text."""
    text = some.text()
    alice = chat.join("alice")
    bob = chat.knocks("bob")

    bob.sends(f"{bob}\n{text}\n")

    chat.welcomes(bob)
    alice.hears(f"{bob}: {text}")


def test_taken(chat, some):
    """A name that somebody bears is refused, written in any case or form; another one is then welcome."""
    name, alike = some.name_and_lookalikes()
    alice = chat.joins_as(name)
    bob = chat.knocks("bob")

    bob.tries(alike, "! name taken")
    bob.says(bob.name)

    chat.welcomes(bob)
    chat.nobody_hears_more(alice, bob)


def test_bad_names(chat, some):
    """A bad name is refused, as often as one tries; 16 letters of any script are a good one."""
    long, decomposed = some.longest_name()
    alice = chat.join("alice")
    bob, carol = chat.knocks("bob"), chat.knocks("carol")

    bob.tries(some.bad_names(8), "! bad name")
    bob.says(bob.name)
    chat.welcomes(bob)
    carol.tries([f"{long}x"], "! bad name")
    carol.says(decomposed)

    carol.hears_a_line_with("* online: ")
    alice.hears_a_line_with(" joined")


def test_nobody_hears_of_the_nameless(chat, some):
    """Nobody hears of one who has not given a name, and such a one hears nothing."""
    text, more = some.texts(2)
    alice, bob = chat.join("alice", "bob")
    dora, eve = chat.knocks("dora"), chat.knocks("eve")

    alice.says(text)
    bob.hears(f"{alice}: {text}")
    eve.leaves()
    bob.says(more)
    alice.hears(f"{bob}: {more}")
    dora.says(dora.name)

    chat.welcomes(dora)
    chat.nobody_hears_more(alice, bob, dora)


def test_joined_first_left_last(chat, some):
    """The others hear `* carol joined` before her first text, and `* carol left` once, after her last."""
    text, last = some.texts(2)
    alice, bob = chat.join("alice", "bob")
    carol = chat.knocks("carol")

    carol.sends(f"{carol}\n{text}\n{last}\n")
    carol.stops_sending()
    chat.welcomes(carol)
    carol.hears_the_end()

    alice.hears(f"{carol}: {text}", f"{carol}: {last}", f"* {carol} left")
    bob.hears(f"{carol}: {text}", f"{carol}: {last}", f"* {carol} left")
    chat.nobody_hears_more(alice, bob)


@pytest.mark.shuffled
def test_who(chat, some):
    """`/who` tells who is online now, in order, the asker included, and tells nobody else."""
    alice, bob, carol = map(chat.joins_as, some.names_out_of_order())

    carol.says("/who")
    carol.hears(chat.online(alice, bob, carol))
    bob.leaves()
    alice.hears(f"* {bob} left")
    carol.hears(f"* {bob} left")
    alice.says("/who")

    alice.hears(chat.online(alice, carol))
    chat.nobody_hears_more(alice, carol)
    chat.audience(6)
    chat.misses_leavers(alice, 3)


def test_private(chat, some):
    """`/msg bob hi there` reaches Bob alone, as `(alice) hi there`; to nobody, it is refused."""
    text, odd = some.text(), some.odd_text().strip()
    alice, bob, carol = chat.join("alice", "bob", "carol")

    alice.says(f"/msg {bob} {text}", f"/msg {bob} {odd}")
    bob.hears(f"({alice}) {text}", f"({alice}) {odd}")
    alice.says(f"/msg {some.name('dora')} {text}")

    alice.hears("! no such user")
    chat.nobody_hears_more(alice, bob, carol)


def test_unknown_command(chat, some):
    """Any other line that begins with `/` is `! unknown command`, to its sender alone."""
    alice, bob, carol = chat.join("alice", "bob", "carol")

    alice.says(f"/{some.letters(5).decode()}0 {some.text()}", "/", "/whoever", f"/msgs {bob} hi", "/quitter")

    alice.hears(*["! unknown command"] * 5)
    chat.nobody_hears_more(alice, bob, carol)


def test_quit(chat, some):
    """`/quit` ends the connection, and what came after it in the same segment is not obeyed."""
    alice, bob, carol = chat.join("alice", "bob", "carol")

    carol.sends(f"/quit\n{some.text()}\n/msg {bob} {some.text()}\n")
    carol.is_hung_up_on()

    alice.hears(f"* {carol} left")
    bob.hears(f"* {carol} left")
    chat.nobody_hears_more(alice, bob)


def test_free_again(chat):
    """The name of one who has left is free again at once, however it was that he left."""
    alice, bob = chat.join("alice", "bob")

    bob.says("/quit")
    bob.is_hung_up_on()
    alice.hears(f"* {bob} left")
    again = chat.joins_as(bob.name)
    again.resets()
    alice.hears(f"* {bob} left")
    once_more = chat.joins_as(bob.name)

    chat.nobody_hears_more(alice, once_more)


@pytest.mark.segmented
def test_in_small_pieces(chat, some):
    """Whole, glued, cut anywhere, or in small pieces: names, texts and commands mean the same."""
    one, two = some.texts(2)
    alice, bob = chat.join("alice", "bob")

    alice.says(one, "/who", f"/msg {bob} {two}")

    alice.hears(chat.online(alice, bob))
    bob.hears(f"{alice}: {one}", f"({alice}) {two}")


def test_imports(source):
    """It is built on socket and threading: no server or event loop from a library does the work."""
    source.imports_no_server()


def play(chat):
    """Alice and Bob talk; Bob leaves with /quit."""
    alice, bob = chat.small_talk()
    bob.says("/quit")
    bob.hears_the_end()
    alice.hears("* bob left")
