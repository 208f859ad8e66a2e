"""The smallest example of a mistake: small whole numbers at which it shows, found by Hypothesis."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Collection, Mapping, Sequence

from microgradnet.checking.judging import Cell, Finding, Table
from microgradnet.checking.points import is_rate
from microgradnet.checking.runs import Run

__all__ = ["smallest"]

TRIES, LEAST = 100, 25  # for one mistake, for each of many; 3 ms each for the 2-2-1 net
FEW = 2
VISIBLE = 0.01  # apart by a hundredth of the larger one, at least


class _Enough(Exception):
    pass


def smallest(
    finding: Finding,
    names: Sequence[str],
    run: Callable[[Mapping[str, float]], Run],
    known: Sequence[Mapping[str, float]] = (),
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
    best: list[tuple[dict[str, float], Cell]] = []
    tried = 0

    def shows(numbers: Sequence[int]) -> bool:
        nonlocal tried
        tried += 1
        if tried > max(LEAST, TRIES // mistakes):
            raise _Enough
        point = dict(zip(names, map(float, numbers)))
        cell = _visible(finding, point, run)
        if cell is not None and (not best or _size(point) < _size(best[-1][0])):
            best.append((point, cell))
        return cell is not None

    # in a thread of its own, since Hypothesis does not search within a test of the person's
    search = threading.Thread(target=_search, args=(names, shows, choices or {}))
    search.start()
    search.join()
    return best[-1] if best else None


def _search(
    names: Sequence[str],
    shows: Callable[[Sequence[int]], bool],
    choices: Mapping[str, Collection[float]],
) -> None:
    """Let Hypothesis look for numbers that show a mistake and make them small."""
    from hypothesis import HealthCheck, Phase, find, settings  # 0.14 s, when it is needed
    from hypothesis import strategies as st
    from hypothesis.errors import HypothesisException

    each = [
        st.sampled_from(sorted(choices[name]))
        if name in choices
        else st.just(1)
        if is_rate(name)
        else st.integers(-3, 3)
        for name in names
    ]
    quick = settings(
        max_examples=TRIES,
        database=None,
        derandomize=True,
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    with contextlib.suppress(_Enough, HypothesisException):
        find(st.tuples(*each), shows, settings=quick)


def _visible(
    finding: Finding, point: Mapping[str, float], run: Callable[[Mapping[str, float]], Run]
) -> Cell | None:
    """What a finding is at a point where it is visibly wrong, and at no kink."""
    try:
        cell = Table(run(point), finding.name, finding.rate).cells[finding.name]
    except (ArithmeticError, ValueError, KeyError):
        return None
    apart = max(cell.low - cell.written, cell.written - cell.high)
    size = max(abs(cell.written), abs(cell.right))
    smooth = cell.low == cell.high
    return cell if smooth and cell.error + VISIBLE * size < apart else None


def _size(point: Mapping[str, float]) -> tuple[int, float, int]:
    numbers = point.values()
    return sum(map(bool, numbers)), sum(map(abs, numbers)), sum(x < 0 for x in numbers)
