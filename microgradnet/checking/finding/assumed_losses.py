"""Find the losses that code may mean which computes none: of predictions and their targets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from microgradnet.checking.finding.increments import increments, row, unscaled
from microgradnet.checking.finding.parameters import Parameter
from microgradnet.checking.finding.upstream import (
    ASSUMED,
    LABELS,
    NAMED,
    Loss,
    less_one_hot,
    prediction_and_target,
)
from microgradnet.checking.finding.vocabulary import TARGET, last_part, plain
from microgradnet.tape.entry import Entry, Place, Ref, refs
from microgradnet.tape.replay import ancestors, dependents
from microgradnet.tape.tape import Int, Tape


class Assuming:
    """The entries of step k, among which predictions and their targets are searched.

    inside: those that depend on its parameters and on no later ones; moving, starts: the parameters
    that it moves, and the entries of all at its start.
    """

    tape: Tape
    entries: Sequence[Entry]
    used_by: Sequence[Sequence[int]]
    inside: set[int]
    moving: Sequence[Parameter]
    starts: list[int]
    k: int

    def assumed(self, starts: Sequence[int]) -> Iterator[Loss]:
        """Yield the assumed losses of predictions and targets subtracted from each other."""
        groups: dict[int, tuple[Place, list[tuple[int, Any]]]] = {}
        moving = [p.place.statement for p in self.moving]
        for n in sorted(self.inside):
            entry = self.entries[n]
            p = less_one_hot(self.entries, entry)
            if p is not None:
                words = f"{LABELS}, {entry.place.text}"
                yield Loss(words, None, LABELS, [(p, Ref(n))], prior=1.0, place=entry.place)
            if entry.aside or entry.is_complex or row(entry) not in ("subtract", "add"):
                continue
            if entry.place.statement in moving:
                continue
            for p, t in (entry.args[:2], entry.args[1::-1]):
                targets = list(refs(t))
                if type(p) is not Ref or p not in self.inside:
                    continue
                is_pair = self.is_pair(entry, int(p), targets, starts)
                is_pair = is_pair or self.choice(entry.place, t) is not None
                if is_pair and not self.is_own_move(n, int(p)):
                    groups.setdefault(id(entry.place), (entry.place, []))[1].append((int(p), t))
        for place, pairs in groups.values():
            choices = {self.choice(place, t) for _, t in pairs} - {None}
            if len(choices) == 1:
                continue  # 1 - a, of a slope
            for i, kind in enumerate(ASSUMED):
                name = f"{kind} of {place.text}"
                yield Loss(name, None, kind, pairs, prior=1 - 0.1 * i, place=place)

    def choice(self, place: Place, t: Any) -> Any:
        """Return 0 or 1 if a statement chooses it as a target itself: p - (i == k); else None."""
        e = self.entries[t] if type(t) is Ref else None
        is_here = e is not None and e.is_source and e.place.statement is place.statement
        x = e.value if e is not None and is_here else t
        return x if type(x) in (bool, int, float, Int) and x in (0, 1) else None

    def is_own_move(self, difference: int, prediction: int) -> bool:
        """Whether all that a prediction is computed from moves by a multiple of the difference.

        Any linear move is the gradient of its own square: that says nothing.
        """
        behind, entries = ancestors(self.entries, [prediction], self.starts), self.entries
        owners = [p for p in self.moving if p.versions[self.k] in behind]
        added = [increments(entries, p.versions[self.k + 1], p.versions[self.k]) for p in owners]
        return bool(owners) and all(
            any(unscaled(entries, n) == difference for n in several) for several in added
        )

    def is_pair(self, entry: Entry, p: int, targets: Sequence[int], starts: Sequence[int]) -> bool:
        """Whether the operands of a difference may be a prediction and its target.

        Without parameters, a sum with an operand that is named as a target may be one, too.
        """
        is_given = bool(targets) and self.inside.union(starts).isdisjoint(targets)
        if not is_given or self.goes_on(p, entry.number, targets):
            return False
        target = self.entries[targets[0]]
        is_sum = row(entry) == "add" and not starts
        if is_sum and not any(plain(last_part(name)) in TARGET for name in target.names):
            return False
        is_written = target.is_source and target.place.statement is entry.place.statement
        return not is_written or bool(target.shape)  # a number of the statement is no target

    def goes_on(self, p: int, end: int, targets: Sequence[int]) -> bool:
        """Whether a named output that nothing reads is computed from a value before entry `end`.

        Then the value is no prediction, since an activation follows it.
        """
        between = (e for e in self.entries[p + 1 : end] if not self.used_by[e.number])
        shape = self.entries[p].shape
        outputs = {e.number for e in between if e.names and e.kind == "f" and e.shape == shape}
        if not outputs:
            return False
        below = dependents([p], self.used_by, last=end - 1)
        return not outputs.isdisjoint(below - dependents(targets, self.used_by, last=end - 1))

    def given_loss(self) -> Iterator[Loss]:
        """Yield the loss that the caller gives, for the named prediction and target."""
        assert self.tape.loss is not None
        name, formula = self.tape.loss
        pair = prediction_and_target(self.tape.stores, self.inside, len(self.entries))
        if pair:
            place = self.entries[pair[0]].place
            yield Loss(name, None, pairs=[pair], prior=NAMED, place=place, formula=formula)
        elif (loss := next(self.assumed([]), None)) is not None:
            yield replace(loss, name=name, kind="", prior=NAMED, formula=formula)
