"""A recorded graph run again, on other numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from microgradnet.value import Value, reachable

__all__ = ["Replay", "replay"]


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
            numbers[n] = n._row.value(*inputs)  # type: ignore[union-attr]
    return numbers.get(node, node.data)


class Replay:
    """A node as a function of the number of another.

    >>> x = Value(3.0)
    >>> Replay(x * x, x)(2.0)
    4.0
    """

    def __init__(self, a: Value, b: Value) -> None:
        self.a, self.b = a, b

    def __call__(self, x: float) -> float:
        return x if self.a is self.b else replay(self.a, {self.b: x})
