"""Make the page of a graph too large to step through: its layers as matrices, each cell at hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from math import isfinite
from typing import Any

from microgradnet.autograd.graph import operands
from microgradnet.autograd.value import Value
from microgradnet.derivations.spelling import bracketed
from microgradnet.drawing.anatomy import Operand, Part, dissect, is_unchanged, title_of
from microgradnet.drawing.arrays import Arrays, WeightLayer
from microgradnet.drawing.depths import NUMBERS
from microgradnet.drawing.layered import array_boxes
from microgradnet.drawing.of_arrays import Matrices
from microgradnet.drawing.rendering import Drawing
from microgradnet.drawing.selection import Selection, select
from microgradnet.drawing.styles import THEMES, written
from microgradnet.pages.looks import button
from microgradnet.words import page_words

__all__ = ["LayersOf"]

MOST_ROLES, MOST_VALUES = 5_000, 150_000  # whose roles, and whose gradients, are found in a second
LISTED, TERMS = 10, 12  # the largest gradients; the terms of a sum
Params = Sequence[Value | str] | None
Use = tuple[Value, int]


class LayersOf:
    """The layers of a graph as parts of a page: pictures, data, buttons.

    root: the Value that the graph ends in; lang: "en" or "zh"; params: the parameters, if given.

    >>> from microgradnet import MLP, mse
    >>> made = LayersOf(mse(MLP(2, [3, 1])([1.0, 2.0]), 1), "en")
    >>> len(made.arrays.layers), made.data()["layers"][1]["columns"]
    (2, ['h1', 'h2', 'h3'])
    """

    def __init__(self, root: Value, lang: str, params: Params = None) -> None:
        self.root, self.lang, self.words = root, lang, page_words(lang)
        self.cells: dict[str, list[object]] = {}  # of the pictures
        self.selection: Selection = select(root, params=params)
        n, inner = len(self.selection), self.selection.inner
        self.parts: Mapping[Value, Part] = (
            dissect(root, n <= MOST_ROLES, inner, self.selection.roles if params else None)
            if n <= MOST_VALUES
            else {}
        )
        roles = {x: self.parts[x].role for x in self.selection.leaves if x in self.parts}
        self.arrays = Arrays(self.selection, roles)
        self.outputs = {x for layer in self.arrays.layers for row in layer.outputs for x in row}
        self.place: dict[Value, tuple[WeightLayer, int]] = {}
        self.called = {root: str(root.label or "L")}
        for layer in self.arrays.layers:
            self.place |= {x: (layer, i) for i, row in enumerate(layer.sums) for x in row}
            known = ("z", layer.sums), ("h", layer.outputs), ("x", zip(*layer.inputs))
            for letter, i, row in ((a, i, row) for a, rows in known for i, row in enumerate(rows)):
                values = [x for x in row if isinstance(x, Value)]
                self.called = dict.fromkeys(values, name_of(layer, letter, i)) | self.called

    @property
    def can_be_shown(self) -> bool:
        """Whether the graph has layers, and gradients that are found in time."""
        return bool(self.parts and self.arrays.layers)

    def drawings(self, is_narrow: bool) -> list[Drawing]:
        """Return the picture, light and dark, and note its cells; is_narrow: for a telephone."""
        known = array_boxes(self.arrays, self.parts), self.parts, partial(written, NUMBERS)
        more = self.selection.name, self.lang, is_narrow
        made = [Matrices(*known, theme, *more) for theme in THEMES.values()]
        drawings = [picture.drawing(across=False, selection=self.selection) for picture in made]
        for cell, (layer, pane) in made[0].cells.items():
            self.cells[cell] = [self.arrays.layers.index(layer), pane]
        return drawings

    def buttons(self) -> str:
        """Return the weights with the largest gradients as a list of buttons."""
        cells = [
            (self.parts[x].grad, self.weight_name(x, i, j), f'data-at="{k} {i} {j}"')
            for k, layer in enumerate(self.arrays.layers)
            for i, row in enumerate(layer.weights)
            for j, x in enumerate(row)
            if isfinite(self.parts[x].grad)
        ]
        cells.sort(key=lambda cell: -abs(cell[0]))
        largest = cells[:LISTED]
        return "\n".join(button(at, name, written(NUMBERS, grad)) for grad, name, at in largest)

    def data(self) -> dict[str, Any]:
        """Return the numbers and names of the layers for the page."""
        said = {name: word for name, word in self.words.items() if name.startswith("cell_")}
        layers = [self.layer(layer) for layer in self.arrays.layers]
        root = self.called[self.root]
        return {"root": root, "layers": layers, "words": said, "cells": self.cells}

    def layer(self, layer: WeightLayer) -> dict[str, Any]:
        """Return one layer; z, h, their gradients and slopes have a row for each neuron."""
        parts = self.parts
        return {
            "formula": layer.formula,
            "rows": [self.name(row[0]) for row in layer.outputs],
            "sums": [self.name(row[0]) for row in layer.sums],
            "columns": [self.name(x, layer, j) for j, x in enumerate(layer.inputs[0])],
            "names": [
                [self.weight_name(x, i, j) for j, x in enumerate(row)]
                for i, row in enumerate(layer.weights)
            ],
            "W": [[_short(x) for x in row] for row in layer.weights],
            "∂W": [[_short(parts[x].grad) for x in row] for row in layer.weights],
            "b": [[_short(x) for x in row] for row in layer.bias],
            "∂b": [[_short(parts[x].grad) for x in row] for row in layer.bias],
            "x": [[_short(x) for x in row] for row in layer.inputs],
            "h": [[_short(x) for x in row] for row in layer.outputs],
            "∂h": [[_short(parts[x].grad) for x in row] for row in layer.outputs],
            "∂z": [[_short(parts[x].grad) for x in row] for row in layer.sums],
            "slopes": [[_short(self.slope(x)) for x in row] for row in layer.sums],
            "others": self.others(layer),
            "why": [[self.why(x) for x in row] for row in layer.outputs],
        }

    def slope(self, x: Value) -> float:
        """Return the derivative of an output of a layer by its sum."""
        slope = 1.0
        while x not in self.outputs:
            (x,) = self.arrays.users[x]
            slope *= self.parts[x].partials[0]
        return slope

    def why(self, x: Value) -> list[list[object]]:
        """Return the terms of the gradient of an output: each that uses it, and the derivatives.

        A term is the name of the user, its gradient, the name of the derivative or of the weight,
        and its number; the largest terms first. The last one is the number of those left out.
        """
        terms: list[tuple[float, list[object]]] = []
        for user, i in self.uses(x):
            part = self.parts[user]
            name, local = self.used_in(user, x, i)
            numbers = [_short(part.grad), _short(part.partials[i])]
            terms.append((self.flow(user, i), [name, numbers[0], local, numbers[1]]))
        terms.sort(key=lambda term: -abs(term[0]) if isfinite(term[0]) else 0.0)
        return [*(term for _, term in terms[:TERMS]), [max(0, len(terms) - TERMS)]]

    def uses(self, x: Value) -> list[Use]:
        """Return each use of a value: the value that uses it, and which of its operands it is.

        What gives it as it is, such as the 0 + x of Python's `sum`, is the value itself.
        """
        found: list[Use] = []
        for user in dict.fromkeys(self.arrays.users[x]):
            if is_unchanged(user) and self.arrays.users[user]:
                found += self.uses(user)
            else:
                found += [(user, i) for i, y in enumerate(operands(user)) if y is x]
        return found

    def flow(self, user: Value, i: int) -> float:
        """Return the part of the gradient of an operand that comes through one of its uses."""
        return self.parts[user].grad * self.parts[user].partials[i]

    def others(self, layer: WeightLayer) -> list[list[float | str]]:
        """Return the part of the gradient of each weight that is not of its neuron, if any is."""
        rows = [[self.elsewhere(x, layer, i) for x in row] for i, row in enumerate(layer.weights)]
        return [[_short(x) for x in row] for row in rows] if any(map(any, rows)) else []

    def elsewhere(self, weight: Value, layer: WeightLayer, i: int) -> float:
        uses = [u for u in self.uses(weight) if self.place.get(self.sum_of(u[0])) != (layer, i)]
        return sum(self.flow(*use) for use in uses)

    def sum_of(self, user: Value) -> Value:
        """Return the sum of a neuron that a product is a term of, else the value itself."""
        x = user
        while x in self.arrays.inside and x not in self.place and len(self.arrays.users[x]) == 1:
            (x,) = self.arrays.users[x]
        return x if x in self.place else user

    def used_in(self, user: Value, x: Value, i: int) -> tuple[str, str]:
        """Return the names of a value's user, and of the user's derivative by the value."""
        total = self.sum_of(user)
        weight = self.factor_of(user, i)
        if total in self.place and weight is not None:
            layer, row = self.place[total]
            j = next((j for j, y in enumerate(layer.weights[row]) if y is weight), None)
            if j is not None:
                return self.name(total), self.weight_name(weight, row, j)
        named = {x: self.name(x) or "…" for x in operands(user)} | {user: self.name(user)}
        badge, title = title_of(user, NUMBERS.format, named.__getitem__)
        return bracketed(title) or f"({badge} …)", ""

    @staticmethod
    def factor_of(user: Value, i: int) -> Value | None:
        """Return the factor of operand i, in a product or a weighted sum."""
        places = [k for k, y in enumerate(user.inputs) if isinstance(y, Value)]
        k = places[i] ^ 1  # factors are side by side
        other = user.inputs[k] if user.op in ("*", "weighted_sum") and k < len(user.inputs) else 0.0
        return other if isinstance(other, Value) else None

    def name(self, x: Operand, layer: WeightLayer | None = None, j: int = 0) -> str:
        """Return the label of a value, or its name in a layer, of which it is input j."""
        if isinstance(x, Value):
            return str(self.selection.name(x)) or self.called.get(x, "")
        return name_of(layer, "x", j) if layer else ""

    @staticmethod
    def weight_name(x: Value, i: int, j: int) -> str:
        return str(x.label) or f"W[{i + 1}, {j + 1}]"


def name_of(layer: WeightLayer, letter: str, i: int) -> str:
    """Return the name of a sum, an output or an input: z4, or z_W[3] if W[3, 0] is its weight."""
    array, at, _ = str(layer.weights[0][0].label).partition("[0")
    return f"{letter}_{array}[{i}]" if at else f"{letter}{i + 1}"


def _short(x: Operand) -> float | str:
    """Return a number with the digits that the page shows; JSON has no inf or nan."""
    x = x.data if isinstance(x, Value) else x
    return float(NUMBERS.format(x)) if isfinite(x) else str(x)
