"""Replay a tape at other numbers, and sweep backward over it for the gradients of an entry."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping, Sequence
from itertools import repeat
from typing import Any

import numpy as np

from microgradnet.tape.entry import Entry, Ref, filled
from microgradnet.tape.rules.reductions import Contraction
from microgradnet.tape.rules.rows import STEP, Elementwise, by_differences, is_leaf, mapped
from microgradnet.tape.tape import Int

Values = Sequence[Any]
LARGE, LARGER = 100_000, 8  # numbers of an array, and times those of the run, that are too many
AVERAGING = ("mean", "var", "std", "average")


def computed(entry: Entry, values: Any) -> Any:
    """Return the value of an entry for other operands; None if it cannot be computed.

    values[number] is the value of an entry; if an operand is None, the result is None. So is an
    array that is much larger than in the run: repeated products of an edit would take all memory.
    """
    for n in entry.operands:
        if values[n] is None:
            return None
    try:
        operation = entry.operation
        assert operation is not None
        args = filled(entry.args, values)
        if operation.name in AVERAGING and not np.size(args[0]):
            return None  # NumPy warns about the mean of an empty array
        made = operation.value(*args, **(filled(entry.kw, values) if entry.kw else {}))
    except (ArithmeticError, ValueError, TypeError, IndexError, LookupError, MemoryError):
        return None  # the new numbers may be outside the operation's domain
    is_large = isinstance(made, np.ndarray) and made.size > LARGE
    return None if is_large and made.size > LARGER * np.size(entry.value) else made


def replayed(
    entries: Sequence[Entry],
    given: Mapping[int, Any],
    goes_on: Callable[[Entry, list[Any]], bool] | None = None,
    but: Container[int] = (),
) -> list[Any]:
    """Return the value of each entry at other numbers, given for some: parameters and data.

    goes_on: whether to go on after an entry, with the values up to it; else the list is empty;
    but: entries that nobody needs, which are None.
    """
    values: list[Any] = [None] * len(entries)
    moved = set(given)
    with np.errstate(all="ignore"):
        for entry in entries:
            i = entry.number
            if i in but:
                continue
            if i in given:
                values[i] = given[i]
            elif moved.isdisjoint(entry.operands):
                values[i] = entry.value
            else:
                values[i] = computed(entry, values)
                moved.add(i)
            drop_overwritten(entry, entries, values)
            if goes_on is not None and not goes_on(entry, values):
                return []
    share_last(entries, values)
    return values


class Changed(dict[int, Any]):
    """Values of some entries that override those of a replay."""

    def __init__(self, values: Values) -> None:
        super().__init__()
        self.values_below = values

    def __missing__(self, number: int) -> Any:
        return self.values_below[number]


def changed(
    entries: Sequence[Entry], values: Values, given: Mapping[int, Any], order: Iterable[int]
) -> Changed:
    """Return a replay with other values for some entries; only their dependents are recomputed.

    order: the wanted entries and their ancestors, in order.
    """
    new = Changed(values)
    new.update(given)
    with np.errstate(all="ignore"):
        for i in order:
            entry = entries[i]
            if i not in given and not new.keys().isdisjoint(entry.operands):
                new[i] = computed(entry, new)
    return new


def drop_overwritten(entry: Entry, entries: Sequence[Entry], values: Any) -> None:
    """Drop the value of the version that an entry writes over, if nothing else reads it."""
    for n in entry.operands[:1] if entry.is_written else ():
        if entries[n].overwritten_by:
            values[n] = None


def share_last(several: Sequence[Entry], values: Any) -> None:
    """Give the versions of arrays that were dropped the value of the last one.

    To write over that gives what the write gave, as it replaces elements whatever they were.
    """
    last = several[-1].number if several else 0
    for entry in reversed(several):
        if 0 < entry.overwritten_by <= last and values[entry.number] is None:
            values[entry.number] = values[entry.overwritten_by]


class Recorded:
    """The values of entries in the run, by number, to be read and replaced."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.entries = entries

    def __getitem__(self, number: int) -> Any:
        return self.entries[number].value

    def __setitem__(self, number: int, value: Any) -> None:
        self.entries[number].value = value


def uses(entries: Sequence[Entry], found: list[list[int]] | None = None) -> list[list[int]]:
    """Return for each entry those that read it, without trials (`aside`); `found` is extended."""
    found = [] if found is None else found
    for entry in entries[len(found) :]:
        found.append([])
        if not entry.aside:
            for n in dict.fromkeys(entry.operands):
                found[n].append(entry.number)
    return found


def is_coefficient(
    entries: Sequence[Entry], number: int, given: Collection[int], depth: int = 6
) -> bool:
    """Whether an entry is a single number that the code writes, or computes of such alone."""
    entry = entries[number]
    if number in given or entry.shape or not depth:
        return False
    return all(is_coefficient(entries, n, given, depth - 1) for n in entry.operands)


def dependents(
    starts: Iterable[int],
    used_by: Sequence[Sequence[int]],
    but: int | None = None,
    last: float = math.inf,
    known: Collection[int] = (),
) -> set[int]:
    """Return the entries that depend on `starts`, up to `last`, not by `but`, without `known`."""
    found, todo = set[int](), list(starts)
    while todo:
        for n in used_by[todo.pop()]:
            if n != but and n <= last and n not in found and n not in known:
                found.add(n)
                todo.append(n)
    return found


def ancestors(entries: Sequence[Entry], ends: Iterable[int], given: Iterable[int] = ()) -> set[int]:
    """Return `ends` and all entries that they are computed from, without those before `given`."""
    found, given = set(ends), set(given)
    todo = list(found - given)
    while todo:
        for n in entries[todo.pop()].operands:
            if n not in found:
                found.add(n)
                todo += () if n in given else (n,)
    return found


def sources(entries: Sequence[Entry]) -> Iterator[Entry]:
    """Yield the source entries of the run: those that no operation computed."""
    return (e for e in entries if e.is_source and not e.aside)


def gradients(
    entries: Sequence[Entry],
    values: Values | Mapping[int, Any],
    seeds: Mapping[int, Any],
    given: Container[int] = (),
    off: Callable[[Any], Any] | None = None,
    inside: Container[int] | None = None,
    kept: Container[int] = (),
) -> list[Any]:
    """Return for each entry the gradient of the seeded entries; None where none depends on it.

    It is None, too, for versions of an array that only the next write reads, but those `kept`.

    entries, values: a tape and one replay of it; seeds: entry -> upstream gradient, in its shape;
    given: entries whose values were given to the replay, so they depend on nothing; off: changes
    each gradient before it is passed on, as rounding may, and differences get another step;
    inside: if given, the only entries that are swept.
    """
    last, step = max(seeds), STEP if off is None else STEP / 2
    found: list[Any] = [None] * (last + 1)
    for i, g in seeds.items():
        found[i] = np.asarray(g, dtype=float)[()]
    with np.errstate(all="ignore"):
        for i in range(last, -1, -1):
            entry = entries[i]
            if off is not None and found[i] is not None:
                found[i] = mapped(off, found[i])
            if found[i] is None or entry.operation is None or i in given or entry.operation.is_flat:
                continue
            if inside is not None and i not in inside:
                continue
            hand_back(entry, found[i], found, values, step)
            if entry.overwritten_by and i not in kept:
                found[i] = None
    return found


def hand_back(entry: Entry, g: Any, found: Any, values: Any, step: float = STEP) -> None:
    """Add the gradients of an entry's operands, by that of its result, to those of their entries.

    found, values: the gradients and the values by entry; step: of differences.
    """
    if entry.operation is None or any(values[n] is None for n in entry.operands):
        return  # of a step that was not replayed
    args, kw = swept_operands(entry, values)
    out = values[entry.number]
    if entry.is_complex:
        back, kwback = by_differences(entry.operation.f, g, out, args, kw, step)
    else:
        back, kwback = entry.operation.back(g, out, args, kw, step)
    give(entry.args, back, found, values)
    give(entry.kw, kwback, found, values)


def swept_operands(entry: Entry, values: Any) -> tuple[Any, dict[str, Any]]:
    """Return the operands for a step of the backward sweep, with integers as floats.

    As floats, whole numbers get gradients, too.
    """
    args = filled(entry.args, values)
    if isinstance(entry.operation, (Elementwise, Contraction)):
        args = [_float(x) for x in args]
    return args, filled(entry.kw, values)


def _float(x: Any) -> Any:
    """Return an integer, or an array of integers, as floats; other objects unchanged."""
    if type(x) is int or isinstance(x, Int):
        return float(x)
    is_whole = isinstance(x, (np.ndarray, np.generic)) and x.dtype.kind in "iu"
    return x.astype(float) if is_whole else x


def give(tree: Any, back: Any, found: list[Any], values: Any) -> None:
    """Add the gradients of operands to the gradients of their entries."""
    if back is None:
        return
    if type(tree) is Ref:
        _add(int(tree), back, found, values)
    elif type(tree) in (list, tuple):
        for branch, g in zip(tree, back):
            give(branch, g, found, values)
    elif type(tree) is dict:
        for key, branch in tree.items():
            give(branch, back.get(key), found, values)


def _add(number: int, g: Any, found: list[Any], values: Any) -> None:
    """Add a gradient to that of an entry."""
    found[number] = _sum(found[number], g, values[number])


def _sum(g: Any, more: Any, value: Any) -> Any:
    """Return the sum of two gradients of a value, part by part; None counts as zero."""
    if isinstance(value, (tuple, list)):
        several = (repeat(None) if x is None else x for x in (g, more))
        return [_sum(x, y, v) for x, y, v in zip(*several, value)]
    if isinstance(value, dict):
        of, to = g or {}, more or {}
        return {k: _sum(of.get(k), to.get(k), v) for k, v in value.items()}
    if g is None and more is None:
        return np.zeros(np.shape(value)) if is_leaf(value) else None
    return g if more is None else more if g is None else g + more
