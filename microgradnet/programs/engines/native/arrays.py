"""A lifted program as machine code: what one chunk of rows does, what comes before and after."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from microgradnet.programs.engines.native import llvm
from microgradnet.programs.engines.native.code import NUMBER, Code, Kind, Whole
from microgradnet.programs.engines.native.fusing import Fused
from microgradnet.programs.engines.native.steps import Span, Steps
from microgradnet.programs.engines.native.sums import Reduction, padded, sums
from microgradnet.programs.lifted import Lifted, Mean, Product, Step

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
    for step in lifted.before:
        steps.add(step)
    text = f"{_definitions(lifted.before)}\n{steps.code.function('before', 'ptr %shared')}"
    return llvm.compiled(text, "before", "p", True)


AFTER = "ptr %shared, ptr noalias %sums, i64 %pieces, i64 %n, ptr noalias %out"


def after(lifted: Lifted, fused: Fused, kind: Kind) -> llvm.Function:
    """Return the function that makes means of sums, added up in order, and outputs of means."""
    code = Code(kind)
    tables, size = sums(fused.means, kind.lanes)
    rows = code.splat(code.value("sitofp i64 %n to double"))
    with code.loop(0, size, kind.lanes) as i:
        total = code.slot(code.load("%sums", i))
        with code.loop(1, "%pieces") as piece:
            at = code.whole("add", code.whole("mul", piece, size), i)
            code.write(code.spell("add", [code.read(total), code.load("%sums", at)]), total)
        code.store(code.spell("div", [code.read(total), rows]), "%sums", i)
    code.kind = NUMBER
    for table in tables:
        width = padded(len(table.right), kind.lanes)
        with code.loop(0, table.high) as i, code.loop(0, len(table.right)) as j:
            at = code.whole("add", code.whole("mul", i, width), j)
            mean = code.load("%sums", code.whole("add", at, table.start))
            code.store(mean, "%shared", code.place(table.places, i, j))
    steps = Steps(code, Span("%shared", 1, 1))
    for step in lifted.after:
        steps.add(step)
    with code.loop(0, len(fused.outputs)) as i:
        code.store(code.load("%shared", code.place(fused.outputs, i)), "%out", i)
    text = f"{_definitions(lifted.after)}\n{code.function('after', AFTER)}"
    return llvm.compiled(text, "after", "ppiip", True)


def _definitions(steps: Sequence[Step]) -> str:
    return llvm.definitions(NUMBER, [x.op for x in steps if not isinstance(x, Product)])
