"""Any tape runs on the same few loops, one an operation, compiled once per process."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from microgradnet.operations.operation import OPS
from microgradnet.programs.engines.native import llvm
from microgradnet.programs.engines.native.code import Code, Whole
from microgradnet.programs.engines.native.kind import NUMBER, SPELLED, widest
from microgradnet.programs.levels import DOT, Group, Levels

# What a tape is given: addresses, where outputs are (first the next state, then what is added to
# found, then what is put there, one place further each time) and how many of each; the columns of a
# row, and the register of the first.
GIVEN = ["registers", "groups", "n_groups", "index", "outputs", "n_state", "n_sums", "n_puts"]
GIVEN += ["columns", "at"]
TAPE = "ptr noalias %given, ptr noalias %rows, i64 %n, ptr noalias %found"
# A product is a dot of one term.
PRIMITIVES = sorted(op.name for op in OPS.values() if op.primitive and op.name != "mul")
# Whose results on vectors are those on numbers, to the last bit.
VECTORS = [DOT, "mul", *(op for op in PRIMITIVES if op in SPELLED and op != "pow")]
# How the lanes of a vector stand: anywhere, side by side, all in one place.
KINDS = ANYWHERE, BESIDE, SAME = range(3)


def _dot(x: int, y: int) -> str:
    return f"{DOT}.{x}.{y}"


LOOPS = [*PRIMITIVES, *(_dot(x, y) for x in KINDS for y in KINDS)]
# count: numbers or, of dots, vectors; terms: products of a dot.
GROUP = "ptr noalias %out, ptr %registers, ptr noalias %index, i64 %count, i64 %terms"


@dataclass(frozen=True, eq=False)
class Tape:
    """Groups as data, each filled up to whole vectors.

    table: of each (its loop, first result, count, where in `index` its operands are, terms).
    Registers start as those of `levels`; from `outputs` on the outputs stand side by side.
    """

    table: np.ndarray
    index: np.ndarray
    outputs: int
    n_registers: int


def tape_of(levels: Levels) -> Tape:
    """Return groups as data."""
    lanes, count = widest().lanes, levels.n_inputs + len(levels.constants)
    place = np.arange(levels.n_registers + len(levels.outputs))
    table, parts, at = [], list[np.ndarray](), 0
    copied = np.array([[levels.one] * len(levels.outputs), levels.outputs], dtype=np.int64)
    for group in (*levels.groups, Group(DOT, levels.n_registers, copied)):
        outputs, filled = count, -(-group.size // lanes) * lanes
        place[group.start : group.start + group.size] = np.arange(count, count + group.size)
        for loop, first, n, index, terms in _parts(group, place[group.operands], filled):
            table.append((LOOPS.index(loop), count + first, n, at, terms))
            parts.append(index.ravel())
            at += index.size
        count += filled
    # The loops read numbers of 32 bits: half the memory to go through.
    index = np.concatenate([*parts, np.empty(0)]).astype(np.int32)
    np.clip(index, 0, count - 1, out=index)  # of lanes that nobody reads
    return Tape(np.array(table, dtype=np.int64).reshape(-1, 5), index, outputs, count + lanes)


Part = tuple[str, int, int, np.ndarray, int]  # loop, first result, count, index, terms


def _parts(group: Group, operands: np.ndarray, filled: int) -> Iterator[Part]:
    """What the loops of a group do; what fills it up goes on as its last lines do."""
    if group.op not in VECTORS:
        yield group.op, 0, group.size, operands, 1
        return
    apart = operands[:, -1:] - operands[:, -2:-1] if group.size > 1 else 0
    more = operands[:, -1:] + apart * np.arange(1, filled - group.size + 1)
    operands = np.hstack([operands, more])
    if group.op in PRIMITIVES:
        yield group.op, 0, filled, operands, 1
        return
    if group.size == 1:  # as of a chain, where what follows takes most of the time
        yield _dot(SAME, SAME), 0, 1, operands[:, 0], len(operands) // 2
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
        yield _dot(x, y), first * lanes, stop - first, ordered, len(vectors)
        first = stop


def _sorted_factors(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Factors (terms, 2, vectors, lanes), those of a term turned so that terms are of like kinds.

    And of the factors of each vector (2, vectors) the kind that all terms have.
    """
    apart = np.diff(vectors)
    beside, same = (np.all(apart == step, axis=3) for step in (1, 0))
    kinds = np.select([beside, same], [BESIDE, SAME], ANYWHERE)
    is_turned = kinds[:, 0] > kinds[:, 1]
    vectors = np.where(is_turned[:, None, :, None], vectors[:, ::-1], vectors)
    kinds.sort(axis=1)
    return vectors, np.where(np.all(kinds == kinds[0], axis=0), kinds[0], ANYWHERE)


@functools.cache
def tape() -> llvm.Function:
    """Return the function that runs any tape."""
    parts = [llvm.definitions(NUMBER, PRIMITIVES), llvm.definitions(widest(), [])]
    parts += map(_of_primitive, PRIMITIVES)
    parts += [_of_dots(x, y) for x in KINDS for y in KINDS]
    parts += [_switch(), _tape()]
    return llvm.compiled("\n".join(parts), "tape", "ppip", True)


def _tape() -> str:
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
        with code.loop(0, given["columns"]) as j:
            code.store(code.load(columns, j), first, j)
        with code.loop(0, given["n_groups"]) as i:
            group = code.at(given["groups"], code.whole("mul", i, 5), "i64")
            op, start, count, offset, terms = (code.load(group, k, "i64") for k in range(5))
            out, index = code.at(registers, start), code.at(given["index"], offset, "i32")
            given_to = f"ptr {out}, ptr {registers}, ptr {index}, i64 {count}, i64 {terms}"
            code.do(f"call void @one(i64 {op}, {given_to})")
        with code.loop(0, n_state) as j:
            code.store(code.load(outputs, j), registers, j)
        for j in code.several(given["n_sums"]):
            total = code.spell("add", [code.load("%found", j), code.load(others, j)])
            code.store(total, "%found", j)
        put = code.at("%found", code.whole("mul", row, given["n_puts"]))
        for j in code.several(given["n_puts"]):
            code.store(code.load(others, j), put, j)
    return code.function("tape", TAPE)


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
    return code.function(f"loop.{_dot(*kinds)}", GROUP, "internal")


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
