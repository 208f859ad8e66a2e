"""Find the losses that code means and does not compute: assumed ones, and a sum in two parts.

An assumed loss is one of predictions and their targets. A loss in two parts, as an autoencoder's,
is one whose parts a step computes and never adds: some value on the way to a move is a factor times
the sum of their gradients, with a number of the code as the weight of the second.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations, islice
from typing import Any

import numpy as np

from microgradnet.checking.finding.carried_loss import FIRST, Carried
from microgradnet.checking.finding.increments import increments, row, unscaled
from microgradnet.checking.finding.parameters import Parameter, Readers
from microgradnet.checking.finding.proportions import common, fitted, is_equal, most_frequent
from microgradnet.checking.finding.upstream import (
    ASSUMED,
    LABELS,
    NAMED,
    Loss,
    less_one_hot,
    prediction_and_target,
    pulled,
)
from microgradnet.checking.finding.vocabulary import TARGET, is_loss, last_part, plain
from microgradnet.tape.entry import Entry, Place, Ref, refs
from microgradnet.tape.replay import ancestors, dependents
from microgradnet.tape.table import TABLE
from microgradnet.tape.tape import Int, Tape

SUMMED = "sum"  # the kind of such a loss
PAIRS = 10  # of numbers that are tried
Way = Sequence[tuple[Any, Sequence[Any]]]  # the values of an entry, and gradients by both parts


class Assuming:
    """The entries of step k, among which predictions and their targets are searched.

    inside: those that depend on its parameters and on no later ones; moving, starts: the parameters
    that it moves, and the entries of all at its start.
    """

    tape: Tape
    entries: Sequence[Entry]
    used_by: Readers
    inside: set[int]
    moving: Sequence[Parameter]
    starts: list[int]
    k: int

    def assumed(self, starts: Sequence[int]) -> Iterator[Loss]:
        """Yield the assumed losses of predictions and targets subtracted from each other."""
        groups: dict[int, tuple[Place, list[tuple[int, Any]]]] = {}
        for n in sorted(self.inside):
            entry = self.entries[n]
            if (p := less_one_hot(self.entries, entry)) is not None:
                words = f"{LABELS}, {entry.place.text}"
                yield Loss(words, None, LABELS, [(p, Ref(n))], prior=1.0, place=entry.place)
            is_sum = row(entry) in ("subtract", "add")
            if entry.aside or entry.is_complex or not is_sum:
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

    def squares(self) -> Iterator[Loss]:
        """Yield the squared errors among the assumed losses."""
        return (f for f in self.assumed(self.starts) if f.kind == ASSUMED[0])

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
        whole = [{unscaled(entries, n) for n in several} for several in added]
        return bool(owners) and all(difference in several for several in whole)

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

    def of_names(self, given: Sequence[int]) -> list[Loss]:
        """Return the losses that code without moves may derive: named ones, else assumed ones."""
        tape, entries, named = self.tape, self.entries, dict[str, Loss]()
        several = [(p.function, n, p) for p, numbers in tape.returns for n in numbers[:1]]
        for text, n, place in (*several, *((s.text, s.number, s.place) for s in tape.stores)):
            is_number = entries[n].kind == "f" and np.size(entries[n].value) == 1
            if n in self.inside and is_number and is_loss(text):
                named[text] = Loss(text, n, prior=NAMED, place=place)
        of_pass = list(pulled(tape, given))
        if named:
            terms = {n for f in named.values() for n in self.terms(f.ends())}
            return [*of_pass, *(f for f in [*named.values()][::-1] if f.number not in terms)]
        given_or = self.given_loss() if tape.loss is not None else [*of_pass, *self.assumed([])]
        return list(given_or)

    def terms(self, several: Sequence[int]) -> Iterator[int]:
        """Yield the terms that some entries are sums of, as a penalty."""
        for e in map(self.entries.__getitem__, several):
            if row(e) in ("add", "subtract"):
                yield from (*e.operands, *self.terms(e.operands))


def summed(entries: Sequence[Entry], one: Loss, other: Loss, weight: Entry | None) -> Loss:
    """Return the loss that is one number of a step plus a weight times another; None is 1."""
    a, b = (entries[n] for loss in (one, other) for n in loss.ends())
    factor = 1.0 if weight is None else float(weight.value)
    at = weight or b
    made = [
        replace(at, number=FIRST, operation=None, args=(), kw={}, operands=(), value=factor),
        _operation(b, FIRST + 1, "multiply", FIRST, b.number),
        _operation(a, FIRST + 2, "add", a.number, FIRST + 1),
    ]
    times = "" if weight is None else f"{[weight.place.text, *weight.names][-1]} * "
    name, carried = f"{one.name} + {times}{other.name}", Carried(made, [a.number, b.number])
    return Loss(name, None, SUMMED, prior=NAMED, place=a.place, origin=a.number, carried=carried)


def _operation(at: Entry, number: int, name: str, x: int, y: int) -> Entry:
    args = (Ref(x), Ref(y))
    return replace(at, number=number, operation=TABLE[name], args=args, kw={}, operands=(x, y))


def again(entries: Sequence[Entry], loss: Loss, several: Iterable[Loss]) -> Loss | None:
    """Return such a loss of another step, with the weight that the code has there.

    entries: those up to the end of the step; several: the numbers that it computes.
    """
    assert loss.carried is not None
    weight, other, _ = loss.carried.entries
    at = {id(x.place): x for x in sorted(several, key=lambda x: x.shared)}  # not of other rows
    one, two = at.get(id(loss.place)), at.get(id(other.place))
    if one is None or two is None:
        return None
    is_number = weight.place is not other.place
    found = [e for e in entries if e.place is weight.place] if is_number else []
    return summed(entries, one, two, found[-1] if found else None)


def sum_of_two(
    entries: Sequence[Entry], several: Sequence[Loss], ways: Callable[[Loss, Loss], Iterable[Way]]
) -> Loss | None:
    """Return the sum of two named numbers of a step that some move goes down; None without one.

    entries: those up to the end of the step; several: the numbers that it computes; ways: returns
    for two numbers, of each value that may be a gradient in a move, its numbers at all points, with
    the gradients by both.
    """
    parts = [f.number for f in several if f.number is not None and f.number < len(entries)]
    parts = [n for n in parts if entries[n].names]
    first = {n for n in parts if {*parts} & ancestors(entries, [n]) == {n}}  # no sum of one
    ordered = sorted((f for f in several if f.number in first), key=lambda f: -f.shared)
    numbers = [e for e in entries if e.kind == "f" and not e.shape and not e.aside]
    for pair in islice(combinations(ordered, 2), PAIRS):
        one, other = sorted(pair, key=lambda f: f.ends())
        if are_added(entries, one.ends() + other.ends()):
            continue
        found = [common(_weight(u, g[0], g[1]) for u, g in way) for way in ways(one, other)]
        weight, _ = most_frequent(found)
        if weight is None:
            continue
        known = [e for e in numbers if is_equal(float(e.value), weight)]
        if known or is_equal(weight, 1.0):
            return summed(entries, one, other, None if is_equal(weight, 1.0) else known[-1])
    return None


def are_added(entries: Sequence[Entry], parts: Sequence[int]) -> bool:
    """Whether a step computes something from both parts: then that is the loss."""
    one, other = ({part} for part in parts)
    for entry in entries[min(parts) :]:
        for below in (one, other):
            if not (entry.aside or below.isdisjoint(entry.operands)):
                below.add(entry.number)
    return not one.isdisjoint(other)


def _weight(u: Any, g: Any, h: Any) -> float | None:
    """Return the weight w with which u is a multiple of g + w * h; None without one."""
    if any(x is None or np.shape(x) != np.shape(u) or not np.any(x) for x in (g, h)):
        return None
    fit = fitted(u, [g, h])
    return fit[1] / fit[0] if fit is not None and all(fit) else None
