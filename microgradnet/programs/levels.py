"""A program for one row alone, to the last bit: similar lines of a level are run together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from microgradnet.programs.program import ONE, Constant, Constants, Operand, Program

DOT = "dot"


@dataclass(frozen=True, eq=False)
class Group:
    """Lines of one operation: `operands[:, i]` are the registers of result i, at start + i.

    op: a primitive; or DOT, the sum of operands[0] * operands[1], operands[2] * operands[3], ...,
    with each product and each partial sum rounded, in this order.
    """

    op: str
    start: int
    operands: np.ndarray

    @property
    def size(self) -> int:
        """Return the number of lines."""
        return int(self.operands.shape[1])


@dataclass(frozen=True, eq=False)
class Levels:
    """Groups in order of computation; registers are inputs, then constants, then results.

    outputs: registers.
    """

    n_inputs: int
    constants: np.ndarray
    groups: tuple[Group, ...]
    outputs: np.ndarray

    @property
    def one(self) -> int:
        """Return the register of the constant 1, which every program has."""
        return self.n_inputs + int(np.flatnonzero(self.constants == 1.0)[0])

    @property
    def n_registers(self) -> int:
        """Return the number of registers."""
        return self.n_inputs + len(self.constants) + sum(group.size for group in self.groups)


def levels(program: Program) -> Levels:
    """Sort the lines of a program by level (the distance from the inputs), operation and operands.

    >>> from microgradnet import record
    >>> found = levels(record(lambda x, y: (x * y + y * 2.0) / x, 1.0, 2.0))
    >>> [(group.op, group.operands.tolist()) for group in found.groups]
    [('dot', [[0], [1], [1], [2]]), ('div', [[4], [0]])]
    """
    n, lines = program.n_inputs, _merged(program)
    place = list(range(len(program.names)))
    read = (operands for _, operands in lines.values())
    constants = Constants(chain(*read, program.outputs, [ONE]))

    def registers(operands: Sequence[Operand]) -> list[int]:
        return [n + constants[x] if type(x) is Constant else place[x] for x in operands]

    groups, count = [], n + len(constants)
    for (_, op, _), alike in sorted(_alike(lines, len(place)).items()):
        ordered = sorted((registers(lines[r][1]), r) for r in alike)
        groups.append(Group(op, count, np.array([operands for operands, _ in ordered]).T))
        for i, (_, r) in enumerate(ordered, start=count):
            place[r] = i
        count += len(ordered)
    outputs = np.array(registers(program.outputs), dtype=np.int64)
    return Levels(n, constants.array(), tuple(groups), outputs)


Lines = dict[int, tuple[str, tuple[Operand, ...]]]  # by register


def _alike(lines: Lines, n: int) -> dict[tuple[int, str, int], list[int]]:
    """Group the lines by level, operation and number of operands."""
    found = defaultdict(list)
    depth = [0] * n
    for r, (op, operands) in lines.items():
        depth[r] = 1 + max([depth[x] for x in operands if type(x) is int], default=0)
        found[depth[r], op, len(operands)].append(r)
    return found


def _merged(program: Program) -> Lines:
    """Return the lines, with each sum of products merged into one line."""
    once = _read_once(program)
    found, inside = Lines(), set[int]()
    for r in range(len(once) - 1, program.n_inputs - 1, -1):
        if r not in inside:
            found[r], merged = _sum_at(program, once, r)
            inside.update(merged)
    return dict(reversed(found.items()))


def _read_once(program: Program) -> list[str]:
    """Return the operation of each register that is read once, and "" for the others."""
    uses = [0] * len(program.names)
    for x in chain(*(operands for _, operands in program.lines), program.outputs):
        if type(x) is int:
            uses[x] += 1
    ops = [""] * program.n_inputs + [op for op, _ in program.lines]
    return [op if count == 1 else "" for op, count in zip(ops, uses)]


def _sum_at(
    program: Program, once: list[str], r: int
) -> tuple[tuple[str, tuple[Operand, ...]], list[int]]:
    """Return a line merged with sums and products that only it reads, and their registers.

    An addend that is not a product counts as 1 times itself.
    """
    merged = list[int]()

    def line(x: Operand, op: str) -> tuple[Operand, ...] | None:
        """Return the operands of a sum or product that is read once, else None."""
        if type(x) is not int or once[x] != op:
            return None
        merged.append(x)
        return program.lines[x - program.n_inputs][1]

    op, operands = program.lines[r - program.n_inputs]
    addends, following = list[Operand](), operands if op == "add" else None
    while following:
        x, y = following
        if following := line(x, "add"):
            addends.append(y)
        elif following := line(y, "add"):
            addends.append(x)
        else:
            addends += y, x
    terms = [line(x, "mul") or (ONE, x) for x in reversed(addends)]
    return ((DOT, tuple(chain(*terms))) if merged else (op, operands)), merged
