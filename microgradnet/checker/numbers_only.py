"""Code written for plain numbers takes Values too, while it is being checked."""

from __future__ import annotations

import builtins
import contextlib
import io
import math
import threading
from collections.abc import Callable, Iterator
from typing import Any

from microgradnet.operation import FUNCTIONS
from microgradnet.value import Value, stand_ins

__all__ = ["on_values"]

Function = Callable[..., Any]

_lock = threading.RLock()  # functions of math are replaced for the whole process


def _extreme(choose: Function) -> Function:
    """Max or min, which keep a 0 that was chosen a node: a function of the others all the same."""

    def function(*inputs: Any, **options: Any) -> Any:
        found = choose(*inputs, **options)
        values = [x for x in inputs if type(x) is Value]
        return found if type(found) is Value or not values else values[0] * 0.0 + found

    return function


# What takes a Value in the place of a number: functions of math and, as they stand, of Python.
_MATH: dict[str, Function] = {
    **{name: f for name, f in FUNCTIONS.items() if hasattr(math, name)},
    "pow": lambda x, y: x**y,
    "fabs": abs,
}
_BUILT_IN: dict[str, Function] = {
    "float": lambda x: x,  # float(loss) is a number for a report, and stays a node here
    "round": lambda x, digits=None: x,
    "max": _extreme(max),
    "min": _extreme(min),
}


@contextlib.contextmanager
def on_values(home: dict[str, Any]) -> Iterator[dict[Value, set[float]]]:
    """Meanwhile, `math.exp`, `float` and the like take Values, and nothing is printed.

    home: the globals of the person's code, where `from math import exp` leaves its names. Yields
    the numbers that Values were compared with by `==`, which looks at numbers here: `if y == 1`.
    """
    either = {getattr(math, name): _either(getattr(math, name), f) for name, f in _MATH.items()}
    compared: dict[Value, set[float]] = {}
    with _lock:
        scopes = [
            (s, {k: v for k, v in s.items() if _known(v, either)}) for s in (vars(math), home)
        ]
        shadows = {
            k: _either(getattr(builtins, k), f) for k, f in _BUILT_IN.items() if k not in home
        }
        for scope, before in scopes:
            scope.update({name: either[v] for name, v in before.items()})
        home.update(shadows)
        try:
            stand_ins.append(compared)
            with contextlib.redirect_stdout(io.StringIO()):
                yield compared
        finally:
            stand_ins.remove(compared)
            for scope, before in scopes:
                scope.update(before)
            for name in shadows:
                del home[name]


def _either(on_numbers: Any, on_values: Function) -> Function:
    def function(*inputs: Any, **options: Any) -> Any:
        chosen = on_values if any(type(x) is Value for x in inputs) else on_numbers
        return chosen(*inputs, **options)

    return function


def _known(x: Any, either: dict[Any, Any]) -> bool:
    return callable(x) and type(x).__hash__ is not None and x in either
