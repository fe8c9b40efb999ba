"""A transcript as a picture: a lane for each person and one for the program, time runs downwards.

The picture is SVG with its own light ground, so that it reads on a dark page too; every text in it is
escaped. The same as text is transcript.lanes.
"""

from html import escape as escape_xml

from grader.transcript import FROM_PROGRAM, label, width

LANE, ROW, EDGE = 190, 30, 24  # pixels between two lanes, between two events, round the whole
HEAD = 64  # pixels from the top to the first event: the title and the names
STYLE = (
    "text{font:13px ui-monospace,Consolas,Menlo,monospace;fill:#222}"
    ".title{font-weight:bold}.name{font-weight:bold;text-anchor:middle}.text{text-anchor:middle}"
    ".time{font-size:11px;fill:#555;text-anchor:end}.lane{stroke:#999;stroke-dasharray:2 4}"
    ".there{stroke:#0b4f8a;stroke-width:1.6}.back{stroke:#8a4b08;stroke-width:1.6;stroke-dasharray:7 3}"
)


def draw(events, title, times=True):
    """The events as one self-contained SVG. Solid arrows go to the program, dashed ones come from it.

    `title`: what the picture shows, in words; it is read aloud to who cannot see the picture.
    `times`: whether the milliseconds stand at the left.
    """
    people = list(dict.fromkeys(event.who for event in events if event.who))
    program = "client" if "server" in people else "server"
    lanes = [*people[:1], program, *people[1:]]
    left = EDGE + (60 if times else 0) + LANE // 2
    place = {who: left + LANE * number for number, who in enumerate(lanes)}
    wide = max(left + LANE * (len(lanes) - 1) + LANE // 2 + EDGE, 2 * EDGE + 8 * width(title))
    tall = HEAD + ROW * len(events) + EDGE
    rows = [row(event, HEAD + ROW * number, place, program, times) for number, event in enumerate(events, 1)]
    return "\n".join([*head(title, wide, tall), *lines(place, tall), *rows, "</svg>"])


def head(title, wide, tall):
    words = escape_xml(title)
    return [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {tall}" width="{wide}" role="img" '
        f'style="max-width:100%;height:auto"><title>{words}</title><style>{STYLE}</style>',
        f'<rect width="{wide}" height="{tall}" rx="8" fill="#fff"/>',
        f'<text class="title" x="{EDGE}" y="{EDGE}">{words}</text>',
    ]


def lines(place, tall):
    """The names, and below each the line along which its time runs."""
    for who, x in place.items():
        yield f'<text class="name" x="{x}" y="{HEAD - 12}">{escape_xml(who)}</text>'
        yield f'<path class="lane" d="M{x} {HEAD}V{tall - EDGE // 2}"/>'


def row(event, y, place, program, times):
    """One event: an arrow with its words, or, of the program alone, the words."""
    time = f'<text class="time" x="{EDGE + 44}" y="{y}">{event.at:.0f} ms</text>' if times else ""
    words = escape_xml(event.data.decode("utf-8", "replace") if event.what == "note" else label(event))
    if not event.who:
        return f'{time}<text class="text" x="{place[program]}" y="{y}">{words}</text>'
    person, middle = place[event.who], place[program]
    back = event.what in FROM_PROGRAM
    begin, end = (middle, person) if back else (person, middle)
    text = f'<text class="text" x="{(person + nearest(person, middle)) / 2:.0f}" y="{y - 5}">{words}</text>'
    return f"{time}{arrow(begin, end, y, 'back' if back else 'there')}{text}"


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
