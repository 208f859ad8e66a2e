"""The scan of a short program: a loop over its rows, its registers those of the machine."""

from __future__ import annotations

from microgradnet.programs.constants import Constant, Operand
from microgradnet.programs.engines.native import llvm
from microgradnet.programs.engines.native.code import NUMBER, Code
from microgradnet.programs.program import Program

SCAN = "ptr noalias %state, ptr noalias %rows, i64 %n, i64 %epochs, ptr noalias %out"


def scan(program: Program, n: int) -> llvm.Function:
    """Return the function of (state, rows, n, epochs, history) that trains a state of n numbers.

    The state is read and written, and stays in registers in between; the sums of an epoch are
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
