"""Rows many at a time: a lifted program on chunks that fit the cache, spread over the cores."""

from __future__ import annotations

import functools
from weakref import proxy

import numpy as np

from microgradnet.programs.engines.native import arrays, llvm
from microgradnet.programs.engines.native.code import SPELLED, widest
from microgradnet.programs.engines.native.fusing import Fused, Group, fuse
from microgradnet.programs.engines.native.llvm import address
from microgradnet.programs.engines.native.sums import sums
from microgradnet.programs.engines.threads import Spare, aligned, in_pieces
from microgradnet.programs.lifted import Lifted, Outer, Product
from microgradnet.programs.lifting import lift
from microgradnet.programs.program import Program

# Bytes of the registers of a chunk, half of a usual second cache; rows of a chunk at most. The
# rows are an odd number of times 24: three vectors, and never a power of 2 apart in the cache.
CACHED, MOST_ROWS = 1 << 20, 168
# Multiplications in a piece of work for a thread, 0.2 ms; pieces, which depend on nothing else.
PIECE, MOST_PIECES = 3_000_000, 64
# What an elementwise operation costs in multiplications, and one that is a polynomial.
ELEMENTWISE, POLYNOMIAL = 4, 25
# Compiling takes 1 ms a step; lines that are not alike do not gain by arrays.
MOST_STEPS = 500


def in_batches(program: Program, n_given: int, means: bool) -> Batches | None:
    """Return `mean`, or `map`, for so many given numbers; None where compiling is not worth it."""
    lifted = lift(program, n_given, means)
    n = len(lifted.before) + len(lifted.steps) + len(lifted.after)
    return Batches(lifted, means) if n <= MOST_STEPS else None


class Batches:
    """`map`, or `mean`, of a lifted program."""

    def __init__(self, lifted: Lifted, means: bool) -> None:
        self.lifted = lifted
        self.fused = fused = fuse(lifted)
        self.kind, self.means = widest(), means
        self.size = sums(fused.means, self.kind.lanes)[1]
        self.chunk = _chunk(fused.n_places)
        self.least = max(1, PIECE // _multiplications(lifted, fused))  # rows of a piece
        me = proxy(self)  # which what it holds does not hold: memory is free at once
        self.registers: Spare[int, Room] = Spare(lambda n: _room(aligned(n, me.chunk)))
        self.shared: Spare[int, Room] = Spare(lambda n: me._new_shared(n))

    @functools.cached_property
    def over_rows(self) -> llvm.Function:
        return arrays.over_rows(self.lifted, self.fused, self.kind, self.chunk, self.means)

    @functools.cached_property
    def before(self) -> llvm.Function:
        return arrays.before(self.lifted)

    @functools.cached_property
    def after(self) -> llvm.Function:
        return arrays.after(self.lifted, self.fused, self.kind)

    def map(self, given: np.ndarray, rows: np.ndarray) -> np.ndarray:
        found = np.empty((len(rows), len(self.lifted.outputs)))
        n, shared = self._rows_of_piece(len(rows)), self._begun(given, 0)
        part = found[::n]
        where = address(found) if found.size else 0
        self._run(shared, rows, n, (len(part), where, part.strides[0]))
        self.shared.keep(0, shared)
        return found

    def mean(self, given: np.ndarray, rows: np.ndarray) -> np.ndarray:
        n = self._rows_of_piece(len(rows))
        pieces = -(-len(rows) // n)
        shared = self._begun(given, pieces)
        totals = shared[1] + 8 * self.lifted.n_shared
        self._run(shared, rows, n, (pieces, totals, 8 * self.size))
        found = np.empty(len(self.lifted.outputs))
        self.after(shared[1], totals, pieces, len(rows), address(found))
        self.shared.keep(pieces, shared)
        return found

    def _new_shared(self, pieces: int) -> Room:
        """Room for what all rows share, and for the sums of so many pieces."""
        constants = self.lifted.constants
        shared = np.zeros(self.lifted.n_shared + pieces * self.size)
        shared[self.lifted.n_given :][: len(constants)] = constants
        return _room(shared)

    def _begun(self, given: np.ndarray, pieces: int) -> Room:
        """What all rows share, as far as it is known before them, and sums of nothing."""
        shared = self.shared.take(pieces)
        shared[0][: len(given)] = given
        shared[0][self.lifted.n_shared :] = 0.0
        if self.lifted.before:
            self.before(shared[1])
        return shared

    def _rows_of_piece(self, n: int) -> int:
        """A multiple of a chunk."""
        return -(-max(self.least, -(-n // MOST_PIECES)) // self.chunk) * self.chunk

    def _run(self, shared: Room, rows: np.ndarray, n: int, found: tuple[int, int, int]) -> None:
        """Do the rows n at a time; found: pieces, where the first writes, how far from the next."""
        row, column = rows.strides
        if column != 8 or row % 8:
            rows = np.ascontiguousarray(rows)
            row = rows.strides[0]
        size = len(rows)
        first, (pieces, to, apart) = address(rows), found

        def work(i: int) -> None:
            registers, at = self.registers.take(self.fused.n_places), i * n
            given = (shared[1], first + at * row, min(n, size - at), row // 8)
            self.over_rows(*given, registers[1], to + i * apart)
            self.registers.keep(self.fused.n_places, registers)

        if pieces == 1:
            work(0)
        else:
            in_pieces(work, pieces)


Room = tuple[np.ndarray, int]  # numbers, and where they stand


def _room(numbers: np.ndarray) -> Room:
    return numbers, address(numbers)


def _chunk(n_places: int) -> int:
    """How many rows a chunk has."""
    vectors = max(1, min(MOST_ROWS, CACHED // (8 * max(1, n_places))) // 24)
    return 24 * (vectors - 1 + vectors % 2)


def _multiplications(lifted: Lifted, fused: Fused) -> int:
    """About how much work a row is."""
    found = 1
    for mean in lifted.means:
        found += len(mean.left) * len(mean.right) if isinstance(mean, Outer) else len(mean.index)
    for step in fused.steps:
        if isinstance(step, Product):
            found += step.matrix.size * step.factors.shape[1]
        for op in [x.op for x in step.members] if isinstance(step, Group) else []:
            found += step.size * (ELEMENTWISE if op in SPELLED else POLYNOMIAL)
    return found
