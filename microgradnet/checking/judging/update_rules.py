"""Explain the moves of a step by the rule of a known optimizer, from one table of rules.

A rule gives columns of a sum: a move is the first column times minus a rate, and the others times
the numbers that the rule allows. The rate and the momentum are estimated; decay rates, epsilon and
clipping limit are numbers of the code. Weight decay is one more column, the parameter itself.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import accumulate, islice, product
from typing import Any, NamedTuple

import numpy as np

HOLDS = 1e-8  # relative to the largest entry of a move
SLOW = 0.99999  # no decay rate is so near to 1
SHORT = 0.01  # a length that no gradient is clipped to
FAR = 1e-2  # relative to the largest entry of a move: no rounding is so large
MOST = 2000  # rules with numbers that are tried
Columns = list[Any]


@dataclass(slots=True)
class Move:
    """The move of one parameter at all points: arrays of one row for each point.

    start: its value before the move; before: the move of the step before; gradients: the exact ones
    of the steps so far, this step's last; may_decay: whether the parameter may decay: the loss has
    no such term.
    """

    moved: Any
    start: Any
    before: Any
    gradients: list[Any]
    may_decay: bool = True


class Rule(NamedTuple):
    """A row of the table: the name, the columns of the sum, and the number of decay rates.

    columns: a function of the gradients, the move before, the decay rates and epsilon; is_meant:
    whether fitted numbers are possible for this rule; may_start: whether squares start above 0.
    """

    name: str
    columns: Callable[[list[Any], Any, Sequence[float], float], Columns]
    rates: int = 0
    is_meant: Callable[[Any], bool] = lambda c: bool(c[0] < 0)
    may_start: bool = False


def _means(several: Sequence[Any], rate: float) -> Iterator[Any]:
    """Return the running means of some arrays, which start at 0."""
    return accumulate(several, lambda m, x: rate * m + (1 - rate) * x, initial=0 * several[0])


def _mean(several: Sequence[Any], rate: float) -> Any:
    return deque(_means(several, rate), 1)[0]


def _squares(g: Sequence[Any]) -> list[Any]:
    return [x * x for x in g]


def _divided(x: Any, squares: Any, epsilon: float) -> Any:
    """Divide by a square root plus epsilon; a negative epsilon is added inside the root."""
    root = np.sqrt(squares - epsilon) if epsilon < 0 else np.sqrt(squares) + epsilon
    return x / np.where(root == 0, np.inf, root)


def _adam(g: list[Any], _: Any, rates: Sequence[float], epsilon: float) -> Columns:
    a, b = (1 - rate ** len(g) for rate in rates)
    return [_divided(_mean(g, rates[0]) / a, _mean(_squares(g), rates[1]) / b, epsilon)]


def _adam_as_it_starts(g: list[Any], _: Any, rates: Sequence[float], epsilon: float) -> Columns:
    return [_divided(_mean(g, rates[0]), _mean(_squares(g), rates[1]), epsilon)]


def _nadam(g: list[Any], _: Any, rates: Sequence[float], epsilon: float) -> Columns:
    (a, b), r = (1 - rate ** len(g) for rate in rates), rates[0]
    ahead = (r * _mean(g, r) + (1 - r) * g[-1]) / a
    return [_divided(ahead, _mean(_squares(g), rates[1]) / b, epsilon)]


def _amsgrad(g: list[Any], _: Any, rates: Sequence[float], epsilon: float) -> Columns:
    largest = np.max([*_means(_squares(g), rates[1])], axis=0)
    return [_divided(_mean(g, rates[0]), largest, epsilon)]


def _amsgrad_corrected(g: list[Any], _: Any, rates: Sequence[float], epsilon: float) -> Columns:
    a, b = (1 - rate ** len(g) for rate in rates)
    largest = np.max([*_means(_squares(g), rates[1])], axis=0)
    return [_divided(_mean(g, rates[0]) / a, largest / b, epsilon)]


def _adagrad(g: list[Any], _: Any, rates: Sequence[float], epsilon: float) -> Columns:
    squares = np.sum(_squares(g), axis=0)
    is_plain = -epsilon * FAR**2 > np.max(squares, initial=0.0)  # its start hides the sum
    return [_divided(g[-1], np.nan if is_plain else squares, epsilon)]


def _is_momentum(c: Any) -> bool:
    return bool(c[0] < 0 and -HOLDS < c[1] < 1 - HOLDS)


def _is_nesterov(c: Any) -> bool:
    return _is_momentum(c) and bool(abs(c[2] + c[0] * c[1] / (1 + c[1])) <= 1e-6 * abs(c[0]))


def _is_of_one_step(c: Any) -> bool:
    return bool(c[0] < 0 and HOLDS < c[1] / c[0] < 1 - HOLDS)


def _others(several: Sequence[float], known: Sequence[float]) -> Any:
    """Return those of several numbers that are close to none of the known ones."""
    numbers = np.array(several)
    return numbers[~np.any(np.isclose(np.reshape(known, (1, -1)), numbers[:, None]), axis=1)]


RULES = (
    Rule("gradient descent", lambda g, before, rates, e: [g[-1]]),
    Rule("momentum", lambda g, before, rates, e: [g[-1], before], 0, _is_momentum),
    Rule("Nesterov momentum", lambda g, before, r, e: [g[-1], before, g[-2]], 0, _is_nesterov),
    Rule("momentum of one step", lambda g, b, r, e: [g[-1], g[-2]], 0, _is_of_one_step),
    Rule("AdaGrad", _adagrad, may_start=True),
    Rule("RMSProp", lambda g, b, r, e: [_divided(g[-1], _mean(_squares(g), r[0]), e)], 1),
    Rule("Adam", _adam, 2),
    Rule("Adam without bias correction", _adam_as_it_starts, 2),
    Rule("Nadam", _nadam, 2),
    Rule("AMSGrad", _amsgrad, 2),
    Rule("AMSGrad with bias correction", _amsgrad_corrected, 2),
    Rule("sign descent", lambda g, before, rates, e: [np.sign(g[-1])]),
)
# In the first step they are gradient descent.
LATER = ("momentum", "Nesterov momentum", "momentum of one step")
WITHOUT_EPSILON = (*LATER, RULES[0].name, RULES[-1].name)


class _ByMove(dict[int, Columns]):
    """The columns of a rule by the position of the move, computed where they are read."""

    def __init__(self, columns: Callable[[int], Columns]) -> None:
        super().__init__()
        self.columns = columns

    def __missing__(self, i: int) -> Columns:
        self[i] = self.columns(i)
        return self[i]


@dataclass
class Optimizer:
    """The moves of a step, and the numbers that its rule may use.

    numbers: those of the code; rates: these and the computed ones; scales: the factors of the
    code's gradients to the exact ones; has_root: whether the moves are computed with a square root,
    as by rules with an epsilon; names: of the rules that are tried; is_up: whether the moves go up
    the gradient.
    """

    moves: list[Move]
    numbers: Sequence[float]
    rates: Sequence[float]
    scales: Sequence[float]
    has_root: bool = True
    names: Sequence[str] = tuple(rule.name for rule in RULES)
    columns: list[tuple[Rule, _ByMove]] | None = None
    is_up: bool = False

    def goes_on_as(self) -> list[str]:
        """Return the rules that the later steps may follow: all that explain this step."""
        several = [replace(self, names=(name,), columns=None) for name in self.names]
        found = [o.names[0] for o in several if len(o.explained()[1]) == len(self.moves)]
        return [*found, *(LATER if RULES[0].name in found else ())]

    def explained(self, moved: Sequence[Any] | None = None) -> tuple[str, set[int]]:
        """Return the rule that explains the most moves, and the positions of these moves.

        moved: other moves than those here, at all points or at the first ones.
        """
        several, best = [m.moved for m in self.moves] if moved is None else moved, ("", set[int]())
        with np.errstate(all="ignore"):
            if self.columns is None:
                self.columns = list(islice(self._columns(), MOST))
            starts = [m.start if m.may_decay else None for m in self.moves]
            known = _others(self.rates, _others([1 - d for d in self.decays], self.numbers))
            for rule, columns in self.columns:
                rates = None if rule.name in WITHOUT_EPSILON else known
                found = _fitting(several, columns, starts, rule, rates, self.numbers)
                best = (rule.name, found) if len(found) > len(best[1]) else best
                if len(best[1]) == len(several):
                    break
        return best if 2 * len(best[1]) >= len(several) else ("", set())

    def _columns(self) -> Iterator[tuple[Rule, _ByMove]]:
        """Yield the rules with their columns for each move."""

        def of_move(
            g: list[list[Any]], rule: Rule, rates: Sequence[float], epsilon: float, i: int
        ) -> Columns:
            return rule.columns(g[i], self.moves[i].before, rates, epsilon)

        for tried in self._tried(self.moves):
            yield tried[1], _ByMove(partial(of_move, *tried))

    @cached_property
    def decays(self) -> set[float]:
        """The numbers that may be decay rates; with one of 0.9 a code mostly has the 0.1, too."""
        single = {r for x in self.numbers for r in (x, 1 - x) if 0.5 <= r < SLOW}
        both = {r for r in single if _others([r, 1 - r], self.rates).size == 0}
        return both or single

    def _tried(
        self, moves: Sequence[Move]
    ) -> Iterator[tuple[list[list[Any]], Rule, Sequence[float], float]]:
        """Yield the rules with their numbers, and the gradients that they use."""
        steps = len(moves[0].gradients)
        rates = self.decays
        starts = [-x for x in {1.0, *self.numbers} if 1e-3 < x <= 1]
        epsilons = [*{s * x: 0 for x in (0.0, *self.numbers) if x <= 1e-3 for s in (1, -1)}]
        for is_scaled, g in self._gradients(moves):
            for rule in RULES:
                is_linear = rule.name in WITHOUT_EPSILON
                is_meant = rule.name in self.names and not (is_linear and is_scaled)
                is_possible = (is_linear or self.has_root) and (steps > 1 or rule.name not in LATER)
                if not is_meant or not is_possible:
                    continue
                own = [0.0] if is_linear else epsilons + starts * rule.may_start
                for several in product(sorted(rates), repeat=rule.rates):
                    for epsilon in own:
                        yield g, rule, several, epsilon

    def _gradients(self, moves: Sequence[Move]) -> Iterator[tuple[bool, list[list[Any]]]]:
        """Yield the gradients that a rule may use: as they are, scaled, clipped.

        They may be clipped element by element, or to a length, each or all together.
        """
        sign = -1 if self.is_up else 1
        scaled = [
            (s != 1, [[sign * s * g for g in m.gradients] for m in moves]) for s in self.scales
        ]
        is_any = set(WITHOUT_EPSILON) <= set(self.names)
        yield from scaled  # these first: few codes clip
        limits = [x for x in self.numbers if x > SHORT and x not in self.decays]
        limits.sort(key=lambda x: (len(repr(x)), -x))  # a limit is a round number
        for limit in limits if is_any else ():
            for _, g in scaled:
                if any((np.abs(x) > limit).any() for several in g for x in several):
                    yield False, [[np.clip(x, -limit, limit) for x in several] for several in g]
                lengths = [[np.linalg.norm(x, axis=1)[:, None] for x in own] for own in g]
                whole = [np.sqrt(sum(x**2 for x in of_step)) for of_step in zip(*lengths)]
                for found in (lengths, [whole] * len(g)):
                    if any((x > limit).any() for several in found for x in several):
                        cut = [
                            [x * np.minimum(1, limit / n) for x, n in zip(several, own)]
                            for several, own in zip(g, found)
                        ]
                        yield False, cut


def _fitting(
    moved: Sequence[Any],
    columns: Mapping[int, Columns],
    starts: Sequence[Any],
    rule: Rule,
    rates: Any,
    written: Sequence[float],
) -> set[int]:
    """Return the moves that a rule explains with numbers fitted to one large move.

    rates: an array or None; the first number has to be one of these, so that a wrong bias
    correction shows; written: the numbers of the code, of which one that is fitted to a column of
    one number has to be: a term left out may be as much.
    """
    best = set[int]()
    for lead in sorted(range(len(moved)), key=lambda i: -moved[i].size)[:2]:
        u, own = moved[lead], [x[: len(moved[lead])] for x in columns[lead]]
        start = starts[lead]
        decaying = [[*own, start[: len(u)]]] if start is not None and any(map(_varies, own)) else []
        for every in (own, *decaying):
            table = np.array([x.ravel() for x in every]).T
            numbers = _fitted(table, u.ravel()) if len(table) > len(every) else None
            if numbers is None:
                continue
            is_exact = np.abs(u.ravel() - table @ numbers).max() <= HOLDS * np.abs(u).max()
            is_rate = rates is None or np.any(np.abs(numbers[0] + rates) <= HOLDS * rates)
            pairs = zip(numbers[1:], own[1:])
            is_told = all(_varies(x) or np.isclose(c, written).any() for c, x in pairs)
            if is_exact and is_rate and is_told and rule.is_meant(numbers):
                fit, each = numbers[: len(own)], enumerate(zip(moved, starts))
                found = {i for i, (m, w) in each if _is_by(m, columns[i], w, fit)}
                best = max(best, found, key=len)
                break
        if len(best) == len(moved):
            break
    return best


def _fitted(table: Any, moved: Any) -> Any:
    """Return the numbers of a sum of columns by least squares; None if they are far off."""
    normal = table.T @ table
    if not np.isfinite(normal).all() or not np.isfinite(moved).all():
        return None
    try:  # ten times as fast, but not exact
        rough = np.linalg.solve(normal, table.T @ moved)
    except np.linalg.LinAlgError:
        rough = None
    if rough is not None and np.abs(moved - table @ rough).max() > FAR * np.abs(moved).max():
        return None
    return np.linalg.lstsq(table, moved, rcond=None)[0]


def _varies(column: Any) -> bool:
    """Whether a column holds different numbers: of a constant and a decay any line is a sum."""
    return bool(np.ptp(column) > HOLDS * np.abs(column).max()) if column.size else False


def _is_by(moved: Any, columns: Columns, start: Any, numbers: Any) -> bool:
    """Whether a move is the sum of the columns, up to a weight decay of the parameter."""
    if not np.isfinite(moved).all():
        return False
    rest = moved - sum(c * x[: len(moved)] for c, x in zip(numbers, columns))
    least = HOLDS * float(np.abs(moved).max())
    if float(np.abs(rest).max()) <= least:
        return True
    if start is None:
        return False
    start = start[: len(moved)]
    decay = float((rest * start).sum() / ((start**2).sum() or 1.0))
    is_exact = float(np.abs(rest - decay * start).max()) <= least
    return is_exact and decay < 0 and moved.size > 2
