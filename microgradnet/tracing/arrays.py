"""Arrays of Values that NumPy code takes for arrays of floats, and the NumPy that makes them."""

from __future__ import annotations

import contextlib
import math
import random
import threading
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, SupportsFloat, TypeVar

import numpy as np
from numpy.typing import DTypeLike

from microgradnet.autograd.modes import is_standing_in
from microgradnet.autograd.value import Value
from microgradnet.operations.kinds import Formula, Operand
from microgradnet.operations.operation import FUNCTIONS, OPS
from microgradnet.words import listed, say

__all__ = [
    "FloatOrValue",
    "Module",
    "Values",
    "extreme",
    "has_values",
    "math_on_values",
    "noting",
    "numpy_on_values",
    "random_from",
]


T = TypeVar("T")
_noting = threading.local()


@contextlib.contextmanager
def noting(
    made: list[Values] | None, guards: list[Value] | None = None, left_out: bool = False
) -> Iterator[None]:
    """Meanwhile, keep the arrays that this thread makes in a list; in none for None.

    guards: takes the arguments of logarithms like log(x + 1e-9); left_out: whether those are
    taken as log(x), which is what people derive.
    """
    before = dict(vars(_noting))
    _noting.made, _noting.guards, _noting.left_out = made, guards, left_out
    try:
        yield
    finally:
        vars(_noting).clear()
        vars(_noting).update(before)


GUARD = 1e-4  # from here on down, what is added in a logarithm is there against log(0)


def _log(x: Operand) -> Operand:
    guards = getattr(_noting, "guards", None)
    if guards is not None and isinstance(x, Value) and x.op == "+":
        rest = [part for part in x.inputs if isinstance(part, Value) or abs(part) > GUARD]
        if len(rest) == 1 and isinstance(rest[0], Value):
            guards.append(x)
            x = rest[0] if _noting.left_out else x
    return FUNCTIONS["log"](x)


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
        by_element = _BY_ELEMENT.get(ufunc.__name__)
        if by_element is not None and method == "__call__":
            result = np.frompyfunc(by_element, ufunc.nin, 1)(*map(_no_bools, given))
            for whole in out:
                whole[...] = result
                result = whole
        else:
            options |= {"out": out} if out else {}
            try:
                result = getattr(ufunc, method)(*given, **options)
            except TypeError as error:
                if "has no callable" not in str(error):
                    raise
                raise TypeError(_not_followed(f"np.{ufunc.__name__}")) from None
        return self._kept(result)

    def __array_function__(
        self,
        function: Callable[..., object],
        kinds: Iterable[type],
        inputs: Iterable[object],
        options: Mapping[str, object],
    ) -> object:
        function = _FUNCTIONS.get(function.__name__, function)
        given = {name: _all_plain(x) for name, x in options.items()}
        return self._kept(function(*map(_all_plain, inputs), **given))

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


def _all_plain(x: object) -> object:
    if isinstance(x, (list, tuple)):
        return type(x)(map(_all_plain, x))
    if isinstance(x, dict):
        return {k: _all_plain(v) for k, v in x.items()}
    return _plain(x)


def _sign(x: Operand) -> float:
    return float((x > 0) - (x < 0))


_ARCS: dict[str, Formula] = {
    "atan": lambda x: FUNCTIONS["atan2"](x, 1.0),
    "asin": lambda x: FUNCTIONS["atan2"](x, FUNCTIONS["sqrt"](1.0 - x * x)),
    "acos": lambda x: FUNCTIONS["atan2"](FUNCTIONS["sqrt"](1.0 - x * x), x),
}
_BY_ELEMENT: dict[str, Formula] = {
    **{op.numpy: FUNCTIONS[name] for name, op in OPS.items() if name in FUNCTIONS},
    "log": _log,
    "absolute": lambda x: abs(x),
    "expit": FUNCTIONS["sigmoid"],
    "exp2": lambda x: FUNCTIONS["exp"](x * math.log(2.0)),
    "log2": lambda x: FUNCTIONS["log"](x) / math.log(2.0),
    "log10": lambda x: FUNCTIONS["log"](x) / math.log(10.0),
    **{f"arc{name[1:]}": f for name, f in _ARCS.items()},
    "sign": _sign,
    "heaviside": lambda x, at_zero: 1.0 if x > 0 else 0.0 if x < 0 else at_zero,
    "isnan": lambda x: math.isnan(float(x)),
    "isfinite": lambda x: math.isfinite(float(x)),
    "rint": lambda x: x,
}


def _norm(x: Operand, *_: object, axis: int | None = None, **__: object) -> Operand:
    return FUNCTIONS["sqrt"](np.sum(x * x, axis=axis))


_FUNCTIONS: dict[str, Callable[..., object]] = {
    "norm": _norm,
    "round": lambda x, *_, **__: x,
    "around": lambda x, *_, **__: x,
    "nan_to_num": lambda x, *_, **__: x,
}


class _Float(type):
    """What `float` is meanwhile: a type all the same, and a Value is an instance of it."""

    def __call__(cls, x: SupportsFloat | str = 0.0) -> object:
        if is_standing_in():
            if isinstance(x, Values) and x.size == 1:
                x = x.item()
            if isinstance(x, Value):
                return x
        return float(x)

    def __instancecheck__(cls, x: object) -> bool:
        return isinstance(x, float) or (is_standing_in() and isinstance(x, Value))

    def __subclasscheck__(cls, kind: type) -> bool:
        return issubclass(kind, float)

    def __getattr__(cls, name: str) -> object:
        return getattr(float, name)


class FloatOrValue(metaclass=_Float):
    """Stands in for `float`; as a dtype it is that of objects, which holds Values."""


class Module(types.ModuleType):
    """A module with some of its names replaced; others are what `instead` says."""

    def __init__(
        self,
        module: types.ModuleType,
        replaced: Mapping[str, object],
        instead: Callable[[object], object] = lambda x: x,
    ) -> None:
        super().__init__(module.__name__)
        self.__dict__.update(replaced)
        self.__dict__["_module"] = module, instead

    def __getattr__(self, name: str) -> object:
        module, instead = self.__dict__["_module"]
        found: object = instead(getattr(module, name))
        return found


def _made(make: Callable[..., np.ndarray]) -> Callable[..., np.ndarray]:
    """A function that makes arrays of floats, which makes arrays that can hold Values instead."""

    def function(*inputs: object, **options: object) -> np.ndarray:
        given = {name: _all_plain(_floats(x)) for name, x in options.items()}
        array = make(*map(_all_plain, map(_floats, inputs)), **given)
        return array.astype(object).view(Values) if array.dtype.kind in "fO" else array

    return function


def _floats(x: object) -> object:
    return np.float64 if x is FloatOrValue else x


def _as_array(
    x: object, dtype: DTypeLike | None = None, copy: object = True, ndmin: int = 0, **_: object
) -> np.ndarray:
    """What `np.array` and `np.asarray` are: what holds Values stays an array of them."""
    if isinstance(x, Values) and not copy and dtype is None:
        return x
    kind = np.float64 if dtype is FloatOrValue else dtype
    if _holds_values(x):
        made: np.ndarray = Values.of(x).astype(kind or float)
        return made
    return np.array(x, dtype=kind, ndmin=ndmin)


def _holds_values(x: object) -> bool:
    if isinstance(x, (list, tuple)):
        return any(map(_holds_values, x))
    return isinstance(x, Value) or (isinstance(x, np.ndarray) and x.dtype == object)


def _random(seed: int) -> Module:
    """`np.random` with numbers that are Values; `seed` is the trace's, not the code's."""
    legacy = np.random.RandomState(seed)

    def values(name: str) -> Callable[..., Values | Value]:
        def function(*inputs: object, **options: object) -> Values | Value:
            found = getattr(legacy, name)(*inputs, **options)
            if isinstance(found, np.ndarray):
                return Values.of([Value(x) for x in found.flat]).reshape(found.shape)
            return Value(found)

        return function

    floats = ("randn", "rand", "random", "normal", "uniform", "random_sample", "standard_normal")
    whole = ("randint", "choice", "permutation", "shuffle", "binomial")
    replaced = {name: values(name) for name in floats}
    replaced |= {name: getattr(legacy, name) for name in whole}

    def choice(a: Any, size: Any = None, replace: bool = True, p: Any = None) -> Any:
        weights = None if p is None else [float(getattr(x, "data", x)) for x in np.ravel(p)]
        return legacy.choice(a, size, replace, weights)

    return _with_generator({**replaced, "choice": choice})


def _with_generator(replaced: Mapping[str, object]) -> Module:
    """The same by both ways to ask for random numbers: `np.random` and its generators."""
    own = {**replaced, "integers": replaced["randint"], "seed": lambda *_: None}
    generator = types.SimpleNamespace(**own)
    made = {"default_rng": lambda *_: generator, "RandomState": lambda *_: generator}
    return Module(np.random, own | made)


def random_from(seed: int) -> Module:
    """Return a `random` that draws from this seed: two runs of a code are one run twice.

    >>> random_from(3).random() == random_from(3).random()
    True
    """
    drawn = random.Random(seed)
    replaced = {name: getattr(drawn, name) for name in random.__all__ if name[0].islower()}
    return Module(random, {**replaced, "seed": lambda *_: None})


def numpy_on_values(seed: int = 0) -> Module:
    """Return a NumPy whose arrays of floats can hold Values; random numbers from this seed.

    >>> np_ = numpy_on_values()
    >>> h = np_.zeros((1, 2))
    >>> h[0, 1] = Value(3.0)
    >>> float((h * 2).sum().data)
    6.0
    """
    names = ("zeros", "ones", "empty", "full", "zeros_like", "ones_like", "empty_like")
    replaced: dict[str, object] = {name: _made(getattr(np, name)) for name in (*names, "full_like")}
    replaced |= dict.fromkeys(("array", "asarray", "asanyarray", "copy"), _as_array)
    replaced |= dict.fromkeys(("float64", "float32", "double"), FloatOrValue)
    replaced |= {name: _of_numbers(getattr(np, name)) for name in ("allclose", "isclose")}
    replaced["where"] = _chosen
    replaced |= {
        name: _either(getattr(np, name), f) for name, f in _BY_ELEMENT.items() if hasattr(np, name)
    }
    return Module(np, {**replaced, "random": _random(seed)})


def _of_numbers(compare: Callable[..., object]) -> Callable[..., object]:
    """A function of NumPy that only looks at numbers: a gradient check beside a derivation."""

    def plain(x: object) -> object:
        if not has_values(x):
            return x
        array = np.asarray(x, dtype=object)
        numbers = [v.data if isinstance(v, Value) else float(v) for v in array.flat]
        return np.array(numbers).reshape(array.shape)

    return lambda *inputs, **options: compare(*map(plain, inputs), **options)


def _either(on_arrays: Formula, on_one: Formula) -> Formula:
    """A function of NumPy that takes single Values too, and stays the ufunc for all else."""

    def function(*inputs: Operand, **options: object) -> Operand:
        single = all(isinstance(x, (Value, int, float, np.number)) for x in inputs)
        if single and any(isinstance(x, Value) for x in inputs):
            return on_one(*inputs)
        return on_arrays(*inputs, **options)

    return function


def math_on_values() -> Module:
    """Return a `math` that takes Values; a function it has no row for refuses them."""
    known = {name: f for name, f in FUNCTIONS.items() if hasattr(math, name)} | _ARCS
    known |= {"pow": lambda x, y: x**y, "fabs": abs}
    known |= {name: _BY_ELEMENT[name] for name in ("exp2", "log", "log2", "log10")}
    smooth = ("acosh", "asinh", "atanh", "cbrt", "cosh", "erf", "erfc", "gamma", "lgamma", "sinh")
    refused = {name: _refusing(name) for name in smooth if hasattr(math, name)}
    either = {k: _on_numbers_too(getattr(math, k), f) for k, f in (refused | known).items()}
    return Module(math, either)


def _not_followed(name: str) -> str:
    words = "{name} cannot be followed: write it with + - * / ** and {known}"
    return say(words, name=name, known=listed(sorted(FUNCTIONS)))


def _refusing(name: str) -> Formula:
    def function(*inputs: Operand) -> Operand:
        raise TypeError(_not_followed(f"math.{name}"))

    return function


def _on_numbers_too(on_numbers: Formula, on_values: Formula) -> Formula:
    def function(*inputs: Operand, **options: object) -> Operand:
        stands_in = is_standing_in() and any(isinstance(x, (Value, Values)) for x in inputs)
        return (on_values if stands_in else on_numbers)(*inputs, **options)

    return function


def _chosen(condition: Operand, *both: Operand) -> Operand:
    """What `np.where` is: of single numbers it is one of them, a function of the others too."""
    if len(both) < 2 or any(np.ndim(x) for x in (condition, *both)):
        return np.where(condition, *both)
    return extreme(lambda x, y: x if condition else y)(*both)


def extreme(choose: Formula) -> Formula:
    """Return max or min, which keep a 0 that was chosen a node: a function of the others too."""

    def function(*inputs: Operand, **options: object) -> Operand:
        found = choose(*inputs, **options)
        values = [x for x in inputs if isinstance(x, Value)]
        return found if isinstance(found, Value) or not values else values[0] * 0.0 + found

    return function
