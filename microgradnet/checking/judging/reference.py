"""Check the reference gradient against finite differences, and compute those of a report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from microgradnet.checking.judging.claims import Claim, Runs
from microgradnet.operations.differences import Difference, differences
from microgradnet.tape.replay import ancestors, changed

STEP = 2.0**-20  # relative to the largest number that changes
NEAR = 1e-3  # relative to the sum of sizes: the error of the step and of rounding
TRIES = 2  # a small change may step over a kink


def is_confirmed(runs: Runs, claim: Claim) -> bool:
    """Whether the exact gradient of a claim agrees with a finite difference.

    All numbers of an array change at once, in a random direction, at the first point. Where that
    fails, all other points have to agree: rounding or curvature may be too large at one.
    """
    bys = [by for by in claim.bys if np.asarray(runs.values[0][by]).dtype.kind == "f"]
    others = range(1, len(runs.values))
    return all(
        _is_confirmed_at(runs, 0, claim, by)
        or (len(others) > 1 and all(_is_confirmed_at(runs, k, claim, by) for k in others))
        for by in bys
    )


def _is_confirmed_at(runs: Runs, point: int, claim: Claim, by: int) -> bool:
    """Whether the gradient by one entry agrees with a finite difference at a point."""
    values = runs.values[point]
    seeds = runs.loss.seeds(values) if claim.of is None else {claim.of: np.ones(())}
    order = [n for n in sorted(ancestors(runs.entries, seeds)) if n not in runs.given]
    g, rng = runs.gradient(claim.of, point, by), np.random.default_rng(by)
    return any(_is_along(runs, point, by, order, seeds, g, rng) for _ in range(TRIES))


def _is_along(
    runs: Runs,
    point: int,
    by: int,
    order: list[int],
    seeds: Mapping[int, Any],
    g: Any,
    rng: np.random.Generator,
) -> bool:
    """Whether the finite difference along a random direction agrees with the gradient."""
    values = runs.values[point]
    x = np.asarray(values[by], dtype=float)
    step = STEP * max(float(np.abs(x).max(initial=0.0)), STEP)
    moves = rng.uniform(0.5, 1.0, x.shape) * rng.choice([-1.0, 1.0], x.shape)
    ends = [changed(runs.entries, values, {by: (x + s * step * moves)[()]}, order) for s in (1, -1)]
    if any(end[n] is None for end in ends for n in seeds):
        return False
    apart = sum(float(np.sum(s * (ends[0][n] - ends[1][n]))) for n, s in seeds.items())
    errors = runs.roundings[point]
    noise = sum(float(np.sum(np.abs(s) * errors.of(n))) for n, s in seeds.items())
    near = NEAR * float(np.sum(np.abs(g * moves))) + noise / step
    return abs(apart / (2 * step) - float(np.sum(g * moves))) <= near


def by_differences(runs: Runs, claim: Claim) -> Difference[float] | None:
    """Return the finite difference of a claim by one number at the first point; else None."""
    values = runs.values[0]
    by = claim.bys[0]
    if claim.kind == "move" or len(claim.bys) > 1 or np.shape(values[by]):
        return None
    seeds = runs.loss.seeds(values) if claim.of is None else {claim.of: np.ones(())}
    order = [n for n in sorted(ancestors(runs.entries, seeds)) if n not in runs.given]

    def f(x: float) -> float:
        found = changed(runs.entries, values, {by: np.float64(x)}, order)
        return sum((float(np.sum(s * found[n])) for n, s in seeds.items()), 0.0)

    return differences(f, float(values[by]))
