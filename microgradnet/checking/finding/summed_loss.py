"""Find a loss in two parts that a step computes and never adds, as those of an autoencoder.

Some value on the way to a move is a factor times the sum of their gradients, with a number of the
code as the weight of the second.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import combinations, islice
from typing import Any

import numpy as np

from microgradnet.checking.finding.carried_loss import FIRST, Carried
from microgradnet.checking.finding.proportions import HOLDS, common, is_equal, most_frequent
from microgradnet.checking.finding.upstream import NAMED, Loss
from microgradnet.tape.entry import Entry, Ref
from microgradnet.tape.replay import ancestors
from microgradnet.tape.table import TABLE

SUMMED = "sum"  # the kind of such a loss
PAIRS = 10  # of numbers that are tried
Way = Sequence[tuple[Any, Sequence[Any]]]  # the values of an entry, and gradients by both parts


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
    if any(x is None or np.shape(x) != np.shape(u) for x in (g, h)) or np.size(u) < 3:
        return None
    table = np.array([np.ravel(g), np.ravel(h)], dtype=float).T
    if not (np.isfinite(table).all() and np.isfinite(u).all() and table.any(axis=0).all()):
        return None
    a, b = np.linalg.lstsq(table, np.ravel(u), rcond=None)[0]
    rest = np.abs(table @ (a, b) - np.ravel(u)).max()
    return float(b / a) if a and b and rest <= HOLDS * np.abs(u).max() else None
