"""The class Lifted: a program as steps on arrays, as made by lifting and run by engines.

There are two arrays of numbers. `shared` is a vector of the numbers that are the same for all
rows: the given shared numbers, then the constants, then results. `registers` is an array
(registers, rows) of the numbers that differ from row to row: the columns of the rows, then
results. A step writes adjacent results, and reads only places that were written before.

    before: steps on the vector `shared` alone, once a run
    steps:  steps on the registers, once for each chunk of rows
    means:  means over all rows, which are put into `shared`
    after:  steps on `shared` alone, once a run

A program for `map` has neither means nor steps after; the outputs of one for `mean` are shared.
In `before` and `after` the registers of a step are places in `shared`, and all operands shared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self, TypeAlias

import numpy as np

from microgradnet.operations.operation import OPS

__all__ = ["Average", "Elementwise", "Lifted", "Mean", "Outer", "Product", "Scan", "StepOperand"]
__all__ += ["Step", "compacted", "is_range", "places", "read", "ufunc"]


@dataclass(frozen=True, eq=False)
class StepOperand:
    """The places that a step reads, all in `shared` or all in the registers."""

    is_shared: bool
    index: np.ndarray


class _OfLines:
    """A step whose results are registers of the program."""

    lines: tuple[int, ...]

    @property
    def size(self) -> int:
        """Return the number of results."""
        return len(self.lines)


@dataclass(frozen=True, eq=False)
class Elementwise(_OfLines):
    """One operation on m registers each: result i is op(operand_1[i], operand_2[i], ...).

    operands: each of m places; a shared operand has the same number for all rows. The results
    are at `start`, start + 1, ... lines: the program's registers of the results.
    """

    op: str
    operands: tuple[StepOperand, ...]
    start: int
    lines: tuple[int, ...]

    def moved(self, place: np.ndarray) -> Self:
        """Return the same step with register i moved to `place[i]`."""
        given = [x if x.is_shared else StepOperand(False, place[x.index]) for x in self.operands]
        return replace(self, operands=tuple(given), start=int(place[self.start]))


@dataclass(frozen=True, eq=False)
class Product(_OfLines):
    """A matrix (m, p) of shared numbers times registers (p, c), plus an optional bias (m,).

    matrix, bias: places in `shared`; factors: places (p, c) in the array the step works on, the
    registers or `shared`. Result (i, j) is sum_k matrix[i, k] * factors[k, j] + bias[i], at
    start + i * c + j. lines: the program's registers of the results, in that order.
    """

    matrix: np.ndarray
    factors: np.ndarray
    bias: np.ndarray | None
    start: int
    lines: tuple[int, ...]

    def moved(self, place: np.ndarray) -> Self:
        """Return the same step with register i moved to `place[i]`."""
        return replace(self, factors=place[self.factors], start=int(place[self.start]))


@dataclass(frozen=True, eq=False)
class Scan(_OfLines):
    """A chain: result 0 is op(x_0, x_1), result i is op(result i - 1, x_(i + 1)).

    op: "add", "mul", "maximum" or "minimum"; index: the places of the n + 1 registers x. The
    results are at `start`, start + 1, ... lines: the program's registers of the results.
    """

    op: str
    index: np.ndarray
    start: int
    lines: tuple[int, ...]

    def moved(self, place: np.ndarray) -> Self:
        """Return the same step with register i moved to `place[i]`."""
        return replace(self, index=place[self.index], start=int(place[self.start]))


Step: TypeAlias = Elementwise | Product | Scan


@dataclass(frozen=True, eq=False)
class Outer:
    """The mean over the rows of left[i] * right[j], for m and p registers, at start + i * p + j."""

    left: np.ndarray
    right: np.ndarray
    start: int

    @property
    def size(self) -> int:
        """Return the number of results."""
        return len(self.left) * len(self.right)

    def moved(self, place: np.ndarray) -> Self:
        """Return the same mean with register i moved to `place[i]`."""
        return replace(self, left=place[self.left], right=place[self.right])


@dataclass(frozen=True, eq=False)
class Average:
    """The mean over the rows of m registers, at `start`, start + 1, ..."""

    index: np.ndarray
    start: int

    @property
    def size(self) -> int:
        """Return the number of results."""
        return len(self.index)

    def moved(self, place: np.ndarray) -> Self:
        """Return the same mean with register i moved to `place[i]`."""
        return replace(self, index=place[self.index])


Mean: TypeAlias = Outer | Average


@dataclass(frozen=True, eq=False)
class Lifted:
    """A program as steps on arrays; the module's docstring explains the arrays and phases.

    n_given: how many numbers of `shared` are given, its first ones; constants: the numbers that
    follow them; n_shared: the length of `shared`. n_columns: how many columns the rows have (their
    registers come first); n_registers: the number of registers. outputs: the place of each
    output, in `shared` where is_shared is true, else in the registers.

    >>> from microgradnet import record
    >>> from microgradnet.programs.lifting import lift
    >>> program = record(lambda w, v, x, y: (w * x + v * y, v * x + w * y), 1.0, 2.0, 3.0, 4.0)
    >>> made = lift(program, 2)
    >>> [type(step).__name__ for step in made.steps]
    ['Product']
    >>> made.steps[0].matrix.tolist(), made.outputs.tolist()
    ([[0, 1], [1, 0]], [2, 3])
    """

    n_given: int
    constants: np.ndarray
    n_shared: int
    n_columns: int
    n_registers: int
    before: tuple[Step, ...]
    steps: tuple[Step, ...]
    means: tuple[Mean, ...]
    after: tuple[Step, ...]
    outputs: np.ndarray
    is_shared: np.ndarray

    def moved(self, place: np.ndarray, n_registers: int) -> Lifted:
        """Return the same program with register i moved to `place[i]`, of n_registers registers."""
        outputs = self.outputs.copy()
        outputs[~self.is_shared] = place[self.outputs[~self.is_shared]]
        return replace(
            self,
            n_registers=n_registers,
            steps=tuple([step.moved(place) for step in self.steps]),
            means=tuple([mean.moved(place) for mean in self.means]),
            outputs=outputs,
        )


def read(step: Step | Mean, shared: bool = False) -> list[np.ndarray]:
    """Return the places that a step reads in the registers or, if shared, in `shared`."""
    if isinstance(step, Elementwise):
        return [x.index for x in step.operands if x.is_shared == shared]
    if isinstance(step, Outer):
        return [step.left, step.right]
    return [step.factors if isinstance(step, Product) else step.index]


def ufunc(op: str) -> np.ufunc:
    """Return the NumPy function of a primitive; `where` has none."""
    found: np.ufunc = getattr(np, OPS[op].numpy)
    return found


def places(index: Sequence[int] | np.ndarray) -> slice | np.ndarray:
    """Return places as a slice, which copies nothing, if they are adjacent or all equal."""
    first = int(index[0])
    if is_range(index):
        return slice(first, first + len(index))
    return slice(first, first + 1) if np.all(np.equal(index, first)) else np.asarray(index)


def is_range(index: Sequence[int] | np.ndarray) -> bool:
    """Return whether places are adjacent and ascending."""
    return bool(np.array_equal(index, np.arange(index[0], index[0] + len(index))))


def compacted(lifted: Lifted) -> Lifted:
    """Return the same steps with each register reused after its last reader.

    An elementwise step may then overwrite an operand: each result replaces the operand at the same
    index.
    """
    steps, n = lifted.steps, lifted.n_registers
    sizes = [lifted.n_columns, *[step.size for step in steps]]
    starts = [0, *[step.start for step in steps]]
    block, moved = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64)
    for i, (start, size) in enumerate(zip(starts, sizes)):
        block[start : start + size] = i
    last = _last_uses(lifted, block)
    dying: list[list[int]] = [[] for _ in range(len(steps) + 2)]
    for i, step in enumerate(last.tolist()):
        dying[step].append(i)
    room = _Room()
    begins = [room.take(sizes[0])]
    moved[: sizes[0]] = np.arange(sizes[0])
    for i, step in enumerate(steps, start=1):
        dead = [b for b in dying[i] if b != i]
        heir = _replaced(step, dead, starts, sizes, block)
        begins.append(room.take(step.size) if heir is None else begins[heir])
        moved[step.start : step.start + step.size] = np.arange(begins[i], begins[i] + step.size)
        unread = [i] if last[i] == i else []  # nobody reads it, but the step must write somewhere
        for b in [*(b for b in dead if b != heir), *unread]:
            room.give(begins[b], sizes[b])
    return lifted.moved(moved, room.height)


def _last_uses(lifted: Lifted, block: np.ndarray) -> np.ndarray:
    """Return the last step that reads each block, counted from 1; n + 1 for means and outputs."""
    last = np.arange(len(lifted.steps) + 1)
    for i, step in enumerate(lifted.steps, start=1):
        for index in read(step):
            last[block[index]] = i
    meant = [index for mean in lifted.means for index in read(mean)]
    for index in (*meant, lifted.outputs[~lifted.is_shared]):
        last[block[index]] = len(last)
    return last


def _replaced(
    step: Step, dead: list[int], starts: list[int], sizes: list[int], block: np.ndarray
) -> int | None:
    """Return a block that an elementwise step may overwrite because it is the last reader."""
    if not isinstance(step, Elementwise):
        return None
    for b in dead:
        if sizes[b] == step.size:
            mine = [index for index in read(step) if np.any(block[index] == b)]
            if mine and all(index[0] == starts[b] and is_range(index) for index in mine):
                return b
    return None


class _Room:
    """An allocator of registers: `take` returns the first free stretch that is long enough."""

    def __init__(self) -> None:
        self.free: list[tuple[int, int]] = []  # from, to; sorted
        self.height = 0

    def take(self, size: int) -> int:
        for i, (start, stop) in enumerate(self.free):
            if stop - start >= size:
                self.free[i : i + 1] = [(start + size, stop)] if stop - start > size else []
                return start
        start = self.height
        if self.free and self.free[-1][1] == self.height:  # extend the last stretch
            start = self.free.pop()[0]
        self.height = start + size
        return start

    def give(self, start: int, size: int) -> None:
        """Free a stretch, and join it to its free neighbours."""
        stop = start + size
        joined = [x for x in self.free if x[1] == start or x[0] == stop]
        self.free = [x for x in self.free if x not in joined]
        first, last = min([start, *[x[0] for x in joined]]), max([stop, *[x[1] for x in joined]])
        self.free = sorted([*self.free, (first, last)])
