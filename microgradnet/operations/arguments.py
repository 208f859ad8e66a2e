"""Check arguments: numbers and seeds, and calls in the style of other libraries."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

__all__ = ["finite_number", "fitting_number", "generator", "instead", "number", "whole_number"]

C = TypeVar("C", bound=Callable[..., object])


def number(x: object) -> float:
    """Return a Python float for an int, float or real NumPy scalar.

    Raises TypeError for anything else, so that nothing is converted silently, and ValueError for
    an int that no float can hold.

    >>> number(3)
    3.0
    """
    if isinstance(x, (int, float, np.floating, np.integer, np.bool_)):
        try:
            return float(x)
        except OverflowError:
            raise ValueError("an int of that size has no float") from None
    says = f"expected an int, a float or a NumPy scalar, not {type(x).__name__}"
    raise TypeError(f"{says}{_way_out(x)}")


def _way_out(x: object) -> str:
    """Return the end of an error: how to get a number from a list, or from an array."""
    if isinstance(x, (list, tuple)) or getattr(x, "ndim", None):
        return "; take one element of it"
    return "; take its .item()" if hasattr(x, "item") and hasattr(x, "ndim") else ""


def whole_number(name: str, n: object) -> int:
    """Return a whole number from 1 as an int; ValueError, with the name, for anything else.

    >>> whole_number("n_out", 3)
    3
    """
    if not isinstance(n, (int, np.integer)) or isinstance(n, bool) or n < 1:
        raise ValueError(f"{name} is a whole number from 1, not {n!r}")
    return int(n)


def generator(seed: object) -> np.random.Generator:
    """Return a NumPy Generator for a seed: a whole number from 0, a Generator, or None for any.

    Raises ValueError for anything else.

    >>> int(generator(0).integers(10))
    8
    """
    try:
        return np.random.default_rng(seed)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        says = "the seed is a whole number from 0, a NumPy Generator or None"
        raise ValueError(f"{says}, not {seed!r}") from None


def finite_number(x: object, where: str) -> float:
    """Return a Python float for a finite number, as `number` does.

    where: its place, such as "y, row 3", at the start of each error. Raises TypeError for anything
    but a number and ValueError for inf and nan.

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

    says: the message of the errors: a TypeError for anything but a number, a ValueError for a
    number that does not fit and for True and False.

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


def instead(amiss: Callable[..., str] = lambda *args: "", /, **written: str) -> Callable[[C], C]:
    """Return a decorator that answers unsupported calls by an error with the right spelling.

    It decorates a function or a class. amiss: takes the positional arguments and returns the error
    for them, "" where they fit. written: for each keyword of other libraries, the text to write
    instead; {} stands for the given value. Signature and other errors stay the same.

    >>> @instead(lr="step(rate={})")
    ... def step(rate=0.1):
    ...     return rate
    >>> step(lr=0.5)
    Traceback (most recent call last):
    TypeError: step() has no 'lr': write step(rate=0.5)
    """

    def decorated(made: C) -> C:
        is_class = isinstance(made, type)
        called: Any = made.__init__ if is_class else made

        @functools.wraps(called)
        def checked(*args: object, **settings: object) -> object:
            if says := amiss(*args[is_class:]):
                raise TypeError(f"{made.__name__}() {says}")
            for name in filter(settings.__contains__, written):
                says = f"{made.__name__}() has no {name!r}: write "
                raise TypeError(says + written[name].format(settings[name]))
            return called(*args, **settings)

        if not isinstance(made, type):
            return checked  # type: ignore[return-value]
        made.__init__ = checked  # type: ignore[misc]
        return made

    return decorated
