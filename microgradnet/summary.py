"""A graph too big for anything else, in one pass: how much lies between its labelled values."""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import dataclass, field

from microgradnet.anatomy import PARAMETERS, label_of, neuron
from microgradnet.collapse import Box, Boxes, fold
from microgradnet.outline import is_labelled
from microgradnet.selection import Selection
from microgradnet.value import Value

__all__ = ["summary"]


def summary(selection: Selection) -> Boxes:
    """Return the layers of a graph of a million values, without gradients.

    The layer of a value is how many labelled values lie on the longest way to it; a labelled
    value is among the last of its layer.

    >>> from microgradnet import MLP, mse
    >>> from microgradnet.selection import select
    >>> [box.size for box in summary(select(mse(MLP(2, [3, 1])([1.0, 2.0]), 1))).boxes]
    [15, 7, 2]
    """
    layers = _Layers()
    layers.walk(selection)
    last = layers.reach.get(selection.root, 1) - (selection.root in layers.heads)
    made: dict[int, Box] = {}
    for (level, op), n in layers.operations.items():
        rank = fold(level, last)
        box = made.get(rank)
        if box is None:
            box = made[rank] = Box("root" if level == last else "inner", rank)
        box.size += n
        box.operations[op] += n
        box.heads += layers.last_of.pop(level, ())
    for box in made.values():
        if box.role == "root":
            box.heads = [selection.root]
        box.in_neurons = bool(box.heads) and bool(neuron(box.heads[0]))
    pairs = itertools.pairwise(made[rank] for rank in sorted(made))
    links = dict.fromkeys(pairs, 0.0)
    inputs: dict[int, Box] = {}
    for leaf, level in layers.first_use.items():
        user = made[fold(level, last)]
        if label_of(leaf, "role") in PARAMETERS:
            user.parameters[leaf] = None
            continue
        if user.rank not in inputs:
            inputs[user.rank] = Box("input", user.rank - 1)
        box = inputs[user.rank]
        box.heads.append(leaf)
        box.size += 1
        links[box, user] = 0.0
    return Boxes([*inputs.values(), *made.values()], links)


@dataclass
class _Layers:
    """What one pass counts. reach: of each computed value the least layer of what uses it."""

    reach: dict[Value, int] = field(default_factory=dict)
    heads: set[Value] = field(default_factory=set)
    last_of: dict[int, list[Value]] = field(default_factory=lambda: defaultdict(list))
    operations: dict[tuple[int, str], int] = field(default_factory=lambda: defaultdict(int))
    first_use: dict[Value, int] = field(default_factory=dict)

    def walk(self, selection: Selection) -> None:
        reach, heads, first_use, kept = self.reach, self.heads, self.first_use, selection.kept
        counts = self.operations
        for node in selection.inner:
            level = 1
            leaves: tuple[Value, ...] = ()
            for x in node.inputs:
                if type(x) is not Value or (kept is not None and x not in kept):
                    continue
                below = reach.get(x)
                if below is None:
                    leaves += (x,)
                elif below > level:
                    level = below
            for x in leaves:
                first_use.setdefault(x, level)
            counts[level, node._row.symbol if node._row else ""] += 1
            if node.label and is_labelled(node):
                heads.add(node)
                self.last_of[level].append(node)
                level += 1
            reach[node] = level
