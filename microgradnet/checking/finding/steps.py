"""Group moves into steps; find unlike ones: a shorter batch, another branch, a reached limit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from microgradnet.checking.finding.parameters import Group, Parameter, increments, move_of, row
from microgradnet.tape.entry import Entry, Ref, refs
from microgradnet.tape.replay import ancestors, dependents
from microgradnet.tape.tape import Tape

STEPS = 2  # judged steps of a training
LOOKED_AT = 40  # steps that are searched for one that moves a parameter
MOST = 3  # steps that are judged because they differ
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
    """Whether a step adds what it moves by, with no minus on the way to its factors."""
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
    recorded = [e.value for e in group.tape.entries]
    moving = [
        k
        for k in whole[:LOOKED_AT]
        if any(np.any(move_of(p, k, recorded)) for p in group.moving(k))
    ]
    return (moving or whole)[:STEPS]


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
