"""The jax engine: steps on arrays in jax.numpy, compiled by XLA, rows over devices."""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable, Sequence
from itertools import chain, pairwise
from typing import TypeAlias, TypeVar

import jax
import numpy as np
from jax import Array, lax
from jax import numpy as jnp
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from microgradnet.operations.operation import OPS
from microgradnet.programs.engines import NO_ROWS, Engine
from microgradnet.programs.engines.threads import Spare, aligned
from microgradnet.programs.engines.traced import Batch, Traced, spelled
from microgradnet.programs.lifting import lift
from microgradnet.programs.program import Constant, Constants, Operand, Program

# XLA takes 15 ms a step to compile; a program of more steps is data of a loop over its lines.
MOST_GROUPS = 500

# Arrays of up to this many bytes are kept for the next run: new memory pages cost twice the copy.
MOST_KEPT = 1 << 26

# On a CPU XLA fuses a * b - c into one rounding; this stops it where each line must be rounded.
UNFUSED = {"xla_disable_hlo_passes": "fusion"}

# XLA prefers vectors of 256 bits on a CPU with 512, and an exponential takes 1.4 times as long.
WIDE = {"xla_cpu_prefer_vector_width": 512}

T = TypeVar("T")
Arrays: TypeAlias = Array | tuple[Array, ...]
Room: TypeAlias = tuple[int, tuple[int, ...]]
Run = Callable[[Arrays, Array, Array], Array]  # of constant data, shared numbers and rows


def _looped(program: Program) -> tuple[Run, Arrays]:
    """Return a loop over the lines, and its data: constants, operations and operands.

    Registers are inputs, then constants, then lines.
    """
    lines, n = program.lines, program.n_inputs
    constants = Constants(chain(*(operands for _, operands in lines), program.outputs))
    first = n + len(constants)

    def place(x: Operand) -> int:
        if type(x) is Constant:
            return n + constants[x]
        return x if x < n else first + x - n

    names = sorted({op for op, _ in lines})
    widest = max(OPS[name].arity for name in names)
    codes = np.array([names.index(op) for op, _ in lines])
    read = np.array([[place(x) for x in (*xs, *xs[-1:] * (widest - len(xs)))] for _, xs in lines])
    outputs = np.array([place(x) for x in program.outputs], dtype=np.int64)
    branches = [lambda *x, op=name: spelled(op)(*x[: OPS[op].arity]) for name in names]

    def run(held: Arrays, shared: Array, rows: Array) -> Array:
        constants, codes, read = held

        def line(i: Array, registers: Array) -> Array:
            given = [registers[read[i, k]] for k in range(widest)]
            return registers.at[first + i].set(lax.switch(codes[i], branches, *given))

        given, known = (
            jnp.broadcast_to(x[:, None], (len(x), len(rows))) for x in (shared, constants)
        )
        room = jnp.zeros((len(lines), len(rows)))
        registers = jnp.concatenate([given, rows.T, known, room])
        return lax.fori_loop(0, len(codes), line, registers)[outputs].T

    return run, (constants.array(), codes, read)


def _is_long(batch: Batch) -> bool:
    made = batch.lifted
    return len(made.before) + len(made.steps) + len(made.after) > MOST_GROUPS


def _room(key: Room) -> list[np.ndarray]:
    """Return arrays for n rows, one for the columns between each pair of successive edges."""
    n, edges = key
    return [aligned(n, stop - first) for first, stop in pairwise(edges)]


def _fill(room: list[np.ndarray], rows: np.ndarray, key: Room) -> None:
    """Copy the rows into arrays that XLA reads in place; repeat the last row to fill them."""
    n = len(rows)
    for part, (first, stop) in zip(room, pairwise(key[1])):
        part[:n], part[n:] = rows[:, first:stop], rows[-1, first:stop]


def _origin(rows: np.ndarray) -> Array | None:
    """Return the JAX array that rows are a view of, or None; a JAX array never changes."""
    origin = getattr(rows.base, "obj", None)
    return origin if isinstance(origin, Array) else None


def _double(function: Callable[..., T]) -> Callable[..., T]:
    """Return the function in float64, whatever the user's JAX configuration."""

    def double(*numbers: object) -> T:
        with jax.enable_x64(True):
            return function(*numbers)

    return double


class Sharded(Engine):
    """The jax engine: calls and scans on one device, `map` and `mean` on all devices.

    Calls and scans use the first device of this process. All devices include those of other
    processes: where `jax.distributed` joins processes, each passes the same numbers to `map` and
    `mean`, works on its share of the rows and gets the whole answer. Rows that are views of a JAX
    array stay on the devices from run to run. On a CPU, XLA treats numbers below 2.2e-308 as 0.
    """

    def __init__(self, program: Program) -> None:
        super().__init__(program)
        self.n_outputs = len(program.outputs)
        self.batches: dict[tuple[int, bool, bool], Batch] = {}
        self.rooms: Spare[Room, list[np.ndarray]] = Spare(_room)
        self.placed: dict[tuple[int, Room], tuple[weakref.ref[Array], Sequence[Array]]] = {}
        mesh = Mesh(np.array(jax.devices()), ("rows",))
        self.split = NamedSharding(mesh, PartitionSpec("rows"))
        whole = NamedSharding(mesh, PartitionSpec())
        exact, given = None, dict[str, object]()
        if jax.default_backend() == "cpu":
            exact, given = UNFUSED, {"compiler_options": WIDE}
        self.call_of = _double(jax.jit(self._run, compiler_options=exact))
        self.epoch_of = _double(jax.jit(self._epoch, compiler_options=exact))
        if mesh.size > 1:  # with one device they would make compiling a tenth slower
            given["in_shardings"], given["out_shardings"] = (whole, whole, self.split, whole), whole
        self.map_of = _double(jax.jit(self._map, **given))
        self.mean_of = _double(jax.jit(self._mean, **given))

    @functools.cached_property
    def looped(self) -> tuple[Run, Arrays]:
        """Return the program as a loop over its lines, and the data of the loop."""
        return _looped(self.program)

    def _run(self, held: Arrays, shared: Array, rows: Array) -> Array:
        """Return the outputs for each row, (rows, outputs), each line rounded alone."""
        batch = self._batch(len(shared), False, exact=True)
        if _is_long(batch):
            return self.looped[0](held, shared, rows)
        return Traced(batch, held, [shared], [rows]).outputs()

    def _held(self, batch: Batch) -> Arrays:
        """Return the constant data of a run, passed as an argument so that XLA does not fold it."""
        return self.looped[1] if _is_long(batch) else batch.lifted.constants

    def _epoch(self, held: Arrays, state: Array, rows: Array) -> tuple[Array, Array]:
        n = len(state)

        def step(carry: tuple[Array, Array], row: Array) -> tuple[tuple[Array, Array], None]:
            found = self._run(held, carry[0], row[None, :])[0]
            return (found[:n], carry[1] + found[n:]), None

        start = (state, jnp.zeros(self.n_outputs - n))
        (following, sums), _ = lax.scan(step, start, rows)
        return following, sums / len(rows)

    def _batch(self, n_given: int, means: bool, exact: bool = False) -> Batch:
        """Return the steps on arrays, built at first use."""
        key = (n_given, means, exact)
        if key not in self.batches:
            self.batches.setdefault(key, Batch(lift(self.program, *key)))
        return self.batches[key]

    def _map(self, held: Arrays, shared: Sequence[Array], rows: Sequence[Array], n: Array) -> Array:
        batch = self._batch(len(shared[0]), False)
        if _is_long(batch):
            return self.looped[0](held, shared[0], rows[0])
        return Traced(batch, held, shared, rows).outputs()

    def _mean(
        self, held: Arrays, shared: Sequence[Array], rows: Sequence[Array], n: Array
    ) -> Array:
        batch = self._batch(len(shared[0]), True)
        if _is_long(batch):
            found = self.looped[0](held, shared[0], rows[0])
            return jnp.where(jnp.arange(len(rows[0]))[:, None] < n, found, 0.0).sum(axis=0) / n
        are_all = self.split.num_devices == 1  # no rows were added to fill the devices
        return Traced(batch, held, shared, rows).means(len(rows[0]) if are_all else n)

    def _over(
        self, run: Callable[..., object], shared: np.ndarray, rows: np.ndarray, means: bool
    ) -> np.ndarray:
        """Return the result of a run over all rows."""
        batch = self._batch(len(shared), means)
        held, starts = self._held(batch), [0] if _is_long(batch) else batch.cuts
        n_filled = len(rows) + -len(rows) % self.split.num_devices
        key = n_filled, (*starts, rows.shape[1])
        given = [shared] if _is_long(batch) else batch.handed(shared)
        origin = _origin(rows)
        if origin is not None:
            return np.array(run(held, given, self._kept(origin, rows, key), len(rows)))
        room = self.rooms.take(key)
        _fill(room, rows, key)
        placed = room if self.split.num_devices == 1 else self._spread(room)
        found = np.array(run(held, given, placed, len(rows)))
        if sum(part.nbytes for part in room) <= MOST_KEPT:
            self.rooms.keep(key, room)
        return found

    def _kept(self, origin: Array, rows: np.ndarray, key: Room) -> Sequence[Array]:
        """Return the rows on the devices, copied once and freed with their JAX array."""
        at, engine = (id(origin), key), weakref.ref(self)
        if at not in self.placed:
            room = _room(key)
            _fill(room, rows, key)
            gone = weakref.ref(origin, lambda _: (kept := engine()) and kept.placed.pop(at, None))
            self.placed.setdefault(at, (gone, self._spread(room)))
        return self.placed[at][1]

    def _spread(self, room: list[np.ndarray]) -> Sequence[Array]:
        with jax.enable_x64(True):
            return [
                jax.make_array_from_callback(part.shape, self.split, part.__getitem__)
                for part in room
            ]

    def call(self, numbers: Sequence[float]) -> tuple[float, ...]:
        return tuple(self._row(np.array(numbers)).tolist())

    def _row(self, numbers: np.ndarray) -> np.ndarray:
        held = self._held(self._batch(len(numbers), False, exact=True))
        return np.array(self.call_of(held, numbers, NO_ROWS)[0])

    def map(self, shared: np.ndarray, rows: np.ndarray) -> np.ndarray:
        n = len(rows)
        if n == 0:
            return np.empty((0, self.n_outputs))
        if n == 1:
            return self._row(np.append(shared, rows))[None, :]
        return self._over(self.map_of, shared, rows, False)[:n]

    def mean(self, shared: np.ndarray, rows: np.ndarray) -> np.ndarray:
        n = len(rows)
        if n == 1:
            return self._row(np.append(shared, rows))
        return self._over(self.mean_of, shared, rows, True)

    def scan(
        self, state: np.ndarray, rows: np.ndarray, epochs: int
    ) -> tuple[np.ndarray, np.ndarray]:
        held = self._held(self._batch(len(state), False, exact=True))
        following, history = state, []
        for _ in range(epochs):  # not in XLA, which would recompile for each number of epochs
            following, means = self.epoch_of(held, following, rows)
            history.append(means)
        return np.array(following), np.array(history)
