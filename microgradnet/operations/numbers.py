"""Numbers that somebody gave: one of them, or an error that says which and why not."""

from __future__ import annotations

import math
from collections.abc import Callable

from microgradnet.operations.operation import number

__all__ = ["finite_number", "fitting_number"]


def finite_number(x: object, where: str) -> float:
    """Return a Python float for a finite number, as `number` does.

    where: its place, such as "y, row 3", with which each error begins. Raises TypeError for what
    is no number and ValueError for inf and nan.

    >>> finite_number(float("nan"), "y, row 3")
    Traceback (most recent call last):
    ValueError: y, row 3: expected a finite number, not nan
    """
    try:
        result = number(x)
    except (TypeError, ValueError) as error:
        raise type(error)(f"{where}: {error}") from None
    if not math.isfinite(result):
        raise ValueError(f"{where}: expected a finite number, not {result}")
    return result


def fitting_number(x: object, fits: Callable[[float], bool], says: str) -> float:
    """Return a Python float for a number that fits.

    says: what the errors say: a TypeError for what is no number, a ValueError for what does not
    fit and for True and False.

    >>> fitting_number(0.1, lambda x: x > 0, "the rate is positive")
    0.1
    """
    try:
        result = number(x)
    except TypeError:
        raise TypeError(says) from None
    if isinstance(x, bool) or not fits(result):
        raise ValueError(says)
    return result
