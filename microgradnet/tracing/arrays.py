"""Arrays of Values that NumPy code takes for arrays of floats."""

from __future__ import annotations

import contextlib
import math
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

import numpy as np
from numpy.typing import DTypeLike

from microgradnet.autograd.modes import is_standing_in
from microgradnet.autograd.value import Value
from microgradnet.operations.kinds import Formula, Operand
from microgradnet.operations.operation import FUNCTIONS, OPS
from microgradnet.words import listed, say

__all__ = [
    "ARCS",
    "BY_ELEMENT",
    "Values",
    "all_plain",
    "has_values",
    "not_followed",
    "note_drawn",
    "noting",
]


T = TypeVar("T")
_noting = threading.local()


@contextlib.contextmanager
def noting(
    made: list[Values] | None,
    guards: list[Value] | None = None,
    left_out: bool = False,
    clipped: Callable[[Value, Value], None] = lambda *_: None,
    drawing: set[str] | None = None,
) -> Iterator[None]:
    """Meanwhile, keep the arrays that this thread makes in a list; in none for None.

    guards: takes the arguments of logarithms like log(x + 1e-9); left_out: whether those are
    taken as log(x), which is what people derive; clipped: takes each bound, and what was clipped;
    drawing: the names of what draws.
    """
    before = dict(vars(_noting))
    _noting.made, _noting.guards, _noting.left_out = made, guards, left_out
    _noting.clipped, _noting.drawing = clipped, drawing
    try:
        yield
    finally:
        vars(_noting).clear()
        vars(_noting).update(before)


def note_drawn(name: str) -> None:
    """Note by which method numbers are drawn."""
    drawing = getattr(_noting, "drawing", None)
    if drawing is not None:
        drawing.add(name)


GUARD = 1e-4  # from here on down, what is added in a logarithm is there against log(0)


def _log(x: Operand) -> Operand:
    guards = getattr(_noting, "guards", None)
    if guards is not None and isinstance(x, Value) and x.op == "+":
        rest = [part for part in x.inputs if isinstance(part, Value) or abs(part) > GUARD]
        if len(rest) == 1 and isinstance(rest[0], Value):
            guards.append(x)
            x = rest[0] if _noting.left_out else x
    return FUNCTIONS["log"](x)


def _clip(x: Operand, low: Operand, high: Operand) -> Operand:
    bound = low if x < low else high if x > high else x
    if bound is x or not isinstance(x, Value) or isinstance(bound, Value):
        return bound
    found = Value(float(bound))
    getattr(_noting, "clipped", lambda *_: None)(found, x)
    return found


class Values(np.ndarray):
    """An array of objects, Values and numbers, that computes as one of floats does.

    >>> z = Values.of([Value(-1.0), Value(2.0)])
    >>> [x.data for x in np.maximum(0, z)], (z > 0).astype(float).tolist()
    ([0.0, 2.0], [0.0, 1.0])
    """

    @classmethod
    def of(cls, x: object) -> Values:
        """Return an array, or nested lists, as one of objects."""
        return np.array(x, dtype=object).view(cls)

    def __deepcopy__(self, memo: object) -> Values:
        """Another array of the same nodes: what a parameter is copied to is moved in its place."""
        return self.copy()

    def __array_ufunc__(
        self,
        ufunc: np.ufunc,
        method: str,
        *inputs: Operand,
        out: tuple[np.ndarray, ...] = (),
        **options: object,
    ) -> object:
        given = [_plain(x) for x in inputs]
        out = tuple(map(_plain, out))
        by_element = BY_ELEMENT.get(ufunc.__name__)
        if by_element is not None and method == "__call__":
            result = np.frompyfunc(by_element, ufunc.nin, 1)(*map(_no_bools, given))
            for whole in out:
                whole[...] = result
                result = whole
        else:
            options |= {"out": out} if out else {}
            if "OO->O" not in ufunc.types and by_element is not None:
                ufunc = np.frompyfunc(by_element, 2, 1)  # np.logaddexp.reduce
            try:
                result = getattr(ufunc, method)(*given, **options)
            except TypeError as error:
                if "has no callable" not in str(error):
                    raise
                raise TypeError(not_followed(f"np.{ufunc.__name__}")) from None
        return self._kept(result)

    def __array_function__(
        self,
        function: Callable[..., object],
        kinds: Iterable[type],
        inputs: Iterable[object],
        options: Mapping[str, object],
    ) -> object:
        function = _FUNCTIONS.get(function.__name__, function)
        given = {name: all_plain(x) for name, x in options.items()}
        return self._kept(function(*map(all_plain, inputs), **given))

    def _kept(self, result: object) -> object:
        if isinstance(result, np.ndarray) and result.dtype == object:
            result = result.view(Values)
            made = getattr(_noting, "made", None)
            if made is not None and is_standing_in():
                made.append(result)
        return result

    def dot(self, other: Operand, out: object = None) -> Operand:
        """Return the product, as `np.dot` does."""
        return np.dot(self, other)

    def astype(self, dtype: DTypeLike | None, *_: object, **__: object) -> Any:
        """Return a copy: of floats it stays one of Values; of ints and bools, their numbers."""
        kind = np.dtype(dtype).kind
        if kind in "fO":
            return self.copy()
        return np.array([float(x) for x in self.flat]).reshape(self.shape).astype(dtype)

    def round(self, decimals: object = 0, out: object = None) -> Any:
        """Return it as it is: rounding is for what is shown."""
        return self


def has_values(x: object) -> bool:
    """Whether something is a Value, or an array that holds one."""
    if isinstance(x, np.ndarray):
        return x.dtype == object and any(isinstance(e, Value) for e in x.flat)
    return isinstance(x, Value)


def _plain(x: T) -> T | np.ndarray:
    return x.view(np.ndarray) if isinstance(x, Values) else x


def _no_bools(x: Operand) -> Operand:
    return x.astype(float) if isinstance(x, np.ndarray) and x.dtype == bool else x


def all_plain(x: object) -> object:
    """Return lists, tuples and dicts with arrays of NumPy for those of Values."""
    if isinstance(x, (list, tuple)):
        return type(x)(map(all_plain, x))
    if isinstance(x, dict):
        return {k: all_plain(v) for k, v in x.items()}
    return _plain(x)


def _sign(x: Operand) -> float:
    return float((x > 0) - (x < 0))


def _added_exponents(x: Operand, y: Operand) -> Operand:
    return y + FUNCTIONS["softplus"](x - y)


LOG_2 = math.log(2.0)
ARCS: dict[str, Formula] = {
    "atan": lambda x: FUNCTIONS["atan2"](x, 1.0),
    "asin": lambda x: FUNCTIONS["atan2"](x, FUNCTIONS["sqrt"](1.0 - x * x)),
    "acos": lambda x: FUNCTIONS["atan2"](FUNCTIONS["sqrt"](1.0 - x * x), x),
    "atanh": lambda x: (FUNCTIONS["log1p"](x) - FUNCTIONS["log1p"](-x)) / 2.0,
    "asinh": lambda x: FUNCTIONS["log"](x + FUNCTIONS["sqrt"](x * x + 1.0)),
    "acosh": lambda x: FUNCTIONS["log"](x + FUNCTIONS["sqrt"](x * x - 1.0)),
}
BY_ELEMENT: dict[str, Formula] = {
    **{op.numpy: FUNCTIONS[name] for name, op in OPS.items() if name in FUNCTIONS},
    "log": _log,
    "clip": _clip,
    "absolute": lambda x: abs(x),
    "expit": FUNCTIONS["sigmoid"],
    "fabs": lambda x: abs(x),
    "float_power": lambda x, y: x**y,
    "cbrt": lambda x: _sign(x) * abs(x) ** (1 / 3),
    "sinh": lambda x: (FUNCTIONS["expm1"](x) - FUNCTIONS["expm1"](-x)) / 2.0,
    "cosh": lambda x: (FUNCTIONS["exp"](x) + FUNCTIONS["exp"](-x)) / 2.0,
    "sinc": lambda x: FUNCTIONS["sin"](x * math.pi) / (x * math.pi) if x else 1.0,
    "logaddexp": _added_exponents,
    "logaddexp2": lambda x, y: _added_exponents(x * LOG_2, y * LOG_2) / LOG_2,
    **dict.fromkeys(("deg2rad", "radians"), lambda x: x * (math.pi / 180.0)),
    **dict.fromkeys(("rad2deg", "degrees"), lambda x: x * (180.0 / math.pi)),
    "exp2": lambda x: FUNCTIONS["exp"](x * LOG_2),
    "log2": lambda x: FUNCTIONS["log"](x) / LOG_2,
    "log10": lambda x: FUNCTIONS["log"](x) / math.log(10.0),
    **{f"arc{name[1:]}": f for name, f in ARCS.items()},
    "sign": _sign,
    "heaviside": lambda x, at_zero: 1.0 if x > 0 else 0.0 if x < 0 else at_zero,
    "isnan": lambda x: math.isnan(float(x)),
    "isinf": lambda x: math.isinf(float(x)),
    "isfinite": lambda x: math.isfinite(float(x)),
    "rint": lambda x: x,
}


def _norm(
    x: Operand, ord: object = None, axis: int | None = None, keepdims: bool = False
) -> Operand:
    one = axis is not None or np.ndim(x) == 1
    if ord in (1, np.inf) and one:
        return (np.sum if ord == 1 else np.max)(np.abs(x), axis=axis, keepdims=keepdims)
    if ord not in (None, "fro") and not (ord == 2 and one):
        raise TypeError(not_followed(f"np.linalg.norm(..., ord={ord!r})"))
    squared = Values.of(np.sum(x * x, axis=axis, keepdims=keepdims))
    found: Operand = np.sqrt(squared)
    return found


_FUNCTIONS: dict[str, Callable[..., object]] = {
    "norm": _norm,
    "clip": lambda x, *bounds, **options: Values.of(x).clip(*bounds, **options),
    "round": lambda x, *_, **__: x,
    "around": lambda x, *_, **__: x,
    "nan_to_num": lambda x, *_, **__: x,
}


def not_followed(name: str) -> str:
    """Return the words for a function that there is no row for."""
    words = "{name} cannot be followed: write it with + - * / ** and {known}"
    return say(words, name=name, known=listed(sorted(FUNCTIONS)))
