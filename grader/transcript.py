"""What happened, in order, by whom; and the same drawn as text lanes. It knows no sockets."""

import time
import unicodedata

from grader.results import Event
from grader.words import N_, _, _n, told

KEPT = 400  # bytes of one event's data that are kept; `count` says how many there were
PEOPLE = 4  # lanes at most; a report says how many others there are
COLUMN = 24  # characters of one lane
BIDI_AND_CONTROL = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")

ACTS = {
    "calls": N_("(connects)"),
    "stops sending": N_("(stops sending)"),
    "leaves": N_("(leaves)"),
    "sleeps": N_("(stops reading)"),
    "wakes": N_("(reads again)"),
    "resets": N_("(resets)"),
    "end": N_("(end)"),
    "reset": N_("(reset)"),
    "refused": N_("(refused)"),
    "starts": N_("(starts the client)"),
    "ends typing": N_("(ends typing)"),
    "Ctrl-C": N_("(presses Ctrl-C)"),
}
FROM_PROGRAM = ("hears", "end", "reset", "refused", "sees")
# Of these, what one person does in a row is one event.
JOINED = (N_("hears"), N_("says"), N_("types"), N_("sees"))
NOTE = N_("note")
SERVER, CLIENT, USER = N_("server"), N_("client"), N_("user")  # heads of lanes that are no names


class Transcript:
    """Events as they come; what one person hears or says in a row is one event."""

    def __init__(self):
        self.events, self._joins = [], True
        self.on_event = lambda: None  # called after each new event
        self.begin()

    def begin(self):
        """From now on the milliseconds count."""
        self._began = time.monotonic()

    def add(self, who, what, data=b"", words=""):
        last = self.events[-1] if self.events and self._joins else None
        self._joins = True
        if last and (last.who, last.what) == (who, what) and what in JOINED:
            last.data = (last.data + bytes(data[:KEPT]))[:KEPT]
            last.count += len(data)
            return
        at = (time.monotonic() - self._began) * 1000
        self.events.append(Event(round(at, 1), who, what, bytes(data[:KEPT]), len(data), words))
        self.on_event()

    def parts(self):
        """What comes next is an event of its own, also when the same person goes on."""
        self._joins = False

    def note(self, text):
        """What happened to the server, and not to one person."""
        self.add("", NOTE, text.encode(), text)


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
    return [f"{moment(event.at)}{head_of(event.who):<12} {verb(event)}" for event in events]


def verb(event):
    if event.what in ACTS:
        return label(event)
    return f"{told(event.what)} {note_of(event) if event.what == NOTE else readable(event.data)}"


def moment(at):
    return told(_("{at:6.0f} ms", at=at)) + "  "


def head_of(who):
    """A person's name as it is; one who is a part and not a name, in the reader's language."""
    return told(who) if who in (SERVER, USER) else who


def note_of(event):
    return readable(told(event.words) or event.data)


def lanes(events, watched=None, everyone=False):
    """The events as lines of text: one person at the left of the server, the others at its right."""
    people = cast(events, watched)
    if everyone and len({event.who for event in events if event.who}) > len(people):
        return listing(events)
    if not people:
        return []
    left, right = people[0], people[1:]
    program = told(CLIENT if {SERVER, USER} & set(people) else SERVER)  # the one whom no person plays
    margin = " " * width(moment(0))
    head = margin + pad(head_of(left), COLUMN) + program.center(10)
    lines = [(head + "".join(pad(head_of(person), COLUMN) for person in right)).rstrip()]
    for event in events:
        at = moment(event.at)
        if event.what == NOTE:
            lines.append(f"{at}· {note_of(event)}")
        elif event.who == left:
            arrow = "◀──" if event.what in FROM_PROGRAM else "──▶"
            lines.append(f"{at}{pad(label(event), COLUMN)}{arrow}")
        elif event.who in right:
            arrow = "──▶" if event.what in FROM_PROGRAM else "◀──"
            gap = " " * (COLUMN + 6 + COLUMN * right.index(event.who))
            lines.append(f"{at}{gap}{arrow} {label(event)}".rstrip())
    others = len({e.who for e in events if e.who} - set(people))
    if others:
        lines.append(margin + told(not_drawn(others)))
    return lines


def not_drawn(count):
    return _n(
        "({count} other is not drawn; --wire lists everyone)",
        "({count} others are not drawn; --wire lists everyone)",
        count,
    )


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
        return told(ACTS[event.what])
    text, room = readable(event.data), COLUMN - 2
    if width(text) <= room and event.count <= KEPT:
        return text
    size = told(_n("… {count} byte", "… {count} bytes", event.count))
    text = text[:room]  # a character has one column at least
    while width(text) > room - len(size):
        text = text[:-1]
    return text + size
