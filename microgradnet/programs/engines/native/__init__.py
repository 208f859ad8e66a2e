"""The native engine: a short program as machine code of its own, a long one as data of a tape.

In reading order: this file (both, and what they share: rows by lanes, and means), kind.py (each
primitive as LLVM text), llvm.py (from text to a function), straight.py (a program as a loop over
rows), loops.py (the loops that any tape runs on), lanes.py (formulas of vectors as LLVM text),
elementary.py (exp, log, tanh, ... of vectors).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from microgradnet.programs.engines import NO_ROWS, Engine, Numbers
from microgradnet.programs.engines.levels import Levels, levels
from microgradnet.programs.engines.native import llvm, straight
from microgradnet.programs.engines.native.kind import NUMBER, Kind, widest
from microgradnet.programs.engines.native.llvm import Function, address
from microgradnet.programs.engines.native.loops import driver
from microgradnet.programs.engines.spare import Spare
from microgradnet.programs.program import Program

# Compiling takes 0.2 ms a line, and longer programs do not fit the machine's registers anyway.
LONGEST_STRAIGHT = 3_000


def choose(program: Program) -> Engine:
    """Return the program as machine code, or as a tape where compiling would take long."""
    short = len(program.lines) <= LONGEST_STRAIGHT
    return Straight(program) if short else Taped(program)


class _ByLanes(Engine):
    """Rows as many at a time as a vector has lanes; those left over in a vector of their own."""

    def __init__(self, program: Program) -> None:
        super().__init__(program)
        self.n_outputs = len(program.outputs)
        self.kind = widest()

    def over_rows(
        self, kind: Kind, shared: Numbers, rows: np.ndarray, found: np.ndarray, sums: bool
    ) -> None:
        """Run rows, a multiple of the lanes; found: (outputs, rows), or (outputs, lanes) to add to.

        Both arrays have their rows, and found its lanes, side by side.
        """
        raise NotImplementedError

    def call(self, numbers: Sequence[float]) -> tuple[float, ...]:
        return tuple(self._row(numbers, NO_ROWS).tolist())

    def _row(self, shared: Numbers, row: np.ndarray) -> np.ndarray:
        found = np.empty((self.n_outputs, 1))
        self.over_rows(NUMBER, shared, np.ascontiguousarray(row), found, False)
        return found[:, 0]

    def map(self, shared: np.ndarray, rows: np.ndarray) -> np.ndarray:
        if len(rows) == 1:
            return self._row(shared, rows)[None, :]
        table = self._filled(rows) if len(rows) % self.kind.lanes else np.ascontiguousarray(rows)
        found = np.empty((self.n_outputs, len(table)))
        self.over_rows(self.kind, shared, table, found, False)
        return found[:, len(table) - len(rows) :].T.copy()

    def mean(self, shared: np.ndarray, rows: np.ndarray) -> np.ndarray:
        n, lanes = len(rows), self.kind.lanes
        if n == 1:
            return self._row(shared, rows)
        rest = n % lanes
        sums = np.zeros((2, self.n_outputs, lanes))  # the second of the rows left over
        table = np.ascontiguousarray(rows) if n >= lanes else self._filled(rows)
        if n >= lanes:
            self.over_rows(self.kind, shared, table[: n - rest], sums[0], True)
        if rest:  # the lanes before them go through rows a second time, and are not added
            self.over_rows(self.kind, shared, table[-lanes:], sums[1], True)
        return means(sums, rest, n)

    def _filled(self, rows: np.ndarray) -> np.ndarray:
        """The rows, the first one repeated before them until the lanes are full."""
        n = len(rows)
        filled = np.empty((n + -n % self.kind.lanes, rows.shape[1]))
        filled[:-n], filled[-n:] = rows[:1], rows
        return filled


class Straight(_ByLanes):
    """Functions made for the program when they are first needed."""

    def __init__(self, program: Program) -> None:
        super().__init__(program)
        self.made: dict[tuple[object, ...], Function] = {}

    def _made(self, make: Callable[..., Function], *about: object) -> Function:
        if (make, *about) not in self.made:
            self.made[make, *about] = make(self.program, *about)
        return self.made[make, *about]

    def over_rows(
        self, kind: Kind, shared: Numbers, rows: np.ndarray, found: np.ndarray, sums: bool
    ) -> None:
        function = self._made(straight.over_rows, kind, len(shared), sums)
        given, n = np.asarray(shared, dtype=float), len(rows) // kind.lanes
        width = found.strides[0] // 8
        function(address(given), address(rows), n, address(found), width)

    def scan(
        self, state: np.ndarray, rows: np.ndarray, epochs: int
    ) -> tuple[np.ndarray, np.ndarray]:
        following, table = np.array(state, dtype=float), np.ascontiguousarray(rows)
        history = np.empty((epochs, self.n_outputs - len(state)))
        function = self._made(straight.scan, len(state))
        function(address(following), address(table), len(rows), epochs, address(history))
        return following, history


class Taped(_ByLanes):
    """The registers of a tape, kept: new pages of memory cost more than the work."""

    def __init__(self, program: Program) -> None:
        super().__init__(program)
        made = levels(program)
        # The loops read numbers of 32 bits: half the memory to go through.
        index, outputs = made.index.astype(np.int32), made.outputs.astype(np.int32)
        made = replace(made, index=index, outputs=outputs)
        self.spare: Spare[Kind, _Registers] = Spare(lambda kind: _Registers(made, kind))

    def over_rows(
        self, kind: Kind, shared: Numbers, rows: np.ndarray, found: np.ndarray, sums: bool
    ) -> None:
        n, registers = self.n_outputs, self.spare.take(kind)
        registers.run(shared, rows, None, (n, 0) if sums else (0, n), found)
        self.spare.keep(kind, registers)

    def scan(
        self, state: np.ndarray, rows: np.ndarray, epochs: int
    ) -> tuple[np.ndarray, np.ndarray]:
        table, following = np.ascontiguousarray(rows), np.array(state, dtype=float)
        history = np.zeros((epochs, self.n_outputs - len(state), 1))
        registers = self.spare.take(NUMBER)
        for sums in history:
            registers.run(following, table, following, (len(sums), 0), sums)
        self.spare.keep(NUMBER, registers)
        return following, np.asarray(history[:, :, 0] / len(rows))


def _aligned(n: int, lanes: int) -> np.ndarray:
    """Room for numbers (n, lanes): a vector over two lines of the cache takes a third longer."""
    line = 8  # numbers, of 64 bytes together
    room = np.empty(n * lanes + line)
    first = -(address(room) // 8) % line
    return room[first : first + n * lanes].reshape(n, lanes)


class _Registers:
    """A tape with registers of a kind, all that stays from run to run found beforehand."""

    def __init__(self, made: Levels, kind: Kind) -> None:
        self.made, self.lanes = made, kind.lanes
        self.numbers = _aligned(made.n_registers, kind.lanes)
        n = made.n_inputs
        self.numbers[n : n + len(made.constants)] = made.constants[:, None]
        self.driver = driver(kind)
        registers, groups, index = (address(x) for x in (self.numbers, made.table, made.index))
        self.tape = (registers, groups, len(made.table), index)
        self.outputs = address(made.outputs)

    def run(
        self,
        shared: Numbers,
        rows: np.ndarray,
        following: np.ndarray | None,
        others: tuple[int, int],
        found: np.ndarray,
    ) -> None:
        """Run all rows. following: for the next state; others: outputs to add up, and to put."""
        k = len(shared)
        self.numbers[:k] = np.asarray(shared, dtype=float).reshape(k, 1)
        n, columns = rows.shape
        state = (0, None) if following is None else (k, address(following))
        given = (address(rows), n // self.lanes, columns, k, self.outputs, *state)
        self.driver(*self.tape, *given, *others, address(found), found.strides[0] // 8)


MEANS = "ptr noalias %sums, i64 %n, i64 %rest, i64 %rows, ptr noalias %out"


def means(sums: np.ndarray, rest: int, rows: int) -> np.ndarray:
    """Return the sums over all lanes of sums[0] and the last `rest` of sums[1], divided by rows."""
    _, n, lanes = sums.shape
    out = np.empty(n)
    _means(lanes)(address(sums), n, rest, rows, address(out))
    return out


@functools.cache
def _means(lanes: int) -> Function:
    body = [
        f"%place = getelementptr [{lanes} x double], ptr %sums, i64 %i",
        f"%left = getelementptr [{lanes} x double], ptr %place, i64 %n",
    ]
    total = "0.0"
    for j in range(lanes):
        body += [*llvm.load(f"%x{j}", "%place", j), f"%t{j} = fadd double {total}, %x{j}"]
        total = f"%t{j}"
    rest = ["%k = add i64 %first, %j", *llvm.load("%x", "%left", "%k")]
    rest += ["%more = fadd double %sum, %x"]
    sums = [("%sum", "double", total, "%more")]
    body += llvm.loop("j", "%rest", rest, sums, before="i.body")
    body += ["%mean = fdiv double %sum, %count", *llvm.store("%mean", "%out", "%i")]
    lines = [
        "%count = sitofp i64 %rows to double",
        f"%first = sub i64 {lanes}, %rest",
        *llvm.loop("i", "%n", body),
    ]
    return llvm.compiled(llvm.function("means", MEANS, lines), "means", "piiip")
