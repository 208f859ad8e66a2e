"""Find the factor between two arrays: the one place where numbers are called equal.

The rule has three parts, the cheap one first.

1. If u = c * g within HOLDS of the largest entry, u is c times g. Two different formulas do not
   agree so closely at several random points. Both are computed from the same values, so earlier
   rounding makes no difference between them.
2. If u misses every multiple of g by more than HIDES of the largest entry, u is not proven to be a
   multiple, whatever rounding may have done: a bound that large would hide a mistake such as a
   factor of 1.001. To call it wrong takes the error bounds, see `ranged`.
3. Between the two, and for numbers so small that they may be nothing but rounding, the error bounds
   of u and g decide. Then u is c times g if some c lies within the bounds at every entry, and if
   the bounds are too small to hide a mistake.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

HOLDS = 1e-9  # relative to the largest entry: right without a bound
HIDES = 1e-3  # relative to the largest entry: a bound this large could hide a mistake
NOTHING = 1e-13  # relative to the largest gradient: such numbers may be nothing but rounding
LEAST = 1e-12  # a smaller learning rate counts as no move
MANY = 4  # numbers that are a factor times others by no chance
TINY = 1e-290

Bounds = Callable[[], tuple[Any, Any]]
UNKNOWN: Any = object()  # stands for error bounds that are not computed yet


class Factor(float):
    """A factor, its error bound, and whether it is clear: the bound can hide no mistake."""

    __slots__ = ("error", "is_clear")
    error: float
    is_clear: bool

    def __new__(cls, value: float, error: float = 0.0, is_clear: bool = True) -> Factor:
        """Return the factor value, with its error bound."""
        made = super().__new__(cls, value)
        made.error, made.is_clear = error, is_clear
        return made

    def __neg__(self) -> Factor:
        return Factor(-float(self), self.error, self.is_clear)


def proportion(u: Any, g: Any, bounds: Bounds | None = None, scale: float = 1.0) -> float | None:
    """Return the number c of u = c * g; 0 if both are 0; None if it is not proven.

    bounds: returns the error bounds of u and g, called only if they decide; for UNKNOWN,
    0 with an infinite error is returned then; scale: the largest of the gradients that g is one of.
    """
    pair = alike(u, g)
    if pair is None:
        return None
    u, g = pair
    size, largest = float(np.abs(u).max()), float(np.abs(g).max())
    if not np.isfinite(size) or not np.isfinite(largest):
        return None
    if max(size, largest) <= NOTHING * scale:
        return Factor(0.0, np.inf, size == largest == 0.0)
    if not size or not largest:
        return None
    c = float((u * g).sum() / (g * g).sum())
    rest = float(np.abs(u - c * g).max())
    if rest > HIDES * size:
        return None
    if rest <= HOLDS * size and min(size, largest) > NOTHING * scale:
        return Factor(c, HOLDS * size / largest)
    if bounds is UNKNOWN:
        return Factor(0.0, np.inf, False)  # any number fits
    found = None if bounds is None else ranged(u, g, *bounds(), scale)
    return found if found is not None and found.is_clear else None


def alike(u: Any, g: Any) -> tuple[Any, Any] | None:
    """Return two values as float arrays of one shape; None if that is not possible."""
    if u is None or g is None:
        return None
    u, g = np.asarray(u), np.asarray(g)
    if u.dtype.kind not in "fiub":
        return None
    u, g = u.astype(float), _shaped(g.astype(float), u.shape)
    return None if g is None or not u.size else (u, g)


def ranged(u: Any, g: Any, e: Any, f: Any, scale: float = 1.0) -> Factor | None:
    """Return the factor c of u = c * g within the error bounds e of u and f of g.

    None: there is no such c, u is not a multiple of g. If u and g may both be 0, any number fits: 0
    with an infinite error is returned, clear if g's bound is small beside the other gradients. A
    factor is clear if neither its own error nor the bound of an entry can hide a mistake. Numbers
    that are not finite tell nothing.
    """
    size = float(np.abs(u).max())
    if not np.isfinite(size) or not np.isfinite(g).all():
        return Factor(0.0, np.inf, False)
    e, f = _bounded(e, u.shape), _bounded(f, u.shape)
    sure = np.abs(g) > f
    with np.errstate(all="ignore"):  # bounds may be infinite
        least = np.nan_to_num((np.abs(u) - e) / (np.abs(g) + f + TINY))[~sure].max(initial=0.0)
    if not sure.any():
        is_nothing = bool((np.abs(u) <= e).all()) and float(max(e.max(), f.max())) <= HIDES * scale
        return None if least > 1 / TINY**0.5 else Factor(0.0, np.inf, is_nothing)
    quotients = [(u + s * e)[sure] / (g + t * f)[sure] for s in (1, -1) for t in (1, -1)]
    low, high = float(np.min(quotients, axis=0).max()), float(np.max(quotients, axis=0).min())
    if not low <= high or max(abs(low), abs(high)) < max(least, LEAST):
        return None
    c, error = (low + high) / 2, (high - low) / 2
    if not np.isfinite(c):
        return Factor(0.0, np.inf, False)
    off = float((e + abs(c) * f).max())
    return Factor(c, error, max(off, error * float(np.abs(g).max())) <= HIDES * size)


def may_be(u: Any, g: Any, factor: float, e: Any, f: Any) -> bool:
    """Whether u may be a given factor times g, within the error bounds e of u and f of g."""
    off = getattr(factor, "error", 0.0)
    if not np.isfinite(u).all() or not np.isfinite(g).all():
        return True
    most = _bounded(e, u.shape) + (abs(factor) + off) * _bounded(f, u.shape) + off * np.abs(g)
    return bool((np.abs(u - factor * g) <= most).all())


def _bounded(e: Any, shape: tuple[int, ...]) -> Any:
    """Return an error bound in the shape of a value, with room for terms of higher order."""
    e = np.asarray(e, dtype=float)
    e = np.broadcast_to(e if e.ndim == 0 else e.reshape(shape), shape)
    return np.where(np.isnan(e), np.inf, np.where(e > 0, 1.01 * e + TINY, 0.0))


def _shaped(g: Any, shape: tuple[int, ...]) -> Any:
    """Return an array in a shape that differs by axes of length 1 only; else None."""
    if g.shape == shape:
        return g
    is_same = [n for n in g.shape if n != 1] == [n for n in shape if n != 1]
    return g.reshape(shape) if is_same else None


def common(proportions: Iterable[float | None]) -> float | None:
    """Return the number that all proportions equal, zeros aside; None if there is none."""
    found = list[Any]()
    for c in proportions:
        if c is None:
            return None
        found.append(c)
    numbers = [c for c in found if c] or found[:1]
    if not numbers:
        return None
    first: float = min(numbers, key=lambda c: getattr(c, "error", 0.0))
    return first if all(is_equal(c, first) for c in numbers if c) else None


def is_equal(a: float, b: float) -> bool:
    """Whether two numbers are equal within their rounding errors."""
    own = getattr(a, "error", 0.0) + getattr(b, "error", 0.0)
    return abs(float(a) - float(b)) <= HOLDS * abs(b) + own


def most_frequent(
    numbers: Sequence[float | None], likely: Sequence[float] = ()
) -> tuple[float | None, int]:
    """Return the most frequent number and its count; of ties a likely, then a negative one."""
    best: tuple[int, bool, bool] = (0, False, False)
    found = None
    for c in numbers:
        if c:
            is_likely = any(is_equal(c, x) for x in likely)
            here = (sum(1 for d in numbers if d and is_equal(d, c)), is_likely, c < 0)
            if here > best:
                best, found = here, c
    return found, best[0]


def agree_in_part(pairs: Iterable[tuple[Any, Any]]) -> bool:
    """Whether half of the numbers of all pairs u, g are one factor: u = c * g; None is left out."""
    known = [(np.ravel(u), np.ravel(g)) for u, g in pairs if not (u is None or g is None)]
    ratios = np.concatenate([u[g != 0] / g[g != 0] for u, g in known] or [np.zeros(0)])
    middle = np.median(ratios) if ratios.size else 0.0
    return bool(np.isclose(ratios, middle, rtol=1e-6, atol=0).sum() > max(MANY, ratios.size / 2))


def with_decay(
    moved: Any, gradient: Any, start: Any, is_penalised: bool = False
) -> tuple[float, float] | None:
    """Return the numbers c and d of a move c * g + d * w, as weight decay makes it; else None.

    A parameter decays only where it moves: of a table, the rows of a sample. It grows only where
    is_penalised: g has a penalty's gradient, of which the move leaves out a part.
    """
    fit = fitted(moved, [gradient, np.where(np.equal(moved, 0), 0.0, start)])
    return (fit[0], fit[1]) if fit and (fit[1] < 0 or is_penalised) else None


def fitted(u: Any, columns: Sequence[Any]) -> list[float] | None:
    """Return the numbers of the sum of columns that equals an array, of more numbers; else None."""
    table, u = np.array([np.ravel(x) for x in columns], dtype=float).T, np.ravel(u)
    if len(u) <= len(columns) or not (np.isfinite(table).all() and np.isfinite(u).all()):
        return None
    fit = np.linalg.lstsq(table, u, rcond=None)[0]
    is_exact = np.abs(u - table @ fit).max() <= HOLDS * np.abs(u).max()
    return [float(c) for c in fit] if is_exact else None
