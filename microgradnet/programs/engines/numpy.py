"""The numpy engine: steps on arrays as BLAS and ufuncs, over chunks of rows that fit the cache."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property, partial

import numpy as np

from microgradnet.programs.engines import Engine
from microgradnet.programs.engines.threads import Spare
from microgradnet.programs.levels import DOT, Levels, levels
from microgradnet.programs.lifted import (
    Average,
    Elementwise,
    Lifted,
    Mean,
    Product,
    Step,
    StepOperand,
    compacted,
    places,
    ufunc,
)
from microgradnet.programs.lifting import lift
from microgradnet.programs.program import Program

# The most registers times rows in a chunk, and the fewest rows.
CACHED, FEWEST = 120_000, 64

# Multiplications in one product. OpenBLAS spreads larger products over threads, and on a busy
# machine their waiting takes 30 times as long as the product on one thread.
MOST_PRODUCTS = 262_144

Call = Callable[[], object]


class _Bound:
    """Steps bound once as calls on views of the numbers, so that a run looks nothing up.

    fixed: calls that gather shared numbers, once a run; calls: the steps.
    """

    def __init__(self, shared: np.ndarray, registers: np.ndarray) -> None:
        self.shared, self.registers = shared, registers
        self.fixed: list[Call] = []
        self.calls: list[Call] = []

    def add(self, step: Step) -> None:
        """Bind a step to the arrays."""
        out = self.registers[step.start : step.start + step.size]
        if isinstance(step, Product):
            self._add_product(step, out)
        elif isinstance(step, Elementwise):
            self.add_elementwise(step.op, [self._read(x) for x in step.operands], out)
        else:
            last, *others = (self.registers[i] for i in step.index)
            for x, result in zip(others, out):
                self.calls.append(partial(ufunc(step.op), last, x, out=result))
                last = result

    def add_elementwise(self, op: str, operands: Sequence[np.ndarray], out: np.ndarray) -> None:
        """Bind a primitive to its operands."""
        if op == "where":
            self._add_choice(operands, out)
        else:
            self.calls.append(partial(ufunc(op), *operands, out=out))

    def add_dots(self, index: np.ndarray, out: np.ndarray) -> None:
        """Bind sums of products of the registers (2 p, n), in order."""
        factors, index = np.empty(index.shape), np.ascontiguousarray(index)
        products = factors[::2]
        self.calls += [
            partial(self.shared.take, index, out=factors, mode="clip"),
            partial(np.multiply, products, factors[1::2], out=products),
            partial(np.add.accumulate, products, out=products),  # `sum` would add in another order
            partial(np.copyto, out, products[-1:].T),
        ]

    def _add_product(self, step: Product, out: np.ndarray) -> None:
        m, p = step.matrix.shape
        matrix = np.empty((m, p))
        self.fixed.append(
            partial(self.shared.take, step.matrix, out=matrix, mode="clip")  # in BLAS's order
        )
        factors = self.rows(step.factors.ravel()).reshape(p, -1)
        out = out.reshape(m, -1)
        if p == 1:
            self.calls.append(partial(np.multiply, matrix, factors, out=out))  # in half the time
        else:
            for part in _parts(out.shape[1], m * p):
                self.calls.append(partial(np.matmul, matrix, factors[:, part], out=out[:, part]))
        if step.bias is not None:
            self.calls.append(partial(np.add, out, self._shared(step.bias)[:, None], out=out))

    def _add_choice(self, operands: Sequence[np.ndarray], out: np.ndarray) -> None:
        """Bind `where` as operations on bits; `out` may be the same array as any operand.

        A masked copy branches on each sign, which a CPU cannot predict: it takes three times as
        long.
        """
        c, a, b = operands
        mask = np.empty(np.broadcast_shapes(c.shape, out.shape), dtype=bool)
        bits, differing = np.empty(out.shape, np.int64), np.empty(out.shape, np.int64)
        this, other, to = (x.view(np.int64) for x in (a, b, out))
        self.calls += [
            partial(np.greater, c, 0.0, out=mask),
            partial(np.copyto, bits, mask),
            partial(np.negative, bits, out=bits),
            partial(np.bitwise_xor, this, other, out=differing),
            partial(np.bitwise_and, differing, bits, out=bits),
            partial(np.bitwise_xor, bits, other, out=to),
        ]

    def _read(self, x: StepOperand) -> np.ndarray:
        return self._shared(x.index)[:, None] if x.is_shared else self.rows(x.index)

    def _shared(self, index: np.ndarray) -> np.ndarray:
        """Return a view of shared numbers, or an array that is filled with them once a run."""
        at = places(index)
        if isinstance(at, slice):
            return self.shared[at]
        room = np.empty(len(index))
        self.fixed.append(partial(self.shared.take, index, out=room, mode="clip"))
        return room

    def rows(self, index: np.ndarray) -> np.ndarray:
        """Return a view of registers, or an array that is filled with them at this step."""
        at = places(index)
        if isinstance(at, slice):
            return self.registers[at]
        room = np.empty((len(index), self.registers.shape[1]))
        self.calls.append(partial(self.registers.take, index, axis=0, out=room, mode="clip"))
        return room

    def run(self) -> None:
        """Run the steps."""
        for call in self.calls:
            call()


def _parts(columns: int, size: int) -> list[slice]:
    """Cut columns into parts with at most MOST_PRODUCTS products; size: products per column."""
    count = max(1, -(-columns * size // MOST_PRODUCTS))
    width = -(-columns // count)
    return [slice(i, i + width) for i in range(0, columns, width)]


class _Workspace:
    """The arrays written by a run over chunks of a given number of rows."""

    def __init__(self, made: Lifted, rows: int) -> None:
        self.made, self.shared = made, np.empty(made.n_shared)
        constants = self.shared[made.n_given :][: len(made.constants)]
        constants[:] = made.constants
        self.registers = np.empty((made.n_registers, rows))
        one = self.shared[:, None]
        self.before, self.after = _Bound(self.shared, one), _Bound(self.shared, one)
        self.steps = _Bound(self.shared, self.registers)
        for bound, steps in ((self.before, made.before), (self.after, made.after)):
            bound.fixed = bound.calls  # gather late: steps compute these
            for step in steps:
                bound.add(step)
        for step in made.steps:
            self.steps.add(step)
        self.totals = [self._add_mean(mean) for mean in made.means]

    def _add_mean(self, mean: Mean) -> np.ndarray:
        """Bind the sum of a mean over the rows, and return the array it is added to."""
        calls = self.steps.calls
        if isinstance(mean, Average):
            total, found = np.zeros(mean.size), np.empty(mean.size)
            calls.append(partial(np.sum, self.steps.rows(mean.index), axis=1, out=found))
            calls.append(partial(np.add, total, found, out=total))
            return total
        total = np.zeros((len(mean.left), len(mean.right)))
        found = np.empty_like(total)
        left, right = self.steps.rows(mean.left), self.steps.rows(mean.right)
        for part in _parts(left.shape[1], mean.size):
            calls.append(partial(np.matmul, left[:, part], right[:, part].T, out=found))
            calls.append(partial(np.add, total, found, out=total))
        return total

    def begin(self, given: np.ndarray) -> None:
        """Set the given numbers, compute the steps before the rows, and clear the totals."""
        self.shared[: len(given)] = given
        self.before.run()
        for call in self.steps.fixed:
            call()
        for total in self.totals:
            total.fill(0.0)

    def run(self, rows: np.ndarray) -> None:
        """Run the steps for some rows."""
        self.registers[: rows.shape[1]] = rows.T
        self.steps.run()

    def outputs(self) -> np.ndarray:
        """Return the outputs for the rows of the last run, (outputs, rows)."""
        at, is_shared = self.made.outputs, self.made.is_shared
        found = np.empty((len(at), self.registers.shape[1]))
        found[is_shared] = self.shared[at[is_shared]][:, None]
        found[~is_shared] = self.registers[at[~is_shared]]
        return found

    def add(self, other: _Workspace) -> None:
        """Add the totals of another workspace."""
        for total, more in zip(self.totals, other.totals):
            total += more

    def end(self, n: int) -> np.ndarray:
        """Return the outputs from the totals over n rows."""
        for mean, total in zip(self.made.means, self.totals):
            np.divide(total.ravel(), n, out=self.shared[mean.start : mean.start + total.size])
        self.after.run()
        return np.asarray(self.shared[self.made.outputs])


class _Row:
    """The workspace of one row alone, computed line by line."""

    def __init__(self, made: Levels) -> None:
        self.made, self.numbers = made, np.empty(made.n_registers)
        self.numbers[made.n_inputs :][: len(made.constants)] = made.constants
        self.bound = bound = _Bound(self.numbers, self.numbers[:, None])
        for group in made.groups:
            out = bound.registers[group.start : group.start + group.size]
            if group.op == DOT:
                bound.add_dots(group.operands, out)
            else:
                bound.add_elementwise(group.op, [bound.rows(x) for x in group.operands], out)

    def run(self, numbers: np.ndarray) -> np.ndarray:
        """Return the outputs for the given numbers."""
        self.numbers[: len(numbers)] = numbers
        self.bound.run()
        return np.asarray(self.numbers[self.made.outputs])


class Chunks:
    """`map` or `mean` of a lifted program over chunks of rows, and its workspaces."""

    def __init__(self, made: Lifted) -> None:
        self.made = compacted(made)
        self.chunk = max(FEWEST, CACHED // max(1, self.made.n_registers))
        self.spare: Spare[int, _Workspace] = Spare(partial(_Workspace, self.made))

    def map(self, given: np.ndarray, rows: np.ndarray) -> np.ndarray:
        found, at = np.empty((len(rows), len(self.made.outputs))), 0
        with np.errstate(all="ignore"):
            for workspace, parts in self._begun(given, rows):
                for part in parts:
                    workspace.run(part)
                    found[at : at + len(part)] = workspace.outputs().T
                    at += len(part)
                self.spare.keep(len(parts[0]), workspace)
        return found

    def mean(self, given: np.ndarray, rows: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            begun = self._begun(given, rows)
            for workspace, parts in begun:
                for part in parts:
                    workspace.run(part)
            (first, _), *others = begun
            for other, _ in others:
                first.add(other)
            found = first.end(len(rows))
        for workspace, parts in begun:
            self.spare.keep(len(parts[0]), workspace)
        return found

    def _begun(
        self, given: np.ndarray, rows: np.ndarray
    ) -> list[tuple[_Workspace, list[np.ndarray]]]:
        """Return workspaces with the shared numbers computed, each with its chunks of rows."""
        chunks = [rows[i : i + self.chunk] for i in range(0, len(rows), self.chunk)]
        rest = [chunks.pop()] if chunks and len(chunks[-1]) < self.chunk else []
        found = [(self.spare.take(len(parts[0])), parts) for parts in (chunks, rest) if parts]
        for workspace, _ in found:
            workspace.begin(given)
        return found


class Arrays(Engine):
    """The numpy engine: rows in chunks that fit the cache; one row alone line by line."""

    def __init__(self, program: Program) -> None:
        super().__init__(program)
        self.made: dict[tuple[int, bool], Chunks] = {}

    @cached_property
    def spare(self) -> Spare[int, _Row]:
        """Return the pool of workspaces for one row alone."""
        made = levels(self.program)
        return Spare(lambda n: _Row(made))

    def _chunks(self, n_given: int, means: bool) -> Chunks:
        """Return the steps on arrays, built at first use."""
        key = (n_given, means)
        if key not in self.made:
            self.made.setdefault(key, Chunks(lift(self.program, *key)))
        return self.made[key]

    def call(self, numbers: Sequence[float]) -> tuple[float, ...]:
        return tuple(self._row(np.asarray(numbers, dtype=float)).tolist())

    def _row(self, numbers: np.ndarray) -> np.ndarray:
        row = self.spare.take(1)
        with np.errstate(all="ignore"):
            found = row.run(numbers)
        self.spare.keep(1, row)
        return found

    def map(self, shared: np.ndarray, rows: np.ndarray) -> np.ndarray:
        if len(rows) == 1:
            return self._row(np.append(shared, rows))[None, :]
        return self._chunks(len(shared), False).map(shared, rows)

    def mean(self, shared: np.ndarray, rows: np.ndarray) -> np.ndarray:
        if len(rows) == 1:
            return self._row(np.append(shared, rows))
        return self._chunks(len(shared), True).mean(shared, rows)

    def scan(
        self, state: np.ndarray, rows: np.ndarray, epochs: int
    ) -> tuple[np.ndarray, np.ndarray]:
        n = len(state)
        numbers = state
        history = np.zeros((epochs, len(self.program.outputs) - n))
        with np.errstate(all="ignore"):
            for epoch in range(epochs):
                for row in rows:
                    found = self._row(np.append(numbers, row))
                    numbers = found[:n]
                    history[epoch] += found[n:]
            return numbers, history / len(rows)
