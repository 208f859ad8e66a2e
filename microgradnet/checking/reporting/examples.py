"""Find the smallest example of a wrong claim: small integers at which the mistake shows.

Each number that the points draw (an argument, a parameter, data) may be 0, 1, -1, 2, ...; numbers
are drawn until the mistake shows, and then made smaller as long as it does. Each try is a replay.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from microgradnet.autograd.labels import element
from microgradnet.checking.finding.increments import row
from microgradnet.checking.finding.points import Point, goes_the_same_way, is_labels, is_one_hot
from microgradnet.checking.finding.vocabulary import is_rate
from microgradnet.checking.judging.runs import Claim, Runs
from microgradnet.checking.mending.bench import Bench
from microgradnet.tape.entry import Entry, filled
from microgradnet.tape.replay import ancestors, computed, gradients
from microgradnet.tape.rules.rows import is_complex
from microgradnet.tape.tape import Tape

USUAL = (0.0, 1.0, -1.0, 2.0, -2.0, 3.0, -3.0)
VISIBLE = 0.01  # written and right differ by a hundredth of the larger one, at least
MOST = 80  # the most numbers of an example; most of them stay at the smallest
ENTRIES = 1000  # the most entries of a written value
WHOLE = 4  # the most numbers of an array that is shown as one
TRIES = 150
MOST_WORK = 40_000  # operations done in all tries: some 0.2 s
WIDTH = 60  # the most characters of a printed example

KINKED = ("maximum", "minimum", "abs", "absolute", "fabs")
COMPARING = ("greater", "greater_equal", "less", "less_equal")

Spot = tuple[int, int]  # an entry, and the position of a number in it
Numbers = dict[Spot, float]
Pair = tuple[Any, Any]  # the written and the right value
Both = Callable[[Point], Pair | None]
EMPTY: Mapping[int, int] = {}


class Example(NamedTuple):
    """Small numbers by their names, and the written and the right value at these numbers."""

    numbers: dict[str, Any]
    written: Any
    right: Any


def smallest_example(tape: Tape, claim: Claim, factor: float, runs: Runs) -> Example | None:
    """Return the smallest example of a wrong claim; None if it does not fit on one line."""
    ends = runs.loss.ends() if claim.of is None else [claim.of]
    behind = ancestors(runs.entries, [claim.number, *ends])
    order = sorted(behind)

    def both(point: Point) -> Pair | None:
        values = _values(runs.entries, order, point)
        if any(values[n] is None for n in (claim.number, *ends)):
            return None
        seeds = {n: np.ones(np.shape(values[n])) for n in ends}
        seeds = runs.loss.seeds(values) if claim.of is None else seeds
        found = gradients(runs.entries, values, seeds, runs.given)
        pairs = [(n, found[n] if n < len(found) else None) for n in claim.bys]
        parts = [np.zeros(np.shape(values[n])) if g is None else g for n, g in pairs]
        right = np.asarray(parts if isinstance(claim.by, tuple) else parts[0], dtype=float)
        return claim.written(values), right * factor

    return _example(tape, runs, behind, both)


def example_of_statement(
    tape: Tape, bench: Bench, number: int, swaps: Mapping[int, int], runs: Runs
) -> Example | None:
    """Return the smallest example of a repaired statement; None if none fits on one line."""
    behind = ancestors(bench.entries, [number, *swaps.values()])
    order = sorted(behind)

    def both(point: Point) -> Pair | None:
        there = {bench.main[n]: x for n, x in point.items()}
        written, right = (_values(bench.entries, order, there, s)[number] for s in ({}, swaps))
        return None if written is None or right is None else (written, right)

    return _example(tape, runs, {n for n, m in enumerate(bench.main) if m in behind}, both)


def _values(
    entries: Sequence[Entry], order: Sequence[int], point: Point, swaps: Mapping[int, int] = EMPTY
) -> list[Any]:
    """Return the values of some entries at a point, with the entries in swaps replaced."""
    values: list[Any] = [None] * (order[-1] + 1)
    for i in order:
        entry = entries[i]
        if i in point:
            values[i] = point[i]
        elif i in swaps:
            values[i] = values[swaps[i]]
        else:
            values[i] = entry.value if entry.operation is None else computed(entry, values)
    return values


def _example(tape: Tape, runs: Runs, behind: set[int], both: Both) -> Example | None:
    """Return the smallest example with all drawn numbers, else with those that matter."""
    several = ({*runs.given}, behind & {*runs.given})
    found = (_Search(tape, runs, given, behind, both).example() for given in several)
    return next(filter(None, found), None)


class _Search:
    """Searches small numbers for the entries `given`; those not `behind` keep the smallest."""

    def __init__(
        self, tape: Tape, runs: Runs, given: set[int], behind: set[int], both: Both
    ) -> None:
        self.tape, self.runs, self.both = tape, runs, both
        self.point = {n: np.asarray(runs.values[0][n]) for n in runs.given}
        self.names = places_of(tape, given)
        self.is_named = len(self.names) == len(given)
        kinds = {n: _kind(self.point[n], name) for n, name in self.names.items()}
        self.kinds = {
            (n, i): kind if n in behind else kind[:1]
            for n, kind in kinds.items()
            for i in range(self.point[n].size if kind else 0)
        }
        self.tries = min(TRIES, MOST_WORK // max(len(behind), 1))

    def example(self) -> Example | None:
        """Return the smallest example, if it fits on one line."""
        if not self.is_named or not 0 < len(self.kinds) <= MOST:
            return None
        found = self.smallest()
        if found is None or found[1][0].size > ENTRIES:
            return None
        named = dict(self.named(self.at(found[0])))
        shown = [f"{name} = {x}" for name, x in named.items() if np.any(x)]
        is_line = len(", ".join(shown).replace(".0", "")) <= WIDTH
        return Example(named, *(x.tolist() for x in found[1])) if is_line else None

    def named(self, point: Point) -> Iterator[tuple[str, Any]]:
        """Yield the numbers of a point with their names, those of a large array one by one."""
        for n, name in self.names.items():
            value = np.asarray(point[n], dtype=float)
            if value.size <= WHOLE:
                yield name, value.tolist()
            else:
                yield from ((element(name, i), float(x)) for i, x in np.ndenumerate(value))

    def smallest(self) -> tuple[Numbers, Pair] | None:
        """Return the smallest numbers at which the mistake shows, and both values there."""
        found: list[tuple[Numbers, Pair]] = []
        tried = _tried(self.kinds, lambda: found[-1][0] if found else None)
        for _, numbers in zip(range(self.tries), tried):
            if (shown := self.shown(numbers)) is not None:
                found.append((numbers, shown))
        return found[-1] if found else None

    def at(self, numbers: Numbers) -> Point:
        """Return the point at some numbers."""
        point = {n: x.copy() for n, x in self.point.items()}
        for (n, i), x in numbers.items():
            point[n].flat[i] = x
        return {n: float(x) if x.ndim == 0 else x for n, x in point.items()}

    def shown(self, numbers: Numbers) -> Pair | None:
        """Return the written and the right value at some numbers, if they differ visibly."""
        point = self.at(numbers)
        with np.errstate(all="ignore"):
            found = self.both(point)
        if found is None or any(map(is_complex, found)):
            return None
        written, right = (np.asarray(x, dtype=float) for x in found)
        if written.shape != right.shape or not np.isfinite([*written.flat, *right.flat]).all():
            return None
        apart = np.abs(written - right).max(initial=0.0)
        if apart <= VISIBLE * max(np.abs(written).max(), np.abs(right).max()):
            return None
        is_there = goes_the_same_way(self.tape, point, self.runs.end)
        return (written, right) if is_there and not self.is_at_a_kink(point) else None

    def is_at_a_kink(self, point: Point) -> bool:
        """Whether the loss has no derivative at a point, as at a relu of 0 that it depends on."""
        entries, ends = self.runs.entries, self.runs.loss.met()
        order = sorted(ancestors(entries, ends))
        kinked = [n for n in order if row(entries[n]) in (*KINKED, *COMPARING)]
        if not kinked:
            return False
        values = _values(entries, order, point)
        if any(values[n] is None for n in ends):
            return True
        found = gradients(entries, values, self.runs.loss.seeds(values), self.runs.given)
        for n in kinked:
            several = [filled(x, values) for x in entries[n].args[:2]]
            tied = np.equal(*(several if len(several) == 2 else (*several, 0.0)))
            users = [m for m in order if n in entries[m].operands]
            for m in users if row(entries[n]) in COMPARING else [n]:
                g = found[m] if m < len(found) else None
                if g is not None and np.shape(g) == tied.shape and (tied & (g != 0)).any():
                    return True
        return False


def _kind(value: np.ndarray, name: str) -> Sequence[float]:
    """Return the numbers that each entry of a value may have; () if it must stay as it is."""
    if is_rate(name):
        return (1.0,)
    if is_one_hot(value):
        return ()
    if is_labels(value) and value.dtype.kind in "fi":
        return sorted({*value.ravel().tolist()}, key=abs)
    return USUAL if value.dtype.kind == "f" else ()


def _tried(kinds: Mapping[Spot, Sequence[float]], best: Any) -> Iterator[Numbers]:
    """Yield numbers to try: random ones until some show the mistake, then smaller ones."""
    rng = np.random.default_rng(0)
    yield {spot: kind[0] for spot, kind in kinds.items()}
    while (now := best()) is None:
        yield {spot: float(rng.choice(kind)) for spot, kind in kinds.items()}
    size = len(kinds)
    while size > 2:
        size = (size + 1) // 2
        left = [spot for spot, kind in kinds.items() if (best() or now)[spot] != kind[0]]
        for i in range(0, len(left), size):
            yield (best() or now) | {spot: kinds[spot][0] for spot in left[i : i + size]}
    before: Numbers | None = None
    while best() != before:
        before = best()
        for spot, kind in kinds.items():
            for x in kind:
                now = best() or now
                if kind.index(x) >= kind.index(now[spot]):
                    break
                yield now | {spot: x}


def places_of(tape: Tape, numbers: Iterable[int]) -> dict[int, str]:
    """Return the first unique names of entries, with index and key."""
    wanted, found = set(numbers), dict[int, str]()
    for stored in tape.stores:
        if stored.number in wanted:
            found.setdefault(stored.number, stored.slot.removeprefix("self."))
    count = Counter(found.values())
    return {n: name for n, name in sorted(found.items()) if count[name] == 1}
