"""Solve for the value that a statement should have, and for two edits, from their effects.

A backward pass is affine in almost every value of its own. So replays with one number changed at a
time tell which value of a statement, if any, makes all claims right. A statement without such a
value is not the cause.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from microgradnet.checking.finding.increments import row
from microgradnet.checking.finding.points import Point
from microgradnet.checking.finding.proportions import HOLDS, is_equal
from microgradnet.checking.judging.judged_steps import Step
from microgradnet.checking.judging.runs import Claim, Runs
from microgradnet.tape.entry import Entry, Place
from microgradnet.tape.replay import ancestors, changed
from microgradnet.tape.tape import Tape
from microgradnet.tape.trials import Trial

MOST_UNSEEN = 40  # edits of a statement if the run tells nothing about them
MOST_WHOLE = 24  # edits of a statement that repair everything, the nearest first
MOST_PART = 12  # edits of a statement that repair a part
MOST_WRITTEN = 10**6  # numbers of arrays that are written into, each with its gradient
MOST_WORK = 100_000  # numbers of a statement that are solved for, times the entries of a replay
Values = list[Any]  # of the entries of one statement
Likely = dict[int, float]  # the factors of claims, by position


@dataclass(slots=True)
class Check:
    """A claim as one number. i: its position; base: its value; wanted: the value it should have.

    factor: the factor that the claim should have, None if that is unknown; pull: by entry, how much
    of a change reaches the claim.
    """

    i: int
    claim: Claim
    base: float
    wanted: float
    size: float
    factor: float | None
    pull: Sequence[Any]
    right: Any


class Looked:
    """The effects of the edits of one statement.

    sums, sizes: by edit and check, the change, and the sizes of its terms; alive: whether an edit
    can be evaluated; moved: whether it changes anything; replayed: the values by entry, for edits
    that give another shape.
    """

    def __init__(self, count: int, checks: int, is_affine: bool) -> None:
        self.sums, self.sizes = np.zeros((count, checks)), np.zeros((count, checks))
        self.alive, self.moved = np.ones(count, bool), np.zeros(count, bool)
        self.replayed: dict[int, dict[int, Any]] = {}
        self.is_affine = is_affine


@dataclass(slots=True)
class Chosen:
    """Edits of a statement, by number: those that repair all, a part, or perhaps something."""

    whole: list[int] = field(default_factory=list)
    part: list[int] = field(default_factory=list)
    unknown: list[int] = field(default_factory=list)

    def kept(self, is_single: bool) -> list[int]:
        """Return the edits to try; is_single: whether some edit repairs everything alone."""
        if is_single:
            return sorted([*self.whole[:MOST_WHOLE], *self.unknown[:MOST_UNSEEN]])
        return sorted([*self.part[:MOST_PART], *self.unknown])


def given_by(tape: Tape, place: Place, claims: Sequence[Claim], behind: set[int]) -> list[int]:
    """Return the entries that a statement computed, one for each round of a loop."""
    stored = [s.number for s in tape.stores if s.place.statement is place.statement]
    own = [c.number for c in claims if c.place.statement is place.statement]
    written = [e for e in tape.entries if e.is_written and e.place.statement is place.statement]
    found = [e.number for e in written] or stored or own
    return [n for n in dict.fromkeys(found) if n in behind]


@dataclass(slots=True)
class Solution:
    """Other values of some entries, at the first point, that make all claims right.

    is_found: whether there are such; None, unknown, if the claims are not affine in the values, or
    these are too many, or as many as the claims have numbers; values: those that a least-squares
    fit gives; counts: which of their numbers reach a claim; is_unique: whether no others do it; at,
    right: to compute the claims for any values, and their right values.
    """

    is_found: bool | None = None
    values: Sequence[Any] = ()
    counts: Sequence[Any] = ()
    is_unique: bool = False
    at: _Numbers | None = None
    right: Sequence[Any] = ()

    def has(self, values: Sequence[Any]) -> bool:
        """Whether some values make all claims right."""
        found = None if self.at is None else self.at.written(values)
        return found is not None and _is_near(_flat(found), _flat(self.right))


def solution(
    runs: Runs, claims: Sequence[Claim], factors: Sequence[float], numbers: Sequence[int]
) -> Solution:
    """Solve for other values of some entries. factors: the factor that each claim should have."""
    values, entries = runs.values[0], runs.entries
    is_float = all(np.asarray(values[n]).dtype.kind == "f" for n in numbers)
    if not claims or not numbers or not is_float:
        return Solution()
    start = [np.asarray(values[n], dtype=float) for n in numbers]
    size = sum(x.size for x in start)
    order = sorted(ancestors(entries, [c.number for c in claims]))
    right = [np.asarray(runs.right(c, 0), dtype=float) * f for c, f in zip(claims, factors)]
    at = _Numbers(entries, values, claims, numbers, [n for n in order if n > numbers[0]])
    base = at.written(start)
    if base is None or any(b.shape != r.shape for b, r in zip(base, right)):
        return Solution()
    found = Solution(at=at, right=right)
    rows = _changes(at, start, base) if 0 < size * len(order) <= MOST_WORK else None
    if rows is None or not np.isfinite(rows).all():
        return found
    if not rows.any():
        return Solution(False)  # nothing reads it, as a buffer that is filled
    need = _flat(right) - _flat(base)
    step = np.linalg.lstsq(rows.T, need, rcond=1e-10)[0]
    counts, rank = rows.any(axis=1), np.linalg.matrix_rank(rows)
    found.values = at.moved(start, step)
    found.counts = at.moved([np.zeros(x.shape, bool) for x in start], counts)
    last = at.written(found.values)
    is_right = last is not None and _is_near(_flat(last), _flat(right))
    found.is_unique = is_right and bool(rank == counts.sum())
    if rank < np.any(rows, axis=0).sum():  # else, with so many free numbers, any claim has one
        is_affine = size > 1 and last is not None
        is_affine = is_affine and _is_near(_flat(last or ()), _flat(base) + step @ rows)
        found.is_found = True if last is None or is_right else False if is_affine else None
    return found


def _changes(at: _Numbers, start: Sequence[Any], base: Sequence[Any]) -> Any:
    """Return how the claims change with each number, a row each; None if one is not computable."""
    rows = []
    for unit in np.eye(sum(x.size for x in start)):
        new = at.written(at.moved(start, unit))
        if new is None:
            return None
        rows.append(_flat(new) - _flat(base))
    return np.array(rows)


def _flat(several: Sequence[Any]) -> Any:
    """Return the entries of some arrays as one vector."""
    return np.concatenate([x.ravel() for x in several])


def _is_near(x: Any, y: Any) -> bool:
    return bool(np.abs(x - y).max() <= 10 * HOLDS * max(np.abs(y).max(), 1e-6))


class _Numbers:
    """Evaluates the claims of a run with other values in some entries."""

    def __init__(
        self,
        entries: Sequence[Entry],
        values: Sequence[Any],
        claims: Sequence[Claim],
        numbers: Sequence[int],
        order: Sequence[int],
    ) -> None:
        self.entries, self.values, self.claims = entries, values, claims
        self.numbers, self.order = numbers, order

    def moved(self, start: Sequence[Any], step: Any) -> list[Any]:
        """Return values with a step added; the step is one vector for all of them."""
        ends = np.cumsum([x.size for x in start])[:-1]
        return [x + d.reshape(x.shape) for x, d in zip(start, np.split(step, ends))]

    def written(self, new: Sequence[Any]) -> list[Any] | None:
        """Return the values of the claims with other values; None if one cannot be computed."""
        given = {n: x if x.ndim else float(x) for n, x in zip(self.numbers, new)}
        values = changed(self.entries, self.values, given, self.order)
        found = [c.written(values) for c in self.claims]
        if any(x is None for x in found):
            return None
        return [np.asarray(x, dtype=float) for x in found]


def adding_up(effects: Any, near: Any, need: Any) -> Iterator[tuple[int, int]]:
    """Yield the pairs of rows that add up to the needed one, within the bounds of both.

    Sorted along one direction, the rows that a row lacks stand together.
    """
    least = near.min(axis=0)
    along = np.random.default_rng(4).uniform(0.5, 1.5, len(need)) * (least > 0)
    along /= np.where(least > 0, least, 1.0)
    with np.errstate(all="ignore"):  # an edit may give numbers that are very large
        keys, bounds = effects @ along, near @ along
    order, lacks, most = np.argsort(keys), need @ along - keys, bounds + bounds.max()
    first, last = (np.searchsorted(keys[order], x) for x in (lacks - most, lacks + most))
    for a, few in enumerate(order[i:j] for i, j in zip(first, last)):
        off = np.abs(effects[a] + effects[few] - need) - near[a] - near[few]
        yield from ((a, int(b)) for b in few[(off <= 0).all(axis=1)] if a < b)


def has_solution(rows: Any, need: Any, near: Any) -> bool:
    """Whether a system of equations has a solution within the bounds."""
    found = np.linalg.lstsq(rows, need, rcond=1e-10)[0]
    return bool((np.abs(rows @ found - need) <= 100 * near).all())


def telling(step: Step) -> tuple[list[Point], Likely]:
    """Return the point whose numbers tell most, if there is one, and the factors of wrong moves.

    These are not known, but where a move goes down at one point, and up by as much at another, the
    first is likely right, and the second point tells.
    """
    best, factors = 0, Likely()
    for i in step.off:
        claim = step.judgement.claims[i]
        several = [step.runs.proportion(claim, k) or 0.0 for k, _ in enumerate(step.points)]
        up = [k for k, c in enumerate(several) if c > 0 and any(is_equal(-c, x) for x in several)]
        if claim.kind == "move" and up:
            best, factors[i] = up[0], -several[up[0]]
    return step.points[best : best + 1], factors


def as_sum(entries: Sequence[Entry], entry: Entry) -> Entry:
    """Return the sum that an entry is, or stores as an item of an array."""
    is_stored = row(entry) in ("setitem", "put") and len(entry.operands) > 1
    return entries[entry.operands[-1]] if is_stored else entry


def written_over(entries: Sequence[Entry], several: Iterable[Sequence[Trial]]) -> set[int]:
    """Return the results of statements that the next write into an array replaces."""
    given = (entries[n] for trials in several for trial in trials for n in trial.given)
    written = [e for e in given if e.overwritten_by]
    sizes = np.cumsum([np.size(e.value) for e in written])
    return {e.number for e, size in zip(written, sizes) if size <= MOST_WRITTEN}
