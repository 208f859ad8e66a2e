"""The python engine: the program as Python source, compiled once; exact, no dependencies."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from microgradnet.operations.lines import SAFE, python, sign, sign_of_number
from microgradnet.operations.operation import OPS
from microgradnet.programs.engines import Engine
from microgradnet.programs.program import Constant, Program

# Compiling takes 25 us a line and much memory; a program longer than this is interpreted.
MOST_LINES = 20_000
DEEPEST = 20  # of nested expressions; Python's parser fails at a few hundred
TWICE = {("div", 1), ("exp", 0)}  # operands that the spelling repeats

SCAN = """
def scan({state}rows, epochs, n):
    history = []
    for _ in range(epochs):
{zeros}
        for ({row}) in rows:
{lines}
        history += ({means})
    return [{state}], history
"""


def choose(program: Program) -> Engine:
    """Return a compiled engine, or an interpreting one if the program is very long."""
    return Compiled(program) if len(program.lines) <= MOST_LINES else Interpreted(program)


class Interpreted(Engine):
    """A program run line by line, without compiling: the reference that tests compare with."""

    def __init__(self, program: Program) -> None:
        super().__init__(program)
        self.steps = [(OPS[op].value, operands) for op, operands in program.lines]

    def call(self, numbers: Sequence[float]) -> tuple[float, ...]:
        registers = list(numbers)
        for value, operands in self.steps:
            registers.append(
                value(*[x.value if type(x) is Constant else registers[x] for x in operands])
            )
        return tuple(x.value if type(x) is Constant else registers[x] for x in self.program.outputs)


class Compiled(Engine):
    """A program as a Python function for calls, and one for scans with the lines in its loop."""

    def __init__(self, program: Program) -> None:
        super().__init__(program)
        self.statements, self.results = _nested(program)
        # Scans are stored by the length of their state, the call under None.
        self.functions: dict[int | None, Callable[..., Any]] = {}

    def call(self, numbers: Sequence[float]) -> tuple[float, ...]:
        if None not in self.functions:
            self.functions[None] = _defined(self._call_source(), "call")
        found: tuple[float, ...] = self.functions[None](*numbers)
        return found

    def scan(
        self, state: np.ndarray, rows: np.ndarray, epochs: int
    ) -> tuple[np.ndarray, np.ndarray]:
        n = len(state)
        if n not in self.functions:
            self.functions[n] = _defined(self._scan_source(n), "scan")
        others = len(self.program.outputs) - n
        following, history = self.functions[n](*state.tolist(), rows.tolist(), epochs, len(rows))
        return np.array(following, dtype=float), np.array(history).reshape(epochs, others)

    def _call_source(self) -> str:
        body = "\n    ".join([*self.statements, f"return ({_listed(self.results)})"])
        return f"def call({_listed(_inputs(self.program))}):\n    {body}\n"

    def _scan_source(self, n: int) -> str:
        names, results = _inputs(self.program), self.results
        sums = [f"sum_{i}_" for i in range(len(results) - n)]
        lines = [*self.statements, *(f"{s} += {x}" for s, x in zip(sums, results[n:]))]
        if set(names[:n]).isdisjoint(results[:n]):  # single assignments take half the time
            lines += [f"{name} = {x}" for name, x in zip(names, results[:n])]
        else:
            lines.append(f"{_listed(names[:n])}= {_listed(results[:n])}")
        return SCAN.format(
            state=_listed(names[:n]),
            zeros="".join(f"{' ' * 8}{s} = 0.0\n" for s in sums),
            row=_listed(names[n:]),
            lines="".join(f"{' ' * 12}{line}\n" for line in lines or ["pass"]),
            means=_listed(f"{s} / n" for s in sums),
        )


def _inputs(program: Program) -> list[str]:
    """Name the inputs by number, so that no label clashes with a variable."""
    return [f"v{i}" for i in range(program.n_inputs)]


def _nested(program: Program) -> tuple[list[str], list[str]]:
    """Return statements and results; nesting lines used once saves a third of the time."""
    n = program.n_inputs
    uses, last_signs = [0] * len(program.names), _signs_of_last_operands(program)
    for (op, operands), known in zip(program.lines, last_signs):
        for i, x in enumerate(operands):
            if type(x) is int:
                uses[x] += 2 if (op, i) in TWICE and (op, known) not in SAFE else 1
    texts, depths = [f"v{i}" for i in range(len(program.names))], [0] * len(program.names)
    statements, outputs = [], set(program.outputs)
    for k, ((op, operands), known) in enumerate(zip(program.lines, last_signs), start=n):
        written = [texts[x] if type(x) is int else program.operand(x) for x in operands]
        depth = 1 + max([depths[x] for x in operands if type(x) is int], default=0)
        text = python(OPS[op], written, known)
        if uses[k] == 1 and depth < DEEPEST and k not in outputs:
            texts[k], depths[k] = f"({text})", depth
        else:
            statements.append(f"{texts[k]} = {text}")
    return statements, [texts[x] if type(x) is int else program.operand(x) for x in program.outputs]


def _signs_of_last_operands(program: Program) -> list[str]:
    """Return the known sign of the last operand of each line."""
    signs, last = [""] * program.n_inputs, []
    for op, operands in program.lines:
        known = [sign_of_number(x.value) if type(x) is Constant else signs[x] for x in operands]
        signs.append(sign(op, known))
        last.append(known[-1])
    return last


def _listed(items: Iterable[str]) -> str:
    return "".join(f"{item}, " for item in items)


def _defined(source: str, name: str) -> Callable[..., object]:
    namespace: dict[str, Callable[..., object]] = {f"{op.name}_": op.value for op in OPS.values()}
    namespace["exp"] = math.exp
    exec(compile(source, "<microgradnet program>", "exec"), namespace)
    return namespace.pop(name)  # popped, to avoid a reference cycle
