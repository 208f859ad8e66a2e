"""The picture with a node per value, a cluster per neuron, and edges that show gradients."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from microgradnet.autograd.labels import PARAMETERS
from microgradnet.autograd.value import Value
from microgradnet.derivations.spelling import Format
from microgradnet.drawing.anatomy import Part, title_of
from microgradnet.drawing.rendering import side_by_side
from microgradnet.drawing.selection import Selection, runs
from microgradnet.drawing.styles import (
    Cell,
    Row,
    Scale,
    Theme,
    cut,
    escaped,
    framed,
    small,
    title_cell,
)
from microgradnet.drawing.widths import cell_width

if TYPE_CHECKING:
    import graphviz

__all__ = ["HIGHEST", "Details"]

NODE_GAP, RANK_GAP, FRAME = 14, 26, 26  # points between nodes, ranks, and round a neuron
NODE_HEIGHT, HIGHEST = 84, 1500  # points: of a node, and of a picture, 2,000 pixels
BIG = 1_000  # larger graphs are placed in fewer steps, in 2 s instead of 10
TIES = 3  # hidden points of a neuron, besides one for each neighbour


class Details:
    """The DOT text of a graph, built statement by statement.

    A node is named by its place in the graph: n0, n1, ...; the copy of a leaf, drawn nearer to
    another use, with a dashed border, is n0_1. repeats: whether there is a copy.
    """

    def __init__(
        self,
        selection: Selection,
        parts: Mapping[Value, Part],
        number: Format,
        theme: Theme,
    ) -> None:
        self.number, self.theme, self.name = number, theme, selection.name
        drawn = {*selection.leaves, *selection.inner}
        self.parts = {node: part for node, part in parts.items() if node in drawn}
        self.ids = {node: f"n{i}" for i, node in enumerate(parts)}
        self.heights, self.ranks = selection.heights, selection.ranks
        self.uses = [(x, node, i) for node in selection.inner for i, x in selection.operands(node)]
        ranks_of: dict[Value, list[int]] = {}
        for x, node, _ in self.uses:
            if x not in self.heights:
                ranks_of.setdefault(x, []).append(self.ranks[node])
        self.runs = {leaf: runs(ranks) for leaf, ranks in ranks_of.items()}
        self.repeats = any(max(run.values()) for run in self.runs.values())

    def width(self, across: bool) -> float:
        """Return the approximate width of the picture in points."""
        across_rank: dict[int, float] = {}
        frames: dict[str, dict[int, float]] = {}
        below = {x: self.heights[node] - 1 for x, node, _ in reversed(self.uses)}
        for node, part in self.parts.items():
            rank = self.heights.get(node, below.get(node, 0))
            widths = frames.setdefault(part.group, {}) if part.group else across_rank
            w = self.node_width(node, part, across)
            old = widths.get(rank, 0.0)
            widths[rank] = max(old, w) if across else old + w + NODE_GAP
        for widths in frames.values():
            first = min(widths) and 1 + min(widths)  # the weights are drawn below other neurons
            for rank in widths if across else range(first, 1 + max(widths)):
                w = widths[rank] if across else max(widths.values()) + FRAME
                old = across_rank.get(rank, 0.0)
                across_rank[rank] = max(old, w) if across else old + w
        if across:
            return sum(w + RANK_GAP for w in across_rank.values()) + FRAME * len(frames)
        return max(across_rank.values())

    @property
    def fits_down(self) -> bool:
        """Whether the picture, top to bottom, is not too high for a page of its own."""
        ranks = 1 + max(self.heights.values(), default=0)
        return ranks * (NODE_HEIGHT + RANK_GAP) <= HIGHEST

    def node_width(self, node: Value, part: Part, across: bool) -> float:
        badge, title = title_of(node, self.number, self.name)
        head = sum(cell_width(cut(text), bold=True) for text in (badge, title) if text)
        figures = [self.number(node.data), self.number(part.grad)]
        data = 34 + max(52.0, *map(cell_width, figures))
        return max(head, data) + 40 if across and part.partials else max(head, data)

    def dot(self, across: bool, label: str) -> graphviz.Digraph:
        """Return the picture, left to right or top to bottom."""
        theme, parts = self.theme, self.parts
        steps = {"nslimit": "1"} if len(parts) > BIG else {}  # in multiples of the nodes' number
        dot = theme.digraph(across, label, **steps)
        self.tint = Scale(theme.tints, [p.grad for p in parts.values()], theme.not_finite)
        weights = [x for x, _ in self.weighings()]
        for group in dict.fromkeys(part.group for part in parts.values()):
            members = [node for node in parts if parts[node].group == group]
            if not group:
                self.nodes(dot, members, across)
                side_by_side(dot, [self.ids[x] for x in self.net_inputs()])
                continue
            with dot.subgraph(name=f"cluster_{self.ids[members[0]]}") as cluster:
                title = escaped(group, align="left", bold=True)
                cluster.attr(label=f"<<B>{title}</B>>", **theme.cluster())
                self.nodes(cluster, members, across)
                own = [self.ids[w] for w in weights if parts[w].group == group]
                side_by_side(cluster, own[::-1] if across else own)  # Graphviz turns them round
        self.edges(dot, across)
        self.weights_below(dot)
        self.neurons_in_order(dot)
        return dot

    def nodes(self, dot: graphviz.Digraph, members: Iterable[Value], across: bool) -> None:
        for node in members:
            rows = self.rows(node, across)
            for i in range(1 + max(self.runs.get(node, {0: 0}).values())):
                name = self.ids[node] + (f"_{i}" if i else "")
                style = ' STYLE="DASHED"' if i else ""
                dot.node(name, f"<{framed(rows, self.parts[node].role, self.theme, style)}>")

    def rows(self, node: Value, across: bool) -> list[Row]:
        """Return the table of a value: local derivatives, badge and title, data, grad.

        Local derivative i is the port "i0", "i1", ...
        """
        theme, number, part = self.theme, self.number, self.parts[node]
        border, head_colour = theme.roles[part.role]
        badge, title = title_of(node, number, self.name)
        head: Row = []
        if badge:
            text = f'<FONT COLOR="{theme.badge}"><B>{escaped(badge, bold=True)}</B></FONT>'
            head.append({"": text, "BGCOLOR": border})
        if title or not badge:
            head.append(title_cell(title or "·", head_colour))
        ports = [self.port(f"i{i}", number(p)) for i, p in enumerate(part.partials)]
        data = _figure("data", number(node.data), theme.soft, {})
        grad = _figure("grad", number(part.grad), theme.ink, {"BGCOLOR": self.tint(part.grad)})
        return (_rows_across if across else _rows_down)(ports, head, data, grad)

    def port(self, name: str, text: str) -> Cell:
        colour = self.theme.faint if text == "1" else self.theme.ink
        return {"": small(text, colour), "PORT": name, "BGCOLOR": self.theme.port, "WIDTH": 38}

    def weighings(self) -> list[tuple[Value, Value | None]]:
        """Return each weight of a neuron with its other factor, or None if that is not drawn."""
        found: dict[Value, Value | None] = {}
        for node in self.parts:
            group = self.parts[node].group
            factors = node.inputs if group and node.op in ("*", "weighted_sum") else ()
            for a, b in zip(factors[::2], factors[1::2]):
                weight, other = (a, b) if isinstance(a, Value) else (b, a)
                part = self.parts.get(weight) if isinstance(weight, Value) else None
                if isinstance(weight, Value) and part and part.role in PARAMETERS:
                    drawn = other if isinstance(other, Value) and other in self.parts else None
                    found.setdefault(weight, drawn)
        return list(found.items())

    def net_inputs(self) -> list[Value]:
        """Return the inputs that neurons multiply by weights."""
        weighed = dict.fromkeys(x for _, x in self.weighings() if x is not None)
        return [x for x in weighed if self.parts[x].role == "input"]

    def edges(self, dot: graphviz.Digraph, across: bool) -> None:
        parts = self.parts
        flows = [parts[node].grad * parts[node].partials[i] for _, node, i in self.uses]
        line = Scale(self.theme.lines, flows, self.theme.not_finite)
        for (x, node, i), flow in zip(self.uses, flows):
            between = parts[x].group and parts[x].group != parts[node].group
            copy = self.runs[x][self.ranks[node]] if x in self.runs else 0
            dot.edge(
                self.ids[x] + (f"_{copy}" if copy else ""),
                f"{self.ids[node]}:i{i}:{'w' if across else 'n'}",
                **line.stroke(flow),
                **({"minlen": "2"} if between else {}),
                **({"weight": "3"} if x in self.heights and not parts[x].group else {}),
            )

    def weights_below(self, dot: graphviz.Digraph) -> None:
        """Draw weights below the neurons whose outputs they multiply, to keep neurons compact."""
        for weight, x in self.weighings():
            if x is not None and self.parts[x].group not in ("", self.parts[weight].group):
                dot.edge(self.ids[x], self.ids[weight], style="invis")

    def neurons_in_order(self, dot: graphviz.Digraph) -> None:
        """Keep the neurons of a layer in order: each above its places in a row of hidden points.

        Graphviz ignores an order of nodes that lie in different clusters, but it puts a node at the
        median of its neighbours. So a neuron has more hidden points than other neighbours.
        """
        uses = Counter(x for x, _, _ in self.uses)
        last = {part.group: node for node, part in self.parts.items() if part.group}
        layers: dict[int, list[Value]] = {}
        for node in last.values():
            layers.setdefault(self.heights.get(node, 0), []).append(node)
        hidden = {"shape": "point", "style": "invis", "width": "0.01", "height": "0.01"}
        for layer in layers.values():
            if len(layer) < 2:
                continue
            names = {x: f"{self.ids[x]}_place" for x in layer}
            places = {x: [f"{names[x]}{i}" for i in range(uses[x] + TIES)] for x in layer}
            side_by_side(dot, [place for row in places.values() for place in row], **hidden)
            for node, row in places.items():
                for place in row:  # of weight 1, so that the neurons end at one height
                    dot.edge(self.ids[node], place, style="invis")


def _figure(name: str, text: str, colour: str, background: Cell) -> Row:
    cells: Row = [
        {"": small(name, colour, align="left"), "ALIGN": "LEFT"},
        {"": escaped(text, align="right"), "ALIGN": "RIGHT", "WIDTH": 52},
    ]
    return [cell | background for cell in cells]


def _rows_down(ports: Row, head: Row, data: Row, grad: Row) -> list[Row]:
    width = max(2, len(ports))
    return [_filled(row, width) for row in (ports, head, data, grad) if row]


def _rows_across(ports: Row, head: Row, data: Row, grad: Row) -> list[Row]:
    height = max(2, len(ports))
    first = [port | {"ROWSPAN": 2 if len(ports) == 1 else 1} for port in ports[:1]]
    return [
        _filled(head, 3 if ports else 2),
        [*first, *data],
        [*ports[1:2], *[cell | {"ROWSPAN": height - 1} for cell in grad]],
        *[[port] for port in ports[2:]],
    ]


def _filled(row: Row, width: int) -> Row:
    """Return the row with its last cell widened to fill the table."""
    return [*row[:-1], row[-1] | {"COLSPAN": width - len(row) + 1}]
