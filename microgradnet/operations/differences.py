"""Compute derivatives by differences, with a bound on the error and without a graph."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, TypeVar, overload

import numpy as np

from microgradnet.operations.arguments import number
from microgradnet.operations.operation import Number, Recorded

__all__ = ["Difference", "differences"]

N = TypeVar("N", float, np.ndarray)

EPSILON = 2.0**-52
SMALLEST = 2.0**-1074
# Irregular distances: with equal ones the rounding of a slowly changing function would be in step.
NODES = (-3.95153, -3.12837, -1.93176, -1.21459, 0.0, 0.87263, 2.11447, 2.90531, 4.03762)
# Rows of norm 1 that are 0 on polynomials of degree 5, so that rounding keeps its size.
LEFT = np.linalg.qr(np.vander(NODES, 6), mode="complete")[0][:, 6:].T
LEVELS = 12
HALVINGS = 64  # from 1/8 down to 1e-20
# With 8, the largest true error in 5,000 derivatives of losses of the 2-2-1 net is 0.7 of it.
SAFETY = 8.0


class Difference(NamedTuple, Generic[N]):
    """A derivative found by differences and a bound on its error; arrays for several.

    >>> Difference(2.0, 1e-12).value
    2.0
    """

    value: N
    error: N


@overload
def differences(f: Callable[[float], Number | Recorded], x: float) -> Difference[float]: ...
@overload
def differences(
    f: Callable[..., Number | Recorded], x: Sequence[float] | np.ndarray
) -> Difference[np.ndarray]: ...
def differences(
    f: Callable[..., Number | Recorded], x: float | Sequence[float] | np.ndarray
) -> Difference[float] | Difference[np.ndarray]:
    """Return the derivatives of `f` at `x` by differences, each with an estimate of its error.

    f takes x: one number, or a sequence of n numbers (then value and error are arrays of
    the shape of x); it returns a number or a Value. Central differences with ever smaller steps
    are extrapolated to step 0 (Richardson 1911; tableau and choice of step after Ridders 1982).
    The error covers the remainder of the extrapolation and the rounding of `f`.

    Raises ValueError where x is not finite.

    >>> slope, error = differences(math.exp, 0.0)
    >>> abs(slope - 1.0) <= error < 1e-10
    True
    """
    if not isinstance(x, Sequence) and np.ndim(x) == 0:
        return _derivative(f, float(x))
    point = np.array(x, dtype=float)
    found = np.empty((2, *point.shape))
    for i in np.ndindex(point.shape):

        def along(xi: float, i: tuple[int, ...] = i) -> Number | Recorded:
            moved = point.copy()
            moved[i] = xi
            return f(moved if isinstance(x, np.ndarray) else moved.tolist())

        found[:, *i] = _derivative(along, float(point[i]))
    return Difference(found[0], found[1])


def _derivative(f: Callable[[float], Number | Recorded], x: float) -> Difference[float]:
    if not math.isfinite(x):
        raise ValueError(f"differences need a finite point, not {x}")

    def number_of(at: float) -> float:
        try:
            y = f(at)
        except (ArithmeticError, ValueError):  # math.log raises outside its domain
            return math.nan
        return _number_of(y)

    # Steps in proportion to x stay in the domain (log near 0), steps of 1/8 suit points around 0;
    # short steps see details that long ones jump over (sin of 4e7 with steps of 5e6).
    size = math.ldexp(0.5, math.frexp(x)[1]) if x else 1.0
    steps = sorted({size * 2.0**-15, size * 0.25, 0.125})
    best = Difference(math.nan, math.inf)
    for step in steps:
        found = _extrapolate(number_of, x, step, _noise(number_of, x, step, steps[-1]))
        if abs(found.value - best.value) > found.error + best.error:
            break  # the shorter steps are more accurate
        if found.error < best.error:
            best = found
    return best


def _number_of(y: object) -> float:
    if hasattr(type(y), "apply"):
        y = y.data  # type: ignore[attr-defined]
    elif getattr(y, "size", 0) == 1:  # an array of NumPy, jax, ...
        y = y.item()  # type: ignore[attr-defined]
    try:
        return number(y)
    except TypeError:
        says = "differences are of a function that returns a number or a Value"
        raise TypeError(f"{says}, not {type(y).__name__}") from None


def _extrapolate(
    f: Callable[[float], float], x: float, step: float, noise: float
) -> Difference[float]:
    best = Difference(math.nan, math.inf)
    middle = f(x)
    previous: list[float] = []
    for _ in range(LEVELS):
        above, below = x + step, x - step
        width = above - below
        if not width:
            break
        high, low = f(above), f(below)
        rounding = max(noise, EPSILON * max(abs(high), abs(low)))
        # above and below are rounded, so x is their middle only to within EPSILON of the larger
        bend = EPSILON * max(abs(x) / step, 1.0) * (abs(high - 2.0 * middle + low) / step)
        row = [(high - low) / width]
        for j, coarser in enumerate(previous):
            finer = row[j]
            row.append(finer + (finer - coarser) / (4.0 ** (j + 1) - 1.0))
            spread = max(abs(row[-1] - finer), abs(row[-1] - coarser))
            error = SAFETY * (spread + rounding / width + bend + EPSILON * abs(row[-1]))
            if j and error < best.error:
                best = Difference(row[-1], error)
        previous = row if math.isfinite(row[0]) else []
        step /= 2.0
    return best


def _noise(f: Callable[[float], float], x: float, step: float, reach: float) -> float:
    """Return the rounding noise of `f` at a point and a step away from it.

    Where `f` does not change at all, it may have been rounded flat, as log(1 + t * t) is near 0.
    Then the noise is the first change of `f` nearby.
    """
    middle, *ends = [
        np.array([f(at + node * step * 2.0**-18) for node in NODES])
        for at in (x, x - step, x + step)
    ]
    noise = max(SMALLEST, *map(_scatter, (middle, *ends)))
    if (middle == middle[0]).all():
        return max(noise, _first_step(f, x, x + reach), _first_step(f, x, x - reach))
    return noise


def _scatter(numbers: np.ndarray) -> float:
    """Return the rounding of nine close values: the residual of a polynomial of degree 5."""
    if not np.isfinite(numbers).all():
        return 0.0
    with np.errstate(over="ignore"):
        return float(max(EPSILON * np.max(np.abs(numbers)), np.max(np.abs(LEFT @ numbers))))


def _first_step(f: Callable[[float], float], near: float, far: float) -> float:
    """Return the size of the first change of `f` between two points, or 0 for a jump.

    At the edge of a kink (relu) it is tiny, the rounding of the last bit. A jump (where) is the
    only change on the way.
    """
    flat, end = f(near), f(far)
    for _ in range(HALVINGS):
        middle = near + (far - near) / 2.0
        near, far = (middle, far) if f(middle) == flat else (near, middle)
    moved = f(far)
    return abs(moved - flat) if math.isfinite(moved) and moved != end else 0.0
