"""Sample points in the domain of a row, to try it at."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import cycle
from typing import cast

__all__ = ["Domain", "Interval", "intervals", "points_in"]

Interval = tuple[float, float]
Domain = Interval | Sequence[Interval]  # one for all inputs, or one for each
SAMPLES = (0.7, -1.3, 2.1, -0.4, 1.6, -2.6, 0.3)


def intervals(domain: Domain, n: int) -> tuple[Interval, ...]:
    """Return the interval of each of n inputs.

    >>> intervals((0.0, 1.0), 2)
    ((0.0, 1.0), (0.0, 1.0))
    """
    return cast(tuple[Interval, ...], domain if isinstance(domain[0], tuple) else (domain,) * n)


def points_in(domain: Sequence[Interval]) -> Iterator[tuple[float, ...]]:
    """Yield points with a number in each of these open intervals.

    >>> next(points_in([(0.0, math.inf), (0.0, 1.0)]))
    (2.0137527074704766, 0.7858349830425586)
    """
    for shift in range(len(SAMPLES)):
        samples = cycle(SAMPLES[shift:] + SAMPLES[:shift])
        yield tuple(_inside(t, limits) for t, limits in zip(samples, domain))


def _inside(t: float, limits: Interval) -> float:
    """A number of size 1 moved into an interval."""
    low, high = limits
    if math.isinf(low) and math.isinf(high):
        return t
    if math.isinf(high):
        return low + math.exp(t)
    return high - math.exp(t) if math.isinf(low) else low + (high - low) / (1.0 + math.exp(t))
