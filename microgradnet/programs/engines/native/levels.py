"""A program as data: lines sorted by level and operation, so that a group needs none of its own."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from microgradnet.operations.operation import OPS
from microgradnet.programs.program import Operand, Program

PRIMITIVES = sorted(op.name for op in OPS.values() if op.primitive)
ARITY = np.array([OPS[op].arity for op in PRIMITIVES], dtype=np.int64)


@dataclass(frozen=True)
class Group:
    """Lines of one operation: `operands[i]` are the registers of operand i of each line.

    Their results fill the registers from `start` to `stop`.
    """

    op: str
    start: int
    stop: int
    operands: np.ndarray


@dataclass(frozen=True)
class Levels:
    """A program sorted; its registers are inputs, then constants, then results by group.

    table: of each group (primitive, first result, lines, where in `index` its operands are);
    index: the registers of the first operand of each line of a group, then of the second, ...;
    outputs: registers.
    """

    n_inputs: int
    constants: np.ndarray
    table: np.ndarray
    index: np.ndarray
    outputs: np.ndarray
    n_registers: int

    def groups(self) -> Iterator[Group]:
        """The table as a loop over arrays reads it."""
        for code, start, lines, at in self.table.tolist():
            op = PRIMITIVES[code]
            operands = self.index[at : at + OPS[op].arity * lines]
            yield Group(op, start, start + lines, operands.reshape(-1, lines))


def levels(program: Program) -> Levels:
    """Sort the lines of a program by level (the distance from the inputs), then operation.

    Then by the level that first reads them: sums of products read theirs side by side.

    >>> from microgradnet import record
    >>> found = levels(record(lambda x, y: x * y + y * 2.0, 1.0, 2.0))
    >>> [(group.op, group.stop - group.start) for group in found.groups()]
    [('mul', 2), ('add', 1)]
    """
    n, lines = program.n_inputs, program.lines
    code = {op: i for i, op in enumerate(PRIMITIVES)}
    constants: dict[str, int] = {}
    operands = [_registers(line[1], constants) for line in lines]
    outputs = np.array(_registers(program.outputs, constants), dtype=np.int64)
    first = n + len(constants)
    depths = np.array(_depths(program), dtype=np.int64)
    keys = depths * len(code) + np.array([code[op] for op, _ in lines], dtype=np.int64)
    order = np.lexsort((_readers(operands, depths, n), keys))
    place = np.empty(first + len(lines), dtype=np.int64)  # of the registers as numbered above
    place[:n] = np.arange(n)
    place[n + order] = first + np.arange(len(lines))
    place[n + len(lines) :] = first - 1 - np.arange(len(constants))  # which -1, -2, ... find
    table = _table(keys[order])
    index = _index(table, order, operands)
    table[:, 1] += first
    numbers = np.array([float.fromhex(x) for x in constants], dtype=float)
    return Levels(n, numbers, table, place[index], place[outputs], len(place))


def _registers(operands: Sequence[Operand], constants: dict[str, int]) -> list[int]:
    """The registers as the program numbers them, constants from -1 down."""
    return [
        x if type(x) is int else constants.setdefault(float(x).hex(), -1 - len(constants))
        for x in operands
    ]


def _depths(program: Program) -> list[int]:
    depth = [0] * program.n_inputs
    for _, operands in program.lines:
        depth.append(1 + max([depth[x] for x in operands if type(x) is int], default=0))
    return depth[program.n_inputs :]


def _readers(operands: list[list[int]], depths: np.ndarray, n: int) -> np.ndarray:
    """Of each line the level of the first that reads it."""
    read = np.fromiter(itertools.chain.from_iterable(operands), np.int64)
    by = np.repeat(depths, [len(x) for x in operands])
    found = np.full(len(operands), len(operands))
    np.minimum.at(found, read[read >= n] - n, by[read >= n])
    return found


def _table(keys: np.ndarray) -> np.ndarray:
    """The groups of equal keys among sorted ones, counted from the first line."""
    edges = np.flatnonzero(np.diff(keys, prepend=-1, append=-1)) if len(keys) else keys
    table = np.zeros((len(edges[:-1]), 4), dtype=np.int64)
    table[:, 0], table[:, 1] = keys[edges[:-1]] % len(PRIMITIVES), edges[:-1]
    table[:, 2] = np.diff(edges)
    table[1:, 3] = np.cumsum(ARITY[table[:, 0]] * table[:, 2])[:-1]
    return table


def _index(table: np.ndarray, order: np.ndarray, operands: list[list[int]]) -> np.ndarray:
    """The operands of all groups: of a group the first of each line, then the second, ..."""
    code, start, count, at = table.T
    given = np.fromiter(itertools.chain.from_iterable(operands), np.int64)
    begins = np.zeros(len(order), dtype=np.int64)
    begins[1:] = np.cumsum([len(x) for x in operands[:-1]])
    within = np.arange(len(order)) - np.repeat(start, count)
    index = np.empty_like(given)
    for i in range(max(ARITY)):
        has = np.repeat(ARITY[code] > i, count)
        to = np.repeat(at + i * count, count) + within
        index[to[has]] = given[begins[order[has]] + i]
    return index
