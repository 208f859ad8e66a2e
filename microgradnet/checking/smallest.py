"""The smallest example of a mistake: small whole numbers at which it shows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import TypeVar

import numpy as np

from microgradnet.checking.points import is_rate

__all__ = ["USUAL", "VISIBLE", "kinds_of", "smallest"]

FEW = 2
USUAL = (0.0, 1.0, -1.0, 2.0, -2.0, 3.0, -3.0)
VISIBLE = 0.01  # apart by a hundredth of the larger one, at least
Name = TypeVar("Name")
Found = TypeVar("Found")


def kinds_of(
    names: Sequence[str], choices: Mapping[str, Collection[float]]
) -> dict[str, Sequence[float]]:
    """Return the numbers that each name may be tried with, the smallest first.

    choices: of some names, the only numbers.

    >>> kinds_of(["w1", "label"], {"label": {1.0, -1.0}})
    {'w1': (0.0, 1.0, -1.0, 2.0, -2.0, 3.0, -3.0), 'label': [1.0, -1.0]}
    """
    return {
        name: sorted(choices[name], key=_size)
        if name in choices
        else [1.0]
        if is_rate(name)
        else USUAL
        for name in names
    }


def smallest(
    kinds: Mapping[Name, Sequence[float]],
    shows: Callable[[Mapping[Name, float]], Found | None],
    known: Sequence[Mapping[Name, float]] = (),
    tries: int = 100,
) -> tuple[dict[Name, float], Found] | None:
    """Return small numbers at which a mistake shows, and what is found there.

    kinds: what each may be, the smallest first; shows: what is found at a point, None where nothing
    is to be seen; known: examples of other mistakes, of which one will do after the first few;
    tries: how many points are tried. None where no example is found.

    >>> kinds = kinds_of(["w", "x", "y"], {})
    >>> smallest(kinds, lambda at: at["w"] * at["x"] or None)
    ({'w': 1.0, 'x': 1.0, 'y': 0.0}, 1.0)
    """
    for point in known if len(known) >= FEW else ():
        if (found := shows(point)) is not None:
            return dict(point), found
    better: list[tuple[dict[Name, float], Found]] = []
    for _, point in zip(range(tries), _points(kinds, lambda: better[-1][0] if better else None)):
        if (found := shows(point)) is not None:
            better.append((point, found))
    return better[-1] if better else None


def _points(
    kinds: Mapping[Name, Sequence[float]], best: Callable[[], dict[Name, float] | None]
) -> Iterator[dict[Name, float]]:
    """Yield points to try: any, until one shows the mistake, and then smaller ones than that.

    Half of the numbers are tried at their smallest, then the quarters, and so on: where one of
    hundreds counts it is found in some twenty tries.
    """
    rng = np.random.default_rng(0)
    yield {name: kind[0] for name, kind in kinds.items()}
    while (now := best()) is None:
        yield {name: float(rng.choice(kind)) for name, kind in kinds.items()}
    size = len(kinds)
    while size > 2:
        size = (size + 1) // 2
        left = [name for name, kind in kinds.items() if (best() or now)[name] != kind[0]]
        for i in range(0, len(left), size):
            yield (best() or now) | {name: kinds[name][0] for name in left[i : i + size]}
    before: dict[Name, float] | None = None
    while best() != before:
        before = best()
        for name, kind in kinds.items():
            for x in kind:
                now = best() or now
                if kind.index(x) >= kind.index(now[name]):
                    break
                yield now | {name: x}


def _size(x: float) -> tuple[float, bool]:
    return abs(x), x < 0.0
