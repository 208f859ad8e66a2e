"""What pictures look like: the colours of roles and gradients, light and dark, and the letters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isfinite, sqrt
from typing import Literal

__all__ = ["CLASSES", "DARK", "LIGHT", "ROLES", "SAID", "THEMES", "Scale", "Theme"]

Pair = tuple[str, str]
Look = Literal["light", "dark"]
Direction = Literal["TB", "LR"]

# What a value can be in its graph, in the order of legends.
ROLES = ("parameter", "frozen", "input", "target", "inner", "root")
# What a legend says of their colours.
SAID = {
    "parameter": "amber: parameter",
    "frozen": "blue: frozen parameter",
    "input": "green: input",
    "target": "grey: target",
    "root": "red: {root}",
}


@dataclass(frozen=True)
class Theme:
    """Colours: `roles` by name (border and badge, head), gradients by sign (palest, deepest).

    Orange and blue for the sign, and the roles apart in lightness too: told from each other by
    readers who see no red or no green.

    >>> LIGHT.paper, THEMES["dark"].paper
    ('#ffffff', '#12181f')
    """

    paper: str  # behind everything
    box: str  # behind the figures of a value
    frame: Pair  # of a neuron: fill, border
    port: str  # behind a local derivative
    ink: str
    soft: str  # the names of figures
    faint: str  # derivatives of 1
    badge: str  # letters on a badge
    roles: Mapping[str, Pair]
    tints: Mapping[int, Pair]
    lines: Mapping[int, Pair]
    not_finite: str
    verdicts: Mapping[str, Pair]  # line, fill

    def graph(self, **attributes: str) -> dict[str, str]:
        """The attributes of a whole picture, and those given."""
        shared = {"bgcolor": self.paper, "fontcolor": self.soft, "fontname": FONT}
        return {**GRAPH, **shared, **attributes}

    def node(self) -> dict[str, str]:
        """The attributes of all nodes, which are tables."""
        return {"shape": "plain", "fontname": FONT, "fontsize": LETTERS, "fontcolor": self.ink}

    def cluster(self) -> dict[str, str]:
        """The attributes of the frame of a neuron."""
        fill, border = self.frame
        return {**CLUSTER, "fillcolor": fill, "color": border, "fontcolor": self.ink}


FONT = "Helvetica"
LETTERS = "11"  # points
EDGE = {"arrowsize": "0.6"}
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

# Of the classes in the picture of a training: as far apart as eight can be.
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
    """Colours for gradients: by sign, deeper by the square root of the size.

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
        """How large a gradient is, from 0 to 1."""
        return min(1.0, sqrt(abs(g) / self.largest)) if self.largest and isfinite(g) else 0.0

    def __call__(self, g: float) -> str:
        if not isfinite(g):
            return self.not_finite
        pale, deep = (bytes.fromhex(c[1:]) for c in self.ends[(g > 0) - (g < 0)])
        t = self.depth(g)
        return "#" + bytes(round(a + (b - a) * t) for a, b in zip(pale, deep)).hex()

    def stroke(self, g: float) -> dict[str, str]:
        """The colour and the width of an edge."""
        return {"color": self(g), "penwidth": f"{0.8 + 2.2 * self.depth(g):.2f}"}
