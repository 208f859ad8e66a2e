"""A short program is one machine-code loop over rows, its registers those of the machine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from microgradnet.programs.engines.native.llvm import Kind, compiled, definitions
from microgradnet.programs.program import Operand, Program

# row: the next number of a column; chunk: a vector of rows. Loops count up and test at the head,
# so that none is run for no rows.
OVER_ROWS = """
define void @rows(ptr noalias %shared, ptr noalias %rows, i64 %n, ptr noalias %out, i64 %width) {{
start:
  br label %head
head:
  %i = phi i64 [0, %start], [%next, %body]
  %row = phi ptr [%rows, %start], [%following, %body]
  %place = phi ptr [%out, %start], [%after, %body]
  %more = icmp slt i64 %i, %n
  br i1 %more, label %body, label %end
body:
  %next = add i64 %i, 1
  %following = getelementptr double, ptr %row, i64 {step}
  %after = getelementptr {t}, ptr %place, i64 {moves}
  {lines}
  br label %head
end:
  ret void
}}
"""

SCAN = """
define void @scan(ptr noalias %state, ptr noalias %rows, i64 %n, i64 %epochs, ptr noalias %out) {{
start:
  {first}
  %count = sitofp i64 %n to double
  br label %epoch
epoch:
  %e = phi i64 [0, %start], [%e.next, %mean]
  %place = phi ptr [%out, %start], [%after, %mean]
  {states_of_epoch}
  br label %head
head:
  %i = phi i64 [0, %epoch], [%next, %body]
  %row = phi ptr [%rows, %epoch], [%following, %body]
  {states_of_row}
  {sums}
  %more = icmp slt i64 %i, %n
  br i1 %more, label %body, label %mean
body:
  %next = add i64 %i, 1
  %following = getelementptr double, ptr %row, i64 {columns}
  {lines}
  br label %head
mean:
  {means}
  %after = getelementptr double, ptr %place, i64 {others}
  %e.next = add i64 %e, 1
  %again = icmp slt i64 %e.next, %epochs
  br i1 %again, label %epoch, label %end
end:
  {last}
  ret void
}}
"""


def over_rows(program: Program, kind: Kind, n_shared: int, sums: bool) -> Any:
    """Return the function of (shared, rows, n, out, width) for n chunks of rows.

    Output j of the chunks starts at out[j * width], in numbers: column by column; or, with sums,
    all chunks are added to the one there, the width that of a chunk.
    """
    columns = program.n_inputs - n_shared
    text = OVER_ROWS.format(
        t=kind.type,
        step=columns * kind.lanes,
        moves=0 if sums else 1,
        lines=_joined(
            [
                *_columns(kind, n_shared, columns),
                *_lines_and_outputs(program, kind, n_shared, sums),
            ]
        ),
    )
    return compiled(_declared(program, kind) + text, "rows", "ppipi")


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
            lines.append(f"{value}.p = getelementptr double, ptr %shared, i64 {x}")
            lines.append(f"{value}.x = load double, ptr {value}.p, align 8")
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
    return definitions(kind, (op for op, _ in program.lines))


def _columns(kind: Kind, first: int, columns: int) -> Iterator[str]:
    """Load the numbers of a row, or of as many rows as there are lanes."""
    for j in range(columns):
        result = f"%r{first + j}"
        if kind.lanes == 1:
            yield f"{result}.p = getelementptr double, ptr %row, i64 {j}"
            yield f"{result} = load double, ptr {result}.p, align 8"
            continue
        before = "poison"
        for lane in range(kind.lanes):
            after = result if lane + 1 == kind.lanes else f"{result}.v{lane}"
            at = f"{result}.p{lane}"
            yield f"{at} = getelementptr double, ptr %row, i64 {lane * columns + j}"
            yield f"{at}.x = load double, ptr {at}, align 8"
            yield f"{after} = insertelement {kind.type} {before}, double {at}.x, i64 {lane}"
            before = after


def _lines(program: Program, kind: Kind) -> Iterator[str]:
    for i, (op, operands) in enumerate(program.lines, program.n_inputs):
        yield kind.spell(op, f"%r{i}", [_operand(kind, x) for x in operands])


def _operand(kind: Kind, x: Operand) -> str:
    return f"%r{x}" if type(x) is int else kind.constant(x)


def scan(program: Program, n: int) -> Any:
    """Return the function of (state, rows, n, epochs, history) that trains a state of n numbers.

    The state is read and written, and stays in registers in between; the sums of an epoch are
    added in the order of the rows.
    """
    kind = Kind(1)
    others = len(program.outputs) - n
    results = [_operand(kind, x) for x in program.outputs]
    columns = program.n_inputs - n
    lines = [*_columns(kind, n, columns), *_lines(program, kind)]
    lines += [f"%t{j} = fadd double %sum{j}, {x}" for j, x in enumerate(results[n:])]
    text = SCAN.format(
        first=_joined(_each_state("load", n)),
        states_of_epoch=_joined(
            f"%e{i} = phi double [%f{i}, %start], [%r{i}, %mean]" for i in range(n)
        ),
        states_of_row=_joined(
            f"%r{i} = phi double [%e{i}, %epoch], [{x}, %body]" for i, x in enumerate(results[:n])
        ),
        sums=_joined(f"%sum{j} = phi double [0.0, %epoch], [%t{j}, %body]" for j in range(others)),
        columns=columns,
        lines=_joined(lines),
        means=_joined(_means(others)),
        others=others,
        last=_joined(_each_state("store", n)),
    )
    return compiled(_declared(program, kind) + text, "scan", "ppiip")


def _each_state(verb: str, n: int) -> Iterator[str]:
    for i in range(n):
        place = f"%{verb}{i}"
        yield f"{place} = getelementptr double, ptr %state, i64 {i}"
        if verb == "load":
            yield f"%f{i} = load double, ptr {place}, align 8"
        else:
            yield f"store double %r{i}, ptr {place}, align 8"


def _means(others: int) -> Iterator[str]:
    for j in range(others):
        yield f"%m{j} = fdiv double %sum{j}, %count"
        yield f"%m{j}.p = getelementptr double, ptr %place, i64 {j}"
        yield f"store double %m{j}, ptr %m{j}.p, align 8"


def _joined(lines: Iterable[str]) -> str:
    return "\n  ".join(lines)
