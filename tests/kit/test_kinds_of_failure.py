"""Deadlocked, locked, spinning, crashed, silent, refusing, hung at exit: told apart, each with its line."""

import pytest

from tests.kit.support import Desk, posix_only

A_THREAD, AT_THE_LOCK = "a thread", "a thread waits for the lock"
DEADLOCKED = """
one, other, both = threading.Lock(), threading.Lock(), threading.Barrier(2)

def forwards(conn):
    with one:
        both.wait()
        with other:  # held by backwards
            echo(conn)

def backwards(conn):
    other.acquire()
    both.wait()
    one.acquire()
    echo(conn)

say()
for handle in (forwards, backwards):
    threading.Thread(target=handle, args=listener.accept()[:1]).start()
serve()
"""
LOCKED = """
lock = threading.Lock()

def handle(conn):
    with lock:
        conn.sendall(conn.recv(4096))
        lock.acquire()

say()
handle(listener.accept()[0])
"""
CRASHED = """
def handle(conn):
    conn.sendall(conn.recv(4096))
    raise ValueError("no more")

say()
handle(listener.accept()[0])
"""
HANDLER_CRASHED = """
def handle(conn):
    data = conn.recv(4096)
    conn.sendall(data + 1)

say()
while True:
    threading.Thread(target=handle, args=listener.accept()[:1]).start()
"""
SPINNING = """
def handle(conn):
    conn.setblocking(False)
    while True:
        with contextlib.suppress(BlockingIOError): conn.recv(4096)

say()
handle(listener.accept()[0])
"""
HOLDS_THE_GIL = """
say()
conn, _ = listener.accept()
re.match("(a+)+$", "a" * 60 + "b")
"""
SILENT = """
say()
conn, _ = listener.accept()
while conn.recv(4096):
    pass
"""
REFUSING = """
say()
conn, _ = listener.accept()
listener.close()
echo(conn)
threading.Event().wait()
"""
HUNG_AT_EXIT = """
def watch():
    threading.Event().wait()

threading.Thread(target=watch).start()
signal.signal(signal.SIGTERM, lambda *_: sys.exit())
say()
serve()
"""

LOCK_NOT_BACK = "A thread of the program waits for a lock that nobody gives back."
FULL_SPEED = "The program runs at full speed and does not get anywhere."

# The lesson, the sentence, and the lines of the program that are shown: the text, who stands there, in what.
KINDS = {
    "deadlocked": (
        DEADLOCKED,
        "02",
        "The program is deadlocked: 2 threads wait for a lock.",
        [
            ("with other:  # held by backwards", AT_THE_LOCK, "forwards"),
            ("one.acquire()", AT_THE_LOCK, "backwards"),
            ("echo(listener.accept()[0])", A_THREAD, "serve"),
        ],
    ),
    "locked": (LOCKED, "01", LOCK_NOT_BACK, [("lock.acquire()", AT_THE_LOCK, "handle")]),
    "spinning": (
        SPINNING,
        "01",
        FULL_SPEED,
        [("with contextlib.suppress(BlockingIOError): conn.recv(4096)", A_THREAD, "handle")],
    ),
    "holds the GIL": (
        HOLDS_THE_GIL,
        "01",
        FULL_SPEED,
        [('re.match("(a+)+$", "a" * 60 + "b")', A_THREAD, "<module>")],
    ),
    "silent": (SILENT, "01", "alice heard nothing.", [("while conn.recv(4096):", A_THREAD, "<module>")]),
    "hung at exit": (
        HUNG_AT_EXIT,
        "01",
        "The main thread is done, but other threads keep the program alive.",
        [],
    ),
    "refusing": (REFUSING, "01", "Nobody listens at port PORT any more.", []),
}
HUNG = pytest.param(*KINDS.pop("hung at exit"), id="hung at exit", marks=posix_only)


@pytest.fixture
def desk(tmp_path):
    desk = Desk(tmp_path)
    yield desk
    assert desk.left_behind() == []


@pytest.mark.parametrize(
    "text, lesson, sentence, stands", [*(pytest.param(*kind, id=name) for name, kind in KINDS.items()), HUNG]
)
def test_stuck(desk, text, lesson, sentence, stands):
    desk.put(text)
    outcome = desk.check(lesson)
    assert outcome.code == 1
    assert outcome.says(sentence), outcome.text
    for line, who, function in stands:
        assert f"{desk.place(line)}   ({who}, in {function})" in outcome.text, outcome.text


@pytest.mark.parametrize(
    "text, lesson, sentence, line",
    [
        pytest.param(
            CRASHED,
            "01",
            "The program crashed: ValueError: no more",
            'raise ValueError("no more")',
            id="main thread",
        ),
        pytest.param(
            HANDLER_CRASHED,
            "02",
            "A thread of the program crashed: TypeError: can't concat int to bytes",
            "conn.sendall(data + 1)",
            id="another thread",
        ),
    ],
)
def test_crashed(desk, text, lesson, sentence, line):
    desk.put(text)
    outcome = desk.check(lesson)
    assert outcome.code == 1
    assert outcome.says(sentence), outcome.text
    assert outcome.says(f"Where: {desk.place(line)}"), outcome.text
