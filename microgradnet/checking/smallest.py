"""The smallest example of a mistake: small whole numbers at which it shows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

import numpy as np

from microgradnet.checking.judging import Cell, Finding, Table
from microgradnet.checking.points import is_rate
from microgradnet.checking.runs import Run

__all__ = ["smallest"]

TRIES, LEAST = 100, 25  # for one mistake, for each of many; 3 ms each for the 2-2-1 net
FEW = 2
VISIBLE = 0.01  # apart by a hundredth of the larger one, at least
Point = Mapping[str, float]


def smallest(
    finding: Finding,
    names: Sequence[str],
    run: Callable[[Point], Run],
    known: Sequence[Point] = (),
    choices: Mapping[str, Collection[float]] | None = None,
    mistakes: int = 1,
) -> tuple[dict[str, float], Cell] | None:
    """Return small whole numbers at which a finding is visibly wrong, and what it is there.

    names: of the numbers; run: the derivation at a point; known: examples of other mistakes, of
    which one will do after the first few; choices: of some names, the only numbers; mistakes: how
    many share the time. None where no example is found.
    """
    for point in known if len(known) >= FEW else ():
        if (cell := _visible(finding, point, run)) is not None:
            return dict(point), cell
    best: tuple[dict[str, float], Cell] | None = None
    tried = _points(names, choices or {}, lambda: best and best[0])
    for _, point in zip(range(max(LEAST, TRIES // mistakes)), tried):
        cell = _visible(finding, point, run)
        if cell is not None:
            best = point, cell
    return best


def _points(
    names: Sequence[str],
    choices: Mapping[str, Collection[float]],
    best: Callable[[], dict[str, float] | None],
) -> Iterator[dict[str, float]]:
    """Yield points to try: any, until one shows the mistake, and then smaller ones than that."""
    rng = np.random.default_rng(0)
    kinds = {
        name: sorted(choices[name], key=_size)
        if name in choices
        else [1.0]
        if is_rate(name)
        else [0.0, 1.0, -1.0, 2.0, -2.0, 3.0, -3.0]
        for name in names
    }
    yield {name: kind[0] for name, kind in kinds.items()}
    while best() is None:
        yield {name: float(rng.choice(kind)) for name, kind in kinds.items()}
    before: dict[str, float] | None = None
    while best() != before:
        before = best()
        for name, kind in kinds.items():
            for x in kind:
                now = best() or {}
                if _size(x) >= _size(now[name]):
                    break
                yield now | {name: x}


def _size(x: float) -> tuple[float, bool]:
    return abs(x), x < 0.0


def _visible(finding: Finding, point: Point, run: Callable[[Point], Run]) -> Cell | None:
    """What a finding is at a point where it is visibly wrong, and at no kink."""
    try:
        cell = Table(run(point), finding.name, finding.rate).cells[finding.name]
    except (ArithmeticError, ValueError, KeyError):
        return None
    apart = max(cell.low - cell.written, cell.written - cell.high)
    size = max(abs(cell.written), abs(cell.right))
    smooth = cell.low == cell.high
    return cell if smooth and cell.error + VISIBLE * size < apart else None
