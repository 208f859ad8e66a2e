"""The native engine: a program as machine code, exact row by row, and on arrays for many rows.

In reading order: this file (which of them a run takes), kind.py (each primitive as LLVM text),
llvm.py (from text to a function), code.py (loops and arrays as text). Row by row, to the last bit:
straight.py (a short program as a loop over rows), loops.py (a long one as data for the loops that
any runs on). Many rows: lanes.py (formulas of vectors as
text), elementary.py (exp, log, tanh, ... of vectors), fusing.py (elementwise steps in one loop),
steps.py (the text of each step), sums.py (of sums over rows), arrays.py (a lifted program as
functions), batches.py (rows in chunks, over the cores).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from microgradnet.programs.engines import NO_ROWS, Engine, Numbers
from microgradnet.programs.engines.native import straight
from microgradnet.programs.engines.native.batches import Batches, in_batches
from microgradnet.programs.engines.native.llvm import Function, address
from microgradnet.programs.engines.native.loops import tape, tape_of
from microgradnet.programs.engines.spare import Spare
from microgradnet.programs.levels import levels
from microgradnet.programs.program import Program

# Compiling takes 0.2 ms a line, and longer programs do not fit the machine's registers anyway.
LONGEST_STRAIGHT = 3_000
# How many outputs are a next state, are added up, are put; how many inputs are shared.
Kinds = tuple[int, int, int, int]
TOGETHER = 1_000  # rows averaged at a time, where they are not lifted


def choose(program: Program) -> Engine:
    """Return the program as machine code: rows one by one as a tape where compiling takes long."""
    short = len(program.lines) <= LONGEST_STRAIGHT
    return Native(program, Straight(program) if short else Taped(program))


class Native(Engine):
    """One row, and the rows of a scan, as they are; several rows as arrays, if that is shorter."""

    def __init__(self, program: Program, exact: RowByRow) -> None:
        super().__init__(program)
        self.exact = exact
        self.made: dict[tuple[int, bool], Batches | RowByRow] = {}

    def call(self, numbers: Sequence[float]) -> tuple[float, ...]:
        return self.exact.call(numbers)

    def scan(
        self, state: np.ndarray, rows: np.ndarray, epochs: int
    ) -> tuple[np.ndarray, np.ndarray]:
        return self.exact.scan(state, rows, epochs)

    def map(self, shared: np.ndarray, rows: np.ndarray) -> np.ndarray:
        return self._best(shared, rows, False).map(shared, rows)

    def mean(self, shared: np.ndarray, rows: np.ndarray) -> np.ndarray:
        return self._best(shared, rows, True).mean(shared, rows)

    def _best(self, shared: np.ndarray, rows: np.ndarray, means: bool) -> Batches | RowByRow:
        if len(rows) <= 1:
            return self.exact
        key = len(shared), means
        if key not in self.made:
            self.made[key] = in_batches(self.program, *key) or self.exact
        return self.made[key]


class RowByRow(Engine):
    """Machine code for a row after the other, to the last bit."""

    def rows(self, shared: Numbers, rows: np.ndarray) -> np.ndarray:
        """Return the outputs of rows that stand side by side."""
        raise NotImplementedError

    def call(self, numbers: Sequence[float]) -> tuple[float, ...]:
        return tuple(self.rows(numbers, NO_ROWS)[0].tolist())

    def map(self, shared: np.ndarray, rows: np.ndarray) -> np.ndarray:
        return self.rows(shared, np.ascontiguousarray(rows))

    def mean(self, shared: np.ndarray, rows: np.ndarray) -> np.ndarray:
        if len(rows) == 1:
            return np.asarray(self.map(shared, rows)[0])
        parts = [rows[i : i + TOGETHER] for i in range(0, len(rows), TOGETHER)]
        sums = [self.map(shared, part).sum(axis=0) for part in parts]
        return np.asarray(np.sum(sums, axis=0) / len(rows))


class Straight(RowByRow):
    """Functions made for the program when they are first needed."""

    def __init__(self, program: Program) -> None:
        super().__init__(program)
        self.made: dict[tuple[object, ...], Function] = {}

    def _made(self, make: Callable[[Program, int], Function], n: int) -> Function:
        if (make, n) not in self.made:
            self.made[make, n] = make(self.program, n)
        return self.made[make, n]

    def rows(self, shared: Numbers, rows: np.ndarray) -> np.ndarray:
        function = self._made(straight.over_rows, len(shared))
        given, found = (
            np.asarray(shared, dtype=float),
            np.empty((len(rows), len(self.program.outputs))),
        )
        function(address(given), address(rows), len(rows), address(found))
        return found

    def scan(
        self, state: np.ndarray, rows: np.ndarray, epochs: int
    ) -> tuple[np.ndarray, np.ndarray]:
        following, table = np.array(state, dtype=float), np.ascontiguousarray(rows)
        history = np.empty((epochs, len(self.program.outputs) - len(state)))
        function = self._made(straight.scan, len(state))
        function(address(following), address(table), len(rows), epochs, address(history))
        return following, history


class Taped(RowByRow):
    """The registers of a tape, kept: new pages of memory cost more than the work."""

    def __init__(self, program: Program) -> None:
        super().__init__(program)
        found = levels(program)
        self.constants, self.made, self.tape = found.constants, tape_of(found), tape()
        self.spare: Spare[Kinds, tuple[np.ndarray, np.ndarray, int]] = Spare(self._workspace)

    def _workspace(self, kinds: Kinds) -> tuple[np.ndarray, np.ndarray, int]:
        """Registers, what the tape is given each time, and where that stands."""
        made, registers, n_inputs = (
            self.made,
            np.empty(self.made.n_registers),
            self.program.n_inputs,
        )
        registers[n_inputs:][: len(self.constants)] = self.constants
        groups = address(made.table), len(made.table), address(made.index)
        *counts, k = kinds
        given = np.array([address(registers), *groups, made.outputs, *counts, n_inputs - k, k])
        return registers, given, address(given)

    def rows(self, shared: Numbers, rows: np.ndarray) -> np.ndarray:
        n = len(self.program.outputs)
        found = np.empty((len(rows), n))
        self._run((0, 0, n, len(shared)), shared, rows, [found])
        return found

    def scan(
        self, state: np.ndarray, rows: np.ndarray, epochs: int
    ) -> tuple[np.ndarray, np.ndarray]:
        n, table = len(state), np.ascontiguousarray(rows)
        history = np.zeros((epochs, len(self.program.outputs) - n))
        following = self._run((n, history.shape[1], 0, n), state, table, history)
        return following, np.asarray(history / len(rows))

    def _run(
        self, kinds: Kinds, shared: Numbers, rows: np.ndarray, found: Iterable[np.ndarray]
    ) -> np.ndarray:
        """Run all rows once for each part of `found`, and return the last state."""
        workspace = self.spare.take(kinds)
        registers, _, given = workspace
        registers[: len(shared)] = shared
        for part in found:
            self.tape(given, address(rows), len(rows), address(part))
        state = registers[: kinds[0]].copy() if kinds[0] else registers[:0]
        self.spare.keep(kinds, workspace)
        return state
