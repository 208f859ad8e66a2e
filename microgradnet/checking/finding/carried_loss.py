"""Carry a loss that the code computes at another time over to a step, which never computes it.

Such a loss is printed after an update, or now and then, or for all rows while a step takes a few.
Its operations are repeated at the parameters and on the rows of the step. What the step computes
itself is shared, so that its forward pass is known.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from microgradnet.checking.finding.increments import READS, row
from microgradnet.checking.finding.points import is_data
from microgradnet.tape.entry import Entry, Ref, mapped, refs
from microgradnet.tape.replay import (
    Changed,
    ancestors,
    computed,
    hand_back,
    is_coefficient,
)

FIRST = 10**9  # the number of the first operation that is repeated


@dataclass(slots=True)
class Carried:
    """Operations that a step does not do itself; the last one is the loss.

    ends: the entries of the step that they read and that depend on its parameters; has_rows:
    whether rows stand for all data, so that a factor is open; penalised: the parameters in `ends`
    that have a term of regularisation.
    """

    entries: list[Entry]
    ends: list[int]
    has_rows: bool = False
    penalised: set[int] = field(default_factory=set)

    def seeds(self, values: Any) -> dict[int, Any]:
        """Return the gradients of the loss by the entries it is computed from."""
        with np.errstate(all="ignore"):
            return self._swept(values)

    def _swept(self, values: Any) -> dict[int, Any]:
        new: Any = Changed(values)
        for entry in self.entries:
            new[entry.number] = entry.value if entry.is_source else computed(entry, new)
        last = self.entries[-1].number
        found: Any = defaultdict(lambda: None)
        found[last] = np.nan if new[last] is None else np.ones(np.shape(new[last]))
        for entry in reversed(self.entries):
            g = found[entry.number]
            if g is not None and entry.operation is not None and not entry.operation.is_flat:
                hand_back(entry, g, found, new)
        nothing = np.nan if new[last] is None else 0.0
        ends = {n: found[n] for n in self.ends}
        return {
            n: np.full(np.shape(values[n]), nothing) if g is None else g for n, g in ends.items()
        }

    def at(self, at: Sequence[int]) -> Carried:
        """Return the operations for another tape. at: the numbers of its entries."""
        several = [_operands(e, lambda n: n if n >= FIRST else at[n]) for e in self.entries]
        penalised = {at[n] for n in self.penalised}
        return Carried(several, [at[n] for n in self.ends], self.has_rows, penalised)


class _Same(dict[int, int]):
    """The first of equal entries, by entry."""

    def __missing__(self, number: int) -> int:
        return number


def _operands(entry: Entry, to: Any, number: int | None = None) -> Entry:
    """Return an entry with other operands. to: the new number of each."""
    args, kw = mapped((entry.args, entry.kw), lambda x: Ref(to(x)) if type(x) is Ref else x)
    number = entry.number if number is None else number
    return replace(entry, number=number, args=args, kw=kw, operands=tuple(refs((args, kw))))


def carried(
    entries: Sequence[Entry],
    number: int,
    starts: Mapping[int, int],
    end: int,
    below: Collection[int],
    used: Collection[int],
    given: Collection[int],
    apart: Collection[int] = (),
) -> Carried | None:
    """Return a loss of another time as one of a step; None if that takes other data.

    starts: the parameters at the start of the step, by their versions in the loss; end: of the
    step; below: the entries that depend on its parameters; used: those that its moves are computed
    from; given: those that are drawn at the points; apart: the statements, by identity, of which
    nothing is shared, since they go on with the backward pass.
    """
    inside = [n for n in sorted(below) if n < end]
    own_used = [n for n in used if n > max(starts.values(), default=0)]
    own, same = dict[Any, int](), _Same()
    for e in map(entries.__getitem__, sorted({*inside, *own_used})):
        if id(e.place.statement) not in apart and not e.is_source:
            same[e.number] = own.setdefault(_key(e, entries, same.__getitem__), e.number)
    rows, new, made, moved = _rows(entries, own_used), dict[int, int](), list[Entry](), set[int]()
    behind = sorted(ancestors(entries, [number], {*starts, *rows}))
    others = {n: _other_data(entries, n, used, starts) for n in behind}
    rows |= {n: rows.get(m, m) for n, m in others.items() if m is not None}
    again, anew = _made_again(entries, behind, used, max(starts.values(), default=0))
    rows |= anew
    read = {*used, *again}
    sizes = {entries[a].shape[0]: entries[b].shape[0] for a, b in rows.items() if a in behind}
    for n in behind:
        entry = entries[n]
        if n in starts:
            new[n] = starts[n]
            moved.add(n)
        elif n in rows:
            new[n] = rows[n]
        elif anew.keys() & entry.operands[1:] and row(entry) in READS and entry.operands[0] in rows:
            new[n] = rows[entry.operands[0]]  # rows of another batch
        elif moved.isdisjoint(entry.operands):
            new[n] = again.get(n, n)
            known = None if entry.is_source else own.get(_key(entry, entries, new.__getitem__))
            if known is not None:
                new[n] = known
                continue
            if entry.is_source and not _is_literal(entry) and n not in read:
                return None
            if new[n] >= end or not {new[o] for o in entry.operands} <= {*entry.operands}:
                new[n] = FIRST + len(made)
                made.append(_operands(entry, new.__getitem__, new[n]))
            if _is_range(entry) and entry.shape[0] in sizes:
                new[n] = FIRST + len(made)
                made.append(replace(entry, number=new[n], value=np.arange(sizes[entry.shape[0]])))
        else:
            moved.add(n)
            key = _key(entry, entries, new.__getitem__)
            new[n] = own.get(key, FIRST + len(made))
            if new[n] >= FIRST:
                made.append(_operands(entry, new.__getitem__, new[n]))
    if not made or new[number] < FIRST or new[number] != made[-1].number:
        return None
    mixed = _mixed(entries, {*new.values()}, [n for n in inside if n in used])
    if mixed and not apart:
        return carried(entries, number, starts, end, below, used, given, mixed)
    ends = {o for e in made for o in e.operands if o in below or o in starts.values()}
    has_rows = any(new[n] != n for n in rows if n in new)
    return Carried(made, sorted(ends), has_rows, _penalised(made, entries, starts, given))


def _mixed(entries: Sequence[Entry], shared: set[int], used: Sequence[int]) -> set[int]:
    """Return the statements, by identity, of which a step shares some entries, but not all."""
    several = [{id(entries[n].place.statement) for n in used if (n in shared) == k} for k in (0, 1)]
    return several[0] & several[1]


def _penalised(
    made: Sequence[Entry],
    entries: Sequence[Entry],
    starts: Mapping[int, int],
    given: Collection[int],
) -> set[int]:
    """Return the parameters that a number depends on without any data."""
    alone: dict[int, set[int]] = {n: {n} for n in starts.values()}
    found = set[int]()
    for entry in made:
        rest = [n for n in entry.operands if n not in alone]
        if all(n < FIRST and is_coefficient(entries, n, given) for n in rest):
            alone[entry.number] = {p for n in entry.operands for p in alone.get(n, ())}
            is_number = entry.kind == "f" and np.size(entry.value) == 1
            found |= alone[entry.number] if is_number else set()
    return found


def _rows(entries: Sequence[Entry], used: Collection[int]) -> dict[int, int]:
    """Return the only selection of rows that a step reads from each array, by array."""
    found = dict[int, set[int]]()
    for n in used:
        entry = entries[n]
        shape = entry.shape
        of = entry.operands[0] if row(entry) in READS and entry.operands else n
        is_fewer = shape[1:] == entries[of].shape[1:] and len(shape) == len(entries[of].shape)
        if of != n and shape and is_fewer:
            found.setdefault(of, set()).add(n)
    single = {of: min(several) for of, several in found.items() if len(several) == 1}
    for of, n in single.items():
        while n in single:
            n = single[n]
        single[of] = n
    return single


def _other_data(
    entries: Sequence[Entry], n: int, used: Collection[int], starts: Mapping[int, int]
) -> int | None:
    """Return the only data of a step that are of the kind of other data; None without.

    So a loss of held-out rows, or of rows that are drawn anew, is one of the step's rows.
    """
    shape = entries[n].shape
    if n in used or n in starts or not shape or not entries[n].is_source or _is_literal(entries[n]):
        return None
    several = [m for m in used if entries[m].is_source and len(entries[m].shape) == len(shape)]
    own = [m for m in several if m not in starts.values() and is_data(entries[m])]
    alike = [m for m in own if entries[m].shape[1:] == shape[1:]]
    return alike[0] if len(alike) == 1 else None


def _made_again(
    entries: Sequence[Entry], behind: Sequence[int], used: Collection[int], start: int
) -> tuple[dict[int, int], dict[int, int]]:
    """Return the own sources of a step that the same code makes again, and those it draws anew.

    A first state is made again; the rows of a batch are drawn anew, by the only call of a step.
    """
    made = dict[int, tuple[list[int], list[int]]]()
    for n in (*behind, *sorted(used)):
        is_own = n in used
        if entries[n].is_source and n > start:
            made.setdefault(id(entries[n].place), ([], []))[is_own].append(n)
    pairs = [p for several in made.values() for p in zip(*several, strict=False)]
    same = {n: m for n, m in pairs if np.array_equal(entries[n].value, entries[m].value)}
    single = [(a[0], b[0]) for a, b in made.values() if len(a) == len(b) == 1]
    return same, {n: m for n, m in single if n not in same and entries[n].shape}


def _is_literal(entry: Entry) -> bool:
    """Whether a source is a constant of the code, or a range of numbers, and no data."""
    return _is_range(entry) if entry.shape else not is_data(entry)


def _is_range(entry: Entry) -> bool:
    """Whether a source is a range of whole numbers from 0, such as the numbers of rows."""
    is_line = entry.is_source and not entry.names and entry.kind in "iu" and len(entry.shape) == 1
    return is_line and np.array_equal(entry.value, np.arange(entry.shape[0]))


def _key(entry: Entry, entries: Sequence[Entry], to: Any) -> Any:
    """Return a key that equal entries share: of their operation and operands."""

    def leaf(x: Any) -> Any:
        if type(x) is not Ref:
            return x.tobytes() if isinstance(x, np.ndarray) else repr(x)
        source = entries[x]
        return repr(float(source.value)) if source.is_source and _is_number(source) else Ref(to(x))

    return row(entry), repr(mapped((entry.args, entry.kw), leaf))


def _is_number(entry: Entry) -> bool:
    """Whether a source is a constant number; a whole number with a name counts."""
    return not entry.shape and entry.kind in ("iub" if entry.names else "fiub")
