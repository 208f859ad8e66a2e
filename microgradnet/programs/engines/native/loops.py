"""Any tape runs on the same few loops, one an operation, compiled once per process."""

from __future__ import annotations

import functools

from microgradnet.operations.operation import OPS
from microgradnet.programs.engines.levels import PRIMITIVES
from microgradnet.programs.engines.native import llvm
from microgradnet.programs.engines.native.kind import NUMBER

# columns, at: how many numbers a row has and the register of the first; outputs: the registers of
# the next state (kept in temp until all are read), then of what is added to found, or put there,
# one place further each time.
TAPE = """ptr %registers, ptr noalias %groups, i64 %n_groups, ptr noalias %index,
    ptr noalias %rows, i64 %n, i64 %columns, i64 %at, ptr noalias %outputs, i64 %n_state,
    ptr noalias %temp, i64 %n_sums, i64 %n_puts, ptr noalias %found"""


@functools.cache
def tape() -> llvm.Function:
    """Return the function that runs any tape."""
    parts = [llvm.definitions(NUMBER, PRIMITIVES), *(_of_primitive(op) for op in PRIMITIVES)]
    parts += [_switch(), *_moves(), *_results(), _tape()]
    return llvm.compiled("\n".join(parts), "tape", "ppippiiipipiip", True)


def _tape() -> str:
    """The loop over n rows."""
    body = [
        "%row.next = getelementptr double, ptr %row, i64 %columns",
        "%place.next = getelementptr double, ptr %place, i64 %n_puts",
        "call void @move(ptr %first, ptr %row, i64 %columns)",
        "call void @run(ptr %registers, ptr %groups, ptr %index, i64 %n_groups)",
        "call void @keep(ptr %temp, ptr %registers, ptr %outputs, i64 %n_state)",
        "call void @sum(ptr %found, ptr %registers, ptr %others, i64 %n_sums)",
        "call void @put(ptr %place, ptr %registers, ptr %others, i64 %n_puts)",
        "call void @move(ptr %registers, ptr %temp, i64 %n_state)",
    ]
    rows = [("%row", "ptr", "%rows", "%row.next"), ("%place", "ptr", "%found", "%place.next")]
    lines = [
        "%first = getelementptr double, ptr %registers, i64 %at",
        "%others = getelementptr i32, ptr %outputs, i64 %n_state",
        *llvm.loop("i", "%n", body, rows),
    ]
    return llvm.function("tape", TAPE, lines)


def _loop(name: str, parameters: str, *lines: str) -> str:
    """A function whose body, with a number %j, is run %count times."""
    loop = llvm.loop("j", "%count", lines)
    return llvm.function(name, f"{parameters}, i64 %count", loop, "internal")


def _of_primitive(op: str) -> str:
    """Gather the operands of each line, compute, store: nothing read here is written here."""
    lines, arity = [], OPS[op].arity
    for i in range(arity):
        lines += [
            f"%n{i} = mul i64 %count, {i}",
            f"%k{i} = add i64 %j, %n{i}",
            *_gathered(f"%x{i}", "%index", f"%k{i}"),
        ]
    lines.append(NUMBER.spell(op, "%result", [f"%x{i}" for i in range(arity)]))
    lines += [
        "%p = getelementptr double, ptr %out, i64 %j",
        "store double %result, ptr %p, align 8",
    ]
    parameters = "ptr noalias %out, ptr noalias %registers, ptr noalias %index"
    return _loop(f"loop.{op}", parameters, *lines)


def _gathered(result: str, index: str, at: str) -> list[str]:
    return [
        f"{result}.a = getelementptr i32, ptr {index}, i64 {at}",
        f"{result}.n = load i32, ptr {result}.a, align 4",
        f"{result}.i = zext i32 {result}.n to i64",
        f"{result}.p = getelementptr double, ptr %registers, i64 {result}.i",
        f"{result} = load double, ptr {result}.p, align 8",
    ]


def _switch() -> str:
    """The loop over the groups, and the choice of a group's loop."""
    cases = " ".join(f"i64 {i}, label %case{i}" for i in range(len(PRIMITIVES)))
    blocks = "\n".join(
        f"case{i}:\n  call void @loop.{op}(ptr %out, ptr %r, ptr %index, i64 %count)\n  ret void"
        for i, op in enumerate(PRIMITIVES)
    )
    names = ("op", "first", "lines", "offset")
    fields = [f"%{x}.p = getelementptr i64, ptr %group, i64 {i}" for i, x in enumerate(names)]
    fields += [f"%{x} = load i64, ptr %{x}.p, align 8" for x in names]
    return f"""
define internal void @one(i64 %op, ptr %out, ptr %r, ptr %index, i64 %count) {{
  switch i64 %op, label %none [{cases}]
{blocks}
none:
  ret void
}}
""" + _loop(
        "run",
        "ptr %registers, ptr noalias %groups, ptr noalias %index",
        "%group = getelementptr [4 x i64], ptr %groups, i64 %j",
        *fields,
        "%out = getelementptr double, ptr %registers, i64 %first",
        "%operands = getelementptr i32, ptr %index, i64 %offset",
        "call void @one(i64 %op, ptr %out, ptr %registers, ptr %operands, i64 %lines)",
    )


def _moves() -> list[str]:
    """The loops that bring a row in, and the next state back."""
    to = ["%p = getelementptr double, ptr %out, i64 %j", "store double %x, ptr %p, align 8"]
    gathered = _gathered("%x", "%outputs", "%j")
    read = llvm.load("%x", "%from", "%j")
    move = [
        *read,
        "%p = getelementptr double, ptr %out, i64 %j",
        "store double %x, ptr %p, align 8",
    ]
    keep = "ptr noalias %out, ptr %registers, ptr noalias %outputs"
    return [
        _loop("keep", keep, *gathered, *to),
        _loop("move", "ptr noalias %out, ptr noalias %from", *move),
    ]


def _results() -> list[str]:
    """The loops that bring outputs out: added to what stands there, or put there."""
    gathered = _gathered("%x", "%outputs", "%j")
    place = ["%p = getelementptr double, ptr %out, i64 %j"]
    add = ["%old = load double, ptr %p, align 8", "%new = fadd double %old, %x"]
    store = "store double {}, ptr %p, align 8"
    parameters = "ptr noalias %out, ptr noalias %registers, ptr noalias %outputs"
    return [
        _loop("sum", parameters, *gathered, *place, *add, store.format("%new")),
        _loop("put", parameters, *gathered, *place, store.format("%x")),
    ]
