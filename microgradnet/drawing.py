"""The picture: a node per value, a cluster per neuron, edges that show the gradient they bring."""

from __future__ import annotations

import html
import itertools
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from math import isfinite, sqrt
from typing import TYPE_CHECKING, Any

from microgradnet.anatomy import PARAMETERS, Part, dissect, operands
from microgradnet.module import Module
from microgradnet.rendering import Drawing
from microgradnet.tables import escaped, table, written
from microgradnet.value import Value, reachable

if TYPE_CHECKING:  # imported when used: a third of the time that `import microgradnet` takes
    import graphviz

__all__ = ["draw"]

MOST_NODES = 2_000  # laid out in 0.4 s; 5,000 take 2 to 5 s, and as PNG up to 4 GB

# Of a gradient below, at and above 0: the palest colour and the deepest.
TINTS = {-1: ("#ecf2f9", "#74a1d6"), 0: ("#f4f6f9", "#f4f6f9"), 1: ("#fdf3eb", "#f4a76d")}
LINES = {-1: ("#abb8c8", "#5188c8"), 0: ("#c3cad4", "#c3cad4"), 1: ("#bcb9ba", "#ea8f4a")}
NOT_FINITE = "#e2899a"

GRAPH = {
    "nodesep": "0.2",
    "ranksep": "0.36",
    "pad": "0.12",
    "bgcolor": "white",
    "fontname": "Helvetica",
    "fontsize": "10",
    "fontcolor": "#4d5968",
    "labelloc": "b",
    "labeljust": "l",
}
NODE = {"shape": "plain", "fontname": "Helvetica", "fontsize": "11"}
EDGE = {"arrowsize": "0.6"}
CLUSTER = {
    "labelloc": "t",
    "labeljust": "l",
    "style": "rounded,filled",
    "fillcolor": "#f4f6f9",
    "color": "#c3cad4",
    "margin": "8",
    "fontsize": "12",
    "fontcolor": "#333d49",
}
LEGEND = (
    "",
    "grey cell at an arrowhead: local derivative ∂(node)/∂(that input)",
    "grad: ∂{root}/∂(node), orange > 0, blue < 0, deeper = larger;  "
    "edge width: gradient flowing back",
)


def draw(loss: Value, *, rankdir: str = "TB", number_format: str = "{:.4g}") -> Drawing:
    """Return the picture of the graph that ends in a Value, with the gradients of that Value.

    rankdir: "TB", top to bottom, or "LR", left to right; number_format: of all numbers. Whether
    `backward()` was called, or how often, makes no difference: no `grad` is read or set.

    Raises TypeError for anything but a Value; ValueError for a graph of more than 2,000 values,
    and, naming the leaf, where its data was set after its use.

    >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
    >>> picture = draw(a * b)
    >>> "a·b" in picture.dot.source
    True
    """
    if not isinstance(loss, Value):
        raise TypeError(f"draw takes a Value, not {type(loss).__name__}{_hint(loss)}")
    if rankdir not in ("TB", "LR"):
        raise ValueError(f"rankdir is 'TB' or 'LR', not {rankdir!r}")
    n = sum(map(len, reachable(loss)))
    if n > MOST_NODES:
        raise ValueError(
            f"this graph has {n:,} values, and a picture holds at most {MOST_NODES:,}: "
            "draw a part of it, such as draw(h1), or a smaller net"
        )
    return Drawing(_Picture(dissect(loss), rankdir, number_format).dot, root=loss)


def _hint(found: Any) -> str:
    if isinstance(found, Module):
        return "; call it on a row first: draw(net([1.0, 2.0]))"
    return "; draw one of them, or their loss" if isinstance(found, (list, tuple)) else ""


class _Picture:
    """The DOT text of a graph, put together statement by statement."""

    def __init__(self, parts: Mapping[Value, Part], rankdir: str, number_format: str) -> None:
        self.parts = parts
        self.ids = {node: f"n{i}" for i, node in enumerate(parts)}
        self.across = rankdir == "LR"
        self.number = partial(written, number_format)
        self.tint = _Scale(TINTS, [part.grad for part in parts.values()])
        *_, root = parts
        graph = {"rankdir": rankdir, **GRAPH, "label": _legend(root.label)}
        import graphviz

        self.dot = graphviz.Digraph(graph_attr=graph, node_attr=NODE, edge_attr=EDGE)
        weights = [x for x, _ in self.weighings()]
        for group in dict.fromkeys(part.group for part in parts.values()):
            members = [node for node in parts if parts[node].group == group]
            if not group:
                self.nodes(self.dot, members)
                self.chain(self.dot, self.net_inputs())
                continue
            with self.dot.subgraph(name=f"cluster_{self.ids[members[0]]}") as cluster:
                cluster.attr(label=f"<<B>{escaped(group)}</B>>", **CLUSTER)
                self.nodes(cluster, members)
                self.chain(cluster, [w for w in weights if parts[w].group == group])
        self.edges()
        self.weights_below()

    def nodes(self, dot: graphviz.Digraph, members: Iterable[Value]) -> None:
        for node in members:
            part = self.parts[node]
            tint = self.tint(part.grad)
            label = table(node, part, across=self.across, number=self.number, tint=tint)
            dot.node(self.ids[node], f"<{label}>")

    def weighings(self) -> list[tuple[Value, Value | None]]:
        """Each weight of a neuron, with what it multiplies if that is a Value."""
        found: dict[Value, Value | None] = {}
        for node in self.parts:
            if node._op is not None and node._op.name == "mul" and self.parts[node].group:
                weight, *others = operands(node)
                if self.parts[weight].role in PARAMETERS:
                    found.setdefault(weight, others[0] if others else None)
        return list(found.items())

    def net_inputs(self) -> list[Value]:
        """The inputs that neurons weigh."""
        weighed = dict.fromkeys(x for _, x in self.weighings() if x is not None)
        return [x for x in weighed if self.parts[x].role == "input"]

    def chain(self, dot: graphviz.Digraph, line: Sequence[Value]) -> None:
        """Keep values side by side, in order."""
        if len(line) > 1:
            with dot.subgraph(graph_attr={"rank": "same"}, edge_attr={"style": "invis"}) as same:
                for a, b in itertools.pairwise(line):
                    same.edge(self.ids[a], self.ids[b])

    def edges(self) -> None:
        parts = self.parts
        flows = [
            (x, node, i, parts[node].grad * parts[node].partials[i])
            for node in parts
            for i, x in enumerate(operands(node))
        ]
        line = _Scale(LINES, [flow for *_, flow in flows])
        for x, node, i, flow in flows:
            between = parts[x].group and parts[x].group != parts[node].group
            self.dot.edge(
                self.ids[x],
                f"{self.ids[node]}:i{i}:{'w' if self.across else 'n'}",
                color=line(flow),
                penwidth=f"{0.8 + 2.2 * line.depth(flow):.2f}",
                **({"minlen": "2"} if between else {}),
            )

    def weights_below(self) -> None:
        """Draw weights below the neurons they weigh: it draws their own neuron amid those."""
        for weight, x in self.weighings():
            if x is not None and self.parts[x].group not in ("", self.parts[weight].group):
                self.dot.edge(self.ids[x], self.ids[weight], style="invis")


def _legend(root: str) -> str:
    name = root if 0 < len(root) < 9 else "(root)"
    lines = (line.format(root="\0") for line in LEGEND)
    text = "".join(f'{html.escape(line)}<BR ALIGN="LEFT"/>' for line in lines)
    return f"<{text}>".replace("\0", escaped(name))


class _Scale:
    """Colours for gradients: by sign, deeper by the square root of the size."""

    def __init__(self, ends: Mapping[int, Sequence[str]], gradients: Iterable[float]) -> None:
        self.ends = ends
        self.largest = max((abs(g) for g in gradients if isfinite(g)), default=0.0)

    def depth(self, g: float) -> float:
        return sqrt(abs(g) / self.largest) if g and isfinite(g) else 0.0

    def __call__(self, g: float) -> str:
        if not isfinite(g):
            return NOT_FINITE
        pale, deep = (bytes.fromhex(c[1:]) for c in self.ends[(g > 0) - (g < 0)])
        t = self.depth(g)
        return "#" + bytes(round(a + (b - a) * t) for a, b in zip(pale, deep)).hex()
