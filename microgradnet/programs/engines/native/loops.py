"""Any tape runs on the same few loops, one an operation, compiled once per process."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from microgradnet.operations.operation import OPS
from microgradnet.programs.engines.levels import PRIMITIVES, Levels
from microgradnet.programs.engines.native import llvm
from microgradnet.programs.engines.native.code import Code, Whole
from microgradnet.programs.engines.native.kind import NUMBER, SPELLED, widest

# columns, at: how many numbers a row has and the register of the first; outputs: the registers of
# the next state (kept in temp until all are read), then of what is added to found, or put there,
# one place further each time.
TAPE = """ptr %registers, ptr noalias %groups, i64 %n_groups, ptr noalias %index,
    ptr noalias %rows, i64 %n, i64 %columns, i64 %at, ptr noalias %outputs, i64 %n_state,
    ptr noalias %temp, i64 %n_sums, i64 %n_puts, ptr noalias %found"""
# Whose results on vectors are those on numbers, to the last bit.
EXACT = [op for op in PRIMITIVES if op in SPELLED and op != "pow"]
GROUP = "ptr noalias %out, ptr noalias %registers, ptr noalias %index, i64 %count"


def side_by_side(made: Levels) -> Levels:
    """Mark the groups whose operands all stand side by side: their loops need no index."""
    table = made.table.copy()
    for row, group in zip(table, made.groups()):
        if group.op in EXACT and np.all(np.diff(group.operands) == 1):
            row[0] += len(PRIMITIVES)
    return replace(made, table=table)


@functools.cache
def tape() -> llvm.Function:
    """Return the function that runs any tape."""
    several = widest()
    parts = [llvm.definitions(NUMBER, PRIMITIVES), llvm.definitions(several, [])]
    parts += [GATHER.format(t=several.type, s=several.name, n=several.lanes)]
    parts += [_of_primitive(op, False) for op in PRIMITIVES]
    parts += [*(_of_primitive(op, True) for op in EXACT), _switch(), _tape()]
    return llvm.compiled("\n".join(parts), "tape", "ppippiiipipiip", True)


GATHER = "declare {t} @llvm.masked.gather.{s}.v{n}p0(<{n} x ptr>, i32, <{n} x i1>, {t})"


def _tape() -> str:
    """The loop over n rows."""
    code = Code(NUMBER)
    with code.loop(0, "%n") as row:
        given, first = code.whole("mul", row, "%columns"), code.at("%registers", "%at")
        with code.loop(0, "%columns") as j:
            code.store(code.load("%rows", code.whole("add", given, j)), first, j)
        with code.loop(0, "%n_groups") as i:
            group = code.at("%groups", code.whole("mul", i, 4), "i64")
            op, start, lines, offset = (code.load(group, k, "i64") for k in range(4))
            out, operands = code.at("%registers", start), code.at("%index", offset, "i32")
            given_to = f"ptr {out}, ptr %registers, ptr {operands}, i64 {lines}"
            code.do(f"call void @one(i64 {op}, {given_to})")
        with code.loop(0, "%n_state") as j:
            code.store(_gathered(code, "%outputs", j), "%temp", j)
        others = code.at("%outputs", "%n_state", "i32")
        for j in _several(code, "%n_sums"):
            total = code.spell("add", [code.load("%found", j), _gathered(code, others, j)])
            code.store(total, "%found", j)
        place = code.whole("mul", row, "%n_puts")
        for j in _several(code, "%n_puts"):
            code.store(_gathered(code, others, j), "%found", code.whole("add", place, j))
        with code.loop(0, "%n_state") as j:
            code.store(code.load("%temp", j), "%registers", j)
    return code.function("tape", TAPE)


def _of_primitive(op: str, beside: bool) -> str:
    """Read the operands of each line, compute, store: nothing read here is written here.

    beside: the operands stand side by side, from the first one's place on.
    """
    code = Code(NUMBER)
    starts: list[Whole] = [code.whole("mul", "%count", i) for i in range(OPS[op].arity)]
    first = [_number(code, "%index", start) for start in starts] if beside else []
    for j in _several(code, "%count") if op in EXACT else _each(code, 0, "%count"):
        if beside:
            operands = [code.load("%registers", code.whole("add", x, j)) for x in first]
        else:
            operands = [_gathered(code, "%index", code.whole("add", x, j)) for x in starts]
        code.store(code.spell(op, operands), "%out", j)
    return code.function(f"loop.{op}{'.beside' * beside}", GROUP, "internal")


def _several(code: Code, count: str) -> Iterator[Whole]:
    """Up to a count, as many at a time as a vector has lanes, then those left over."""
    lanes = widest().lanes
    done = code.whole("mul", code.value(f"udiv i64 {count}, {lanes}"), lanes)
    code.kind = widest()
    yield from _each(code, 0, done)
    code.kind = NUMBER
    yield from _each(code, done, count)


def _each(code: Code, first: Whole, stop: Whole) -> Iterator[Whole]:
    with code.loop(first, stop, code.kind.lanes) as j:
        yield j


def _gathered(code: Code, index: str, at: Whole) -> str:
    """The registers whose numbers stand in an array from a place on."""
    n = code.kind.lanes
    if n == 1:
        return code.load("%registers", _number(code, index, at))
    start = code.at(index, at, "i32")
    numbers = code.value(f"load <{n} x i32>, ptr {start}, align 4")
    whole = code.value(f"zext <{n} x i32> {numbers} to <{n} x i64>")
    from_ = code.value(f"getelementptr double, ptr %registers, <{n} x i64> {whole}")
    t, name = code.kind.type, f"@llvm.masked.gather.{code.kind.name}.v{n}p0"
    every = f"<{n} x i1> splat (i1 true), {t} poison"
    return code.value(f"call {t} {name}(<{n} x ptr> {from_}, i32 8, {every})")


def _number(code: Code, index: str, at: Whole) -> Whole:
    number = code.value(f"load i32, ptr {code.at(index, at, 'i32')}, align 4")
    return code.value(f"zext i32 {number} to i64")


def _switch() -> str:
    """The choice of a group's loop."""
    loops = dict(enumerate(PRIMITIVES))
    loops |= {PRIMITIVES.index(op) + len(loops): f"{op}.beside" for op in EXACT}
    cases = " ".join(f"i64 {i}, label %case{i}" for i in loops)
    given = "ptr %out, ptr %registers, ptr %index, i64 %count"
    blocks = "\n".join(
        f"case{i}:\n  call void @loop.{op}({given})\n  ret void" for i, op in loops.items()
    )
    return f"""
define internal void @one(i64 %op, {GROUP}) {{
  switch i64 %op, label %none [{cases}]
{blocks}
none:
  ret void
}}
"""
