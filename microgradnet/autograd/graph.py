"""Walks over a recorded graph: its nodes, those between two, and the graph run again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from microgradnet.autograd.value import Value, clock, made_after

__all__ = [
    "AsFunction",
    "between",
    "changed",
    "numbers",
    "operands",
    "partial",
    "partials",
    "reachable",
    "rebuild",
    "replay",
]


def replay(node: Value, given: Mapping[Value, float]) -> float:
    """Return the number of a node were those of some other nodes of its graph as given.

    >>> x = Value(3.0)
    >>> y = x * x
    >>> replay(y + 1.0, {x: 2.0}), replay(y + 1.0, {y: 2.0})
    (5.0, 3.0)
    """
    numbers: dict[Any, float] = {k: v for k, v in given.items() if k is not node}
    for n in reachable(node)[1]:
        if n not in numbers and any(type(x) is Value and x in numbers for x in n.inputs):
            inputs = [numbers.get(x, x.data) if type(x) is Value else x for x in n.inputs]
            numbers[n] = n.operation.value(*inputs)  # type: ignore[union-attr]
    return numbers.get(node, node.data)


class AsFunction:
    """A node as a function of the number of another.

    >>> x = Value(3.0)
    >>> AsFunction(x * x, x)(2.0)
    4.0
    """

    def __init__(self, a: Value, b: Value) -> None:
        self.a, self.b = a, b

    def __call__(self, x: float) -> float:
        return x if self.a is self.b else replay(self.a, {self.b: x})


def reachable(*roots: Value) -> tuple[list[Value], list[Value]]:
    """Return the leaves, and the computed nodes in the order they were made, of a graph."""
    leaves, inner = [], []
    found = list(dict.fromkeys(roots))
    seen = set(found)
    for node in found:
        if node.operation is None:
            leaves.append(node)
            continue
        inner.append(node)
        for x in node.inputs:
            if type(x) is Value and x not in seen:
                seen.add(x)
                found.append(x)
    inner.sort(key=made_after)
    return leaves, inner


def changed(inner: Sequence[Value]) -> list[Value]:
    """Return the leaves whose data was set after their use in these computed nodes."""
    if not inner or inner[0].order > clock.last_change:
        return []
    edges = ((x, node) for node in inner for x in node.inputs if type(x) is Value)
    return list(dict.fromkeys(x for x, node in edges if x.order > node.order))


def operands(node: Value) -> tuple[Value, ...]:
    """Return the inputs that are Values, the others being constants.

    >>> a = Value(2.0)
    >>> operands(3 * a) == (a,)
    True
    """
    return tuple(x for x in node.inputs if type(x) is Value)


def numbers(node: Value) -> list[float]:
    """Return the numbers a node was computed from, in order.

    >>> numbers(3 * Value(2.0))
    [3.0, 2.0]
    """
    return [x.data if isinstance(x, Value) else x for x in node.inputs]


def partial(node: Value, i: int) -> float:
    """Return the derivative of a computed node by its input i, at its numbers.

    >>> partial(Value(3.0) * Value(2.0), 0)
    2.0
    """
    assert node.operation is not None
    return float(node.operation.partials[i](*numbers(node), node.data))


def partials(node: Value) -> tuple[float, ...]:
    """Return the derivatives of a node by those of its inputs that are Values; () for a leaf.

    >>> partials(3 * Value(2.0)), partials(Value(3.0) * Value(2.0))
    ((3.0,), (2.0, 3.0))
    """
    if node.operation is None:
        return ()
    at = numbers(node)
    pairs = zip(node.inputs, node.operation.partials)
    return tuple(p(*at, node.data) for x, p in pairs if isinstance(x, Value))


def rebuild(node: Value, made: dict[Value, Value]) -> Value:
    """Return a node recorded anew where others of its graph are replaced; `made` keeps them all.

    >>> x, y = Value(2.0), Value(5.0)
    >>> rebuild(x * x + 1.0, {x: y}).data
    26.0
    """
    inner: list[Any] = reachable(node)[1]
    for n in inner:
        if n not in made and any(type(x) is Value and x in made for x in n.inputs):
            inputs = tuple(made.get(x, x) if type(x) is Value else x for x in n.inputs)
            made[n] = Value.apply(n.operation, inputs)
            made[n].label = n.label
    return made.get(node, node)


def between(a: Value, b: Value) -> list[Any]:
    """Return the nodes on the paths from b to a, both included, in the order they were made."""
    on_path: dict[Any, None] = {b: None}
    for node in reachable(a)[1]:
        if node is not b and not on_path.keys().isdisjoint(
            x for x in node.inputs if type(x) is Value
        ):
            on_path[node] = None
    return list(on_path) if a in on_path else []
