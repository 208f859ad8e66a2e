"""Any tape runs on the same few loops, one an operation, compiled once per process."""

from __future__ import annotations

import functools

from microgradnet.operations.operation import OPS
from microgradnet.programs.engines.native import llvm
from microgradnet.programs.engines.native.code import NUMBER, SPELLED, Code, Whole, widest
from microgradnet.programs.levels import DOT

# What a tape is given: addresses, where outputs are (first the next state, then what is added to
# found, then what is put there, one place further each time) and how many of each; the columns of a
# row, and the register of the first.
GIVEN = ["registers", "groups", "n_groups", "index", "outputs", "n_state", "n_sums", "n_puts"]
GIVEN += ["columns", "at"]
OVER_ROWS = "ptr noalias %given, ptr noalias %rows, i64 %n, ptr noalias %found"
# A product is a dot of one term.
PRIMITIVES = sorted(op.name for op in OPS.values() if op.primitive and op.name != "mul")
# Whose results on vectors are those on numbers, to the last bit.
VECTORS = [DOT, "mul", *(op for op in PRIMITIVES if op in SPELLED and op != "pow")]
# How the lanes of a vector stand: anywhere, side by side, all in one place.
KINDS = ANYWHERE, BESIDE, SAME = range(3)


def dots(x: int, y: int) -> str:
    """Return the loop of products whose factors stand so."""
    return f"{DOT}.{x}.{y}"


LOOPS = [*PRIMITIVES, *(dots(x, y) for x in KINDS for y in KINDS)]
# count: numbers or, of dots, vectors; terms: products of a dot.
GROUP = "ptr noalias %out, ptr %registers, ptr noalias %index, i64 %count, i64 %terms"


@functools.cache
def over_rows() -> llvm.Function:
    """Return the function that runs any tape."""
    parts = [llvm.definitions(NUMBER, PRIMITIVES), llvm.definitions(widest(), [])]
    parts += map(_of_primitive, PRIMITIVES)
    parts += [_of_dots(x, y) for x in KINDS for y in KINDS]
    parts += [_switch(), _over_rows()]
    return llvm.compiled("\n".join(parts), "over_rows", "ppip", True)


def _over_rows() -> str:
    """The loop over n rows."""
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
    """Read the operands of each line, compute, store: nothing read here is written here."""
    code = Code(widest() if op in VECTORS else NUMBER)
    with code.loop(0, "%count", code.kind.lanes) as j:
        places = [
            code.whole("add", code.whole("mul", "%count", i), j) for i in range(OPS[op].arity)
        ]
        operands = [code.gathered("%registers", "%index", place) for place in places]
        code.store(code.spell(op, operands), "%out", j)
    return code.function(f"loop.{op}", GROUP, "internal")


def _of_dots(*kinds: int) -> str:
    """Add up products of vectors, each rounded."""
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
                factors.append(_read(code, kind, at))
                at = code.whole("add", at, size)
            product = code.spell("mul", factors)
            code.write(code.spell("add", [code.read(total), product]), total)
        code.store(code.read(total), "%out", code.whole("mul", j, lanes))
    return code.function(f"loop.{dots(*kinds)}", GROUP, "internal")


def _read(code: Code, kind: int, at: Whole) -> str:
    """A vector of which each lane, or the first, is where the index says."""
    if kind == ANYWHERE:
        return code.gathered("%registers", "%index", at)
    place = code.number_at("%index", at)
    if kind == BESIDE:
        return code.load("%registers", place)
    return code.splat(code.load("%registers", place, "double"))


def _switch() -> str:
    """The choice of a group's loop."""
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
