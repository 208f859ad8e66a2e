"""The gradient: each node hands its own, times the local derivative, to its inputs."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import TYPE_CHECKING

from microgradnet.autograd.checks import non_finite_gradient, refuse_non_finite
from microgradnet.autograd.derivatives import hand_to_the_chosen
from microgradnet.operations.operation import OPS

if TYPE_CHECKING:
    from microgradnet.autograd.value import Computed, Value

__all__ = ["complete", "put_back", "sweep"]

ADD, SUB, MUL = OPS["add"], OPS["sub"], OPS["mul"]


def sweep(inner: Sequence[Computed]) -> None:
    """From the last node to the first: x.grad += node.grad * d(node)/d(x) for each input x.

    The derivatives of sums and products are spelled out, the others are those of the table.
    """
    for node in reversed(inner):
        op, x, y, g = node.operation, node._x, node._y, node.grad
        if y is None:
            x.grad += g * op.partials[0](x._data, node._data)
        elif op.pairs:  # a weighted sum: its bias, and pairs of factors
            if type(x[-1]) is not float:
                x[-1].grad += g
            for i, other in op.pairs:
                if type(one := x[i]) is not float:
                    one.grad += g * y[other]
        elif op is ADD or op is SUB:
            if type(x) is not float:
                x.grad += g
            if type(y) is not float:
                y.grad += g if op is ADD else -g
        elif type(x) is not tuple:
            a = x if type(x) is float else x._data
            b = y if type(y) is float else y._data
            if type(x) is not float:
                x.grad += g * (b if op is MUL else op.partials[0](a, b, node._data))
            if type(y) is not float:
                y.grad += g * (a if op is MUL else op.partials[1](a, b, node._data))
        else:
            _hand_to_several(node)


def _hand_to_several(node: Computed) -> None:
    slopes = node.operation.slopes(node._y, node._data)
    for i in node.operation.order:
        if type(x := node._x[i]) is not float:
            x.grad += node.grad * slopes[i]


def complete(
    root: Value, leaves: Sequence[Value], inner: Sequence[Computed], before: Sequence[float]
) -> None:
    """Add what leaves had before to what was handed to them, and refuse what is not finite."""
    if any(before):
        for leaf, g in zip(leaves, before):
            if g:
                leaf.grad += g
    total = 0.0
    for node in inner:
        total += node._data
    for leaf in leaves:
        total += leaf._data + leaf.grad
    if not isfinite(total):
        refuse_non_finite([*leaves, *inner])
        hand_to_the_chosen(root, leaves, inner, before)
        if not all(isfinite(leaf.grad) for leaf in leaves):
            raise non_finite_gradient([*leaves, *inner])


def put_back(leaves: Sequence[Value], inner: Sequence[Computed], before: Sequence[float]) -> None:
    """Leave leaves as they were, and no gradient in between."""
    for leaf, g in zip(leaves, before):
        leaf.grad = g
    for node in inner:
        node.grad = 0.0
