"""Read how an entry is computed from an earlier one: a copy, a part, or plus or minus something."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from microgradnet.tape.entry import Entry, Ref, refs
from microgradnet.tape.replay import ancestors, is_coefficient

# Operations that return the number they are given, as another object.
SAME = ("same", "array", "copy", "astype")
READS = ("getitem", "take")
ADDING = ("add_at", "subtract_at")
MOST_BETWEEN = 30  # entries of a projection
# With these alone, a value is decayed, or shrunk as by an absolute value in the loss.
ARITHMETIC = (*SAME, "add", "subtract", "multiply", "divide", "sign", "negative", "setitem")


def row(entry: Entry) -> str:
    """Return the name of an entry's operation; "" for a source."""
    return entry.operation.name if entry.operation is not None else ""


def is_root(entries: Sequence[Entry], entry: Entry) -> bool:
    """Whether an entry is a square root, or a power with an exponent that is no integer."""
    if row(entry) == "power":
        exponent = entry.args[1]
        value = np.asarray(entries[exponent].value if type(exponent) is Ref else exponent)
        return value.dtype.kind == "O" or bool(np.any(value != np.round(value)))
    return row(entry) == "sqrt"


def origin(entries: Sequence[Entry], number: int) -> int:
    """Return the entry whose value an entry merely copies or reads."""
    while True:
        entry = entries[number]
        args = entry.args
        if row(entry) in SAME and type(args[0]) is Ref:
            number = int(args[0])
        elif row(entry) in READS and type(args[0]) is Ref:
            inner = entries[origin(entries, int(args[0]))]
            writes = "setitem" if row(entry) == "getitem" else "put"
            is_write = row(inner) == writes and type(inner.args[2]) is Ref
            if not is_write or not _same_index(inner.args[1], args[1]):
                return number
            number = int(inner.args[2])
        else:
            return number


def _same_index(a: object, b: object) -> bool:
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return np.array_equal(np.asarray(a), np.asarray(b))
    return type(a) is type(b) and a == b


def moved_from(entries: Sequence[Entry], entry: Entry) -> list[int]:
    """Return the entries that an entry may be a step from: terms of its sum, or its old array."""
    name, args = row(entry), entry.args
    if name in ("setitem", "put") and type(args[0]) is Ref and type(args[2]) is Ref:
        old = origin(entries, int(args[0]))
        at = _numbers(entries, args[1]) if name == "setitem" else ()
        return [old] if _is_step(entries, int(args[2]), old, at=at) else []
    if name in ADDING and type(args[0]) is Ref:
        return [origin(entries, int(args[0]))]
    return _terms(entries, entry, 6)


def _numbers(entries: Sequence[Entry], index: object) -> tuple[int, ...]:
    """Return an index of whole numbers alone as a tuple; () for any other index."""
    several = index if isinstance(index, tuple) else (index,)
    values = [entries[x].value if type(x) is Ref else x for x in several]
    is_plain = all(isinstance(x, (int, np.integer)) and type(x) is not bool for x in values)
    return tuple(int(x) for x in values) if is_plain else ()


def _terms(entries: Sequence[Entry], entry: Entry, depth: int) -> list[int]:
    """Return the entries that a sum begins with, and those of the sums in it."""
    if row(entry) not in ("add", "subtract") or not depth:
        return []
    first = entry.args[:1] if row(entry) == "subtract" else entry.args[:2]
    found = [origin(entries, int(x)) for x in first if type(x) is Ref]
    inner = [entries[n] for n in found if not entries[n].names]
    return found + [n for e in inner for n in _terms(entries, e, depth - 1)]


def shrunk(entries: Sequence[Entry], number: int) -> int:
    """Return the entry that an entry is a written number times, as by weight decay; else itself."""
    entry = entries[number]
    several = [x for x in entry.args if type(x) is Ref] if row(entry) == "multiply" else []
    others = [int(x) for x in several if not is_coefficient(entries, int(x), ())]
    return origin(entries, others[0]) if len(others) == 1 < len(entry.args) else number


def unscaled(entries: Sequence[Entry], number: int) -> int:
    """Return the entry that an entry is a product of written numbers and."""
    while (inner := shrunk(entries, origin(entries, number))) != number:
        number = inner
    return number


def _is_step(
    entries: Sequence[Entry], number: int, old: int, depth: int = 6, at: tuple[int, ...] = ()
) -> bool:
    """Whether a value is the old content of an array plus or minus something.

    at: the whole numbers of the index that is written; a state of S[t + 1] = S[t] - ... is no step.
    """
    entry, name = entries[number], row(entries[number])
    if number == old or not depth:
        return number == old
    if name in (*READS, "setitem"):  # a row, which may be the last one written, or a part of one
        part = entry.args[2 if name == "setitem" else 0]
        read = _numbers(entries, entry.args[1]) if at and name == "getitem" else at
        if read and read != at:
            return False
        if type(part) is Ref and _is_step(entries, int(part), old, depth - 1, at):
            return True
    if (inner := origin(entries, number)) != number:
        return _is_step(entries, inner, old, depth, at)
    is_sum = name in ("add", "subtract", "clip")
    is_some = is_sum and any(_is_step(entries, n, old, depth - 1, at) for n in entry.operands)
    return is_some or (is_sum and bool(_decayed(entries, entry, old)))


def _decayed(entries: Sequence[Entry], entry: Entry, old: int) -> list[int]:
    """Return the first operand of a sum if that is an entry times a written number: its rest."""
    return [n for n in entry.operands[:1] if n != old and unscaled(entries, n) == old]


def increments(entries: Sequence[Entry], new: int, old: int) -> list[int]:
    """Return the entries that a step adds to an entry, or subtracts from it."""
    found, todo, seen = list[int](), [new], set[int]()
    while todo:
        number = todo.pop()
        entry, name = entries[number], row(entries[number])
        if number in seen:
            continue
        seen.add(number)
        if name in ("setitem", "put"):
            todo += refs(entry.args[2:3])
        elif name in ADDING:
            todo += refs(entry.args[0])
            found += refs(entry.args[2])
        elif number == old or origin(entries, number) == old or name in (*READS, *SAME):
            continue
        elif name in ("add", "subtract", "clip"):
            steps = [n for n in entry.operands if _is_step(entries, n, old)]
            todo += steps
            rest = steps or _decayed(entries, entry, old)
            found += [n for n in entry.operands if n not in rest]
        else:
            found.append(number)
    return found


def between(entries: Sequence[Entry], old: int, new: int) -> set[int]:
    """Return the entries by which one is computed from another and single numbers; else none."""
    found, todo, is_met = {new}, [new] if old < new else [], False
    while todo and len(found) <= MOST_BETWEEN:
        for n in entries[todo.pop()].operands:
            is_met |= n == old
            is_whole = n < old or (n > old and entries[n].is_source)
            if is_whole and not entries[n].is_single:
                return set()
            if n > old and n not in found:
                found.add(n)
                todo.append(n)
    return found if is_met and not todo else set()


def is_projection(entries: Sequence[Entry], old: int, new: int) -> bool:
    """Whether an entry is another one made valid, as a unit vector is: not decayed or shrunk."""
    way, shape = between(entries, old, new), entries[old].shape
    below = [entries[n] for n in way if old in ancestors(entries, [n], [old])]
    is_by_numbers = all(row(e) in ARITHMETIC and e.shape == shape for e in below)
    return bool(way) and not is_by_numbers
