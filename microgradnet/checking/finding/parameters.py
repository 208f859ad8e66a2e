"""Find the parameters of a run: the values that it moves, step by step.

A move is an entry that is an earlier entry plus or minus something. A parameter is a chain of moves
whose first step depends on its start, and whose start depends on no other parameter. This tells a
weight from a sum, a velocity, a count or an accumulated gradient, whose steps do not depend on
them, and from values that are computed from weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from microgradnet.checking.finding.increments import (
    between,
    increments,
    is_projection,
    moved_from,
    origin,
    shrunk,
)
from microgradnet.tape.entry import Entry, Place
from microgradnet.tape.replay import ancestors, dependents, uses
from microgradnet.tape.rules.reductions import Contraction
from microgradnet.tape.tape import Tape

Readers = Sequence[Sequence[int]]  # by entry, the entries that read it


@dataclass(slots=True)
class Parameter:
    """A parameter: its name in the person's code, and the entries that hold it, step by step.

    place: of the statement that moves it first; moves: how often it was moved; bare: by version,
    the moved entry of which the version is a projection.
    """

    name: str
    versions: list[int]
    place: Place
    moves: int = 1
    bare: dict[int, int] = field(default_factory=dict)

    def moved(self, k: int) -> int:
        """Return the entry that step k moves it to, before any projection."""
        return self.bare.get(self.versions[k + 1], self.versions[k + 1])


@dataclass(slots=True)
class Group:
    """Parameters that are moved together, on their tape.

    every: the parameters of all groups; used_by: by entry, the entries that read it.
    """

    tape: Tape
    parameters: list[Parameter]
    every: Sequence[Parameter]
    used_by: Readers

    def moving(self, k: int) -> list[Parameter]:
        """Return the parameters that step k moves."""
        return moves(self.parameters, k)

    def end(self, k: int) -> int:
        """Return the entry after the last move of a step."""
        return max(p.versions[k + 1] for p in self.moving(k)) + 1

    def starts(self, k: int) -> list[int]:
        """Return the entries of the parameters at the start of a step."""
        return [p.versions[k] for p in self.parameters if len(p.versions) > k]

    def changing(self, k: int) -> list[Parameter]:
        """Return the parameters whose move in step k is not 0."""
        entries = self.tape.entries
        ends = [(p, entries[p.versions[k]], entries[p.moved(k)]) for p in self.moving(k)]
        return [p for p, old, new in ends if np.any(change(old.value, new.value))]

    def elsewhere(self, k: int) -> set[int]:
        """Return the entries of other steps that nothing in step k is computed from."""
        entries, end, own = self.tape.entries, self.end(k), self.starts(k)
        every = [v for p in self.every for v in p.versions]
        after = dependents([v for v in every if v >= end], self.used_by)
        first = min(own) if k else 0
        inside = [n for n in range(first, len(entries)) if n < end or n not in after]
        return dependents(every, self.used_by) - ancestors(entries, inside, own)


def moves(parameters: Sequence[Parameter], k: int) -> list[Parameter]:
    """Return the parameters that step k moves."""
    several = [p for p in parameters if len(p.versions) > k + 1]
    return [p for p in several if p.versions[k] != p.versions[k + 1]]


def move_of(parameter: Parameter, k: int, values: Sequence[Any]) -> Any:
    """Return the change of a parameter in a step."""
    return change(values[parameter.versions[k]], values[parameter.moved(k)])


def change(old: Any, new: Any) -> Any:
    """Return a new value less the old one; None if they are no numbers of one shape."""
    if old is None or new is None or np.shape(old) != np.shape(new) or np.iscomplexobj(new):
        return None
    return np.asarray(new, dtype=float) - np.asarray(old, dtype=float)


class Slots(dict[int, set[Any]]):
    """The slots that each entry is stored in: an attribute or name, or a list and an index.

    first: the first entry stored in a slot, by origin and slot; own: as above, without the slots
    that another name is stored in; used_by, steps: by entry, its readers, and what it moves from;
    over: the next entry in an entry's slot, if that is computed from it alone.
    """

    def __init__(self, tape: Tape) -> None:
        super().__init__()
        self.tape, self.used_by = tape, list[list[int]]()
        self.steps, self._stores = list[list[int]](), 0
        self.first: dict[tuple[int, Any], int] = {}
        self.own: dict[int, set[Any]] = {}
        self.over: dict[int, list[int]] = {}
        self._last: dict[Any, int] = {}

    def read(self) -> None:
        """Add the entries that the tape noted since the last call."""
        entries = self.tape.entries
        uses(entries, self.used_by)
        for entry in entries[len(self.steps) :]:
            several = [] if entry.aside else moved_from(entries, entry)
            alone = [n for n in several[:1] if self.used_by[n] == [entry.number]]
            self.steps.append([*several, *(x for n in alone if (x := shrunk(entries, n)) != n)])
        stores, self._stores = self.tape.stores[self._stores :], len(self.tape.stores)
        for stored in stores:
            start = origin(entries, stored.number)
            for slot in (stored.slot.rpartition(".")[2], stored.part):
                if slot is not None:
                    self.setdefault(start, set()).add(slot)
                    self.setdefault(stored.number, set()).add(slot)
                    self.own.setdefault(stored.number, set()).add(slot)
                    self.first.setdefault((start, slot), stored.number)
                    old, self._last[slot] = self._last.get(slot), stored.number
                    if old is not None and between(entries, old, stored.number):
                        self.over[old] = [stored.number]

    def start(self, start: int, slots: set[Any]) -> int:
        """Return the first entry of a number in the slots that it is stored in."""
        return min((self.first[start, s] for s in slots if (start, s) in self.first), default=start)


def parameters(stored: Slots) -> list[Parameter]:
    """Return the parameters of a run, in the order of their starts."""
    stored.read()
    tape, used_by, entries = stored.tape, stored.used_by, stored.tape.entries
    moves: dict[int, list[int]] = {}  # from an entry to the entries that replace it
    for entry, several in zip(entries, stored.steps):
        for old in several:
            is_same_slot = stored.get(old, set()) & stored.get(entry.number, set())
            if entry.is_written or is_same_slot:
                moves.setdefault(old, []).append(entry.number)
    moved = {new for several in moves.values() for new in several}
    found, taken, guards = [], set[int](), set(tape.guards)
    for start in sorted(set(moves) - moved):
        apart = set[Any]()  # slots of parameters that share a start and move apart
        for first in moves[start]:
            own = stored.get(first, set())
            chain = [stored.start(start, own), first]
            is_other = not taken & {first} and (not apart or not own <= apart)
            if is_other and _depends(tape, chain, used_by, guards):
                _follow(chain, moves, stored)
                taken.update(chain[1:])
                found.append(_parameter(entries, chain, used_by))
                apart |= own or {first}
    found = [p for p in found if len(p.versions) > 1]
    others = _founded(entries, found, used_by)
    found = [p for p in found if not _is_made_ready(p, others, used_by)]
    states = [p for p in found if _is_state(p, found, used_by)]
    anew = {p.place for p in states if _begins_anew(p, found)}
    found = [p for p in found if p not in states and p.place not in anew]
    return _founded(entries, found, used_by)


def _founded(entries: Sequence[Entry], found: list[Parameter], used_by: Readers) -> list[Parameter]:
    """Return the parameters whose start depends on that of no other one."""
    kept, below = list[Parameter](), set[int]()
    for p in sorted(found, key=lambda p: p.versions[0]):
        if origin(entries, p.versions[0]) not in below:
            kept.append(p)
            below |= dependents(p.versions[:1], used_by, known=below)
    return kept


def _is_state(p: Parameter, others: Sequence[Parameter], used_by: Readers) -> bool:
    """Whether a number moves only between two moves of parameters, which begin it and use it then.

    Such is the state of a simulation that begins again in each step.
    """
    first, last = p.versions[1], p.versions[-1]
    pairs = [pair for q in others if q is not p for pair in zip(q.versions, q.versions[1:])]
    around = [(start, end) for start, end in pairs if start < first and last < end]
    is_one = p.moves < 2 and not _begins_anew(p, others)
    if is_one or not around or last not in dependents([a for a, _ in around], used_by, last=last):
        return False
    ends = [end for _, end in around]
    is_again = any(q.moves > 1 and not {*q.versions}.isdisjoint(ends) for q in others)
    read = p.versions[1:] if is_again else [last]
    return not dependents(read, used_by, last=max(ends)).isdisjoint(ends)


def _begins_anew(p: Parameter, others: Sequence[Parameter]) -> bool:
    """Whether a number begins again after it moved: another one of the same statement does."""
    alike = [q for q in others if q is not p and q.place is p.place]
    return any(a.versions[1] < b.versions[0] for q in alike for a, b in ((p, q), (q, p)))


def _is_made_ready(p: Parameter, others: Sequence[Parameter], used_by: Readers) -> bool:
    """Whether a number moves only before a parameter's first move, which uses its last value.

    Such are data that are centred, and values that run through layers.
    """
    last = p.versions[-1]
    later = [q for q in others if last < q.versions[1]]
    below = dependents([last], used_by, last=max((q.versions[1] for q in later), default=0))

    def is_read(q: Parameter) -> bool:
        if len(q.versions) > 2:
            return p.moves == 1 or last in dependents(q.versions[:1], used_by, last=last)
        first = q.versions[1]
        return first not in dependents(p.versions[:1], used_by, p.versions[1], first)

    return any(q.versions[1] in below and is_read(q) for q in later)


def _follow(chain: list[int], moves: dict[int, list[int]], stored: Slots) -> None:
    """Extend a chain by its later moves, those of the same statements first.

    Others store a number where the first move does, and not under another name: a sum may start
    with a parameter.
    """
    entries, own = stored.tape.entries, stored.own.get(chain[1], set())
    statements = {entries[chain[1]].place.statement}
    while several := moves.get(chain[-1]) or stored.over.get(chain[-1]):
        same = [n for n in several if entries[n].place.statement in statements]
        same += [n for n in several if entries[n].is_written or own & stored.get(n, set())]
        if not same:
            return
        chain.append(same[0])
        statements.add(entries[chain[-1]].place.statement)


def _depends(tape: Tape, chain: list[int], used_by: Readers, guards: set[int]) -> bool:
    """Whether the first step of a chain depends on its start, if only through a branch."""
    entries, below = tape.entries, dependents(chain[:1], used_by, last=chain[1])
    old = origin(entries, chain[0])
    if any(n in below for n in increments(entries, chain[1], old)):
        return True
    is_number = np.asarray(entries[chain[0]].value).dtype.kind == "f"
    return is_number and not below.isdisjoint(guards)


def _is_ahead(reader: Entry, read: Entry) -> bool:
    """Whether a move that reads a parameter twice computes a prediction: a decay has its shape."""
    return isinstance(reader.operation, Contraction) or len(reader.shape) > len(read.shape)


def _parameter(entries: Sequence[Entry], chain: list[int], used_by: Readers) -> Parameter:
    """Return the parameter of a chain; a version is an entry that not only the next move reads."""
    inside, versions = set(chain), chain[:1]
    for old, new in zip(chain[1:], [*chain[2:], None]):
        statement = entries[new].place.statement if new is not None else None
        others = [n for n in used_by[old] if entries[n].place.statement is not statement]
        others += [n for n in used_by[old] if _is_ahead(entries[n], entries[old])]
        if new is None or any(n not in inside for n in others):
            versions.append(old)
    if versions[1:] == chain[-1:] and not used_by[chain[-1]]:
        versions = chain[:2]  # none of the new values is read
    first = entries[versions[1]] if len(versions) > 1 else entries[chain[-1]]
    names = [*first.names, *entries[chain[0]].names]
    text = names[-1] if names else first.place.text
    bare = dict[int, int]()
    for old, new in pairwise(chain[1:]):
        if old not in versions and is_projection(entries, old, new):
            bare[new] = bare.get(old, old)
    return Parameter(text, versions, first.place, len(chain) - 1 - len(bare), bare)
