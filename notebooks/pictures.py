"""The pictures of the notebooks, in one quiet style that reads in print, on white, and on a dark page.

What differs in colour differs in lightness or hatching, too. Each picture brings its own light ground.
"""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
from IPython.display import SVG, Markdown, display

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from grader.reports.sequence import draw

INK, BLUE, SKY, SAND = "#222222", "#0b4f8a", "#a9cbe8", "#e3b564"  # of different lightness
BOX = {"boxstyle": "round,pad=0.5", "facecolor": SKY, "edgecolor": INK}
plt.rcParams.update(
    {
        "figure.dpi": 110,
        "figure.facecolor": "white",  # its own ground, so that it reads on a dark page too
        "font.size": 10,
        "axes.titlelocation": "left",
        "axes.titleweight": "bold",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "legend.frameon": False,
        "hatch.linewidth": 0.6,
    }
)


def figure(title, across="", up="", size=(7.2, 2.8)):
    """Empty axes in the style of these pages. The title states what was found."""
    _, axes = plt.subplots(figsize=size, layout="constrained")
    axes.set(title=title, xlabel=across, ylabel=up)
    return axes


def lanes(started, title, times=False):
    """Shows who said what to whom: a lane for each person, and the server's."""
    display(SVG(draw(started.transcript.events, title, times)))


def table(heads, rows):
    """Shows a table."""
    lines = [heads, ["---"] * len(heads), *rows]
    display(Markdown("\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)))


def bars(axes, values, form="{:,.0f}", good=()):
    """A bar for each name, with its value beside it: dark for the good ones, the others hatched."""
    for number, (name, value) in enumerate(values.items()):
        style = {"color": BLUE} if name in good else {"color": SAND, "hatch": "////"}
        axes.barh(name, value, 0.6, edgecolor=INK, **style)
        axes.annotate(form.format(value), (value, number), (4, 0), textcoords="offset points", va="center")
    axes.invert_yaxis()
    axes.margins(x=0.15)


def lines(axes, series, styles=("o-", "s--", "^:")):
    """A line for each name, which stands at its end: `series` is {name: [(x, y)]}."""
    for (name, points), style in zip(series.items(), styles, strict=False):
        axes.plot(*zip(*points, strict=True), style, color=INK, markersize=4)
        axes.annotate(name, points[-1], (8, 0), textcoords="offset points", va="center")
    longest = max(points[-1][0] for points in series.values())
    axes.set_xlim(right=longest * 1.3)


def spans(title, across, rows, wide=None):
    """Who did what from when to when: `rows` is {who: [(begin, end, what)]}; `wide`: where the axis ends."""
    axes = figure(title, across, size=(7.2, 0.42 * len(rows) + 1.1))
    wide = wide or max(end for row in rows.values() for _, end, _ in row)
    axes.set_xlim(0, wide)
    for number, row in enumerate(rows.values()):
        narrow = []
        for begin, end, what in row:
            axes.barh(number, end - begin, 0.7, left=begin, color=shade(what), edgecolor="white")
            if end - begin > wide / 12:  # there is room for a word
                axes.text((begin + end) / 2, number, what, ha="center", va="center", fontsize=8, clip_on=True)
            else:
                narrow.append(what)
        if narrow and narrow[-1] == row[-1][2]:
            axes.text(row[-1][1] + wide / 100, number, ", ".join(narrow), va="center", fontsize=8)
    axes.set_yticks(range(len(rows)), rows)
    axes.invert_yaxis()
    return axes


def timeline(title, across, life):
    """In which state each was after each step: `life` is [(step, {who: state})]."""
    who_is_there = list(dict.fromkeys(who for _, states in life for who in states))
    steps = list(enumerate(states for _, states in life))
    rows = {who: [(n, n + 1, there[who]) for n, there in steps if who in there] for who in who_is_there}
    axes = spans(title, across, rows)
    axes.set_xticks([number + 0.5 for number in range(len(life))], [step for step, _ in life])


def grid(title, across, up, columns, rows, shades=None):
    """A table as a picture: `rows` is {name: [what stands in each column]}. Words are shaded by `shades`."""
    known = {"": "white", "✓": SKY, "✗": SAND} | (shades or {})
    axes = figure(title, across, up, size=(7.2, 0.36 * len(rows) + 1.2))
    for number, row in enumerate(rows.values()):
        for place, what in enumerate(row):
            colour = known.get(what, "#eeeeee")
            axes.add_patch(plt.Rectangle((place, number), 1, 1, facecolor=colour, edgecolor="white"))
            axes.text(place + 0.5, number + 0.5, what, ha="center", va="center", fontsize=9)
    axes.set(xlim=(0, len(columns)), ylim=(len(rows), 0))
    axes.set_xticks([place + 0.5 for place in range(len(columns))], columns)
    axes.set_yticks([number + 0.5 for number in range(len(rows))], rows)
    axes.tick_params(length=0)
    for side in axes.spines.values():
        side.set_visible(False)


def shade(state):
    """A light colour for a state, the same one each time."""
    known = {"LISTEN": "#dddddd", "ESTABLISHED": SKY, "served": SKY, "TIME_WAIT": SAND}
    return known.get(state, "#f3e3c3")


def machine(title, states, moves):
    """A state machine: `states` from left to right, `moves` is {(before, after, words): how often}."""
    axes = figure(title, size=(8.2, 3.4))
    axes.set(xlim=(-0.7, len(states) - 0.3), ylim=(-0.6, 2.3))
    axes.axis("off")
    for place, state in enumerate(states):
        axes.text(place, 0, state, ha="center", va="center", weight="bold", bbox=BOX)
    for before, after in dict.fromkeys(move[:2] for move in moves):
        words = [f"{text}  ×{n}" for (*ends, text), n in sorted(moves.items()) if ends == [before, after]]
        draw_move(axes, states.index(before), states.index(after), "\n".join(words))


def draw_move(axes, begin, end, words):
    """An arrow from one state to another with its words below, or a loop with its words above."""
    arrow = {"arrowstyle": "-|>", "color": INK, "shrinkA": 0, "shrinkB": 0}
    if begin == end:
        loop = arrow | {"connectionstyle": "arc3,rad=-1.3"}
        axes.annotate("", (begin + 0.12, 0.18), (begin - 0.12, 0.18), arrowprops=loop)
        axes.text(begin, 0.68, words, ha="center", va="bottom", fontsize=8)
        return
    axes.annotate("", (end - 0.27, 0), (begin + 0.27, 0), arrowprops=arrow)
    axes.text((begin + end) / 2, -0.22, words, ha="center", va="top", fontsize=8)
