"""Find the smallest set of edited statements that makes all claims right, at all points.

The code is recorded again, with edits evaluated beside the suspect statements. To try an edit, the
tape is replayed with the edit's entries instead of the statement's. Single edits are tried first.
If none repairs all claims, the one that repairs most and spoils none is kept, and the search goes
on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from microgradnet.checking.finding.increments import row
from microgradnet.checking.finding.proportions import HIDES, HOLDS, common
from microgradnet.checking.judging.judged_steps import Step
from microgradnet.checking.judging.judgement import has_rate, judged, shared_rates
from microgradnet.checking.judging.runs import Claim, Runs
from microgradnet.checking.mending.edits import Edit, changes_an_argument
from microgradnet.checking.mending.sites import Site
from microgradnet.tape.entry import Entry, Ref
from microgradnet.tape.recording import Recording
from microgradnet.tape.replay import Changed, ancestors, changed, computed, replayed
from microgradnet.tape.table import TABLE
from microgradnet.tape.trials import Trial

Swaps = Mapping[int, int]
TRIES = 6_000  # replays of edits: some 2 s
NEAREST = 3  # wrong claims of which an edit has to repair one


@dataclass(slots=True)
class Mending:
    """Edits that make claims right: the sites and edits in order, and the claims left wrong.

    off: all claims that are then not right, those by a name alone too; others: single edits of
    other statements that repair everything, too; single: all single edits that repair everything;
    numbers: by site, its value at the first point, and its repaired value.
    """

    edits: list[tuple[Site, Edit]] = field(default_factory=list)
    left: set[int] = field(default_factory=set)
    off: set[int] = field(default_factory=set)
    others: list[tuple[Site, Edit]] = field(default_factory=list)
    single: list[tuple[Site, Edit]] = field(default_factory=list)
    numbers: dict[int, tuple[Any, Any]] = field(default_factory=dict)


class Bench:
    """Another recording, its values at the points, and the claims as entries of it.

    is_own: whether the values are those of the recorded run instead of those at the points.
    """

    def __init__(
        self,
        recording: Recording,
        trials: Mapping[int, list[Trial]],
        first: Sequence[Entry],
        step: Step,
        is_own: bool = False,
    ) -> None:
        self.entries, self.trials, self.judgement = recording.tape.entries, trials, step.judgement
        end = step.runs.end
        self.shown: dict[int, tuple[int, Swaps]] = {}  # by site: its entry, and the repair
        self.main = [e.number for e in self.entries if not e.aside][:end]
        pairs = zip(self.main, first[:end])
        self.is_aligned = len(self.main) >= end and all(
            self.entries[m].operation is e.operation or row(self.entries[m]) == row(e)
            for m, e in pairs
        )
        if self.is_aligned:
            self.prepare(step, is_own)

    def prepare(self, step: Step, is_own: bool) -> None:
        """Replay the tape at the points, and renumber the claims and the loss for this tape."""
        at, loss = self.main, step.loss
        self.right_until = at[step.right_until] if step.right_until else 0
        own = self.own_entries()
        moved = [_moved(c, at) for c in self.judgement.claims]
        self.claims = [self.at_its_place(c, own) for c in moved]
        moves = {i for i, c in enumerate(self.claims) if c.kind == "move"}
        self.forward = {at[n] for n in step.forward}
        is_plain = step.runs.optimizer is None  # what an edit changes in a shared rate is no matter
        self.rates = rates = shared_rates(
            self.entries, self.claims if is_plain else (), self.forward
        )
        ones = dict.fromkeys(rates, 1.0) if moves <= step.off | step.open else {}
        points = [{**{at[n]: v for n, v in p.items()}, **ones} for p in step.points]
        own_values = [e.value for e in self.entries]
        values: list[Any] = [changed(self.entries, own_values, ones, at) if ones else own_values]
        values = values if is_own else [replayed(self.entries, p) for p in points]
        points = [p | {n: v[n] for n in rates} for p, v in zip(points, values)]
        self.points, self.runs = points, Runs(self.entries, loss.at(at), values, points[0].keys())
        self.runs.optimizer = step.runs.optimizer
        starts = {at[n] for n in self.judgement.starts}
        ends = starts | rates
        self.behind = [ancestors(self.entries, [c.number], ends) - rates for c in self.claims]
        self.orders = [sorted(b) for b in self.behind]
        self.order = sorted(set().union(*self.behind)) if self.behind else []
        after = range(max(starts, default=-1) + 1, at[-1] + 1)
        self.inside = {*self.order, *after} - starts  # entries an edit may change: no earlier step

    def is_sound(self) -> bool:
        """Whether a replay from the drawn numbers gives the values of the claims and the loss."""
        values, behind = self.runs.values[0], ancestors(self.entries, self.runs.loss.ends())
        for i in sorted(behind.union(self.order).difference(self.runs.given)):
            entry = self.entries[i]
            if entry.operation is None or entry.kind != "f" or entry.overwritten_by:
                continue
            new = computed(entry, values)
            if new is None or not np.allclose(new, values[i], rtol=1e-9, atol=0, equal_nan=True):
                return False
        return True

    def own_entries(self) -> dict[int, list[int]]:
        """Return the copies that edited statements make of values from elsewhere, by value."""
        found: dict[int, list[int]] = {}
        for several in self.trials.values():
            for trial in several:
                for n in trial.given:
                    entry = self.entries[n]
                    if entry.aside and entry.operands:
                        found.setdefault(entry.operands[0], []).append(n)
        return found

    def at_its_place(self, claim: Claim, own: dict[int, list[int]]) -> Claim:
        """Return a claim about the copy of its value that its own statement made."""
        for n in own.get(claim.number, ()):
            if self.entries[n].place.statement is claim.place.statement or (
                self.entries[n].place.line == claim.place.line
            ):
                return replace(claim, number=n)
        return claim

    def reach(self, at: int) -> set[int]:
        """Return the claims that depend on the results of a statement."""
        given = {n for trial in self.trials.get(at, ()) for n in trial.given}
        return {i for i, b in enumerate(self.behind) if not given.isdisjoint(b)}

    def swaps(self, at: int, j: int) -> dict[int, int] | None:
        """Return the entries that an edit replaces, with their new entries; None if it failed.

        None, too, for an edit that changes the first step, if that was right.
        """
        found = {}
        for trial in self.trials.get(at, ()):
            other = trial.edited[j]
            if self.inside.isdisjoint(trial.given):
                is_early = trial.given[0] < self.right_until
                if is_early and other is not None and not self.is_same(trial.given, other):
                    return None
                continue
            if other is None or len(other) != len(trial.given):
                return None
            found.update({a: b for a, b in zip(trial.given, other) if a != b})
        return found or None

    def is_same(self, given: Sequence[int], other: Sequence[int]) -> bool:
        """Whether some entries have the same values as others in the recorded run."""
        pairs = [(self.entries[a].value, self.entries[b].value) for a, b in zip(given, other)]
        return all(
            np.shape(x) == np.shape(y) and np.allclose(x, y, rtol=HOLDS, atol=0, equal_nan=True)
            for x, y in pairs
            if isinstance(x, (float, np.ndarray, np.generic))
        )

    def values(self, swaps: Swaps, point: int, order: Sequence[int]) -> Changed:
        """Return the values at a point with some entries swapped."""
        base = self.runs.values[point]
        inner = self.aside_behind(swaps)
        new = Changed(base)
        with np.errstate(all="ignore"):
            for i in sorted({*(n for n in order if n >= min(swaps)), *inner}):
                entry = self.entries[i]
                if i in swaps:
                    new[i] = new[swaps[i]]
                elif i not in self.runs.given and not new.keys().isdisjoint(entry.operands):
                    new[i] = computed(entry, new)
        return new

    def aside_behind(self, swaps: Swaps) -> set[int]:
        """Return the entries that the replacing entries depend on and that may have changed."""
        first, found, todo = min(swaps), set[int](), list(swaps.values())
        while todo:
            n = todo.pop()
            if n not in found and (self.entries[n].aside or n > first):
                found.add(n)
                todo += self.entries[n].operands
        return found

    def proportion(self, i: int, swaps: Swaps, point: int) -> float | None:
        """Return the factor of one claim at one point, with entries replaced."""
        values = self.values(swaps, point, self.orders[i])
        return self.runs.proportion(self.claims[i], point, values, swaps)

    def proportions(self, swaps: Swaps, most: int | None = None) -> list[float | None]:
        """Return the factor of each claim at the first points, with entries replaced."""
        count = len(self.runs.values) if most is None else most
        several = [self.values(swaps, k, self.order) for k in range(count)]
        found = [self.common(c, several, swaps) for c in self.claims]
        for i in self.by_a_rule(several) if self.runs.optimizer is not None else ():
            found[i] = 0.0
        return found

    def common(self, claim: Claim, several: Sequence[Changed], swaps: Swaps) -> float | None:
        """Return the factor of a claim at several points, within rounding."""
        found = [self.runs.proportion(claim, k, v, swaps) for k, v in enumerate(several)]
        c, known = common(found), [x for x in found if x]
        if c is not None or not known or max(known) - min(known) > HIDES * abs(known[0]):
            return c
        ranged = self.runs.ranged(claim, several, swaps)
        return ranged if ranged is not None and ranged.is_clear else None

    def keeps_the_past(self, swaps: Swaps) -> bool:
        """Whether the earlier steps, which were right, keep their values with entries replaced."""
        drawn = (n for n in self.runs.given if n not in self.rates)
        given = [n for n in drawn if self.entries[n].operands]
        behind = {m for n in given for m in self.entries[n].operands}
        if not given or min(swaps) > max(given):
            return True
        new = self.values(swaps, 0, sorted(ancestors(self.entries, behind)))
        pairs = [(computed(self.entries[n], new), self.entries[n].value) for n in given]
        return all(x is not None and np.allclose(x, was, rtol=HOLDS, atol=0) for x, was in pairs)

    def by_a_rule(self, several: Sequence[Any]) -> set[int]:
        """Return the moves that an optimizer explains, for values at the first points."""
        moves = [c for c in self.claims if c.kind == "move"]
        written = [[c.written(values) for values in several] for c in moves]
        optimizer = self.runs.optimizer
        if optimizer is None or any(u is None for of_move in written for u in of_move):
            return set()
        return optimizer.explained([np.array([np.ravel(u) for u in w]) for w in written])[1]

    def off(self, swaps: Swaps) -> set[int]:
        """Return the claims that are not right with entries replaced."""
        return self.judgement.off(self.proportions(swaps), is_new=True) if swaps else set()

    def off_ahead(self, swaps: Swaps) -> set[int]:
        """Return the claims that are not right with entries of the forward pass replaced."""
        entries = list(self.entries)
        for a, b in swaps.items():
            entries[a] = replace(entries[a], operation=TABLE["same"], args=[Ref(b)], kw={})
            entries[a].operands = (b,)
        values = [replayed(entries, p) for p in self.points]
        if any(v[n] is None for v in values for n in self.runs.loss.ends()):
            return set(range(len(self.claims)))
        runs = Runs(entries, self.runs.loss, values, self.points[0].keys())
        found = judged(self.claims, runs)
        return found.wrong & found.hard

    def numbers(self, at: int, swaps: Swaps) -> tuple[Any, Any]:
        """Return the value of a statement at the first point, and its value with swaps.

        In a loop, it is the first round in which the two differ.
        """
        pair: tuple[Any, Any] = (None, None)
        for given in [trial.given[0] for trial in self.trials[at] if trial.given]:
            self.shown[at] = given, swaps
            pair = self.runs.values[0][given], self.values(swaps, 0, [given])[given]
            if not np.array_equal(*pair):
                return pair
        return pair

    def as_left_out(self, at: int, site: Site) -> set[Any]:
        """Return the fingerprints of deleting a statement, which no other edit has to repeat."""
        several = (self.swaps(at, j) for j, edit in enumerate(site.edits) if not edit.suggestion)
        return {(self.looks(s), False) for s in several if s is not None}

    def is_nothing(self, swaps: Swaps) -> bool:
        """Whether an edit makes all changed values 0, or nearly 0: that proves nothing.

        Such an edit makes every claim right that should be 0.
        """
        for values in self.runs.values:
            for old, new in ((values[a], values[b]) for a, b in swaps.items()):
                is_left = new is None or old is None or np.array_equal(old, new)
                most, size = (np.abs(x).max(initial=0.0) if not is_left else 0 for x in (new, old))
                if most > NEXT_TO * size:
                    return False
        return True

    def reshapes(self, swaps: Swaps) -> bool:
        """Whether an edit gives a value another shape, which a factor left out seldom does."""
        values = self.runs.values[0]
        return any(np.shape(values[a]) != np.shape(values[b]) for a, b in swaps.items())

    def looks(self, swaps: Swaps) -> tuple[Any, ...]:
        """Return a fingerprint of an edit's values at all points, to try equal edits only once."""
        found, several = [], list(swaps.values())
        for b in several[:: len(several) // FEW or 1]:  # in a loop, the first round may be alike
            for values in self.runs.values:
                v = values[b]
                found.append(None if v is None else (np.shape(v), np.asarray(v).tobytes()))
        return tuple(found)


NEXT_TO, FEW = 1e-9, 8  # relative to the value before; entries that tell edits apart


def _moved(claim: Claim, at: Sequence[int]) -> Claim:
    of = None if claim.of is None else at[claim.of]
    by = at[claim.by] if isinstance(claim.by, int) else tuple([at[n] for n in claim.by])
    return replace(claim, number=at[claim.number], by=by, of=of)


def mended(
    bench: Bench, sites: Sequence[Site], off: set[int], most: int = 3, tries: int = TRIES
) -> Mending:
    """Return the smallest set of edits that makes all wrong claims right.

    Edits are chosen one after the other, each leaving fewer claims wrong and spoiling none. most:
    the most edits; tries: the most replays of edits: a count, so that the result is the same on a
    slow machine.
    """
    found, base, wrong, until = Mending(), dict[int, int](), set(off), iter(range(tries))
    while wrong and len(found.edits) < most:
        tried = _tried(bench, sites, found, base, wrong, until)
        if not tried:
            break
        tried.sort(key=lambda t: t[:3])
        n_left, _, _, at, j, base, wrong, _ = tried[0]
        alike = [] if found.edits else [t for t in tried[1:] if t[6] == wrong]
        found.others = _others(sites, alike, sites[at])
        if not found.edits and not n_left:
            found.single = [
                (sites[t[3]], sites[t[3]].edits[j]) for t in tried if not t[0] for j in t[7]
            ]
        found.edits.append((sites[at], sites[at].edits[j]))
        found.numbers[id(sites[at])] = bench.numbers(at, base)
    found.left = wrong
    found.off = bench.off(base)
    return found


def _others(sites: Sequence[Site], tried: Sequence[Any], but: Site) -> list[tuple[Site, Edit]]:
    """Return the best edit of each other statement, of edits that repair as much."""
    found: dict[int, tuple[Site, Edit]] = {}
    for _, _, _, at, j, *_ in tried:
        if sites[at] is not but:
            found.setdefault(at, (sites[at], sites[at].edits[j]))
    return list(found.values())


def _tried(
    bench: Bench,
    sites: Sequence[Site],
    found: Mending,
    base: dict[int, int],
    wrong: set[int],
    until: Iterator[int],
) -> list[Any]:
    """Return the edits that leave fewer claims wrong and spoil none, with the rest and the cost.

    Of edits with equal values the first is tried; the last item of its tuple has the numbers of
    them all.
    """
    tried: list[Any] = []
    for at, site in enumerate(sites):
        reach = bench.reach(at) & wrong
        if not reach or any(s is site for s, _ in found.edits):
            continue
        near = sorted(reach, key=lambda i: len(bench.orders[i]))[:NEAREST]
        seen: dict[Any, list[int]] = {looks: [] for looks in bench.as_left_out(at, site)}
        for j, edit in enumerate(site.edits):
            own = bench.swaps(at, j)
            if own is None or bench.is_nothing(own):
                continue
            if (looks := (bench.looks(own), not edit.suggestion)) in seen:
                seen[looks].append(j)
                continue
            if next(until, None) is None:
                return tried
            seen[looks] = [j]
            swaps = {**base, **own}
            left = _left(bench, swaps, near, wrong)
            if left is not None:
                far = site.far + 0.4 * changes_an_argument(site.place.statement, edit)
                cost = edit.cost + far + 2.0 * len(left - wrong) + bench.reshapes(own) / 2
                if bench.judgement.starts:
                    cost += not has_rate(bench.entries, zip(bench.claims, bench.proportions(swaps)))
                hard = left & bench.judgement.hard
                tried.append((len(hard), cost, site.first, at, j, swaps, hard, seen[looks]))
    return tried


def _left(bench: Bench, swaps: Swaps, near: Sequence[int], wrong: set[int]) -> set[int] | None:
    """Return the wrong claims with entries replaced; None if not fewer, or if one is new."""
    judgement = bench.judgement
    if bench.runs.optimizer is None and all(bench.proportion(i, swaps, 0) is None for i in near):
        return None
    for count in (1, None):  # at the first point, then at all
        left = judgement.off(bench.proportions(swaps, count), is_new=True)
        hard = left & judgement.hard
        if len(hard) >= len(wrong) or hard - wrong:
            return None
    return left if bench.keeps_the_past(swaps) else None
