"""The native engine: a short program as machine code of its own, a long one as data of a tape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from microgradnet.engines import straight
from microgradnet.engines.llvm import Kind, widest
from microgradnet.program import Program

# Compiling takes 0.3 ms a line.
LONGEST_STRAIGHT = 3_000


def build(program: Program) -> Any:
    """Return the program ready to run: machine code, or a tape where that would take long."""
    return _Straight(program)


class _ByLanes:
    """Rows as many at a time as a vector has lanes; those left over in a vector of their own."""

    lanes: int
    n_outputs: int

    def over_rows(
        self, shared: Sequence[float], rows: np.ndarray, n: int, found: np.ndarray, sums: bool
    ) -> None:
        """Run n vectors of rows; found: (outputs, rows), or (outputs, lanes) to be added to."""
        raise NotImplementedError

    def map(self, shared: list[float], rows: np.ndarray) -> np.ndarray:
        table, n = self._filled(rows), len(rows)
        found = np.empty((self.n_outputs, len(table)))
        self.over_rows(shared, table, len(table) // self.lanes, found, False)
        return found[:, :n].T.copy()

    def mean(self, shared: list[float], rows: np.ndarray) -> np.ndarray:
        whole = len(rows) // self.lanes
        rest = len(rows) - whole * self.lanes
        sums = np.zeros((self.n_outputs, self.lanes))
        if whole:
            self.over_rows(shared, np.ascontiguousarray(rows), whole, sums, True)
        total = sums.sum(axis=1)
        if rest:
            sums = np.zeros((self.n_outputs, self.lanes))
            self.over_rows(shared, self._filled(rows[-rest:]), 1, sums, True)
            total += sums[:, :rest].sum(axis=1)
        mean: np.ndarray = total / len(rows)
        return mean

    def _filled(self, rows: np.ndarray) -> np.ndarray:
        """The rows, the last one repeated until the lanes are full."""
        missing = -len(rows) % self.lanes
        return np.ascontiguousarray(np.concatenate([rows, rows[-1:].repeat(missing, axis=0)]))


class _Straight(_ByLanes):
    def __init__(self, program: Program) -> None:
        self.program = program
        self.kind = widest()
        self.lanes = self.kind.lanes
        self.n_outputs = len(program.outputs)
        self.made: dict[Any, Any] = {}

    def _made(self, make: Any, *about: Any) -> Any:
        if (make, *about) not in self.made:
            self.made[make, *about] = make(self.program, *about)
        return self.made[make, *about]

    def call(self, numbers: Sequence[float]) -> tuple[float, ...]:
        function = self._made(straight.over_rows, NUMBER, len(numbers), False)
        given, found = np.array(numbers, dtype=float), np.empty(self.n_outputs)
        function(given.ctypes.data, None, 1, found.ctypes.data, 1)
        return tuple(found.tolist())

    def over_rows(
        self, shared: Sequence[float], rows: np.ndarray, n: int, found: np.ndarray, sums: bool
    ) -> None:
        function = self._made(straight.over_rows, self.kind, len(shared), sums)
        given = np.asarray(shared, dtype=float)
        function(given.ctypes.data, rows.ctypes.data, n, found.ctypes.data, found.shape[1])

    def scan(
        self, state: list[float], rows: np.ndarray, epochs: int
    ) -> tuple[np.ndarray, np.ndarray]:
        following, table = np.array(state, dtype=float), np.ascontiguousarray(rows)
        history = np.empty((epochs, self.n_outputs - len(state)))
        function = self._made(straight.scan, len(state))
        function(following.ctypes.data, table.ctypes.data, len(table), epochs, history.ctypes.data)
        return following, history


NUMBER = Kind(1)
