"""Points at which a wrong formula shows: no zeros, no equal numbers, nothing saturated."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from microgradnet.autograd.labels import element
from microgradnet.autograd.value import Value
from microgradnet.tracing.arrays import Values

__all__ = ["Arguments", "informative"]

Shape = tuple[int, ...]


class Arguments:
    """The numbers that a person's code is given: a shape for each name, () for one number.

    >>> numbers = Arguments({"w1": (), "x": (2,)})
    >>> numbers.names
    ['w1', 'x[0]', 'x[1]']
    """

    def __init__(self, shapes: Mapping[str, Shape]) -> None:
        self.shapes = dict(shapes)
        self.names = [
            element(name, i) for name, shape in self.shapes.items() for i in np.ndindex(shape)
        ]

    def values(self, point: Mapping[str, float]) -> dict[str, Any]:
        """Return a labelled Value, or an array of them, for each name."""
        made: dict[str, object] = {}
        for name, shape in self.shapes.items():
            array = np.empty(shape, dtype=object)
            for i in np.ndindex(shape):
                array[i] = Value(point[element(name, i)], element(name, i))
            made[name] = array.view(Values) if shape else array[()]
        return made


def informative(
    names: Sequence[str], count: int, choices: Mapping[str, Sequence[float]] | None = None
) -> Iterator[dict[str, float]]:
    """Yield `count` points: a number for each name; choices: of some names, the only ones.

    Their size keeps sums of products of them within the bend of a sigmoid; every second point is
    all positive, which logarithms need; a learning rate always is.

    >>> [point] = informative(["w1", "w2"], 1)
    >>> 0.2 < abs(point["w1"]) != abs(point["w2"]) < 1.6
    True
    """
    rng = np.random.default_rng(0)
    size = min(1.0, 3.0 / math.sqrt(max(1, len(names))))
    for k in range(count):
        numbers = size * rng.uniform(0.3, 1.5, len(names))
        signs = rng.choice([-1.0, 1.0], len(names)) if k % 2 == 0 else np.ones(len(names))
        point = {
            name: float(x * (1.0 if is_rate(name) else sign))
            for name, x, sign in zip(names, numbers, signs)
        }
        yield point | {name: float(rng.choice(few)) for name, few in (choices or {}).items()}


def is_rate(name: str) -> bool:
    """Whether a name is that of a learning rate.

    >>> is_rate("learn_rate"), is_rate("self.lr"), is_rate("w1")
    (True, True, False)
    """
    return bool(re.search(r"rate|(^|\.)(lr|eta|alpha|step)\b|_lr$", name, re.I))
