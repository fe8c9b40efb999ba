"""A person who talks in lines, and the ways in which a network may bring them.

It knows lines and no processes; how a server passes a line on, the person's kind says.
"""

import re
import time

from grader.peer import Peer, to_bytes
from grader.unread import has_read
from grader.words import N_, _

WHOLE, GLUED, CUT = N_("whole"), N_("glued"), N_("cut in two")
INSIDE, BYTEWISE, PIECES = N_("cut inside a character"), N_("byte by byte"), N_("in small pieces")
WAYS = (WHOLE, GLUED, CUT, INSIDE, BYTEWISE, PIECES)
SHOWN = 8  # segments of one text that are drawn one by one; more of them would hide the rest
SOON = 0.05  # seconds in which a program that has something to read does read it, mostly


class LinePeer(Peer):
    """Says and hears lines; each is written without its newline."""

    TOKEN = re.compile(rb"~\d+~(?:\n|(?=[^\n]))")  # also from a program that loses the newline
    PART = re.compile(rb"~\d*~?\Z")
    TOKEN_END = "\n"

    def __init__(self, *args, **kwargs):
        self._held, self._is_heard = b"", True
        super().__init__(*args, **kwargs)

    def says(self, *lines):
        """Says whole lines, in the way in which this run's network brings them."""
        for line in lines:
            data = to_bytes(line) + b"\n"
            if self._wire.way == GLUED:
                self._held += data
            else:
                self.sends(*cut(data, self._wire.way))

    def sends(self, *segments):
        """Sends each as a segment of its own: the server has read it before the next one leaves.

        A server that does not read for as long as patience lasts is not waited for again.
        """
        self.flush()
        for segment in segments:
            if len(segments) <= SHOWN:
                self._wire.transcript.parts()
            super().sends(segment)
            self._is_heard = self._is_heard and self._wire.wait(self._is_read(), step=0.0005)

    def hears(self, *lines):
        """The next lines that it hears are exactly these."""
        super().hears(b"".join(to_bytes(line) + b"\n" for line in lines))

    def hears_a_line_with(self, text):
        """The next line that it hears contains this."""
        self._wire.wait(lambda: b"\n" in self.unread() or self.ended, progress=lambda: self.came)
        line, newline, more = self.unread().partition(b"\n")
        if not newline and self.ended:
            self._fail_at_the_end(_("before {who} had heard a whole line", who=self.called))
        if not newline:
            raise self._silence(to_bytes(text), line[: len(to_bytes(text))])
        if to_bytes(text) not in line:
            self._differs(to_bytes(text), line)
        self.take(len(line) + 1)

    def hears_at_last(self, line):
        """It may hear any other lines before, but it hears this one."""
        whole = to_bytes(line) + b"\n"

        def found():
            place = (b"\n" + self.unread()).find(b"\n" + whole)
            return place + len(whole) if place >= 0 else None

        heard = self._wire.wait(lambda: found() or self.ended, progress=lambda: self.came)
        if found():
            self.take(found())
        elif heard:
            self._fail_at_the_end(self._before_everything(), whole, self.unread())
        else:
            raise self._silence(whole, self.unread())

    def skips(self, line):
        """Whether this line stands in what it has heard; it is left out of it, once."""
        whole = to_bytes(line) + b"\n"
        place = (b"\n" + self.unread()).find(b"\n" + whole)
        if place >= 0:
            self.leave_out(place, place + len(whole))
        return place >= 0

    def follows(self, due):
        """Whether it has heard all these lines; what has come of them so far must be right."""
        heard = self.unread(0, len(due))
        whole = heard[: heard.rfind(b"\n") + 1]
        if not due.startswith(whole):
            self._differs(due, heard)
        return len(whole) == len(due) or self.ended

    def has_followed(self, due):
        """All these lines must have come by now."""
        heard = self.unread(0, len(due))
        if len(heard) < len(due) and self.ended:
            self._fail_at_the_end(self._before_everything(), due, heard)
        if len(heard) < len(due):
            raise self._silence(due, heard)
        self.take(len(due))

    def hears_a_beginning(self, parts):
        """What it hears until its connection is over is how these parts begin."""
        ended = self._wire.wait(lambda: self.ended, progress=lambda: self.came)
        for due in parts:
            heard = self.unread(0, len(due))
            if not due.startswith(heard):
                self._differs(due, heard)
            self.take(len(heard))
        if self.unread():
            self._differs(b"", self.unread())
        if not ended:
            raise self._not_closed()

    def hears_nothing_yet(self, witness):
        """Nothing comes of what has been said so far, also when the server is done with it."""
        self._wire.wait(self._wire.at_rest)
        if self.unread():
            self._differs(b"", self.unread())
        self.hears_nothing_else(witness)

    def may_go_on(self):
        """Whether what it said last has been read, as far as the system tells."""
        return has_read(self.sock, self.sent) is not False

    def flush(self):
        """Sends what was held back to be glued together."""
        if self._held:
            held, self._held = self._held, b""
            self.starts_sending(held)

    def _is_read(self):
        """A question to be asked until it is true: has the server read everything so far?

        Where the system does not say, or the program reads only when a line is whole, this takes its
        being at rest for an answer.
        """
        soon = time.monotonic() + SOON

        def read():
            known = None if self.is_over() else has_read(self.sock, self.sent)
            if known or self.is_over():
                return True
            return (known is None or time.monotonic() > soon) and self._wire.at_rest()

        return read


class Chatter(LinePeer):
    """A person with a name, in a chat that signs each line with its talker's."""

    def heard_as(self, line):
        return f"{self.name}: {line}"

    def tries(self, names, refusal):
        """Gives one name after another, and each is refused so."""
        for name in names:
            self.says(name)
            self.hears(refusal)


def cut(data, way):
    """The segments in which this line travels."""
    if way == BYTEWISE:
        return [data[i : i + 1] for i in range(len(data))]
    if way not in (CUT, INSIDE):
        return [data]
    inside = [i for i, byte in enumerate(data) if byte & 0xC0 == 0x80]  # continuation bytes of UTF-8
    between = [i for i in range(1, len(data) - 1) if i not in inside]
    places = inside if way == INSIDE and inside else between
    place = places[len(places) // 2] if places else len(data)
    return [data[:place], data[place:]]
