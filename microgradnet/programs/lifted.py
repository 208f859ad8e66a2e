"""A program as steps on arrays: what lifting makes of its lines, and what engines run.

Numbers stand in two places. `shared` is a vector of what is the same for all rows: the given
shared numbers, then the constants, then results. `registers` is an array (registers, rows) of
what differs from row to row: the columns of the rows, then results. A step writes results that
stand side by side, and reads only what was written before.

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

__all__ = [
    "Average",
    "Elementwise",
    "Lifted",
    "Mean",
    "Operand",
    "Outer",
    "Product",
    "Scan",
    "Step",
]
__all__ += ["places", "total", "ufunc"]


@dataclass(frozen=True, eq=False)
class Operand:
    """Places that a step reads, all in `shared` or all in the registers."""

    is_shared: bool
    index: np.ndarray


class _OfLines:
    """A step whose results are registers of the program."""

    lines: tuple[int, ...]

    @property
    def size(self) -> int:
        """How many results there are."""
        return len(self.lines)


@dataclass(frozen=True, eq=False)
class Elementwise(_OfLines):
    """One operation on m registers each: result i is op(operand_1[i], operand_2[i], ...).

    operands: each of m places; one that is shared has the same number for all rows. The results
    stand from `start` on. lines: the registers of the program that the results are.
    """

    op: str
    operands: tuple[Operand, ...]
    start: int
    lines: tuple[int, ...]

    def moved(self, place: np.ndarray) -> Self:
        """Return it with `place[i]` for each register i."""
        given = [x if x.is_shared else Operand(False, place[x.index]) for x in self.operands]
        return replace(self, operands=tuple(given), start=int(place[self.start]))


@dataclass(frozen=True, eq=False)
class Product(_OfLines):
    """A matrix (m, p) of shared numbers times registers (p, c), and a bias (m,) where there is one.

    matrix, bias: places in `shared`; factors: places (p, c) in what the step works on, the
    registers or `shared`. Result (i, j) is sum_k matrix[i, k] * factors[k, j] + bias[i], at
    start + i * c + j. lines: the registers of the program that the results are, in that order.
    """

    matrix: np.ndarray
    factors: np.ndarray
    bias: np.ndarray | None
    start: int
    lines: tuple[int, ...]

    def moved(self, place: np.ndarray) -> Self:
        """Return it with `place[i]` for each register i."""
        return replace(self, factors=place[self.factors], start=int(place[self.start]))


@dataclass(frozen=True, eq=False)
class Scan(_OfLines):
    """A chain: result 0 is op(x_0, x_1), result i is op(result i - 1, x_(i + 1)).

    op: "add", "mul", "maximum" or "minimum"; index: the places of the n + 1 registers x. The
    results stand from `start` on. lines: the registers of the program that the results are.
    """

    op: str
    index: np.ndarray
    start: int
    lines: tuple[int, ...]

    def moved(self, place: np.ndarray) -> Self:
        """Return it with `place[i]` for each register i."""
        return replace(self, index=place[self.index], start=int(place[self.start]))


Step: TypeAlias = Elementwise | Product | Scan


@dataclass(frozen=True, eq=False)
class Outer:
    """The mean over the rows of left[i] * right[j], for m and p registers: at start + i * p + j."""

    left: np.ndarray
    right: np.ndarray
    start: int

    @property
    def size(self) -> int:
        """How many results there are."""
        return len(self.left) * len(self.right)

    def moved(self, place: np.ndarray) -> Self:
        """Return it with `place[i]` for each register i."""
        return replace(self, left=place[self.left], right=place[self.right])


@dataclass(frozen=True, eq=False)
class Average:
    """The mean over the rows of m registers: from start on."""

    index: np.ndarray
    start: int

    @property
    def size(self) -> int:
        """How many results there are."""
        return len(self.index)

    def moved(self, place: np.ndarray) -> Self:
        """Return it with `place[i]` for each register i."""
        return replace(self, index=place[self.index])


Mean: TypeAlias = Outer | Average


@dataclass(frozen=True, eq=False)
class Lifted:
    """A program as steps on arrays; see above.

    n_given: how many numbers of `shared` are given, its first ones; constants: the numbers that
    follow them; n_shared: the length of `shared`. n_columns: how many columns the rows have,
    which are the first registers; n_registers: how many registers there are. outputs: for each
    output its place, in `shared` where is_shared says so, else in the registers.

    >>> from microgradnet import record
    >>> from microgradnet.programs.lifting import lift
    >>> program = record(lambda w, v, x, y: (w * x + v * y, v * x + w * y), 1.0, 2.0, 3.0, 4.0)
    >>> made = lift(program, 2)
    >>> [type(step).__name__ for step in made.steps]
    ['Product']
    >>> made.map(np.array([1.0, 2.0]), np.array([[3.0, 4.0]]))
    array([[11., 10.]])
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

    def map(self, given: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Return the outputs for each row (n, outputs), step by step: what engines are held to."""
        shared, registers = self._begun(given), np.empty((self.n_registers, len(rows)))
        registers[: self.n_columns] = rows.T
        for step in self.steps:
            _run(step, shared, registers)
        found = [
            np.full(len(rows), shared[at]) if is_shared else registers[at]
            for at, is_shared in zip(self.outputs, self.is_shared)
        ]
        return np.array(found).reshape(len(self.outputs), len(rows)).T

    def mean(self, given: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Return the outputs averaged over the rows (outputs,), likewise."""
        shared, registers = self._begun(given), np.empty((self.n_registers, len(rows)))
        registers[: self.n_columns] = rows.T
        for step in self.steps:
            _run(step, shared, registers)
        for mean in self.means:
            found = total(mean, registers).ravel() / len(rows)
            shared[mean.start : mean.start + len(found)] = found
        for step in self.after:
            _run(step, shared, shared[:, None])
        return np.asarray(shared[self.outputs])

    def _begun(self, given: np.ndarray) -> np.ndarray:
        shared = np.empty(self.n_shared)
        shared[: self.n_given] = given
        shared[self.n_given : self.n_given + len(self.constants)] = self.constants
        for step in self.before:
            _run(step, shared, shared[:, None])
        return shared


def total(mean: Mean, registers: np.ndarray) -> np.ndarray:
    """Return the sum over the rows of what a mean is of."""
    if isinstance(mean, Average):
        return np.asarray(registers[mean.index].sum(axis=1))
    return np.asarray(registers[mean.left] @ registers[mean.right].T)


def _run(step: Step, shared: np.ndarray, registers: np.ndarray) -> None:
    """Do a step; registers: an array (registers, rows), or `shared` as one of a single row."""
    if isinstance(step, Elementwise):
        operands = [_read(x, shared, registers) for x in step.operands]
        found = _applied(step.op, operands)
    elif isinstance(step, Scan):
        found = ufunc(step.op).accumulate(registers[step.index], axis=0)[1:]
    else:
        p = len(step.factors)
        factors = registers[step.factors.ravel()].reshape(p, -1)
        found = shared[step.matrix] @ factors
        if step.bias is not None:
            found = found + shared[step.bias][:, None]
        found = found.reshape(step.size, -1)
    registers[step.start : step.start + step.size] = found


def _applied(op: str, operands: Sequence[np.ndarray]) -> np.ndarray:
    with np.errstate(all="ignore"):
        if op == "where":
            c, a, b = operands
            return np.where(c > 0, a, b)
        return np.asarray(ufunc(op)(*operands))


def _read(x: Operand, shared: np.ndarray, registers: np.ndarray) -> np.ndarray:
    return np.asarray(shared[x.index][:, None] if x.is_shared else registers[x.index])


def ufunc(op: str) -> np.ufunc:
    """Return the function of NumPy that a primitive is, `where` excepted."""
    found: np.ufunc = getattr(np, OPS[op].numpy)
    return found


def places(index: Sequence[int] | np.ndarray) -> slice | np.ndarray:
    """Return a slice, which copies nothing, where the places stand side by side or are all one."""
    first, n = int(index[0]), len(index)
    if np.array_equal(index, np.arange(first, first + n)):
        return slice(first, first + n)
    return slice(first, first + 1) if np.all(np.equal(index, first)) else np.asarray(index)
