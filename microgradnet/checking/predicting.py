"""Training against predicting: where what the trained parameters give is another forward pass.

Each entry has a form: its operation and the forms of its operands, where a parameter is itself at
any step and data are all alike. What uses the trained parameters has the forms of training up to
its last layer. Where an entry leaves them, though what comes after meets a parameter as in
training, both ways there are computed from the same numbers: the passes part if they differ. They
do, too, where a bias is added in training and nowhere later. Ways with masks are not compared.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence

import numpy as np

from microgradnet.checking.check import Training
from microgradnet.checking.parameters import SAME, row
from microgradnet.checking.points import is_data
from microgradnet.tape.entry import Entry, Place
from microgradnet.tape.replaying import ancestors, changed, dependents, uses
from microgradnet.tape.tape import Tape

DATA, ADDING = "data", ("add", "subtract")


class Pass:
    """The forms of a forward pass. own: the entries that hold the parameters, in their order."""

    def __init__(self, entries: Sequence[Entry], own: Sequence[int], inside: set[int]) -> None:
        self.entries, self.own, self.inside = entries, set(own), inside
        self.forms: dict[int, Hashable] = {n: ("parameter", k) for k, n in enumerate(own)}
        self.first: dict[Hashable, int] = {}  # by form the entry that had it first
        for n in sorted(inside - self.own):
            several = tuple(self.form(x) for x in entries[n].operands)
            form = several[0] if row(entries[n]) in SAME else hash((row(entries[n]), several))
            self.forms[n] = form
            self.first.setdefault(form, n)

    def form(self, n: int) -> Hashable:
        """Return the form of an operand."""
        if n in self.forms:
            return self.forms[n]
        return float(self.entries[n].value) if _is_constant(self.entries[n]) else DATA

    def is_plain(self, several: set[int]) -> bool:
        """Whether entries take nothing but each other, parameters and constants: no mask, say."""
        taken = {x for n in several for x in self.entries[n].operands} - self.inside - self.own
        return all(_is_constant(self.entries[x]) for x in taken)

    def way(self, start: int, end: int, used_by: Sequence[Sequence[int]]) -> set[int]:
        """Return the entries from one to another, the last one too."""
        return ancestors(self.entries, [end], {start}) & dependents([start], used_by)


def _is_constant(entry: Entry) -> bool:
    return entry.is_source and not entry.shape and not is_data(entry)


def partings(tape: Tape, training: Training) -> Iterator[tuple[Place, Place]]:
    """Yield where a later pass parts from training, and the place in training that it leaves."""
    step, entries, used_by = training.steps[0], tape.entries, uses(tape.entries)
    moved = [p for p in training.parameters if len(p.versions) > step.k + 1]
    now, last = ([p.versions[k] for p in moved] for k in (step.k, -1))
    trained = Pass(entries, now, step.forward & dependents(now, used_by))
    later = {n for n in dependents(last, used_by) if not entries[n].aside}
    after = Pass(entries, last, {n for n in later if n > max(last)})
    found = dict[int, tuple[Place, Place]]()
    for known in sorted(after.inside):
        twin = trained.first.get(after.forms[known])
        follow = [x for x in used_by[known] if x in after.inside]
        if twin is None or any(after.forms[x] in trained.first for x in follow):
            continue
        place, other = entries[known].place, entries[twin].place
        is_same = place.statement is other.statement or place.function == other.function != ""
        if not is_same and _parts(trained, after, used_by, (twin, known)):  # one code cannot part
            found.setdefault(id(place), (place, other))
    yield from found.values()


def _parts(
    trained: Pass, after: Pass, used_by: Sequence[Sequence[int]], start: tuple[int, int]
) -> bool:
    """Whether two passes part where both have the same: at its entry in training, and later."""
    entries, (twin, known) = after.entries, start
    follow = [x for x in used_by[twin] if x in trained.inside]
    used = {after.forms[x] for m in after.inside for x in entries[m].operands if x in after.own}
    for x in follow if len(follow) == 1 and row(entries[follow[0]]) in ADDING else ():
        if any(trained.forms[q] not in used for q in entries[x].operands if q in trained.own):
            return True
    for m in sorted(dependents([known], used_by) & after.inside):
        taken = {after.forms[x] for x in entries[m].operands if x in after.own}
        for end in sorted(dependents([twin], used_by) & trained.inside if taken else ()):
            meets = taken == {trained.forms[x] for x in entries[end].operands if x in trained.own}
            if meets and row(entries[end]) == row(entries[m]) and row(entries[m]) not in ADDING:
                ways = trained.way(twin, end, used_by), after.way(known, m, used_by)
                is_plain = trained.is_plain(ways[0]) and after.is_plain(ways[1])
                return is_plain and not _agree(trained, after, start, (end, m), ways)
    return False


def _agree(
    trained: Pass,
    after: Pass,
    start: tuple[int, int],
    ends: tuple[int, int],
    ways: Sequence[set[int]],
) -> bool:
    """Whether two ways give the same from the same, with the trained parameters."""
    entries = after.entries
    values = [e.value for e in entries]
    latest = {after.forms[n]: entries[n].value for n in after.own}
    own = {n: latest[trained.forms[n]] for n in trained.own}
    given = entries[start[0]].value
    a = changed(entries, values, {**own, start[0]: given}, sorted(ways[0]))[ends[0]]
    b = changed(entries, values, {start[1]: given}, sorted(ways[1]))[ends[1]]
    return a is None or b is None or (np.shape(a) == np.shape(b) and np.allclose(a, b))
