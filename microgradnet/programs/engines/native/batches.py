"""Many rows at a time: a lifted program on chunks that fit the cache, spread over the cores.

Three functions of machine code run the steps before the rows, the rows, and the steps after.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from weakref import proxy

import numpy as np

from microgradnet.programs.engines.native import llvm
from microgradnet.programs.engines.native.code import NUMBER, SPELLED, Code, Kind, Whole, widest
from microgradnet.programs.engines.native.fusing import Fused, Loop, fuse
from microgradnet.programs.engines.native.llvm import address
from microgradnet.programs.engines.native.step_code import (
    Span,
    StepCode,
    SumCode,
    padded,
    sum_tables,
)
from microgradnet.programs.engines.threads import Spare, aligned, in_pieces
from microgradnet.programs.lifted import Lifted, Outer, Product, Step
from microgradnet.programs.lifting import lift
from microgradnet.programs.program import Program

# Bytes of the registers of a chunk, half of a usual L2 cache; the most rows of a chunk. The
# rows are an odd multiple of 24: three vectors, and never a power of 2 apart in the cache.
CACHED, MOST_ROWS = 1 << 20, 168
# Multiplications in a thread's piece of work, 0.2 ms; the most pieces. The number of threads
# must not matter, or results would depend on it.
PIECE, MOST_PIECES = 3_000_000, 64
# The cost in multiplications of an elementwise operation, and of one that is a polynomial.
ELEMENTWISE, POLYNOMIAL = 4, 25
# Compiling takes 1 ms a step, and programs of many dissimilar lines do not gain by arrays.
MOST_STEPS = 500

# Parameters of the functions over and after the rows; row: the distance between rows.
ROWS = """ptr noalias %shared, ptr noalias %rows, i64 %n, i64 %row,
    ptr noalias %registers, ptr noalias %sums"""
AFTER = "ptr %shared, ptr noalias %sums, i64 %pieces, i64 %n, ptr noalias %out"


def in_batches(program: Program, n_given: int, means: bool) -> Batches | None:
    """Return the code for `mean` or `map` over rows, or None where compiling is not worth it."""
    lifted = lift(program, n_given, means)
    n = len(lifted.before) + len(lifted.steps) + len(lifted.after)
    return Batches(lifted, means) if n <= MOST_STEPS else None


class Batches:
    """`map` or `mean` of a lifted program, as machine code over chunks of rows."""

    def __init__(self, lifted: Lifted, means: bool) -> None:
        self.lifted = lifted
        self.fused = fused = fuse(lifted)
        self.kind, self.means = widest(), means
        self.size = sum_tables(fused.means, self.kind.lanes)[1]
        self.chunk = _chunk(fused.n_places)
        self.least = max(1, PIECE // _multiplications(lifted, fused))  # the fewest rows of a piece
        me = proxy(self)  # a proxy avoids a reference cycle, so memory is freed at once
        self.registers: Spare[int, Room] = Spare(lambda n: _room(aligned(n, me.chunk)))
        self.shared: Spare[int, Room] = Spare(lambda n: me._new_shared(n))

    @functools.cached_property
    def before(self) -> llvm.Function:
        """Compile the steps before the rows, as a function of `shared`."""
        steps = StepCode(Code(NUMBER), Span("%shared", 1, 1))
        for step in self.lifted.before:
            steps.add(step)
        function = steps.code.function("before", "ptr %shared")
        text = f"{_definitions(NUMBER, self.lifted.before)}\n{function}"
        return llvm.compiled(text, "before", "p", True)

    @functools.cached_property
    def over_rows(self) -> llvm.Function:
        """Compile the steps for n rows, a chunk at a time.

        For `mean` the function adds to the tables of sums; for `map` it writes the outputs of each
        row.
        """
        code, chunk, lanes = Code(self.kind), self.chunk, self.kind.lanes
        with code.loop(0, "%n", chunk) as first:
            count = code.least(chunk, code.value(f"sub i64 %n, {first}"))
            filled = code.value(f"sdiv i64 {code.whole('add', count, lanes - 1)}, {lanes}")
            stop = code.whole("mul", filled, lanes)
            steps = StepCode(code, Span("%registers", chunk, stop))
            _columns(steps, self.lifted.n_columns, first, count)
            for step in self.fused.steps:
                steps.add(step)
            if self.means:
                SumCode(steps).add(self.fused.means, count)
            else:
                _put(steps, self.lifted, self.fused, first, count)
        text = f"{_definitions(self.kind, self.lifted.steps)}\n{code.function('over_rows', ROWS)}"
        return llvm.compiled(text, "over_rows", "ppiipp", True)

    @functools.cached_property
    def after(self) -> llvm.Function:
        """Compile the part after the rows: sums of pieces in order, means, outputs."""
        code, lanes = Code(self.kind), self.kind.lanes
        tables, size = sum_tables(self.fused.means, lanes)
        rows = code.splat(code.value("sitofp i64 %n to double"))
        with code.loop(0, size, lanes) as i:
            total = code.slot(code.load("%sums", i))
            with code.loop(1, "%pieces") as piece:
                at = code.whole("add", code.whole("mul", piece, size), i)
                code.write(code.spell("add", [code.read(total), code.load("%sums", at)]), total)
            code.store(code.spell("div", [code.read(total), rows]), "%sums", i)
        code.kind = NUMBER
        for table in tables:
            width = padded(len(table.right), lanes)
            with code.loop(0, table.high) as i, code.loop(0, len(table.right)) as j:
                at = code.whole("add", code.whole("mul", i, width), j)
                mean = code.load("%sums", code.whole("add", at, table.start))
                code.store(mean, "%shared", code.place(table.places, i, j))
        steps = StepCode(code, Span("%shared", 1, 1))
        for step in self.lifted.after:
            steps.add(step)
        outputs = self.fused.outputs
        with code.loop(0, len(outputs)) as i:
            code.store(code.load("%shared", code.place(outputs, i)), "%out", i)
        text = f"{_definitions(NUMBER, self.lifted.after)}\n{code.function('after', AFTER)}"
        return llvm.compiled(text, "after", "ppiip", True)

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
        """Return an array for the shared numbers and the sums of some pieces."""
        constants = self.lifted.constants
        shared = np.zeros(self.lifted.n_shared + pieces * self.size)
        shared[self.lifted.n_given :][: len(constants)] = constants
        return _room(shared)

    def _begun(self, given: np.ndarray, pieces: int) -> Room:
        """Return the shared numbers as known before the rows, with all sums 0."""
        shared = self.shared.take(pieces)
        shared[0][: len(given)] = given
        shared[0][self.lifted.n_shared :] = 0.0
        if self.lifted.before:
            self.before(shared[1])
        return shared

    def _rows_of_piece(self, n: int) -> int:
        """Return the number of rows of a piece, a multiple of the chunk."""
        return -(-max(self.least, -(-n // MOST_PIECES)) // self.chunk) * self.chunk

    def _run(self, shared: Room, rows: np.ndarray, n: int, found: tuple[int, int, int]) -> None:
        """Run n rows at a time; found: pieces, address of the first result, bytes between them."""
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


Room = tuple[np.ndarray, int]  # an array and its address


def _room(numbers: np.ndarray) -> Room:
    return numbers, address(numbers)


def _chunk(n_places: int) -> int:
    """Return the number of rows of a chunk."""
    vectors = max(1, min(MOST_ROWS, CACHED // (8 * max(1, n_places))) // 24)
    return 24 * (vectors - 1 + vectors % 2)


def _multiplications(lifted: Lifted, fused: Fused) -> int:
    """Estimate the work for a row in multiplications."""
    found = 1
    for mean in lifted.means:
        found += len(mean.left) * len(mean.right) if isinstance(mean, Outer) else len(mean.index)
    for step in fused.steps:
        if isinstance(step, Product):
            found += step.matrix.size * step.factors.shape[1]
        for op in [x.op for x in step.members] if isinstance(step, Loop) else []:
            found += step.size * (ELEMENTWISE if op in SPELLED else POLYNOMIAL)
    return found


def _columns(steps: StepCode, n_columns: int, first: Whole, count: Whole) -> None:
    """Load the rows, each column a register; repeat the last row to fill the last vector."""
    code, lanes = steps.code, steps.code.kind.lanes
    last = code.whole("add", count, -1)
    with code.loop(0, steps.span.stop, lanes) as v:
        rows = [code.least(code.whole("add", v, k), last) for k in range(lanes)]
        starts = [code.whole("mul", code.whole("add", first, row), "%row") for row in rows]
        if n_columns >= lanes:
            with code.loop(0, -(-n_columns // lanes)) as block:
                at = code.least(code.whole("mul", block, lanes), n_columns - lanes)
                given = [code.load("%rows", code.whole("add", start, at)) for start in starts]
                for k, column in enumerate(_turned(code, given)):
                    to = steps.register(code.whole("add", at, k), v)
                    code.store(column, "%registers", to)
            return
        with code.loop(0, n_columns) as i:
            for k, start in enumerate(starts):
                x = code.load("%rows", code.whole("add", start, i), "double")
                to = steps.register(i, code.whole("add", v, k))
                code.store(x, "%registers", to, "double")


def _turned(code: Code, vectors: list[str]) -> list[str]:
    """Transpose a square of vectors: lane i of vector j becomes lane j of vector i."""
    part = 1
    while part < len(vectors):
        for i in [i for i in range(len(vectors)) if not i & part]:
            pair = code.interleaved(vectors[i], vectors[i + part], part)
            vectors[i], vectors[i + part] = pair
        part *= 2
    return vectors


def _put(steps: StepCode, lifted: Lifted, fused: Fused, first: Whole, count: Whole) -> None:
    code, n = steps.code, len(fused.outputs)
    for shared in (True, False):
        which = np.flatnonzero(lifted.is_shared == shared)
        if not len(which):
            continue
        with code.loop(0, count) as r, code.loop(0, len(which)) as i:
            place = code.place(fused.outputs[which], i)
            array = "%shared" if shared else steps.span.registers
            x = code.load(array, place if shared else steps.register(place, r), "double")
            row = code.whole("mul", code.whole("add", first, r), n)
            code.store(x, "%sums", code.whole("add", row, code.place(which, i)), "double")


def _definitions(kind: Kind, steps: Sequence[Step]) -> str:
    return llvm.definitions(kind, [x.op for x in steps if not isinstance(x, Product)])
