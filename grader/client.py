"""A client under check: the checker plays its server, and the person who sits before it and types."""

import contextlib
import functools
import os
import signal
import socket
import struct
import sys
from dataclasses import replace

from grader.failures import CheckFailed
from grader.keyboard import TERMINAL
from grader.line_peer import LinePeer
from grader.peer import to_bytes
from grader.program import POLL
from grader.scene import Scene
from grader.words import _, _n

NAME = "server"  # whom the checker plays; transcripts know by it that the program is the client
CTRL_C, CTRL_D = b"\x03", b"\x04"
DATA_SEGMENTS_IN = 152  # where struct tcp_info has tcpi_data_segs_in (linux/tcp.h)
TRACES = (b"Traceback (most recent call last)", b"Fatal Python error")


class Host(LinePeer):
    """The server's end of the connection."""

    def __init__(self, wire, sock):
        super().__init__(NAME, wire, None, sock)
        self.called = _("the server")

    def is_over(self):
        """A client that stops sending may go on listening."""
        return self.ended not in (None, "end")

    def _cleaned(self, data):
        """A line may also end in `\\r\\n`, as files opened for text end theirs on Windows."""
        data = self._part + data
        self._part = b"\r" if data.endswith(b"\r") else b""
        return data[: len(data) - len(self._part)].replace(b"\r\n", b"\n")

    def _not_closed(self):
        headline = _("The client did not tell the server that the typing has ended.")
        return CheckFailed("not closed", headline, in_vain=True, who=self.name)

    def _tells_unread(self, left):
        return _n(
            "The client does not read: {count} byte of the server's stays unsent.",
            "The client does not read: {count} bytes of the server's stay unsent.",
            left,
        )

    def _tells_reset(self):
        return _("The client reset the server's connection instead of closing it.")

    def _tells_end(self, how, when):
        if how == "closed":
            return _("The client closed the server's connection {when}.", when=when)
        if how == "reset":
            return _("The client reset the server's connection {when}.", when=when)
        return _("The client ended the server's connection {when}.", when=when)

    def hears_in_one_piece(self, typed, user):
        """The user types the lines one by one, and each leaves the client in one segment.

        Segments are counted by the kernel, on Linux; elsewhere only the lines are looked at. One line
        in one piece is enough: a kernel may send a piece twice.
        """
        counts = []
        for line in typed:
            before = self._segments()
            user.types(line)
            self.hears(line)
            if line:  # of an empty one only the newline is left, and that is one piece anyhow
                counts.append(self._segments() - before)
        if min(counts) > 1:
            raise CheckFailed("in pieces", in_pieces(min(counts)))

    def _segments(self):
        if not sys.platform.startswith("linux"):
            return 0
        info = self.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
        return struct.unpack_from("=I", info, DATA_SEGMENTS_IN)[0]


def in_pieces(count):
    return _n(
        "Each line leaves the client in {count} piece, and the last must wait for the "
        "server's receipt of the first.",
        "Each line leaves the client in {count} pieces, and the last must wait for the "
        "server's receipt of the first.",
        count,
    )


class User:
    """The person who types into the client and reads what it prints."""

    def __init__(self, wire, program):
        self._wire, self._program = wire, program
        self.seen, self._known_errors = b"", 0

    def types(self, *lines):
        """Types lines, each with Enter."""
        self.types_keys("".join(f"{line}\n" for line in lines))

    def types_keys(self, keys):
        """Types these keys as they are."""
        keys = to_bytes(keys)
        self._wire.transcript.add("user", "types", keys)
        rest = memoryview(keys)

        def written():
            nonlocal rest
            with contextlib.suppress(BlockingIOError):
                while rest:
                    rest = rest[os.write(self._program.keyboard, rest) :]
            return not rest

        try:
            typed = self._wire.wait(written, progress=lambda: len(rest), step=POLL)
        except BrokenPipeError:
            headline = _("The client does not listen to the keyboard any more.")
            raise CheckFailed("not read", headline) from None
        if not typed:
            raise CheckFailed("not read", _("The client does not read what the user types."), in_vain=True)

    def ends_typing(self):
        """Ctrl-D at a terminal; the end of the file where the input is a pipe."""
        self._wire.transcript.add("user", "ends typing")
        if self._program.launch.typing == TERMINAL:
            os.write(self._program.keyboard, CTRL_D)
        else:
            self._program.close_keyboard()

    def presses_ctrl_c(self):
        self._wire.transcript.add("user", "Ctrl-C")
        if self._program.launch.typing == TERMINAL:
            os.write(self._program.keyboard, CTRL_C)
        else:
            self._program.send_signal(signal.SIGINT)

    def sees(self, *lines):
        """The next lines that the client prints are exactly these."""
        due = b"".join(to_bytes(line) + b"\n" for line in lines)

        def shown():
            return self.unseen()[: len(due)]

        def done():
            return shown() == due or not due.startswith(shown()) or self._program.exit_code() is not None

        self._wire.wait(done, progress=lambda: len(self.unseen()), step=POLL)
        got = shown()
        if got == due:
            self._take(len(due))
        elif due.startswith(got):
            raise self._failure("silent", printed_only(len(got), len(due)), due, got, in_vain=True)
        else:
            raise self._failure("wrong bytes", _("The client printed something else."), due, got)

    def sees_nothing_more(self):
        if self.unseen():
            headline = _("The client printed something that was not due.")
            raise self._failure("printed more", headline, b"", self.unseen())

    def unseen(self):
        """What it has printed and no verb has taken yet; ends of lines as `\\n`."""
        return self._program.printed().replace(b"\r\n", b"\n")[len(self.seen) :]

    def own_words(self):
        """What the client itself has said, on either stream, since the last that the user saw."""
        return self.unseen() + self._program.errors()[self._known_errors :]

    def _take(self, size):
        self._known_errors = len(self._program.errors())
        taken = self.unseen()[:size]
        self.seen += taken
        self._wire.transcript.add("user", "sees", taken)

    def _failure(self, kind, headline, due, got, in_vain=False):
        if got:
            self._wire.transcript.add("user", "sees", got)
        return CheckFailed(kind, headline, who="user", expected=due, received=got, in_vain=in_vain)


def printed_only(got, due):
    if not got:
        return _("The client printed nothing.")
    return _n(
        "The client printed only {got} of {count} byte.",
        "The client printed only {got} of {count} bytes.",
        due,
        got=got,
    )


class Client(Scene):
    """The student's client, and what it may connect to."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))  # the port is ours, and as long as nobody listens, it refuses
        self._listener.setblocking(False)

    def start(self):
        """A client says nothing at its start; `starts` and `starts_in_vain` belong to the check's story."""

    def starts(self):
        """Starts it, and takes its call. Returns the user and the server that the checker plays."""
        self._listener.listen()
        user, accepted = self._launch_client(), []

        def called():
            with contextlib.suppress(BlockingIOError):
                accepted.append(self._listener.accept()[0])
            return accepted or self.program.exit_code() is not None

        self._wire.wait(called, step=POLL)
        if not accepted:
            raise CheckFailed("no call", _("The client did not connect to the server."), in_vain=True)
        host = Host(self._wire, accepted[0])
        return user, host

    def starts_in_vain(self):
        """Starts it where nobody listens, so that it is refused."""
        return self._launch_client()

    def _launch_client(self):
        port = self._listener.getsockname()[1]
        self.launch(replace(self._launch, port=port, typing=self.typing))
        self.transcript.begin()
        self.transcript.add("user", "starts")
        return User(self._wire, self.program)

    def exits(self, *codes):
        """It ends at once and by itself, with one of these codes if any is given, and without a traceback."""
        if not self._wire.wait(lambda: self.program.exit_code() is not None, step=POLL):
            raise CheckFailed("does not end", _("The client does not end."), in_vain=True)
        code, printed = self.program.exit_code(), self.program.output()
        self.transcript.note(_("the client has ended, with code {code}", code=code))
        trace = next((line for line in TRACES if line in printed), None)
        if trace:
            said = next(line for line in printed.splitlines() if trace in line).decode("utf-8", "replace")
            headline = _("The client did not end in good order: {trace}", trace=said)
            raise CheckFailed("crashed at exit", headline)
        if codes and code not in codes:
            due = functools.reduce(lambda some, other: _("{some} or {other}", some=some, other=other), codes)
            headline = _("The client ended with exit code {code}; {due} was due.", code=code, due=due)
            raise CheckFailed("wrong code", headline)

    def says_one_line(self, user):
        """What it has to say of its end is one line, on either stream."""
        own = [line for line in user.own_words().splitlines() if line.strip()]
        if len(own) != 1:
            headline = _n(
                "The client has {count} line of its own to say about that; one was due.",
                "The client has {count} lines of its own to say about that; one was due.",
                len(own),
            )
            raise CheckFailed("wrong words", headline)

    def end(self):
        super().end()
        self._listener.close()
