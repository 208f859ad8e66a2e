"""The tape: entries in the order of a run, and the entry that has the value of each object.

An object is identified by its `id` and kept alive. A whole number gets an object of its own, `Int`.
An array that is written into keeps its object and gets a new entry. A view of a buffer that was
written into since is read again from the buffer's newest entry.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from microgradnet.tape import table
from microgradnet.tape.entry import Entry, Place, Ref, filled, mapped, refs
from microgradnet.tape.rules.rows import Operation, is_complex
from microgradnet.tape.tensors import TWO_AXES, Tensors, is_tensor

Array = np.ndarray[Any, Any]
MOST_BYTES = 250_000_000  # of the arrays of a run; a check holds several times as many
MOST_ASIDE = 100_000_000  # of those of edits, after which no other is tried
WRITES = ("setitem", "put")  # these only replace elements, whatever they were


class Int(int):
    """An integer with its own identity, so that an entry can belong to it."""

    __slots__ = ()


class Stop(BaseException):
    """Raised to end a recording early; not an error of the person's code."""


@dataclass(frozen=True, slots=True)
class Stored:
    """The record of one assignment: entry `number` stored as `text` ("w[i]") before entry `at`.

    slot: the target with its actual index or key ("w[0]"); part: the id of the list or dict that
    holds the value, and the index or key there; frame: the call that made the assignment.
    """

    number: int
    text: str
    slot: str
    place: Place
    at: int
    part: tuple[int, Any] | None = None
    frame: int = 0


@dataclass(frozen=True, slots=True)
class Left:
    """A loop that was ended early.

    rounds: the iterations it ran; of: those it would have run; began, ended: entry numbers.
    """

    place: Place
    rounds: int
    of: int | None
    began: int
    ended: int


def is_numeric(x: object) -> bool:
    """Whether a value is a number or a numeric array that can have an entry."""
    if isinstance(x, (np.ndarray, np.generic)):
        return x.dtype.kind in "fiubc"
    return isinstance(x, (float, complex, Int)) or is_tensor(x)


def plain(x: Any) -> Any:
    """Return a tree of operands with each `Int` replaced by an ordinary int."""
    return mapped(x, lambda leaf: int(leaf) if type(leaf) is Int else leaf)


def fresh(x: Any) -> Any:
    """Return an equal number as a new object; return an array unchanged."""
    if type(x) in (float, complex):
        return x * 1.0
    if type(x) is int or type(x) is Int:
        return Int(x)
    return x.copy() if isinstance(x, np.generic) and x.dtype.kind != "b" else x


def copied(x: Any) -> Any:
    """Return an equal number, array or tensor as a new object."""
    if is_tensor(x):
        return x.clone()
    return x.copy() if isinstance(x, np.ndarray) else fresh(x)


def fields_of(x: Any) -> dict[str, Any]:
    """Return the fields of a named tuple or dataclass by name; none of any other value."""
    if isinstance(x, tuple):
        return dict(zip(getattr(x, "_fields", ()), x))
    return vars(x) if dataclasses.is_dataclass(x) and hasattr(x, "__dict__") else {}


def leaves(x: Any) -> list[Any]:
    """Return the numbers in a value, including those in nested lists and records, in order."""
    if is_numeric(x):
        return [x]
    x = fields_of(x) or x
    if type(x) is dict:
        x = list(x.values())
    if isinstance(x, (list, tuple)):
        return [leaf for part in x for leaf in leaves(part)]
    return []


def buffer_of(a: Array) -> Array:
    """Return the array that owns the memory of a view."""
    while isinstance(a.base, np.ndarray) and type(a.base) is not np.matrix:
        a = a.base
    return a


def flat_indices(view: Array, buffer: Array) -> Array | None:
    """Return the indices of a view's elements in its flat buffer; None if the buffer has gaps."""
    if not buffer.flags.c_contiguous or view.itemsize != buffer.itemsize:
        return None
    size = buffer.itemsize
    address = view.__array_interface__["data"][0] - buffer.__array_interface__["data"][0]
    every = np.arange(buffer.size)
    strides = [step // size * every.itemsize for step in view.strides]
    start = every[address // size :]
    return np.lib.stride_tricks.as_strided(start, view.shape, strides).copy()


class Tape:
    """The entries of a run, in order.

    limit: the maximum number of entries, trial entries (`aside`) not counted. guards: numbers of
    the scalar comparisons; uneven: places of whole divisions that left a remainder; stores: the
    assignments, in order; arguments: those of the first call of each function, by its name and
    line; returns: entries that functions returned, with the place of the return; reached: places
    of blocks and functions that ran; left: loops that ended early; applied: the calls of rules of
    torch and JAX; loss: the loss that the caller names, as its name and formula; loss_name: the
    name of the only number that may be the loss; "" for any.
    """

    def __init__(self, places: list[Place], limit: int) -> None:
        self.places, self.limit = places, limit
        self.entries: list[Entry] = []
        self.guards: list[int] = []
        self.uneven: list[Place] = []
        self.stores: list[Stored] = []
        self.arguments: dict[tuple[str, int], dict[str, Any]] = {}
        self.returns: list[tuple[Place, tuple[int, ...]]] = []
        self.reached: set[int] = set()
        self.left: list[Left] = []
        self.applied: list[tuple[Any, Sequence[Any]]] = []
        self.loss: tuple[str, Callable[[Any, Any], Any]] | None = None
        self.loss_name = ""
        self.frame, self._calls, self._frames = 0, 0, list[int]()
        self.aside = False
        self.noted, self.bytes = 0, [0, 0]  # the entries that are not aside; of arrays there, aside
        self.instead: Mapping[int, Any] = {}  # replacement numbers, by count of entries
        self._numbers: dict[int, int] = {}  # id of an object -> entry
        self._kept: list[object] = []
        self._visits: dict[tuple[int, bool], int] = defaultdict(int)
        self._versions: dict[int, int] = defaultdict(int)  # id of a buffer -> times written
        self.tensors = Tensors()  # a tensor is on the tape as an array of the same memory
        self._read_at: dict[int, int] = {}  # id of a view -> version of its buffer
        self._in_buffer: dict[int, list[Entry]] = defaultdict(list)
        self._read_versions = set[int]()  # entries of written arrays that another entry reads

    # Entries.

    def note(
        self,
        operation: Operation | None,
        args: Sequence[Any],
        kw: dict[str, Any],
        value: Any,
        place: Place,
    ) -> Entry:
        """Add an entry; args and kw hold a `Ref` for each operand that has an entry."""
        value = self.tensors.array(value)
        visit = self._visits[id(place), self.aside]
        self._visits[id(place), self.aside] += 1
        if self.noted in self.instead and not self.aside:
            self.put_instead(value, self.instead[self.noted])
        number, operands = len(self.entries), tuple(refs((list(args), kw)))
        entry = Entry(number, operation, args, kw, value, place, visit, self.frame, self.aside)
        entry.operands = operands
        several = (value, *(self.entries[n].value for n in operands))
        entry.is_complex = any(map(is_complex, several))
        for n in operands:
            if self.entries[n].is_written:
                is_next = operation is not None and operation.name in WRITES and n == operands[0]
                is_alone = is_next and n not in self._read_versions
                self.entries[n].overwritten_by = number if is_alone else 0
                self._read_versions.add(n)
        known = (self.entries[n].is_single for n in operands)
        entry.is_single = all(known) if operation is not None else not entry.shape
        self.entries.append(entry)
        if not isinstance(value, (bool, np.bool_)):
            self.hold(value, entry)
        self.bytes[self.aside] += value.nbytes if getattr(value, "base", 0) is None else 0
        if not self.aside:
            self.noted += 1
            if self.noted >= self.limit or self.bytes[False] > MOST_BYTES:
                raise Stop
        return entry

    def in_two_axes(self, operation: Any, args: Any, kw: Any, value: Any, place: Place) -> Any:
        """Return the operation and operands of a result; if its shape is another, note the array's.

        A row or a sum of np.matrix keeps two axes, where an array loses one.
        """
        known = {n: self.entries[n].value for n in refs((args, kw))}
        try:
            own = operation.value(*filled(list(args), known), **filled(kw, known))
        except Exception:  # a function that is recorded as a whole may raise for arrays
            return operation, args, kw
        if np.shape(own) == value.shape or np.size(own) != value.size:
            return operation, args, kw
        first = self.note(operation, args, kw, own, place)
        return table.TABLE[TWO_AXES], (Ref(first.number), value.shape), {}

    def other(self, x: Any) -> Any:
        """Return the replacement of a number that is about to be noted; else the number."""
        is_other = isinstance(x, float) and self.noted in self.instead and not self.aside
        return type(x)(self.instead[self.noted]) if is_other else x

    def put_instead(self, x: Any, other: Any) -> None:
        """Overwrite an array in place with other numbers if it is writable and the shapes match."""
        if isinstance(x, np.ndarray) and x.flags.writeable and x.shape == np.shape(other):
            self.before_write(x)
            np.copyto(x, other)

    def hold(self, x: Any, entry: Entry) -> None:
        """Make an entry the current entry of an object."""
        x = self.tensors.array(x)
        self._kept.append(x)
        self._numbers[id(x)] = entry.number
        if isinstance(x, np.ndarray):
            buffer = buffer_of(x)
            self._read_at[id(x)] = self._versions[id(buffer)]
            self._in_buffer[id(buffer)].append(entry)
            if entry.is_source:
                entry.value = x.copy()

    def source(self, x: Any, place: Place) -> Entry:
        """Add an entry for a value that no recorded operation computed."""
        return self.note(None, (), {}, x, place)

    def number(self, x: Any, place: Place) -> int | None:
        """Return the number of an object's entry; None if it has none."""
        x = self.tensors.array(x)
        found = self._numbers.get(id(x))
        if found is not None and not self.aside:
            first = self.entries[found]
            if first.aside and first.is_source:  # first seen by a trial, not by the run
                return None
        if found is None or not isinstance(x, np.ndarray):
            return found
        buffer = buffer_of(x)
        if x is buffer or self._read_at[id(x)] == self._versions[id(buffer)]:
            return found
        at = flat_indices(x, buffer)
        whole = self._numbers.get(id(buffer))
        if at is None or whole is None:
            return self.source(x, place).number
        return self.note(table.TABLE["take"], (Ref(whole), at), {}, x, place).number

    def entry_of(self, x: Any, place: Place) -> int:
        """Return the number of an object's entry; add a source entry if it has none."""
        found = self.number(x, place)
        return self.source(x, place).number if found is None else found

    def operand(self, x: Any, place: Place) -> Any:
        """Return a value as an operand: the number of its entry, or itself if it is constant."""
        if isinstance(x, (bool, np.bool_)) or not is_numeric(x):
            return x
        return Ref(self.entry_of(x, place))

    def operands(self, tree: Any, place: Place) -> Any:
        """Return a tree of values with each value replaced by its operand."""
        return mapped(tree, lambda leaf: self.operand(leaf, place))

    # Writing into arrays.

    def before_write(self, a: Array) -> None:
        """Copy the values of all entries that share an array's memory, before it is overwritten."""
        a = self.tensors.array(a)
        for entry in self._in_buffer.pop(id(buffer_of(a)), ()):
            if isinstance(entry.value, np.ndarray) and not entry.is_written:  # that has its own
                entry.value = entry.value.copy()

    def written(
        self, a: Array, operation: Operation | None, args: Sequence[Any], place: Place
    ) -> Entry:
        """Add an entry for an array that was written into, and for its buffer if it is a view."""
        a = self.tensors.array(a)
        buffer, before = buffer_of(a), self._numbers.get(id(a))
        whole = self._numbers.get(id(buffer))
        if a is not buffer and whole is None:
            whole = self.source(buffer, place).number
        self._versions[id(buffer)] += 1
        entry = self.note(operation, args, {}, a, place)
        self._keep(entry, a)
        if a is not buffer:
            at = flat_indices(a, buffer)
            if at is None:
                self.source(buffer, place)
            else:
                put = (Ref(whole or 0), at, Ref(entry.number))
                whole_entry = self.note(table.TABLE["put"], put, {}, buffer, place)
                self._keep(whole_entry, buffer)
                self._store_again(whole, buffer, place)
            self._read_at[id(a)] = self._versions[id(buffer)]
        self._store_again(before, a, place)
        return entry

    def _keep(self, entry: Entry, a: Array) -> None:
        """Keep the value of a new version of an array, in place of one that nothing else reads."""
        before = self.entries[entry.operands[0]] if entry.operands else entry
        entry.is_written = True
        if before.overwritten_by:
            np.copyto(before.value, a)
            entry.value = before.value
        else:
            entry.value = a.copy()

    def _store_again(self, before: int | None, a: Array, place: Place) -> None:
        """Store an array that was written into under the last name of its entry before."""
        if before is not None and self.entries[before].names:
            self.store(a, self.entries[before].names[-1], place)

    # Names and frames.

    def enter(self) -> None:
        """Begin the frame of a call."""
        self._frames.append(self.frame)
        self._calls += 1
        self.frame = self._calls

    def leave(self) -> None:
        """Go back to the frame of the caller."""
        self.frame = self._frames.pop()

    def depth(self) -> int:
        """Return how many calls are open."""
        return len(self._frames)

    def unwind(self, frame: int, depth: int) -> None:
        """Restore a frame and call depth after an error left the calls inside it."""
        self.frame = frame
        del self._frames[depth:]

    def store(self, x: Any, text: str, place: Place, slot: str = "", of: Any = None) -> None:
        """Record that a value was stored under a name.

        slot: the target with its actual index or key, if the text does not show it; of: the list or
        dict that holds the value, and its index or key.
        """
        entry = self.entries[self.entry_of(x, place)]
        if not self.aside:
            if text not in entry.names:
                entry.names.append(text)
            self._kept.append(of)
            part = of and (id(of[0]), of[1])
            now = len(self.entries)
            where = slot or text
            self.stores.append(Stored(entry.number, text, where, place, now, part, self.frame))


def numbers_of(places: Iterable[str], names: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of places that are numbers, numeric arrays, or lists of such."""
    found, scope = dict[str, Any](), dict(names)
    for place in places:
        try:
            value = eval(place, scope)
        except Exception:  # no value yet, or an attribute of a person's class raises something
            continue
        first = value[0] if type(value) is list and value else value
        if is_numeric(first) or type(first) is int:
            found[place] = value
    return found
