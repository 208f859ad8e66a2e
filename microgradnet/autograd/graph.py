"""Walk a recorded graph: its nodes in order, their inputs; and compute it again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from microgradnet.words import say

if TYPE_CHECKING:
    from microgradnet.autograd.value import Computed, Value

__all__ = ["between", "describe", "numbers", "operands", "partial", "partials"]
__all__ += ["reachable", "rebuild", "replay", "unfold"]

made_after = attrgetter("order")  # the key that sorts inputs before results


def reachable(*roots: Value) -> tuple[list[Value], list[Computed]]:
    """Return the leaves, and the computed nodes in the order they were made, of a graph.

    >>> from microgradnet import Value
    >>> x = Value(3.0)
    >>> y = x * x
    >>> reachable(y) == ([x], [y])
    True
    """
    leaves: list[Value] = []
    inner: list[Computed] = []
    met: set[Value] = set()
    # One flat list of inputs. A tuple kept for each node would trigger the garbage collector, which
    # visits all live objects, again and again.
    to_meet: list[Any] = [*roots]
    for x in to_meet:  # the list grows during the loop
        if type(x) is float or x in met:
            continue
        met.add(x)
        if x.operation is None:
            leaves.append(x)
            continue
        inner.append(x)
        if x._y is None:
            to_meet.append(x._x)
        else:
            to_meet += x._x if type(x._x) is tuple else (x._x, x._y)
    inner.sort(key=made_after)
    return leaves, inner


def describe(node: Value) -> str:
    """Name a node in a message: its label, or its operation and number."""
    if node.label:
        return repr(node.label)
    if node.operation is None:
        return say("the unnamed Value of {number!r}", number=node._data)
    return say("the {operation} of {number!r}", operation=node.operation.name, number=node._data)


def operands(node: Value) -> tuple[Value, ...]:
    """Return the inputs that are Values, without the constants.

    >>> from microgradnet import Value
    >>> a = Value(2.0)
    >>> operands(3 * a) == (a,)
    True
    """
    return tuple([x for x in node.inputs if not isinstance(x, float)])


def numbers(node: Value) -> list[float]:
    """Return the numbers a node was computed from, in order.

    >>> from microgradnet import Value
    >>> numbers(3 * Value(2.0))
    [3.0, 2.0]
    """
    if type(node._x) is tuple:
        return list(node._y)
    return [x if isinstance(x, float) else x._data for x in node.inputs]


def partial(node: Computed, i: int) -> float:
    """Return the derivative of a computed node by its input i, at its numbers.

    >>> from microgradnet import Value
    >>> partial(Value(3.0) * Value(2.0), 0)
    2.0
    """
    return float(node.operation.partials[i](*numbers(node), node._data))


def partials(node: Value) -> tuple[float, ...]:
    """Return the derivatives of a node by its inputs that are Values; () for a leaf.

    >>> from microgradnet import Value
    >>> partials(3 * Value(2.0)), partials(Value(3.0) * Value(2.0))
    ((3.0,), (2.0, 3.0))
    """
    if node.operation is None:
        return ()
    slopes = node.operation.slopes(numbers(node), node._data)
    return tuple([slope for x, slope in zip(node.inputs, slopes) if not isinstance(x, float)])


# The graph computed again: with other numbers, or with other nodes in place of some.


def between(a: Value, b: Value) -> list[Computed]:
    """Return the nodes on the paths from b to a, without b, in the order made."""
    on_path: dict[Value, None] = {b: None}
    found: list[Computed] = []
    for node in reachable(a)[1]:
        if node is not b and not on_path.keys().isdisjoint(operands(node)):
            on_path[node] = None
            found.append(node)
    return found if a in on_path else []


def replay(node: Value, given: Mapping[Value, float]) -> float:
    """Return the number of a node if some nodes of its graph had the given numbers.

    >>> from microgradnet import Value
    >>> x = Value(3.0)
    >>> y = x * x
    >>> replay(y + 1.0, {x: 2.0}), replay(y + 1.0, {y: 2.0})
    (5.0, 3.0)
    """
    made = dict(given)
    for n in reachable(node)[1]:
        if n not in made and not made.keys().isdisjoint(operands(n)):
            made[n] = n.operation.value(
                *[x if isinstance(x, float) else made.get(x, x._data) for x in n.inputs]
            )
    return made.get(node, node._data)


def rebuild(
    node: Value, made: dict[Value, Value], again: Callable[[Computed], bool] = lambda n: False
) -> Value:
    """Return a node recorded anew, with other nodes of its graph replaced.

    made: the replacement of each node; all newly recorded nodes are added. again: nodes to
    record anew in any case, by their formula.

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

    made: filled with the replacement of each node that is recorded anew.

    >>> from microgradnet import Neuron
    >>> [n.op for n in reachable(unfold(Neuron(2)([1.0, 2.0])))[1]]
    ['*', '*', '+', '+', 'sigmoid']
    """
    made = {} if made is None else made
    return rebuild(node, made, again=lambda n: n.operation.is_spelled_out)
