"""Find the arrays of a graph: its layers, whose neurons multiply the same operands by weights."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from microgradnet.autograd.graph import made_after, operands
from microgradnet.autograd.labels import PARAMETERS, label_of
from microgradnet.autograd.value import Computed, Value
from microgradnet.drawing.anatomy import Operand
from microgradnet.drawing.chains import Spelled
from microgradnet.drawing.selection import Selection, is_labelled

__all__ = ["Arrays", "WeightLayer", "is_drawn_as_matrices", "stem"]

WIDE, TOO_WIDE = 8, 160  # neurons of a layer drawn as a matrix, and of one that is too large
LEAST = 2  # rows and columns of a matrix of leaves that are not known as parameters


@dataclass(eq=False)
class WeightLayer:
    """A weight matrix, its other operand, and the values computed from the product.

    weights: one row for each neuron; inputs: one list for each sample; bias: for each neuron one
    number, or one for each sample, or empty; sums, outputs: for each neuron one value a sample.
    level: the number of layers on the longest path to it. formula: of the outputs. names: of the
    neurons of a net that was not called.

    >>> from microgradnet import MLP
    >>> from microgradnet.drawing.selection import select
    >>> (layer,) = Arrays(select(MLP(3, [2])([1.0, 2.0, 3.0])[0])).layers
    >>> len(layer.weights), len(layer.weights[0]), layer.formula
    (1, 3, 'σ(W·x + b)')
    """

    level: int
    weights: list[Sequence[Value]]
    inputs: list[Sequence[Operand]]
    bias: list[list[Value]] = field(default_factory=list)
    added: list[Value] = field(default_factory=list)
    sums: list[list[Computed]] = field(default_factory=list)
    outputs: list[list[Computed]] = field(default_factory=list)
    formula: str = ""
    names: list[str] = field(default_factory=list)

    @property
    def parameters(self) -> list[Value]:
        """Return the weights and biases."""
        return list(dict.fromkeys(x for row in (*self.weights, *self.bias) for x in row))


class _Sum:
    """A sum of products of weights and their operands, and the other terms."""

    def __init__(
        self,
        inside: list[Computed],
        pairs: Sequence[tuple[Value, Operand] | None],
        added: Sequence[Operand],
    ) -> None:
        self.root, self.inside = inside[0], inside
        self.weights = tuple([pair[0] for pair in pairs if pair])
        self.factors = tuple([pair[1] for pair in pairs if pair])
        self.added = [x for x in added if isinstance(x, Value)]


class Arrays:
    """The layers of a graph, and the level of each computed value: the layers below it.

    selection: a whole graph; parameters: leaves known as such besides those that say so. layers: in
    the order of computation; inside: the layer of each value that one computes.

    >>> from microgradnet import MLP
    >>> from microgradnet.drawing.selection import select
    >>> Arrays(select(MLP(3, [8, 1])([1.0, 2.0, 3.0]))).are_wide
    True
    """

    def __init__(self, selection: Selection, roles: Mapping[Value, str] | None = None) -> None:
        self.selection = selection
        self.operands = {node: operands(node) for node in selection.inner}
        self.users: dict[Value, list[Computed]] = defaultdict(list)
        for node, inputs in self.operands.items():
            for x in inputs:
                self.users[x].append(node)
        given = roles or {}
        self.leaves = set(selection.leaves)
        named = {x: given.get(x, "") or label_of(x, "role") for x in self.leaves}
        self.known = {x for x, role in named.items() if role in PARAMETERS}
        self.levels: dict[Value, int] = {}
        self.layers: list[WeightLayer] = []
        self.inside: dict[Value, WeightLayer] = {}
        self.group(self.sums())

    @property
    def are_wide(self) -> bool:
        """Whether the layers are drawn as matrices by themselves."""
        rows = [len(layer.weights) for layer in self.layers]
        return is_drawn_as_matrices(rows, [len(layer.weights[0]) for layer in self.layers])

    def sums(self) -> list[_Sum]:
        """Find the sums with weights, in the order in which they were begun."""
        seen: set[Value] = set()
        found = []
        for node in reversed(self.selection.inner):
            if node not in seen and (made := self.sum_at(node)):
                seen.update(made.inside)
                if made.weights and len(set(made.weights)) == len(made.weights):
                    found.append(made)
        return sorted(found, key=lambda found: min(map(made_after, found.inside)))

    def sum_at(self, root: Computed) -> _Sum | None:
        """Return the sum that ends in a node, or None for another operation."""
        op, inside = root.operation.name, [root]
        if op == "weighted_sum":
            *products, bias = root.inputs
            pairs = [self.weighed(a, b) for a, b in zip(products[::2], products[1::2])]
            return _Sum(inside, pairs, [bias]) if None not in pairs else None
        if op != "add":
            return None
        pairs, added, stack = [], list[Operand](), [*reversed(root.inputs)]
        while stack:
            x = stack.pop()
            op = self.only_used_here(x)
            pair = self.weighed(*x.inputs) if op == "mul" else None  # type: ignore[union-attr]
            if pair:
                pairs.append(pair)
            elif op == "add":
                stack += reversed(x.inputs)  # type: ignore[union-attr]
            else:
                added.append(x)
                continue
            inside.append(x)  # type: ignore[arg-type]
        return _Sum(inside, pairs, added)

    def only_used_here(self, x: Operand) -> str:
        """Return the operation of a value that is used once and has no label, else ""."""
        plain = isinstance(x, Value) and x.operation is not None and not is_labelled(x)
        return x.operation.name if plain and len(self.users[x]) == 1 else ""  # type: ignore

    def weighed(self, a: Operand, b: Operand) -> tuple[Value, Operand] | None:
        """Return the weight and the other factor of a product, or None without a leaf.

        The weight is a known parameter, else the leaf that is used less often.
        """
        found = [(x, y) for x, y in ((a, b), (b, a)) if isinstance(x, Value) and x in self.leaves]
        found.sort(key=lambda pair: (pair[0] not in self.known, len(self.users[pair[0]])))
        return found[0] if found else None

    def group(self, sums: Sequence[_Sum]) -> None:
        """Put the sums with the same factors on one level into one layer."""
        self.find_levels({found.root for found in sums})
        columns: dict[tuple[int, tuple[Value, ...]], list[_Sum]] = defaultdict(list)
        for found in sums:
            columns[self.levels[found.root], found.weights].append(found)
        layers: dict[object, list[list[_Sum]]] = defaultdict(list)
        for (level, weights), row in columns.items():
            layers[level, stem(weights[0]), tuple([s.factors for s in row])].append(row)
        for (level, *_), rows in layers.items():  # type: ignore[misc]
            wide = len(rows) >= LEAST and len(rows[0][0].weights) >= LEAST
            if wide or rows[0][0].weights[0] in self.known:
                self.add(level, rows)
        self.layers.sort(key=lambda layer: layer.level)

    def find_levels(self, roots: set[Computed]) -> None:
        levels = self.levels
        for node, inputs in self.operands.items():
            below = 0
            for x in inputs:
                if levels.get(x, 0) > below:
                    below = levels[x]
            levels[node] = below + (node in roots)

    def add(self, level: int, rows: Sequence[Sequence[_Sum]]) -> None:
        first = rows[0]
        layer = WeightLayer(
            level, [row[0].weights for row in rows], [found.factors for found in first]
        )
        layer.sums = [[found.root for found in row] for row in rows]
        leaves = [[[x for x in s.added if not x.inputs] for s in row] for row in rows]
        if all(len(found) == 1 for row in leaves for found in row):
            layer.bias = [list(dict.fromkeys(x for (x,) in row)) for row in leaves]
        biases = {x for row in layer.bias for x in row}
        others = [x for row in rows for found in row for x in found.added if x not in biases]
        layer.added = list(dict.fromkeys(others))
        for row in rows:
            for found in row:
                self.inside |= dict.fromkeys(found.inside, layer)
        text = "W·x" + " + b" * bool(layer.bias) + " + …" * bool(layer.added)
        layer.outputs, layer.formula = self.activated(layer, text)
        self.layers.append(layer)

    def activated(self, layer: WeightLayer, text: str) -> tuple[list[list[Computed]], str]:
        """Return the values made of a layer's sums by the same operations, and the formula."""
        now, formula = layer.sums, Spelled(text)
        while self.share_a_step([x for row in now for x in row]):
            now = [[self.users[x][0] for x in row] for row in now]
            formula = formula.then(now[0][0])
            self.inside |= dict.fromkeys((x for row in now for x in row), layer)
        return now, formula.text

    def share_a_step(self, values: Sequence[Computed]) -> bool:
        """Whether all values go into the same operation, each into it alone."""
        steps = set()
        for x in values:
            users = self.users[x]
            if len(users) != 1 or is_labelled(x) or users[0] in self.inside:
                return False
            constants = tuple([None if isinstance(y, Value) else y for y in users[0].inputs])
            steps.add((users[0].operation, constants))
        return len(steps) == 1 and steps.pop()[1].count(None) == 1


def is_drawn_as_matrices(rows: Sequence[int], columns: Sequence[int]) -> bool:
    """Whether a layer has so many neurons that it is drawn as a matrix, and none has too many.

    rows, columns: of each weight matrix.

    >>> is_drawn_as_matrices([16, 10], [16, 16]), is_drawn_as_matrices([4, 1], [3, 4])
    (True, False)
    """
    return bool(rows) and max(rows) >= WIDE and max(*rows, *columns) <= TOO_WIDE


def stem(x: Value) -> str:
    """Return the name of the array that a value is an element of, or "".

    >>> stem(Value(1.0, "W1[0, 2]")), stem(Value(1.0, "w1"))
    ('W1', '')
    """
    return str(x.label).partition("[")[0] if "[" in x.label else ""
