"""What rounding may have done to the numbers of one replay: error bounds, computed when asked for.

Forward: each row bounds the error of its result by those of its operands (running error analysis,
to first order); the numbers given to the replay and those that no operation made are exact. A
comparison whose operands are closer than their errors has no bound. Backward: the sweep that gives
the reference gradient is bounded step by step in the same way, see `sweep_rounding.py`. The bounds
are proven to first order, so they hold wherever they are small, which is where they are used: a
value with a large bound is not called right or wrong by it.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from microgradnet.tape.entry import Entry, Ref, filled, mapped
from microgradnet.tape.gradients import give, swept_operands
from microgradnet.tape.operands import UNIT, bound, floats, leaves
from microgradnet.verdicts.sweep_rounding import Pull

# Rows that jump where their operands meet; `sign` jumps at 0.
COMPARISONS = ("less", "less_equal", "greater", "greater_equal", "equal", "not_equal", "sign")


class Rounding:
    """Error bounds of a replay, and of sweeps back over it.

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
        self.swaps = swaps or {}
        self.errors: dict[int, Any] = {}
        self._sweeps: dict[Any, list[Any]] = {}
        self._readers: list[int] = []

    def of(self, number: int) -> Any:
        """Return the error bound of an entry's value, in its shape."""
        if number not in self.errors:
            with np.errstate(all="ignore"):
                for i in self._unknown([number]):
                    self.errors[i] = self._error(i)
        return self.errors[number]

    def _operands(self, i: int) -> Sequence[int]:
        if i in self.given:
            return ()
        return (self.swaps[i],) if i in self.swaps else self.entries[i].operands

    def _unknown(self, ends: Iterable[int]) -> list[int]:
        """Return the entries behind some whose bounds were not computed yet, in order."""
        found, todo = set[int](), list(ends)
        while todo:
            i = todo.pop()
            if i not in found and i not in self.errors:
                found.add(i)
                todo += self._operands(i)
        return sorted(found)

    def _error(self, i: int) -> Any:
        entry, value = self.entries[i], self.values[i]
        if i in self.swaps and i not in self.given:
            return self.errors[self.swaps[i]]
        if i in self.given or entry.operation is None:
            return 0.0
        if value is None or any(self.values[n] is None for n in entry.operands):
            return np.inf
        args, kw = filled(entry.args, self.values), filled(entry.kw, self.values)
        errors, kwerrors = self._errors_of(entry)
        if entry.operation.name in COMPARISONS:
            return _jumps(args, errors)
        return entry.operation.error(value, args, kw, errors, kwerrors)

    def _errors_of(self, entry: Entry) -> tuple[Any, Any]:
        """Return the bounds of the operands of an entry, in their nesting."""

        def leaf(x: Any) -> Any:
            return self.errors[x] if type(x) is Ref else 0.0

        return mapped(entry.args, leaf), mapped(entry.kw, leaf)

    def of_gradients(
        self, found: Sequence[Any], seeds: Mapping[int, Any], key: object = None
    ) -> list[Any]:
        """Return by entry the error bound of a gradient.

        found: the gradients of a sweep; seeds: the bounds of what it began with; key: of the
        sweep, by which its bounds are kept.
        """
        if key is None or key not in self._sweeps:
            with np.errstate(all="ignore"):
                self._sweeps[key] = self._swept(found, seeds)
        return self._sweeps[key]

    def _swept(self, found: Sequence[Any], seeds: Mapping[int, Any]) -> list[Any]:
        for n in seeds:
            self.of(n)
        bounds: list[Any] = [None] * len(found)
        for n, e in seeds.items():
            bounds[n] = np.broadcast_to(e, np.shape(found[n]))
        for i in range(len(found) - 1, -1, -1):
            entry = self.entries[i]
            is_end = found[i] is None or i in self.given or entry.operation is None
            if not is_end and not entry.operation.is_flat:  # type: ignore[union-attr]
                tree, kwtree = self._pull(entry, found[i], bounds[i]).bounds()
                give(entry.args, tree, bounds, self.values)
                give(entry.kw, kwtree, bounds, self.values)
        return bounds

    def _pull(self, entry: Entry, g: Any, e: Any) -> Pull:
        i = entry.number
        self.of(i)
        for n in entry.operands:
            self.of(n)
        args, kw = swept_operands(entry, self.values)
        errors, kwerrors = self._errors_of(entry)
        fan = max((self._read_by(n) for n in entry.operands), default=1)
        return Pull(
            entry.operation,
            g,
            e,
            self.values[i],
            self.errors[i],
            list(args),
            kw,
            errors,
            kwerrors,
            fan,
        )

    def _read_by(self, number: int) -> int:
        """Return how often an entry is an operand."""
        if not self._readers:
            self._readers = [0] * len(self.entries)
            for entry in self.entries:
                for n in entry.operands:
                    self._readers[n] += 1
        return self._readers[number]


def _jumps(args: Sequence[Any], errors: Sequence[Any]) -> Any:
    """Return the error of a comparison: none, or no bound where its operands may meet."""
    if not any(leaves(a) for a in args):
        return 0.0
    apart, e = floats(args[0]), bound(args[0], errors[0])
    if len(args) > 1:
        apart, e = apart - floats(args[1]), e + bound(args[1], errors[1])
    return np.where((np.abs(apart) <= e) & (e > 0), np.inf, 0.0)


def of_difference(difference: Any, e: Any, f: Any) -> Any:
    """Return the error bound of a difference of two values that have bounds e and f."""
    return np.asarray(e) + f + UNIT * np.abs(difference)
