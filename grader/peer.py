"""One person at the other end of a socket: connects, says, hears, leaves, resets.

It knows its socket and the transcript, no processes and no lessons; the wire says when it is its turn.
"""

import contextlib
import errno
import re
import selectors
import socket
import struct
import sys

from grader.failures import CheckFailed, CouldNotTell

CHUNK = 256 * 1024  # bytes read at once
NUMBER = re.compile(rb"~(\d+)~")
RESETS = (ConnectionResetError, BrokenPipeError, ConnectionAbortedError)


class Peer:
    """A person with a name and a connection. Verbs raise CheckFailed when the story goes wrong."""

    TOKEN = re.compile(rb"~\d+~")  # how people in a Room find out whether they hear each other
    PART = re.compile(rb"~\d*\Z")  # what may be the beginning of one
    TOKEN_END = ""
    program = "server"  # what stands at the other end

    def __init__(self, name, wire, address, sock=None):
        self.name, self.called, self._wire, self._address = name, name, wire, address
        self.received, self._taken, self.sent = bytearray(), 0, 0
        self._outbox, self.tokens, self._part = memoryview(b""), set(), b""
        self.connected, self.ended, self._half_closes = sock is not None, None, False
        self.sock = sock or socket.socket()
        self.sock.setblocking(False)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        wire.people.append(self)
        self._listen()

    def __repr__(self):
        return f"Peer({self.name!r}, heard {len(self.received)} bytes, {self.ended or 'connected'})"

    def __str__(self):
        return self.name

    # the verbs of a check

    def sends(self, data):
        """Sends all of it; at the same time everyone goes on listening."""
        self.starts_sending(data)
        sent = self._wire.wait(lambda: not self._outbox or self.is_over(), progress=lambda: len(self._outbox))
        if not sent:
            left = len(self._outbox)
            raise CheckFailed(
                "not read",
                f"The {self.program} does not read: {left} bytes of {self.called}'s stay unsent.",
                in_vain=True,
            )
        if self._outbox:
            self._fail_at_the_end(f"while {self.called} was sending")

    def says(self, text):
        """Says it in the way in which people of its kind talk."""
        self.sends(text)

    def heard_as(self, text):
        """What the others hear when this person says the text."""
        return text

    def starts_sending(self, data):
        """Begins to send, and goes on whenever somebody waits for something."""
        data = to_bytes(data)
        self._note("says", data)
        self._outbox = memoryview(bytes(self._outbox) + data)
        self._push()

    def hears(self, data):
        """The next that it hears is exactly this."""
        data = to_bytes(data)
        same = 0  # bytes compared so far: a long answer is compared once, as it comes

        def done():
            nonlocal same
            heard = self.unread()[same : len(data)]
            if heard != data[same : same + len(heard)]:
                self._differs(data, self.unread()[: len(data)])
            same += len(heard)
            return same == len(data) or self.ended

        heard_in_time = self._wire.wait(done, progress=lambda: len(self.received))
        heard = self.unread()
        if same < len(data):
            if heard_in_time:
                self._fail_at_the_end(f"before {self.called} had heard everything", data, heard)
            raise self._silence(data, heard)
        self.take(len(data))

    def hears_through(self, data, murmur):
        """The next that it hears is exactly this, when the bytes of the murmur are left out."""
        data = to_bytes(data)

        def heard():
            return self.unread().translate(None, murmur)

        self._wire.wait(lambda: len(heard()) >= len(data) or self.ended, lambda: len(self.received))
        if data[: len(heard())] != heard()[: len(data)]:
            self._differs(data, heard()[: len(data)])
        if len(heard()) < len(data):
            raise self._silence(data, heard())
        self.take(len(self.unread()))

    def hears_both(self, one, other):
        """Every byte of both, each in its own order; how the two are woven is free.

        The two must have no byte in common, or nobody could tell them apart.
        """
        texts = [to_bytes(one), to_bytes(other)]
        size = len(texts[0]) + len(texts[1])
        self._wire.wait(lambda: len(self.unread()) >= size or self.ended, lambda: len(self.received))
        heard = self.unread()[:size]
        for text in texts:
            alphabet = set(text)
            own = bytes(byte for byte in heard if byte in alphabet)
            if text[: len(own)] != own:
                self._differs(text, own)
            if len(own) < len(text):
                raise self._silence(text, own)
        self.take(size)

    def hears_the_end(self):
        """Nothing more, and then the end of the connection."""
        ended = self._wire.wait(lambda: self.ended or self.unread(), progress=lambda: len(self.received))
        if self.unread():
            self._differs(b"", self.unread())
        if not ended:
            raise self._not_closed()
        if self.ended != "end":
            raise CheckFailed(
                "reset", f"The {self.program} reset {self.called}'s connection instead of closing it."
            )

    def hears_nothing_else(self, witness):
        """Silence, proved by a double fence: the witness hears a mark, then answers with another.

        Whatever the server owed to this person is on its way before the witness hears the mark; so the
        answer must be the very next that this person hears.
        """
        first, second = (f"<{self.name} {word} {len(self.received)}>" for word in ("asks", "hears"))
        self.says(first)
        witness.hears(self.heard_as(first))
        witness.says(second)
        self.hears(witness.heard_as(second))

    def exchanges(self, texts):
        """Says each of them, and hears it come back before it says the next."""
        for text in texts:
            self.sends(text)
            self.hears(text)

    def says_one_by_one(self, texts):
        """Says each of them in a segment of its own, and waits for no answer."""
        for text in texts:
            self.sends(text)

    def is_hung_up_on(self):
        """The connection is over: closed or, for bytes that the server did not want to read, reset."""
        if not self._wire.wait(lambda: self.ended):
            raise self._not_closed()

    def stops_sending(self):
        """Half-close, after what is still to be sent: nothing more will come, but it goes on listening."""
        self.flush()
        self._half_closes = True
        self._push()

    def leaves(self):
        """Closes the connection."""
        self.flush()
        self._note("leaves")
        self.drop()

    def resets(self):
        """Breaks the connection off: the server's next recv or send on it fails."""
        self._note("resets")
        # Linger on, for no time: close() then sends RST instead of FIN (RFC 9293, section 3.6).
        linger = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.drop()

    # what the verbs are made of

    def starts_calling(self):
        self._note("calls")
        code = self.sock.connect_ex(self._address)
        if code not in (0, errno.EINPROGRESS, errno.EWOULDBLOCK):
            self._connect_result(code)
        self._listen()

    def is_through(self):
        return self.connected or self.ended

    def is_over(self):
        """Whether nothing can be said any more. A server that stops sending has closed."""
        return self.ended is not None

    def unread(self):
        """What it heard and no verb has taken yet."""
        return bytes(memoryview(self.received)[self._taken :])

    def flush(self):
        """Sends what was held back; a person of this kind holds nothing back."""

    def says_token(self, number):
        """Says a token; nothing that a check says or hears contains a `~`."""
        self._outbox = memoryview(bytes(self._outbox) + f"~{number}~{self.TOKEN_END}".encode())
        self._push()

    def take(self, size):
        self._taken += size

    def drop(self):
        if self.sock.fileno() >= 0:
            self._wire.watch(self, 0)
            self.sock.close()
        self.ended = self.ended or "left"

    def ready(self, events):
        """What the wire calls when the system says that something can be done."""
        if not self.connected:
            self._connect_result(self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
        if self.connected and events & selectors.EVENT_WRITE:
            self._push()
        if self.connected and events & selectors.EVENT_READ:
            self._pull()
        self._listen()

    def _connect_result(self, code):
        if code == 0:
            self.connected = True
        elif code == errno.ECONNREFUSED:
            self._end("refused")
        elif code in (errno.ECONNRESET, errno.EPIPE):
            self.connected = True
            self._end("reset")
        else:
            raise CouldNotTell(f"this machine gives no connection: {errno.errorcode.get(code, code)}")

    def _push(self):
        if not self.connected or self.is_over():
            return
        try:
            while self._outbox:
                size = self.sock.send(self._outbox)
                self._outbox, self.sent = self._outbox[size:], self.sent + size
        except BlockingIOError:
            pass
        except RESETS:
            self._pull()  # what came before the reset is still to be read
            self._end("reset")
        if self._half_closes and not self._outbox and not self.is_over():
            self._half_closes = False
            self._note("stops sending")
            with contextlib.suppress(OSError):  # reset a moment ago: the next look at it will say so
                self.sock.shutdown(socket.SHUT_WR)
        self._listen()

    def _pull(self):
        try:
            data = self.sock.recv(CHUNK)
        except BlockingIOError:
            return
        except RESETS:
            self._end("reset")
            return
        if hasattr(socket, "TCP_QUICKACK"):  # or the server's next small segment waits 40 ms for our ACK
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        if data:
            data = self._without_tokens(data) if self._wire.has_tokens else data
            self.received += data
            if data:
                self._note("hears", data)
        else:
            self._end("end")

    def _without_tokens(self, data):
        """Takes the tokens out of what has come; one that is not whole yet waits for the rest."""
        data = self._part + data
        self.tokens.update(int(token) for token in NUMBER.findall(data))
        data = self.TOKEN.sub(b"", data)
        self._part = part[0] if (part := self.PART.search(data)) else b""
        return data[: len(data) - len(self._part)]

    def _end(self, how):
        if not self.is_over() and how != self.ended:
            self.ended = how
            self._note(how)

    def _listen(self):
        if self.sock.fileno() < 0:
            return
        reads = self.connected and not self.ended
        writes = (self._outbox or not self.connected) and not self.is_over()
        self._wire.watch(self, selectors.EVENT_READ * bool(reads) | selectors.EVENT_WRITE * bool(writes))

    def _note(self, what, data=b""):
        self._wire.transcript.add(self.name, what, data)

    def _differs(self, expected, heard):
        what = "something else" if expected else "something that was not due"
        raise CheckFailed(
            "wrong bytes",
            f"{capitalized(self.called)} heard {what}.",
            who=self.name,
            expected=expected,
            received=heard,
        )

    def _silence(self, expected, heard):
        known = f"only {len(heard)} of {len(expected)} bytes" if heard else "nothing"
        return CheckFailed(
            "silent",
            f"{capitalized(self.called)} heard {known}.",
            in_vain=True,
            who=self.name,
            expected=expected,
            received=heard,
        )

    def _not_closed(self):
        headline = f"The {self.program} did not close {self.called}'s connection."
        return CheckFailed("not closed", headline, in_vain=True, who=self.name)

    def _fail_at_the_end(self, when, expected=None, heard=None):
        what = {"end": "closed", "reset": "reset"}.get(self.ended, "ended")
        headline = f"The {self.program} {what} {self.called}'s connection {when}."
        raise CheckFailed(f"{what} early", headline, who=self.name, expected=expected, received=heard)


def capitalized(name):
    """As it begins a sentence; a name stays as it is written."""
    return name.replace("the server", "The server")


def to_bytes(data):
    return data.encode() if isinstance(data, str) else bytes(data)
