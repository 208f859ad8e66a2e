"""Draw layers as matrices: heat maps of weights and gradients, strips of biases and outputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

from microgradnet.autograd.labels import PARAMETERS
from microgradnet.autograd.value import Value
from microgradnet.drawing.anatomy import Naming, Operand, Part
from microgradnet.drawing.arrays import Arrays, WeightLayer, stem
from microgradnet.drawing.boxes import Box, Boxes
from microgradnet.drawing.heat_maps import Shades
from microgradnet.drawing.of_boxes import Overview, most_common
from microgradnet.drawing.styles import Cell, Row, Theme, escaped, framed, small, text_width
from microgradnet.words import page_words

__all__ = ["Matrices", "array_boxes"]

Rows = Sequence[Sequence[float]]

SCREEN, PAGE = (640.0, 600.0), (790.0, 1150.0)  # points; on A4 the letters are then of 6 points
BESIDES, BELOW, OTHER, FOOT = 36, 98, 66, 60  # points beside maps and below; other boxes; legend
STRIP, LEAST_MAP, LEAST_HEIGHT = 22, 60, 10  # points
LARGEST, LEGIBLE, SMALLEST = 10.0, 4.0, 2.0  # sides of a number, in points
BAR, SCALE = 30, 110  # points: a colour bar, alone and with its numbers
BARE = 'BORDER="0" CELLBORDER="0" CELLPADDING="0"'


@dataclass(frozen=True, eq=False)
class Pane:
    """An array in a picture: its name, its numbers row by row, and the scale it is drawn with."""

    name: str
    rows: Rows
    is_map: bool
    scale: str


class ArrayBoxes:
    """Boxes of layers, of what is computed between them, and of their inputs.

    layer_of: the layer of a box; input_of: the numbers of a box of inputs, one row a sample.
    """

    def __init__(self, arrays: Arrays, parts: Mapping[Value, Part]) -> None:
        self.arrays, self.parts = arrays, parts
        self.selection = arrays.selection
        self.layer_of: dict[Box, WeightLayer] = {}
        self.input_of: dict[Box, Rows] = {}
        self.box_of: dict[Value, Box] = {}
        self.leaf_boxes: dict[object, Box] = {}
        self.links: dict[tuple[Box, Box], float] = {}
        layers = [self.of_layer(layer) for layer in arrays.layers]
        between = self.between()
        self.link()
        for box, layer in self.layer_of.items():
            self.constants(box, layer)
        inner = sorted([*layers, *between], key=lambda box: box.rank)
        self.boxes = Boxes([*self.leaf_boxes.values(), *inner], self.links)

    def of_layer(self, layer: WeightLayer) -> Box:
        box = Box("inner", 2 * layer.level - 1)
        box.heads = [x for row in layer.outputs for x in row]
        box.parameters = dict.fromkeys(layer.parameters)
        if self.selection.root in box.heads:
            box.role = "root"
        self.layer_of[box] = layer
        return box

    def between(self) -> list[Box]:
        """Make a box for each level of what is computed after its layers; place all values."""
        of_layer = {layer: box for box, layer in self.layer_of.items()}
        found: dict[int, Box] = {}
        for node in self.selection.inner:
            layer = self.arrays.inside.get(node)
            if layer is not None:
                box = of_layer[layer]
            else:
                level = self.arrays.levels[node]
                box = found.setdefault(level, Box("inner", 2 * level))
                box.operations[node.operation.symbol] += 1
            self.box_of[node] = box
            box.size += 1
        for node in self.selection.inner:
            box = self.box_of[node]
            used = any(self.box_of[user] is not box for user in self.arrays.users[node])
            is_root = node is self.selection.root
            if box not in self.layer_of and (used or is_root):
                box.heads.append(node)
                box.role = "root" if is_root else box.role
        return list(found.values())

    def link(self) -> None:
        for node in self.selection.inner:
            part, box = self.parts.get(node), self.box_of[node]
            for i, x in self.selection.operands(node):
                source = self.box_of.get(x) or self.of_leaf(x, box)
                if source is None or source is box:
                    continue
                flow = part.grad * part.partials[i] if part else 0.0
                known = self.links.setdefault((source, box), flow)
                if abs(flow) > abs(known):
                    self.links[source, box] = flow

    def of_leaf(self, x: Value, user: Box) -> Box | None:
        """Return the box of a leaf, or None for a parameter of the box that uses it."""
        if x in user.parameters:
            return None
        role = self.parts[x].role if x in self.parts else "input"
        role = "input" if role not in ("target", *PARAMETERS) else role
        if role in PARAMETERS and user not in self.layer_of:
            user.parameters[x] = None
            return None
        key = (user.rank, role, user in self.layer_of)
        box = self.leaf_boxes.setdefault(key, Box(role, user.rank - 1))
        box.heads.append(x)
        box.size += 1
        self.box_of[x] = box
        return box

    def constants(self, box: Box, layer: WeightLayer) -> None:
        """Show the inputs of a layer that are leaves or plain numbers, each sample as a row."""
        if not all(isinstance(x, float) or not x.inputs for row in layer.inputs for x in row):
            return
        leaves = [x for row in layer.inputs for x in row if isinstance(x, Value)]
        source = self.box_of[leaves[0]] if leaves else Box("input", box.rank - 1)
        if not leaves:
            self.leaf_boxes[box] = source
        self.links.setdefault((source, box), 0.0)
        self.input_of[source] = [[_number(x) for x in row] for row in layer.inputs]


class Matrices(Overview):
    """The DOT text of boxes whose layers are heat maps.

    boxes: from `array_boxes`; other arguments as of `Overview`; lang: of the words. images: PNG
    files by the name of the cell that they belong into.
    """

    gap = "0.2"

    def __init__(
        self,
        boxes: ArrayBoxes,
        parts: Mapping[Value, Part],
        number: Callable[[float], str],
        theme: Theme,
        name: Naming,
        lang: str,
    ) -> None:
        self.arrays, self.words = boxes, page_words(lang)
        self.images: dict[str, bytes] = {}
        self.cell = _fitting(boxes)
        super().__init__(boxes.boxes, parts, number, theme, name)

    def box_width(self, box: Box) -> float:
        layer = self.arrays.layer_of.get(box)
        if self.is_between(box):
            return max(text_width(self.titles[box]), text_width(self.notes[box], 4.4)) + 16
        if layer is None:
            rows = self.arrays.input_of.get(box)
            plain = super().box_width(box)
            return max(plain, self.cell * len(rows[0])) if rows else plain
        return max(_width(layer, self.cell), text_width(self.titles[box]) + 16)

    def title_of(self, box: Box) -> str:
        layer = self.arrays.layer_of.get(box)
        if self.is_between(box):
            return most_common(box.operations)
        if layer is None or all(x.label for x in box.heads):
            return super().title_of(box) if box.heads else "x"
        array = stem(layer.weights[0][0])
        return array or self.words["array_layer"].format(n=layer.level)

    def figures_of(self, box: Box) -> list[str]:
        if box.heads:
            return super().figures_of(box)
        return [self.range([x for row in self.arrays.input_of[box] for x in row])]

    def note_of(self, box: Box) -> str:
        if box in self.arrays.layer_of:
            return self.largest_gradient(self.arrays.layer_of[box])
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
        return ",  ".join(texts)

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
        return self.words["array_largest"].format(
            name=str(weight.label) or f"W[{i + 1}, {j + 1}]",
            row=i + 1,
            column=j + 1,
            value=self.number(grads[i, j]),
        )

    def table(self, box: Box) -> str:
        layer, theme = self.arrays.layer_of.get(box), self.theme
        if self.is_between(box):
            head: Row = [{"": f"<B>{escaped(self.titles[box])}</B>", "CELLPADDING": 1}]
            note: Row = [{"": small(self.notes[box], theme.soft, longest=99), "CELLPADDING": 2}]
            return framed([head, note], box.role, theme)
        if layer is None:
            return super().table(box)
        panes = self.panes(layer)
        shades = {
            scale: Shades([row for pane in panes if pane.scale == scale for row in pane.rows], theme)
            for scale in dict.fromkeys(pane.scale for pane in panes)
        }
        role = theme.roles[box.role][1]
        size = f"{len(layer.weights)} × {len(layer.weights[0])}"
        title: Cell = {
            "": f"<B>&#160;{escaped(self.titles[box])}&#160;</B>&#160;&#160;"
            f"{escaped(layer.formula)}&#160;&#160;{small(size, theme.soft)}&#160;",
            "BGCOLOR": role,
        }
        maps = self.maps(layer, panes, shades)
        legend = self.legend(panes, shades, int(max(2, self.box_width(box) // SCALE)))
        rows: list[Row] = [[title | {"CELLPADDING": 2}], [{"": maps}], [{"": legend}]]
        if said := self.notes[box]:
            rows.append([{"": small(said, theme.ink, longest=99), "HEIGHT": 14}])
        rows = [rows[0], *([cell | {"CELLPADDING": 0} for cell in row] for row in rows[1:])]
        return framed(rows, box.role, theme)

    def panes(self, layer: WeightLayer) -> list[Pane]:
        """Return the arrays of a layer, each followed by its gradients."""
        called = stem(layer.weights[0][0]) or "W"
        outputs = "z" if layer.outputs is layer.sums else "h"
        found = [(called, layer.weights, True, "W"), ("b", layer.bias, False, "W")]
        found.append((outputs, layer.outputs, False, "h"))
        panes = []
        for name, rows, is_map, scale in found:
            if not rows:
                continue
            panes.append(Pane(name, [[x.data for x in row] for row in rows], is_map, scale))
            if self.parts:
                grads = [[self.parts[x].grad for x in row] for row in rows]
                panes.append(Pane(f"∂{name}", grads, is_map, f"∂{scale}"))
        return panes

    def maps(
        self, layer: WeightLayer, panes: Sequence[Pane], shades: Mapping[str, Shades]
    ) -> str:
        """Return the table of the images of arrays, with their names below."""
        images, names = "", ""
        width, height = _sides(layer, self.cell)
        for pane in panes:
            across = width if pane.is_map else _strip(len(pane.rows[0]), self.cell)
            image = shades[pane.scale].image(pane.rows)
            tip = self.words["array_tip"].format(
                name=pane.name, size=_size(pane.rows), range=self.range(_flat(pane.rows))
            )
            images += self.place(image, across, height, tip)
            names += f"<TD>{small(pane.name, self.theme.ink)}</TD>"
        return f'<TABLE {BARE} CELLSPACING="3"><TR>{images}</TR><TR>{names}</TR></TABLE>'

    def place(self, image: bytes, width: float, height: float, tip: str) -> str:
        """Return the cell of an image."""
        name = f"heat{len(self.images)}"
        self.images[name] = image
        return (
            f'<TD ID="{name}" TITLE="{escaped(tip, 99)}" FIXEDSIZE="TRUE" WIDTH="{width:.0f}" '
            f'HEIGHT="{height:.0f}" BGCOLOR="{self.theme.box}">'
            f'<IMG SRC="{name}.png" SCALE="BOTH"/></TD>'
        )

    def legend(self, panes: Sequence[Pane], shades: Mapping[str, Shades], n: int) -> str:
        """Return the colour bars of the scales, n in a row, each with the numbers at its ends."""
        cells = []
        for scale, shade in shades.items():
            names = ", ".join(pane.name for pane in panes if pane.scale == scale)
            end = self.number(float(f"{shade.largest:.3g}"))
            low = f"{names}: −{end}" if shade.largest else f"{names}:"
            bar = self.place(shade.bar(), BAR, 8, f"{low} … {end}")
            texts = [f"<TD>{small(text, self.theme.soft)}</TD>" for text in (low, end)]
            row = f"{texts[0]}{bar}{texts[1]}"
            cells.append(f'<TD><TABLE {BARE} CELLSPACING="2"><TR>{row}</TR></TABLE></TD>')
        n = len(cells) if n >= len(cells) else 2
        rows = "".join(f"<TR>{''.join(cells[i : i + n])}</TR>" for i in range(0, len(cells), n))
        return f'<TABLE {BARE} CELLSPACING="0">{rows}</TABLE>'

    def strip(self, box: Box) -> str:
        """Return the inputs of a layer as a strip of colours, one row a sample."""
        rows = self.arrays.input_of.get(box)
        if rows is None or len(rows[0]) < 2:
            return "" if box.operations else super().strip(box)
        shades = Shades(rows, self.theme)
        tip = self.words["array_tip"].format(
            name="x", size=_size(rows), range=self.range(_flat(rows))
        )
        width = max(LEAST_MAP, self.cell * len(rows[0]))
        cell = self.place(shades.image(rows), width, max(LEAST_HEIGHT, self.cell * len(rows)), tip)
        return f'<TABLE {BARE} CELLSPACING="1"><TR>{cell}</TR></TABLE>'

    def described(self) -> str:
        """Return the picture in words, for readers who do not see it."""
        said = []
        for box, layer in self.arrays.layer_of.items():
            ranges = [f"{p.name} {self.range(_flat(p.rows))}" for p in self.panes(layer)]
            size = f"{len(layer.weights)} × {len(layer.weights[0])}"
            text = f"{self.titles[box]}: {layer.formula}, {size}; {'; '.join(ranges)}"
            said.append(f"{text}. {self.notes[box]}")
        return " ".join(said)


def array_boxes(arrays: Arrays, parts: Mapping[Value, Part]) -> ArrayBoxes:
    """Return the boxes of a graph in layers; parts: of all values, or empty for no gradients."""
    return ArrayBoxes(arrays, parts)


def _number(x: Operand) -> float:
    return x.data if isinstance(x, Value) else float(x)


def _flat(rows: Rows) -> list[float]:
    return [x for row in rows for x in row]


def _size(rows: Rows) -> str:
    return f"{len(rows)} × {len(rows[0])}"


def _sides(layer: WeightLayer, cell: float) -> tuple[float, float]:
    """Return the width and the height of a layer's weights, in points."""
    rows, columns = len(layer.weights), len(layer.weights[0])
    return max(LEAST_MAP, cell * columns), max(LEAST_HEIGHT, cell * rows)


def _strip(samples: int, cell: float) -> float:
    return max(STRIP, min(cell, 8.0) * samples)


def _width(layer: WeightLayer, cell: float) -> float:
    strips = 2 * _strip(len(layer.outputs[0]), cell)
    strips += 2 * _strip(len(layer.bias[0]), cell) if layer.bias else 0
    return 2 * _sides(layer, cell)[0] + strips + BESIDES


def _fitting(boxes: ArrayBoxes) -> float:
    """Return the side of a number, in points, with which the picture fits a screen or a page."""
    levels: dict[int, list[WeightLayer]] = {}
    for box, layer in boxes.layer_of.items():
        levels.setdefault(box.rank, []).append(layer)
    others = OTHER * len({box.rank for box in boxes.boxes.boxes} - levels.keys())

    def fits(cell: float, width: float, height: float) -> bool:
        wide = max((sum(_width(x, cell) for x in row) for row in levels.values()), default=0)
        high = sum(max(_sides(x, cell)[1] for x in row) + BELOW for row in levels.values())
        return wide <= width and high + others + FOOT <= height

    sides = [LARGEST - i / 2 for i in range(int(2 * (LARGEST - SMALLEST)) + 1)]
    tried = [(cell, SCREEN) for cell in sides if cell >= LEGIBLE]
    tried += [(cell, PAGE) for cell in sides if cell < LEGIBLE]
    return next((cell for cell, most in tried if fits(cell, *most)), SMALLEST)
