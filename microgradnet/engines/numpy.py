"""The numpy engine: each group of like lines is one gather and one ufunc, over rows at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from microgradnet.engines.levels import levels
from microgradnet.operation import OPS
from microgradnet.program import Program

# Registers times rows that are worked on at once, as many as the cache of a core holds.
CACHED = 2**16


def build(program: Program) -> Any:
    """Return the program ready to run on arrays."""
    return _Grouped(program)


def _ufunc(op: str) -> Callable[..., Any]:
    if op == "where":
        return lambda c, a, b, out: np.copyto(out, np.where(c > 0, a, b))
    found: Callable[..., Any] = getattr(np, OPS[op].numpy)
    return found


class _Grouped:
    def __init__(self, program: Program) -> None:
        self.levels = levels(program)
        self.steps = [(_ufunc(group.op), group) for group in self.levels.groups]
        self.chunk = max(1, CACHED // max(1, self.levels.n_registers))

    def _registers(self, rows: int) -> np.ndarray:
        registers = np.empty((self.levels.n_registers, rows))
        n = self.levels.n_inputs
        registers[n : n + len(self.levels.constants)] = self.levels.constants[:, None]
        return registers

    def _run(self, registers: np.ndarray) -> np.ndarray:
        """Fill the registers from those of the inputs; return those of the outputs."""
        with np.errstate(all="ignore"):
            for ufunc, group in self.steps:
                operands = [registers.take(index, axis=0) for index in group.operands]
                ufunc(*operands, out=registers[group.start : group.stop])
        found: np.ndarray = registers[self.levels.outputs]
        return found

    def call(self, numbers: Sequence[float]) -> tuple[float, ...]:
        registers = self._registers(1)
        registers[: len(numbers), 0] = numbers
        return tuple(self._run(registers)[:, 0].tolist())

    def map(self, shared: list[float], rows: np.ndarray) -> np.ndarray:
        found = np.empty((len(rows), len(self.levels.outputs)))
        for start in range(0, len(rows), self.chunk):
            part = rows[start : start + self.chunk]
            registers = self._registers(len(part))
            registers[: len(shared)] = np.array(shared)[:, None]
            registers[len(shared) : self.levels.n_inputs] = part.T
            found[start : start + len(part)] = self._run(registers).T
        return found

    def mean(self, shared: list[float], rows: np.ndarray) -> np.ndarray:
        return np.asarray(self.map(shared, rows).mean(axis=0))

    def scan(
        self, state: list[float], rows: np.ndarray, epochs: int
    ) -> tuple[np.ndarray, np.ndarray]:
        n = len(state)
        registers = self._registers(1)
        registers[:n, 0] = state
        history = np.zeros((epochs, len(self.levels.outputs) - n))
        for epoch in range(epochs):
            for row in rows:
                registers[n : self.levels.n_inputs, 0] = row
                found = self._run(registers)[:, 0]
                registers[:n, 0] = found[:n]
                history[epoch] += found[n:]
        return registers[:n, 0].copy(), history / len(rows)
