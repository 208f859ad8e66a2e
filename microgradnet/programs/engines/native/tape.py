"""A program for one row alone as data that loops run on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from weakref import proxy

import numpy as np

from microgradnet.programs.engines import Numbers
from microgradnet.programs.engines.native.code import widest
from microgradnet.programs.engines.native.llvm import address
from microgradnet.programs.engines.native.loops import (
    ANYWHERE,
    BESIDE,
    LOOPS,
    PRIMITIVES,
    SAME,
    VECTORS,
    dots,
    over_rows,
)
from microgradnet.programs.engines.threads import Spare
from microgradnet.programs.levels import DOT, Group, Levels

# How many outputs are a next state, are added up, are put; how many inputs are shared.
Kinds = tuple[int, int, int, int]
# Registers, what the loops are given each time, and where that stands.
Workspace = tuple[np.ndarray, np.ndarray, int]


class Tape:
    """Groups as data, each filled up to whole vectors; to the last bit.

    table: of each (its loop, first result, count, where in `index` its operands are, terms).
    Registers start as those of `levels`; from `outputs` on the outputs stand side by side. They
    are kept: new pages of memory cost more than the work.
    """

    def __init__(self, levels: Levels) -> None:
        self.n_inputs, self.n_outputs = levels.n_inputs, len(levels.outputs)
        self.constants, self.run = levels.constants, over_rows()
        lanes, count = widest().lanes, levels.n_inputs + len(levels.constants)
        place = np.arange(levels.n_registers + self.n_outputs)
        table, parts, at = [], list[np.ndarray](), 0
        copied = np.array([[levels.one] * self.n_outputs, levels.outputs], dtype=np.int64)
        for group in (*levels.groups, Group(DOT, levels.n_registers, copied)):
            self.outputs, filled = count, -(-group.size // lanes) * lanes
            place[group.start : group.start + group.size] = np.arange(count, count + group.size)
            for loop, first, n, index, terms in _parts(group, place[group.operands], filled):
                table.append((LOOPS.index(loop), count + first, n, at, terms))
                parts.append(index.ravel())
                at += index.size
            count += filled
        # The loops read numbers of 32 bits: half the memory to go through.
        self.index = np.concatenate([*parts, np.empty(0)]).astype(np.int32)
        np.clip(self.index, 0, count - 1, out=self.index)  # of lanes that nobody reads
        self.table = np.array(table, dtype=np.int64).reshape(-1, 5)
        self.n_registers = count + lanes
        me = proxy(self)  # which what it holds does not hold: memory is free at once
        self.spare: Spare[Kinds, Workspace] = Spare(lambda kinds: me._workspace(kinds))

    def _workspace(self, kinds: Kinds) -> Workspace:
        registers, (*counts, k) = np.empty(self.n_registers), kinds
        registers[self.n_inputs :][: len(self.constants)] = self.constants
        groups = address(self.table), len(self.table), address(self.index)
        given = [address(registers), *groups, self.outputs, *counts, self.n_inputs - k, k]
        numbers = np.array(given)
        return registers, numbers, address(numbers)

    def rows(self, shared: Numbers, rows: np.ndarray) -> np.ndarray:
        """Return the outputs of each row."""
        found = np.empty((len(rows), self.n_outputs))
        self._run((0, 0, self.n_outputs, len(shared)), shared, rows, [found])
        return found

    def mean(self, shared: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Return the mean of the outputs over the rows, summed in order."""
        found = np.zeros(self.n_outputs)
        self._run((0, self.n_outputs, 0, len(shared)), shared, rows, [found])
        return np.asarray(found / len(rows))

    def scan(
        self, state: np.ndarray, rows: np.ndarray, epochs: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the last state and the history; see `Program.scan`."""
        n = len(state)
        history = np.zeros((epochs, self.n_outputs - n))
        following = self._run((n, self.n_outputs - n, 0, n), state, rows, history)
        return following, np.asarray(history / len(rows))

    def _run(
        self, kinds: Kinds, shared: Numbers, rows: np.ndarray, found: Iterable[np.ndarray]
    ) -> np.ndarray:
        """Run all rows once for each part of `found`, and return the last state."""
        rows, workspace = np.ascontiguousarray(rows), self.spare.take(kinds)
        registers, _, given = workspace
        registers[: len(shared)] = shared
        for part in found:
            self.run(given, address(rows), len(rows), address(part))
        state = registers[: kinds[0]].copy() if kinds[0] else registers[:0]
        self.spare.keep(kinds, workspace)
        return state


Part = tuple[str, int, int, np.ndarray, int]  # loop, first result, count, index, terms


def _parts(group: Group, operands: np.ndarray, filled: int) -> Iterator[Part]:
    """What the loops of a group do; what fills it up goes on as its last lines do."""
    if group.op not in VECTORS:
        yield group.op, 0, group.size, operands, 1
        return
    apart = operands[:, -1:] - operands[:, -2:-1] if group.size > 1 else 0
    more = operands[:, -1:] + apart * np.arange(1, filled - group.size + 1)
    operands = np.hstack([operands, more])
    if group.op in PRIMITIVES:
        yield group.op, 0, filled, operands, 1
        return
    if group.size == 1:  # as of a chain, where what follows takes most of the time
        yield dots(SAME, SAME), 0, 1, operands[:, 0], len(operands) // 2
        return
    lanes, first = widest().lanes, 0
    vectors, kinds = _sorted_factors(
        operands.reshape(len(operands) // 2, 2, filled // lanes, lanes)
    )
    for (x, y), same in groupby(zip(*kinds.tolist())):
        stop = first + len(list(same))
        index = [
            vectors[:, i, first:stop, : lanes if kind == ANYWHERE else 1]
            for i, kind in enumerate((x, y))
        ]
        ordered = np.concatenate(index, axis=2).swapaxes(0, 1)  # vector, term, lanes of both
        yield dots(x, y), first * lanes, stop - first, ordered, len(vectors)
        first = stop


def _sorted_factors(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Factors (terms, 2, vectors, lanes), those of a term turned so that terms are of like kinds.

    And of the factors of each vector (2, vectors) the kind that all terms have.
    """
    apart = np.diff(vectors)
    beside, same = (np.all(apart == step, axis=3) for step in (1, 0))
    kinds = np.select([beside, same], [BESIDE, SAME], ANYWHERE)
    is_turned = kinds[:, 0] > kinds[:, 1]
    vectors = np.where(is_turned[:, None, :, None], vectors[:, ::-1], vectors)
    kinds.sort(axis=1)
    return vectors, np.where(np.all(kinds == kinds[0], axis=0), kinds[0], ANYWHERE)
