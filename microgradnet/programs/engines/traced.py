"""Primitives and steps on arrays in jax.numpy, as functions that XLA traces."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable

import numpy as np
from jax import Array, lax
from jax import numpy as jnp

from microgradnet.operations.operation import OPS
from microgradnet.programs.lifted import (
    Average,
    Elementwise,
    Lifted,
    Mean,
    Operand,
    Product,
    Scan,
    Step,
    places,
)

__all__ = ["Traced", "spelled"]

# XLA reorders (1 + x) - 1 unless told not to.
_rounded = lax.optimization_barrier


def _log1p(x: Array) -> Array:
    """Jax's own is off by 128 ulp at -0.41: the logarithm of what 1 + x is rounded to, mended."""
    y = _rounded(1.0 + x)
    mended = jnp.log(y) - ((y - 1.0) - x) / y
    return jnp.where(y == 1.0, x, jnp.where((y > 0.0) & (y < jnp.inf), mended, jnp.log(y)))


def _expm1(x: Array) -> Array:
    """Jax's own is off by 4 ulp: near 0 a Newton step from the rounded exponential."""
    y = _rounded(jnp.exp(x))
    mended = (y - 1.0) - y * (jnp.log(y) - x)
    return jnp.where(y == 1.0, x, jnp.where(jnp.abs(x) < 1.2, mended, y - 1.0))


def _tanh(x: Array) -> Array:
    """Jax's own is off by 6 ulp: near 0 a Pade approximant of what it lacks of x, else by exp."""
    y = x * x
    above, below = 45045.0 + y * (2772.0 + 27.0 * y), 62370.0 + y * (3150.0 + 28.0 * y)
    near = x * (1.0 - y * above / (135135.0 + y * below))
    e = jnp.exp(-abs(2.0 * x))
    return jnp.where(abs(x) < 0.35, near, jnp.copysign((1.0 - e) / (1.0 + e), x))


SPELLED: dict[str, Callable[..., Array]] = {
    "where": lambda c, a, b: jnp.where(c > 0, a, b),
    "log1p": _log1p,
    "expm1": _expm1,
    "tanh": _tanh,
}


def spelled(op: str) -> Callable[..., Array]:
    """Return a primitive on arrays."""
    return SPELLED[op] if op in SPELLED else getattr(jnp, OPS[op].numpy)


class Traced:
    """A run of lifted steps: what all rows share as one vector, each block an array of its own.

    XLA fuses what reads a block with what writes it, which it cannot where all are one array.
    """

    def __init__(self, made: Lifted, constants: Array, given: Array, rows: Array) -> None:
        self.made = made
        rest = jnp.zeros(made.n_shared - len(given) - len(constants))
        self.shared = jnp.concatenate([given, constants, rest])
        self.starts = sorted({0, *(step.start for step in made.steps)})
        self.blocks: dict[int, Array] = {0: rows.T}
        self.n = len(rows)
        for step in made.before:
            self._put(step.start, self._result(step, self._of_shared))
        for step in made.steps:
            self.blocks[step.start] = self._result(step, self._of_rows)

    def outputs(self) -> Array:
        """The outputs for each row, (outputs, rows)."""
        made = self.made
        order = np.argsort(np.argsort(~made.is_shared, kind="stable"))  # the shared ones first
        shared = self.shared[made.outputs[made.is_shared]]
        parts = [jnp.broadcast_to(shared[:, None], (len(shared), self.n))]
        if not made.is_shared.all():
            parts.append(self._of_rows(made.outputs[~made.is_shared]))
        return jnp.concatenate(parts)[order]

    def means(self, n: Array | int) -> Array:
        """The outputs averaged over the first n rows, (outputs,)."""
        for mean in self.made.means:
            self._put(mean.start, self._total(mean, n).ravel() / n)
        for step in self.made.after:
            self._put(step.start, self._result(step, self._of_shared))
        return self.shared[self.made.outputs]

    def _total(self, mean: Mean, n: Array | int) -> Array:
        if isinstance(mean, Average):
            return self._first(self._of_rows(mean.index), n).sum(axis=1)
        left, right = (self._first(self._of_rows(x), n) for x in (mean.left, mean.right))
        return left @ right.T

    def _first(self, x: Array, n: Array | int) -> Array:
        """Nothing of the rows that were added for the devices."""
        return x if type(n) is int else jnp.where(jnp.arange(self.n) < n, x, 0.0)

    def _result(self, step: Step, read: Callable[[np.ndarray], Array]) -> Array:
        if isinstance(step, Elementwise):
            found = spelled(step.op)(*[self._operand(x, read) for x in step.operands])
        elif isinstance(step, Scan):
            last, *others = read(step.index)
            rows = []
            for x in others:
                last = spelled(step.op)(last, x)
                rows.append(last)
            found = jnp.stack(rows)
        else:
            return self._product(step, read(step.factors.ravel()))
        return jnp.broadcast_to(found, (step.size, found.shape[1]))

    def _product(self, step: Product, factors: Array) -> Array:
        found = self.shared[step.matrix] @ factors.reshape(len(step.factors), -1)
        if step.bias is not None:
            found += self.shared[step.bias][:, None]
        return found.reshape(step.size, -1)

    def _operand(self, x: Operand, read: Callable[[np.ndarray], Array]) -> Array:
        return self._of_shared(x.index) if x.is_shared else read(x.index)

    def _of_shared(self, index: np.ndarray) -> Array:
        return self.shared[places(index)][:, None]

    def _of_rows(self, index: np.ndarray) -> Array:
        """Registers, of one block or of several."""
        of = [bisect_right(self.starts, at) - 1 for at in index.tolist()]
        parts = [self.blocks[self.starts[i]] for i in sorted(set(of))]
        offsets, at = {}, 0
        for i, part in zip(sorted(set(of)), parts):
            offsets[i] = at - self.starts[i]
            at += len(part)
        block = parts[0] if len(parts) == 1 else jnp.concatenate(parts)
        return block[places(index + np.array([offsets[i] for i in of]))]

    def _put(self, start: int, found: Array) -> None:
        self.shared = lax.dynamic_update_slice(self.shared, found.ravel(), (start,))
