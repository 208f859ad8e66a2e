"""Hold a claim, and the tape at some points: its values, gradients, and their error bounds.

An exact gradient is confirmed by a finite difference before anything is called wrong by it.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any

import numpy as np

from microgradnet.checking.finding.parameters import change
from microgradnet.checking.finding.proportions import (
    Factor,
    alike,
    common,
    is_equal,
    may_be,
    proportion,
    ranged,
)
from microgradnet.checking.finding.rounding import Rounding, Seeds, of_difference
from microgradnet.checking.finding.upstream import Loss
from microgradnet.checking.judging.update_rules import Optimizer
from microgradnet.operations.differences import Difference, differences
from microgradnet.tape.entry import Entry, Place
from microgradnet.tape.replay import ancestors, changed, gradients

STEP = 2.0**-20  # relative to the largest number that changes
NEAR = 1e-3  # relative to the sum of sizes: the error of the step and of rounding
TRIES = 2  # a small change may step over a kink


@dataclass(slots=True)
class Claim:
    """A value that is said to be a derivative.

    kind: "move" of a parameter; "named": a derivative of the loss by a parameter or input, as its
    name says (`dW`); "exact": one whose name says so in full (`d_L_d_ypred`); "inner": of the loss
    by another value (`dZ`), to a constant; "local": of one value by another; "returned": of the
    loss by an argument of a layer, with the shape of that argument; "mean": by a parameter, a mean
    over rows. number: the entry; by: the entry it is the derivative with respect to, several for a
    list of numbers; of: the entry it is the derivative of, None for the loss; is_taken: whether the
    entry of a move is the gradient that an optimizer takes, instead of the moved parameter; times:
    what a move is multiplied by to be compared with others, as one with a rate of its own is;
    decay: what it has of the parameter itself, apart from the gradient; is_mirrored: whether it is
    symmetric, by a symmetric matrix: then its mirrored entries share their derivatives.
    """

    kind: str
    name: str
    number: int
    by: int | tuple[int, ...]
    place: Place
    of: int | None = None
    is_taken: bool = False
    times: float = 1.0
    decay: float = 0.0
    is_mirrored: bool = False

    @property
    def bys(self) -> tuple[int, ...]:
        """The entries it is the derivative with respect to."""
        return (self.by,) if isinstance(self.by, int) else self.by

    def written(self, values: Any) -> Any:
        """Return the value that the code computes; for a move, the change of the parameter."""
        value = values[self.number]
        if self.kind == "returned" and np.shape(value) != np.shape(values[self.bys[0]]):
            return value if np.ndim(value) == 0 and not value else None
        if value is None or np.iscomplexobj(value):
            return None  # such as a root of a negative number: no derivative
        if self.kind != "move":
            return value
        start = values[self.bys[0]]
        moved = value if self.is_taken else change(start, value)
        if moved is None or np.shape(moved) != np.shape(start):
            return None
        if (self.times, self.decay) == (1.0, 0.0):
            return moved
        return self.times * (moved - self.decay * np.where(np.equal(moved, 0), 0.0, start))

    def moved(self, compared: Any, values: Any) -> Any:
        """Return a move, or a gradient that is taken, as the code has it."""
        if compared is None or (self.times, self.decay) == (1.0, 0.0):
            return compared
        start = np.where(np.asarray(compared) == 0, 0.0, values[self.bys[0]])
        return compared / self.times + self.decay * start


class Runs:
    """The tape at some points: the values, and the gradients of the loss and of other entries.

    inside: if given, the only entries that the gradients of the loss are swept through.
    """

    def __init__(
        self,
        entries: Sequence[Entry],
        loss: Loss,
        values: Sequence[Any],
        given: Collection[int],
        inside: Container[int] | None = None,
    ) -> None:
        self.entries, self.loss, self.values, self.given = entries, loss, values, given
        self.end = len(entries)
        self.of_loss = [loss.seeds(v) for v in values]
        pairs = zip(values, self.of_loss)
        self.by_loss = [gradients(entries, v, seeds, given, inside=inside) for v, seeds in pairs]
        self._of: dict[int, list[list[Any]]] = {}
        self._seeds: dict[int, Seeds] = {}
        self._ways: dict[int | None, list[int]] = {}
        self.roundings = [Rounding(entries, v, given, inside=inside) for v in values]
        self._scales: dict[tuple[int | None, int], float] = {}
        self.optimizer: Optimizer | None = None  # the optimizer whose rule the moves follow, if any

    def gradients(self, of: int | None) -> list[list[Any]]:
        """Return the gradients of an entry, or of the loss, by all entries, point by point."""
        if of is None:
            return self.by_loss
        if of not in self._of:
            seeds = self.seeds(of)
            self._of[of] = [gradients(self.entries, v, seeds(v), self.given) for v in self.values]
        return self._of[of]

    def seeds(self, of: int | None) -> Seeds:
        """Return the function from values to the upstream gradient of an entry, or of the loss."""
        if of is None:
            return self.loss.seeds
        if of not in self._seeds:
            self._seeds[of] = lambda values: {of: np.ones(np.shape(values[of]))}
        return self._seeds[of]

    def way(self, of: int | None, point: int) -> tuple[Mapping[int, Any], list[int]]:
        """Return the seeds of an entry, or of the loss, and the entries they are computed from."""
        seeds = self.of_loss[point] if of is None else {of: np.ones(())}
        if of not in self._ways:
            behind = ancestors(self.entries, seeds)
            self._ways[of] = [n for n in sorted(behind) if n not in self.given]
        return seeds, self._ways[of]

    def right(self, claim: Claim, point: int) -> Any:
        """Return the exact derivative that a claim is about; 0 if there is no dependence."""
        several = [self.gradient(claim.of, point, n) for n in claim.bys]
        if claim.is_mirrored:
            return (several[0] + np.swapaxes(several[0], -1, -2)) / 2
        return several[0] if isinstance(claim.by, int) else np.array(several)

    def gradient(self, of: int | None, point: int, by: int) -> Any:
        """Return the gradient of an entry, or of the loss, by another; 0 if there is no path."""
        g = at_or_none(self.gradients(of)[point], by)
        return np.zeros(np.shape(self.values[point][by])) if g is None else g

    def reaches(self, number: int) -> bool:
        """Whether the loss depends on an entry."""
        return any(at_or_none(found, number) is not None for found in self.by_loss)

    def is_nothing(self, claim: Claim) -> bool:
        """Whether a claim is 0 at all points and should be: a mistake would not show."""
        points = range(len(self.values))
        return not any(
            np.any(claim.written(self.values[k])) or np.any(self.right(claim, k)) for k in points
        )

    def scale(self, of: int | None, point: int) -> float:
        """Return the largest gradient of an entry, or of the loss, by the drawn entries."""
        if (of, point) not in self._scales:
            found = self.gradients(of)[point]
            several = [found[n] for n in self.given if n < len(found) and found[n] is not None]
            sizes = [float(np.abs(g).max(initial=0.0)) for g in several if not isinstance(g, list)]
            self._scales[of, point] = max([s for s in sizes if np.isfinite(s)], default=0.0) or 1.0
        return self._scales[of, point]

    def bounds(self, claim: Claim, point: int, mended: Rounding | None = None) -> tuple[Any, Any]:
        """Return the error bounds of a claim's value, and of the exact derivative."""
        at = self.roundings[point]
        own = at if mended is None else mended
        e = own.of(claim.number)
        if claim.kind == "move" and not claim.is_taken:
            once = replace(claim, times=1.0, decay=0.0)
            e = of_difference(once.written(own.values), e, own.of(claim.bys[0]))
        e = e if claim.times == 1.0 else abs(claim.times) * e
        found = self.gradients(claim.of)[point]
        several = [at.of_gradient(n, found, self.seeds(claim.of)) for n in claim.bys]
        return e, several[0] if isinstance(claim.by, int) else np.array(several)

    def proportion(
        self, claim: Claim, point: int, values: Any = None, swaps: Mapping[int, int] | None = None
    ) -> float | None:
        """Return the factor between a claim's value and its derivative; None if none is proven."""
        several = self.values[point] if values is None else values

        def bounds() -> tuple[Any, Any]:
            is_same = values is None
            mended = None if is_same else Rounding(self.entries, values, self.given, swaps)
            return self.bounds(claim, point, mended)

        u, g = claim.written(several), self.right(claim, point)
        return proportion(u, g, bounds, self.scale(claim.of, point))

    def proportions(self, claims: Iterable[Claim]) -> list[float | None]:
        """Return the factor of each claim, the same at all points; None if none is proven."""
        points = range(len(self.values))
        return [common(self.proportion(c, k) for k in points) for c in claims]

    def most_telling(self, claims: Sequence[Claim]) -> int:
        """Return the first point at which most claims are not 0, where a mistake shows."""
        counts = [
            sum(isfinite(getattr(self.proportion(c, k), "error", 0.0)) for c in claims)
            for k in range(len(self.values))
        ]
        return counts.index(max(counts)) if counts else 0

    def ranged(
        self, claim: Claim, several: Sequence[Any] = (), swaps: Mapping[int, int] | None = None
    ) -> Factor | None:
        """Return the factor that a claim may have at all points, within the error bounds.

        None: there is no such factor, and the claim is wrong. A point with large error bounds can
        only exclude factors; if all points are such, the factor is not clear. several, swaps: the
        values by point, and the swapped entries, of a repaired run.
        """
        best: Factor | None = None
        for k, values in enumerate(several or self.values):
            pair = alike(claim.written(values), self.right(claim, k))
            mended = Rounding(self.entries, values, self.given, swaps) if several else None
            scale = self.scale(claim.of, k)
            c = None if pair is None else ranged(*pair, *self.bounds(claim, k, mended), scale)
            if c is None or (best is not None and not is_equal(c, best)):
                return None
            if best is None or _worth(c) > _worth(best):
                best = c
        return best

    def may_be(self, claim: Claim, factor: float) -> bool:
        """Whether a claim may have a given factor, within the error bounds at all points."""
        for k, values in enumerate(self.values):
            pair = alike(claim.written(values), self.right(claim, k))
            if pair is None or not may_be(*pair, factor, *self.bounds(claim, k)):
                return False
        return True


def _worth(c: Factor) -> tuple[bool, float]:
    """Return how much a factor tells: most if clear and not 0, then by its small error."""
    return c.is_clear and c != 0.0, -c.error if c.error < np.inf else -float(not c.is_clear) * 1e300


def at_or_none(found: Sequence[Any], n: int) -> Any:
    """Return the gradient by an entry; None if the sweep did not go so far."""
    return found[n] if n < len(found) else None


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
    seeds, order = runs.way(claim.of, point)
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
    pairs = ((s, *(np.asarray(end[n], dtype=float) for end in ends)) for n, s in seeds.items())
    apart = sum(float(np.sum(s * (a - b))) for s, a, b in pairs)
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
    seeds, order = runs.way(claim.of, 0)

    def f(x: float) -> float:
        found = changed(runs.entries, values, {by: np.float64(x)}, order)
        return sum((float(np.sum(s * found[n])) for n, s in seeds.items()), 0.0)

    return differences(f, float(values[by]))
