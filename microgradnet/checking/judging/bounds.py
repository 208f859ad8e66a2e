"""Bound how far rounding alone can move a gradient, in whatever order it is computed."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from microgradnet.autograd.gradient import grad
from microgradnet.autograd.graph import numbers, partial, reachable
from microgradnet.autograd.value import Computed, Value
from microgradnet.operations.operation import Op

# Each operation, written one way or another, is taken to be right to 4 units in the last place:
# 1/2 for arithmetic, up to 2 for library functions, and room for another order of the same steps.
UNIT = 4.0 * 2.0**-53
SMALLEST = 5e-324
# Relative, to the largest entry of an array: far above rounding at the chosen points (1e-13),
# far below any mistake in a formula.
SAME = 1e-9


@dataclass
class Bounded:
    """A derivative, the range of its subgradients (one number but at kinks), and its error."""

    value: float = 0.0
    low: float = 0.0
    high: float = 0.0
    error: float = 0.0


def bounded_gradients(*roots: Value) -> dict[Value, dict[Value, Bounded]]:
    """Return dy/dx for each root y and node x of its graph with a bound on its rounding errors.

    A running error analysis of the backward sweep: the error of each local derivative comes
    from those of the forward values it is computed from.

    >>> x = Value(0.1)
    >>> y = x * x
    >>> bounded = bounded_gradients(y)[y][x]
    >>> bounded.value, bounded.error < 1e-15
    (0.2, True)
    """
    forward = forward_errors(reachable(*roots)[1])
    local = functools.cache(functools.partial(_local, forward=forward))
    return {y: _swept(y, local) for y in roots}


def _swept(y: Value, local: Callable[[Computed, int], Bounded]) -> dict[Value, Bounded]:
    gradients = {y: Bounded(1.0, 1.0, 1.0)}
    for node in reversed(reachable(y)[1]):
        g = gradients[node]
        for i, x in enumerate(node.inputs):
            if isinstance(x, Value):
                _add_product(gradients.setdefault(x, Bounded()), g, local(node, i))
    return gradients


def _add_product(into: Bounded, g: Bounded, p: Bounded) -> None:
    corners = [a * b for a in (g.low, g.high) for b in (p.low, p.high)]
    product = g.value * p.value
    into.value += product
    into.low += min(corners)
    into.high += max(corners)
    into.error += abs(p.value) * g.error + (abs(g.value) + g.error) * p.error
    into.error += UNIT * abs(product) + (SMALLEST if product else 0.0)
    if math.isnan(into.error):  # 0 * inf: the error has no bound
        into.error = math.inf


def forward_errors(inner: Sequence[Computed]) -> dict[Value, float]:
    """Return a bound on the rounding error of each computed node, `inner` in their order.

    >>> x = Value(0.1)
    >>> y = x * x
    >>> 0.0 < forward_errors([y])[y] < 1e-16
    True
    """
    errors: dict[Value, float] = {}
    sizes: dict[Value | float, float] = {}  # a sum has the size of its terms, for any order
    for node in inner:
        at = numbers(node)
        error = 0.0
        for i, x in enumerate(node.inputs):
            if isinstance(x, Value) and errors.get(x):
                error += abs(partial(node, i)) * errors[x]
        is_sum = node.operation.name in ("add", "sub")
        terms = [sizes.get(x, abs(n)) for x, n in zip(node.inputs, at)]
        sizes[node] = sum(terms) if is_sum else abs(node.data)
        errors[node] = error + UNIT * sizes[node]
    return errors


def _local(node: Computed, i: int, forward: Mapping[Value, float]) -> Bounded:
    """Return the local derivative of a node by input i, with its range at a kink and its error."""
    op, at, out = node.operation, numbers(node), node.data
    p = partial(node, i)
    slopes = _slopes(node, i)
    error = UNIT * abs(p)
    for x, slope in zip(node.inputs, slopes):
        if isinstance(x, Value) and forward.get(x):
            error += abs(slope) * forward[x]
    if op.arity == 1:  # or computed from the result, as y * (1 - y) is: dp/dy = (dp/dx) / p
        sensitivity = abs(slopes[0] / p) if p else 1.0
        error += sensitivity * (UNIT * abs(out) + forward.get(node, 0.0))
    sides = [p, *_one_sided(op, i, at)]
    return Bounded(p, min(sides), max(sides), error)


def _slopes(node: Computed, i: int) -> list[float]:
    """Return the derivative of local derivative i by each input; 0 for a constant."""
    inputs = [Value(x.data) if isinstance(x, Value) else x for x in node.inputs]
    p = node.operation.partials[i](*inputs, Value.apply(node.operation, tuple(inputs)))
    if not isinstance(p, Value):
        return [0.0] * len(inputs)
    slopes = iter(grad(p, [x for x in inputs if isinstance(x, Value)]))
    return [next(slopes).data if isinstance(x, Value) else 0.0 for x in inputs]


def _one_sided(op: Op, i: int, at: Sequence[float]) -> list[float]:
    """Return the local derivatives on both sides of a kink; [] where there is no kink."""
    if op.kink is None or op.kink(*at) != 0.0:
        return []
    found = []
    for j, x in enumerate(at):
        for step in (-1e-6, 1e-6):
            moved = [*at[:j], x + step * max(1.0, abs(x)), *at[j + 1 :]]
            found.append(op.partials[i](*moved, op.value(*moved)))
    return found


def farthest(written: np.ndarray, right: np.ndarray) -> tuple[int, ...]:
    """Return the first index where two arrays of one shape are farthest apart, within rounding.

    If the arrays are equal within rounding, it is the index of the largest entry. The result does
    not depend on the processor.

    >>> farthest(np.array([1.0, 2.0, 7.0]), np.array([1.0, 3.0, 8.0]))
    (1,)
    >>> farthest(np.array([1.0, 3.0, 8.0]), np.array([1.0, 3.0, 8.0]))
    (2,)
    """
    if not written.size:
        return ()
    size, apart = np.abs(right), np.abs(written - right)
    noise = SAME * size.max()
    shown = apart if apart.max() > noise else size
    at = np.unravel_index(int(np.argmax(shown >= shown.max() - noise)), shown.shape)
    return tuple(int(i) for i in at)
