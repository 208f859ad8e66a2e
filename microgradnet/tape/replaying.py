"""The tape run again: at other numbers, or with another entry's value in the place of one."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from microgradnet.tape.entry import Entry, filled

Values = Sequence[Any]
AVERAGING = ("mean", "var", "std", "average")


def computed(entry: Entry, values: Any) -> Any:
    """Return what an entry's operation gives of other operands; None where it cannot be computed.

    values[number] is the value of an entry; None of an operand makes None.
    """
    if any(values[n] is None for n in entry.operands):
        return None
    try:
        operation = entry.operation
        assert operation is not None
        args = filled(entry.args, values)
        if operation.name in AVERAGING and not np.size(args[0]):
            return None  # NumPy warns of such a mean
        return operation.value(*args, **filled(entry.kw, values))
    except (ArithmeticError, ValueError, TypeError, IndexError, LookupError):
        return None  # other numbers than those of the run may not be in its domain


def replayed(
    entries: Sequence[Entry], given: Mapping[int, Any], swapped: Mapping[int, int] | None = None
) -> list[Any]:
    """Return the value of each entry at other numbers.

    given: values of some entries (parameters, data); swapped: entry -> entry whose value it gets.
    """
    values: list[Any] = [None] * len(entries)
    swapped = swapped or {}
    with np.errstate(all="ignore"):
        for entry in entries:
            i = entry.number
            if i in given:
                values[i] = given[i]
            elif i in swapped:
                values[i] = values[swapped[i]]
            elif entry.operation is None:
                values[i] = entry.value
            else:
                values[i] = computed(entry, values)
    return values


class Changed(dict[int, Any]):
    """Values of some entries, over those of a replay."""

    def __init__(self, values: Values) -> None:
        super().__init__()
        self.values_below = values

    def __missing__(self, number: int) -> Any:
        return self.values_below[number]


def changed(
    entries: Sequence[Entry], values: Values, given: Mapping[int, Any], order: Iterable[int]
) -> Changed:
    """Return a replay with other values in some entries; only what depends on them is computed.

    order: the entries that are wanted and what they depend on, in order.
    """
    new = Changed(values)
    new.update(given)
    with np.errstate(all="ignore"):
        for i in order:
            entry = entries[i]
            if i not in given and not new.keys().isdisjoint(entry.operands):
                new[i] = computed(entry, new)
    return new


def uses(entries: Sequence[Entry]) -> list[list[int]]:
    """Return by entry the entries that read it; none that was noted aside."""
    found: list[list[int]] = [[] for _ in entries]
    for entry in entries:
        if not entry.aside:
            for n in dict.fromkeys(entry.operands):
                found[n].append(entry.number)
    return found


def dependents(
    starts: Iterable[int],
    used_by: Sequence[Sequence[int]],
    but: int | None = None,
    last: float = math.inf,
    known: Collection[int] = (),
) -> set[int]:
    """Return the entries that depend on some, up to a last one, without those known.

    but: an entry that is not gone through.
    """
    found, todo = set[int](), list(starts)
    while todo:
        for n in used_by[todo.pop()]:
            if n != but and n <= last and n not in found and n not in known:
                found.add(n)
                todo.append(n)
    return found


def ancestors(entries: Sequence[Entry], ends: Iterable[int], given: Iterable[int] = ()) -> set[int]:
    """Return some entries and all that they are computed from, but for what is given."""
    found, given = set(ends), set(given)
    todo = list(found - given)
    while todo:
        for n in entries[todo.pop()].operands:
            if n not in found:
                found.add(n)
                todo += () if n in given else (n,)
    return found


def sources(entries: Sequence[Entry]) -> Iterator[Entry]:
    """Yield the entries of the run that no operation made."""
    return (e for e in entries if e.is_source and not e.aside)
