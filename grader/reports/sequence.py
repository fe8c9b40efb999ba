"""A transcript as a picture: a lane for each person and one for the program, time runs downwards.

The picture is SVG with its own light ground, so that it reads on a dark page too; every text in it is
escaped, and what XML forbids or nobody could see is written as \\x1b. The same as text is transcript.lanes.
"""

from html import escape as escape_xml

from grader.transcript import (
    CLIENT,
    COLUMN,
    FROM_PROGRAM,
    NOTE,
    SERVER,
    head_of,
    label,
    moment,
    note_of,
    readable,
    width,
)
from grader.words import _n, told

LANE, ROW, EDGE = 190, 30, 24  # pixels between two lanes, between two events, round the whole
HEAD = 64  # pixels from the top to the first event: the title and the names
HOVER = 64  # bytes of an event that are told to who points at it; of more, also how many there are
STYLE = (
    "text{font:13px ui-monospace,Consolas,Menlo,monospace;fill:#222}"
    ".title{font-weight:bold}.name{font-weight:bold;text-anchor:middle}.text{text-anchor:middle}"
    ".time{font-size:11px;fill:#555;text-anchor:end}.lane{stroke:#999;stroke-dasharray:2 4}"
    ".there{stroke:#0b4f8a;stroke-width:1.6}.back{stroke:#8a4b08;stroke-width:1.6;stroke-dasharray:7 3}"
)


def draw(events, title, times=True, hover=False):
    """The events as one self-contained SVG. Solid arrows go to the program, dashed ones come from it.

    `title`: what the picture shows, in words; it is read aloud to who cannot see the picture.
    `times`: whether the milliseconds stand at the left.
    `hover`: whether an event tells its bytes, as text and as hex, to who points at it.
    """
    place, program = places(events, times)
    wide, tall = wide_enough(events, title, place, program), HEAD + ROW * len(events) + EDGE
    rows = []
    for y, event in zip(range(HEAD + ROW, tall, ROW), events, strict=False):
        drawn = row(event, y, place, program, times)
        rows.append(telling(event, drawn, y, wide) if hover else drawn)
    return "\n".join([*head(title, wide, tall), *lines(place, tall), *rows, "</svg>"])


def places(events, times):
    """Where each lane stands, from left to right, and the name of the program's."""
    people = list(dict.fromkeys(event.who for event in events if event.who))
    program = told(CLIENT if SERVER in people else SERVER)  # the one whom no person plays
    lanes = [*people[:1], program, *people[1:]]
    left = EDGE + (60 if times else 0) + LANE // 2
    return {who: left + LANE * number for number, who in enumerate(lanes)}, program


def wide_enough(events, title, place, program):
    """Pixels for all lanes, for the title, and for the notes, which stand in the program's lane."""
    notes = [place[program] + 4 * width(readable(words_of(event))) for event in events if not event.who]
    return max([*place.values()][-1] + LANE // 2, EDGE + 8 * width(readable(title)), *notes) + EDGE


def safe(text):
    return escape_xml(readable(text))


def head(title, wide, tall):
    words = safe(title)
    return [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {tall}" width="{wide}" role="img" '
        f'style="max-width:100%;height:auto"><title>{words}</title><style>{STYLE}</style>',
        f'<rect width="{wide}" height="{tall}" rx="8" fill="#fff"/>',
        f'<text class="title" x="{EDGE}" y="{EDGE}">{words}</text>',
    ]


def lines(place, tall):
    """The names, and below each the line along which its time runs."""
    for who, x in place.items():
        name = readable(head_of(who))
        name = name if len(name) <= COLUMN else f"{name[: COLUMN - 1]}…"
        yield f'<text class="name" x="{x}" y="{HEAD - 12}">{safe(name)}</text>'
        yield f'<path class="lane" d="M{x} {HEAD}V{tall - EDGE // 2}"/>'


def row(event, y, place, program, times):
    """One event: an arrow with its words, or, of the program alone, the words."""
    time = f'<text class="time" x="{EDGE + 44}" y="{y}">{moment(event.at).strip()}</text>' if times else ""
    words = safe(words_of(event))
    if not event.who:
        return f'{time}<text class="text" x="{place[program]}" y="{y}">{words}</text>'
    person, middle = place[event.who], place[program]
    back = event.what in FROM_PROGRAM
    begin, end = (middle, person) if back else (person, middle)
    text = f'<text class="text" x="{(person + nearest(person, middle)) / 2:.0f}" y="{y - 5}">{words}</text>'
    return f"{time}{arrow(begin, end, y, 'back' if back else 'there')}{text}"


def words_of(event):
    """What stands at an event."""
    return note_of(event) if event.what == NOTE else label(event)


def telling(event, drawn, y, wide):
    """The drawn event, which tells its bytes wherever in its row one points."""
    ground = f'<rect width="{wide}" height="{ROW}" y="{y - 20}" fill="none" pointer-events="all"/>'
    return f"<g><title>{bytes_of(event)}</title>{ground}{drawn}</g>"


def bytes_of(event):
    """Who did what, and the bytes of it, as text, as hex and counted."""
    who = safe(head_of(event.who))
    if not event.data or event.what == NOTE:
        return f"{who} {safe(words_of(event))}".strip()
    kept = event.data[:HOVER]
    text = f"{who} {safe(told(event.what))}: {safe(kept)}"
    return f"{text}\n{kept.hex(' ')}\n{safe(told(size_of(event, len(kept))))}"


def size_of(event, kept):
    """How many bytes there were, and how many of them are kept, if not all."""
    count = max(event.count, len(event.data))
    if count == kept:
        return _n("{count} byte", "{count} bytes", count)
    return _n("the first {kept} of {count} byte", "the first {kept} of {count} bytes", count, kept=kept)


def nearest(person, middle):
    """The lane beside the person's on the way to the program: the words stand between these two."""
    return person + LANE * ((middle > person) - (middle < person))


def arrow(begin, end, y, kind):
    step = 7 if end > begin else -7
    return (
        f'<path class="{kind}" d="M{begin} {y}H{end}"/>'
        f'<path class="{kind}" style="stroke-dasharray:none" fill="none" '
        f'd="M{end - step} {y - 4}L{end} {y}L{end - step} {y + 4}"/>'
    )
