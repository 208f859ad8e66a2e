"""Group a graph into boxes of layers, of the operations between them, and of inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from microgradnet.autograd.labels import PARAMETERS
from microgradnet.autograd.value import Value
from microgradnet.drawing.anatomy import Part
from microgradnet.drawing.arrays import Arrays, WeightLayer
from microgradnet.drawing.boxes import Box, Boxes, Links, link
from microgradnet.drawing.selection import FAR

__all__ = ["Layered", "Rows", "array_boxes"]

Rows = Sequence[Sequence[float]]


@dataclass(eq=False)
class Layered:
    """Boxes, some of which are layers.

    layer_of: the layer of a box; input_of: the numbers of a box of inputs, one row a sample.

    >>> Layered(Boxes([], {})).layer_of
    {}
    """

    boxes: Boxes
    layer_of: dict[Box, WeightLayer] = field(default_factory=dict)
    input_of: dict[Box, Rows] = field(default_factory=dict)


class _OfGraph:
    """Boxes of layers, of the values between them, and of their inputs."""

    def __init__(self, arrays: Arrays, parts: Mapping[Value, Part]) -> None:
        self.arrays, self.parts = arrays, parts
        self.selection = arrays.selection
        self.layer_of: dict[Box, WeightLayer] = {}
        self.input_of: dict[Box, Rows] = {}
        self.box_of: dict[Value, Box] = {}
        self.leaf_boxes: dict[object, Box] = {}
        self.links: Links = {}
        layers = [self.of_layer(layer) for layer in arrays.layers]
        between = self.between()
        self.link()
        for box, layer in self.layer_of.items():
            self.constants(box, layer)
        inner = sorted([*layers, *between], key=lambda box: box.rank)
        boxes = Boxes([*self.leaf_boxes.values(), *inner], self.links)
        self.layered = Layered(boxes, self.layer_of, self.input_of)

    def of_layer(self, layer: WeightLayer) -> Box:
        box = Box("inner", 2 * layer.level - 1)
        box.heads = [x for row in layer.outputs for x in row]
        box.parameters = dict.fromkeys(layer.parameters)
        if self.selection.root in box.heads:
            box.role = "root"
        self.layer_of[box] = layer
        return box

    def between(self) -> list[Box]:
        """Make boxes of the values between layers, as near to their use as possible."""
        of_layer = {layer: box for box, layer in self.layer_of.items()}
        found: dict[int, Box] = {}
        for node in reversed(self.selection.inner):
            layer = self.arrays.inside.get(node)
            if layer is not None:
                box = of_layer[layer]
            else:
                users = [self.box_of[user].rank for user in self.arrays.users[node]]
                rank = min(users, default=2 * self.arrays.levels[node])
                rank -= rank % 2  # that of a layer is odd
                box = found.setdefault(rank, Box("inner", rank))
            self.box_of[node] = box
            box.size += 1
        for node in self.selection.inner:
            box = self.box_of[node]
            if box not in self.layer_of:
                box.operations[node.operation.symbol] += 1
            used = any(self.box_of[user] is not box for user in self.arrays.users[node])
            is_root = node is self.selection.root
            if box not in self.layer_of and (used or is_root):
                box.heads.append(node)
                box.role = "root" if is_root else box.role
        return list(found.values())

    def link(self) -> None:
        for node in sorted(self.selection.inner, key=lambda node: self.box_of[node].rank):
            part, box = self.parts.get(node), self.box_of[node]
            for i, x in self.selection.operands(node):
                source = self.box_of.get(x) or self.of_leaf(x, box)
                if source is None:
                    continue
                if not x.inputs and box.rank - source.rank > FAR:
                    box.shared[x] = None  # an edge would cross the picture
                    continue
                link(self.links, source, box, part.grad * part.partials[i] if part else 0.0)

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
        self.input_of[source] = [
            [x.data if isinstance(x, Value) else x for x in row] for row in layer.inputs
        ]


def array_boxes(arrays: Arrays, parts: Mapping[Value, Part]) -> Layered:
    """Return the boxes of a graph in layers; parts: of all values, or empty for no gradients."""
    return _OfGraph(arrays, parts).layered
