"""A lifted program as machine code: what one chunk of rows does, what comes before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from microgradnet.programs.engines.native import llvm
from microgradnet.programs.engines.native.code import Code, Whole
from microgradnet.programs.engines.native.fusing import NOWHERE, Fused, Group, Member, alone
from microgradnet.programs.engines.native.kind import NUMBER, Kind
from microgradnet.programs.lifted import (
    Average,
    Lifted,
    Mean,
    Operand,
    Product,
    Scan,
    Step,
)

# Registers of a tile of a matrix product: 8 rows of the matrix times 3 vectors, of 32 there are.
HIGH, WIDE = 8, 3


@dataclass(frozen=True)
class Span:
    """Columns of an array of registers: numbers from `first` to `stop`, rows `stride` apart."""

    registers: str
    stride: int
    stop: Whole


class Steps:
    """The text of steps on registers, or on `shared` as registers of one number."""

    def __init__(self, code: Code, span: Span) -> None:
        self.code, self.span = code, span

    def add(self, step: Product | Scan | Group) -> None:
        if isinstance(step, Group):
            self.group(step)
        elif isinstance(step, Scan):
            self.scan(step)
        else:
            self.product(step)

    def register(self, place: Whole, column: Whole) -> Whole:
        """Where a register's numbers stand, from a column on."""
        return self.code.whole("add", self.code.whole("mul", place, self.span.stride), column)

    def shared(self, index: np.ndarray, *at: Whole) -> str:
        code = self.code
        return code.splat(code.load("%shared", code.place(index, *at), "double"))

    def group(self, group: Group) -> None:
        code = self.code
        with code.loop(0, group.size) as i, code.loop(0, self.span.stop, code.kind.lanes) as v:
            found: list[str] = []
            for member in group.members:
                operands = [self.read(x, found, i, v) for x in member.sources]
                found.append(self.spelled(group, member, operands))
                if member.to != NOWHERE:
                    to = self.register(code.whole("add", member.to, i), v)
                    code.store(found[-1], self.span.registers, to)

    def spelled(self, group: Group, member: Member, operands: list[str]) -> str:
        """A primitive, to the same bits, so that equal parts are found to be equal.

        -2 * x as -(2 * x), since the absolute value of both is one; a quotient by 1 + exp(-abs(x))
        by its inverse and what is left, since division takes as long as 30 multiplications.
        """
        code, (first, *others) = self.code, member.sources
        if member.op == "mul" and type(first) is float and first < 0.0:
            return code.spell("neg", [code.spell("mul", [code.number(-first), operands[1]])])
        if member.op == "div" and group.is_logistic(others[0]):
            x, y = operands
            inverse = code.spell("div", [code.number(1.0), y])
            found = code.spell("mul", [x, inverse])
            rest = code.fma(code.spell("neg", [found]), y, x)
            return code.fma(rest, inverse, found)
        return code.spell(member.op, operands)

    def read(self, x: int | float | Operand, found: list[str], i: Whole, v: Whole) -> str:
        if type(x) is int:
            return found[x]
        if type(x) is float:
            return self.code.number(x)
        assert isinstance(x, Operand)
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
        """Tiles of registers, the widest first."""
        code, lanes = self.code, self.code.kind.lanes
        m, (_, columns) = len(step.matrix), step.factors.shape
        high = _block(m, HIGH)
        wide, stop = WIDE * lanes, self.span.stop
        edge = (
            0
            if type(stop) is int
            else code.whole("mul", code.value(f"udiv i64 {stop}, {wide}"), wide)
        )
        with code.loop(0, columns) as j:
            for first, last, n in (0, edge, WIDE), (edge, stop, 1):
                with code.loop(first, last, n * lanes) as v:
                    with code.loop(0, m // high * high, high) as i:
                        self.tile(step, i, high, j, v, n)
                    if m % high:
                        self.tile(step, m // high * high, m % high, j, v, n)

    def tile(self, step: Product, i: Whole, high: int, j: Whole, v: Whole, n: int) -> None:
        """Some rows of a matrix times some vectors of a column of factors."""
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
    """Into how large blocks n is best cut: equal ones if they are not much smaller."""
    for size in range(min(n, most), most // 2, -1):
        if n % size == 0:
            return size
    return min(n, most)


@dataclass(frozen=True)
class Sums:
    """Where a chunk adds up what means are of: a table (high, wide), padded to whole vectors.

    Sum (i, j) is that of the product of two registers, or of the second alone.
    """

    left: np.ndarray | None
    right: np.ndarray
    start: int
    places: np.ndarray  # in shared

    @property
    def high(self) -> int:
        return 1 if self.left is None else len(self.left)


def sums(means: Sequence[Mean], lanes: int) -> tuple[list[Sums], int]:
    """The tables of means and the length of all together."""
    found, start = [], 0
    for mean in means:
        if isinstance(mean, Average):
            made = Sums(None, mean.index, start, mean.start + np.arange(len(mean.index))[None, :])
        else:
            m, p = len(mean.left), len(mean.right)
            places = mean.start + np.arange(m * p).reshape(m, p)
            turned = m * _padded(p, lanes) > p * _padded(m, lanes)
            sides = (mean.right, mean.left) if turned else (mean.left, mean.right)
            made = Sums(*sides, start, places.T if turned else places)
        found.append(made)
        start += made.high * _padded(len(made.right), lanes)
    return found, start


def _padded(n: int, lanes: int) -> int:
    return -(-n // lanes) * lanes


class Reduction:
    """The text that adds the sums of a chunk to those before."""

    def __init__(self, steps: Steps) -> None:
        self.steps, self.code = steps, steps.code

    def clear(self, index: np.ndarray, n: Whole) -> None:
        """Put 0 for the rows that the last vector has too many."""
        code, span = self.code, self.steps.span
        with code.loop(0, len(index)) as i:
            place = code.place(index, i)
            with code.loop(n, span.stop) as v:
                at = self.steps.register(place, v)
                code.store("0.0", span.registers, at, "double")

    def add(self, table: Sums) -> None:
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

    def tile(self, table: Sums, i: Whole, high: int, columns: list[Whole], j: Whole) -> None:
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
        padded = _padded(len(table.right), lanes)
        for row, totals in zip(rows, slots):
            found = self.across([code.read(total) for total in totals])
            place = code.whole("add", code.whole("mul", row, padded), table.start)
            at = code.whole("add", place, j)
            before = code.load("%sums", at)
            code.store(code.spell("add", [before, found]), "%sums", at)

    def across(self, vectors: list[str]) -> str:
        """The sum of the lanes of each vector, as one vector: two at a time are added."""
        part = 1
        while len(vectors) > 1:
            pairs = [self.code.interleaved(*x, part) for x in zip(vectors[::2], vectors[1::2])]
            vectors = [self.code.spell("add", pair) for pair in pairs]
            part *= 2
        return vectors[0]


# row: how far a row is from the next.
ROWS = """ptr noalias %shared, ptr noalias %rows, i64 %n, i64 %row,
    ptr noalias %registers, ptr noalias %sums"""


def over_rows(lifted: Lifted, fused: Fused, kind: Kind, chunk: int, means: bool) -> llvm.Function:
    """Return the function that does the steps for n rows, a chunk at a time.

    means: it adds to the tables of `sums`; else it puts the outputs of each row there.
    """
    code = Code(kind)
    with code.loop(0, "%n", chunk) as first:
        count = code.least(chunk, code.value(f"sub i64 %n, {first}"))
        filled = code.value(f"sdiv i64 {code.whole('add', count, kind.lanes - 1)}, {kind.lanes}")
        stop = code.whole("mul", filled, kind.lanes)
        steps = Steps(code, Span("%registers", chunk, stop))
        _columns(steps, lifted.n_columns, first, count)
        for step in fused.steps:
            steps.add(step)
        if means:
            _reduce(steps, fused.means, count)
        else:
            _put(steps, lifted, fused, first, count)
    ops = [x.op for x in lifted.steps if not isinstance(x, Product)]
    text = f"{llvm.definitions(kind, ops)}\n{code.function('over_rows', ROWS)}"
    return llvm.compiled(text, "over_rows", "ppiipp", True)


def _columns(steps: Steps, n_columns: int, first: Whole, count: Whole) -> None:
    """Bring in the rows, each column a register; the last row fills the last vector."""
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
    """As many vectors as lanes, lane i of vector j as lane j of vector i."""
    part = 1
    while part < len(vectors):
        for i in [i for i in range(len(vectors)) if not i & part]:
            pair = code.interleaved(vectors[i], vectors[i + part], part)
            vectors[i], vectors[i + part] = pair
        part *= 2
    return vectors


def _reduce(steps: Steps, means: Sequence[Mean], count: Whole) -> None:
    reduction, (tables, _) = Reduction(steps), sums(means, steps.code.kind.lanes)
    read = [x for table in tables for x in (table.left, table.right) if x is not None]
    if read:
        reduction.clear(np.unique(np.concatenate(read)), count)
    for table in tables:
        reduction.add(table)


def _put(steps: Steps, lifted: Lifted, fused: Fused, first: Whole, count: Whole) -> None:
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


def before(lifted: Lifted) -> llvm.Function:
    """Return the function of `shared` that does the steps before the rows."""
    steps = Steps(Code(NUMBER), Span("%shared", 1, 1))
    _alone(steps, lifted.before)
    text = f"{_definitions(lifted.before)}\n{steps.code.function('before', 'ptr %shared')}"
    return llvm.compiled(text, "before", "p", True)


AFTER = "ptr %shared, ptr noalias %sums, i64 %pieces, i64 %n, ptr noalias %out"


def after(lifted: Lifted, fused: Fused, lanes: int) -> llvm.Function:
    """Return the function that makes means of sums, added up in order, and outputs of means."""
    code = Code(NUMBER)
    tables, size = sums(fused.means, lanes)
    with code.loop(1, "%pieces") as piece:
        start = code.whole("mul", piece, size)
        with code.loop(0, size) as i:
            more = code.load("%sums", code.whole("add", start, i))
            code.store(code.spell("add", [code.load("%sums", i), more]), "%sums", i)
    rows = code.value("sitofp i64 %n to double")
    for table in tables:
        padded = _padded(len(table.right), lanes)
        with code.loop(0, table.high) as i, code.loop(0, len(table.right)) as j:
            at = code.whole("add", code.whole("mul", i, padded), j)
            total = code.load("%sums", code.whole("add", at, table.start))
            code.store(code.spell("div", [total, rows]), "%shared", code.place(table.places, i, j))
    _alone(Steps(code, Span("%shared", 1, 1)), lifted.after)
    with code.loop(0, len(fused.outputs)) as i:
        code.store(code.load("%shared", code.place(fused.outputs, i)), "%out", i)
    text = f"{_definitions(lifted.after)}\n{code.function('after', AFTER)}"
    return llvm.compiled(text, "after", "ppiip", True)


def _alone(steps: Steps, several: Sequence[Step]) -> None:
    for step in several:
        steps.add(alone(step))


def _definitions(steps: Sequence[Step]) -> str:
    return llvm.definitions(NUMBER, [x.op for x in steps if not isinstance(x, Product)])
