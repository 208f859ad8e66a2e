"""Derivatives by differences: a witness that knows nothing of graphs, and says how far to trust it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

EPSILON = 2.0**-52
LEVELS = 12
# The largest true error seen was 0.4 of the estimate (tests/test_differences.py measures it).
SAFETY = 8.0


class Difference(NamedTuple):
    """A derivative found by differences, and a bound on its error; arrays for an array of points."""

    value: Any
    error: Any


def differences(f: Callable[[Any], Any], x: float | Sequence[float] | np.ndarray) -> Difference:
    """Return the derivatives of `f` at `x` by differences, each with an estimate of its error.

    f takes what x is: one number, or a sequence of n numbers (then value and error are arrays of
    the shape of x); it returns a number or a Value. Central differences with ever smaller steps
    are extrapolated to step 0 (Richardson 1911; tableau and choice of step after Ridders 1982).
    The error covers what the extrapolation leaves and the rounding of `f`.

    Raises ValueError where x is not finite.

    >>> slope, error = differences(math.exp, 0.0)
    >>> abs(slope - 1.0) <= error < 1e-10
    True
    """
    if np.ndim(x) == 0:
        return _derivative(f, float(x))  # type: ignore[arg-type]
    point = np.array(x, dtype=float)
    found = np.empty((2, *point.shape))
    for i in np.ndindex(point.shape):

        def along(xi: float, i: tuple[int, ...] = i) -> Any:
            moved = point.copy()
            moved[i] = xi
            return f(moved if isinstance(x, np.ndarray) else moved.tolist())

        found[:, *i] = _derivative(along, float(point[i]))
    return Difference(found[0], found[1])


def _derivative(f: Callable[[float], Any], x: float) -> Difference:
    if not math.isfinite(x):
        raise ValueError(f"differences need a finite point, not {x}")
    # Steps in proportion to x keep to the domain (log near 0); steps of 1/8 suit what surrounds 0.
    steps = {0.125, math.ldexp(0.125, math.frexp(x)[1])} if x else {0.125}
    found = [_extrapolate(f, x, step) for step in sorted(steps)]
    return min(found, key=lambda difference: difference.error)


def _extrapolate(f: Callable[[float], Any], x: float, step: float) -> Difference:
    best = Difference(math.nan, math.inf)
    previous: list[float] = []
    for _ in range(LEVELS):
        slope, noise = _slope(f, x, step)
        row = [slope]
        for j, coarser in enumerate(previous):
            finer = row[j]
            row.append(finer + (finer - coarser) / (4.0 ** (j + 1) - 1.0))
            spread = max(abs(row[-1] - finer), abs(row[-1] - coarser))
            error = SAFETY * spread + 2.0 * noise
            if j and error < best.error:
                best = Difference(row[-1], error)
        previous = row if math.isfinite(slope) else []
        step /= 2.0
    return best


def _slope(f: Callable[[float], Any], x: float, step: float) -> tuple[float, float]:
    """The central difference, and what rounding `f` to a few ulp can change in it."""
    above, below = x + step, x - step
    high, low = (float(getattr(y, "data", y)) for y in (f(above), f(below)))
    width = above - below
    if not width:
        return math.nan, math.inf
    return (high - low) / width, 4.0 * EPSILON * (abs(high) + abs(low)) / width
