"""The gradient: each node hands its own, times the local derivative, to its inputs."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import TYPE_CHECKING

from microgradnet.autograd.checks import non_finite_gradient, refuse_non_finite
from microgradnet.autograd.derivatives import hand_to_the_chosen

if TYPE_CHECKING:
    from microgradnet.autograd.value import Computed, Value

__all__ = ["complete", "put_back", "sweep"]


def sweep(inner: Sequence[Computed]) -> None:
    """From the last node to the first: x.grad += node.grad * d(node)/d(x) for each input x."""
    for node in reversed(inner):
        op, x, y, g = node.operation, node._x, node._y, node.grad
        if type(x) is tuple:
            slopes = op.slopes(y, node._data)
            for i in op.order:
                if type(one := x[i]) is not float:
                    one.grad += g * slopes[i]
        elif y is None:
            x.grad += g * op.partials[0](x._data, node._data)
        else:
            a = x if type(x) is float else x._data
            b = y if type(y) is float else y._data
            if type(x) is not float:
                x.grad += g * op.partials[0](a, b, node._data)
            if type(y) is not float:
                y.grad += g * op.partials[1](a, b, node._data)


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
