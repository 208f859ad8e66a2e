"""A recorded graph run again: with other numbers, or with other nodes in place of some."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from microgradnet.autograd.graph import operands, reachable

if TYPE_CHECKING:
    from microgradnet.autograd.value import Computed, Value

__all__ = ["AsFunction", "between", "rebuild", "replay", "unfold"]


def between(a: Value, b: Value) -> list[Computed]:
    """Return the nodes on the paths from b, which is none of them, to a, in the order made."""
    on_path: dict[Value, None] = {b: None}
    found: list[Computed] = []
    for node in reachable(a)[1]:
        if node is not b and not on_path.keys().isdisjoint(operands(node)):
            on_path[node] = None
            found.append(node)
    return found if a in on_path else []


def replay(node: Value, given: Mapping[Value, float]) -> float:
    """Return the number of a node were those of some other nodes of its graph as given.

    >>> from microgradnet import Value
    >>> x = Value(3.0)
    >>> y = x * x
    >>> replay(y + 1.0, {x: 2.0}), replay(y + 1.0, {y: 2.0})
    (5.0, 3.0)
    """
    made: dict[Value, float] = {x: number for x, number in given.items() if x is not node}
    for n in reachable(node)[1]:
        if n not in made and not made.keys().isdisjoint(operands(n)):
            made[n] = n.operation.value(
                *[x if isinstance(x, float) else made.get(x, x._data) for x in n.inputs]
            )
    return made.get(node, node._data)


class AsFunction:
    """A node as a function of the number of another.

    >>> from microgradnet import Value
    >>> x = Value(3.0)
    >>> AsFunction(x * x, x)(2.0)
    4.0
    """

    def __init__(self, a: Value, b: Value) -> None:
        self.a, self.b = a, b

    def __call__(self, x: float) -> float:
        return x if self.a is self.b else replay(self.a, {self.b: x})


def rebuild(
    node: Value, made: dict[Value, Value], again: Callable[[Computed], bool] = lambda n: False
) -> Value:
    """Return a node recorded anew where others of its graph are replaced.

    made: what stands for a node, and is given all that is recorded. again: nodes that are
    recorded anew in any case, by their formula.

    >>> from microgradnet import Value
    >>> x, y = Value(2.0), Value(5.0)
    >>> rebuild(x * x + 1.0, {x: y}).data
    26.0
    """
    for n in reachable(node)[1]:
        if n in made:
            continue
        if (anew := again(n)) or not made.keys().isdisjoint(operands(n)):
            inputs = tuple([x if isinstance(x, float) else made.get(x, x) for x in n.inputs])
            made[n] = n.operation.value(*inputs) if anew else n.apply(n.operation, inputs)
            made[n].label = n.label
    return made.get(node, node)


def unfold(node: Value, made: dict[Value, Value] | None = None) -> Value:
    """Return the graph of a node with each weighted sum spelled out as products and sums.

    made: is given what stands for each node that is recorded anew.

    >>> from microgradnet import Neuron
    >>> [n.op for n in reachable(unfold(Neuron(2)([1.0, 2.0])))[1]]
    ['*', '*', '+', '+', 'sigmoid']
    """
    made = {} if made is None else made
    return rebuild(node, made, again=lambda n: n.operation.is_spelled_out)
