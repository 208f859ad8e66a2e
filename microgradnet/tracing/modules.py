"""Modules whose functions take Values: NumPy that makes arrays of them, `math`, `random`."""

from __future__ import annotations

import functools
import math
import random
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any, SupportsFloat

import numpy as np
from numpy.typing import DTypeLike

from microgradnet.autograd.modes import is_standing_in
from microgradnet.autograd.value import Value
from microgradnet.operations.kinds import Formula, Operand
from microgradnet.operations.operation import FUNCTIONS
from microgradnet.tracing.arrays import (
    ARCS,
    BY_ELEMENT,
    Values,
    all_plain,
    not_followed,
    note_drawn,
)

__all__ = [
    "FloatOrValue",
    "Module",
    "extreme",
    "math_on_values",
    "numpy_on_values",
    "random_from",
]


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
        given = {name: all_plain(_floats(x)) for name, x in options.items()}
        array = make(*map(all_plain, map(_floats, inputs)), **given)
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


AS_THEY_ARE = ("choice", "permutation", "permuted", "shuffle")  # draw from what they are given


def _random(seed: int) -> Module:
    """`np.random`, its functions and its generators; `seed` is the trace's, not the code's."""
    ways = np.random.RandomState(seed), np.random.default_rng(seed)

    class Generator:
        def __init__(self, *_: object, **__: object) -> None:
            pass

        def __getattr__(self, name: str) -> Callable[..., object]:
            found = [getattr(way, name) for way in ways if hasattr(way, name)]
            return _drawing(name, found or [getattr(ways[-1], name)])

    made = dict.fromkeys(("Generator", "RandomState", "default_rng"), Generator)
    drawn = Generator()

    def instead(found: object) -> object:
        draws = isinstance(getattr(found, "__self__", None), np.random.RandomState)
        return getattr(drawn, found.__name__) if draws else found  # type: ignore[attr-defined]

    return Module(np.random, {**made, "seed": lambda *_: None}, instead)


def _drawing(name: str, ways: Sequence[Callable[..., Any]]) -> Callable[..., object]:
    """A method that draws, in the first way that takes what it is given; floats are Values."""
    kept = 1 if name in AS_THEY_ARE else 0

    def function(*inputs: object, **options: object) -> object:
        given = [*inputs[:kept], *map(_numbers, inputs[kept:])]
        named = {key: _numbers(_floats(x)) for key, x in options.items()}
        for way in ways:
            try:
                found = way(*given, **named)
                break
            except TypeError:
                if way is ways[-1]:
                    raise
        if kept or np.asarray(found).dtype.kind != "f":
            return found
        note_drawn(name)
        nodes = Values.of([Value(float(x)) for x in np.ravel(found)])
        return nodes.reshape(found.shape) if np.ndim(found) else nodes[0]

    return function


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
    return Module(np, {**_replaced(), "random": _random(seed)})


@functools.cache
def _replaced() -> Mapping[str, object]:
    """The functions of NumPy that others stand for in any run."""
    names = ("zeros", "ones", "empty", "full", "zeros_like", "ones_like", "empty_like")
    replaced: dict[str, object] = {name: _made(getattr(np, name)) for name in (*names, "full_like")}
    replaced |= dict.fromkeys(("array", "asarray", "asanyarray", "copy"), _as_array)
    replaced |= dict.fromkeys(("float64", "float32", "double"), FloatOrValue)
    replaced |= {name: _of_numbers(getattr(np, name)) for name in ("allclose", "isclose")}
    replaced["where"] = _chosen
    replaced |= {  # np.arccosh by its other name too: np.acosh
        name: _either(f, BY_ELEMENT[f.__name__])
        for name, f in vars(np).items()
        if getattr(f, "__name__", "") in BY_ELEMENT
    }
    rounded = {name: _either(getattr(np, name), _rounded) for name in ("round", "around")}
    return replaced | rounded


def _rounded(x: Value, decimals: int = 0) -> Operand:
    """What `np.round` is of one Value: to whole numbers, a number that depends on nothing."""
    return x if decimals else float(np.round(x.data))


def _of_numbers(compare: Callable[..., object]) -> Callable[..., object]:
    """A function of NumPy that only looks at numbers: a gradient check beside a derivation."""
    return lambda *inputs, **options: compare(*map(_numbers, inputs), **options)


def _numbers(x: object) -> object:
    """What holds Values as an array of their numbers."""
    if not _holds_values(x):
        return x
    array = np.asarray(x, dtype=object)
    numbers = [v.data if isinstance(v, Value) else float(v) for v in array.flat]
    return np.array(numbers).reshape(array.shape)


def _either(on_arrays: Formula, on_one: Formula) -> Formula:
    """A function of NumPy that takes single Values too, and stays the ufunc for all else."""

    def function(*inputs: Operand, **options: object) -> Operand:
        single = all(isinstance(x, (Value, int, float, np.number)) for x in inputs)
        if single and any(isinstance(x, Value) for x in inputs):
            return on_one(*inputs)
        return on_arrays(*inputs, **options)

    methods = {name: x for name in ("reduce", "outer") if (x := getattr(on_arrays, name, None))}
    vars(function).update(methods)
    return function


def math_on_values() -> Module:
    """Return a `math` that takes Values; a function it has no row for refuses them."""
    table = FUNCTIONS | BY_ELEMENT | ARCS | {"pow": lambda x, y: x**y}
    table |= {name: _refusing(name) for name in ("erf", "erfc", "gamma", "lgamma")}
    known = {name: f for name, f in table.items() if hasattr(math, name)}
    either = {name: _on_numbers_too(getattr(math, name), f) for name, f in known.items()}
    return Module(math, either)


def _refusing(name: str) -> Formula:
    def function(*inputs: Operand) -> Operand:
        raise TypeError(not_followed(f"math.{name}"))

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
