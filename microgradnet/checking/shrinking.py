"""Long axes cut, so that code runs in no time: of an example, of what a script makes for itself."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

from microgradnet.checking.by_value import Examined
from microgradnet.checking.parts import is_object
from microgradnet.checking.samples import is_sample, one_hot_axis
from microgradnet.tracing.parsing import whole_numbers

__all__ = ["cut", "in_small", "pattern", "resized", "shorter", "shrunk", "sizes_of"]

LONG = 12  # an axis is cut from here on
MOST = 5_000  # numbers of an example that is run as it is: a second or two
Result = TypeVar("Result")


def cut(sizes: Iterable[int]) -> dict[int, int]:
    """Return what each size is cut to: equal ones stay equal, others differ.

    >>> cut([784, 64, 3])
    {3: 3, 64: 5, 784: 6}
    """
    known = sorted(set(sizes))
    short = [n for n in known if n <= LONG]
    first = max(short, default=4) + 1  # above the number of classes: each has a sample
    free = iter(range(max(5, first), first + 5 + len(known)))
    return {n: n if n <= LONG else next(free) for n in known}


def shorter(file: str) -> dict[int, int]:
    """Return what stands in for the long sizes that a file names, so that it runs in no time."""
    return {n: m for n, m in cut(whole_numbers(file)).items() if m < n}


def shrunk(example: object) -> Any:
    """Return an example with its long axes cut, so that it runs in no time.

    Axes of equal length stay equal, others differ.

    >>> [x.shape for x in shrunk([np.ones((784, 64)), np.ones((64, 784)), np.ones(3)])]
    [(6, 5), (5, 6), (3,)]
    """
    return resized(example, cut(sizes_of(example)))


def in_small(run: Callable[[Sequence[Any]], Result], example: Sequence[Any]) -> Result:
    """Return what a run on a small example gives; where the code names its sizes, on the whole."""
    small = shrunk(tuple(example))
    if all(x is y for x, y in zip(small, example)):
        return run(example)
    try:
        return run(small)
    except (ValueError, IndexError):
        if _size(example) > MOST:
            raise
        return run(example)


def _size(x: object) -> int:
    """How many numbers there are in nested lists and dicts of arrays."""
    if isinstance(x, (list, tuple, dict)):
        return sum(map(_size, x.values() if isinstance(x, dict) else x))
    return np.asarray(x).size


def sizes_of(example: object) -> set[int]:
    """Return the lengths of the axes of all arrays in an example.

    >>> sorted(sizes_of({"W": np.ones((3, 2)), "b": [np.ones(2)]}))
    [2, 3]
    """
    sizes: set[int] = set()
    _map_arrays(example, lambda x: sizes.update(x.shape), {})
    return sizes


def resized(example: object, new: Mapping[int, int]) -> Any:
    """Return an example with the axes of each length cut to another; one-hot rows stay one-hot.

    So do labels, all kinds of them: they are below the number of classes, where that is the length
    of an axis.

    >>> [x.tolist() for x in resized([np.eye(3), np.eye(3)[2], np.array([2, 0, 1])], {3: 2})]
    [[[1.0, 0.0], [0.0, 1.0]], [1.0, 0.0], [0, 1]]
    """
    return _map_arrays(example, lambda x: _resized(x, new), {})


def _resized(array: np.ndarray, new: Mapping[int, int]) -> np.ndarray:
    shape = tuple(new[n] for n in array.shape)
    axis, kinds = one_hot_axis(array), np.unique(array)
    if array.dtype.kind in "iu" and array.size and kinds[0] >= 0:
        array = array % new.get(int(kinds[-1]) + 1, int(kinds[-1]) + 1)
        kinds = np.unique(array)
    part = np.asarray(array[tuple(map(slice, shape))])  # of one number, too
    if axis is not None and shape != array.shape:
        part = np.zeros_like(part)
        rows = [1 if k == axis else n for k, n in enumerate(shape)]
        hot = np.arange(part.size // shape[axis]).reshape(rows) % shape[axis]
        np.put_along_axis(part, hot, 1.0, axis)
    elif len(np.unique(part)) < len(kinds) <= part.size:  # labels may be in order
        part = np.resize(kinds, shape)
    return part


def _map_arrays(
    x: object, function: Callable[[np.ndarray], object], made: dict[int, object]
) -> object:
    """What nested lists, dicts and objects of arrays are with each array replaced, once."""
    if isinstance(x, (int, float, str)):
        return x
    if id(x) not in made:
        made[id(x)] = _mapped(x, function, made)
    return made[id(x)]


def _mapped(x: object, function: Callable[[np.ndarray], object], made: dict[int, object]) -> object:
    if isinstance(x, np.ndarray):
        return function(x)
    if isinstance(x, Mapping):
        return {k: _map_arrays(v, function, made) for k, v in x.items()}
    if isinstance(x, (list, tuple)):
        if len(x) > LONG and all(map(is_sample, x)):
            x = _some_of_each(x)
        return type(x)(_map_arrays(v, function, made) for v in x)
    if is_object(x):
        one = copy.copy(x)
        vars(one).update({k: _map_arrays(v, function, made) for k, v in vars(x).items()})
        return one
    return x


def _some_of_each(samples: Sequence[Any]) -> list[Any]:
    """Two samples of each label, or as many as make up six."""
    groups: dict[object, list[Any]] = {}
    for sample in samples:
        groups.setdefault(sample[-1], []).append(sample)
    each = max(2, math.ceil(6 / len(groups)))
    return [sample for group in groups.values() for sample in group[:each]]


def pattern(whole: Examined) -> set[tuple[str, bool, int]]:
    """Return which derivatives are gradients, and which have a constant, or 1, in common.

    So two sizes of one code are compared: where it is the same, so are its mistakes.
    """
    alike = {"1": 0}
    found: set[tuple[str, bool, int]] = set()
    for one in whole.found:
        if one.event.value.size > 1:  # one number is like another by chance
            same = f"{one.match.constant:.6g}" if one.match else ""
            found.add((one.name, one.update, alike.setdefault(same, len(alike)) if same else -1))
    return found
