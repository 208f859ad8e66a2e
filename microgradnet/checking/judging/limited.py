"""Recognise moves that take a gradient cut to a limit, and judge the gradient before the cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from microgradnet.checking.finding.increments import row
from microgradnet.checking.finding.proportions import HOLDS, common, is_equal, proportion
from microgradnet.checking.judging.judgement import Judgement, constants, is_in, rates_near
from microgradnet.checking.judging.runs import Claim, Runs
from microgradnet.checking.judging.updates import LOOKED_AT
from microgradnet.tape.entry import Entry
from microgradnet.tape.replay import ancestors

LENGTHS = ("sqrt", "norm", "abs", "hypot")
CUTTING = (*LENGTHS, "clip", "minimum", "maximum", "min_of", "max_of", "where")
COMPARED = ("less", "less_equal", "greater", "greater_equal")
NEAR = 12  # entries before a written limit, among which is its comparison with the gradient


def limited(
    judgement: Judgement, wrong: set[int], runs: Runs, forward: set[int]
) -> dict[int, Claim]:
    """Return claims for the gradients before a cut, for the wrong moves that are a rate times it.

    The gradient has to be right where the forward pass may be cut, too, as Huber's loss is. But a
    number written in a branch (`if dw > 1: dw = 1.0`) is computed from nothing, so that only what
    the branch compared can be judged.
    """
    return {i: c for i in wrong if (c := _uncut(judgement, judgement.claims[i], runs, forward))}


def _uncut(judgement: Judgement, move: Claim, runs: Runs, forward: set[int]) -> Claim | None:
    """Return the claim for the gradient that a move takes, before it is cut; None without a cut."""
    entries, factor, other = runs.entries, judgement.factors["move"], None
    numbers, is_plain = constants(entries), not any(row(entries[n]) in CUTTING for n in forward)
    rates, shape = rates_near(entries, move), entries[move.bys[0]].shape
    way = ancestors(entries, [move.number], runs.given) - forward - {move.number}
    near = sorted((n for n in way if entries[n].shape == shape), reverse=True)[:LOOKED_AT]
    lengths = {m for m in way if row(entries[m]) in LENGTHS}
    for n in near if isinstance(move.by, int) else ():
        c = common(proportion(move.written(v), v[n]) for v in runs.values)
        if not c or not (is_equal(c, factor) if factor else is_in(-c, rates)):
            continue
        for g in _before(entries, n, near):
            if not _is_cut_at_all(runs, n, g, lengths, forward, numbers):
                continue
            made = replace(move, number=g, is_taken=True, times=c)
            scale = runs.proportions([made])[0]
            if scale and is_in(scale / c, (1.0, judgement.scale)):
                return made
            other = other or (made if is_plain or entries[n].is_source else None)
    return other


def _is_cut_at_all(
    runs: Runs, n: int, g: int, lengths: set[int], forward: set[int], numbers: set[float]
) -> bool:
    """Whether an entry is another one cut, at all points, and differs from it at one."""
    entries, pairs = runs.entries, [(v[n], v[g]) for v in runs.values]
    if all(np.array_equal(*pair) for pair in pairs):
        return False
    own = lengths and ancestors(entries, [n], {g}) & lengths
    of_length = ancestors(entries, own, {g})  # of one for all, other gradients as well
    has_length = g in of_length and of_length.isdisjoint(forward)
    return all(is_cut(*pair, numbers, has_length) for pair in pairs)


def _before(entries: Sequence[Entry], n: int, near: Sequence[int]) -> list[int]:
    """Return what may be the gradient before a cut that gives an entry, among those near."""
    behind, before = ancestors(entries, [n]) - {n}, list[int]()
    if not entries[n].shape and entries[n].is_source:
        tests = [e for e in entries[max(0, n - NEAR) : n] if row(e) in COMPARED]
        before = [m for e in tests for g in e.operands for m in (g, *entries[g].operands)]
    return [*(m for m in near if m in behind), *before]


def is_cut(cut: Any, g: Any, numbers: Sequence[float] | set[float], has_length: bool) -> bool:
    """Whether a value is a gradient cut to one of some numbers, or one scaled to a length."""
    if cut is None or g is None or np.shape(cut) != np.shape(g):
        return False
    cut, g = np.asarray(cut, dtype=float), np.asarray(g, dtype=float)
    if has_length and (proportion(cut, g) or -1.0) > 0:
        return True
    other = np.abs(cut - g) > HOLDS * np.abs(g)  # no element: at this point it is not cut
    limits, beyond = np.abs(cut[other]), (g * np.sign(cut))[other]
    is_one = all(is_equal(x, limits[0]) and is_in(x, [*numbers]) for x in limits)
    return is_one and bool((beyond > limits).all())
