"""Group moves into steps; find unlike ones: a shorter batch, another branch, a reached limit.

And tell when a run has had steps enough.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np

from microgradnet.checking.finding.increments import increments, row
from microgradnet.checking.finding.parameters import Group, Parameter, Slots, parameters
from microgradnet.checking.finding.unseen import unreached
from microgradnet.tape.entry import Entry, Place, Ref, refs
from microgradnet.tape.replay import ancestors, dependents
from microgradnet.tape.tape import Tape

STEPS = 2  # judged steps of a training
LOOKED_AT = 40  # steps that are searched for one that moves a parameter
MOST = 3  # steps that are judged because they differ
ENOUGH = 3  # moves of a parameter that are enough
PATIENCE = 3000  # entries to wait for one more move of a parameter
WAITING = 15_000  # entries to wait for a branch that computes something
CHOOSING = ("maximum", "minimum", "clip")


def in_steps(
    several: Sequence[Parameter], entries: Sequence[Entry], is_even: bool = True
) -> list[list[int]]:
    """Return the versions of each parameter at the start of each step, and after the last step.

    A new step begins when a parameter would move a second time, or when a statement moves another
    one that is computed from no parameter that the step has read: that of another row. If not
    `is_even`, a parameter moves on while its moves read what the step has read, or come in a row:
    a table moves row by row or number by number, other parameters once.
    """
    moves = sorted({(v, i) for i, p in enumerate(several) for v in {*p.versions[1:]}})
    now, steps, moved, last = [p.versions[0] for p in several], list[list[int]](), set[Any](), -1
    bit = {v: 1 << k for k, v in enumerate(sorted({v for p in several for v in p.versions}))}
    read, start, seen = _read(entries, bit), 0, 0
    for v, i in moves:
        others = read[v] & ~bit[now[i]]
        is_apart, is_again = not others & start & seen, i in moved
        is_new = several[i].place in moved and bool(others) and is_apart
        if is_again:
            is_new = is_even or (i != last and is_apart)
        if is_new or not moved:
            steps.append([*now])
            moved, start, seen = set(), sum(bit[n] for n in {*now}), 0
        seen |= read[v]
        now[i], last = v, i
        moved |= {i, several[i].place}
    return [list(versions) for versions in zip(*steps, now)]


def _read(entries: Sequence[Entry], bit: Mapping[int, int]) -> dict[int, int]:
    """Return the versions of parameters that each version is computed from, as bits."""
    found, behind = dict[int, int](), list[int]()
    for entry in entries:
        read = 0
        for n in entry.operands:
            read |= behind[n]
        if entry.number in bit:
            found[entry.number], read = read, bit[entry.number]
        behind.append(read)
    return found


def is_whole(tape: Tape, several: Sequence[Parameter], k: int) -> bool:
    """Whether a step ran completely: recording left no loop in it early."""
    start, end = (max(p.versions[n] for p in several) for n in (k, k + 1))
    is_last = bool(tape.left) and 0 < k == len(several[0].versions) - 2
    lasting = [p for p in several if is_last and p.versions[-1] == p.versions[-2]]
    is_part = any(p.versions[0] != p.versions[1] for p in lasting)
    return not is_part and not any(start <= x.began and x.ended <= end for x in tape.left)


def unlike(
    tape: Tape, parameters: Sequence[Parameter], whole: Sequence[int], known: Sequence[int]
) -> list[int]:
    """Return the steps that compute in a way that no known step does.

    whole: the steps that ran completely.
    """
    ends = [max(p.versions[k] for p in parameters) for k in range(max(whole, default=0) + 2)]
    ways = {k: _way(tape, range(ends[k] + 1, ends[k + 1] + 1)) for k in whole}
    seen, found = set[Any]().union(*(ways[k] for k in known)), list[int]()
    for k in whole:
        if not ways[k] <= seen and len(found) < MOST:
            found.append(k)
            seen |= ways[k]
    return found


def _way(tape: Tape, numbers: Sequence[int]) -> set[Any]:
    """Return the ways of some entries: their places, shapes, and the sides of their choices."""
    several = [tape.entries[n] for n in numbers]
    made = [e for e in several if e.operation is not None and not e.aside]
    return {(id(e.place), e.shape, _chosen(tape, e)) for e in made}


def _chosen(tape: Tape, entry: Entry) -> tuple[bool, ...]:
    """Return whether some entries, and whether all, are on one side of a choice."""
    value: Any = entry.value
    if row(entry) in CHOOSING and type(entry.args[0]) is Ref:
        value = np.equal(value, tape.entries[entry.args[0]].value)
    is_choice = entry.kind == "b" or value is not entry.value
    return (bool(np.any(value)), bool(np.all(value))) if is_choice else ()


def is_added(entries: Sequence[Entry], new: int, old: int) -> bool:
    """Whether a step adds its move, with no minus on the way to its factors."""
    sums = [row(e) for e in (entries[new], *(entries[n] for n in refs(entries[new].args[2:3])))]
    todo = increments(entries, new, old)
    for n in todo:  # the loop appends to it
        is_number = entries[n].is_source and not entries[n].shape
        if row(entries[n]) == "negative" or (is_number and entries[n].value < 0):
            return False
        todo += entries[n].operands if row(entries[n]) in ("multiply", "divide") else ()
    return "add" in sums and "subtract" not in sums


def whole_steps(group: Group) -> list[int]:
    """Return the complete steps; only those that reshape no parameter, if there are any."""
    several, entries = group.parameters, group.tape.entries
    found = [k for k in range(len(several[0].versions) - 1) if is_whole(group.tape, several, k)]

    def is_reshaped(k: int) -> bool:  # by broadcasting, from a scalar
        ends = [(entries[p.versions[k]], entries[p.versions[k + 1]]) for p in several]
        return any(old.shape == () != new.shape for old, new in ends)

    return [k for k in found if not is_reshaped(k)] or found


def first_to_move(group: Group, whole: Sequence[int]) -> Sequence[int]:
    """Return the first steps that move a parameter: one of an inactive hinge tells nothing."""
    moving = (k for k in whole[:LOOKED_AT] if group.changing(k))
    return [*islice(moving, STEPS)] or whole[:STEPS]


def is_together(last: Group, p: Parameter) -> bool:
    """Whether a parameter moves during a training, or its move depends on that training."""
    if p.versions[1] <= max(q.versions[-1] for q in last.parameters):
        return True
    below = dependents([q.versions[0] for q in last.parameters], last.used_by)
    return not below.isdisjoint(ancestors(last.tape.entries, [p.versions[1]]))


SUMMING = ("matmul", "dot", "sum", "mean", "einsum", "outer", "tensordot")


def is_state_of(entries: Sequence[Entry], p: Parameter, q: Parameter) -> bool:
    """Whether a moving number is an optimizer's state: another moves by it, entry by entry."""
    shape, own, seen = entries[q.versions[0]].shape, {*p.versions[1:]}, set[int]()
    todo = list(q.versions[1:])
    while todo:
        n = todo.pop()
        if n in own:
            return True
        if n not in seen and row(entries[n]) not in SUMMING:
            seen.add(n)
            todo += [x for x in entries[n].operands if entries[x].shape in (shape, ())]
    return False


def places_moved(group: Group, k: int) -> set[Place]:
    """Return the places of the moves of a step that are not 0."""
    return {group.tape.entries[p.moved(k)].place for p in group.changing(k)}


def kept_fixed(group: Group, end: int) -> dict[int, Any]:
    """Return the values of the parameters of other trainings, which this one keeps fixed."""
    own, entries = group.parameters, group.tape.entries
    others = [p for p in group.every if len(p.versions) > 2 and not any(p is q for q in own)]
    others = [p for p in others if not any(is_state_of(entries, p, q) for q in own)]
    return {n: entries[n].value for p in others for n in p.versions if n < end}


def that_moves_most(
    group: Group, moved: Collection[int], whole: Sequence[int], known: Sequence[int]
) -> list[int]:
    """Return, in a list, the step that moves most of the parameters no judged step moves.

    A parameter behind an inactive unit may stay as it is in the first steps. moved: the starts of
    those that are judged; known: the judged steps.
    """
    counts = {
        k: sum(not any(v in moved for v in p.versions) for p in group.changing(k))
        for k in whole[:LOOKED_AT]
        if k not in known
    }
    best = max(counts, key=lambda k: counts[k], default=0)
    return [best] if counts.get(best) else []


class Enough:
    """Tells of a tape that grows which loops have run often enough."""

    def __init__(self) -> None:
        self.slots: Slots | None = None

    def __call__(self, tape: Tape, since: int) -> tuple[int, int] | None:
        """Return the entries between which the loops to leave began; None if more must be seen.

        The loops begin after the parameters that move in them, and one of these moves twice: a loop
        in the middle of a step is not left. since: the number of entries at the last call; a
        parameter that moved since then, but too seldom, is waited for.
        """
        if self.slots is None or self.slots.tape is not tape:
            self.slots = Slots(tape)
        every = parameters(self.slots)
        found = [(p, n) for p in every if (n := sum(v >= since for v in p.versions[1:]))]
        few = any(n < ENOUGH for _, n in found)
        if not found or all(n < ENOUGH for _, n in found):
            return None
        noted = sum(not e.aside for e in tape.entries[since:])
        if noted < (WAITING if any(unreached(tape)) else PATIENCE if few else 0):
            return None
        again = max((p.versions[-2] for p, _ in found if len(p.versions) > 2), default=0)
        return min(p.versions[0] for p, _ in found), again


def called_as_moved(tape: Tape, found: list[Parameter]) -> list[Parameter]:
    """Name the parameters as their moves store them, with index and key.

    If several get the same name (`for p, g in zip(params, grads): p -= g`), each keeps the name of
    its start.
    """
    for p in found:
        stores = (s for s in tape.stores if s.number == p.versions[1])
        slots = [s.slot for s in stores if s.place.statement is p.place.statement]
        p.name = (slots or [p.name])[-1]
    alike: dict[tuple[str, Place], list[Parameter]] = {}
    for p in found:
        alike.setdefault((p.name, p.place), []).append(p)
    for several in alike.values():
        own = [next(iter(tape.entries[p.versions[0]].names), p.name) for p in several]
        if len(set(own)) == len(several) > 1:
            for p, name in zip(several, own):
                p.name = name
    return found
