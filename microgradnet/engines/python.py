"""The python engine: the program as Python source, compiled once; exact and without dependency."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from microgradnet.operation import OPS
from microgradnet.program import Program
from microgradnet.symbols import python

# Compiling takes 25 us a line and much memory; a program longer than this is interpreted.
MOST_LINES = 20_000

SCAN = """
def scan({state}rows, epochs, n):
    history = []
    for _ in range(epochs):
{zeros}
        for ({row}) in rows:
{lines}
        history.append(({means}))
    return [{state}], history
"""


def build(program: Program) -> Any:
    """Return the program ready to run: compiled, or interpreted where it is very long."""
    return _Compiled(program) if len(program.lines) <= MOST_LINES else _Interpreted(program)


class _Interpreted:
    """Line by line: nothing to compile, and the reference the others are tested against."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.steps = [(OPS[op].value, operands) for op, operands in program.lines]

    def call(self, numbers: Sequence[float]) -> tuple[float, ...]:
        registers = list(numbers)
        for value, operands in self.steps:
            registers.append(value(*[registers[x] if type(x) is int else x for x in operands]))
        return tuple(registers[x] if type(x) is int else float(x) for x in self.program.outputs)

    def map(self, shared: list[float], rows: np.ndarray) -> np.ndarray:
        found = [self.call([*shared, *row]) for row in rows.tolist()]
        return np.array(found, dtype=float).reshape(len(rows), len(self.program.outputs))

    def mean(self, shared: list[float], rows: np.ndarray) -> np.ndarray:
        sums = [0.0] * len(self.program.outputs)
        for row in rows.tolist():
            sums = [a + b for a, b in zip(sums, self.call([*shared, *row]))]
        return np.array([a / len(rows) for a in sums])

    def scan(
        self, state: list[float], rows: np.ndarray, epochs: int
    ) -> tuple[np.ndarray, np.ndarray]:
        n_others = len(self.program.outputs) - len(state)
        table = rows.tolist()
        history = []
        for _ in range(epochs):
            sums = [0.0] * n_others
            for row in table:
                found = self.call([*state, *row])
                state = list(found[: len(state)])
                sums = [a + b for a, b in zip(sums, found[len(state) :])]
            history.append([a / len(table) for a in sums])
        return np.array(state, dtype=float), np.array(history).reshape(epochs, n_others)


class _Compiled(_Interpreted):
    """One Python function for a call, and one for a scan, with the lines inside its loop."""

    def __init__(self, program: Program) -> None:
        super().__init__(program)
        lines = program.statements(_spelled)
        results = ", ".join(program.operand(x) for x in program.outputs)
        body = "\n    ".join([*lines, f"return ({results}{',' if results else ''})"])
        names = ", ".join(program.names[: program.n_inputs])
        self.call_ = _defined(f"def call({names}):\n    {body}\n", "call")
        self.scans: dict[int, Any] = {}

    def call(self, numbers: Sequence[float]) -> tuple[float, ...]:
        found: tuple[float, ...] = self.call_(*numbers)
        return found

    def scan(
        self, state: list[float], rows: np.ndarray, epochs: int
    ) -> tuple[np.ndarray, np.ndarray]:
        n = len(state)
        if n not in self.scans:
            self.scans[n] = _defined(self._scan_source(n), "scan")
        others = len(self.program.outputs) - n
        following, history = self.scans[n](*state, rows.tolist(), epochs, len(rows))
        return np.array(following, dtype=float), np.array(history).reshape(epochs, others)

    def _scan_source(self, n: int) -> str:
        program = self.program
        results = [program.operand(x) for x in program.outputs]
        sums = [f"sum_{i}_" for i in range(len(results) - n)]
        lines = program.statements(_spelled)
        lines += [f"{total} += {x}" for total, x in zip(sums, results[n:])]
        if n:
            lines.append(f"{_listed(program.names[:n])}= {_listed(results[:n])}")
        return SCAN.format(
            state=_listed(program.names[:n]),
            zeros="".join(f"{' ' * 8}{total} = 0.0\n" for total in sums),
            row=_listed(program.names[n : program.n_inputs]),
            lines="".join(f"{' ' * 12}{line}\n" for line in lines or ["pass"]),
            means=_listed(f"{total} / n" for total in sums),
        )


def _listed(items: Iterable[str]) -> str:
    return "".join(f"{item}, " for item in items)


def _spelled(op: str, operands: Sequence[str]) -> str:
    return python(OPS[op], operands)


def _defined(source: str, name: str) -> Any:
    namespace: dict[str, Any] = {f"{op.name}_": op.value for op in OPS.values()}
    exec(compile(source, "<microgradnet program>", "exec"), namespace)
    return namespace[name]
