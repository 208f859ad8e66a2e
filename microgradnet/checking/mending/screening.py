"""Screen edits: drop those whose changes in one run cannot repair anything.

A backward pass is affine in almost every value of its own. So one backward sweep from each claim
tells how much of a change in a statement's value reaches the claim. An edit repairs a claim if its
change brings just the missing amount. That takes one product of arrays for an edit, instead of a
replay. A random combination of the entries of an array stands for each claim.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np

from microgradnet.checking.finding.proportions import alike, proportion
from microgradnet.checking.judging.judged_steps import Step
from microgradnet.checking.judging.judgement import has_rate
from microgradnet.checking.mending.bench import Bench
from microgradnet.checking.mending.edits import Edit
from microgradnet.checking.mending.recurring import agreeing, wanted
from microgradnet.checking.mending.sites import Site, summing
from microgradnet.checking.mending.solving import (
    MOST_UNSEEN,
    Check,
    Chosen,
    Likely,
    Looked,
    adding_up,
    as_sum,
    has_solution,
    telling,
    written_over,
)
from microgradnet.tape.edited import Edited
from microgradnet.tape.entry import Entry
from microgradnet.tape.recording import Recording
from microgradnet.tape.replay import ancestors, changed, dependents, gradients, uses
from microgradnet.tape.rules.rows import is_complex
from microgradnet.tape.trees import only_adds
from microgradnet.tape.trials import Looks, Trial, Trials

SMALL = 0.05  # of the size of a value: a step that shows whether the claims are affine in it
NEAR = 1e-6  # relative to the sizes of all terms
MOST_RECURRENT = 120  # edits of a statement that reads its own earlier results
MOST_PAIRS = 60  # pairs of edits that may repair everything together
LEAST, MOST_LOOKS = 60, 60_000  # edits of a statement, and of all statements in all their visits
MOST_WORK = 60_000  # operations repeated for edits that give another shape: some 1 s


def screen(
    again: Callable[[Trials], Recording],
    first: Sequence[Entry],
    step: Step,
    sites: Sequence[Site],
    allowed: Mapping[int, set[str]],
) -> list[list[tuple[int, Edit]]]:
    """Give each statement the edits that may repair something; return pairs if no edit may all."""
    points, factors = telling(step)
    for point in (*points, {}):
        asked = [[*s.scope.atoms] if s.scope is not None else [] for s in sites]
        trials = Trials([Edited(s.place.statement) for s in sites], point)
        trials.asked = asked
        bench = Bench(again(trials), trials.done, first, step, is_own=True)
        if bench.is_aligned and bench.is_sound():
            break
    if not bench.is_aligned:
        return []
    found = Screen(bench, step.off, sites, factors if point else None)
    for at, site in enumerate(sites):
        if site.scope is not None and at in trials.known:
            site.scope = site.scope.seen(trials.known[at])
        is_allowed = not allowed or site.line in allowed
        if is_allowed and bench.reach(at) & step.off and found.may_mend(at):
            site.find_edits()
        if allowed:
            known = allowed.get(site.line, ())
            site.edits = [e for e in site.edits if e.suggestion in known]
    if not any(site.edits for site in sites):
        return []
    looks = sum(len(site.edits) * len(found.visits(at)) for at, site in enumerate(sites))
    for site in sites if looks > MOST_LOOKS else ():
        site.edits = site.edits[: max(LEAST, len(site.edits) * MOST_LOOKS // looks)]
    for at, site in enumerate(sites):
        if len(found.visits(at)) > 1:
            found.summing[at] = {*summing(site, found.carried(at))}
    for at, site in enumerate(sites) if not found.is_blind else ():
        if site.edits and found.is_recurrent(at):
            rounds = wanted(bench, at, found.visits(at), found.factors)
            found.agreeing[at] = agreeing(again, sites, at, rounds, point)
    plains = [s.edited() for s in sites]
    again(Looks(plains, found, point))
    chosen = [found.chosen(at, len(site.edits)) for at, site in enumerate(sites)]
    is_single = any(c.whole for c in chosen)
    pairs = [] if is_single else [[(k, sites[k].edits[j]) for k, j in p] for p in found.pairs()]
    for at, (site, c) in enumerate(zip(sites, chosen)):
        for several in (c.whole, c.part):  # deleting the statement first: others may only repeat it
            several.sort(key=lambda j, edits=site.edits: bool(edits[j].suggestion))  # type: ignore
        kept = [site.edits[j] for j in c.kept(is_single)]
        site.edits = [*dict.fromkeys([*kept, *(e for p in pairs for k, e in p if k == at)])]
    return pairs


class Screen:
    """Adds up how much the edits of each statement change the claims of a bench.

    is_blind: whether the run's numbers tell nothing: all are 0, a kink is met, or the moves are an
    optimizer's, not multiples of a gradient; is_own: whether they are the code's own, among which a
    term may be 0, as no likely factors of wrong moves are given.
    """

    def __init__(
        self, bench: Bench, off: set[int], sites: Sequence[Site], factors: Likely | None
    ) -> None:
        self.bench, self.off, self.is_own, self.factors = bench, off, factors is None, factors or {}
        self.adding = [only_adds(site.place.statement) for site in sites]
        self.values = bench.runs.values[0]
        self.written = written_over(bench.entries, bench.trials.values())
        rng = np.random.default_rng(5)
        self.checks = [c for i in sorted(bench.judgement.hard) for c in self.of_claim(i, rng)]
        bases = np.array([c.base for c in self.checks])
        known = [
            (c, bool(ok) and not (c.factor is None and c.i in off))
            for c, ok in zip(self.checks, self.are_right(bases, np.zeros(len(bases))))
            if ok or c.i in off  # a claim that only a kink of this run makes wrong tells nothing
        ]
        self.checks = [c for c, _ in known]
        self.right = np.array([ok for _, ok in known], bool)
        self.is_blind, self.work = bool(self.right.all()) or bench.runs.optimizer is not None, 0
        self.affine = functools.cache(self.is_affine)
        self.summing: dict[int, set[int]] = {}  # edits that read their own earlier results
        self.agreeing: dict[int, list[int]] = {}  # edits with the right value in all rounds
        self.looked: dict[int, Looked] = {}
        self.wanted = {at: set(self.visits(at)) for at in bench.trials}

    def of_claim(self, i: int, rng: np.random.Generator) -> list[Check]:
        """Return the checks of a claim: two for an array whose factor is unknown."""
        first = self.check(i, rng)
        is_array = bool(first.pull) and np.size(first.right) > 1
        return [first, self.check(i, rng)] if first.factor is None and is_array else [first]

    def check(self, i: int, rng: np.random.Generator) -> Check:
        """Return a claim as one number: a random combination of its entries."""
        bench, claim = self.bench, self.bench.claims[i]
        written, right = claim.written(self.values), bench.runs.right(claim, 0)
        factor = bench.judgement.factors.get(claim.kind)
        moves = {k for k, c in enumerate(bench.claims) if c.kind == "move"}
        if claim.kind == "move" and moves <= self.off:
            factor = self.factors.get(i)
        pair = alike(written, right)
        if pair is None:
            return Check(i, claim, np.nan, np.nan, 0.0, factor, [], right)
        u, g = pair
        r = rng.uniform(0.5, 1.5, u.shape) * rng.choice([-1.0, 1.0], u.shape)
        seed = claim.times * r.reshape(np.shape(self.values[claim.number]))
        given = bench.forward.union(bench.runs.given)
        seeds = {claim.number: seed}
        pull = gradients(bench.entries, self.values, seeds, given, kept=self.written)
        size = float(np.abs(r * u).sum() + np.abs((factor or 1.0) * r * g).sum())
        return Check(i, claim, float((r * u).sum()), float((r * g).sum()), size, factor, pull, g)

    def are_right(self, numbers: Any, sizes: Any) -> Any:
        """Return which checks are right; one with an unknown factor always is."""
        wanted = np.array([(c.factor or 0.0) * c.wanted for c in self.checks])
        near = NEAR * (np.array([c.size for c in self.checks]) + sizes)
        ok = np.abs(numbers - wanted) <= near
        return ok | np.array([c.factor is None for c in self.checks], bool)

    def have_one_factor(self, numbers: Any) -> Any:
        """Return which checks have the most frequent factor, among those with an unknown factor."""
        free = [k for k, c in enumerate(self.checks) if c.factor is None and c.wanted]
        ratios = np.array([numbers[k] / self.checks[k].wanted for k in free])
        ok = np.ones(len(self.checks), bool)
        if len(free) > 1:
            alike_ = np.abs(ratios[:, None] - ratios) <= 10 * NEAR * np.abs(ratios)
            counts = alike_.sum(axis=1)
            ok[free] = alike_[int(np.argmax(counts))] & (counts.max() > 1)
        return ok

    def may_mend(self, at: int) -> bool:
        """Whether some other value of a statement may make a wrong check right.

        It has to make all wrong checks right, or one of them without making a right one wrong.
        """
        is_shape = any(not c.pull for c in self.checks)
        given = [n for k in self.visits(at) for n in self.bench.trials[at][k].given]
        if self.is_blind or is_shape or self.is_recurrent(at) or not self.affine(at):
            return True
        size = [np.size(self.values[n]) for n in given]
        if not given or sum(size) > len(self.checks):
            return True
        pulls = np.hstack([self.pulls(n, k) for n, k in zip(given, size)])
        need = np.array([(c.factor or 0.0) * c.wanted - c.base for c in self.checks])
        near = NEAR * (np.array([c.size for c in self.checks]) + np.abs(need))
        is_known = np.array([c.factor is not None for c in self.checks], bool)
        right, wrong = self.right & is_known, ~self.right & is_known
        sets = [wrong, *(right | (np.arange(len(need)) == k) for k in np.flatnonzero(wrong))]
        if not wrong.all() and (~self.right & ~is_known).any():
            return True
        need[right] = 0.0
        return any(has_solution(pulls[s], need[s], near[s]) for s in sets)

    def is_recurrent(self, at: int) -> bool:
        """Whether a statement reads its own earlier results, other than to add to them.

        A term that is added to a sum changes it by the same amount, whatever was added before.
        """
        if len(self.visits(at)) < 2:
            return False
        entries, forward = self.bench.entries, self.bench.forward
        given = [n for k in self.visits(at) for n in self.bench.trials[at][k].given]
        if self.adding[at]:
            sums = [as_sum(entries, entries[n]) for n in given]
            added = [n for e in sums for n in e.operands[1:]]
            return not ancestors(entries, added, forward).isdisjoint(given)
        read = (n for i in ancestors(entries, given, forward) for n in entries[i].operands)
        return not set(given).isdisjoint(read)

    @functools.cached_property
    def used_by(self) -> list[list[int]]:
        """By entry, the entries that read it."""
        return uses(self.bench.entries)

    def carried(self, at: int) -> set[str]:
        """Return the names of a statement's results, and of the values computed from them."""
        given = [n for k in self.visits(at) for n in self.bench.trials[at][k].given]
        below = dependents(given, self.used_by, last=self.bench.main[-1])
        below.update(given)
        return {name for n in below for name in self.bench.entries[n].names if "[" not in name}

    def visits(self, at: int) -> list[int]:
        """Return the positions of a statement's visits that belong to the step."""
        trials, inside = self.bench.trials.get(at, ()), self.bench.inside
        return [k for k, trial in enumerate(trials) if not inside.isdisjoint(trial.given)]

    def is_wanted(self, at: int, visit: int) -> bool:
        """Whether the values of a statement are wanted at a visit."""
        return visit in self.wanted.get(at, ())

    def forget(self) -> None:
        """Forget the effects seen so far, since the code is started again."""
        self.looked = {}

    def look(self, trial: Trial, visit: int) -> None:
        """Add the effects of a statement's edits at one visit."""
        at, trials = trial.at, self.bench.trials[trial.at]
        given = trials[visit].given if visit < len(trials) else []
        if not trial.numbers:
            return  # of another step
        if at not in self.looked:
            n = len(self.checks)
            self.looked[at] = Looked(len(trial.numbers), n, self.affine(at))
        known, alike_ = self.looked[at], list[int]()
        old = [np.asarray(self.values[g]) for g in given]
        kinds = "fiubc" if any(map(is_complex, old)) else "fiub"
        for j, numbers in enumerate(trial.numbers):
            new = [np.asarray(x) for x in numbers or ()]
            if not new or len(new) != len(given) or any(x.dtype.kind not in kinds for x in new):
                known.alive[j] = False
            elif known.is_affine and all(x.shape == v.shape for x, v in zip(new, old)):
                alike_.append(j)
            else:
                known.moved[j] = True
                known.replayed.setdefault(j, {}).update(zip(given, numbers or ()))
        for k, (g, v) in enumerate(zip(given, old) if alike_ else ()):
            pull = self.pulls(g, v.size)
            new = np.array([np.asarray(trial.numbers[j][k], float).ravel() for j in alike_])  # type: ignore
            steps = new - v.ravel()
            steps[~np.isfinite(steps).all(axis=1)] = np.inf
            known.moved[alike_] |= steps.any(axis=1)
            with np.errstate(all="ignore"):
                known.sums[alike_] += steps @ pull.T
                known.sizes[alike_] += (np.abs(new) + np.abs(v.ravel())) @ np.abs(pull.T)

    def pulls(self, number: int, size: int) -> Any:
        """Return, for each check, how much of a change in an entry reaches it."""
        found = [c.pull[number] if number < len(c.pull) else None for c in self.checks]
        return np.array([np.zeros(size) if p is None else np.ravel(p) for p in found])

    def after(self, given: Mapping[int, Any]) -> Any:
        """Return which checks are right with other values in some entries."""
        first, ok = min(given), list[bool]()
        order = [n for n in self.bench.order if n > first]
        self.work += len(order)
        new = changed(self.bench.entries, self.values, given, order)
        for check, was in zip(self.checks, self.right):
            if self.bench.behind[check.i].isdisjoint(given):
                ok.append(bool(was))
            else:
                c = proportion(check.claim.written(new), check.right)
                factor = c if check.factor is None else check.factor
                ok.append(c is not None and abs(c - (factor or 0.0)) <= NEAR * abs(factor or 0.0))
        return np.array(ok, bool)

    def is_affine(self, at: int) -> bool:
        """Whether the checks are affine in the results of a statement."""
        given = [g for visit in self.visits(at) for g in self.bench.trials[at][visit].given]
        rng = np.random.default_rng(3)
        if any(np.asarray(self.values[g]).dtype.kind != "f" for g in given):
            return False
        old = {g: np.asarray(self.values[g]) for g in given}
        sizes_ = {g: SMALL * (np.abs(v).max(initial=0.0) or 1.0) for g, v in old.items()}
        steps = {g: sizes_[g] * rng.normal(size=v.shape) for g, v in old.items()}  # no limit is met
        order = [n for n in self.bench.order if n > min(given, default=n)]
        moved = [{g: old[g] + h * steps[g] for g in given} for h in (1.0, 2.0)]
        ends = [changed(self.bench.entries, self.values, new, order) for new in moved]
        for check in self.checks:
            one, two, zero = (check.claim.written(end) for end in (*ends, self.values))
            if check.pull and (one is None or two is None):
                return False
            if check.pull:
                far, *sizes = (np.abs(x).max(initial=0) for x in (two - 2 * one + zero, two, zero))
                if far > NEAR * sum(sizes):
                    return False
        return True

    def chosen(self, at: int, count: int) -> Chosen:
        """Return the edits of a statement that may repair something, by number."""
        known, found = self.looked.get(at), Chosen([*self.agreeing.get(at, ())])
        if found.whole:  # in each round, it may only be what the round is given
            found.unknown = sorted(self.summing.get(at, ()))[:MOST_UNSEEN]
        if known is None or found.whole:
            return found
        may = [j for j in range(count) if known.alive[j] and known.moved[j]]
        if self.is_blind or (not known.is_affine and len(self.visits(at)) > 1):  # such as a clip
            found.unknown = may[:MOST_UNSEEN]
            return found
        bases = np.array([c.base for c in self.checks])
        with np.errstate(all="ignore"):  # an edit may give numbers that are not finite
            near = self.are_right(bases + known.sums, known.sizes)
        if self.is_recurrent(at):
            alone, reading = self.of_one_visit(at), self.summing.get(at, set())
            untold = {*known.replayed, *reading}
            several = [j for j in may if j in untold or self.is_some(near[j], alone)]
            likely = [*several[: MOST_RECURRENT // 2], *(j for j in several if j in reading)]
            found.unknown = [*dict.fromkeys([*likely, *several])][:MOST_RECURRENT]
            return found
        if self.is_own:
            still = (j for j in range(count) if known.alive[j] and not known.moved[j])
            found.unknown = [*islice(still, MOST_UNSEEN)]
        for j in may:
            if j in self.summing.get(at, ()):
                found.unknown.append(j)
            elif j in known.replayed or (
                self.is_some(near[j]) and np.isfinite(known.sums[j]).all()
            ):
                ok = self.right_after(known, j, near[j])
                if ok.all():
                    found.whole.append(j)
                elif self.is_some(ok):
                    found.part.append(j)
        found.whole.sort(key=lambda j: not self.has_rate(bases + known.sums[j]))
        found.unknown = found.unknown[:MOST_RECURRENT]
        return found

    def has_rate(self, numbers: Any) -> bool:
        """Whether a move of an unknown factor has a rate that is written near it."""
        pairs = [(c, x) for c, x in zip(self.checks, numbers) if c.factor is None and c.wanted]
        return has_rate(self.bench.entries, [(c.claim, x / c.wanted) for c, x in pairs])

    def pairs(self) -> list[tuple[tuple[int, int], tuple[int, int]]]:
        """Return pairs of edits of two statements whose effects add up to the whole repair."""
        used = [k for k, c in enumerate(self.checks) if c.factor is not None]
        rows, sizes = dict[Any, tuple[int, int]](), np.array([c.size for c in self.checks])
        for at, known in self.looked.items():
            alive = known.alive & known.moved & np.isfinite(known.sums).all(axis=1)
            alive[[*known.replayed]] = False
            for j in np.flatnonzero(alive & known.is_affine & (not self.is_recurrent(at))):
                rows.setdefault((at, known.sums[j].tobytes()), (at, int(j)))
        if self.is_blind or self.right[used].all() or not rows:
            return []
        known_as, looked = [*rows.values()], self.looked
        effects = np.array([looked[at].sums[j][used] for at, j in known_as])
        near = NEAR * np.array([(looked[at].sizes[j] + sizes)[used] for at, j in known_as])
        wanted = np.array([(c.factor or 0.0) * c.wanted - c.base for c in self.checks])
        found = adding_up(effects, near, wanted[used])
        pairs = [(known_as[a], known_as[b]) for a, b in found if known_as[a][0] != known_as[b][0]]
        return pairs if len(pairs) <= MOST_PAIRS else []  # so many prove nothing

    def of_one_visit(self, at: int) -> Any:
        """Return which checks depend on one visit of a statement at most, so that sums tell."""
        several = [{*self.bench.trials[at][k].given} for k in self.visits(at)]
        read = [self.bench.behind[c.i] for c in self.checks]
        return np.array([sum(not b.isdisjoint(given) for given in several) < 2 for b in read], bool)

    def is_some(self, ok: Any, among: Any = True) -> bool:
        """Whether all wrong checks are right now, or some of them with all that were right."""
        right, wrong = self.right & among, ~self.right & among
        return bool(ok[wrong].all() or (ok[right].all() and ok[wrong].any()))

    def right_after(self, known: Looked, j: int, near: Any) -> Any:
        """Return which checks are right after an edit; near: those that are, but for a factor."""
        if j not in known.replayed:
            numbers = np.array([c.base for c in self.checks]) + known.sums[j]
            return near & self.have_one_factor(numbers)
        is_late = self.work > MOST_WORK
        return np.zeros(len(self.checks), bool) if is_late else self.after(known.replayed[j])
