"""The numpy engine: each group of like lines is one gather and one ufunc, over rows at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from microgradnet.operations.operation import OPS
from microgradnet.programs.engines import NO_ROWS, Engine, Numbers
from microgradnet.programs.engines.levels import Levels, levels
from microgradnet.programs.engines.spare import Spare
from microgradnet.programs.program import Program

# Registers times rows worked on at once: 3 MB. For 1,000 rows of a 2-16-16-1 net 2 ** 17 takes
# 40 % more (calls), 2 ** 20 as much (cache).
CACHED = 370_000


def _ufunc(op: str) -> Callable[..., object]:
    if op == "where":
        return lambda c, a, b, out: np.copyto(out, np.where(c > 0, a, b))
    found: np.ufunc = getattr(np, OPS[op].numpy)
    return found


def _selection(index: np.ndarray) -> slice | np.ndarray:
    """A slice, which copies nothing, where the registers stand side by side or are all one."""
    first, n = int(index[0]), len(index)
    if np.array_equal(index, np.arange(first, first + n)):
        return slice(first, first + n)
    return slice(first, first + 1) if np.all(index == first) else index


# A ufunc; where its operands are gathered from, and to; the operands; its results.
Step = tuple[
    Callable[..., object], list[tuple[np.ndarray, np.ndarray]], list[np.ndarray], np.ndarray
]


class _Workspace:
    """The registers of some rows, and the steps with their views of them bound once."""

    def __init__(self, program: Levels, rows: int) -> None:
        self.registers = registers = np.empty((program.n_registers, rows))
        n = program.n_inputs
        registers[n : n + len(program.constants)] = program.constants[:, None]
        largest = program.table[:, 2].max(initial=0)
        buffers = np.empty((3, largest, rows))  # used again: new pages cost more than the work
        self.steps: list[Step] = []
        for group in program.groups():
            operands, gathers = [], []
            for index, buffer in zip(group.operands, buffers):
                at = _selection(index)
                if isinstance(at, slice):
                    operands.append(registers[at])
                else:
                    operands.append(buffer[: len(at)])
                    gathers.append((at, operands[-1]))
            results = registers[group.start : group.stop]
            self.steps.append((_ufunc(group.op), gathers, operands, results))

    def run(self, shared: Numbers, rows: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        """Fill the registers from the inputs; return those of the outputs (outputs, rows)."""
        registers = self.registers
        k = len(shared)
        registers[:k] = np.asarray(shared, dtype=float).reshape(k, 1)
        registers[k : k + rows.shape[1]] = rows.T
        for ufunc, gathers, operands, results in self.steps:
            for index, buffer in gathers:
                registers.take(index, axis=0, out=buffer, mode="clip")
            ufunc(*operands, out=results)
        found: np.ndarray = registers[outputs]
        return found


class Grouped(Engine):
    """The rows in chunks whose registers fit the cache."""

    def __init__(self, program: Program) -> None:
        super().__init__(program)
        made = levels(program)
        self.outputs = made.outputs
        self.chunk = max(1, CACHED // max(1, made.n_registers))
        self.spare: Spare[int, _Workspace] = Spare(lambda rows: _Workspace(made, rows))

    def _run(self, shared: Numbers, rows: np.ndarray) -> np.ndarray:
        workspace = self.spare.take(len(rows))
        with np.errstate(all="ignore"):
            found = workspace.run(shared, rows, self.outputs)
        self.spare.keep(len(rows), workspace)
        return found

    def call(self, numbers: Sequence[float]) -> tuple[float, ...]:
        return tuple(self._run(numbers, NO_ROWS)[:, 0].tolist())

    def map(self, shared: np.ndarray, rows: np.ndarray) -> np.ndarray:
        found = np.empty((len(rows), len(self.outputs)))
        for start in range(0, len(rows), self.chunk):
            part = rows[start : start + self.chunk]
            found[start : start + len(part)] = self._run(shared, part).T
        return found

    def mean(self, shared: np.ndarray, rows: np.ndarray) -> np.ndarray:
        parts = [rows[i : i + self.chunk] for i in range(0, len(rows), self.chunk)]
        sums = [self._run(shared, part).sum(axis=1) for part in parts]
        return np.asarray(np.sum(sums, axis=0) / len(rows))

    def scan(
        self, state: np.ndarray, rows: np.ndarray, epochs: int
    ) -> tuple[np.ndarray, np.ndarray]:
        n = len(state)
        numbers = state
        history = np.zeros((epochs, len(self.outputs) - n))
        for epoch in range(epochs):
            for row in rows:
                found = self._run(numbers, row[None, :])[:, 0]
                numbers = found[:n]
                history[epoch] += found[n:]
        return numbers, history / len(rows)
