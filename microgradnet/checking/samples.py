"""Data like an example: of its shapes and kinds, with numbers that tell right from wrong."""

from __future__ import annotations

import copy
import inspect
import re
import types
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from microgradnet.autograd.value import Value
from microgradnet.checking.claims import bare, claim
from microgradnet.checking.names import PARAMETER
from microgradnet.checking.parts import is_object
from microgradnet.checking.points import is_rate
from microgradnet.tracing.arrays import Values, has_values

__all__ = ["SETTINGS", "Numbers", "Sample", "is_of_numbers", "is_sample", "like", "one_hot_axis"]

Numbers = Callable[[str, np.ndarray], np.ndarray | None]

# Arguments that are settings: their number stays as it is.
RAISED = 0.1  # in the place of 0
PENALTY = re.compile(r"(reg|lam|lmb|weight_decay|l[12])\w*", re.I)
SETTINGS = re.compile(r"(reg|lam|lmb|eps|beta|momentum|decay|weight_decay|l[12])\w*|mu", re.I)


class Sample:
    """Arguments like those of an example; `given` has their Values, `fixed` whole numbers.

    numbers: asked by the name of each array, and with that of the example, for its numbers, which
    are drawn where there are none; raised: what is not 0 as in the example, by name.
    """

    def __init__(
        self,
        names: Sequence[str],
        example: Sequence[object],
        seed: int,
        scale: float = 1.0,
        numbers: Numbers = lambda name, array: None,
    ) -> None:
        self.rng, self.scale, self.numbers = np.random.default_rng(seed), scale, numbers
        self.given: dict[str, np.ndarray] = {}
        self.fixed: dict[str, np.ndarray] = {}
        self.made: dict[int, object] = {}
        self.raised: dict[str, float] = {}
        self.kept: list[object] = []  # what is made is known by the ids of these
        self.inputs = [self._like(name, x) for name, x in zip(names, example)]

    def redrawn(self, numbers: np.ndarray, drawn: bool) -> np.ndarray:
        """Return numbers for those of an array that code makes itself, or draws."""
        return self.scale * numbers if drawn else like(numbers, self.rng, self.scale)

    def taken(self, name: str, x: object) -> object:
        """Return what a script makes of plain numbers with Values; anything else as it is."""
        if isinstance(x, list) and _are_rows_of_digits(x):
            return _led_by_another([x[i] for i in self.rng.permutation(len(x))])
        setting = bare(name).removesuffix("s")  # alphas = [0.1, 0.01]
        if is_rate(setting) or SETTINGS.fullmatch(setting):
            return x
        if isinstance(x, float) or not is_of_numbers(x):
            return x
        self.kept.append(x)
        return self._like(name, x)

    def _like(self, name: str, x: object) -> object:
        """What is like x; what is in two places of the example is one thing in both."""
        if isinstance(x, (int, float, str)):
            return self._made_like(name, x)
        if id(x) not in self.made:
            self.made[id(x)] = self._made_like(name, x)
        made = self.made[id(x)]
        if has_values(made) and isinstance(made, Values):  # by each of its names
            self.given[name] = made.copy().view(np.ndarray)
        return made

    def _made_like(self, name: str, x: object) -> object:
        if isinstance(x, (int, float)) and x == 0 and PENALTY.fullmatch(bare(name)):
            self.raised[name] = RAISED
            return RAISED
        if isinstance(x, Mapping):
            return {k: self._like(f"{name}[{k!r}]", v) for k, v in x.items()}
        if isinstance(x, (list, tuple)):
            x = _led_by_another(list(x)) if isinstance(x, list) and _are_rows_of_digits(x) else x
            if is_sample(x) or not all(isinstance(e, (int, float, np.number)) for e in x):
                return type(x)(self._like(f"{name}[{i}]", e) for i, e in enumerate(x))
            return self._array(name, np.array(x)) if x else copy.deepcopy(x)
        if isinstance(x, np.ndarray):
            return self._array(name, np.array(x))
        if isinstance(x, float) and not is_rate(name) and not SETTINGS.fullmatch(bare(name)):
            node = Value(float(self._drawn(name, np.array([x]))[0]))
            self.given[name] = np.array(node, dtype=object)
            return node
        if is_object(x):
            made = copy.copy(x)
            for k, v in attributes(x):
                start = type(v) is int and not v and PARAMETER.match(k)  # self.bias = 0
                setattr(made, k, self._like(f"{name}.{k}", float(v) if start else v))
            return made
        return copy.deepcopy(x)

    def _array(self, name: str, array: np.ndarray) -> np.ndarray:
        if not array.any() and claim(name, ()):  # a gradient that is summed up from 0
            return Values.of(array.astype(float))
        numbers = self._drawn(name, array)
        if array.dtype.kind in "iub":
            self.fixed[name] = numbers
            return numbers
        return Values.of([Value(n) for n in numbers.flat]).reshape(numbers.shape)

    def _drawn(self, name: str, array: np.ndarray) -> np.ndarray:
        found = self.numbers(name, array)
        return like(array, self.rng, self.scale) if found is None else found


def is_of_numbers(x: object) -> bool:
    """Return whether lists, dicts and objects hold a float, and neither arrays nor Values."""
    leaves = list(_leaves(x))
    others = any(isinstance(leaf, (Value, np.ndarray)) for leaf in leaves)
    return any(isinstance(leaf, float) for leaf in leaves) and not others


def _are_rows_of_digits(x: list[object]) -> bool:
    """Whether a list holds samples of 0 and 1, or -1: the first of an exclusive or is all 0."""
    rows = [row for row in x if isinstance(row, (list, tuple, Mapping))]
    leaves = list(_leaves(x))
    digits = all(type(leaf) is int and abs(leaf) <= 1 for leaf in leaves)
    return len(rows) == len(x) > 1 and bool(leaves) and digits


def _led_by_another(samples: list[object]) -> list[object]:
    """Samples, the first of which is not all 0: in a step on zeros no derivative can be wrong."""
    inside = [[part for part in _parts(x) if _parts(part)] or _parts(x) for x in samples]
    led = [any(any(_leaves(part)) for part in parts) for parts in inside]
    first = led.index(True) if any(led) else 0
    return samples[first:] + samples[:first]


def _parts(x: object) -> list[object]:
    several = x.values() if isinstance(x, Mapping) else x
    return list(several) if isinstance(several, Iterable) and not isinstance(x, str) else []


def _leaves(x: object, around: tuple[object, ...] = ()) -> Iterator[object]:
    """Yield what nested lists, dicts and objects hold; an array for what holds itself."""
    parts: Iterable[object] = ()
    if any(x is whole for whole in around):
        yield np.empty(0)
    elif isinstance(x, (list, tuple)):
        parts = x
    elif isinstance(x, Mapping):
        parts = x.values()
    elif is_object(x):
        parts = (value for _, value in attributes(x))
    else:
        yield x
    for part in parts:
        yield from _leaves(part, (*around, x))


def is_sample(x: object) -> bool:
    """Return whether something is a sample with its label, `[2.7, 2.5, 0]`."""
    return isinstance(x, (list, tuple)) and {type(e) for e in x} == {int, float}


def attributes(x: object) -> Iterator[tuple[str, Any]]:
    """Yield what an object has by name, from its class too, but for methods and properties."""
    for name in dir(x):
        if name[:2] != "__" and not isinstance(inspect.getattr_static(x, name), DESCRIPTORS):
            value = getattr(x, name, None)
            if is_object(value) or not callable(value):
                yield name, value


DESCRIPTORS = (property, staticmethod, classmethod, types.FunctionType)


def like(example: np.ndarray, rng: np.random.Generator, scale: float = 1.0) -> np.ndarray:
    """Return other numbers of the kind of an example.

    One-hot rows stay one-hot, labels labels, what is positive positive; scale: of all others.

    >>> like(np.array([[0.0, 1.0], [1.0, 0.0]]), np.random.default_rng(0)).sum(1).tolist()
    [1.0, 1.0]
    """
    kinds = np.unique(example)
    if example.dtype.kind in "iub":
        return _all_kinds(kinds, example.shape, rng)
    axis = one_hot_axis(example)
    if axis is not None:
        return rng.permutation(example, axis=example.ndim - 1 - axis)
    if len(kinds) == 2 and set(kinds.tolist()) <= {-1.0, 0.0, 1.0}:
        return _several(lambda: rng.choice(kinds, example.shape), kinds)
    if (example > 0.0).all() and kinds.size > 1:
        return rng.uniform(kinds[0], kinds[-1], example.shape)
    fan = example.shape[0] if example.ndim == 2 else 1
    size = scale * min(1.0, 2.0 / np.sqrt(max(1, fan)))
    signs = rng.choice([-1.0, 1.0], example.shape)
    return np.asarray(size * rng.uniform(0.2, 1.5, example.shape) * signs)


def one_hot_axis(example: np.ndarray) -> int | None:
    """Return the axis along which one entry is 1 and all others are 0, None where there is none.

    >>> one_hot_axis(np.array([[0.0, 1.0], [0.0, 1.0]])), one_hot_axis(np.array([0.0, 0.0]))
    (1, None)
    """
    if np.isin(example, (0.0, 1.0)).all() and example.ndim in (1, 2) and example.any():
        for axis in range(example.ndim)[::-1]:
            if example.shape[axis] > 1 and (example.sum(axis) == 1.0).all():
                return axis
    return None


def _all_kinds(kinds: np.ndarray, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Labels, each at least once where there is room: code asks for the largest."""
    size = int(np.prod(shape))
    more = rng.choice(kinds, max(0, size - len(kinds)))
    found = np.concatenate([kinds[::-1], more])[:size]
    return np.asarray(rng.permutation(found).reshape(shape))


def _several(draw: Callable[[], np.ndarray], kinds: np.ndarray) -> np.ndarray:
    """What is drawn, again where all are alike by chance: that would hide what depends on them."""
    found = draw()
    for _ in range(9):
        if len(kinds) < 2 or found.size < 2 or len(np.unique(found)) > 1:
            break
        found = draw()
    return found
