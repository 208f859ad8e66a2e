"""Lines sorted by level and operation: a group holds lines that do not need each other."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from microgradnet.programs.program import Program


@dataclass(frozen=True)
class Group:
    """Lines of one operation: `operands[i]` are the registers of operand i of each line.

    Their results fill the registers from `start` to `stop`.
    """

    op: str
    start: int
    stop: int
    operands: tuple[np.ndarray, ...]


@dataclass(frozen=True)
class Levels:
    """A program in groups; registers are inputs, then constants, then results by group."""

    n_inputs: int
    constants: np.ndarray
    groups: tuple[Group, ...]
    outputs: np.ndarray
    n_registers: int


def levels(program: Program) -> Levels:
    """Sort the lines of a program by level (the distance from the inputs), then operation.

    >>> from microgradnet import record
    >>> found = levels(record(lambda x, y: x * y + y * 2.0, 1.0, 2.0))
    >>> [(group.op, group.stop - group.start) for group in found.groups]
    [('mul', 2), ('add', 1)]
    """
    n = program.n_inputs
    depth = [0] * n
    for _, operands in program.lines:
        depth.append(1 + max([depth[x] for x in operands if type(x) is int], default=0))
    names = sorted({op for op, _ in program.lines})
    code = {op: i for i, op in enumerate(names)}
    codes = np.array([code[op] for op, _ in program.lines], dtype=np.int64)
    keys = np.array(depth[n:], dtype=np.int64) * max(len(names), 1) + codes
    order = np.argsort(keys, kind="stable")
    constants = _Constants(n)
    numbered = [tuple(constants.register(x) for x in operands) for _, operands in program.lines]
    outputs = [constants.register(x) for x in program.outputs]
    first = n + len(constants.numbers)
    place = np.empty(first + len(order), dtype=np.int64)  # of the registers as numbered above
    place[:first] = np.arange(first)
    place[constants.shifted(order)] = first + np.arange(len(order))
    groups = []
    sorted_keys = keys[order]
    edges = np.flatnonzero(np.diff(sorted_keys, prepend=-1, append=-1)) if len(order) else order
    for a, b in itertools.pairwise(edges):
        table = np.array([numbered[i] for i in order[a:b]], dtype=np.int64)
        columns = tuple(place[constants.settled(column)] for column in table.T)
        op = program.lines[order[a]][0]
        groups.append(Group(op, int(first + a), int(first + b), columns))
    found = place[constants.settled(np.array(outputs, dtype=np.int64))]
    numbers = np.array(constants.numbers, dtype=float)
    return Levels(n, numbers, tuple(groups), found, first + len(order))


class _Constants:
    """Registers for the constants, between those of the inputs and those of the lines.

    While they are being found their count is not known: line registers stay as they were,
    constants are numbered from -1 down; `settled` brings both to their place.
    """

    def __init__(self, n_inputs: int) -> None:
        self.n_inputs = n_inputs
        self.numbers: list[float] = []
        self.found: dict[str, int] = {}

    def register(self, x: int | float) -> int:
        if type(x) is int:
            return x
        key = float(x).hex()
        if key not in self.found:
            self.numbers.append(x)
            self.found[key] = -len(self.numbers)
        return self.found[key]

    def settled(self, registers: np.ndarray) -> np.ndarray:
        n, k = self.n_inputs, len(self.numbers)
        of_line = np.where(registers >= n, registers + k, registers)
        return np.where(registers < 0, n - 1 - registers, of_line)

    def shifted(self, lines: np.ndarray) -> np.ndarray:
        return lines + self.n_inputs + len(self.numbers)
