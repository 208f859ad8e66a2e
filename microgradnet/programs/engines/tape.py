"""A program as data: lines of one level and operation stand together, operands as numbers."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from microgradnet.operations.operation import OPS
from microgradnet.programs.program import Program

PRIMITIVES = sorted(op.name for op in OPS.values() if op.primitive)


@dataclass(frozen=True)
class Tape:
    """A program sorted by level (the distance from the inputs), then operation.

    Registers are inputs, then constants, then results by group. groups: rows of (primitive, first
    result, lines, where in `index` the registers of its operands are); outputs: registers.
    """

    n_registers: int
    n_inputs: int
    constants: np.ndarray
    groups: np.ndarray
    index: np.ndarray
    outputs: np.ndarray


def tape(program: Program) -> Tape:
    """Sort the lines of a program by level and operation."""
    n, lines = program.n_inputs, program.lines
    code = {op: i for i, op in enumerate(PRIMITIVES)}
    constants: dict[str, int] = {}
    operands = [_registers(line[1], constants) for line in lines]
    outputs = np.array([*_registers(program.outputs, constants)], dtype=np.int64)
    first = n + len(constants)
    keys = np.array(_depths(program), dtype=np.int64) * len(code)
    keys += np.array([code[op] for op, _ in lines], dtype=np.int64)
    order = np.argsort(keys, kind="stable")
    place = np.empty(first + len(lines), dtype=np.int64)
    place[:n] = np.arange(n)
    place[n + order] = first + np.arange(len(lines))
    place[n + len(lines) :] = first - 1 - np.arange(len(constants))  # which -1, -2, ... find
    groups, index = _groups(keys[order] % len(code), keys[order], order, operands)
    groups[:, 1] += first
    numbers = np.array([float.fromhex(x) for x in constants], dtype=float)
    found = place[index].astype(np.int32), place[outputs].astype(np.int32)
    return Tape(len(place), n, numbers, groups, *found)


def _registers(operands: Sequence[Any], constants: dict[str, int]) -> list[int]:
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


def _groups(
    codes: np.ndarray, keys: np.ndarray, order: np.ndarray, operands: list[list[int]]
) -> tuple[np.ndarray, np.ndarray]:
    """The table of the groups, and all their operands: of a group the first of each line, ..."""
    edges = np.flatnonzero(np.diff(keys, prepend=-1, append=-1)) if len(keys) else order
    starts, counts = edges[:-1], np.diff(edges)
    groups = np.zeros((len(starts), 4), dtype=np.int64)
    groups[:, 0], groups[:, 1], groups[:, 2] = codes[starts], starts, counts
    arity = np.array([OPS[op].arity for op in PRIMITIVES], dtype=np.int64)[groups[:, 0]]
    groups[1:, 3] = np.cumsum(arity * counts)[:-1]
    flat = np.fromiter(itertools.chain.from_iterable(operands), np.int64)
    begins = np.zeros(len(order), dtype=np.int64)
    begins[1:] = np.cumsum([len(x) for x in operands[:-1]])
    index = np.empty_like(flat)
    within = np.arange(len(order)) - np.repeat(starts, counts)
    for i in range(3):
        has = np.repeat(arity > i, counts)
        to = np.repeat(groups[:, 3] + i * counts, counts) + within
        index[to[has]] = flat[begins[order[has]] + i]
    return groups, index
