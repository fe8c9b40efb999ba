"""The interop matrix as a picture, in the quiet style of the notebooks: SVG and PNG.

What differs in colour differs in lightness and hatching, too. It brings its own light ground.
"""

import warnings
from itertools import groupby

from grader.classroom.interop_table import headline
from grader.classroom.meeting import FAILS, UNKNOWN, WORKS
from grader.transcript import readable
from grader.words import _, told

INK, SKY, SAND, GREY = "#222222", "#a9cbe8", "#e3b564", "#dddddd"  # those of notebooks/pictures.py
LOOKS = {
    WORKS: ({"facecolor": SKY}, _("they work together")),
    FAILS: ({"facecolor": SAND, "hatch": "////"}, _("they do not")),
    UNKNOWN: ({"facecolor": GREY, "hatch": ".."}, _("could not tell")),
}
SIDE = 0.3  # inches of a cell, as long as there are not too many
LARGEST = 24  # inches of the map; of more cells than fit each is smaller
NAMED = 80  # servers or clients, at most, that are all named at the edge; of more, every second or tenth
STYLE = {
    "font.size": 9,
    "svg.hashsalt": "interop",  # the same picture has the same bytes
    "hatch.linewidth": 0.6,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
}


def write(servers, clients, cells, folder):
    """Draws the map; the paths of interop.svg and interop.png."""
    import matplotlib

    written = [folder / "interop.svg", folder / "interop.png"]
    with matplotlib.rc_context(STYLE), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph")  # a name in letters that the font lacks: the table has it
        picture = drawn(servers, clients, cells)
        picture.savefig(written[0], metadata={"Date": None})
        picture.savefig(written[1], dpi=110)
    return written


def drawn(servers, clients, cells):
    from matplotlib.figure import Figure

    wide, high = (min(SIDE * len(keys), LARGEST) for keys in (clients, servers))
    figure = Figure(figsize=(wide + 3, high + 2), layout="constrained")
    axes = figure.add_subplot(xlim=(0, len(clients)), ylim=(len(servers), 0))
    axes.set_title(told(headline(cells)))
    axes.set(xlabel=told(_("client")), ylabel=told(_("server")))
    for verdict in LOOKS:
        axes.add_collection(stretches(verdict, servers, clients, cells))
    lines_between(axes, servers, clients)
    name(axes.set_xticks, clients, rotation=90)
    name(axes.set_yticks, servers)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    figure.legend(handles=legend(), loc="outside lower left", ncols=3, frameon=False)
    return figure


def stretches(verdict, servers, clients, cells):
    """All cells with this verdict as one thing to draw, neighbours in a row as one: there may be 90,000."""
    from matplotlib.collections import PolyCollection

    corners = []
    for y, server in enumerate(servers):
        for x, wide in runs([cells[server, client].verdict == verdict for client in clients]):
            corners.append([(x, y), (x + wide, y), (x + wide, y + 1), (x, y + 1)])
    return PolyCollection(corners, edgecolor=INK, linewidth=0, **LOOKS[verdict][0])


def runs(row):
    """Where it is true, and for how many places at a stretch."""
    at = 0
    for is_true, group in groupby(row):
        wide = len(list(group))
        if is_true:
            yield at, wide
        at += wide


def lines_between(axes, servers, clients):
    """White lines that part the cells, as long as those are large enough to be told apart."""
    if max(len(servers), len(clients)) <= NAMED:
        axes.vlines(range(len(clients) + 1), 0, len(servers), color="white", linewidth=0.8)
        axes.hlines(range(len(servers) + 1), 0, len(clients), color="white", linewidth=0.8)


def name(set_ticks, keys, **style):
    """Writes the names at the edge, as they are: a dollar in them is no formula."""
    step = next(step for step in (1, 2, 10, 100, len(keys)) if len(keys) / step <= NAMED)
    named = list(enumerate(keys))[::step]
    set_ticks(
        [place + 0.5 for place, _key in named],
        [readable(key) for _place, key in named],
        parse_math=False,
        **style,
    )


def legend():
    from matplotlib.patches import Patch

    return [Patch(edgecolor=INK, linewidth=0.5, label=told(words), **look) for look, words in LOOKS.values()]
