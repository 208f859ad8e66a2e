"""The jax engine: steps on arrays in jax.numpy, compiled by XLA, rows over devices."""

from __future__ import annotations

import functools
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
from microgradnet.programs.engines.traced import Traced, spelled
from microgradnet.programs.lifted import Lifted
from microgradnet.programs.lifting import lift
from microgradnet.programs.program import Program

# XLA takes 15 ms a group to compile; a program of more groups is data of a loop over its lines.
MOST_GROUPS = 500

# XLA fuses a * b - c into one rounding on a CPU; where each line is rounded alone, it is not to.
UNFUSED = {"xla_disable_hlo_passes": "fusion"}

Arrays: TypeAlias = Array | tuple[Array, ...]
Run = Callable[[Arrays, Array, Array], Array]  # of what is held, shared numbers and rows


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
            results = spelled(group.op)(*operands)
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
    branches = [lambda *x, op=name: spelled(op)(*x[: OPS[op].arity]) for name in names]
    first = groups[0].start

    def run(held: Arrays, shared: Array, rows: Array) -> Array:
        constants, codes, operands = held

        def line(i: Array, registers: Array) -> Array:
            given = [registers[operands[k, i]] for k in range(widest)]
            return registers.at[first + i].set(lax.switch(codes[i], branches, *given))

        registers = _inputs(made, constants, shared, rows)
        return lax.fori_loop(0, len(codes), line, registers)[made.outputs]

    return run, (made.constants, codes, np.stack(operands))


def _double(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function in float64, whatever the user's configuration says."""

    def double(*numbers: Any) -> Any:
        with jax.enable_x64(True):
            return function(*numbers)

    return double


class Sharded(Engine):
    """Calls and scans run on this process's first device, the rows of map and mean on all.

    Those are all devices JAX knows, of other processes too: where `jax.distributed` joins
    processes, each passes the same numbers to `map` and `mean`, works on its share of the rows
    and gets the whole answer. XLA takes numbers below 2.2e-308 for 0 on a CPU.
    """

    def __init__(self, program: Program) -> None:
        super().__init__(program)
        self.n_outputs = len(program.outputs)
        self.made: dict[tuple[int, bool], Lifted] = {}
        mesh = Mesh(np.array(jax.devices()), ("rows",))
        self.split = NamedSharding(mesh, PartitionSpec("rows"))
        whole = NamedSharding(mesh, PartitionSpec())
        exact = UNFUSED if jax.default_backend() == "cpu" else None
        self.call_of = _double(jax.jit(self._run, compiler_options=exact))
        self.epoch_of = _double(jax.jit(self._epoch, compiler_options=exact))
        given = {"in_shardings": (whole, whole, self.split, whole), "out_shardings": whole}
        self.map_of = _double(jax.jit(self._map, **given))
        self.mean_of = _double(jax.jit(self._mean, **given))

    @functools.cached_property
    def exact(self) -> tuple[Run, Arrays]:
        """The program with each line rounded alone, and what it holds."""
        made = levels(self.program)
        return (_grouped if len(made.table) <= MOST_GROUPS else _looped)(made)

    def _run(self, held: Arrays, shared: Array, rows: Array) -> Array:
        return self.exact[0](held, shared, rows)

    def _epoch(self, held: Arrays, state: Array, rows: Array) -> tuple[Array, Array]:
        n = len(state)

        def step(carry: tuple[Array, Array], row: Array) -> tuple[tuple[Array, Array], None]:
            found = self._run(held, carry[0], row[None, :])[:, 0]
            return (found[:n], carry[1] + found[n:]), None

        start = (state, jnp.zeros(self.n_outputs - n))
        (following, sums), _ = lax.scan(step, start, rows)
        return following, sums / len(rows)

    def _lifted(self, n_given: int, means: bool) -> Lifted:
        """The steps on arrays, made when first needed."""
        if (n_given, means) not in self.made:
            self.made.setdefault((n_given, means), lift(self.program, n_given, means))
        return self.made[n_given, means]

    def _held(self, n_given: int, means: bool) -> Arrays:
        """What a run reads besides its numbers, which XLA is not to calculate with."""
        made = self._lifted(n_given, means)
        return made.constants if len(made.steps) <= MOST_GROUPS else self.exact[1]

    def _map(self, held: Arrays, shared: Array, rows: Array, n: Array) -> Array:
        made = self._lifted(len(shared), False)
        if len(made.steps) > MOST_GROUPS:
            return self._run(held, shared, rows).T
        return Traced(made, held, shared, rows).outputs().T

    def _mean(self, held: Arrays, shared: Array, rows: Array, n: Array) -> Array:
        made = self._lifted(len(shared), True)
        if len(made.steps) > MOST_GROUPS:
            found = self._run(held, shared, rows)
            return jnp.where(jnp.arange(len(rows)) < n, found, 0.0).sum(axis=1) / n
        are_all = self.split.num_devices == 1  # of the rows that were given
        return Traced(made, held, shared, rows).means(len(rows) if are_all else n)

    def _placed(self, rows: np.ndarray) -> Array:
        """The rows over the devices, the last one repeated until each has as many."""
        missing = -len(rows) % self.split.num_devices
        filled = np.concatenate([rows, np.repeat(rows[-1:], missing, axis=0)]) if missing else rows
        with jax.enable_x64(True):
            return jax.make_array_from_callback(filled.shape, self.split, filled.__getitem__)

    def call(self, numbers: Sequence[float]) -> tuple[float, ...]:
        return tuple(self._row(np.array(numbers)).tolist())

    def _row(self, numbers: np.ndarray) -> np.ndarray:
        return np.array(self.call_of(self.exact[1], numbers, NO_ROWS)[:, 0])

    def map(self, shared: np.ndarray, rows: np.ndarray) -> np.ndarray:
        n, k = len(rows), len(shared)
        if n == 0:
            return np.empty((0, self.n_outputs))
        if n == 1:
            return self._row(np.append(shared, rows))[None, :]
        return np.array(self.map_of(self._held(k, False), shared, self._placed(rows), n))[:n]

    def mean(self, shared: np.ndarray, rows: np.ndarray) -> np.ndarray:
        n, k = len(rows), len(shared)
        if n == 1:
            return self._row(np.append(shared, rows))
        return np.array(self.mean_of(self._held(k, True), shared, self._placed(rows), n))

    def scan(
        self, state: np.ndarray, rows: np.ndarray, epochs: int
    ) -> tuple[np.ndarray, np.ndarray]:
        following = state
        history = []
        for _ in range(epochs):  # not in XLA, which would compile anew for each number of them
            following, means = self.epoch_of(self.exact[1], following, rows)
            history.append(means)
        return np.array(following), np.array(history)
