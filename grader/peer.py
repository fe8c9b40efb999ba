"""One person at the other end of a connection: says, hears, leaves, resets. It knows no lessons."""

import socket
import struct
import sys

from grader.connection import Connection
from grader.failures import CheckFailed
from grader.words import _, _n


class Peer(Connection):
    """A person with a name and a connection. Verbs raise CheckFailed when the story goes wrong."""

    def sends(self, data):
        """Sends all of it; at the same time everyone goes on listening."""
        self.starts_sending(data)
        sent = self._wire.wait(lambda: not self._outbox or self.is_over(), progress=lambda: len(self._outbox))
        if not sent:
            raise CheckFailed("not read", self._tells_unread(len(self._outbox)), in_vain=True)
        if self._outbox:
            self._fail_at_the_end(_("while {who} was sending", who=self.called))

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
            heard = self.unread(same, len(data))
            if heard != data[same : same + len(heard)]:
                self._differs(data, self.unread(0, len(data)))
            same += len(heard)
            return same == len(data) or self.ended

        heard_in_time = self._wire.wait(done, progress=lambda: self.came)
        heard = self.unread()
        if same < len(data):
            if heard_in_time:
                self._fail_at_the_end(self._before_everything(), data, heard)
            raise self._silence(data, heard)
        self.take(len(data))

    def hears_through(self, data, murmur):
        """The next that it hears is exactly this, when the bytes of the murmur are left out."""
        data = to_bytes(data)

        def heard():
            return self.unread().translate(None, murmur)

        self._wire.wait(lambda: len(heard()) >= len(data) or self.ended, lambda: self.came)
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
        self._wire.wait(lambda: len(self.unread()) >= size or self.ended, lambda: self.came)
        heard = self.unread(0, size)
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
        ended = self._wire.wait(lambda: self.ended or self.unread(), progress=lambda: self.came)
        if self.unread():
            self._differs(b"", self.unread())
        if not ended:
            raise self._not_closed()
        if self.ended != "end":
            raise CheckFailed("reset", self._tells_reset())

    def hears_nothing_else(self, witness):
        """Silence, proved by a double fence: the witness hears a mark, then answers with another.

        Whatever the server owed to this person is on its way before the witness hears the mark; so the
        answer must be the very next that this person hears.
        """
        first, second = (f"<{self.name} {word} {self.came}>" for word in ("asks", "hears"))
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
        self.flush()
        self._note("resets")
        # Linger on, for no time: close() then sends RST instead of FIN (RFC 9293, section 3.6).
        linger = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.drop()

    def _differs(self, expected, heard):
        who = capitalized(self.called)
        headline = _("{who} heard something that was not due.", who=who)
        if expected:
            headline = _("{who} heard something else.", who=who)
        raise CheckFailed("wrong bytes", headline, who=self.name, expected=expected, received=heard)

    def _silence(self, expected, heard):
        headline = heard_only(capitalized(self.called), len(heard), len(expected))
        who = self.name
        return CheckFailed("silent", headline, in_vain=True, who=who, expected=expected, received=heard)

    def _not_closed(self):
        headline = _("The server did not close {who}'s connection.", who=self.name)
        return CheckFailed("not closed", headline, in_vain=True, who=self.name)

    def _fail_at_the_end(self, when, expected=None, heard=None):
        how = {"end": "closed", "reset": "reset"}.get(self.ended, "ended")
        headline = self._tells_end(how, when)
        raise CheckFailed(f"{how} early", headline, who=self.name, expected=expected, received=heard)

    # what is said of the program at the other end

    def _before_everything(self):
        return _("before {who} had heard everything", who=self.called)

    def _tells_unread(self, left):
        return _n(
            "The server does not read: {count} byte of {who}'s stays unsent.",
            "The server does not read: {count} bytes of {who}'s stay unsent.",
            left,
            who=self.name,
        )

    def _tells_reset(self):
        return _("The server reset {who}'s connection instead of closing it.", who=self.name)

    def _tells_end(self, how, when):
        if how == "closed":
            return _("The server closed {who}'s connection {when}.", who=self.name, when=when)
        if how == "reset":
            return _("The server reset {who}'s connection {when}.", who=self.name, when=when)
        return _("The server ended {who}'s connection {when}.", who=self.name, when=when)


def heard_only(who, heard, due):
    if not heard:
        return _("{who} heard nothing.", who=who)
    return _n(
        "{who} heard only {heard} of {count} byte.",
        "{who} heard only {heard} of {count} bytes.",
        due,
        who=who,
        heard=heard,
    )


def capitalized(name):
    """As it begins a sentence; a name stays as it is written."""
    return _("The server") if name == "the server" else name


def to_bytes(data):
    return data.encode() if isinstance(data, str) else bytes(data)
