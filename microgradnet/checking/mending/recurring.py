"""Look up the edits of a statement that reads its own earlier results by the value it should have.

An edit there acts in each round on what it gave before, so its effects do not add up. But a linear
system tells the value that each round should have. The code runs once more with these values in
place of the statement's own, and each edit is compared with them, round by round.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import islice, pairwise
from typing import Any

import numpy as np

from microgradnet.checking.finding.points import Point
from microgradnet.checking.judging.runs import Runs
from microgradnet.checking.mending.bench import Bench
from microgradnet.checking.mending.missing_path import Parts
from microgradnet.checking.mending.sites import Site
from microgradnet.checking.mending.solving import Likely, solution
from microgradnet.tape.edited import Edited
from microgradnet.tape.entry import Entry
from microgradnet.tape.recording import Recording
from microgradnet.tape.replay import hand_back
from microgradnet.tape.trials import Looks, Trial, Trials

MOST = 3  # right values that are compared with
NEAR = 1e-6  # relative to the largest number of a value
Again = Callable[[Trials], Recording]
Wanted = list[list[tuple[Any, Any]]]  # by round, the right values and which of their numbers count


def wanted(bench: Bench, at: int, visits: Sequence[int], likely: Likely) -> Iterator[Wanted]:
    """Yield right values of a statement's results, round by round, if they are known.

    They are the only solution, or the gradients by a value of the forward pass in its rounds.
    """
    hard = sorted(bench.judgement.hard)
    factors = [likely.get(i) or bench.judgement.factors.get(bench.claims[i].kind) for i in hard]
    trials = [bench.trials[at][k] for k in visits]
    numbers = [n for trial in trials for n in trial.given]
    if not all(factors) or len({*numbers}) < len(numbers) or [*visits] != [*range(len(visits))]:
        return
    claims = [bench.claims[i] for i in hard]
    if is_filled(bench.entries, numbers):  # the last version of the array tells
        found = solution(bench.runs, claims, factors, numbers[-1:])  # type: ignore
        pair = [(x, c) for x, c in zip(found.values, found.counts) if found.is_unique]
        if pair and len(numbers) == len(trials):
            yield [[(pair[0][0], False)], *([pair] * (len(trials) - 1))]  # nothing before is known
        return
    found = solution(bench.runs, claims, factors, numbers)  # type: ignore
    several: list[Sequence[Any]] = [found.values] if found.is_unique else []
    if not found.is_unique and len(numbers) == len(trials):
        shapes = [bench.entries[n].shape for n in numbers]
        known = in_rounds(bench.runs, bench.forward, shapes)
        several = [*islice((x for x in known if found.has(x)), MOST)]
    for values in several:
        pairs = iter(zip(values, found.counts or [True] * len(values)))
        yield [[next(pairs) for _ in trial.given] for trial in trials]


def is_filled(entries: Sequence[Entry], numbers: Sequence[int]) -> bool:
    """Whether entries are versions of one array, into which each round wrote a part."""
    for was, n in pairwise(numbers):
        while entries[n].is_written and n > was:
            n = entries[n].operands[0]
        if n != was:
            return False
    return entries[numbers[0]].is_written


def in_rounds(
    runs: Runs, forward: Collection[int], shapes: Sequence[tuple[int, ...]]
) -> Iterator[Sequence[Any]]:
    """Yield the gradients by the value of a forward expression, in these shapes.

    The last round is the first. Then those without what one of the expressions that read it adds.
    """
    values, by_loss = runs.values[0], runs.by_loss[0]
    rounds: dict[int, list[int]] = {}
    shares: dict[tuple[int, int], dict[int, Any]] = {}
    for n in sorted(forward):
        g = by_loss[n] if n < len(by_loss) else None
        if g is None or isinstance(g, list):
            continue
        entry, own = runs.entries[n], Parts()
        if np.shape(g) in shapes:
            rounds.setdefault(id(entry.place.node), []).append(n)
        if not entry.is_source and n not in runs.given:
            hand_back(entry, g, own, values)
        for m, share in own.items():
            key = id(runs.entries[m].place.node), id(entry.place.node)
            shares.setdefault(key, {})[m] = share
    several = {
        node: ns[::-1]
        for node, ns in rounds.items()
        if [np.shape(by_loss[n]) for n in reversed(ns)] == shapes
    }
    read = {
        tuple(runs.entries[n].operands[k] for n in ns[::-1])
        for ns in rounds.values()
        for k in range(min(len(runs.entries[n].operands) for n in ns))
    }
    known = (ns for ns in read if all(n < len(by_loss) for n in ns))
    alike = (ns for ns in known if [np.shape(by_loss[n]) for n in ns] == shapes)
    for ns in [*several.values(), *alike]:
        yield [np.asarray(by_loss[n], dtype=float) for n in ns]
    for (node, _), share in shares.items():
        ns = several.get(node, [])
        if ns and not any(isinstance(share.get(n), list) for n in ns):
            yield [np.asarray(by_loss[n] - share.get(n, 0.0)) for n in ns]


def agreeing(
    again: Again, sites: Sequence[Site], at: int, several: Iterable[Wanted], point: Point
) -> list[int]:
    """Return the edits of a statement that give some right values in all rounds, by number."""
    plains = [s.edited() if k == at else Edited(s.place.statement) for k, s in enumerate(sites)]
    found = set[int]()
    for rounds in several:
        looker = _Looker(at, rounds, len(sites[at].edits))
        again(Looks(plains, looker, point, {at: [[x for x, _ in pairs] for pairs in rounds]}))
        found.update(looker.found())
    return sorted(found)


class _Looker:
    """Compares the edits of one statement with its right values."""

    def __init__(self, at: int, rounds: Wanted, count: int) -> None:
        self.at, self.rounds, self.count = at, rounds, count
        self.forget()

    def forget(self) -> None:
        """Forget all values seen, since the code is started again."""
        self.seen, self.right = 0, np.ones(self.count, bool)

    def is_wanted(self, at: int, visit: int) -> bool:
        """Whether the values of a statement are wanted at a visit."""
        return at == self.at and visit < len(self.rounds) and bool(self.right.any())

    def look(self, trial: Trial, visit: int) -> None:
        """Keep the edits that give the right values at a visit."""
        if not trial.numbers:
            return
        self.seen += 1
        for j in np.flatnonzero(self.right):
            self.right[j] = _is_as_wanted(trial.numbers[j], self.rounds[visit])

    def found(self) -> list[int]:
        """Return the edits that were right in all rounds."""
        return [int(j) for j in np.flatnonzero(self.right)] if self.seen == len(self.rounds) else []


def _is_as_wanted(numbers: Collection[Any] | None, several: Sequence[tuple[Any, Any]]) -> bool:
    if numbers is None or len(numbers) != len(several):
        return False
    for new, (value, counts) in zip(numbers, several):
        x = np.asarray(new)
        if x.shape != value.shape or x.dtype.kind not in "fiub":
            return False
        off = np.abs(np.where(counts, x - value, 0.0)).max(initial=0.0)
        if not off <= NEAR * np.abs(value).max(initial=1e-12):
            return False
    return True
