"""Sums over the rows: the tables where chunks add up what means are of, and the text that does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from microgradnet.programs.engines.native.code import Whole
from microgradnet.programs.engines.native.steps import Steps
from microgradnet.programs.lifted import Average, Mean


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
    """Return the tables of means, and the length of all together."""
    found, start = [], 0
    for mean in means:
        if isinstance(mean, Average):
            made = Sums(None, mean.index, start, mean.start + np.arange(len(mean.index))[None, :])
        else:
            m, p = len(mean.left), len(mean.right)
            places = mean.start + np.arange(m * p).reshape(m, p)
            turned = m * padded(p, lanes) > p * padded(m, lanes)
            sides = (mean.right, mean.left) if turned else (mean.left, mean.right)
            made = Sums(*sides, start, places.T if turned else places)
        found.append(made)
        start += made.high * padded(len(made.right), lanes)
    return found, start


def padded(n: int, lanes: int) -> int:
    """Return how many numbers whole vectors for n of them have."""
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
        width = padded(len(table.right), lanes)
        for row, totals in zip(rows, slots):
            found = self.across([code.read(total) for total in totals])
            place = code.whole("add", code.whole("mul", row, width), table.start)
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
