"""Find the loss whose gradients the moves of a run are: a computed one, else an assumed one.

Each number that depends on the parameters of one step and on no later ones may be the loss. The
loss is the number for which most moves are one common factor times its gradient; a name such as
`loss` decides between equals. If the code computes none, the squared error and the cross-entropies
between a prediction and its target are tried.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from functools import cached_property, partial
from itertools import chain
from typing import Any

import numpy as np

from microgradnet.checking.finding import vocabulary
from microgradnet.checking.finding.carried_loss import carried, rows_read
from microgradnet.checking.finding.increments import is_root, origin, row
from microgradnet.checking.finding.parameters import Group, Parameter, move_of
from microgradnet.checking.finding.points import is_data
from microgradnet.checking.finding.proportions import (
    UNKNOWN,
    agree_in_part,
    common,
    most_frequent,
    proportion,
    with_decay,
)
from microgradnet.checking.finding.rounding import Rounding, of_difference
from microgradnet.checking.finding.steps import is_added
from microgradnet.checking.finding.unwritten_losses import SUMMED, Assuming, Way, again, sum_of_two
from microgradnet.checking.finding.upstream import (
    NAMED,
    Loss,
    called,
    is_begun,
    last_resort,
    named_ones,
    with_whole,
)
from microgradnet.tape.entry import Entry
from microgradnet.tape.replay import ancestors, dependents, gradients

MOST = 40  # the most candidates
FEW = 8  # moves that tell whether others may be gradients of a loss
LAST = 30  # values before a move that may be its gradient
UNUSED = 0.5  # the prior of a number that no move is computed from


def losses(
    group: Group, k: int, runs: Sequence[Sequence[Any]], given: Collection[int]
) -> list[Loss]:
    """Return the losses that the moves of a step may be gradients of, the likeliest first."""
    step = _Step(group, k, len(runs[0]), given)
    entries, moving = step.entries, step.moving
    roundings = [Rounding(entries, values, given) for values in runs]
    found = [f for f in step.computed() if step.scored(f, roundings)]
    if group.tape.loss_name:
        return [f for f in found if f.name == group.tape.loss_name]
    found = [f for f in found if f.votes or not f.is_wider]
    named = [f for f in found if f.prior >= NAMED]
    others = [f for f in found if f.prior < NAMED and f.votes == len(moving)]
    if group.tape.loss is not None and not any(f.votes for f in named):
        named, others = [], [f for f in step.given_loss() if step.scored(f, roundings)]
    elif not any(2 * f.votes >= len(moving) for f in named) and not others:
        own = {f.place for f in named if f.votes}  # that of another step is not this one's
        later = [f for f in step.of_other_times() if f.place not in own]
        later = [f for f in later if step.scored(f, roundings)]
        others = [f for f in step.assumed(step.starts) if step.scored(f, roundings) and f.votes]
        if named:  # moves up another one than the code computes are mistakes in both
            others = [f for f in others if (f.factor or -1.0) < 0]
        is_known = bool(others) or any(f.votes or f.prior > NAMED for f in named)
        others += [f for f in later if f.votes or not (is_known or group.used_by[f.origin])]
        if not any(f.votes for f in (*named, *later)):
            others += step.of_any_name(roundings)
        most = max((f.votes for f in (*named, *others)), default=0)
        others += step.in_two_parts(found, most, roundings) if most < len(moving) else []
        if not any(f.votes or f.kind == SUMMED for f in (*named, *others)):
            decayed = [f for f in named if step.decays(f, roundings)]
            others += [] if decayed else step.decayed(roundings)
        if not any(f.votes for f in (*named, *others)) and step.has_root():
            most = max((step.taken(f, roundings) for f in (*found, *later)), default=0)
            for f in step.assumed(step.starts):
                f.votes, f.proportions = step.taken(f, roundings), [None] * len(moving)
                others += [f] * (f.votes > most)
                if f.votes == len(moving):  # none is likelier
                    break
    are_added = all(is_added(entries, p.moved(k), p.versions[k]) for p in moving)
    for f in (*named, *others):
        f.is_added = are_added
    if not named and not others:
        return last_resort(found, group.used_by)
    named = [f for f in named if not is_begun(f, named, entries)]
    found = sorted([*named, *others], key=lambda f: (-f.votes, -f.prior, -f.shared))
    return with_whole(found, named, entries, set(step.starts), given)


def squares(group: Group, k: int, end: int) -> list[Loss]:
    """Return the squared errors that a step may go down beside the loss."""
    return [*_Step(group, k, end).squares()]


def of_another_step(loss: Loss, group: Group, k: int) -> Loss | None:
    """Return the loss of another step at the same place, or in its statement; None without one."""
    step = _Step(group, k, len(group.tape.entries))
    if loss.kind == SUMMED:
        return again(step.entries[: group.end(k)], loss, step.computed())
    is_open = loss.number is None and loss.carried is None
    near = None
    for f in step.assumed(step.starts) if is_open else step.computed():
        if f.place and loss.place and f.kind == loss.kind and not (f.is_wider and loss.carried):
            if f.place is loss.place:
                return f
            if f.place.statement is loss.place.statement and f.prior >= NAMED:
                near = near or f
    return None if is_open else near or step.of_origin(loss)


class _Step(Assuming):
    """The entries of a step, among which its loss is searched.

    below: those that depend on its parameters; inside: these without those that depend on later
    ones. Without parameters, all entries that depend on `given` are meant.
    """

    def __init__(self, group: Group, k: int, end: int, given: Collection[int] = ()) -> None:
        self.group, self.k, self.given = group, k, given
        self.tape, self.entries, self.used_by = group.tape, group.tape.entries[:end], group.used_by
        self.moving, self.starts = group.moving(k), group.starts(k)
        self.known: dict[Any, dict[int, Any]] = {}  # the gradients by the parameters
        self.near: dict[int, list[int]] = {}  # what may be the gradient in a move, by parameter
        if not self.moving:
            self.below = self.inside = dependents(given, self.used_by)
            return
        own, last = [p.versions[k] for p in self.moving], group.end(k)
        self.below = dependents(own, self.used_by, known={*given, *self.starts})
        later = {v for p in group.parameters for v in p.versions[k + 1 :]}.difference(self.starts)
        if given:
            later |= {v for p in group.every for v in p.versions if v >= last}
        after = dependents(later, self.used_by) | later
        self.inside = {n for n in self.below - after if n < end}

    def computed(self) -> Iterator[Loss]:
        """Yield the scalars, first and last of each place; those named as a loss first."""
        named = (ns for p, ns in self.tape.returns if vocabulary.is_objective(p.function))
        known = {n for ns in named for n in ns}
        first, last = dict[int, Loss](), dict[int, Loss]()  # of each place
        copied = {origin(self.entries, n) for n in self.starts}
        ends = [v for p in self.moving for v in p.versions[-1:]]  # as a velocity is, and no loss
        kept = ancestors(self.tape.entries, ends, self.starts) | self.compared
        moving = [p.place.statement for p in self.moving]
        for n in sorted(self.inside):
            entry = self.entries[n]
            is_number = entry.kind == "f" and np.size(entry.value) == 1
            if entry.aside or not is_number or entry.place.statement in moving:
                continue
            if origin(self.entries, n) in copied or any(map(vocabulary.is_derivative, entry.names)):
                continue
            is_named = any(map(vocabulary.is_loss, entry.names)) and not self.is_residual(entry)
            is_named |= n not in self.used and n in known
            prior = NAMED * is_named + UNUSED * (n not in kept)
            if prior:
                loss = Loss(called(entry), n, prior=prior, place=entry.place, origin=n)
                first.setdefault(id(entry.place), loss)
                last[id(entry.place)] = loss
        found = {x.number: x for x in (*first.values(), *last.values())}.values()
        for loss in sorted(found, key=lambda x: (-x.prior, -(x.number or 0)))[:MOST]:
            behind = ancestors(self.entries, loss.ends(), self.starts)
            loss.shared = len(behind & self.used) / len(behind)
            others = (n in self.given or self.is_of_others(n) for n in behind - self.used)
            loss.is_wider = any(others) or bool(self.data and self.data.isdisjoint(behind))
            yield loss

    @cached_property
    def used(self) -> set[int]:
        """The entries that the moves are computed from, up to the start of the step."""
        return ancestors(self.entries, [p.versions[self.k + 1] for p in self.moving], self.starts)

    @cached_property
    def data(self) -> set[int]:
        """The arrays of data that the moves are computed from, and a penalty alone is not."""
        sources = (self.entries[n] for n in self.used.difference(self.starts))
        return {e.number for e in sources if e.is_source and e.shape and is_data(e)}

    @cached_property
    def rows(self) -> dict[int, int]:
        """The rows that the step reads of arrays, by array."""
        own = [n for n in self.used if n > max(self.starts)]
        return {n: m for n, m in rows_read(self.entries, own).items() if n not in self.starts}

    def is_of_others(self, n: int) -> bool:
        """Whether an entry reads other rows than the step does."""
        entry, rows = self.entries[n], self.rows
        own = (self.entries[rows[o]].value for o in entry.operands if o in rows)
        return any(not np.array_equal(entry.value, x) for x in own)

    @cached_property
    def compared(self) -> set[int]:
        """The entries that only comparisons are computed from, as of a margin: y * (w @ x) < 1."""
        found = set[int]()
        for n in sorted(self.inside, reverse=True):
            readers = [m for m in self.used_by[n] if m < len(self.entries)]
            if readers and all(m in found or self.entries[m].kind == "b" for m in readers):
                found.add(n)
        return found

    def is_residual(self, entry: Entry) -> bool:
        """Whether a number is a target less a prediction, or the other way round: `e = t - p`."""
        others = [self.entries[n].place.node for n in entry.operands if n not in self.below]
        return row(entry) == "subtract" and any(not isinstance(x, ast.Constant) for x in others)

    def of_other_times(self, is_named: bool = True) -> list[Loss]:
        """Return the losses that the code computes before or after the step, the whole ones."""
        found = dict[int, Loss]()
        for loss in list(named_ones(self.group, is_named))[:MOST]:
            entry = self.group.tape.entries[loss.origin]
            whole = replace(loss, name=called(entry), place=entry.place)
            if id(entry.place) not in found and (own := self.of_origin(whole)):
                own.prior -= 0.0 if is_named else NAMED - 1.0  # still above one that is assumed
                found[id(entry.place)] = own
        behind = {n for f in found.values() for n in self.behind(f.origin) - {f.origin}}
        return [f for f in found.values() if f.origin not in behind]

    def of_any_name(self, roundings: Sequence[Rounding]) -> Iterator[Loss]:
        """Yield results of all parameters that moves, or half of the numbers that move, go down."""
        several = (f for f in self.of_other_times(is_named=False) if self.is_of_all(f))
        for f in (f for f in several if self.scored(f, roundings)):
            if f.votes:
                yield f
            elif self.agrees_in_part(f, roundings):  # sure, whatever others are called
                yield replace(f, prior=2 * NAMED)

    def in_two_parts(
        self, several: Sequence[Loss], least: int, roundings: Sequence[Rounding]
    ) -> Iterator[Loss]:
        """Yield the sum of two numbers of the step, if at least so many moves go down it."""
        entries = self.entries[: self.group.end(self.k)]
        found = sum_of_two(entries, several, partial(self.ways, roundings))
        if found and self.scored(found, roundings) and found.votes >= least:
            yield found

    def is_of_all(self, loss: Loss) -> bool:
        """Whether a loss depends on all parameters that move."""
        read = self.behind(loss.origin)
        return all(not read.isdisjoint(p.versions) for p in self.moving)

    def behind(self, number: int) -> set[int]:
        """Return the entries that a number of any time is computed from, up to the parameters."""
        versions = {v for p in self.group.every for v in p.versions}
        return ancestors(self.group.tape.entries, [number], versions)

    def of_origin(self, loss: Loss) -> Loss | None:
        """Return a loss of another time as one of this step."""
        read, starts = self.behind(loss.origin), dict[int, int]()
        for p in self.group.parameters:
            own = read.intersection(p.versions)
            if len(own) > 1 or len(p.versions) <= self.k:
                return None
            starts |= dict.fromkeys(own, p.versions[self.k])
        below = {n for n in self.below if n in self.used}
        every, end = self.group.tape.entries, self.group.end(self.k)
        made = carried(every, loss.origin, starts, end, below, self.used, self.given)
        if made is None or not starts:
            return None
        return replace(loss, number=None, carried=made, prior=NAMED + UNUSED)

    def scored(self, loss: Loss, roundings: Sequence[Rounding]) -> bool:
        """Count the moves that are a common factor times the gradient of a loss."""
        swept, by_run = list[tuple[Rounding, list[Any]]](), list[list[float | None]]()
        for at in roundings:
            v = at.values
            if any(v[n] is None for n in loss.ends()):
                return False
            swept.append((at, g := self.swept(loss, at)))
            by_run.append([self.proportion(p, loss, at, g, UNKNOWN) for p in self.moving])
            likely = [common(several) is not None for several in zip(*by_run)]
            if not any(likely):
                break  # no move is a gradient of it
        loss.proportions = [  # error bounds take long: only where they decide
            common(self.proportion(p, loss, at, g) for at, g in swept) if may_be else None
            for p, may_be in zip(self.moving, likely)
        ]
        if loss.is_assumed:  # a move that is the same at all points tells nothing of a guess
            moved = [[move_of(p, self.k, at.values) for at in roundings] for p in self.moving]
            known = [[u for u in m if u is not None] for m in moved]
            apart = [any(not np.allclose(u, m[0], rtol=1e-6, atol=0) for u in m) for m in known]
            loss.proportions = [c if a else None for c, a in zip(loss.proportions, apart)]
        loss.factor, loss.votes = most_frequent(loss.proportions)
        return True

    def agrees_in_part(self, loss: Loss, roundings: Sequence[Rounding]) -> bool:
        """Whether half of the numbers that move are one factor times their gradients."""
        for at in roundings:
            g = self.by_starts(loss, at)
            pairs = [(move_of(p, self.k, at.values), g[p.versions[self.k]]) for p in self.moving]
            if not agree_in_part(pairs):
                return False
        return True

    def decayed(self, roundings: Sequence[Rounding]) -> Iterator[Loss]:
        """Yield penalised losses of any name, and squares, that moves go down but for a decay."""
        computed = (f for f in self.of_other_times(is_named=False) if f.is_penalised)
        return (f for f in chain(computed, self.squares()) if self.decays(f, roundings))

    def decays(self, loss: Loss, roundings: Sequence[Rounding]) -> bool:
        """Count the moves that are gradients of a loss, but for one weight decay."""
        found, swept = [], [self.by_starts(loss, at) for at in roundings]
        for p in self.moving:
            moved = [move_of(p, self.k, at.values) for at in roundings]
            start = [at.values[p.versions[self.k]] for at in roundings]
            g = [of[p.versions[self.k]] for of in swept]
            if all(x is not None for x in (*moved, *g)):
                found.append(with_decay(moved, g, start, loss.is_penalised))
        pairs = [x for x in found if x is not None]
        known = [x for x in pairs if np.allclose(x, pairs[0], rtol=1e-6, atol=0)]
        loss.votes = len(known) if 2 * len(known) >= len(self.moving) else 0
        loss.proportions = [None] * len(self.moving)
        return loss.votes > 0

    def has_root(self) -> bool:
        """Whether the moves are computed with a root, as those of some optimizers are."""
        return any(is_root(self.entries, self.entries[n]) for n in self.used)

    def taken(self, loss: Loss, roundings: Sequence[Rounding]) -> int:
        """Count the moves that are computed from a factor times their gradient of a loss.

        Of many moves, a few are tried first: they show that the loss is none of theirs.
        """
        few = self.moving[:: len(self.moving) // FEW or 1]
        if not any(self.is_taken(p, loss, roundings) for p in few):
            return 0
        return sum(self.is_taken(p, loss, roundings) for p in self.moving)

    def near_move(self, p: Parameter) -> list[int]:
        """Return the last values that a move is computed from, which may be its gradient."""
        start = p.versions[self.k]
        if start not in self.near:
            way = ancestors(self.entries, [p.versions[self.k + 1]], self.starts) & self.below
            shape = self.entries[start].shape
            self.near[start] = sorted(n for n in way if self.entries[n].shape == shape)[-LAST:]
        return self.near[start]

    def ways(self, roundings: Sequence[Rounding], one: Loss, other: Loss) -> Iterator[Way]:
        """Yield for each value near a move its numbers, and the gradients of two losses there."""
        for p in self.moving:
            start = p.versions[self.k]
            for n in self.near_move(p):
                several = [[self.by_starts(x, at)[start] for x in (one, other)] for at in roundings]
                yield [(at.values[n], g) for at, g in zip(roundings, several)]

    def swept(self, loss: Loss, at: Rounding) -> list[Any]:
        """Return the gradients of a loss at a point."""
        seeds = loss.seeds(at.values)
        found = gradients(self.entries, at.values, seeds, at.given, inside=self.below)
        starts = [p.versions[self.k] for p in self.moving]
        self.known[loss.key, id(at)] = {n: found[n] if n < len(found) else None for n in starts}
        return found

    def by_starts(self, loss: Loss, at: Rounding) -> dict[int, Any]:
        """Return the gradients of a loss by the parameters at a point."""
        if (loss.key, id(at)) not in self.known:
            self.swept(loss, at)
        return self.known[loss.key, id(at)]

    def is_taken(self, p: Parameter, loss: Loss, roundings: Sequence[Rounding]) -> bool:
        """Whether a move is computed from a factor times its gradient, at each point."""
        start = p.versions[self.k]
        gradients_ = [self.by_starts(loss, at)[start] for at in roundings]
        if any(g is None for g in gradients_):
            return False
        for n in self.near_move(p):
            pairs = zip(roundings, gradients_)
            if common(proportion(at.values[n], g, UNKNOWN) for at, g in pairs):
                return True
        return False

    def proportion(
        self, p: Parameter, loss: Loss, at: Rounding, found: Sequence[Any], known: Any = None
    ) -> float | None:
        """Return the factor between a move and its gradient at one point; None without one."""
        start, new = p.versions[self.k], p.moved(self.k)
        g = found[start] if start < len(found) else None
        u = move_of(p, self.k, at.values)

        def bounds() -> tuple[Any, Any]:
            e = of_difference(u, at.of(new), at.of(start))
            return e, at.of_gradient(start, found, loss.seeds)

        return proportion(u, np.zeros(np.shape(u)) if g is None else g, known or bounds)


def losses_of_names(group: Group, given: Sequence[int]) -> list[Loss]:
    """Return the losses that code without moves may derive: named ones, else assumed ones."""
    return _Step(group, 0, len(group.tape.entries), given).of_names(given)
