"""What happened, in order, by whom; and the same drawn as text lanes. It knows no sockets."""

import time
import unicodedata

from grader.results import Event

KEPT = 400  # bytes of one event's data that are kept; `count` says how many there were
PEOPLE = 4  # lanes at most; a report says how many others there are
COLUMN = 24  # characters of one lane
BIDI_AND_CONTROL = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")

ACTS = {
    "calls": "(connects)",
    "stops sending": "(stops sending)",
    "leaves": "(leaves)",
    "sleeps": "(stops reading)",
    "wakes": "(reads again)",
    "resets": "(resets)",
    "end": "(end)",
    "reset": "(reset)",
    "refused": "(refused)",
    "starts": "(starts the client)",
    "ends typing": "(ends typing)",
    "Ctrl-C": "(presses Ctrl-C)",
}
FROM_PROGRAM = ("hears", "end", "reset", "refused", "sees")
JOINED = ("hears", "says", "types", "sees")  # of these, what one person does in a row is one event


class Transcript:
    """Events as they come; what one person hears or says in a row is one event."""

    def __init__(self):
        self.events, self._joins = [], True
        self.begin()

    def begin(self):
        """From now on the milliseconds count."""
        self._began = time.monotonic()

    def add(self, who, what, data=b""):
        last = self.events[-1] if self.events and self._joins else None
        self._joins = True
        if last and (last.who, last.what) == (who, what) and what in JOINED:
            last.data = (last.data + bytes(data[:KEPT]))[:KEPT]
            last.count += len(data)
            return
        at = (time.monotonic() - self._began) * 1000
        self.events.append(Event(round(at, 1), who, what, bytes(data[:KEPT]), len(data)))

    def parts(self):
        """What comes next is an event of its own, also when the same person goes on."""
        self._joins = False

    def note(self, text):
        """What happened to the server, and not to one person."""
        self.add("", "note", text.encode())


def readable(data):
    """Bytes as text that is safe on any terminal: what is not text or cannot be seen is escaped."""
    text = data if isinstance(data, str) else data.decode("utf-8", "backslashreplace")
    return "".join(escape(char) for char in text)


def escape(char):
    if char in "\n\r\t":
        return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}[char]
    if unicodedata.category(char) in BIDI_AND_CONTROL:
        return f"\\x{ord(char):02x}" if ord(char) < 256 else f"\\u{ord(char):04x}"
    return char


def width(text):
    """The columns that it takes on a terminal: some scripts and all emoji take two for a character."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def pad(text, columns):
    return text + " " * (columns - width(text))


def listing(events):
    """The events as lines of text, one below the other: for more people than there is room for lanes."""
    return [f"{event.at:6.0f} ms  {event.who:<12} {verb(event)}" for event in events]


def verb(event):
    return label(event) if event.what in ACTS else f"{event.what} {readable(event.data)}"


def lanes(events, watched=None, everyone=False):
    """The events as lines of text: one person at the left of the server, the others at its right."""
    people = cast(events, watched)
    if everyone and len({event.who for event in events if event.who}) > len(people):
        return listing(events)
    if not people:
        return []
    left, right = people[0], people[1:]
    program = "client" if "server" in people else "server"  # the one whom no person plays
    head = " " * 11 + pad(left, COLUMN) + program.center(10) + "".join(pad(p, COLUMN) for p in right)
    lines = [head.rstrip()]
    for event in events:
        at = f"{event.at:6.0f} ms  "
        if event.what == "note":
            lines.append(f"{at}· {event.data.decode()}")
        elif event.who == left:
            arrow = "◀──" if event.what in FROM_PROGRAM else "──▶"
            lines.append(f"{at}{pad(label(event), COLUMN)}{arrow}")
        elif event.who in right:
            arrow = "──▶" if event.what in FROM_PROGRAM else "◀──"
            gap = " " * (COLUMN + 6 + COLUMN * right.index(event.who))
            lines.append(f"{at}{gap}{arrow} {label(event)}".rstrip())
    others = len({e.who for e in events if e.who} - set(people))
    if others:
        lines.append(f"{'':11}({others} others are not drawn; --wire lists everyone)")
    return lines


def cast(events, watched):
    """Who gets a lane: everyone, or when there are too many, the watched and those who came first."""
    people = list(dict.fromkeys(event.who for event in events if event.who))
    if watched not in people or len(people) <= PEOPLE:
        return people[:PEOPLE]
    kept = [person for person in people if person != watched][: PEOPLE - 1]
    return kept + [watched] if watched != people[0] else [watched, *kept]


def label(event):
    """What stands in the lane: the text, cut with its length when it is long, or the act."""
    if event.what in ACTS:
        return ACTS[event.what]
    text, room = readable(event.data), COLUMN - 2
    if width(text) <= room and event.count <= KEPT:
        return text
    size = f"… {event.count} bytes"
    while width(text) > room - len(size):
        text = text[:-1]
    return text + size
