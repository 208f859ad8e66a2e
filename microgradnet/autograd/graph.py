"""A recorded graph: its nodes in order, and what each was computed from."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any

from microgradnet.words import say

if TYPE_CHECKING:
    from microgradnet.autograd.value import Computed, Value

__all__ = ["describe", "numbers", "operands", "partial", "partials", "reachable"]

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
    # One flat list of inputs. A tuple kept for each node would start the garbage collector, which
    # looks at all that lives, again and again.
    to_meet: list[Any] = [*roots]
    for x in to_meet:  # which grows on the way
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
    """Return the inputs that are Values, the others being constants.

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
    """Return the derivatives of a node by those of its inputs that are Values; () for a leaf.

    >>> from microgradnet import Value
    >>> partials(3 * Value(2.0)), partials(Value(3.0) * Value(2.0))
    ((3.0,), (2.0, 3.0))
    """
    if node.operation is None:
        return ()
    slopes = node.operation.slopes(numbers(node), node._data)
    return tuple([slope for x, slope in zip(node.inputs, slopes) if not isinstance(x, float)])
