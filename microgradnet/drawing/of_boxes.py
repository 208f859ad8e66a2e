"""Draw boxes: a big graph in few boxes."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import TYPE_CHECKING

from microgradnet.autograd.value import Value
from microgradnet.derivations.spelling import Format
from microgradnet.drawing.anatomy import Naming, Part, title_of
from microgradnet.drawing.boxes import Box, Boxes
from microgradnet.drawing.rendering import side_by_side
from microgradnet.drawing.styles import (
    SMALL,
    Row,
    Scale,
    Theme,
    cut,
    escaped,
    framed,
    pushed,
    small,
    title_cell,
)
from microgradnet.drawing.widths import cell_width
from microgradnet.words import page_words

if TYPE_CHECKING:
    import graphviz

__all__ = ["Overview", "most_common"]

LEAVES = ("input", "target", "again")
LISTED = 4  # names at most; of more only the first and the last
MOST_CELLS = 24  # of a strip of gradients
NODE_GAP, LINK_GAP = 11, 62  # points between boxes of a rank, and between ranks
RANK_GAP, ROW, LEGEND = 36, 24, 60  # points between ranks below each other, and of heights
MORE = 1.07  # times what is added up: leaves beside wide boxes, and the border


class Overview:
    """The DOT text of boxes, built statement by statement.

    parts: of all values, or empty for no gradients; number: formats a number; name: returns the
    name of a value; lang: of the words.
    """

    gap = "0.5"  # between ranks, in inches

    def __init__(
        self,
        boxes: Boxes,
        parts: Mapping[Value, Part],
        number: Format,
        theme: Theme,
        name: Naming,
        lang: str = "en",
    ) -> None:
        self.said = page_words(lang, "picture")
        self.boxes, self.parts, self.number, self.theme = boxes, parts, number, theme
        self.name = name
        self.ids = {box: f"b{i}" for i, box in enumerate(boxes.boxes)}
        self.gradients = {box: self.largest(box.heads) for box in boxes.boxes}
        self.figures = {box: self.figures_of(box) for box in boxes.boxes}
        self.titles = {box: self.title_of(box) for box in boxes.boxes}
        self.notes = {box: self.note_of(box) for box in boxes.boxes}
        self.tint = Scale(theme.tints, self.gradients.values(), theme.not_finite)
        self.widest: dict[tuple[int, str], float] = {}
        for box in boxes.boxes:
            key = box.rank, box.role
            self.widest[key] = max(self.widest.get(key, 0.0), self.box_width(box))
        self.roles = {box.role for box in boxes.boxes}
        self.bounds = any("≤" in note for note in self.notes.values())

    def width(self, across: bool) -> float:
        """Return the approximate width of the picture in points."""
        ranks = [[self.box_width(box) for box in rank] for rank in self.boxes.of_rank().values()]
        if across:
            return MORE * (sum(map(max, ranks)) + LINK_GAP * (len(ranks) - 1))
        return max(sum(widths) + NODE_GAP * (len(widths) - 1) for widths in ranks)

    def height(self, across: bool) -> float:
        """Return the approximate height of the picture in points."""
        ranks = [[self.box_height(box) for box in rank] for rank in self.boxes.of_rank().values()]
        if across:
            return LEGEND + max(sum(heights) + NODE_GAP * (len(heights) - 1) for heights in ranks)
        return LEGEND + sum(map(max, ranks)) + RANK_GAP * (len(ranks) - 1)

    def box_height(self, box: Box) -> float:
        rows = 2 + 0.8 * bool(self.notes[box]) + 0.5 * (len(box.heads) > 1)
        return ROW * rows

    def box_width(self, box: Box) -> float:
        figures = sum(map(cell_width, self.figures[box]))
        title = cell_width(cut(self.titles[box]), bold=True)
        note = cell_width(self.notes[box], float(SMALL))
        return max(figures, title, note, 8.0 * min(MOST_CELLS, len(box.heads)))

    def dot(self, across: bool, label: str) -> graphviz.Digraph:
        """Return the picture, left to right or top to bottom."""
        many = len(self.boxes.links) > len(self.boxes.boxes)
        gaps = {"nodesep": "0.14", "ranksep": "0.9" if across and many else self.gap}
        spans = (target.rank - source.rank for source, target in self.boxes.links)
        splines = "line" if max(spans, default=1) == 1 else "true"
        dot = self.theme.digraph(across, label, splines=splines, **gaps)
        for box in self.boxes.boxes:
            beside = self.room_beside(box) if across else 0
            dot.node(self.ids[box], f"<{pushed(self.table(box), beside)}>")
        self.chains(dot)
        line = Scale(self.theme.lines, self.boxes.links.values(), self.theme.not_finite)
        sides = "ew" if across else "sn" if splines == "line" else ""
        ends = dict(zip(("tailport", "headport"), sides))  # straight, an edge would cross captions
        for (source, target), flow in self.boxes.links.items():
            is_short = target.rank - source.rank < 3 and source.role not in LEAVES
            straight = {"weight": "4"} if is_short else {}
            style = line.stroke(flow) | ends | straight
            dot.edge(self.ids[source], self.ids[target], **style)
        return dot

    def room_beside(self, box: Box) -> int:
        """Return how much narrower than its rank a leaf is; else edges would cross wider boxes."""
        if box.role not in LEAVES:
            return 0
        wide = [w for (rank, _), w in self.widest.items() if rank == box.rank]
        return int(max(wide) - self.widest[box.rank, box.role])

    def chains(self, dot: graphviz.Digraph) -> None:
        """Keep the neurons of a layer, and the inputs of the net, in order side by side."""
        for boxes in self.boxes.of_rank().values():
            for kind in (True, False):
                line = [b for b in boxes if b.in_neurons is kind and (kind or b.role == "input")]
                if kind or self.first_layer(line):
                    side_by_side(dot, [self.ids[box] for box in line])

    def first_layer(self, leaves: Sequence[Box]) -> bool:
        into = {target for source, target in self.boxes.links if source in leaves}
        return bool(into) and all(box.in_neurons for box in into)

    def table(self, box: Box) -> str:
        """Return the table of a box: title, numbers or ranges, a strip of gradients, a note."""
        theme = self.theme
        head = theme.roles[box.looks][1]
        texts = self.figures[box]
        n = len(texts)
        wide = int(self.widest[box.rank, box.role])
        title = title_cell(self.titles[box], head) | {"WIDTH": wide, "COLSPAN": n}
        shares = _shares(wide, [*map(cell_width, texts)])
        data: Row = [{"": escaped(t), "WIDTH": w} for t, w in zip(texts, shares)]
        if self.parts and box.role != "again":
            data[-1]["BGCOLOR"] = self.tint(self.gradients[box])
        rows: list[Row] = [[title], data]
        strip = self.strip(box)
        if strip:
            rows.append([{"": strip, "COLSPAN": n, "CELLPADDING": 0}])
        note = self.notes[box]
        if note:
            rows.append([{"": small(note, theme.soft, longest=99), "COLSPAN": n}])
        return framed(rows, box.looks, theme, ' STYLE="DASHED"' if box.leaf else "")

    def title_of(self, box: Box) -> str:
        first, last = box.heads[0], box.heads[-1]
        if first is last:
            badge, title = title_of(first, self.number, self.name)
            return self.name(first) or title or badge
        labels: dict[str, None] = {}
        for head in box.heads:
            if not head.label:
                return self.operations(box.heads)
            labels[self.name(head)] = None
            if len(labels) > LISTED:
                return f"{self.name(first)} … {self.name(last)}"
        return ", ".join(labels) + (f" × {len(box.heads)}" if len(labels) == 1 else "")

    def operations(self, heads: Sequence[Value]) -> str:
        """Return the operations of unlabelled values, the most frequent first."""
        counts = Counter(head.operation.symbol if head.operation else "" for head in heads)
        if counts.keys() == {""}:
            return self.said["n_inputs"].format(n=f"{len(heads):,}")
        return most_common(counts)

    def figures_of(self, box: Box) -> list[str]:
        """Return the number and the gradient of a box, or their ranges."""
        data = [head.data for head in box.heads]
        if box.role == "again" or not self.parts:
            return [self.range(data)]
        return [self.range(data), self.range([self.parts[head].grad for head in box.heads])]

    def range(self, numbers: Sequence[float]) -> str:
        finite = [x for x in numbers if isfinite(x)]
        texts = [self.number(x) for x in ([min(finite), max(finite)] if finite else [])]
        texts += [self.number(x) for x in numbers if not isfinite(x)][:1]
        return " … ".join(dict.fromkeys(texts))

    def largest(self, values: Sequence[Value]) -> float:
        """Return the gradient of the largest size, with its sign."""
        if not self.parts:
            return 0.0
        return max((self.parts[value].grad for value in values), key=abs, default=0.0)

    def strip(self, box: Box) -> str:
        """Return one cell for each head, or run of heads, coloured by its largest gradient."""
        heads = box.heads
        if len(heads) < 2 or not self.parts:
            return ""
        n = min(MOST_CELLS, len(heads))
        edges = [len(heads) * i // n for i in range(n + 1)]
        runs = (heads[a:b] for a, b in itertools.pairwise(edges))
        tints = [self.tint(self.largest(run)) for run in runs]
        cells = "".join(f'<TD BGCOLOR="{tint}" HEIGHT="9" WIDTH="6"></TD>' for tint in tints)
        style = 'BORDER="0" CELLBORDER="0" CELLSPACING="1" CELLPADDING="0"'
        return f"<TABLE {style}><TR>{cells}</TR></TABLE>"

    def note_of(self, box: Box) -> str:
        """Return how many neurons, values and parameters the box stands for."""
        said, p = self.said, len(box.parameters)
        kinds = []
        if box.in_neurons and (n := len({head.label for head in box.heads})) > 1:
            kinds.append(said["n_neurons"].format(n=f"{n:,}"))
        if box.size > 1:
            kinds.append(said["n_values"].format(n=f"{box.size:,}"))
        if box.operations and not box.in_neurons:
            kinds.append(most_common(box.operations))
        if p:
            kinds.append(said["n_params" if p > 1 else "one_param"].format(n=f"{p:,}"))
        if p and self.parts:
            largest = self.number(abs(self.largest(list(box.parameters))))
            kinds.append(said["largest"].format(value=largest))
        if box.shared:
            names = [str(x.label) for x in box.shared]
            few = len(names) <= LISTED and all(names)
            words = said["and" if few else "and_shared"]
            kinds.append(words.format(names=", ".join(names), n=f"{len(names):,}"))
        return ", ".join(kinds)


def _shares(width: int, least: Sequence[float]) -> list[int]:
    """Divide a width into equal parts, or into the least widths plus equal spare space."""
    n = len(least)
    spare = max(0.0, width - sum(least)) / n
    return [width // n if max(least) <= width // n else int(x + spare) for x in least]


def most_common(counts: Counter[str]) -> str:
    """Return how many there are of each operation, the three most frequent ones.

    >>> most_common(Counter("++×"))
    '2 +, 1 ×'
    """
    text = ", ".join(f"{n:,} {symbol}" for symbol, n in counts.most_common(3))
    return text + (", …" if len(counts) > 3 else "")
