"""People and what they see: exact bytes, ends and resets told apart, tokens that nobody sees."""

import contextlib
import socket
import struct
import threading
from xml.etree import ElementTree

import pytest

from grader.failures import CheckFailed
from grader.peer import Peer
from grader.reports.sequence import draw
from grader.transcript import Transcript, lanes, listing, pad, readable, width
from grader.wire import Wire


@contextlib.contextmanager
def alice_at(act):
    """Alice, connected to a server that does this once with her connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            conn, _ = listener.accept()
            with conn:
                act(conn)

        server = threading.Thread(target=serve)
        server.start()
        wire = Wire(Transcript(), patience=0.3)
        alice = Peer("alice", wire, listener.getsockname())
        alice.starts_calling()
        wire.wait(alice.is_through, patience=10)
        yield alice, wire
        wire.close()
        server.join()


def resets(conn):
    conn.recv(100)
    conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def test_hears_exactly_what_is_due_however_it_is_cut():
    def act(conn):
        for byte in "привет".encode():
            conn.sendall(bytes([byte]))

    with alice_at(act) as (alice, _):
        alice.hears("при")
        alice.hears("вет")
        alice.hears_the_end()


def test_other_bytes_are_told_with_both_sides():
    with alice_at(lambda conn: conn.sendall(b"hexlo")) as (alice, _):
        with pytest.raises(CheckFailed) as failed:
            alice.hears("hello")
        assert failed.value.kind == "wrong bytes" and not failed.value.in_vain
        assert (failed.value.expected, failed.value.received[:3]) == (b"hello", b"hex")


def test_silence_is_told_from_an_end_and_an_end_from_a_reset():
    with alice_at(lambda conn: conn.recv(100)) as (alice, _):
        with pytest.raises(CheckFailed) as failed:
            alice.hears("hello")
        assert (failed.value.kind, failed.value.in_vain) == ("silent", True)
    with alice_at(lambda conn: conn.sendall(b"he")) as (alice, _):
        with pytest.raises(CheckFailed) as failed:
            alice.hears("hello")
        assert (failed.value.kind, failed.value.in_vain) == ("closed early", False)
    with alice_at(resets) as (alice, _):
        alice.sends("hi")
        with pytest.raises(CheckFailed) as failed:
            alice.hears("hello")
        assert failed.value.kind == "reset early"


def test_more_than_is_due_is_no_end():
    with alice_at(lambda conn: conn.sendall(b"hello!")) as (alice, _):
        alice.hears("hello")
        with pytest.raises(CheckFailed, match="something that was not due"):
            alice.hears_the_end()


def test_a_server_that_does_not_read():
    with alice_at(lambda conn: ready.wait(10)) as (alice, _):
        with pytest.raises(CheckFailed, match="does not read"):
            alice.sends(bytes(30_000_000))
        ready.set()


ready = threading.Event()


def test_time_in_which_the_program_could_not_run_does_not_count():
    """The wire asks for an excuse only when its patience is at an end; here there is one, twice."""
    excuses = [True, True]
    wire = Wire(Transcript(), patience=0.1, excuse=lambda: bool(excuses) and excuses.pop())
    assert not wire.wait(lambda: False)
    assert excuses == []
    wire.close()


def test_a_reset_that_is_met_in_sending_is_a_reset():
    """The system tells of it once: reading finds nothing more after that, as at an end."""
    with alice_at(resets) as (alice, wire):
        alice.sleeps()
        alice.starts_sending(b"x" * 50_000_000)  # more than any system takes over
        wire.wait(lambda: alice.ended, patience=10)
        assert alice.ended == "reset"


def test_a_reset_reaches_the_server():
    seen = []

    def act(conn):
        try:
            while conn.recv(100):
                pass
        except ConnectionResetError as error:
            seen.append(error)

    with alice_at(act) as (alice, _):
        alice.sends("hi")
        alice.resets()
    assert seen


def test_tokens_are_taken_out_wherever_the_network_cuts_them():
    def act(conn):
        for byte in b"one~17~two~18~":
            conn.sendall(bytes([byte]))

    with alice_at(act) as (alice, wire):
        wire.has_tokens = True
        alice.hears("onetwo")
        wire.wait(lambda: 18 in alice.tokens, patience=10)
        assert alice.tokens == {17, 18}
        alice.hears_the_end()


def test_text_is_made_safe_and_measured_in_columns():
    assert readable(b"a\x1b[2J\n\xff\xd0\x9f") == "a\\x1b[2J\\n\\xffП"
    assert readable("\u202e") == "\\u202e"
    assert width("ab你🙂") == 6
    assert pad("你", 4) == "你  "


def test_lanes_and_listing():
    transcript = Transcript()
    for who, what, data in (
        ("alice", "calls", b""),
        ("alice", "says", b"hel"),
        ("alice", "says", b"lo"),
        ("bob", "hears", b"hello"),
    ):
        transcript.add(who, what, data)
    drawn = lanes(transcript.events)
    assert [line[11:].split() for line in drawn] == [
        ["alice", "server", "bob"],
        ["(connects)", "──▶"],
        ["hello", "──▶"],
        ["──▶", "hello"],
    ]
    assert listing(transcript.events)[1].split()[2:] == ["alice", "says", "hello"]


def test_of_many_people_the_watched_one_is_drawn_and_the_others_are_counted():
    transcript = Transcript()
    for number in range(9):
        transcript.add(f"p{number}", "calls")
    drawn = lanes(transcript.events, watched="p8")
    assert "p8" in drawn[0] and "5 others are not drawn" in drawn[-1]


def test_time_in_which_nobody_had_a_core_does_not_count():
    """Half of the first wait is lost to others: the wait goes on, and is over after one that is whole."""
    asked, waits = [], iter([0.0, 0.1, 0.1, 0.1])
    wire = Wire(Transcript(), patience=0.2, delay=lambda: asked.append(1) or next(waits))
    assert not wire.wait(lambda: False)
    assert len(asked) == 4
    wire.close()


def test_a_picture_of_a_transcript_is_harmless_xml():
    transcript = Transcript()
    transcript.add("alice <b>", "says", b"<script>alert('\x1b[31m')</script>")
    transcript.add("bob & co", "hears", "\u202eпривет\n".encode())
    picture = ElementTree.fromstring(draw(transcript.events, "who <says> what"))
    words = [element.text for element in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert "alice <b>" in words and "bob & co" in words and "who <says> what" in words
    assert "\\u202eпривет\\n" in words
    assert not list(picture.iter("{http://www.w3.org/2000/svg}script"))
    assert not any("\x1b" in word or "\u202e" in word for word in words)
