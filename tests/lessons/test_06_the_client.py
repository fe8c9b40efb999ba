"""Lesson 06 · The client: it sends and listens at once, and finds the way out. We are its server."""

import pytest

PROGRAM = "client.py"


def test_connects(client, some):
    """It connects to the server that its arguments name, and says nothing of its own to it."""
    text = some.text()
    user, server = client.starts()

    user.types(text)

    server.hears(text)


@pytest.mark.terminal
def test_typed_line(client, some):
    """A typed line goes out as that line, at once and in one piece."""
    user, server = client.starts()

    server.hears_in_one_piece([*some.texts(3), "", f"  {some.text()}\t"], user)


@pytest.mark.story
@pytest.mark.terminal
def test_prints_while_nothing_is_typed(client, some):
    """The server's lines are printed as they are while the user types nothing."""
    one, two = some.texts(2)
    user, server = client.starts()

    server.says(one)
    user.sees(one)
    server.sends(f"\n  {two}\t\n")

    user.sees("", f"  {two}\t")


@pytest.mark.segmented
def test_in_small_pieces(client, some):
    """Whole, glued, cut anywhere, or in small pieces: the server's lines are printed as lines."""
    one, two, three = some.texts(3)
    user, server = client.starts()

    server.says(one, two)
    user.sees(one, two)
    user.types(three)

    server.hears(three)


@pytest.mark.story
@pytest.mark.terminal
def test_server_closes(client, some):
    """When the server closes, it ends at once, with code 0, without Enter, and prints nothing more."""
    text = some.text()
    user, server = client.starts()

    server.says(text)
    user.sees(text)
    server.leaves()

    client.exits(0)
    user.sees_nothing_more()


def test_last_words(client, some):
    """What the server said before it closed is printed to the last line."""
    lines = some.texts(50)
    user, server = client.starts()

    server.sends("".join(f"{line}\n" for line in lines))
    server.leaves()

    user.sees(*lines)
    client.exits(0)


def test_reset(client, some):
    """When the connection is reset, it ends with code 1 and one line of its own, and no traceback."""
    text = some.text()
    user, server = client.starts()
    server.says(text)
    user.sees(text)

    server.resets()

    client.exits(1)
    client.says_one_line(user)


def test_refused(client):
    """When nobody listens, it ends with code 2 and one line of its own, and no traceback."""
    user = client.starts_in_vain()

    client.exits(2)
    client.says_one_line(user)


@pytest.mark.terminal
def test_end_of_typing(client, some):
    """At the end of typing (Ctrl-D) it tells the server, and prints what still comes until that closes."""
    question, answer = some.texts(2)
    user, server = client.starts()

    user.types(question)
    user.ends_typing()
    server.hears(question)
    server.hears_the_end()
    server.says(answer)
    user.sees(answer)
    server.leaves()

    client.exits(0)
    user.sees_nothing_more()


def test_quit(client, some):
    """`/quit` goes out like any line; the answer is printed, and the server's closing ends the client."""
    answer = some.text()
    user, server = client.starts()

    user.types("/quit")
    server.hears("/quit")
    server.says(answer)
    server.leaves()

    user.sees(answer)
    client.exits(0)


@pytest.mark.terminal
def test_ctrl_c(client, some):
    """Ctrl-C ends it at once, and without a traceback, whatever it waits for."""
    text = some.text()
    user, server = client.starts()
    server.says(text)
    user.sees(text)

    user.presses_ctrl_c()

    client.exits()


def test_flood(client, some):
    """Ten thousand lines that come in a flood are all printed, while the user types."""
    lines = some.short_lines(10_000)
    text = some.text()
    user, server = client.starts()

    server.starts_sending("".join(f"{line}\n" for line in lines))
    user.types(text)

    user.sees(*lines)
    server.hears(text)


def test_idle(client, some):
    """It is idle while nothing is typed and nothing comes."""
    text = some.text()
    user, server = client.starts()
    server.says(text)
    user.sees(text)

    client.becomes_idle()


def test_imports(source):
    """It is built on socket and threading: no server or event loop from a library does the work."""
    source.imports_no_server()


def play(client):
    """We are the server, and type for the user: they talk."""
    user, server = client.starts()
    server.says("* what is your name?")
    user.sees("* what is your name?")
    user.types("alice")
    server.hears("alice")
    server.says("* online: bob, alice", "bob: привет, Alice!")
    user.sees("* online: bob, alice", "bob: привет, Alice!")
    user.types("good bye 👋")
    server.hears("good bye 👋")
    user.ends_typing()
