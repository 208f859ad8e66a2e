"""The look of pictures: themes of colours and letters, and the cells of tables."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, sqrt
from typing import TYPE_CHECKING, Literal

from microgradnet.drawing.widths import Align, roomy

if TYPE_CHECKING:  # imported when used: a third of the time that `import microgradnet` takes
    import graphviz

__all__ = ["CLASSES", "DARK", "LIGHT", "ROLES", "SMALL", "THEMES", "Cell", "Row", "Scale", "Theme"]
__all__ += ["cut", "escaped", "framed", "joined", "label_of_lines", "pushed", "small"]
__all__ += ["title_cell", "written"]

Pair = tuple[str, str]
Look = Literal["light", "dark"]
Direction = Literal["TB", "LR"]
Cell = dict[str, str | int]  # the attributes of a table cell, and its text under ""
Row = list[Cell]
LONGEST_TEXT, LONGEST_LINE = 40, 300
NEWLINE = '<BR ALIGN="LEFT"/>'

# The roles of a value in its graph, in the order of legends.
ROLES = ("parameter", "frozen", "input", "target", "inner", "root")


@dataclass(frozen=True, eq=False)
class Theme:
    """The colours of a picture: `roles` by name (border and badge, head), gradients by sign.

    The pair of a sign is its palest and its deepest colour. Orange and blue show the sign, and
    roles differ in lightness too, so that readers who see no red or no green can tell them apart.

    >>> LIGHT.paper, THEMES["dark"].paper
    ('#ffffff', '#12181f')
    """

    paper: str  # background of the picture
    box: str  # background of the numbers of a value
    frame: Pair  # of a neuron: fill, border
    port: str  # background of a local derivative
    ink: str
    soft: str  # the names of numbers
    faint: str  # derivatives of 1
    badge: str  # letters on a badge
    roles: Mapping[str, Pair]
    tints: Mapping[int, Pair]
    lines: Mapping[int, Pair]
    heat: Mapping[int, Pair]  # of heat maps
    not_finite: str
    verdicts: Mapping[str, Pair]  # line, fill

    def digraph(self, across: bool, label: str, **attributes: str) -> graphviz.Digraph:
        """Return an empty picture, left to right or top to bottom, whose nodes will be tables."""
        import graphviz

        shared = {"bgcolor": self.paper, "fontcolor": self.soft, "fontname": FONT}
        places = {"rankdir": "LR" if across else "TB", "label": label}
        return graphviz.Digraph(
            graph_attr={**GRAPH, **shared, **places, **attributes},
            node_attr={
                "shape": "plain",
                "fontname": FONT,
                "fontsize": LETTERS,
                "fontcolor": self.ink,
            },
            edge_attr={"arrowsize": "0.6"},
        )

    def cluster(self) -> dict[str, str]:
        """Return the attributes of the frame of a neuron."""
        fill, border = self.frame
        return {**CLUSTER, "fillcolor": fill, "color": border, "fontcolor": self.ink}


FONT = "Helvetica"
LETTERS, SMALL = "11", "9"  # points
GRAPH = {
    "nodesep": "0.2",
    "ranksep": "0.36",
    "pad": "0.12",
    "fontsize": "10",
    "labelloc": "b",
    "labeljust": "l",
}
CLUSTER = {
    "labelloc": "t",
    "labeljust": "l",
    "style": "rounded,filled",
    "margin": "8",
    "fontsize": "12",
}

LIGHT = Theme(
    paper="#ffffff",
    box="#ffffff",
    frame=("#f4f6f9", "#c3cad4"),
    port="#e3e8ee",
    ink="#1f2933",
    soft="#4d5968",
    faint="#8b95a1",
    badge="#ffffff",
    roles={
        "parameter": ("#b57204", "#ffe9b0"),
        "frozen": ("#2583b6", "#aee6fb"),
        "input": ("#57bb62", "#dbfad7"),
        "target": ("#98948b", "#d5d8cc"),
        "inner": ("#4d5968", "#ffffff"),
        "root": ("#a9222f", "#efc6d3"),
    },
    tints={-1: ("#ecf2f9", "#74a1d6"), 0: ("#f4f6f9", "#f4f6f9"), 1: ("#fdf3eb", "#f4a76d")},
    lines={-1: ("#abb8c8", "#5188c8"), 0: ("#c3cad4", "#c3cad4"), 1: ("#bcb9ba", "#ea8f4a")},
    heat={-1: ("#f4f6f9", "#1d57a5"), 0: ("#f4f6f9", "#f4f6f9"), 1: ("#f4f6f9", "#b8540a")},
    not_finite="#e2899a",
    verdicts={
        "wrong": ("#b3261e", "#fbd9d5"),
        "follows": ("#6f7a87", "#e9ecf0"),
        "cannot tell": ("#8a6100", "#fff0cc"),
        "not checked": ("#8a6100", "#fff0cc"),
        "scaled": ("#0f6674", "#dcf1f4"),
        "right": ("#14703a", "#e3f3e6"),
    },
)
DARK = Theme(
    paper="#12181f",
    box="#1b232d",
    frame=("#161d26", "#394655"),
    port="#2a3542",
    ink="#e8edf3",
    soft="#a9b6c4",
    faint="#78869a",
    badge="#0c1116",
    roles={
        "parameter": ("#e0a93c", "#4d3a14"),
        "frozen": ("#30c2e9", "#054a66"),
        "input": ("#8cea7f", "#2f4a34"),
        "target": ("#7fb3a0", "#4d565c"),
        "inner": ("#93a3b5", "#1b232d"),
        "root": ("#e46b78", "#490d18"),
    },
    tints={-1: ("#1d2836", "#2a62a3"), 0: ("#1f2832", "#1f2832"), 1: ("#2c2620", "#9c5018")},
    lines={-1: ("#46576b", "#5d9ce6"), 0: ("#48545f", "#48545f"), 1: ("#5e554e", "#f09a55")},
    heat={-1: ("#1f2832", "#6fb0ff"), 0: ("#1f2832", "#1f2832"), 1: ("#1f2832", "#ffa95e")},
    not_finite="#8a2c40",
    verdicts={
        "wrong": ("#ff9d94", "#5a1f1b"),
        "follows": ("#8d9aab", "#27313d"),
        "cannot tell": ("#e0a93c", "#3d3014"),
        "not checked": ("#e0a93c", "#3d3014"),
        "scaled": ("#6cc5d3", "#183339"),
        "right": ("#6fd797", "#1c3326"),
    },
)
THEMES: dict[Look, Theme] = {"light": LIGHT, "dark": DARK}

# Colours of the classes in the picture of a training: eight that differ as much as possible.
CLASSES = (
    LIGHT.lines[-1][1],
    LIGHT.lines[1][1],
    LIGHT.roles["input"][0],
    "#8a63b0",
    LIGHT.roles["root"][0],
    LIGHT.roles["inner"][0],
    LIGHT.roles["parameter"][0],
    "#2a9d9d",
)


class Scale:
    """A colour scale for gradients: by sign, deeper by the square root of the size.

    >>> tint = Scale(LIGHT.tints, [-4.0, 1.0], LIGHT.not_finite)
    >>> tint(-4.0), tint.depth(1.0)
    ('#74a1d6', 0.5)
    """

    def __init__(
        self, ends: Mapping[int, Pair], gradients: Iterable[float], not_finite: str
    ) -> None:
        self.ends, self.not_finite = ends, not_finite
        self.largest = max((abs(g) for g in gradients if isfinite(g)), default=0.0)

    def depth(self, g: float) -> float:
        """Return the size of a gradient relative to the largest, from 0 to 1."""
        return min(1.0, sqrt(abs(g) / self.largest)) if self.largest and isfinite(g) else 0.0

    def __call__(self, g: float) -> str:
        if not isfinite(g):
            return self.not_finite
        pale, deep = (bytes.fromhex(c[1:]) for c in self.ends[(g > 0) - (g < 0)])
        t = self.depth(g)
        return "#" + bytes(round(a + (b - a) * t) for a, b in zip(pale, deep)).hex()

    def stroke(self, g: float) -> dict[str, str]:
        """Return the colour and the width of an edge."""
        return {"color": self(g), "penwidth": f"{0.8 + 2.2 * self.depth(g):.2f}"}


def framed(rows: list[Row], role: str, theme: Theme, style: str = "") -> str:
    """Return rows of cells as a table with the border of a role."""
    return (
        f'<TABLE BORDER="1"{style} COLOR="{theme.roles[role][0]}" CELLBORDER="0" CELLSPACING="0" '
        f'CELLPADDING="4" BGCOLOR="{theme.box}">{"".join(map(_row, rows))}</TABLE>'
    )


def pushed(text: str, by: int) -> str:
    """Return a table with empty space of the given width to its left.

    >>> pushed("<TABLE></TABLE>", 0)
    '<TABLE></TABLE>'
    """
    frame = 'BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0"'
    room = f'<TABLE {frame}><TR><TD WIDTH="{by}"></TD><TD>{text}</TD></TR></TABLE>'
    return room if by > 0 else text


def small(
    text: str, colour: str, longest: int = LONGEST_TEXT, align: Align = "centre", bold: bool = False
) -> str:
    """Return text in smaller letters, escaped."""
    shown = escaped(text, longest, align, bold)
    shown = f"<B>{shown}</B>" if bold else shown
    return f'<FONT POINT-SIZE="{SMALL}" COLOR="{colour}">{shown}</FONT>'


def title_cell(text: str, colour: str) -> Cell:
    """Return the cell with the title of a table."""
    return {"": f"<B>{escaped(text, bold=True)}</B>", "BGCOLOR": colour}


def joined(ports: Sequence[Cell], cells: Sequence[Cell], across: bool) -> list[Row]:
    """Return the rows of a table: cells one below the other, and ports where edges come in.

    across: whether that is from the left, else from above.

    >>> [len(row) for row in joined([{"": "i0"}, {"": "i1"}, {"": "i2"}], [{"": "x"}], True)]
    [2, 1, 1]
    """
    if across and ports:
        n = max(len(ports), len(cells))
        return [[*a, *b] for a, b in zip(_spread(ports, n), _spread(cells, n))]
    rows: list[Row] = [[cell | {"COLSPAN": max(1, len(ports))}] for cell in cells]
    return [[*ports], *rows] if ports else rows


def _spread(cells: Sequence[Cell], n: int) -> list[Row]:
    """Distribute cells, one below the other, over n rows; the last but one takes the spare rows."""
    heights = [1] * len(cells)
    heights[max(0, len(cells) - 2)] += n - len(cells)
    rows: list[Row] = [[] for _ in range(n)]
    first = 0
    for cell, height in zip(cells, heights):
        rows[first] = [cell | {"ROWSPAN": height}]
        first += height
    return rows


def _row(cells: Row) -> str:
    tags = []
    for cell in cells:
        attributes = "".join(f' {k}="{v}"' for k, v in cell.items() if k and v != 1)
        tags.append(f"<TD{attributes}>{cell['']}</TD>")
    return f"<TR>{''.join(tags)}</TR>"


def escaped(
    text: str, longest: int = LONGEST_TEXT, align: Align = "centre", bold: bool = False
) -> str:
    r"""Return text fit for a table, escaped, with room for the widest font that may draw it.

    >>> escaped("a < b"), escaped("")
    (' a &lt; b ', '&#160;')
    """
    shown = cut(text, longest)
    # Graphviz takes \N for the name of the node even here.
    return html.escape(roomy(shown, align, bold)).replace("\\", "\\\\") if shown else "&#160;"


def cut(text: str, longest: int = LONGEST_TEXT) -> str:
    r"""Return text on one line, shortened.

    >>> print(cut("a\nb"), cut("\N{GREEK SMALL LETTER XI}" * 99)[-2:])
    a b ξ…
    """
    text = text.encode("utf-8", "replace").decode()  # a lone surrogate has no encoding
    text = "".join(c if c.isprintable() else " " for c in text).strip()
    return text[: longest - 1] + "…" if len(text) > longest else text


def label_of_lines(lines: Iterable[str], name: str) -> str:
    """Return lines of a legend as a Graphviz label; name: that of the root, for its places.

    >>> label_of_lines(["red: {root}"], "L")
    '<<BR ALIGN="LEFT"/>red: L <BR ALIGN="LEFT"/>>'
    """
    texts = (escaped(line.replace("{root}", name), LONGEST_LINE, "left") for line in lines)
    return f"<{NEWLINE}{''.join(text + NEWLINE for text in texts)}>"


def written(number_format: str, x: float) -> str:
    """Return a number as text, with a true minus sign, and without a sign for 0.

    >>> written("{:.2f}", -0.001), written("{:.2f}", -1.5)
    ('0.00', '−1.50')
    """
    text = number_format.format(x)
    if not any(c in "123456789nf" for c in text.split("e")[0]):  # n and f: nan, inf
        text = text.replace("-", "")
    return text.replace("-", "−")
