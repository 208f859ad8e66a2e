"""Run programs row by row, to the last bit: as data for loops, or as code of their own.

A `Tape` is a program as data. The loops that run it, one per operation, are compiled once per
process. `straight_scan` compiles the lines of a short program into a loop of its own.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from itertools import groupby
from weakref import proxy

import numpy as np

from microgradnet.operations.operation import OPS
from microgradnet.programs.engines import Numbers
from microgradnet.programs.engines.native import llvm
from microgradnet.programs.engines.native.code import NUMBER, SPELLED, Code, Whole, widest
from microgradnet.programs.engines.native.llvm import address
from microgradnet.programs.engines.threads import Spare
from microgradnet.programs.levels import DOT, Group, Levels
from microgradnet.programs.program import Constant, Operand, Program

# The arguments of a tape: addresses, the place of the outputs and how many of each kind (first the
# next state, then outputs summed into found, then outputs written there, further for each row); the
# columns of a row, and the register of the first.
GIVEN = ["registers", "groups", "n_groups", "index", "outputs", "n_state", "n_sums", "n_puts"]
GIVEN += ["columns", "at"]
OVER_ROWS = "ptr noalias %given, ptr noalias %rows, i64 %n, ptr noalias %found"
# A product is a dot of one term.
PRIMITIVES = sorted(op.name for op in OPS.values() if op.primitive and op.name != "mul")
# Primitives whose results on vectors equal those on numbers, to the last bit.
VECTORS = [DOT, "mul", *(op for op in PRIMITIVES if op in SPELLED and op != "pow")]
# Where the lanes of a vector are read from: any places, adjacent places, or one place.
KINDS = ANYWHERE, BESIDE, SAME = range(3)


def dots(x: int, y: int) -> str:
    """Return the name of the loop of dots whose factors have the kinds x and y."""
    return f"{DOT}.{x}.{y}"


LOOPS = [*PRIMITIVES, *(dots(x, y) for x in KINDS for y in KINDS)]
# count: of numbers or, for dots, of vectors; terms: the number of products in a dot.
GROUP = "ptr noalias %out, ptr %registers, ptr noalias %index, i64 %count, i64 %terms"


@functools.cache
def over_rows() -> llvm.Function:
    """Return the compiled function that runs any tape."""
    parts = [llvm.definitions(NUMBER, PRIMITIVES), llvm.definitions(widest(), [])]
    parts += map(_of_primitive, PRIMITIVES)
    parts += [_of_dots(x, y) for x in KINDS for y in KINDS]
    parts += [_switch(), _over_rows()]
    return llvm.compiled("\n".join(parts), "over_rows", "ppip", True)


def _over_rows() -> str:
    """Return the text of the loop over n rows."""
    code = Code(NUMBER)
    addresses = ("registers", "groups", "index")
    given = {
        x: code.load("%given", i, "ptr" if x in addresses else "i64") for i, x in enumerate(GIVEN)
    }
    registers, n_state = given["registers"], given["n_state"]
    outputs, first = code.at(registers, given["outputs"]), code.at(registers, given["at"])
    others = code.at(outputs, n_state)
    with code.loop(0, "%n") as row:
        columns = code.at("%rows", code.whole("mul", row, given["columns"]))
        code.copy(columns, first, given["columns"])
        with code.loop(0, given["n_groups"]) as i:
            group = code.at(given["groups"], code.whole("mul", i, 5), "i64")
            op, start, count, offset, terms = (code.load(group, k, "i64") for k in range(5))
            out, index = code.at(registers, start), code.at(given["index"], offset, "i32")
            given_to = f"ptr {out}, ptr {registers}, ptr {index}, i64 {count}, i64 {terms}"
            code.do(f"call void @one(i64 {op}, {given_to})")
        code.copy(outputs, registers, n_state)
        with code.loop(0, given["n_sums"]) as j:
            total = code.spell("add", [code.load("%found", j), code.load(others, j)])
            code.store(total, "%found", j)
        put = code.at("%found", code.whole("mul", row, given["n_puts"]))
        code.copy(others, put, given["n_puts"])
    return code.function("over_rows", OVER_ROWS)


def _of_primitive(op: str) -> str:
    """Return the text of the loop of a primitive; it reads no place that it writes."""
    code = Code(widest() if op in VECTORS else NUMBER)
    with code.loop(0, "%count", code.kind.lanes) as j:
        places = [
            code.whole("add", code.whole("mul", "%count", i), j) for i in range(OPS[op].arity)
        ]
        operands = [code.gathered("%registers", "%index", place) for place in places]
        code.store(code.spell(op, operands), "%out", j)
    return code.function(f"loop.{op}", GROUP, "internal")


def _of_dots(*kinds: int) -> str:
    """Return the text of a loop of dots: it adds up products of vectors, each rounded."""
    code = Code(widest())
    lanes = code.kind.lanes
    sizes = [lanes if kind == ANYWHERE else 1 for kind in kinds]
    with code.loop(0, "%count") as j:
        total = code.slot(code.number(-0.0))
        start = code.whole("mul", j, "%terms")
        with code.loop(0, "%terms") as k:
            at = code.whole("mul", code.whole("add", start, k), sum(sizes))
            factors = []
            for kind, size in zip(kinds, sizes):
                factors.append(_factor(code, kind, at))
                at = code.whole("add", at, size)
            product = code.spell("mul", factors)
            code.write(code.spell("add", [code.read(total), product]), total)
        code.store(code.read(total), "%out", code.whole("mul", j, lanes))
    return code.function(f"loop.{dots(*kinds)}", GROUP, "internal")


def _factor(code: Code, kind: int, at: Whole) -> str:
    """Load a vector: the index has the place of each lane, or of the first."""
    if kind == ANYWHERE:
        return code.gathered("%registers", "%index", at)
    place = code.number_at("%index", at)
    if kind == BESIDE:
        return code.load("%registers", place)
    return code.splat(code.load("%registers", place, "double"))


def _switch() -> str:
    """Return the text of the function that calls the loop of a group."""
    cases = " ".join(f"i64 {i}, label %case{i}" for i in range(len(LOOPS)))
    given = "ptr %out, ptr %registers, ptr %index, i64 %count, i64 %terms"
    blocks = "\n".join(
        f"case{i}:\n  call void @loop.{op}({given})\n  ret void" for i, op in enumerate(LOOPS)
    )
    return f"""
define internal void @one(i64 %op, {GROUP}) {{
  switch i64 %op, label %none [{cases}]
{blocks}
none:
  ret void
}}
"""


# The numbers of outputs that are the next state, summed, written; the number of shared inputs.
Counts = tuple[int, int, int, int]
# Registers, the arguments of the loops, and the address of those.
Workspace = tuple[np.ndarray, np.ndarray, int]


class Tape:
    """A program as data for the loops, each group filled up to whole vectors.

    table: for each group its loop, first result, count, place of its operands in `index`, terms.
    Registers start as those of `levels`; from `outputs` on come the outputs, adjacent. The
    registers are kept between runs, since new memory pages cost more than the work.
    """

    def __init__(self, levels: Levels) -> None:
        self.n_inputs, self.n_outputs = levels.n_inputs, len(levels.outputs)
        self.constants, self.run = levels.constants, over_rows()
        lanes, count = widest().lanes, levels.n_inputs + len(levels.constants)
        place = np.arange(levels.n_registers + self.n_outputs)
        table, parts, at = [], list[np.ndarray](), 0
        copied = np.array([[levels.one] * self.n_outputs, levels.outputs], dtype=np.int64)
        for group in (*levels.groups, Group(DOT, levels.n_registers, copied)):
            self.outputs, filled = count, -(-group.size // lanes) * lanes
            place[group.start : group.start + group.size] = np.arange(count, count + group.size)
            for loop, first, n, index, terms in _parts(group, place[group.operands], filled):
                table.append((LOOPS.index(loop), count + first, n, at, terms))
                parts.append(index.ravel())
                at += index.size
            count += filled
        # 32-bit integers halve the memory that the loops read.
        self.index = np.concatenate([*parts, np.empty(0)]).astype(np.int32)
        np.clip(self.index, 0, count - 1, out=self.index)  # unused lanes must have valid places
        self.table = np.array(table, dtype=np.int64).reshape(-1, 5)
        self.n_registers = count + lanes
        me = proxy(self)  # a proxy avoids a reference cycle, so memory is freed at once
        self.spare: Spare[Counts, Workspace] = Spare(lambda counts: me._workspace(counts))

    def _workspace(self, counts: Counts) -> Workspace:
        registers, k = np.empty(self.n_registers), counts[-1]
        registers[self.n_inputs :][: len(self.constants)] = self.constants
        groups = address(self.table), len(self.table), address(self.index)
        given = [address(registers), *groups, self.outputs, *counts[:-1], self.n_inputs - k, k]
        numbers = np.array(given)
        return registers, numbers, address(numbers)

    def rows(self, shared: Numbers, rows: np.ndarray) -> np.ndarray:
        """Return the outputs of each row."""
        found = np.empty((len(rows), self.n_outputs))
        self._run((0, 0, self.n_outputs, len(shared)), shared, rows, [found])
        return found

    def mean(self, shared: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Return the mean of the outputs over the rows, summed in order."""
        found = np.zeros(self.n_outputs)
        self._run((0, self.n_outputs, 0, len(shared)), shared, rows, [found])
        return np.asarray(found / len(rows))

    def scan(
        self, state: np.ndarray, rows: np.ndarray, epochs: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the last state and the history; see `Program.scan`."""
        n = len(state)
        history = np.zeros((epochs, self.n_outputs - n))
        following = self._run((n, self.n_outputs - n, 0, n), state, rows, history)
        return following, np.asarray(history / len(rows))

    def _run(
        self, counts: Counts, shared: Numbers, rows: np.ndarray, found: Iterable[np.ndarray]
    ) -> np.ndarray:
        """Run all rows once for each part of `found`, and return the last state."""
        rows, workspace = np.ascontiguousarray(rows), self.spare.take(counts)
        registers, _, given = workspace
        registers[: len(shared)] = shared
        for part in found:
            self.run(given, address(rows), len(rows), address(part))
        state = registers[: counts[0]].copy() if counts[0] else registers[:0]
        self.spare.keep(counts, workspace)
        return state


Part = tuple[str, int, int, np.ndarray, int]  # loop, first result, count, index, terms


def _parts(group: Group, operands: np.ndarray, filled: int) -> Iterator[Part]:
    """Yield the parts of a group, one per loop; the filling continues the last lines."""
    if group.op not in VECTORS:
        yield group.op, 0, group.size, operands, 1
        return
    apart = operands[:, -1:] - operands[:, -2:-1] if group.size > 1 else 0
    more = operands[:, -1:] + apart * np.arange(1, filled - group.size + 1)
    operands = np.hstack([operands, more])
    if group.op in PRIMITIVES:
        yield group.op, 0, filled, operands, 1
        return
    if group.size == 1:  # as in a chain, where waiting for the result takes most of the time
        yield dots(SAME, SAME), 0, 1, operands[:, 0], len(operands) // 2
        return
    lanes, first = widest().lanes, 0
    vectors, kinds = _sorted_factors(
        operands.reshape(len(operands) // 2, 2, filled // lanes, lanes)
    )
    for (x, y), same in groupby(zip(*kinds.tolist())):
        stop = first + len(list(same))
        index = [
            vectors[:, i, first:stop, : lanes if kind == ANYWHERE else 1]
            for i, kind in enumerate((x, y))
        ]
        ordered = np.concatenate(index, axis=2).swapaxes(0, 1)  # vector, term, lanes of both
        yield dots(x, y), first * lanes, stop - first, ordered, len(vectors)
        first = stop


def _sorted_factors(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Swap the factors of terms so that their kinds agree; return the factors and their kinds.

    vectors: (terms, 2, vectors, lanes); kinds: of the factors of each vector, (2, vectors).
    """
    apart = np.diff(vectors)
    beside, same = (np.all(apart == step, axis=3) for step in (1, 0))
    kinds = np.select([beside, same], [BESIDE, SAME], ANYWHERE)
    is_turned = kinds[:, 0] > kinds[:, 1]
    vectors = np.where(is_turned[:, None, :, None], vectors[:, ::-1], vectors)
    kinds.sort(axis=1)
    return vectors, np.where(np.all(kinds == kinds[0], axis=0), kinds[0], ANYWHERE)


SCAN = "ptr noalias %state, ptr noalias %rows, i64 %n, i64 %epochs, ptr noalias %out"


def straight_scan(program: Program, n: int) -> llvm.Function:
    """Return the function of (state, rows, n, epochs, history) that trains a state of n numbers.

    The state stays in registers between its first read and last write; the sums of an epoch are
    added in the order of the rows.
    """
    code, others = Code(NUMBER), program.outputs[n:]
    state = [code.slot(code.load("%state", i)) for i in range(n)]
    rows, columns = code.value("sitofp i64 %n to double"), program.n_inputs - n
    with code.loop(0, "%epochs") as epoch:
        sums = [code.slot("0.0") for _ in others]
        with code.loop(0, "%n") as i:
            row = code.at("%rows", code.whole("mul", i, columns))
            found = [*map(code.read, state), *(code.load(row, j) for j in range(columns))]
            for op, operands in program.lines:
                found.append(code.spell(op, [_read(code, found, x) for x in operands]))
            results = [_read(code, found, x) for x in program.outputs]
            for total, x in zip(sums, results[n:]):
                code.write(code.spell("add", [code.read(total), x]), total)
            for slot, x in zip(state, results):
                code.write(x, slot)
        out = code.at("%out", code.whole("mul", epoch, len(others)))
        for j, total in enumerate(sums):
            code.store(code.spell("div", [code.read(total), rows]), out, j)
    for i, slot in enumerate(state):
        code.store(code.read(slot), "%state", i)
    declared = llvm.definitions(NUMBER, (op for op, _ in program.lines))
    return llvm.compiled(f"{declared}\n{code.function('scan', SCAN)}", "scan", "ppiip")


def _read(code: Code, found: list[str], x: Operand) -> str:
    return code.number(x.value) if type(x) is Constant else found[x]
