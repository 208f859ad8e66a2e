"""Bound the rounding errors of a replay by a few more replays, each with small random errors.

In each of these replays, the result of every operation is off by some units in its last place;
operations that sum get such operands, too. The backward sweeps for the reference gradients are
repeated in the same way. The bound is how far a number moves, times a margin: where terms cancel,
it moves far; where a comparison may come out differently, it jumps.
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
from microgradnet.tape.replay import computed, drop_overwritten, gradients, share_last
from microgradnet.tape.rules.rows import UNIT, Elementwise, is_complex, mapped, unit
from microgradnet.tape.tape import leaves

Seeds = Callable[[Any], Mapping[int, Any]]
SEEDS = (1, 2, 3, 4)  # of the replays
FACTORS = (0xBF58476D1CE4E5B9, 0x94D049BB133111EB)
NUMBER, BITS = struct.Struct("d"), struct.Struct("Q")  # of one float
UNITS = 4  # units of rounding of one operation: library functions are within 2
MARGIN = 16  # a number exceeds this multiple of its spread once in 10**7 numbers


class Rounding:
    """The error bounds of a replay, and of backward sweeps over it.

    entries, values, given: a tape, its replay, and the entries whose values were given to it;
    swaps: entries that take the value of another entry; inside: the only entries that are swept.
    """

    def __init__(
        self,
        entries: Sequence[Entry],
        values: Any,
        given: Container[int] = (),
        swaps: Mapping[int, int] | None = None,
        inside: Container[int] | None = None,
    ) -> None:
        self.entries, self.values, self.given, self.inside = entries, values, given, inside
        self._replays = [_Replay(self, swaps or {}, seed) for seed in SEEDS]
        self._sweeps: dict[Seeds, list[list[Any]]] = {}

    def of(self, number: int) -> Any:
        """Return the bound on the rounding error of an entry's value, in its shape."""
        return _moved(self.values[number], [r[number] for r in self._replays])

    def of_gradient(self, number: int, found: Sequence[Any], seeds: Seeds) -> Any:
        """Return the bound on the rounding error of a gradient by an entry."""
        if number >= len(found) or found[number] is None:
            return 0.0
        if seeds not in self._sweeps:
            self._sweeps[seeds] = [r.sweep(seeds) for r in self._replays]
        return _moved(found[number], [sweep[number] for sweep in self._sweeps[seeds]])


class _Replay(dict[int, Any]):
    """A replay with small random errors; values are computed when they are asked for."""

    def __init__(self, of: Rounding, swaps: Mapping[int, int], seed: int) -> None:
        super().__init__()
        self.of, self.swaps, self.seed = of, swaps, seed

    def __missing__(self, number: int) -> Any:
        with np.errstate(all="ignore"):
            several = [self.of.entries[i] for i in self._unknown(number)]
            for entry in several:
                self[entry.number] = self._computed(entry.number)
                drop_overwritten(entry, self.of.entries, self)
            share_last(several, self)
        return self[number]

    def _behind(self, i: int) -> Sequence[int]:
        if i in self.of.given:
            return ()
        return (self.swaps[i],) if i in self.swaps else self.of.entries[i].operands

    def _unknown(self, end: int) -> list[int]:
        """Return the entries that a value needs and that are not computed yet, in order."""
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
        if is_whole(self.of.values[i]) and all(is_whole(self[n]) for n in entry.operands):
            return self.of.values[i]  # whole numbers of whole numbers have no rounding error
        if row.is_exact or isinstance(row, Elementwise):
            out = computed(entry, self)
        else:
            near = {n: mapped(self.off, self[n]) for n in entry.operands}
            out = computed(entry, near)
            shapes = [[*map(np.shape, leaves(x))] for x in (out, self.of.values[i])]
            if shapes[0] != shapes[1]:  # such as a number of rows that is rounded up
                out = computed(entry, self)
        return mapped(self.low if row.is_exact else self.off, out)

    def off(self, x: Any) -> Any:
        """Return a number or an array with an error of some units in its last place.

        The error is at least half of UNITS, and depends on the number only: two values that are
        computed in the same way stay equal.
        """
        if isinstance(x, float):  # np.float64 is a float, too
            (bits,) = BITS.unpack(NUMBER.pack(x))
            part = 2.0**-63 * _mixed(bits, self.seed, int) - 1
            return x * (1 + UNITS * UNIT * (part + math.copysign(1, part)) / 2)
        x = np.asarray(x)  # no np.matrix
        if is_complex(x):
            return self.off(x.real) + 1j * self.off(x.imag)
        bits = x.astype(float, copy=False).view(np.uint64)
        part = 2.0**-63 * _mixed(bits, self.seed, np.uint64) - 1
        return (x * (1 + UNITS * unit(x) * (part + np.copysign(1, part)) / 2)).astype(x.dtype)

    def low(self, x: Any) -> Any:
        """Return a number of less than full precision with an error: a cast may have rounded it."""
        return self.off(x) if unit(x) > UNIT else x

    def sweep(self, seeds: Seeds) -> list[Any]:
        """Return the gradients of a backward sweep."""
        start = seeds(self)
        if any(value is None for value in self.values()):
            return [None] * (max(start) + 1)
        of = self.of
        return gradients(of.entries, self, start, of.given, self.off, of.inside)


def is_whole(x: Any) -> bool:
    """Whether a number, or each of an array, is a whole one that is exact."""
    if isinstance(x, float):
        return x.is_integer() and abs(x) < 1 / UNIT
    if not isinstance(x, np.ndarray) or x.dtype != float:
        return isinstance(x, int) or getattr(x, "dtype", np.dtype("O")).kind in "iub"
    is_first = not x.size or is_whole(x.flat[0])  # the others are looked at if it is
    return is_first and bool((np.trunc(x) == x).all() and (abs(x) < 1 / UNIT).all())


def _mixed(bits: Any, seed: int, kind: Callable[[int], Any]) -> Any:
    """Return bits mixed as by splitmix64; kind: the integer type, int or np.uint64."""
    bits = bits ^ kind(seed)
    for factor in FACTORS:
        bits = (bits ^ (bits >> kind(30))) * kind(factor) & kind(2**64 - 1)
    return bits


def _moved(x: Any, others: Sequence[Any]) -> Any:
    """Return the largest distance of other values from x, times the margin; inf if one is None."""
    if x is None or any(y is None or np.shape(y) != np.shape(x) for y in others):
        return np.inf
    with np.errstate(all="ignore"):
        apart = [np.abs(np.asarray(y) * 1.0 - np.asarray(x) * 1.0) for y in others]
        return MARGIN * np.max(apart, axis=0)


def of_difference(difference: Any, e: Any, f: Any) -> Any:
    """Return the error bound of a difference of two values with error bounds e and f."""
    return np.asarray(e) + f + UNIT * np.abs(difference)
