"""The native engine: machine code, exact row by row, and on arrays for many rows.

In reading order: this file (chooses the code for a run), code.py (primitives, loops and arrays as
LLVM text), elementary.py (exp, log, tanh, ... of vectors as such text), llvm.py (compiles text to a
function), row_by_row.py (a program as data for loops, and the scan of a short one as a loop of its
own, to the last bit). Many rows: fusing.py (elementwise steps in one loop), step_code.py (the text
of each step and of sums over rows), batches.py (a lifted program in chunks, over the cores).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from microgradnet.programs.engines import NO_ROWS, Engine
from microgradnet.programs.engines.native.batches import Batches, in_batches
from microgradnet.programs.engines.native.llvm import Function, address
from microgradnet.programs.engines.native.row_by_row import Tape, straight_scan
from microgradnet.programs.levels import levels
from microgradnet.programs.program import Program

# Compiling takes 0.2 ms a line, and longer programs do not fit the machine's registers anyway.
LONGEST_STRAIGHT = 3_000


class Native(Engine):
    """The native engine: single rows and scans exactly; several rows as arrays if shorter."""

    def __init__(self, program: Program) -> None:
        super().__init__(program)
        self.batches: dict[tuple[int, bool], Batches | None] = {}
        self.scans: dict[int, Function] = {}

    @cached_property
    def tape(self) -> Tape:
        """The program as data for loops that run it row by row."""
        return Tape(levels(self.program))

    def _in_batches(self, n_given: int, n: int, means: bool) -> Batches | None:
        key = n_given, means
        if n > 1 and key not in self.batches:
            self.batches[key] = in_batches(self.program, *key)
        return self.batches[key] if n > 1 else None

    def call(self, numbers: Sequence[float]) -> tuple[float, ...]:
        return tuple(self.tape.rows(numbers, NO_ROWS)[0].tolist())

    def map(self, shared: np.ndarray, rows: np.ndarray) -> np.ndarray:
        batches = self._in_batches(len(shared), len(rows), False)
        return batches.map(shared, rows) if batches else self.tape.rows(shared, rows)

    def mean(self, shared: np.ndarray, rows: np.ndarray) -> np.ndarray:
        if batches := self._in_batches(len(shared), len(rows), True):
            return batches.mean(shared, rows)
        if len(rows) == 1:
            return np.asarray(self.tape.rows(shared, rows)[0])
        return self.tape.mean(shared, rows)

    def scan(
        self, state: np.ndarray, rows: np.ndarray, epochs: int
    ) -> tuple[np.ndarray, np.ndarray]:
        if len(self.program.lines) > LONGEST_STRAIGHT:
            return self.tape.scan(state, rows, epochs)
        n, following = len(state), np.array(state, dtype=float)
        if n not in self.scans:
            self.scans[n] = straight_scan(self.program, n)
        history = np.empty((epochs, len(self.program.outputs) - n))
        table = np.ascontiguousarray(rows)
        self.scans[n](address(following), address(table), len(rows), epochs, address(history))
        return following, history
