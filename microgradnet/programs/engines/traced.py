"""Primitives and steps on arrays in jax.numpy, as functions that XLA traces."""

from __future__ import annotations

import functools
import math
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from jax import Array, lax
from jax import numpy as jnp

from microgradnet.operations.operation import OPS
from microgradnet.programs.lifted import (
    Average,
    Elementwise,
    Lifted,
    Mean,
    Outer,
    Product,
    Scan,
    Step,
    StepOperand,
    places,
)

__all__ = ["Batch", "Traced", "spelled"]

# Coefficients of (tanh(x) / x - 1) / x**2 as a polynomial in x**2, highest power first; the
# error is within 2**-54 for abs(x) below 0.35.
NEAR_0 = (
    0.00048549939897704625,
    -0.0014358164861327776,
    0.0035900917605044885,
    -0.008863119842786685,
    0.021869484951957927,
    -0.05396825391358124,
    0.13333333333301503,
    -0.33333333333333304,
)

# XLA reorders (1 + x) - 1 unless told not to.
_rounded = lax.optimization_barrier


def _log1p(x: Array) -> Array:
    """Correct log of the rounded 1 + x; jax's own log1p is off by 128 ulp at -0.41."""
    y = _rounded(1.0 + x)
    mended = jnp.log(y) - ((y - 1.0) - x) / y
    return jnp.where(y == 1.0, x, jnp.where((y > 0.0) & (y < jnp.inf), mended, jnp.log(y)))


def _expm1(x: Array) -> Array:
    """Take a Newton step from the rounded exponential near 0; jax's own is off by 4 ulp."""
    y = _rounded(jnp.exp(x))
    mended = (y - 1.0) - y * (jnp.log(y) - x)
    return jnp.where(y == 1.0, x, jnp.where(jnp.abs(x) < 1.2, mended, y - 1.0))


def _tanh(x: Array) -> Array:
    """Use a polynomial near 0, else exp, as the derivative does; jax's own is off by 6 ulp."""
    y, e = x * x, jnp.exp(-abs(2.0 * x))
    near = x + x * y * functools.reduce(lambda total, c: total * y + c, NEAR_0)
    far = jnp.where(x < 0.0, e - 1.0, 1.0 - e) / (1.0 + e)
    return jnp.where(abs(x) < 0.35, near, far)


SPELLED: dict[str, Callable[..., Array]] = {
    "where": lambda c, a, b: jnp.where(c > 0, a, b),
    "log1p": _log1p,
    "expm1": _expm1,
    "tanh": _tanh,
}


def spelled(op: str) -> Callable[..., Array]:
    """Return the jax.numpy function of a primitive."""
    return SPELLED[op] if op in SPELLED else getattr(jnp, OPS[op].numpy)


class _Space:
    """Arrays (..., places), stored by their first place; `read` gathers any places."""

    def __init__(self, steps: Iterable[Step | Mean], given: dict[int, Array]) -> None:
        self.blocks = dict(given)
        self.starts = sorted({*given, *(step.start for step in steps)})

    def read(self, index: np.ndarray) -> Array:
        """Return the numbers at places (n,), as (..., n), or (..., 1) if all places are equal."""
        of = [bisect_right(self.starts, at) - 1 for at in index.tolist()]
        parts = [self.blocks[self.starts[i]] for i in sorted(set(of))]
        offsets, at = {}, 0
        for i, part in zip(sorted(set(of)), parts):
            offsets[i] = at - self.starts[i]
            at += part.shape[-1]
        block = parts[0] if len(parts) == 1 else jnp.concatenate(parts, axis=-1)
        return _taken(block, index + np.array([offsets[i] for i in of], dtype=np.int64))

    def several(self, index: np.ndarray) -> Array:
        """Return the numbers at places, as (..., n) even if all places are equal."""
        found = self.read(index)
        return jnp.broadcast_to(found, (*found.shape[:-1], len(index)))


def _taken(block: Array, index: np.ndarray) -> Array:
    """Take places by a slice if possible, which XLA compiles faster than an index."""
    at = places(index)
    if isinstance(at, slice):
        return block[..., at]
    apart = int(index[1] - index[0])
    if apart > 1 and np.array_equal(index, index[0] + apart * np.arange(len(index))):
        return block[..., int(index[0]) : int(index[-1]) + 1 : apart]
    return block[..., at]


class Batch:
    """Lifted steps, and how a run over rows passes its numbers, determined once.

    cuts: the first columns of separate arrays, so that products read their columns without a copy.
    places: of each matrix and bias made of given numbers and constants, also passed as separate
    arrays: XLA would extract a bias from a vector again in each loop that reads it.
    """

    def __init__(self, lifted: Lifted) -> None:
        self.lifted, self.cuts = lifted, _cuts(lifted)
        products = [step for step in lifted.steps if isinstance(step, Product)]
        read = [x for step in products for x in (step.matrix, step.bias) if x is not None]
        n_known = lifted.n_given + len(lifted.constants)
        self.places = [x for x in read if x.max() < n_known]

    def handed(self, given: np.ndarray) -> list[np.ndarray]:
        """Return the given numbers, and the numbers at each of `places`."""
        known = np.concatenate([given, self.lifted.constants])
        return [given, *[known[x] for x in self.places]]


def _cuts(made: Lifted) -> list[int]:
    read = [step.factors for step in made.steps if isinstance(step, Product)]
    read += [x for mean in made.means if isinstance(mean, Outer) for x in (mean.left, mean.right)]
    columns = [x for index in read if (x := index[index < made.n_columns]).size]
    spans = [(int(x.min()), int(x.max()) + 1) for x in columns]
    edges = {0, *(x for span in spans for x in span)} - {made.n_columns}
    return sorted(x for x in edges if not any(first < x < stop for first, stop in spans)) or [0]


class Traced:
    """A run of lifted steps, each block an array of its own, (rows, places) like the rows.

    given: the result of `Batch.handed`; rows: the columns from each of its `cuts` to the next.

    XLA fuses the readers of a block with its writer, which it cannot if all blocks are one array.
    With arrays of the other order, (places, rows), it transposed the rows and took twice the time.
    """

    def __init__(
        self, batch: Batch, constants: Array, given: Sequence[Array], rows: Sequence[Array]
    ) -> None:
        made = batch.lifted
        self.made, self.n = made, len(rows[0])
        self.handed = dict(zip(map(id, batch.places), given[1:]))
        known = {0: jnp.concatenate([given[0], constants])}
        self.shared = _Space((*made.before, *made.means, *made.after), known)
        self.rows = _Space(made.steps, dict(zip(batch.cuts, rows)))
        for step in made.before:
            self.shared.blocks[step.start] = self._result(step, self.shared)
        for step in made.steps:
            self.rows.blocks[step.start] = self._result(step, self.rows)

    def outputs(self) -> Array:
        """Return the outputs for each row, (rows, outputs)."""
        at, is_shared = self.made.outputs, self.made.is_shared
        parts = []
        if is_shared.any():
            shared = self.shared.several(at[is_shared])
            parts.append(jnp.broadcast_to(shared, (self.n, len(shared))))
        if not is_shared.all():
            parts.append(self.rows.several(at[~is_shared]))
        order = np.argsort(np.argsort(~is_shared, kind="stable"))  # the shared outputs come first
        return _taken(jnp.concatenate(parts, 1), order) if parts else jnp.empty((self.n, 0))

    def means(self, n: Array | int) -> Array:
        """Return the outputs averaged over the first n rows, (outputs,)."""
        for mean in self.made.means:
            self.shared.blocks[mean.start] = self._total(mean, n).ravel() / n
        for step in self.made.after:
            self.shared.blocks[step.start] = self._result(step, self.shared)
        at = self.made.outputs
        return self.shared.several(at) if len(at) else jnp.empty(0)

    def _total(self, mean: Mean, n: Array | int) -> Array:
        if isinstance(mean, Average):
            return self._first(self.rows.read(mean.index), n).sum(axis=0)
        left, right = (self._first(self.rows.read(x), n) for x in (mean.left, mean.right))
        return left.T @ right

    def _first(self, x: Array, n: Array | int) -> Array:
        """Set the rows that were added to fill the devices to 0."""
        return x if type(n) is int else jnp.where(jnp.arange(self.n)[:, None] < n, x, 0.0)

    def _result(self, step: Step, space: _Space) -> Array:
        if isinstance(step, Elementwise):
            found = spelled(step.op)(*[self._operand(x, space, step.op) for x in step.operands])
            return jnp.broadcast_to(found, (*found.shape[:-1], step.size))
        if isinstance(step, Scan):
            x = space.read(step.index)
            found = [x[..., 0]]
            for i in range(step.size):
                found.append(spelled(step.op)(found[-1], x[..., i + 1]))
            return jnp.stack(found[1:], axis=-1)
        return self._product(step, space)

    def _product(self, step: Product, space: _Space) -> Array:
        matrix, factors = self._array(step.matrix), space.several(step.factors.ravel())
        if step.factors.shape[1] == 1:
            found = factors @ matrix.T
            return found if step.bias is None else found + self._array(step.bias)
        columns = factors.reshape(*factors.shape[:-1], *step.factors.shape)
        found = matrix @ columns
        if step.bias is not None:
            found += self._array(step.bias)[:, None]
        return found.reshape(*factors.shape[:-1], step.size)

    def _array(self, index: np.ndarray) -> Array:
        """Return the shared numbers at places of any shape."""
        if id(index) in self.handed:
            return self.handed[id(index)]
        return self.shared.several(index.ravel()).reshape(index.shape)

    def _operand(self, x: StepOperand, space: _Space, op: str) -> Array | float:
        if not x.is_shared:
            return space.read(x.index)
        at = int(x.index[0]) - self.made.n_given
        if op == "mul" and 0 <= at < len(self.made.constants) and np.all(x.index == x.index[0]):
            number = float(self.made.constants[at])
            if abs(math.frexp(number)[0]) == 0.5:  # a power of 2: exact in any order
                return number
        return self.shared.read(x.index)
