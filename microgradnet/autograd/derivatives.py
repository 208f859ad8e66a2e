"""Derivatives as Values, which can be derived again."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Sequence
from math import isnan
from typing import TYPE_CHECKING, TypeAlias, TypeGuard

from microgradnet.autograd.checks import refuse_changed
from microgradnet.autograd.graph import operands, reachable
from microgradnet.operations.operation import OPS

if TYPE_CHECKING:
    from microgradnet.autograd.value import Computed, Value

__all__ = ["grad", "hand_to_the_chosen"]

Gradient: TypeAlias = "Value | float"


def grad(y: Value, xs: Sequence[Value]) -> list[Value]:
    """Return dy/dx for each x as a Value that can be derived again; no node is changed.

    y: a Value; xs: the Values to derive by, leaves or not. The numbers are those of `backward`
    to the last bit; 0 where y does not depend on x.

    Raises TypeError where an x is not a Value, ValueError as `backward` does.

    >>> from microgradnet import Value
    >>> x = Value(2.0)
    >>> dy, = grad(x**3, [x])
    >>> d2y, = grad(dy, [x])
    >>> dy.data, d2y.data
    (12.0, 12.0)
    """
    if hasattr(xs, "operation"):
        raise TypeError("grad takes a list of Values to derive by: grad(y, [x])")
    xs = list(xs)
    for x in [y, *xs]:
        if not hasattr(x, "operation"):
            raise TypeError(f"grad is of a Value by Values, not {type(x).__name__}")
    leaves, inner = reachable(y)
    refuse_changed(inner)
    depends = set(xs)
    for node in inner:
        if not depends.isdisjoint(operands(node)):
            depends.add(node)
    gradients = _sweep_values(y, inner, depends)
    if any(isnan(g if isinstance(g, float) else g._data) for g in gradients.values()):
        gradients = _sweep_values(y, inner, depends, only_chosen=True)
    return _separate([gradients.get(x, 0.0) for x in xs], {*leaves, *inner}, y.apply)


def _sweep_values(
    y: Value, inner: Sequence[Computed], depends: set[Value], only_chosen: bool = False
) -> dict[Value, Gradient]:
    """As `sweep`, recorded, to what depends on an x.

    only_chosen: what a choice did not choose gets nothing, not 0 times what comes: 0 * inf is nan.
    """
    gradients: dict[Value, Gradient] = {y: 1.0}
    plus = _sum if only_chosen else operator.add
    for node in reversed(inner):
        if node not in depends or node not in gradients:
            continue
        times = functools.partial(_chosen, node.operation.chooses) if only_chosen else _times
        inputs, slopes = node.inputs, _slopes(node)
        for i in node.operation.order:
            x = inputs[i]
            if not isinstance(x, float) and x in depends:
                term = times(gradients[node], slopes[i])
                if term is not None:
                    gradients[x] = plus(gradients[x], term) if x in gradients else term
    return gradients


def _slopes(node: Computed) -> Sequence[Gradient]:
    op = node.operation
    try:
        return op.slopes(node.inputs, node)
    except TypeError as error:
        if not op.own:
            raise
        raise TypeError(
            f"a partial of {op.name!r} takes numbers only ({error}); "
            "written with + - * / ** and mg functions it can be derived again"
        ) from error


def _is(x: Gradient, number: float) -> bool:
    return isinstance(x, float) and x == number


def _times(g: Gradient, slope: Gradient) -> Gradient:
    if _is(g, 1.0):
        return slope
    return g if _is(slope, 1.0) else g * slope


def _chosen(chooses: bool, g: Gradient, slope: Gradient) -> Gradient | None:
    """The product; None for no slope, and where one side is a choice of 0, such a choice too.

    chooses: whether the slope is that of a choice.
    """
    if chooses and _is(slope, 0.0):
        return None
    for choice, other in ((slope, g), (g, slope)):
        may_be = chooses or choice is g
        if may_be and _is_choice(choice):
            c, *ways = choice.inputs
            products = [x if _is(x, 0.0) else _times(other, x) for x in ways]
            return choice.apply(OPS["where"], (c, *products))
    return _times(g, slope)


def _is_choice(x: Gradient) -> TypeGuard[Computed]:
    return not isinstance(x, float) and x.operation is OPS["where"]


def _sum(g: Gradient, term: Gradient) -> Gradient:
    """The sum; of two choices by the same condition, a choice of sums: of 0.0 and 0.0 again 0.0."""
    if _is_choice(g) and _is_choice(term) and g.inputs[0] is term.inputs[0]:
        c, *ways = g.inputs
        sums = [a + b for a, b in zip(ways, term.inputs[1:])]
        return g.apply(OPS["where"], (c, *sums))
    return g + term


def _separate(
    gradients: Sequence[Gradient], taken: set[Value], apply: Callable[..., Value]
) -> list[Value]:
    """Each gradient as a node of its own: d(x * y)/dx is not to be y itself."""
    results = []
    for g in gradients:
        # a constant is recorded as 1.0 * g too: it is no leaf that somebody could set
        value = apply(OPS["mul"], (1.0, g)) if isinstance(g, float) or g in taken else g
        taken.add(value)
        results.append(value)
    return results


def hand_to_the_chosen(
    root: Value, leaves: Sequence[Value], inner: Sequence[Computed], before: Sequence[float]
) -> None:
    """Give each node its gradient anew, but none to what a choice did not choose: see `grad`."""
    nodes = [*leaves, *inner]
    if any(isnan(leaf.grad) for leaf in leaves) and any(n.operation.chooses for n in inner):
        for node, found in zip(nodes, grad(root, nodes)):
            node.grad = found._data
        for leaf, g in zip(leaves, before):
            leaf.grad += g
