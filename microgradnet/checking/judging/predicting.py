"""Compare predictions with the forward pass of the training: both have to compute the same.

The code's forward pass after its last step is compared with the forward pass of a step. The tape of
the training is replayed with the later pass's parameters and data; the value before the target has
to occur in the later pass. If a pass has other inputs (masks, running means), or statistics of its
own data, the two are not compared.
"""

from __future__ import annotations

import ast
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from microgradnet.checking.finding.increments import READS, SAME, origin, row
from microgradnet.checking.finding.points import is_data
from microgradnet.checking.finding.vocabulary import is_parameter
from microgradnet.checking.judging.judged_steps import Step, Training
from microgradnet.tape.entry import Entry, Place
from microgradnet.tape.replay import ancestors, changed, dependents, uses
from microgradnet.tape.tape import Tape

ADDING = ("add", "subtract")
STATISTICS = ("mean", "std", "var", "max", "min")  # by which data is scaled
MOST = 6  # passes that are compared
# Operations on a prediction, in a loss.
ELEMENTWISE = ("log", "subtract", "add", "negative", "maximum", "clip")


@dataclass(frozen=True)
class Passed:
    """A later pass: its place, and the place where it differs from training, None if nowhere."""

    place: Place
    parts_at: Place | None = None
    twin: Place | None = None


class Pass:
    """The entries of one forward pass that depend on parameters, and its other inputs.

    own: the entries of the parameters, in their order; every: all entries that depend on them by
    then; predicted: the entries that are compared with a target next.
    """

    def __init__(
        self,
        entries: Sequence[Entry],
        own: Sequence[int],
        inside: set[int],
        every: Sequence[int] = (),
    ) -> None:
        self.entries, self.own = entries, {n: k for k, n in enumerate(own)}
        self.inside = sorted(n for n in inside - self.own.keys() if not entries[n].aside)
        self.every, self.predicted, self.within = every, list[int](), set(every)
        known = {*self.inside, *self.own}
        self.several: dict[Hashable, list[int]] = {}
        for n in self.inside:
            for x in entries[n].operands:
                is_other = _is_constant(entries[x]) or _is_parameter(entries[x])
                if x not in known and not is_other:
                    self.several.setdefault(self.kind_of(x, entries[n]), []).append(x)
        self.taken = {kind: xs[0] for kind, xs in self.several.items()}
        read = [entries[n] for n in self.inside if row(entries[n]) in READS]
        self.rows = [repr(e.args[1]) for e in read if e.operands[0] in self.own]
        pairs = [(xs[0], x) for xs in self.several.values() for x in xs]
        self.is_clear = all(_is_equal(entries[a].value, entries[b].value) for a, b in pairs)

    def kind_of(self, n: int, reader: Entry) -> Hashable:
        """Return the kind of an input: its constant index, or its number of axes and last size."""
        entry = self.entries[n]
        node: ast.AST | None = entry.place.node
        if row(entry) != "getitem" and isinstance(reader.place.node, ast.BinOp):
            sides = reader.place.node.left, reader.place.node.right
            node = sides[reader.operands.index(n)] if len(reader.operands) == 2 else None
        index = node.slice if isinstance(node, ast.Subscript) else None
        if isinstance(index, ast.Constant):
            return repr(index.value), len(entry.shape)
        return "", len(entry.shape), *entry.shape[-1:]


def passes_after(tape: Tape, training: Training) -> Iterator[Passed]:
    """Yield the later passes that can be compared with the forward pass of a training step."""
    entries, used_by, seen = tape.entries, uses(tape.entries), set[tuple[str, int]]()
    trained = next(_trained(tape, training, used_by), None)
    if trained is None:
        return
    every = {v for p in training.every for v in p.versions}
    below = {n for n in dependents(every, used_by) if not entries[n].aside}
    behind = ancestors(entries, every)  # values that moves are computed from predict nothing
    known = {entries[n].place.function for n in trained.inside} - {""}  # none parts from itself
    known |= {place.function for place, ns in tape.returns if not trained.within.isdisjoint(ns)}
    begun = {e.frame: e.number for e in reversed(entries) if e.frame}
    for place, end in _ends(tape, below, max(every), used_by):
        is_known = place.function in known or (place.function, place.line) in seen
        if is_known or end in behind or len(seen) >= MOST:
            continue
        own = (e.frame for e in reversed(entries[: end + 1]) if e.place.function == place.function)
        first = begun.get(next(own, 0), max(every))
        inside = {n for n in ancestors(entries, [end], every) & below - every if n >= first}
        taken = {x for n in inside for x in entries[n].operands}
        if not all(_is_parameter(entries[x]) for x in taken & below - inside - every):
            continue  # it continues from values of the training
        versions = _versions(entries, [p.versions for p in training.every], inside, end)
        if not versions:
            continue
        after = Pass(entries, versions, inside)
        data = (n for n in ancestors(entries, after.taken.values()) if n >= first)
        if any(row(entries[n]) in STATISTICS for n in data):
            continue
        found = _held_against(tape, trained, after, place, end)
        if found is not None:
            seen.add((place.function, place.line))
            yield found


def _trained(tape: Tape, training: Training, used_by: Sequence[Sequence[int]]) -> Iterator[Pass]:
    """Yield the forward passes of steps in which no two parameters are the same object."""
    entries = tape.entries
    for step in training.steps:
        moving = [p.versions[step.k] for p in training.parameters if len(p.versions) > step.k + 1]
        now = [max([v for v in p.versions if v <= max(moving)], default=-1) for p in training.every]
        if len(set(now)) == len(now) and -1 not in now:
            below = dependents(now, used_by)
            every = sorted(n for n in below if n < step.runs.end and not entries[n].aside)
            made = Pass(entries, now, step.forward & below, every)
            made.predicted = list(_predictions(step, made))
            yield made


def _ends(
    tape: Tape, below: set[int], last: int, used_by: Sequence[Sequence[int]]
) -> Iterator[tuple[Place, int]]:
    """Yield the ends of passes: returned values, and values after the last step that none reads."""
    for place, several in tape.returns:
        yield from ((place, n) for n in several if n in below and place.function)
    entries = tape.entries
    yield from ((entries[n].place, n) for n in sorted(below) if n > last and not used_by[n])


def _versions(
    entries: Sequence[Entry], moved: Sequence[Sequence[int]], inside: set[int], end: int
) -> list[int] | None:
    """Return the version of each parameter that a pass reads; None if it reads several."""
    taken = {x for n in inside for x in entries[n].operands}
    found = []
    for versions in moved:
        own = [v for v in versions if v in taken] or [v for v in versions if v < end][-1:]
        if len(own) != 1:
            return None
        found += own
    return found


def _predictions(step: Step, trained: Pass) -> Iterator[int]:
    """Yield the predictions of a training step: the entries that meet a target next."""
    entries, inside = trained.entries, set(trained.inside)
    if step.loss.pairs:
        yield from (p for p, _ in step.loss.pairs)
        return
    reading = (entries[n].operands for n in inside)
    read = {x for several in reading if not trained.own.keys().isdisjoint(several) for x in several}
    before = ancestors(entries, read)  # after these, more parameters are read
    for n in trained.inside:
        others = [x for x in entries[n].operands if x not in inside and x not in trained.own]
        is_met = any(is_data(entries[x]) or entries[x].operands for x in others)
        if is_met and n not in before:
            found = [x for x in entries[n].operands if x in inside]
            while found and _is_of_one(trained, found[0]):
                found = [x for x in entries[found[0]].operands if x in inside]
            yield from found[:1]


def _is_of_one(trained: Pass, n: int) -> bool:
    """Whether an entry changes a prediction only entry by entry, without a parameter."""
    entry = trained.entries[n]
    return row(entry) in (*ELEMENTWISE, *SAME) and trained.own.keys().isdisjoint(entry.operands)


def _held_against(tape: Tape, trained: Pass, after: Pass, place: Place, end: int) -> Passed | None:
    """Compare a later pass with training; None where it has other inputs or ends in the middle."""
    entries = after.entries
    given = _inputs(trained, after)
    if given is None:
        return None
    values = changed(entries, [e.value for e in entries], given, trained.every)
    ways = [n for n in tape.guards if n in trained.within]
    if any(values[n] is None or bool(values[n]) != bool(entries[n].value) for n in ways):
        return None  # training would take another branch
    left_out = _left_out(trained, after, values)
    if left_out is not None:
        return left_out
    several = [origin(entries, named) for named in trained.predicted]  # outputs, one of which it is
    pairs = [(n, p) for p in several for n in after.inside if row(entries[n]) == row(entries[p])]
    met = [(entries[n].value, values[p]) for n, p in pairs if values[p] is not None]
    met = [(x, y) for x, y in met if np.shape(x) == np.shape(y)]
    if any(_is_equal(x, y) for x, y in met):
        return Passed(place)
    if not met or any(_is_equal(entries[end].value, values[n]) for n in trained.every):
        return None
    return _parting(tape, trained, after, given, place)


def _left_out(trained: Pass, after: Pass, values: Any) -> Passed | None:
    """Return the place where a later pass lacks a bias that training adds to the same value."""
    entries = after.entries
    used = {after.own[x] for n in after.inside for x in entries[n].operands if x in after.own}
    for n in trained.inside:
        own = [x for x in entries[n].operands if x in trained.own]
        rest = [x for x in entries[n].operands if x in trained.inside]
        if row(entries[n]) in ADDING and own and rest and trained.own[own[0]] not in used:
            same = [m for m in after.inside if _is_equal(entries[m].value, values[rest[0]])]
            if same:
                place = entries[same[-1]].place
                return Passed(place, place, entries[n].place)
    return None


def _inputs(trained: Pass, after: Pass) -> dict[int, Any] | None:
    """Return the parameters and data of a later pass as inputs of training; None if others differ.

    Training alone may have an input that only the last layers read: a target.
    """
    entries = after.entries
    is_clear = trained.is_clear and after.is_clear
    is_other = trained.rows != after.rows  # of a table: whole numbers in a list have no entries
    if is_other or not is_clear or any(k not in trained.taken for k in after.taken or [None]):
        return None
    new = {k: entries[n].value for n, k in after.own.items()}
    given = {n: new[k] for n, k in trained.own.items()}
    missing = {n for kind, n in trained.taken.items() if kind not in after.taken}
    inside = set(trained.inside)
    below = {n for n in trained.inside if missing & set(entries[n].operands)}
    for n in trained.inside:
        below |= {n} if below & set(entries[n].operands) else set()
    if any(set(entries[n].operands) & trained.own.keys() for n in below & inside):
        return None
    for kind, n in after.taken.items():
        given |= dict.fromkeys(trained.several[kind], entries[n].value)
    return given


def _parting(
    tape: Tape, trained: Pass, after: Pass, given: Mapping[int, Any], place: Place
) -> Passed:
    """Return the place of the first stored value of a pass that training does not compute."""
    entries = after.entries
    known = changed(entries, [e.value for e in entries], given, trained.every)
    inside = set(after.inside)
    own = [s for s in tape.stores if s.number in inside and s.place.function == place.function]
    for stored in own:
        value = entries[stored.number].value
        named = [s for s in tape.stores if s.text == stored.text and s.number in trained.within]
        there = [s.number for s in named] or trained.inside
        if not any(_is_equal(value, known[n]) for n in there):
            twins = [s.place for s in named if s.place.statement is not stored.place.statement]
            return Passed(place, stored.place, twins[0] if twins else None)
    return Passed(place, place)


def _is_equal(a: Any, b: Any) -> bool:
    return a is not None and np.shape(a) == np.shape(b) and bool(np.allclose(a, b, rtol=1e-9))


def _is_constant(entry: Entry) -> bool:
    is_literal = isinstance(entry.place.node, (ast.Constant, ast.UnaryOp))
    return entry.is_source and is_literal and not is_data(entry)


def _is_parameter(entry: Entry) -> bool:
    """Whether a number is named as a parameter: one that this training does not move."""
    return any(is_parameter(name) for name in entry.names)
