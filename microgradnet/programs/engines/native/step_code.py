"""The LLVM text of steps on registers, and of sums over rows.

Steps are matrix products in tiles, loops over elements and chains. A `SumCode` adds up the terms of
means over the rows of a chunk, in tables that all chunks of a piece share.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from microgradnet.programs.engines.native.code import Code, Whole
from microgradnet.programs.engines.native.fusing import NOWHERE, Loop, Member, Source
from microgradnet.programs.lifted import (
    Average,
    Elementwise,
    Mean,
    Product,
    Scan,
    Step,
    StepOperand,
)
from microgradnet.programs.program import Constant

# A tile of a matrix product: 8 rows of the matrix times 3 vectors, of the CPU's 32 registers.
HIGH, WIDE = 8, 3


@dataclass(frozen=True)
class Span:
    """The numbers before `stop` of each register, in an array with registers `stride` apart."""

    registers: str
    stride: int
    stop: Whole


class StepCode:
    """The text of steps on registers, or on `shared` as registers of one number."""

    def __init__(self, code: Code, span: Span) -> None:
        self.code, self.span = code, span

    def add(self, step: Step | Loop) -> None:
        if isinstance(step, Elementwise):
            self.loop(Loop(step.size, (Member(step.op, step.operands, step.start),)))
        elif isinstance(step, Loop):
            self.loop(step)
        elif isinstance(step, Scan):
            self.scan(step)
        else:
            self.product(step)

    def register(self, place: Whole, column: Whole) -> Whole:
        """Return the index of a register's number at a column."""
        return self.code.whole("add", self.code.whole("mul", place, self.span.stride), column)

    def shared(self, index: np.ndarray, *at: Whole) -> str:
        code = self.code
        return code.splat(code.load("%shared", code.place(index, *at), "double"))

    def loop(self, loop: Loop) -> None:
        code = self.code
        with code.loop(0, loop.size) as i, code.loop(0, self.span.stop, code.kind.lanes) as v:
            found: list[str] = []
            for member in loop.members:
                operands = [self.read(x, found, i, v) for x in member.sources]
                found.append(self.spelled(loop, member, operands))
                if member.to != NOWHERE:
                    to = self.register(code.whole("add", member.to, i), v)
                    code.store(found[-1], self.span.registers, to)

    def spelled(self, loop: Loop, member: Member, operands: list[str]) -> str:
        """Write a primitive in a form that shares equal parts, to the same bits.

        -2 * x is written -(2 * x), since both have the same absolute value. A division by 1 +
        exp(-abs(x)) is written as a product with the inverse and a correction, since a division
        takes as long as 30 multiplications. (A subnormal quotient may be off by one unit.)
        """
        code, first = self.code, member.sources[0]
        if member.op == "mul" and type(first) is Constant and first.value < 0.0:
            return code.spell("neg", [code.spell("mul", [code.number(-first.value), operands[1]])])
        if member.op == "div" and loop.is_logistic(*member.sources):
            x, y = operands
            inverse = code.spell("div", [code.number(1.0), y])
            found = code.spell("mul", [x, inverse])
            rest = code.fma(code.spell("neg", [found]), y, x)
            return code.fma(rest, inverse, found)
        return code.spell(member.op, operands)

    def read(self, x: Source, found: list[str], i: Whole, v: Whole) -> str:
        if type(x) is int:
            return found[x]
        if type(x) is Constant:
            return self.code.number(x.value)
        assert isinstance(x, StepOperand)
        if x.is_shared:
            return self.shared(x.index, i)
        return self.code.load(self.span.registers, self.register(self.code.place(x.index, i), v))

    def scan(self, step: Scan) -> None:
        code = self.code
        with code.loop(0, self.span.stop, code.kind.lanes) as v:
            chain = code.slot(self.vector(code.place(step.index, 0), v, 0))
            with code.loop(0, step.size) as i:
                x = self.vector(code.place(step.index, code.whole("add", i, 1)), v, 0)
                code.write(code.spell(step.op, [code.read(chain), x]), chain)
                to = self.register(code.whole("add", i, step.start), v)
                code.store(code.read(chain), self.span.registers, to)

    def product(self, step: Product) -> None:
        """Write a matrix product in tiles of registers, the widest first."""
        code, lanes = self.code, self.code.kind.lanes
        m, (_, columns) = len(step.matrix), step.factors.shape
        high = _block(m, HIGH)
        wide, stop = WIDE * lanes, self.span.stop
        edge = code.whole("mul", code.value(f"udiv i64 {stop}, {wide}"), wide)
        with code.loop(0, columns) as j:
            for first, last, n in (0, edge, WIDE), (edge, stop, 1):
                with code.loop(first, last, n * lanes) as v:
                    with code.loop(0, m // high * high, high) as i:
                        self.tile(step, i, high, j, v, n)
                    if m % high:
                        self.tile(step, m // high * high, m % high, j, v, n)

    def tile(self, step: Product, i: Whole, high: int, j: Whole, v: Whole, n: int) -> None:
        """Multiply some rows of a matrix by some vectors of a column of factors."""
        code, lanes = self.code, self.code.kind.lanes
        p, columns = step.factors.shape
        rows = [code.whole("add", i, k) for k in range(high)]
        starts = [
            code.number(-0.0) if step.bias is None else self.shared(step.bias, row) for row in rows
        ]
        slots = [[code.slot(start) for _ in range(n)] for start in starts]
        with code.loop(0, p) as k:
            factor = code.place(step.factors, k, j)
            given = [self.vector(factor, v, w) for w in range(n)]
            for row, sums in zip(rows, slots):
                number = self.shared(step.matrix, row, k)
                for x, total in zip(given, sums):
                    code.write(code.fma(number, x, code.read(total)), total)
        for row, sums in zip(rows, slots):
            place = code.whole("add", code.whole("mul", row, columns), j)
            to = code.whole("add", place, step.start)
            for w, total in enumerate(sums):
                at = self.register(to, code.whole("add", v, w * lanes))
                code.store(code.read(total), self.span.registers, at)

    def vector(self, place: Whole, v: Whole, w: int) -> str:
        at = self.register(place, self.code.whole("add", v, w * self.code.kind.lanes))
        return self.code.load(self.span.registers, at)


def _block(n: int, most: int) -> int:
    """Return the best size of blocks of n: equal blocks, unless they are much smaller."""
    for size in range(min(n, most), most // 2, -1):
        if n % size == 0:
            return size
    return min(n, most)


@dataclass(frozen=True)
class SumTable:
    """A table where a chunk adds up the terms of a mean: (high, wide), in whole vectors.

    Sum (i, j) is that of the product left[i] * right[j], or of right[j] alone if left is None.
    """

    left: np.ndarray | None
    right: np.ndarray
    start: int
    places: np.ndarray  # in shared

    @property
    def high(self) -> int:
        return 1 if self.left is None else len(self.left)


def sum_tables(means: Sequence[Mean], lanes: int) -> tuple[list[SumTable], int]:
    """Return the tables of means, and their total length."""
    tables, start = [], 0
    for mean in means:
        places: np.ndarray = mean.start + np.arange(mean.size)
        if isinstance(mean, Average):
            table = SumTable(None, mean.index, start, places[None, :])
        else:
            left, right = mean.left, mean.right
            places = places.reshape(len(left), len(right))
            if len(left) * padded(len(right), lanes) > len(right) * padded(len(left), lanes):
                left, right, places = right, left, places.T
            table = SumTable(left, right, start, places)
        tables.append(table)
        start += table.high * padded(len(table.right), lanes)
    return tables, start


def padded(n: int, lanes: int) -> int:
    """Round n up to whole vectors."""
    return -(-n // lanes) * lanes


class SumCode:
    """The text that adds the sums of a chunk to the tables."""

    def __init__(self, steps: StepCode) -> None:
        self.steps, self.code = steps, steps.code

    def add(self, means: Sequence[Mean], n: Whole) -> None:
        """Add up the terms of the means over the n rows of a chunk."""
        tables, _ = sum_tables(means, self.code.kind.lanes)
        read = [x for table in tables for x in (table.left, table.right) if x is not None]
        if read:
            self.clear(np.unique(np.concatenate(read)), n)
        for table in tables:
            self.add_table(table)

    def clear(self, index: np.ndarray, n: Whole) -> None:
        """Set the rows beyond n in the last vector to 0."""
        code, span = self.code, self.steps.span
        with code.loop(0, len(index)) as i:
            place = code.place(index, i)
            with code.loop(n, span.stop) as v:
                at = self.steps.register(place, v)
                code.store("0.0", span.registers, at, "double")

    def add_table(self, table: SumTable) -> None:
        code, lanes = self.code, self.code.kind.lanes
        width = len(table.right)
        whole = width // lanes * lanes
        high = next(n for n in (3, 2, 1) if table.high % n == 0)
        with code.loop(0, whole, lanes) as j, code.loop(0, table.high, high) as i:
            self.tile(table, i, high, [code.whole("add", j, k) for k in range(lanes)], j)
        if whole < width:
            columns: list[Whole] = [min(whole + k, width - 1) for k in range(lanes)]
            with code.loop(0, table.high, high) as i:
                self.tile(table, i, high, columns, whole)

    def tile(self, table: SumTable, i: Whole, high: int, columns: list[Whole], j: Whole) -> None:
        code, lanes = self.code, self.code.kind.lanes
        zero = code.number(0.0)
        slots = [[code.slot(zero) for _ in columns] for _ in range(high)]
        right = [code.place(table.right, k) for k in columns]
        rows = [code.whole("add", i, k) for k in range(high)]
        left = [] if table.left is None else [code.place(table.left, row) for row in rows]
        with code.loop(0, self.steps.span.stop, lanes) as v:
            given = [self.steps.vector(place, v, 0) for place in right]
            factors = [self.steps.vector(place, v, 0) for place in left] or [code.number(1.0)]
            for factor, totals in zip(factors, slots):
                for x, total in zip(given, totals):
                    code.write(code.fma(factor, x, code.read(total)), total)
        width = padded(len(table.right), lanes)
        for row, totals in zip(rows, slots):
            found = self.across([code.read(total) for total in totals])
            place = code.whole("add", code.whole("mul", row, width), table.start)
            at = code.whole("add", place, j)
            before = code.load("%sums", at)
            code.store(code.spell("add", [before, found]), "%sums", at)

    def across(self, vectors: list[str]) -> str:
        """Return the sums of the lanes of each vector as one vector, adding two at a time."""
        part = 1
        while len(vectors) > 1:
            pairs = [self.code.interleaved(*x, part) for x in zip(vectors[::2], vectors[1::2])]
            vectors = [self.code.spell("add", pair) for pair in pairs]
            part *= 2
        return vectors[0]
