"""The constant that all derivatives have, and the rate of the updates: what most of them say.

Where none says it as it stands, it is what most say once one array is put right.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

import numpy as np

from microgradnet.autograd.graph import reachable
from microgradnet.checking.by_value import Examined
from microgradnet.checking.found import Found
from microgradnet.checking.recognising import matched
from microgradnet.checking.rounding import alike
from microgradnet.checking.trying import (
    NEAR,
    constant_now,
    is_same,
    named_numbers,
    suspects,
    trials,
    written_now,
)

__all__ = ["common", "constant_if_mended", "rate_if_mended", "rates_written", "usual_rate"]


def rates_written(whole: Examined) -> list[float]:
    """How far the updates move by the derivatives as they are written, the usual one first."""
    updates = [one for one in whole.found if one.update]
    several = len(whole.points) > 1  # one number is any other times a rate
    written = [f for f in whole.found if not f.update and (f.says or f.match)]
    written = [f for f in written if f.event.shape or several]
    # a velocity is a gradient too, and says not that, and goes on
    written.sort(key=lambda f: 2 if f.says else not f.event.goes_on)
    rates: list[float] = []
    for one in updates:
        steps = [one.written(point) for point in whole.points]
        _, used = reachable(*one.event.nodes)
        off = {f for f in written if {*used}.isdisjoint(f.event.value.flat)}
        first = [f for f in written[::-1] if f not in off]  # it moves by what it reads
        for other in (*first, *(f for f in written[::-1] if f in off)):
            found = matched(steps, [other.written(point) for point in whole.points])
            if found is not None and not found[1]:
                is_step = is_same(abs(found[0]), 1.0)  # dx = -rate * dW, a gradient itself
                known = other.match.constant / whole.constant if other.match else 1.0
                rates.append(found[0] * known if is_step and one.match else found[0])
                break
    rates = rates or _rates_by_step(whole, updates)
    if not rates and not all(one.match for one in updates):
        rates = _rates_by_entry(whole, updates)
    moves = [one.match.constant / whole.constant for one in updates if one.match]
    groups = alike(rates, NEAR)
    likely = _likely_rates(whole) if len(groups) > 1 else []

    def rank(group: list[float]) -> tuple[int, int, int]:
        return len(group), sum(is_same(move, group[0]) for move in moves), _place(group[0], likely)

    return [group[0] for group in sorted(groups, key=rank, reverse=True)]


def _likely_rates(whole: Examined) -> list[float]:
    """What a rate may be, the likeliest last: 1, or a number that has a name, or is in all."""
    updates = [ast.walk(one.event.statement.node) for one in whole.found if one.update]
    written = [{n.value for n in parts if isinstance(n, ast.Constant)} for parts in updates]
    known = set.intersection(*written) if written else ()
    return [1.0, *named_numbers(whole), *(float(x) for x in known if isinstance(x, (int, float)))]


def _place(rate: float, known: Sequence[float]) -> int:
    """How likely a rate is, 0 where it is none of those known."""
    same = [is_same(abs(rate), x) for x in known]
    return 2 if any(same[1:]) else int(any(same))


def _rates_by_step(whole: Examined, updates: Sequence[Found]) -> list[float]:
    """The same by the last derivative that each is computed from, where one rate is usual."""
    steps = [f for f in whole.found if f.match and not (f.update or f.ends)]
    rates: list[float] = []
    for one in updates:
        nodes = {*reachable(*one.event.nodes)[1]}
        last = [f.match for f in steps if not nodes.isdisjoint(f.event.value.flat)][-1:]
        if one.match and last and last[0]:
            rates.append(one.match.constant / last[0].constant)
    usual = alike(rates, NEAR)[:2]
    alone = len(usual) == 1 or (len(usual) == 2 and len(usual[0]) > len(usual[1]))
    return [usual[0][0]] if len(rates) > 1 and alone else []


def _rates_by_entry(whole: Examined, updates: Sequence[Found]) -> list[float]:
    """The same by entries, where a third of them at least moves at one rate: the rest is wrong."""
    ratios: list[float] = []
    total = 0
    for one in updates:
        each = []
        for point in whole.points[:2]:
            gradient = point.forward[one.by[0]].gradient
            with np.errstate(all="ignore"):
                each.append((one.written(point) / gradient).ravel())
        total += len(each[0])
        steady = np.isclose(each[0], each[-1], rtol=1e-7, atol=0.0) & (each[0] != 0.0)
        ratios += [float(r / whole.constant) for r in each[0][steady]]
    [usual] = alike(ratios, NEAR)[:1] or [[]]
    return usual[:1] if len(usual) >= max(2, total / 3) and len(whole.points) > 1 else []


def usual_rate(whole: Examined) -> float:
    """How far the updates move by the right derivatives."""
    updates = [one for one in whole.found if one.update]
    moves = [one.match.constant / whole.constant for one in updates if one.match]
    groups = alike(moves, NEAR)
    tied = [group[0] for group in groups if len(group) == len(groups[0])]
    known = _likely_rates(whole) if len(tied) > 1 else []
    likely = max(tied, key=lambda rate: _place(rate, known), default=1.0)
    if _place(likely, known):
        return likely
    return common(whole, updates) / whole.constant if updates else 1.0


def rate_if_mended(whole: Examined) -> float:
    """How far all updates move, where one array put right makes all of them gradients; else 0.

    Where the first derivative of all is wrong, no update tells its rate as it stands. Of several
    it is the likeliest: that of one output may be any number.
    """
    updates = [one for one in whole.found if one.update]
    if len(updates) < 2:
        return 0.0
    fitting: list[float] = []
    known = _likely_rates(whole)
    for first, *others in _mended(whole, updates):
        if first and all(c and is_same(c, first) for c in others):
            fitting.append(first)
            if _place(first, known) > 1:
                break
    return max(fitting, key=lambda rate: _place(rate, known), default=0.0)


def _mended(whole: Examined, several: Sequence[Found]) -> Iterator[list[float | None]]:
    """Yield the constants of several with one array put right, for each that may be right."""
    for group in suspects(whole, several):
        for trial in trials(whole, group):
            if now := written_now(whole, put=trial):
                yield [constant_now(whole, one, now) for one in several]


def constant_if_mended(whole: Examined, ends: Sequence[Found]) -> float:
    """The usual constant where one array put right makes most of the ends gradients; else 0.

    Where the first derivative of all is wrong, no end tells its constant as it stands.
    """
    best: list[float] = []
    for found in _mended(whole, [one for one in ends if one.by]):
        best = max(best, [c for c in found if c], key=len)
        if len(best) == len(ends):
            return _usual(whole, best)
    return _usual(whole, best) if len(best) > 1 else 0.0


def common(whole: Examined, several: Sequence[Found]) -> float:
    """The constant that most have."""
    return _usual(whole, [one.match.constant for one in several if one.match])


def _usual(whole: Examined, constants: Sequence[float]) -> float:
    """What most are; among equals 1, where the loss is computed, or a mean, or the nearest to 1."""
    groups = alike(constants, NEAR)
    if not groups:
        return 1.0

    def rank(group: list[float]) -> tuple[object, ...]:
        c = group[0]
        means = [1.0, *(x for n in whole.batches() for x in (n, 1 / n))]
        exact = not whole.assumed and c == 1.0
        mean = any(is_same(c, x) for x in means)
        return len(group), exact, mean, -abs(np.log(abs(c))), c > 0

    return max(groups, key=rank)[0]
