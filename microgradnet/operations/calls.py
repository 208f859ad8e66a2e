"""Calls as other libraries have them: an error that says what is written here."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

__all__ = ["instead"]

C = TypeVar("C", bound=Callable[..., object])


def instead(amiss: Callable[..., str] = lambda *args: "", /, **written: str) -> Callable[[C], C]:
    """Return a decorator: a function, or a class, says what to write for calls it does not take.

    amiss: takes the positional arguments and returns the error for them, "" where they fit.
    written: for each keyword of other libraries, what is written here; {} stands for what was
    given. The function has the same signature as before, and else the same errors.

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
