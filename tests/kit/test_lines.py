"""People who talk in lines: what they hear and do not hear, how their lines travel, and what was read."""

import contextlib
import itertools
import socket
import struct
import sys
import threading
from types import SimpleNamespace

import pytest

from grader.chat import Chat, LineRoom
from grader.failures import CheckFailed
from grader.guardian import Run
from grader.lessons import ROOT, Lesson
from grader.line_peer import BYTEWISE, CUT, GLUED, INSIDE, PIECES, WAYS, WHOLE, Chatter, LinePeer, cut
from grader.peer import Peer
from grader.program import Launch
from grader.some import Some
from grader.unread import ask, has_read
from tests.kit.courseware import outcome

PATIENCE, NO_PATIENCE = 20, 0.05  # seconds: for what comes, however busy the machine; for what never comes
linux_only = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only Linux says how much of what was sent has been read"
)


class Hall(LineRoom):
    """A room without a process: its server acts in this very thread, when somebody waits, and only then.

    `segments` holds what each of its recv() calls has returned, for each person; `act` is called with
    the person's number and the data.
    """

    def __init__(self):
        super().__init__(SimpleNamespace(cancelled=threading.Event()), None, PATIENCE)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.setblocking(False)
        self.address = self._listener.getsockname()
        self.conns, self.segments, self.rests = [], [], iter(())
        self.act, self.reads, self.given_up = lambda number, data: None, True, 0

    def enter(self, *names, kind=LinePeer):
        """People of this kind, connected, whose connections stand in `conns` in this order."""
        self.person = kind
        people = [self.caller(name) for name in names]
        self._accept()
        return people if len(people) > 1 else people[0]

    def _accept(self):
        with contextlib.suppress(BlockingIOError):
            while conn := self._listener.accept()[0]:
                conn.setblocking(False)
                self.conns.append(conn)
                self.segments.append([])

    def serves(self):
        """Takes calls, reads once from each connection, and does with it what it is there for."""
        self._accept()
        for number, conn in enumerate(self.conns):
            with contextlib.suppress(OSError):  # nothing has come; it is closed
                if self.reads and (data := conn.recv(65536)):
                    self.segments[number].append(data)
                    self.act(number, data)

    def passes_on(self, number, data):
        """What a right server does: whole lines reach all the others."""
        whole = b"".join(self.segments[number])
        done = len(whole) - len(data)
        begun = done - len(whole[:done].rpartition(b"\n")[2])
        self.tells_others(number, b"".join(whole[begun:].rpartition(b"\n")[:2]))

    def tells_others(self, number, data):
        for other, conn in enumerate(self.conns):
            if other != number:
                conn.sendall(data)

    def gets_impatient(self):
        """From now on, what does not come is not waited for."""
        self._wire.patience = NO_PATIENCE

    def polls(self):
        """What has come to anybody is taken in, in one go."""
        self._wire.poll(PATIENCE)

    def _guard(self):
        self.serves()

    def _is_at_rest(self):
        self.serves()
        return next(self.rests, True)

    def _is_done(self):
        self.serves()
        return True

    def _is_starved(self):
        self.given_up += 1  # for the wire asks that when its patience is at an end
        return False

    def end(self):
        super().end()
        for end in (*self.conns, self._listener):
            end.close()


@pytest.fixture
def hall():
    hall = Hall()
    yield hall
    hall.end()


@pytest.fixture(scope="module")
def run():
    with Run() as run:
        yield run


@contextlib.contextmanager
def fails(kind, **facts):
    """What happens inside fails so, and the facts of the failure are these."""
    with pytest.raises(CheckFailed) as failed:
        yield
    assert (failed.value.kind, {name: getattr(failed.value, name) for name in facts}) == (kind, facts)


def breaks_off(conn):
    conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    conn.close()


# how lines travel


@pytest.mark.parametrize(
    "way, segments",
    [
        (WHOLE, [b"a\xc3\xa9!\n", b"b\n"]),
        (GLUED, [b"a\xc3\xa9!\nb\n"]),
        (CUT, [b"a\xc3\xa9", b"!\n", b"b\n"]),
        (INSIDE, [b"a\xc3", b"\xa9!\n", b"b\n"]),
        (BYTEWISE, [b"a", b"\xc3", b"\xa9", b"!", b"\n", b"b", b"\n"]),
        (PIECES, [b"a\xc3\xa9!\n", b"b\n"]),  # the launcher makes the pieces, inside the program
    ],
)
def test_each_way_brings_two_lines_in_its_own_segments(hall, way, segments):
    alice = hall.enter("alice")
    hall.use_way(way)
    alice.says("aé!", "b")
    alice.stops_sending()
    hall.serves()
    assert hall.segments == [segments]


def test_each_segment_is_read_before_the_next_one_leaves(hall):
    """The server reads only while Alice waits: without her waiting all would come to it in one."""
    alice = hall.enter("alice")
    alice.sends("one", b"\xd0", b"\x9f", "two\n")
    assert hall.segments == [[b"one", b"\xd0", b"\x9f", b"two\n"]]


def test_one_who_sleeps_in_recv_gets_each_segment_by_itself(hall):
    alice, seen = hall.enter("alice"), []
    hall.reads, hall.rests = False, itertools.repeat(False)

    def sleeps_in_recv():
        while data := hall.conns[0].recv(100):
            seen.append(data)

    hall.conns[0].setblocking(True)
    server = threading.Thread(target=sleeps_in_recv)
    server.start()
    sent = [b"%d" % number for number in range(100)]
    alice.sends(*sent)
    alice.leaves()
    server.join()
    assert seen == sent


def test_one_who_does_not_read_is_not_waited_for_once_it_is_at_rest(hall):
    alice = hall.enter("alice")
    hall.reads, hall.rests = False, iter([False, False, True])
    alice.sends("one", "two")
    assert next(hall.rests, "all asked") == "all asked"
    hall.reads = True
    hall.serves()
    assert hall.segments == [[b"onetwo"]]


def test_where_nobody_says_what_was_read_a_segment_waits_for_rest(hall, monkeypatch):
    monkeypatch.setattr("grader.unread.sys", SimpleNamespace(platform="darwin"))
    alice = hall.enter("alice")
    hall.rests = iter([False, False, True])
    alice.sends("one", "two")
    assert hall.segments == [[b"one", b"two"]]
    assert next(hall.rests, "all asked") == "all asked"


def test_one_who_is_hung_up_on_does_not_wait(hall):
    alice = hall.enter("alice")
    hall.act, hall.rests = lambda number, data: breaks_off(hall.conns[number]), itertools.repeat(False)
    hall.gets_impatient()
    with fails("reset early", in_vain=False, who="alice"):
        alice.sends(*["more"] * 10)
    assert (hall.segments, hall.given_up) == ([[b"more"]], 0)


def test_one_who_spins_and_does_not_read_is_waited_for_once_and_not_for_each_segment(hall):
    """As a program that loops until the line is whole, and does not read on in the loop."""
    alice = hall.enter("alice")
    hall.reads, hall.rests = False, itertools.repeat(False)
    hall.gets_impatient()
    with contextlib.suppress(CheckFailed):
        alice.sends(*"good morning")
    assert hall.given_up <= 2


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("line", ["", "a", "ab", "é", "🙂", "привет", "plain", "x🙂"])
def test_what_is_cut_is_all_there_and_no_character_suffers_but_where_it_should(way, line):
    data = f"{line}\n".encode()
    segments = cut(data, way)
    assert b"".join(segments) == data
    assert len(segments) == {BYTEWISE: len(data), CUT: 2, INSIDE: 2}.get(way, 1)
    if way != BYTEWISE:
        torn = any(segment[:1] and segment[0] & 0xC0 == 0x80 for segment in segments)
        assert torn == (way == INSIDE and not line.isascii())


def test_a_cut_falls_before_the_newline_and_never_between_it_and_its_text():
    assert [cut(b"ab\n", way) for way in (CUT, INSIDE)] == [[b"a", b"b\n"]] * 2


def test_what_is_held_back_to_be_glued_leaves_before_what_is_sent_later(hall):
    alice = hall.enter("alice")
    hall.use_way(GLUED)
    alice.says("one")
    alice.sends("two\n")
    alice.stops_sending()
    hall.serves()
    assert b"".join(hall.segments[0]) == b"one\ntwo\n"


@pytest.mark.parametrize("verb", ["stops_sending", "leaves"])
def test_what_is_held_back_leaves_before_the_end(hall, verb):
    alice = hall.enter("alice")
    hall.use_way(GLUED)
    alice.says("one")
    getattr(alice, verb)()
    hall.serves()
    assert hall.segments == [[b"one\n"]]


def test_cut_everywhere_is_cut_at_each_place(hall):
    alice, bob = hall.enter("alice", "bob")
    hall.act = hall.passes_on
    hall.cuts_everywhere("é\nb\n", ["é", "b"], talker=alice, listener=bob)
    data = "é\nb\n".encode()
    assert hall.segments[0] == [part for place in range(1, 5) for part in (data[:place], data[place:])]


def test_cut_everywhere_fails_a_server_that_takes_a_segment_for_a_line(hall):
    alice, bob = hall.enter("alice", "bob")
    hall.act = lambda number, data: hall.tells_others(number, data.rstrip(b"\n") + b"\n")
    with fails("wrong bytes", in_vain=False, who="bob", expected=b"ab\n", received=b"a\nb"):
        hall.cuts_everywhere("ab\n", ["ab"], talker=alice, listener=bob)


def test_a_line_without_end_goes_on_until_the_server_has_enough(hall):
    alice = hall.enter("alice")

    def has_enough(number, data):
        if sum(map(len, hall.segments[number])) > 65536:
            hall.conns[number].sendall(b"! line too long\n")
            hall.conns[number].close()

    hall.act = has_enough
    hall.says_without_end(alice)
    alice.hears("! line too long")
    alice.is_hung_up_on()
    assert b"\n" not in b"".join(hall.segments[0])


def test_whole_is_whole_for_those_who_join_too(hall):
    """The server takes what one recv() brings for one line, and takes a look only now and then."""
    looks = itertools.cycle([False] * 20 + [True])

    def tells_the_first_line(number, data):
        hall.tells_others(number, data.split(b"\n")[0] + b"\n")

    serves = hall.serves
    hall.serves = lambda: serves() if next(looks) else None
    hall.act = tells_the_first_line
    hall.join("alice", "bob")


# how much was read


@pytest.fixture
def ends():
    """Both ends of a connection, and the listener, which is still there."""
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_connection(listener.getsockname()) as ours,
        listener.accept()[0] as theirs,
    ):
        yield ours, theirs, listener


@linux_only
def test_has_read_means_all_of_it(ends):
    ours, theirs, _ = ends
    assert has_read(ours, 0) is True
    ours.sendall(b"hello")
    assert has_read(ours, 5) is False
    theirs.recv(4)
    assert has_read(ours, 5) is False
    theirs.recv(4)
    assert has_read(ours, 5) is True
    assert has_read(ours, 6) is False  # one byte is still on its way
    assert has_read(theirs, 0) is True


@linux_only
def test_a_look_at_what_came_is_no_reading(ends):
    ours, theirs, _ = ends
    ours.sendall(b"hello")
    theirs.recv(5, socket.MSG_PEEK)
    assert has_read(ours, 5) is False


@linux_only
def test_what_a_connection_has_read_is_not_mixed_with_what_others_have(ends):
    ours, theirs, listener = ends
    with socket.create_connection(listener.getsockname()) as other:
        other.sendall(b"hello")
        assert (has_read(ours, 0), has_read(other, 5)) == (True, False)


@linux_only
def test_of_a_connection_that_is_gone_nothing_is_known(ends):
    ours, theirs, _ = ends
    ours.sendall(b"hello")
    breaks_off(theirs)
    assert has_read(ours, 5) is None
    with socket.socket() as never_connected:
        assert has_read(never_connected, 0) is None


def unused_address():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return unused.getsockname()


@linux_only
def test_the_kernel_says_so_when_there_is_no_such_connection():
    with pytest.raises(OSError, match="does not know this connection"):
        ask(unused_address(), ("127.0.0.1", 9))


@linux_only
def test_a_listener_is_no_connection(ends):
    _, _, listener = ends
    nobody = SimpleNamespace(getpeername=listener.getsockname, getsockname=unused_address)
    assert has_read(nobody, 5) is None


def test_a_system_that_does_not_say(ends, monkeypatch):
    for platform in ("darwin", "win32"):
        monkeypatch.setattr("grader.unread.sys", SimpleNamespace(platform=platform))
        assert has_read(ends[0], 0) is None


@linux_only
def test_a_kernel_that_is_not_asked_or_answers_too_little(ends, monkeypatch):
    monkeypatch.setattr("grader.unread.ask", lambda local, remote: b"short")
    assert has_read(ends[0], 0) is None
    monkeypatch.setattr("grader.unread.ask", lambda local, remote: bytes(16 + 72))  # without tcp_info
    assert has_read(ends[0], 0) is None


# what is heard


def test_hears_lines_however_they_come(hall):
    alice = hall.enter("alice")
    for byte in "при\n\nвет\n".encode():
        hall.conns[0].sendall(bytes([byte]))
        hall.polls()
    alice.hears("при", "")
    alice.hears("вет")


def test_hears_tells_both_sides(hall):
    alice = hall.enter("alice")
    hall.conns[0].sendall(b"one\ntwx\n")
    with fails("wrong bytes", in_vain=False, who="alice", expected=b"one\ntwo\n", received=b"one\ntwx\n"):
        alice.hears("one", "two")


def test_a_line_without_its_newline_is_not_heard(hall):
    alice = hall.enter("alice")
    hall.conns[0].sendall(b"one")
    hall.gets_impatient()
    with fails("silent", in_vain=True, who="alice", expected=b"one\n", received=b"one"):
        alice.hears("one")


def test_hears_a_line_with(hall):
    alice = hall.enter("alice")
    hall.conns[0].sendall(b"* online: alice\n\xff joined\nnext")
    alice.hears_a_line_with("* online: ")
    with fails("wrong bytes", in_vain=False, who="alice", expected=b"bob", received=b"\xff joined"):
        alice.hears_a_line_with("bob")
    alice.hears_a_line_with(" joined")
    hall.gets_impatient()
    with fails("silent", in_vain=True, who="alice", expected=b"next", received=b"next"):
        alice.hears_a_line_with("next")


def test_hears_a_line_with_tells_an_end_from_silence(hall):
    alice = hall.enter("alice")
    hall.conns[0].close()
    with fails("closed early", in_vain=False, who="alice"):
        alice.hears_a_line_with("hello")


def test_hears_at_last(hall):
    alice = hall.enter("alice")
    hall.conns[0].sendall(b"any\n\xff\xfe\n\nhello\nmore\n")
    alice.hears_at_last("hello")
    alice.hears("more")


@pytest.mark.parametrize("said", [b"", b"xhello\n", b"hello, all\n", b"other\nhello"])
def test_hears_at_last_wants_the_whole_line_and_nothing_but_it(hall, said):
    alice = hall.enter("alice")
    hall.conns[0].sendall(said)
    hall.gets_impatient()
    with fails("silent", in_vain=True, who="alice", expected=b"hello\n", received=said):
        alice.hears_at_last("hello")


@pytest.mark.parametrize(
    "ends_so, kind", [(socket.socket.close, "closed early"), (breaks_off, "reset early")]
)
def test_hears_at_last_tells_an_end(hall, ends_so, kind):
    alice = hall.enter("alice")
    hall.conns[0].sendall(b"other\n")
    hall.polls()
    ends_so(hall.conns[0])
    with fails(kind, in_vain=False, who="alice", expected=b"hello\n", received=b"other\n"):
        alice.hears_at_last("hello")


def test_a_chatter_is_heard_under_its_name_and_tries_names_until_each_is_refused(hall):
    alice = hall.enter("alice", kind=Chatter)
    assert alice.heard_as("hi") == "alice: hi"
    hall.act = lambda number, data: hall.conns[0].sendall(b"! bad name\n" if b" " in data else b"welcome\n")
    alice.tries(["a b", "c d"], "! bad name")
    with fails("wrong bytes", who="alice", expected=b"! bad name\n", received=b"welcome\n"):
        alice.tries(["e f", "good"], "! bad name")


# silence


def test_nothing_yet_of_half_a_line(hall):
    alice, bob, carol = hall.enter("alice", "bob", "carol")
    hall.act, hall.rests = hall.passes_on, iter([True, True, False, False, True])
    alice.sends("good mor")
    bob.hears_nothing_yet(witness=carol)
    alice.sends("ning\n")
    bob.hears("good morning")


def test_nothing_yet_waits_until_the_server_is_done(hall):
    """It passes the half on only after it was asked for the third time whether it is at rest."""
    alice, bob, carol = hall.enter("alice", "bob", "carol")

    def asked():
        yield from (False, False)
        hall.conns[1].sendall(b"good mor")
        yield from (False, True)

    alice.sends("good mor")
    hall.rests = asked()
    with fails("wrong bytes", in_vain=False, who="bob", expected=b"", received=b"good mor"):
        bob.hears_nothing_yet(witness=carol)


@pytest.mark.parametrize("fence", [1, 2])
def test_nothing_yet_catches_what_comes_with_the_fences(hall, fence):
    """Bob's own mark, or the witness's: what the server says to him before that is not due."""
    alice, bob, carol = hall.enter("alice", "bob", "carol")

    def leaks(number, data):
        if number == fence:
            hall.conns[1].sendall(b"psst\n")
        hall.passes_on(number, data)

    hall.act = leaks
    with pytest.raises(CheckFailed) as failed:
        bob.hears_nothing_yet(witness=carol)
    seen = failed.value
    assert (seen.kind, seen.in_vain, seen.who) == ("wrong bytes", False, "bob")
    assert seen.expected.startswith(b"<carol") or seen.expected.startswith(b"<bob")
    assert seen.received.startswith(b"psst\n")


def test_nothing_yet_needs_a_witness_that_hears(hall):
    alice, bob, carol = hall.enter("alice", "bob", "carol")
    hall.gets_impatient()
    with fails("silent", in_vain=True, who="carol", received=b""):
        bob.hears_nothing_yet(witness=carol)


def test_nobody_hears_more_where_all_is_quiet(hall):
    people = hall.enter("alice", "bob", "carol")
    hall.act = hall.passes_on
    hall.nobody_hears_more(*people)


LEAKS = [(who, mark) for mark, talker in enumerate([0, 1, 2, 0]) for who in (0, 1, 2) if who != talker]


@pytest.mark.parametrize("who, mark", LEAKS)
def test_nobody_hears_more_catches_a_leak(hall, who, mark):
    """Whoever hears what is not due to him, and whichever of the four marks it comes before."""
    people = hall.enter("alice", "bob", "carol")
    marks = iter(range(4))

    def leaks(number, data):
        if next(marks) == mark:
            hall.conns[who].sendall(b"psst\n")
        hall.passes_on(number, data)

    hall.act = leaks
    with pytest.raises(CheckFailed) as failed:
        hall.nobody_hears_more(*people)
    assert (failed.value.kind, failed.value.who) == ("wrong bytes", people[who].name)
    assert failed.value.received.startswith(b"psst\n") and not failed.value.in_vain


def test_nobody_hears_more_catches_what_lies_there_already(hall):
    people = hall.enter("alice", "bob", "carol")
    hall.act = hall.passes_on
    hall.conns[0].sendall(b"psst\n")
    with pytest.raises(CheckFailed) as failed:
        hall.nobody_hears_more(*people)
    assert (failed.value.kind, failed.value.who) == ("wrong bytes", "alice")


def test_nobody_hears_more_wants_the_marks_themselves_to_arrive(hall):
    people = hall.enter("alice", "bob", "carol")
    hall.act = lambda number, data: hall.conns[1].sendall(data) if number != 1 else None
    hall.gets_impatient()
    with fails("silent", in_vain=True, who="carol", received=b""):
        hall.nobody_hears_more(*people)


# tokens


@pytest.mark.parametrize(
    "stream, heard",
    [
        (b"one\n~17~\n~18~\ntwo\n", b"one\ntwo\n"),
        (b"~17~\n~18~\n", b""),
        (b"one~17~two~18~three\n", b"onetwothree\n"),  # these lost the newlines
        (b"one\n~17~~18~two\n", b"one\ntwo\n"),
        (b"one\n~17~~18~", b"one\n"),
        (b"one\n~17~\n\ntwo\n~18~\n", b"one\n\ntwo\n"),  # an empty line is no token's end
    ],
)
def test_tokens_vanish_wherever_they_are_cut(hall, stream, heard):
    """Cut in two at each place; and byte by byte."""
    cuts = [[stream[:place], stream[place:]] for place in range(1, len(stream))]
    for parts in [*cuts, [stream[i : i + 1] for i in range(len(stream))]]:
        alice = hall.enter("alice")
        for part in parts:
            hall.conns[-1].sendall(part)
            hall.polls()
        assert (alice.unread(), alice.tokens) == (heard, {17, 18}), parts


def test_a_token_is_a_line_for_those_who_talk_in_lines(hall):
    for kind in (LinePeer, Peer):
        person = hall.enter(kind.__name__, kind=kind)
        person.says_token(17)
        hall.serves()
    assert hall.segments == [[b"~17~\n"], [b"~17~"]]


# with real programs

SERVES = """\
import socket, sys, threading

def lines(conn):
    with conn.makefile("rb") as file:
        yield from file

members = []

def serve(conn, split):
    for line in split(conn):
        for member in members:
            if member is not conn:
                member.sendall(line)
    members.remove(conn)
    conn.close()

def main(split):
    listener = socket.create_server((sys.argv[1], int(sys.argv[2])))
    print("listening on {}:{}".format(*listener.getsockname()), flush=True)
    while True:
        conn, _ = listener.accept()
        members.append(conn)
        threading.Thread(target=serve, args=(conn, split)).start()

"""
QUADRATIC = """
def split(conn):
    text, count = b"", 0
    while data := conn.recv(64):
        text += data
        while count < text.count(b"\\n"):
            yield text.split(b"\\n")[count] + b"\\n"
            count += 1

main(split)
"""
HOARDS = """
kept = []

def split(conn):
    for line in lines(conn):
        if line == b"hoard\\n":
            kept.append(b"x" * 40 * 2**20)
        elif line == b"drop\\n":
            kept.clear()
        yield line

main(split)
"""


@contextlib.contextmanager
def started(kind, run, entry, reference=None):
    scene = kind(run, Launch(entry), PATIENCE)
    scene.some, scene.reference = Some(7, "test"), reference and Launch(reference)
    try:
        scene.start()
        yield scene
    finally:
        scene.end()


def written(folder, text):
    (folder / "server.py").write_text(SERVES + text, "utf-8")
    return folder / "server.py"


SOLUTION = ROOT / "solutions" / "04" / "server.py"


def test_lines_cost_the_solution_no_more_than_the_solution(run):
    with started(LineRoom, run, SOLUTION, SOLUTION) as room:
        room.costs_no_more(room.some.short_lines(2000))


def test_lines_cost_more_where_each_is_looked_for_from_the_beginning(run, tmp_path):
    with started(LineRoom, run, written(tmp_path, QUADRATIC), SOLUTION) as room:
        with fails("slow", in_vain=False):
            room.costs_no_more(room.some.short_lines(10_000))
        assert len(run.programs) == 1  # the reference has been ended


def test_without_a_reference_nothing_is_dear(run, tmp_path):
    with started(LineRoom, run, written(tmp_path, QUADRATIC)) as room:
        room.costs_no_more(room.some.short_lines(300))


def test_memory_that_is_kept_is_told_from_memory_that_is_given_back(run, tmp_path):
    with started(LineRoom, run, written(tmp_path, HOARDS)) as room:
        alice, bob = room.join("alice", "bob")
        room.counts("memory")
        alice.says("hoard", "drop")
        bob.hears("hoard", "drop")
        room.has_no_more("memory")
        alice.says("hoard")
        bob.hears("hoard")
        room._wire.patience = NO_PATIENCE
        with pytest.raises(CheckFailed, match=r"keeps (39|4\d) MiB that it no longer needs") as failed:
            room.has_no_more("memory")
        assert (failed.value.kind, failed.value.in_vain) == ("left behind", True)


def test_a_chat_is_joined_greeted_and_quiet(run):
    with started(Chat, run, ROOT / "solutions" / "05" / "server.py") as chat:
        host = chat.join("bob")
        chat.greets_newcomers(host, 2)
        alice, dora = chat.joins_as("alice"), chat.knocks("dora")
        assert chat.online(host, alice) == f"* online: {' '.join(sorted([host.name, 'alice']))}"
        dora.tries(["alice", "ALICE"], "! name taken")
        dora.says(dora.name)
        chat.welcomes(dora)
        chat.nobody_hears_more(alice, host, dora)
        with pytest.raises(CheckFailed) as failed:
            chat.joins_as("alice")
        assert (failed.value.kind, failed.value.who) == ("wrong bytes", "alice")


def test_who_has_left_need_not_be_hung_up_on_at_once(tmp_path):
    """A right server that says `left` and closes a moment later: the name is free again, and not online."""
    for path in (ROOT / "solutions" / "05").glob("*.py"):
        text = path.read_text("utf-8").replace(
            "room.leave(name)", "room.leave(name); threading.Event().wait(0.4)"
        )
        (tmp_path / path.name).write_text(text, "utf-8")
    assert not outcome(Lesson("05"), tmp_path, only=12).failed
