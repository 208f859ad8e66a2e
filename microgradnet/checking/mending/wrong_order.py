"""Find the mistakes of order in a step, by a replay of its tape as if the order were right.

A mistake of order is none of one statement: a parameter read after its move, a stale value, a sum
never reset. The tape is replayed with the parameter's value before its move, with stale values
computed again, or with 0 for the sum that the step before left.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from microgradnet.checking.finding.increments import row
from microgradnet.checking.finding.parameters import Parameter
from microgradnet.checking.finding.points import FILLING
from microgradnet.checking.finding.proportions import common, is_equal, proportion
from microgradnet.checking.judging.judged_steps import Step
from microgradnet.checking.mending.bench import Mending
from microgradnet.checking.mending.edits import Edit
from microgradnet.checking.mending.sites import Site
from microgradnet.tape.entry import Place
from microgradnet.tape.replay import ancestors, changed, gradients, replayed
from microgradnet.tape.tape import Tape
from microgradnet.words import listed, say


def mended_by_order(
    tape: Tape, parameters: Sequence[Parameter], step: Step, rate: float | None
) -> Mending | None:
    """Return the misplaced statement, if another order makes all claims right."""
    order = _Order(tape, parameters, step, rate)
    if not order.moving:
        return None
    for n, said, places in (*order.too_late(), *order.too_early(), *order.never_emptied()):
        site, edit = Site(tape.entries[n].place, [], n), Edit("", said, 0.0)
        others = [(Site(place, [], n), edit) for place in places]
        return Mending([(site, edit)], others=others, numbers={id(site): order.numbers(n)})
    return None


Misplaced = tuple[int, str, list[Place]]  # an entry, the words, other places


class _Order:
    """Tests for one step whether another order of reading and moving makes its claims right."""

    def __init__(
        self, tape: Tape, parameters: Sequence[Parameter], step: Step, rate: float | None
    ) -> None:
        self.entries, self.step, self.runs, self.rate = tape.entries, step, step.runs, rate
        self.moving = [p for p in parameters if p.versions[step.k] != p.versions[step.k + 1]]
        self.claims = [step.judgement.claims[i] for i in sorted(step.off)]
        self.behind = ancestors(self.entries, [c.number for c in self.claims])
        self.shown: tuple[Any, Any] = (self.runs.values[0], self.runs.values[0])

    def numbers(self, n: int) -> tuple[Any, Any]:
        """Return the written and the right value of an entry's statement at the first point."""
        statement = self.entries[n].place.statement
        if self.entries[n].is_source:
            return self.first_move()
        own = [m for m in self.behind if self.entries[m].place.statement is statement and m >= n]
        several = [[x[m] for m in sorted(own)] for x in self.shown]
        pairs = [(a, b) for a, b in zip(*several) if not np.array_equal(a, b)]
        return pairs[-1] if pairs else (np.nan, np.nan)

    def first_move(self) -> tuple[Any, Any]:
        """Return the first move that is off at the first point, as written and as right."""
        claim, rate = self.claims[0], self.rate or np.nan
        return claim.written(self.runs.values[0]), rate * np.asarray(self.runs.right(claim, 0))

    def too_late(self) -> Iterator[Misplaced]:
        """Yield the entries that read a parameter after its move instead of before."""
        k, off = self.step.k, {c.number for c in self.claims}
        alike: dict[int, list[Parameter]] = {}
        for p in self.moving:
            if p.versions[k + 1] not in off:
                alike.setdefault(id(p.place.statement), []).append(p)
        for several in alike.values():
            old = {p.versions[k + 1]: p.versions[k] for p in several}
            readers = [n for n in sorted(self.behind) if old.keys() & self.entries[n].operands]
            given = [{n: values[m] for n, m in old.items()} for values in self.runs.values]
            if readers and self.is_right(given):
                name, line = several[0].name, several[0].place.line_in_words
                words = "uses {name} after line {line} moved it; it belongs before that line"
                yield readers[0], say(words, name=name, line=line), [several[0].place]

    def never_emptied(self) -> Iterator[Misplaced]:
        """Yield the sums that start from the value of the step before instead of from 0."""
        step, start = self.step, max(p.versions[self.step.k] for p in self.moving)
        if not step.k or step.optimizer is None or not self.is_sum():
            return
        known = step.forward | {p.versions[step.k] for p in self.moving}
        reading = sorted(n for n in self.behind - step.forward if n > start)
        pairs = [(n, m) for n in reading for m in self.entries[n].operands]
        left = {m: n for n, m in reversed(pairs) if m < start and m not in known}
        left = {m: n for m, n in left.items() if not self.entries[m].is_source}
        if left and self.is_right([{m: v[m] * 0 for m in left} for v in self.runs.values]):
            words = "{name} is not set back to 0: each step adds to what the one before left"
            names = self.entries[min(left)].names or [self.entries[min(left)].place.text]
            adding = self.entries[left[min(left)]].place
            yield self.first(min(left)), say(words, name=names[-1]), [adding]

    def first(self, n: int) -> int:
        """Return the entry that a sum starts with."""
        while self.entries[n].operands and row(self.entries[n]) not in FILLING:
            n = self.entries[n].operands[0]
        return n

    def is_sum(self) -> bool:
        """Whether each move that is off is a multiple of the sum of all gradients so far."""
        optimizer, off = self.step.optimizer, self.step.off
        several = [m for i, m in enumerate(optimizer.moves) if i in off] if optimizer else []
        pairs = [(m.moved, np.sum(m.gradients, axis=0)) for m in several if len(m.gradients) > 1]
        return bool(pairs) and common(proportion(u, g) for u, g in pairs) is not None

    def is_right(self, given: Sequence[Any]) -> bool:
        """Whether the claims that are off are right with other values in some entries."""
        found, order = [], sorted(self.behind - {*self.runs.given})
        for k, (values, own) in enumerate(zip(self.runs.values, given)):
            new = changed(self.entries, values, own, [n for n in order if n > min(own)])
            self.shown = self.shown if k else (values, new)
            found.append([self.runs.proportion(c, k, new) for c in self.claims])
        return self.are_by([common(several) for several in zip(*found)])

    def are_by(self, several: Sequence[float | None]) -> bool:
        """Whether all numbers equal the factor of the moves, or else one negative number."""
        known = self.rate if self.step.k else None
        factor = known or self.step.judgement.factors["move"] or next(iter(several), None)
        moves = [c for claim, c in zip(self.claims, several) if claim.kind == "move"]
        is_down = factor is not None and factor < 0
        of_pair = [c for claim, c in zip(self.claims, several) if claim.kind == "returned"]
        pairs = [*((c, factor or 0) for c in moves), *((c, 1.0) for c in of_pair)]
        return is_down and all(c is not None and is_equal(c, right) for c, right in pairs)

    def too_early(self) -> Iterator[Misplaced]:
        """Yield the entries of the loss that read a parameter before its last move."""
        k, forward, step = self.step.k, self.step.forward, self.step
        stale = [p for p in self.moving if k and p.versions[k - 1] in forward]
        if not stale:
            return
        old = {p.versions[k]: p.versions[k - 1] for p in stale}
        found: list[list[float | None]] = []
        for point in step.points:
            again = {**point, **{b: point[a] for a, b in old.items()}}
            values = replayed(self.entries[: self.runs.end], again)
            self.shown = self.shown if found else (self.runs.values[0], values)
            g = gradients(self.entries, values, step.loss.seeds(values), again)
            several = [
                [g[n] for n in (c.bys[0], old.get(c.bys[0])) if n is not None and n < len(g)]
                for c in self.claims
            ]
            sums = [sum(x for x in parts if x is not None) for parts in several]
            found.append([proportion(c.written(values), x) for c, x in zip(self.claims, sums)])
        if self.are_by([common(several) for several in zip(*found)]):
            before = {*old.values()}
            first = min(n for n in forward if not before.isdisjoint(self.entries[n].operands))
            words = "is computed from {names} before the first update, and not again after it"
            yield first, say(words, names=listed(p.name for p in stale)), []
