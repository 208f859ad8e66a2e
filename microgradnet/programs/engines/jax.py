"""The jax engine: the numpy engine's groups in jax.numpy, compiled by XLA, rows over devices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import jax
import numpy as np
from jax import Array, lax
from jax import numpy as jnp
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from microgradnet.operations.operation import OPS
from microgradnet.programs.engines import NO_ROWS, Engine
from microgradnet.programs.engines.levels import Levels, levels
from microgradnet.programs.program import Program

# XLA takes 15 ms a group to compile; a program of more groups is data of a loop over its lines.
MOST_GROUPS = 500

# XLA reorders (1 + x) - 1 unless told not to, and fuses a * b - c into one rounding on a CPU.
_rounded = lax.optimization_barrier
UNFUSED = {"xla_disable_hlo_passes": "fusion"}

Arrays: TypeAlias = Array | tuple[Array, ...]
Run = Callable[[Arrays, Array, Array], Array]  # of what is held, shared numbers and rows


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
    """Jax's own is off by 6 ulp and not 1 at 19."""
    less = _expm1(2.0 * jnp.abs(x))
    more = _rounded(less + 2.0)
    return jnp.copysign(jnp.where(jnp.abs(x) < 0.55, less / more, 1.0 - 2.0 / more), x)


SPELLED: dict[str, Callable[..., Array]] = {
    "where": lambda c, a, b: jnp.where(c > 0, a, b),
    "log1p": _log1p,
    "expm1": _expm1,
    "tanh": _tanh,
}


def _spelled(op: str) -> Callable[..., Array]:
    return SPELLED[op] if op in SPELLED else getattr(jnp, OPS[op].numpy)


def _inputs(made: Levels, constants: Array, shared: Array, rows: Array) -> Array:
    """The registers (registers, rows), those of the lines still 0."""
    n = len(rows)
    columns = [jnp.broadcast_to(x[:, None], (len(x), n)) for x in (shared, constants)]
    lines = jnp.zeros((made.n_registers - made.n_inputs - len(made.constants), n))
    return jnp.concatenate([columns[0], rows.T, columns[1], lines])


def _grouped(made: Levels) -> tuple[Run, Arrays]:
    """The groups one after another, and the constants, which XLA is not to calculate with."""

    def run(constants: Array, shared: Array, rows: Array) -> Array:
        registers = _inputs(made, constants, shared, rows)
        for group in made.groups():
            operands = [registers[index] for index in group.operands]
            results = _spelled(group.op)(*operands)
            registers = lax.dynamic_update_slice(registers, results, (group.start, 0))
        return registers[made.outputs]

    return run, made.constants


def _looped(made: Levels) -> tuple[Run, Arrays]:
    """A loop over the lines, and what it reads: the constants, each line's operation, operands."""
    groups = list(made.groups())
    names = sorted({group.op for group in groups})
    codes = np.repeat([names.index(group.op) for group in groups], made.table[:, 2])
    widest = max(OPS[name].arity for name in names)
    operands = [
        np.concatenate([group.operands[min(k, len(group.operands) - 1)] for group in groups])
        for k in range(widest)
    ]
    branches = [lambda *x, op=name: _spelled(op)(*x[: OPS[op].arity]) for name in names]
    first = groups[0].start

    def run(held: Arrays, shared: Array, rows: Array) -> Array:
        constants, codes, operands = held

        def line(i: Array, registers: Array) -> Array:
            given = [registers[operands[k, i]] for k in range(widest)]
            return registers.at[first + i].set(lax.switch(codes[i], branches, *given))

        registers = _inputs(made, constants, shared, rows)
        return lax.fori_loop(0, len(codes), line, registers)[made.outputs]

    return run, (made.constants, codes, np.stack(operands))


class Sharded(Engine):
    """Calls and scans run on this process's first device, the rows of map and mean on all.

    Those are all devices JAX knows, of other processes too: where `jax.distributed` joins
    processes, each passes the same numbers to `map` and `mean`, works on its share of the rows
    and gets the whole answer. XLA takes numbers below 2.2e-308 for 0 on a CPU.
    """

    def __init__(self, program: Program) -> None:
        super().__init__(program)
        made = levels(program)
        self.run, self.held = (_grouped if len(made.table) <= MOST_GROUPS else _looped)(made)
        self.n_outputs = len(made.outputs)
        mesh = Mesh(np.array(jax.devices()), ("rows",))
        self.split = NamedSharding(mesh, PartitionSpec("rows"))
        whole = NamedSharding(mesh, PartitionSpec())
        given = (whole, whole, self.split)
        self.call_of = self._compiled(self.run)
        self.epoch_of = self._compiled(self._epoch)
        self.map_of = self._compiled(self._map, in_shardings=given, out_shardings=whole)
        self.mean_of = self._compiled(self._mean, in_shardings=(*given, whole), out_shardings=whole)

    def _compiled(self, function: Callable[..., Array], **shardings: Any) -> Callable[..., Array]:
        """The function under `jax.jit`, in float64 whatever the user's configuration says."""
        options = UNFUSED if jax.default_backend() == "cpu" else None
        jitted = jax.jit(function, compiler_options=options, **shardings)

        def double(*numbers: Any) -> Array:
            with jax.enable_x64(True):
                return jitted(self.held, *numbers)

        return double

    def _epoch(self, held: Arrays, state: Array, rows: Array) -> tuple[Array, Array]:
        n = len(state)

        def step(carry: tuple[Array, Array], row: Array) -> tuple[tuple[Array, Array], None]:
            found = self.run(held, carry[0], row[None, :])[:, 0]
            return (found[:n], carry[1] + found[n:]), None

        start = (state, jnp.zeros(self.n_outputs - n))
        (following, sums), _ = lax.scan(step, start, rows)
        return following, sums / len(rows)

    def _map(self, held: Arrays, shared: Array, rows: Array) -> Array:
        return self.run(held, shared, rows).T

    def _mean(self, held: Arrays, shared: Array, rows: Array, n: Array) -> Array:
        found = self.run(held, shared, rows)
        return jnp.where(jnp.arange(len(rows)) < n, found, 0.0).sum(axis=1) / n

    def _placed(self, rows: np.ndarray) -> Array:
        """The rows over the devices, the last one repeated until each has as many."""
        n = len(rows)
        filled = np.concatenate([rows, np.repeat(rows[-1:], -n % self.split.num_devices, axis=0)])
        with jax.enable_x64(True):
            return jax.make_array_from_callback(filled.shape, self.split, filled.__getitem__)

    def call(self, numbers: Sequence[float]) -> tuple[float, ...]:
        return tuple(self.call_of(np.array(numbers), NO_ROWS)[:, 0].tolist())

    def map(self, shared: np.ndarray, rows: np.ndarray) -> np.ndarray:
        if not len(rows):
            return np.empty((0, self.n_outputs))
        return np.array(self.map_of(shared, self._placed(rows)))[: len(rows)]

    def mean(self, shared: np.ndarray, rows: np.ndarray) -> np.ndarray:
        return np.array(self.mean_of(shared, self._placed(rows), len(rows)))

    def scan(
        self, state: np.ndarray, rows: np.ndarray, epochs: int
    ) -> tuple[np.ndarray, np.ndarray]:
        following = state
        history = []
        for _ in range(epochs):  # not in XLA, which would compile anew for each number of them
            following, means = self.epoch_of(following, rows)
            history.append(means)
        return np.array(following), np.array(history)
