"""What rounding may have done to the numbers of one replay: the replay again, each step a bit off.

A few replays have results that are off by some units in their last place; operations that sum have
such operands, too. The sweeps back that give the reference gradients are done again in the same
way. How far a number moves, times a margin, is taken as what rounding may have done to it: where
terms cancel it moves far, and where a comparison may come out the other way it jumps.
The numbers given to the replay, and those that no operation made, are exact. (Stochastic
arithmetic: J. Vignes, Discrete stochastic arithmetic for validating results of numerical software,
2004.)
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Container, Mapping, Sequence
from typing import Any

import numpy as np

from microgradnet.tape.entry import Entry
from microgradnet.tape.replay import computed, gradients
from microgradnet.tape.rows import UNIT, Elementwise, mapped, unit

Seeds = Callable[[Any], Mapping[int, Any]]
SEEDS = (1, 2, 3, 4)  # of the replays
FACTORS = (0xBF58476D1CE4E5B9, 0x94D049BB133111EB)
NUMBER, BITS = struct.Struct("d"), struct.Struct("Q")  # of one float
UNITS = 4  # units of rounding by which a step may be off: libraries' functions are within 2
MARGIN = 16  # by which a number may be farther off than in the replays, once in 10**7 numbers


class Rounding:
    """What rounding may have done to a replay, and to sweeps back over it.

    entries, values, given: a tape, its replay, and the entries whose values were given to it;
    swaps: entries that have the value of another one.
    """

    def __init__(
        self,
        entries: Sequence[Entry],
        values: Any,
        given: Container[int] = (),
        swaps: Mapping[int, int] | None = None,
    ) -> None:
        self.entries, self.values, self.given = entries, values, given
        self._replays = [_Replay(self, swaps or {}, seed) for seed in SEEDS]
        self._sweeps: dict[Seeds, list[list[Any]]] = {}

    def of(self, number: int) -> Any:
        """Return how far rounding may have moved an entry's value, in its shape."""
        return _moved(self.values[number], [r[number] for r in self._replays])

    def of_gradient(self, number: int, found: Sequence[Any], seeds: Seeds) -> Any:
        """Return how far rounding may have moved a gradient by an entry.

        found: the gradients of a sweep; seeds: gives what it begins with, from values.
        """
        if number >= len(found) or found[number] is None:
            return 0.0
        if seeds not in self._sweeps:
            self._sweeps[seeds] = [r.sweep(seeds) for r in self._replays]
        return _moved(found[number], [sweep[number] for sweep in self._sweeps[seeds]])


class _Replay(dict[int, Any]):
    """A replay, as far as it was asked for, with steps that are a bit off."""

    def __init__(self, of: Rounding, swaps: Mapping[int, int], seed: int) -> None:
        super().__init__()
        self.of, self.swaps = of, swaps
        self.seed = seed

    def __missing__(self, number: int) -> Any:
        with np.errstate(all="ignore"):
            for i in self._unknown(number):
                self[i] = self._computed(i)
        return self[number]

    def _behind(self, i: int) -> Sequence[int]:
        if i in self.of.given:
            return ()
        return (self.swaps[i],) if i in self.swaps else self.of.entries[i].operands

    def _unknown(self, end: int) -> list[int]:
        """Return the entries behind one whose values are not there yet, in order."""
        found, todo = set[int](), [end]
        while todo:
            i = todo.pop()
            if i not in found and i not in self:
                found.add(i)
                todo += self._behind(i)
        return sorted(found)

    def _computed(self, i: int) -> Any:
        entry = self.of.entries[i]
        row = entry.operation
        if i in self.of.given or row is None:
            return self.of.values[i]
        if i in self.swaps:
            return self[self.swaps[i]]
        if row.is_exact or isinstance(row, Elementwise):
            out = computed(entry, self)
        else:
            near = {n: mapped(self.off, self[n]) for n in entry.operands}
            out = computed(entry, near)
        return mapped(self.low if row.is_exact else self.off, out)

    def off(self, x: Any) -> Any:
        """Return a number or an array that is off by some units in its last place.

        How far, from a half of it on, is told by the number itself: what is computed twice in the
        same way stays equal.
        """
        if isinstance(x, float):  # float64 is one, too
            (bits,) = BITS.unpack(NUMBER.pack(x))
            part = 2.0**-63 * _mixed(bits, self.seed, int) - 1
            return x * (1 + UNITS * UNIT * (part + math.copysign(1, part)) / 2)
        bits = np.asarray(x, dtype=float).view(np.uint64)
        part = 2.0**-63 * _mixed(bits, self.seed, np.uint64) - 1
        return (x * (1 + UNITS * unit(x) * (part + np.copysign(1, part)) / 2)).astype(x.dtype)

    def low(self, x: Any) -> Any:
        """Return the same, of a number in less than full precision: a cast may have made it."""
        return self.off(x) if unit(x) > UNIT else x

    def sweep(self, seeds: Seeds) -> list[Any]:
        """Return the gradients of a sweep back."""
        start = seeds(self)
        if any(value is None for value in self.values()):
            return [None] * (max(start) + 1)
        return gradients(self.of.entries, self, start, self.of.given, self.off)


def _mixed(bits: Any, seed: int, kind: Callable[[int], Any]) -> Any:
    """Return bits mixed as splitmix64 does; kind: of the whole numbers, int or np.uint64."""
    bits = bits ^ kind(seed)
    for factor in FACTORS:
        bits = (bits ^ (bits >> kind(30))) * kind(factor) & kind(2**64 - 1)
    return bits


def _moved(x: Any, others: Sequence[Any]) -> Any:
    """Return how far other values are from one, times the margin; infinite where one is missing."""
    if x is None or any(y is None or np.shape(y) != np.shape(x) for y in others):
        return np.inf
    with np.errstate(all="ignore"):
        apart = [np.abs(np.asarray(y, dtype=float) - np.asarray(x, dtype=float)) for y in others]
        return MARGIN * np.max(apart, axis=0)


def of_difference(difference: Any, e: Any, f: Any) -> Any:
    """Return the bound of a difference of two values that have bounds e and f."""
    return np.asarray(e) + f + UNIT * np.abs(difference)
