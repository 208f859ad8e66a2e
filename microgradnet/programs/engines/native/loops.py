"""Any tape runs on the same few loops, one an operation, compiled once per process."""

from __future__ import annotations

import functools
from dataclasses import replace

import numpy as np

from microgradnet.operations.operation import OPS
from microgradnet.programs.engines.native import llvm
from microgradnet.programs.engines.native.code import Code, Whole
from microgradnet.programs.engines.native.kind import NUMBER, SPELLED, widest
from microgradnet.programs.engines.native.levels import PRIMITIVES, Levels

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
    parts = [llvm.definitions(NUMBER, PRIMITIVES), llvm.definitions(widest(), [])]
    parts += [_of_primitive(op, False) for op in PRIMITIVES]
    parts += [*(_of_primitive(op, True) for op in EXACT), _switch(), _tape()]
    return llvm.compiled("\n".join(parts), "tape", "ppippiiipipiip", True)


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
            code.store(code.gathered("%registers", "%outputs", j), "%temp", j)
        others = code.at("%outputs", "%n_state", "i32")
        for j in code.several("%n_sums"):
            total = code.spell(
                "add", [code.load("%found", j), code.gathered("%registers", others, j)]
            )
            code.store(total, "%found", j)
        place = code.whole("mul", row, "%n_puts")
        for j in code.several("%n_puts"):
            code.store(
                code.gathered("%registers", others, j), "%found", code.whole("add", place, j)
            )
        with code.loop(0, "%n_state") as j:
            code.store(code.load("%temp", j), "%registers", j)
    return code.function("tape", TAPE)


def _of_primitive(op: str, beside: bool) -> str:
    """Read the operands of each line, compute, store: nothing read here is written here.

    beside: the operands stand side by side, from the first one's place on.
    """
    code = Code(NUMBER)
    starts: list[Whole] = [code.whole("mul", "%count", i) for i in range(OPS[op].arity)]
    first = [code.number_at("%index", start) for start in starts] if beside else []
    for j in code.several("%count") if op in EXACT else code.each(0, "%count"):
        if beside:
            operands = [code.load("%registers", code.whole("add", x, j)) for x in first]
        else:
            operands = [
                code.gathered("%registers", "%index", code.whole("add", x, j)) for x in starts
            ]
        code.store(code.spell(op, operands), "%out", j)
    return code.function(f"loop.{op}{'.beside' * beside}", GROUP, "internal")


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
