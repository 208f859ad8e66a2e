"""A short program is one machine-code loop over rows, its registers those of the machine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from microgradnet.programs.engines.native import llvm
from microgradnet.programs.engines.native.kind import NUMBER, Kind
from microgradnet.programs.engines.native.llvm import Function
from microgradnet.programs.program import Operand, Program

OVER_ROWS = "ptr noalias %shared, ptr noalias %rows, i64 %n, ptr noalias %out, i64 %width"
SCAN = "ptr noalias %state, ptr noalias %rows, i64 %n, i64 %epochs, ptr noalias %out"


def over_rows(program: Program, kind: Kind, n_shared: int, sums: bool) -> Function:
    """Return the function of (shared, rows, n, out, width) for n chunks of rows.

    Output j of the chunks starts at out[j * width], in numbers: column by column; or, with sums,
    all chunks are added to the one there, the width that of a chunk.
    """
    columns = program.n_inputs - n_shared
    rows = [("%row", "ptr", "%rows", "%row.next"), ("%place", "ptr", "%out", "%place.next")]
    lines = [
        f"%row.next = getelementptr double, ptr %row, i64 {columns * kind.lanes}",
        f"%place.next = getelementptr {kind.type}, ptr %place, i64 {0 if sums else 1}",
        *_columns(kind, n_shared, columns),
        *_lines_and_outputs(program, kind, n_shared, sums),
    ]
    text = llvm.function("rows", OVER_ROWS, llvm.loop("i", "%n", lines, rows))
    return llvm.compiled(f"{_declared(program, kind)}\n{text}", "rows", "ppipi")


def _lines_and_outputs(program: Program, kind: Kind, n_shared: int, sums: bool) -> Iterator[str]:
    """Each output is written where its line is, so that it takes no register for longer."""
    of_line: dict[int, list[int]] = {}
    for j, x in enumerate(program.outputs):
        of_line.setdefault(x if type(x) is int else -1, []).append(j)

    def outputs(i: int) -> Iterator[str]:
        for j in of_line.get(i, []):
            lines, (value,) = _operands(kind, n_shared, f"%o{j}", [program.outputs[j]])
            yield from lines
            yield from _output(kind, j, value, sums)

    for i in range(-1, program.n_inputs):
        yield from outputs(i)
    for i, (op, operands) in enumerate(program.lines, program.n_inputs):
        lines, values = _operands(kind, n_shared, f"%r{i}", operands)
        yield from lines
        yield kind.spell(op, f"%r{i}", values)
        yield from outputs(i)


def _operands(
    kind: Kind, n_shared: int, name: str, operands: Iterable[Operand]
) -> tuple[list[str], list[str]]:
    """Loads of the numbers that all rows share, in all lanes, and the operands.

    Loaded where it is used: held in all lanes from the start, the numbers of a net of 337
    parameters took more of the cache than it has.
    """
    lines, values = [], []
    for i, x in enumerate(operands):
        value = _operand(kind, x)
        if type(x) is int and x < n_shared:
            value = f"{name}.s{i}"
            lines += llvm.load(f"{value}.x", "%shared", x)
            lines.append(kind.splat(value, f"{value}.x"))
        values.append(value)
    return lines, values


def _output(kind: Kind, j: int, value: str, sums: bool) -> Iterator[str]:
    place = f"%o{j}"
    if sums:
        yield f"{place} = getelementptr {kind.type}, ptr %place, i64 {j}"
        yield f"{place}.old = load {kind.type}, ptr {place}, align 8"
        yield f"{place}.new = fadd {kind.type} {place}.old, {value}"
        value = f"{place}.new"
    else:
        yield f"{place}.n = mul i64 %width, {j}"
        yield f"{place} = getelementptr double, ptr %place, i64 {place}.n"
    yield f"store {kind.type} {value}, ptr {place}, align 8"


def _declared(program: Program, kind: Kind) -> str:
    return llvm.definitions(kind, (op for op, _ in program.lines))


def _columns(kind: Kind, first: int, columns: int) -> Iterator[str]:
    """Load the numbers of a row, or of as many rows as there are lanes."""
    for j in range(columns):
        result = f"%r{first + j}"
        if kind.lanes == 1:
            yield from llvm.load(result, "%row", j)
            continue
        before = "poison"
        for lane in range(kind.lanes):
            after = result if lane + 1 == kind.lanes else f"{result}.v{lane}"
            x = f"{result}.x{lane}"
            yield from llvm.load(x, "%row", lane * columns + j)
            yield f"{after} = insertelement {kind.type} {before}, double {x}, i64 {lane}"
            before = after


def _lines(program: Program, kind: Kind) -> Iterator[str]:
    for i, (op, operands) in enumerate(program.lines, program.n_inputs):
        yield kind.spell(op, f"%r{i}", [_operand(kind, x) for x in operands])


def _operand(kind: Kind, x: Operand) -> str:
    return f"%r{x}" if type(x) is int else kind.constant(x)


def scan(program: Program, n: int) -> Function:
    """Return the function of (state, rows, n, epochs, history) that trains a state of n numbers.

    The state is read and written, and stays in registers in between; the sums of an epoch are
    added in the order of the rows.
    """
    others = len(program.outputs) - n
    epoch = [
        *_rows_of_epoch(program, n),
        *_means(others),
        f"%place.next = getelementptr double, ptr %place, i64 {others}",
    ]
    phis = [("%place", "ptr", "%out", "%place.next")]
    phis += [(f"%e{i}", "double", f"%f{i}", f"%r{i}") for i in range(n)]
    lines = [
        *(line for i in range(n) for line in llvm.load(f"%f{i}", "%state", i)),
        "%count = sitofp i64 %n to double",
        *llvm.loop("e", "%epochs", epoch, phis),
        *(line for i in range(n) for line in llvm.store(f"%e{i}", "%state", i)),
    ]
    text = llvm.function("scan", SCAN, lines)
    return llvm.compiled(f"{_declared(program, NUMBER)}\n{text}", "scan", "ppiip")


def _rows_of_epoch(program: Program, n: int) -> list[str]:
    """The loop over the rows: the state is %r0, ..., the sums of the other outputs %sum0, ..."""
    columns = program.n_inputs - n
    results = [_operand(NUMBER, x) for x in program.outputs]
    lines = [
        f"%row.next = getelementptr double, ptr %row, i64 {columns}",
        *_columns(NUMBER, n, columns),
        *_lines(program, NUMBER),
        *(f"%t{j} = fadd double %sum{j}, {x}" for j, x in enumerate(results[n:])),
    ]
    phis = [("%row", "ptr", "%rows", "%row.next")]
    phis += [(f"%r{i}", "double", f"%e{i}", results[i]) for i in range(n)]
    phis += [(f"%sum{j}", "double", "0.0", f"%t{j}") for j in range(len(results) - n)]
    return llvm.loop("i", "%n", lines, phis, before="e.body")


def _means(others: int) -> Iterator[str]:
    for j in range(others):
        yield f"%m{j} = fdiv double %sum{j}, %count"
        yield from llvm.store(f"%m{j}", "%place", j)
