"""Draw layers as matrices: heat maps of weights and gradients, strips of biases and outputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf, isfinite

from microgradnet.autograd.value import Value
from microgradnet.derivations.spelling import Format
from microgradnet.drawing.anatomy import Naming, Part
from microgradnet.drawing.arrays import WeightLayer, stem
from microgradnet.drawing.boxes import Box
from microgradnet.drawing.heat_maps import Heat, Shades
from microgradnet.drawing.layered import Layered, Rows
from microgradnet.drawing.of_boxes import LISTED, Overview, most_common
from microgradnet.drawing.rendering import Drawing
from microgradnet.drawing.selection import Selection
from microgradnet.drawing.styles import (
    SMALL,
    Cell,
    Row,
    Theme,
    escaped,
    framed,
    label_of_lines,
    small,
)
from microgradnet.drawing.widths import PADDED, cell_width, text_width
from microgradnet.words import page_words

__all__ = ["Matrices"]

SCREEN, PAGE = (640.0, 600.0), (790.0, 1150.0)  # points; on A4 the letters are then of 6 points
NARROW = 280.0  # points, of the picture for a telephone
BESIDES, BELOW, OTHER, FOOT = 36, 98, 66, 60  # points beside maps and below; other boxes; legend
STRIP, LEAST_MAP, LEAST_HEIGHT = 22, 60, 10  # points
LARGEST, LEGIBLE, SMALLEST = 10.0, 4.0, 2.0  # sides of a number, in points
BAR, SCALE = 30, 100  # points: a colour bar, alone and with its numbers
BARE = 'BORDER="0" CELLBORDER="0" CELLPADDING="0"'


@dataclass(frozen=True, eq=False)
class Pane:
    """An array in a picture: its name, its numbers row by row, and the scale it is drawn with."""

    kind: str
    name: str
    rows: Rows
    is_map: bool
    scale: str


class Matrices(Overview):
    """The DOT text of boxes whose layers are heat maps.

    boxes: from `array_boxes`; other arguments as of `Overview`; lang: of the words. is_narrow:
    whether gradients are drawn below what they belong to, for a telephone. images: heat maps by the
    name of the cell that they belong into; cells: the layer and the kind of array of those of
    layers, "W", "∂W", "b", ...
    """

    gap = "0.2"

    def __init__(
        self,
        boxes: Layered,
        parts: Mapping[Value, Part],
        number: Format,
        theme: Theme,
        name: Naming,
        lang: str,
        is_narrow: bool = False,
    ) -> None:
        self.layered, self.words, self.is_narrow = boxes, page_words(lang), is_narrow
        self.images: dict[str, Heat] = {}
        self.cells: dict[str, tuple[WeightLayer, str]] = {}
        self.is_single = is_narrow or not parts  # no gradients beside what they belong to
        self.cell = _fitting(boxes, is_narrow, self.is_single)
        self.is_dense = self.cell < LEGIBLE and not is_narrow  # for a page, not a screen
        super().__init__(boxes.boxes, parts, number, theme, name, lang)

    def box_width(self, box: Box) -> float:
        layer = self.layered.layer_of.get(box)
        if self.is_between(box):
            title = text_width(self.titles[box], bold=True)
            note = text_width(self.notes[box], float(SMALL))
            return (title + note + PADDED if self.is_dense else max(title, note)) + PADDED
        if layer is None:
            rows = self.layered.input_of.get(box)
            plain = super().box_width(box)
            return max(plain, self.cell * len(rows[0])) if rows else plain
        note = cell_width(self.notes[box], float(SMALL))
        head = cell_width(f"{self.titles[box]} {layer.formula} {_size(layer.weights)}", bold=True)
        return max(_width(layer, self.cell, self.is_single), head, note)

    def title_of(self, box: Box) -> str:
        layer = self.layered.layer_of.get(box)
        if self.is_between(box):
            return most_common(box.operations)
        if layer and layer.names:
            first, last = layer.names[0], layer.names[-1]
            return f"{first} … {last}" if len(layer.names) > LISTED else ", ".join(layer.names)
        if layer is None or all(x.label for x in box.heads):
            return super().title_of(box) if box.heads else "x"
        array = stem(layer.weights[0][0])
        return array or self.words["array_layer"].format(n=layer.level)

    def figures_of(self, box: Box) -> list[str]:
        if box.heads or box not in self.layered.input_of:
            return super().figures_of(box)
        return [self.range([x for row in self.layered.input_of[box] for x in row])]

    def note_of(self, box: Box) -> str:
        shared = [self.words["array_shared"].format(n=f"{len(box.shared):,}")] * bool(box.shared)
        if box in self.layered.layer_of:
            largest = self.largest_gradient(self.layered.layer_of[box])
            return ",  ".join(filter(None, [largest, *shared]))
        if not box.operations:
            return ""
        texts = [self.words["array_values"].format(n=f"{box.size:,}")]
        if self.is_between(box):
            data, *grad = self.figures[box]
            texts += [data, *(f"∂ {x}" for x in grad)]
        else:
            texts.append(most_common(box.operations))
        if box.parameters:
            most = self.number(abs(self.largest(list(box.parameters)))) if self.parts else "?"
            n = f"{len(box.parameters):,}"
            texts.append(self.words["array_parameters"].format(n=n, value=most))
        return ",  ".join(texts + shared)

    @staticmethod
    def is_between(box: Box) -> bool:
        """Whether a box holds unlabelled values between layers, which are drawn in two lines."""
        return bool(box.operations) and box.role != "root" and not any(x.label for x in box.heads)

    def largest_gradient(self, layer: WeightLayer) -> str:
        """Return the sentence with the weight whose gradient is the largest, and its place."""
        if not self.parts:
            return ""
        places = [(i, j) for i, row in enumerate(layer.weights) for j in range(len(row))]
        grads = {at: self.parts[layer.weights[at[0]][at[1]]].grad for at in places}
        i, j = max(places, key=lambda at: abs(grads[at]) if isfinite(grads[at]) else -1.0)
        weight = layer.weights[i][j]
        name = str(weight.label) or f"W[{i + 1}, {j + 1}]"
        words = self.words["array_largest_element" if "[" in name else "array_largest"]
        return words.format(name=name, row=i + 1, column=j + 1, value=self.number(grads[i, j]))

    def table(self, box: Box) -> str:
        layer, theme = self.layered.layer_of.get(box), self.theme
        if self.is_between(box):
            head: Row = [{"": f"<B>{escaped(self.titles[box], bold=True)}</B>", "CELLPADDING": 1}]
            note: Row = [{"": small(self.notes[box], theme.soft, longest=99), "CELLPADDING": 2}]
            rows = [[*head, *note]] if self.is_dense else [head, note]
            return framed(rows, box.role, theme)
        if layer is None:
            return super().table(box)
        panes = self.panes(layer)
        shades = {
            scale: Shades(
                [row for pane in panes if pane.scale == scale for row in pane.rows], theme
            )
            for scale in dict.fromkeys(pane.scale for pane in panes)
        }
        role = theme.roles[box.role][1]
        size = _size(layer.weights)
        title: Cell = {
            "": f"<B>{escaped(self.titles[box], align='left', bold=True)}</B> "
            f"{escaped(layer.formula, align='left')} {small(size, theme.soft, align='left')}",
            "BGCOLOR": role,
            "WIDTH": int(self.box_width(box)),
        }
        maps = self.maps(layer, panes, shades)
        legend = self.legend(panes, shades, int(max(2, self.box_width(box) // SCALE)))
        rows = [[title | {"CELLPADDING": 2}], [{"": maps}], [{"": legend}]]
        if said := self.notes[box]:
            rows.append([{"": small(said, theme.ink, longest=99), "HEIGHT": 14}])
        rows = [rows[0], *([cell | {"CELLPADDING": 0} for cell in row] for row in rows[1:])]
        return framed(rows, box.role, theme)

    def panes(self, layer: WeightLayer) -> list[Pane]:
        """Return the arrays of a layer, each followed by its gradients."""
        called = stem(layer.weights[0][0]) or "W"
        outputs = "z" if layer.outputs is layer.sums else "h"
        found: list[tuple[str, str, Sequence[Sequence[Value]], str]] = [
            ("W", called, layer.weights, "W"),
            ("b", "b", layer.bias, "W"),
            ("h", outputs, layer.outputs, "h"),
        ]
        panes = []
        for kind, name, rows, scale in found:
            is_map = kind == "W"
            if rows:
                data = [[x.data for x in row] for row in rows]
                panes.append(Pane(kind, name, data, is_map, scale))
            if rows and self.parts:
                grads = [[self.parts[x].grad for x in row] for row in rows]
                panes.append(Pane(f"∂{kind}", f"∂{name}", grads, is_map, f"∂{scale}"))
        return panes

    def maps(self, layer: WeightLayer, panes: Sequence[Pane], shades: Mapping[str, Shades]) -> str:
        """Return the tables of the images of arrays, with their names below."""
        if not self.is_narrow or not self.parts:
            return self.line(layer, panes, shades)
        lines = (self.line(layer, part, shades) for part in (panes[::2], panes[1::2]))
        rows = "".join(f"<TR><TD>{line}</TD></TR>" for line in lines)
        return f'<TABLE {BARE} CELLSPACING="0">{rows}</TABLE>'

    def line(self, layer: WeightLayer, panes: Sequence[Pane], shades: Mapping[str, Shades]) -> str:
        images, names = "", ""
        width, height = _sides(layer, self.cell)
        for pane in panes:
            across = width if pane.is_map else _strip(len(pane.rows[0]), self.cell)
            image = shades[pane.scale].image(pane.rows)
            self.cells[self.next_name] = layer, pane.kind
            tip = self.words["array_tip"].format(
                name=pane.name, size=_size(pane.rows), range=self.range(_flat(pane.rows))
            )
            images += self.place(image, across, height, tip)
            names += f"<TD>{small(pane.name, self.theme.ink)}</TD>"
        return f'<TABLE {BARE} CELLSPACING="3"><TR>{images}</TR><TR>{names}</TR></TABLE>'

    @property
    def next_name(self) -> str:
        """The name of the cell of the next image."""
        return f"{'tall' if self.is_narrow else 'heat'}{len(self.images)}"

    def place(self, image: Heat, width: float, height: float, tip: str) -> str:
        """Return the cell of an image."""
        name = self.next_name
        self.images[name] = image
        tip = escaped(tip, 99).strip()
        return (  # with a title alone, Graphviz 2 writes no <a>
            f'<TD ID="{name}" TARGET="_self" TITLE="{tip}" FIXEDSIZE="TRUE" WIDTH="{width:.0f}" '
            f'HEIGHT="{height:.0f}" BGCOLOR="{self.theme.box}"></TD>'
        )

    def legend(self, panes: Sequence[Pane], shades: Mapping[str, Shades], n: int) -> str:
        """Return the scales, n in a row: the size of its ends, with a colour bar if not dense."""
        texts = {}
        for scale, shade in shades.items():
            shown = [pane for pane in panes if pane.scale == scale]
            names = ", ".join(pane.kind if pane.is_map else pane.name for pane in shown)
            end = self.number(float(f"{shade.largest:.{2 if self.is_dense else 3}g}"))
            texts[scale] = f"{names}: ±{end}" if shade.largest else f"{names}: 0"
        if self.is_dense:
            return small("  ".join(texts.values()), self.theme.soft, longest=99)
        cells = []
        for scale, text in texts.items():
            bar = self.place(shades[scale].bar(), BAR, 8, text)
            said = small(text, self.theme.soft, align="right")
            row = f'<TD ALIGN="RIGHT">{said}</TD>{bar}'
            cells.append(f'<TD><TABLE {BARE} CELLSPACING="2"><TR>{row}</TR></TABLE></TD>')
        n = len(cells) if n >= len(cells) else 2
        rows = "".join(f"<TR>{''.join(cells[i : i + n])}</TR>" for i in range(0, len(cells), n))
        return f'<TABLE {BARE} CELLSPACING="0">{rows}</TABLE>'

    def strip(self, box: Box) -> str:
        """Return the inputs of a layer as a strip of colours, one row a sample."""
        rows = self.layered.input_of.get(box)
        if rows is None or len(rows[0]) < 2:
            return "" if box.operations else super().strip(box)
        shades = Shades(rows, self.theme)
        size, span = _size(rows), self.range(_flat(rows))
        tip = self.words["array_tip"].format(name="x", size=size, range=span)
        width = max(LEAST_MAP, self.cell * len(rows[0]))
        cell = self.place(shades.image(rows), width, max(LEAST_HEIGHT, self.cell * len(rows)), tip)
        return f'<TABLE {BARE} CELLSPACING="1"><TR>{cell}</TR></TABLE>'

    def drawing(self, across: bool, selection: Selection | None = None) -> Drawing:
        """Return the picture, left to right or top to bottom, with a legend and a description."""
        dot = self.dot(across, self.label(selection.root if selection else None))
        words = (self.words["array_alt"], self.described())
        return Drawing(dot, selection, self.images, words)

    def label(self, root: Value | None) -> str:
        """Return the meaning of colours and marks as a Graphviz label."""
        words, name = self.words, (root.label or self.said["result"]) if root else ""
        roles = [role for role in ("input", "target", "root") if role in self.roles and root]
        said = ",  ".join(words[f"array_says_{role}"] for role in roles)
        colours = "array_colours_dense" if self.is_dense else "array_colours"
        legend = [words["array_legend" if root else "array_legend_net"], words[colours]]
        legend += [words["array_operations"]] * any(box.operations for box in self.boxes.boxes)
        legend += [words["array_gradients" if root else "array_held"]] * bool(self.parts)
        return label_of_lines(filter(None, [*legend, said]), name)

    def described(self) -> str:
        """Return the picture in words, for readers who do not see it."""
        said = []
        for box, layer in self.layered.layer_of.items():
            ranges = [f"{p.name} {self.range(_flat(p.rows))}" for p in self.panes(layer)]
            size = _size(layer.weights)
            text = f"{self.titles[box]}: {layer.formula}, {size}; {'; '.join(ranges)}"
            said.append(f"{text}. {self.notes[box]}")
        return " ".join(said)


def _flat(rows: Rows) -> list[float]:
    return [x for row in rows for x in row]


def _size(rows: Sequence[Sequence[object]]) -> str:
    return f"{len(rows)} × {len(rows[0])}"


def _sides(layer: WeightLayer, cell: float) -> tuple[float, float]:
    """Return the width and the height of a layer's weights, in points."""
    rows, columns = len(layer.weights), len(layer.weights[0])
    return max(LEAST_MAP, cell * columns), max(LEAST_HEIGHT, cell * rows)


def _strip(samples: int, cell: float) -> float:
    return max(STRIP, min(cell, 8.0) * samples)


def _width(layer: WeightLayer, cell: float, is_single: bool) -> float:
    strips = _strip(len(layer.outputs[0]), cell) if layer.outputs else 0.0
    strips += _strip(len(layer.bias[0]), cell) if layer.bias else 0.0
    return (_sides(layer, cell)[0] + strips) * (1 if is_single else 2) + BESIDES


def _fitting(boxes: Layered, is_narrow: bool, is_single: bool) -> float:
    """Return the side of a number, in points, with which the picture fits a screen or a page."""
    levels: dict[int, list[WeightLayer]] = {}
    for box, layer in boxes.layer_of.items():
        levels.setdefault(box.rank, []).append(layer)
    others = OTHER * len({box.rank for box in boxes.boxes.boxes} - levels.keys())

    def fits(cell: float, width: float, height: float) -> bool:
        widths = [sum(_width(x, cell, is_single) for x in row) for row in levels.values()]
        high = sum(max(_sides(x, cell)[1] for x in row) + BELOW for row in levels.values())
        return max(widths, default=0) <= width and high + others + FOOT <= height

    sides = [LARGEST - i / 2 for i in range(int(2 * (LARGEST - SMALLEST)) + 1)]
    tried = [(cell, SCREEN) for cell in sides if cell >= LEGIBLE]
    tried += [(cell, PAGE) for cell in sides if cell < LEGIBLE]
    if is_narrow:
        tried = [(cell, (NARROW, inf)) for cell in sides]
    return next((cell for cell, most in tried if fits(cell, *most)), SMALLEST)
