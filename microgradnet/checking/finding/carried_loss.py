"""Carry a loss that the code computes at another time over to a step, which never computes it.

Such a loss is printed after an update, or now and then, or for all rows while a step takes a few.
Its operations are repeated at the parameters and on the rows of the step. What the step computes
itself is shared, so that its forward pass is known.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from microgradnet.checking.finding.increments import ARITHMETIC, READS, row
from microgradnet.checking.finding.points import is_data
from microgradnet.tape.entry import Entry, Ref, mapped, refs
from microgradnet.tape.replay import Changed, ancestors, computed, hand_back, is_coefficient

ADDED = (*ARITHMETIC, *READS, "sum", "mean", "stack", "concatenate")  # rows of sums of terms
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
        new: Any = Changed(values)
        found: Any = defaultdict(lambda: None)
        last = self.entries[-1].number
        with np.errstate(all="ignore"):
            for entry in self.entries:
                new[entry.number] = entry.value if entry.is_source else computed(entry, new)
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

        def leaf(x: Any) -> Any:
            return Ref(at[x]) if type(x) is Ref and x < FIRST else x

        several = [_operands(e, leaf, e.number) for e in self.entries]
        penalised = {at[n] for n in self.penalised}
        return Carried(several, [at[n] for n in self.ends], self.has_rows, penalised)


def _operands(entry: Entry, leaf: Any, number: int) -> Entry:
    """Return an entry with another number and other operands. leaf: returns each of them."""
    args, kw = mapped((entry.args, entry.kw), leaf)
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
    first = max(starts.values(), default=0)
    own_used = [n for n in used if n > first]
    own = [e for e in map(entries.__getitem__, sorted({*inside, *own_used})) if not e.is_source]
    shared = [e for e in own if id(e.place.statement) not in apart]
    again = _Again(entries, starts, end, shared)
    behind = again.stand_in(number, used, own_used)
    if not all(again.repeats(entries[n]) for n in behind):
        return None
    made, new = again.made, again.new
    if not made or new[number] != made[-1].number:
        return None
    mixed = _mixed(entries, {*new.values()}, [n for n in inside if n in used])
    if mixed and not apart:
        return carried(entries, number, starts, end, below, used, given, mixed)
    ends = {o for e in made for o in e.operands if o in below or o in starts.values()}
    if not ends:  # of a network that this step does not move
        return None
    has_rows = any(new[n] != n for n in again.rows if n in new)
    terms = penalties(made, entries, [made[-1].number], starts.values(), given)
    return Carried(made, sorted(ends), has_rows, set().union(*terms.values()))


class _Again:
    """Repeats operations of another time at the parameters and on the rows of a step.

    own: the step's operations that are shared, by what they compute; rows: the step's data that
    stand for others; sizes: their numbers of rows, by those of the others; again: the sources that
    the same code makes in the step; read: those that the step reads; new: what each entry is in the
    step; made: the repeated entries; moved: those that depend on the parameters.
    """

    def __init__(
        self, entries: Sequence[Entry], starts: Mapping[int, int], end: int, shared: Iterable[Entry]
    ) -> None:
        self.entries, self.starts, self.end = entries, starts, end
        self.new, self.made, self.moved = dict[int, int](), list[Entry](), set[int]()
        self.rows, self.again, self.read = dict[int, int](), dict[int, int](), set[int]()
        self.sizes, self.own = dict[int, int](), dict[Any, int]()
        same = dict[int, int]()  # the first of equal entries, by entry
        for e in shared:
            key = _key(e, entries, lambda n: same.get(n, n))
            same[e.number] = self.own.setdefault(key, e.number)

    def stand_in(self, number: int, used: Collection[int], own_used: Sequence[int]) -> list[int]:
        """Find the data of the step that stand for others; return the entries behind a number.

        used: what the moves of the step are computed from; own_used: in the step.
        """
        entries, starts = self.entries, self.starts
        self.rows = rows_read(entries, own_used)
        behind = sorted(ancestors(entries, [number], {*starts, *self.rows}))
        others = {n: _other_data(entries, n, used, starts) for n in behind}
        self.rows |= {n: self.rows.get(m, m) for n, m in others.items() if m is not None}
        first = max(starts.values(), default=0)
        self.again, anew = _made_again(entries, behind, used, first)
        self.rows |= anew
        self.read = {*used, *self.again}
        pairs = [(entries[a].shape[0], entries[b].shape[0]) for a, b in self.rows.items()]
        self.sizes = {a: b for (a, b), n in zip(pairs, self.rows) if n in behind}
        return behind

    def repeats(self, entry: Entry) -> bool:
        """Give an entry its number in the step; return whether it needs no other data."""
        n = entry.number
        if n in self.starts:
            self.new[n] = self.starts[n]
        elif n in self.rows:
            self.new[n] = self.rows[n]
        elif _reads_rows(entry, self.entries) and entry.operands[0] in self.rows:
            self.new[n] = self.rows[entry.operands[0]]  # rows of another batch
        elif not self.moved.isdisjoint(entry.operands):
            known = self.own.get(self.key(entry))
            self.new[n] = self.repeated(entry) if known is None else known
        else:
            fixed = self.fixed(entry)
            if fixed is None:
                return False
            self.new[n] = fixed
        if n in self.starts or not self.moved.isdisjoint(entry.operands):
            self.moved.add(n)
        return True

    def fixed(self, entry: Entry) -> int | None:
        """Return the step's number for an entry that no parameter moves; None for other data."""
        n = entry.number
        if (other := _for_rows(entry, self.sizes)) is not None:
            return self.add(replace(entry, number=FIRST + len(self.made), value=other))
        known = None if entry.is_source else self.own.get(self.key(entry))
        if known is not None:
            return known
        if entry.is_source and not _is_literal(entry) and n not in self.read:
            return None
        new = self.again.get(n, n)
        is_same = all(self.new[o] == o for o in entry.operands)
        return new if new < self.end and is_same else self.repeated(entry)

    def repeated(self, entry: Entry) -> int:
        """Repeat an operation, and return the number of its new entry."""
        leaf = partial(self.operand, entry)
        return self.add(_operands(entry, leaf, FIRST + len(self.made)))

    def add(self, entry: Entry) -> int:
        """Add a repeated entry, and return its number."""
        self.made.append(entry)
        return entry.number

    def operand(self, entry: Entry, x: Any) -> Any:
        """Return the step's operand for another; a number of rows that is not written changes."""
        if type(x) is Ref:
            return Ref(self.new[x])
        is_written = type(x) is not int or x not in self.sizes or _is_written(entry, x)
        return x if is_written else self.sizes[x]

    def key(self, entry: Entry) -> Any:
        """Return a key that entries of the step share that compute the same."""
        return _key(entry, self.entries, self.new.__getitem__)


def _mixed(entries: Sequence[Entry], shared: set[int], used: Sequence[int]) -> set[int]:
    """Return the statements, by identity, of which a step shares some entries, but not all."""
    several = [{id(entries[n].place.statement) for n in used if (n in shared) == k} for k in (0, 1)]
    return several[0] & several[1]


def penalties(
    several: Sequence[Entry],
    entries: Sequence[Entry],
    ends: Sequence[int],
    own: Collection[int],
    given: Collection[int],
) -> dict[int, set[int]]:
    """Return the scalar terms of a loss that are no data's: regularisation, with its parameters.

    several: the operations of the loss, in order; ends: what it consists of; own: the parameters.
    A term is added to the others, and no linear one, as a part of a prediction mostly is.
    """
    alone: dict[int, set[int]] = {n: {n} for n in own}
    bent, inner, at = set[int](), set[int](), {e.number: e for e in several}
    for e in several:
        mine = [n for n in e.operands if n in alone]
        rest = [n for n in e.operands if n not in alone and not (n >= FIRST and at[n].is_source)]
        if mine and all(n < FIRST and is_coefficient(entries, n, given) for n in rest):
            alone[e.number] = {p for n in mine for p in alone[n]}
            inner.update(mine)
            is_product = row(e) in ("multiply", "divide") and len(mine) == len(e.operands)
            if is_product or row(e) not in ADDED or not bent.isdisjoint(mine):
                bent.add(e.number)
    added = set[int]()
    todo = [*ends]
    for n in todo:  # the loop appends to it
        if n in at and n not in added:
            added.add(n)
            todo += at[n].operands if row(at[n]) in ADDED else ()
    return {
        n: alone[n]
        for n in sorted((bent & added) - inner)
        if at[n].kind == "f" and np.size(at[n].value) == 1
    }


def rows_read(entries: Sequence[Entry], used: Collection[int]) -> dict[int, int]:
    """Return the only selection of rows that a step reads from each array, by array."""
    found = dict[int, dict[Any, int]]()
    for entry in (entries[n] for n in sorted(used)):
        if _reads_rows(entry, entries):
            several = found.setdefault(entry.operands[0], {})
            several.setdefault(_key(entry, entries, int), entry.number)
    single = {of: min(s.values()) for of, s in found.items() if len(s) == 1}
    for of, n in single.items():
        while n in single:
            n = single[n]
        single[of] = n
    return single


def _reads_rows(entry: Entry, entries: Sequence[Entry]) -> bool:
    """Whether an entry reads rows of an array, and no columns or single numbers."""
    if row(entry) not in READS or not entry.operands:
        return False
    shape, whole = entry.shape, entries[entry.operands[0]].shape
    return bool(shape) and shape[1:] == whole[1:] and len(shape) == len(whole)


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


def _for_rows(entry: Entry, sizes: Mapping[int, int]) -> Any:
    """Return the range or the number of a step's rows for that of other rows; None for others.

    sizes: the number of rows of a step, by that of others. A number that is written stays.
    """
    if _is_range(entry) and entry.shape[0] in sizes:
        return np.arange(sizes[entry.shape[0]])
    is_number = entry.is_source and not entry.shape and entry.kind == "i"
    return sizes.get(entry.value) if is_number and not _is_written(entry, entry.value) else None


def _is_written(entry: Entry, number: int) -> bool:
    """Whether a whole number is written where an entry is computed."""
    several = (n.value for n in ast.walk(entry.place.node) if isinstance(n, ast.Constant))
    return any(type(x) is int and x == number for x in several)


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
