"""A short program is one machine-code loop over rows, its registers those of the machine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from microgradnet.programs.engines.native import llvm
from microgradnet.programs.engines.native.kind import NUMBER
from microgradnet.programs.engines.native.llvm import Function
from microgradnet.programs.program import Operand, Program

OVER_ROWS = "ptr noalias %shared, ptr noalias %rows, i64 %n, ptr noalias %out"
SCAN = "ptr noalias %state, ptr noalias %rows, i64 %n, i64 %epochs, ptr noalias %out"


def over_rows(program: Program, n_shared: int) -> Function:
    """Return the function of (shared, rows, n, out) for n rows, the outputs of each put in out."""
    columns, n = program.n_inputs - n_shared, len(program.outputs)
    rows = [("%row", "ptr", "%rows", "%row.next"), ("%place", "ptr", "%out", "%place.next")]
    lines = [
        f"%row.next = getelementptr double, ptr %row, i64 {columns}",
        f"%place.next = getelementptr double, ptr %place, i64 {n}",
        *_columns(n_shared, columns),
        *_lines_and_outputs(program, n_shared),
    ]
    text = llvm.function("rows", OVER_ROWS, llvm.loop("i", "%n", lines, rows))
    return llvm.compiled(f"{_declared(program)}\n{text}", "rows", "ppip")


def _lines_and_outputs(program: Program, n_shared: int) -> Iterator[str]:
    """Each output is written where its line is, so that it takes no register for longer."""
    of_line: dict[int, list[int]] = {}
    for j, x in enumerate(program.outputs):
        of_line.setdefault(x if type(x) is int else -1, []).append(j)

    def outputs(i: int) -> Iterator[str]:
        for j in of_line.get(i, []):
            lines, (value,) = _operands(n_shared, f"%o{j}", [program.outputs[j]])
            yield from lines
            yield f"%o{j} = getelementptr double, ptr %place, i64 {j}"
            yield f"store double {value}, ptr %o{j}, align 8"

    for i in range(-1, program.n_inputs):
        yield from outputs(i)
    for i, (op, operands) in enumerate(program.lines, program.n_inputs):
        lines, values = _operands(n_shared, f"%r{i}", operands)
        yield from lines
        yield NUMBER.spell(op, f"%r{i}", values)
        yield from outputs(i)


def _operands(n_shared: int, name: str, operands: Iterable[Operand]) -> tuple[list[str], list[str]]:
    """Loads of the numbers that all rows share, where they are used, and the operands."""
    lines, values = [], []
    for i, x in enumerate(operands):
        values.append(f"{name}.s{i}" if type(x) is int and x < n_shared else _operand(x))
        if type(x) is int and x < n_shared:
            lines += llvm.load(values[-1], "%shared", x)
    return lines, values


def _declared(program: Program) -> str:
    return llvm.definitions(NUMBER, (op for op, _ in program.lines))


def _columns(first: int, columns: int) -> Iterator[str]:
    """Load the numbers of a row."""
    for j in range(columns):
        yield from llvm.load(f"%r{first + j}", "%row", j)


def _lines(program: Program) -> Iterator[str]:
    for i, (op, operands) in enumerate(program.lines, program.n_inputs):
        yield NUMBER.spell(op, f"%r{i}", [_operand(x) for x in operands])


def _operand(x: Operand) -> str:
    return f"%r{x}" if type(x) is int else NUMBER.constant(x)


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
    return llvm.compiled(f"{_declared(program)}\n{text}", "scan", "ppiip")


def _rows_of_epoch(program: Program, n: int) -> list[str]:
    """The loop over the rows: the state is %r0, ..., the sums of the other outputs %sum0, ..."""
    columns = program.n_inputs - n
    results = [_operand(x) for x in program.outputs]
    lines = [
        f"%row.next = getelementptr double, ptr %row, i64 {columns}",
        *_columns(n, columns),
        *_lines(program),
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
