"""The native engine: a program as machine code, exact row by row, and on arrays for many rows.

In reading order: this file (which of them a run takes), kind.py (each primitive as LLVM text),
llvm.py (from text to a function), code.py (loops and arrays as text). Row by row, to the last bit:
straight.py (a short program as a loop over rows), levels.py (lines sorted by level and operation),
loops.py (the loops that any tape of them runs on). Many rows: lanes.py (formulas of vectors as
text), elementary.py (exp, log, tanh, ... of vectors), fusing.py (elementwise steps in one loop),
steps.py (the text of each step), sums.py (of sums over rows), arrays.py (a lifted program as
functions), batches.py (rows in chunks, over the cores).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from microgradnet.programs.engines import NO_ROWS, Engine, Numbers
from microgradnet.programs.engines.native import straight
from microgradnet.programs.engines.native.batches import Batches, in_batches
from microgradnet.programs.engines.native.levels import levels
from microgradnet.programs.engines.native.llvm import Function, address
from microgradnet.programs.engines.native.loops import side_by_side, tape
from microgradnet.programs.engines.spare import Spare
from microgradnet.programs.program import Program

# Compiling takes 0.2 ms a line, and longer programs do not fit the machine's registers anyway.
LONGEST_STRAIGHT = 3_000
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
        made = side_by_side(levels(program))
        # The loops read numbers of 32 bits: half the memory to go through.
        index, outputs = made.index.astype(np.int32), made.outputs.astype(np.int32)
        self.levels = replace(made, index=index, outputs=outputs)
        self.outputs, self.tape = address(outputs), tape()
        self.spare: Spare[int, tuple[np.ndarray, tuple[int, ...]]] = Spare(self._registers)

    def _registers(self, n: int) -> tuple[np.ndarray, tuple[int, ...]]:
        """Registers, and what never changes of what the tape takes."""
        made, registers = self.levels, np.empty(n)
        registers[made.n_inputs : made.n_inputs + len(made.constants)] = made.constants
        groups = address(made.table), len(made.table), address(made.index)
        return registers, (address(registers), *groups)

    def rows(self, shared: Numbers, rows: np.ndarray) -> np.ndarray:
        found = np.empty((len(rows), len(self.program.outputs)))
        self._run(shared, rows, None, (0, len(self.program.outputs)), found)
        return found

    def scan(
        self, state: np.ndarray, rows: np.ndarray, epochs: int
    ) -> tuple[np.ndarray, np.ndarray]:
        table, following = np.ascontiguousarray(rows), np.array(state, dtype=float)
        history = np.zeros((epochs, len(self.program.outputs) - len(state)))
        for sums in history:
            self._run(following, table, following, (len(sums), 0), sums)
        return following, np.asarray(history / len(rows))

    def _run(
        self,
        shared: Numbers,
        rows: np.ndarray,
        following: np.ndarray | None,
        others: tuple[int, int],
        found: np.ndarray,
    ) -> None:
        """Run all rows. following: for the next state; others: outputs to add up, and to put."""
        n, k = self.levels.n_registers, len(shared)
        registers, lines = self.spare.take(n)
        registers[:k] = shared
        state = (0, None) if following is None else (k, address(following))
        given = (address(rows), *rows.shape, k, self.outputs, *state)
        self.tape(*lines, *given, *others, address(found))
        self.spare.keep(n, (registers, lines))
