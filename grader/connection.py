"""One connection to a program: what goes out, what comes in, how it ended; nothing of it ever blocks.

It knows its socket and the transcript; the wire says when it is its turn. The verbs stand in peer.py.
"""

import contextlib
import errno
import re
import selectors
import socket

from grader.failures import CouldNotTell
from grader.words import _

CHUNK = 256 * 1024  # bytes read at once
KEPT = 1024 * 1024  # bytes that are kept although a verb has taken them; more of them would cost memory
NUMBER = re.compile(rb"~(\d+)~")
RESETS = (ConnectionResetError, BrokenPipeError, ConnectionAbortedError)


class Connection:
    """A person's end of a connection, with what has come, and how much of it verbs have taken."""

    TOKEN = re.compile(rb"~\d+~")  # how people in a Room find out whether they hear each other
    PART = re.compile(rb"~\d*\Z")  # what may be the beginning of one
    TOKEN_END = ""

    def __init__(self, name, wire, address, sock=None):
        self.name, self.called, self._wire, self._address = name, name, wire, address
        self.received, self._taken = bytearray(), 0
        self.came, self.sent = 0, 0  # bytes so far, in all
        self._outbox, self.tokens, self._part = memoryview(b""), set(), b""
        self.connected, self.ended, self._half_closes = sock is not None, None, False
        self.is_asleep = False
        self._was_reset = False  # whether sending has met a reset
        self.sock = sock or socket.socket()
        self.sock.setblocking(False)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        wire.people.append(self)
        self._listen()

    def __repr__(self):
        state = self.ended or "connected"
        return f"{type(self).__name__}({self.name!r}, heard {self.came} bytes, {state})"

    def __str__(self):
        return self.name

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

    def unread(self, begin=0, end=None):
        """What it heard and no verb has taken yet, or a part of that."""
        end = None if end is None else self._taken + end
        return bytes(memoryview(self.received)[self._taken + begin : end])

    def sleeps(self):
        """Reads nothing until it wakes up, and so does not see an end either; it can still speak."""
        self._note("sleeps")
        self.is_asleep = True
        self._listen()

    def wakes(self):
        """Reads again, what has come meanwhile first."""
        self._note("wakes")
        self.is_asleep = False
        self._listen()

    def flush(self):
        """Sends what was held back; a person of this kind holds nothing back."""

    def may_go_on(self):
        """Whether it may say more now; a person of this kind always may."""
        return True

    def says_token(self, number):
        """Says a token; nothing that a check says or hears contains a `~`."""
        self._outbox = memoryview(bytes(self._outbox) + f"~{number}~{self.TOKEN_END}".encode())
        self._push()

    def take(self, size):
        """A verb is done with so many bytes."""
        self._taken += size
        if self._taken > KEPT:
            del self.received[: self._taken]
            self._taken = 0

    def leave_out(self, begin, end):
        """Forgets this part of what no verb has taken yet."""
        del self.received[self._taken + begin : self._taken + end]

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
            error = errno.errorcode.get(code, code)
            raise CouldNotTell(_("this machine gives no connection: {error}", error=error))

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
            self._was_reset = True  # the system has said so once; reading will now find an end like any other
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
            data = self._cleaned(data)
            self.received += data
            self.came += len(data)
            if data:
                self._note("hears", data)
        else:
            self._end("reset" if self._was_reset else "end")

    def _cleaned(self, data):
        """What of it is meant for the check's story."""
        return self._without_tokens(data) if self._wire.has_tokens else data

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
        reads = self.connected and not self.ended and not self.is_asleep
        writes = (self._outbox or not self.connected) and not self.is_over()
        self._wire.watch(self, selectors.EVENT_READ * bool(reads) | selectors.EVENT_WRITE * bool(writes))

    def _note(self, what, data=b""):
        self._wire.transcript.add(self.name, what, data)
