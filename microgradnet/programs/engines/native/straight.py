"""A short program is one machine-code loop over rows, its registers those of the machine."""

from __future__ import annotations

from collections.abc import Callable

from microgradnet.programs.engines.native import llvm
from microgradnet.programs.engines.native.code import Code, Whole
from microgradnet.programs.engines.native.kind import NUMBER
from microgradnet.programs.program import Operand, Program

Read = Callable[[Operand], str]  # the value of a register or a constant

OVER_ROWS = "ptr noalias %shared, ptr noalias %rows, i64 %n, ptr noalias %out"
SCAN = "ptr noalias %state, ptr noalias %rows, i64 %n, i64 %epochs, ptr noalias %out"


def over_rows(program: Program, n_shared: int) -> llvm.Function:
    """Return the function of (shared, rows, n, out) for n rows, the outputs of each put in out.

    A shared number is loaded where it is used, an output written where its line is: neither takes
    a register for longer.
    """
    code, n = Code(NUMBER), len(program.outputs)
    places: dict[Operand, list[int]] = {}
    for j, x in enumerate(program.outputs):
        places.setdefault(x if type(x) is int else NOWHERE, []).append(j)
    with code.loop(0, "%n") as i:
        out = code.at("%out", code.whole("mul", i, n))

        def put(x: int, read: Read) -> None:
            for j in places.get(x, ()):
                code.store(read(program.outputs[j]), out, j)

        _lines(code, program, n_shared, i, lambda x: code.load("%shared", x), put)
    return _compiled(program, code, "over_rows", OVER_ROWS, "ppip")


NOWHERE = -1  # the line that constants have


def _lines(
    code: Code,
    program: Program,
    n_shared: int,
    i: Whole,
    shared: Callable[[int], str],
    done: Callable[[int, Read], None] = lambda x, read: None,
) -> Read:
    """The lines for row i; done: what is called with each register that is there now."""
    columns = program.n_inputs - n_shared
    row = code.at("%rows", code.whole("mul", i, columns))
    found = [""] * n_shared + [code.load(row, j) for j in range(columns)]

    def read(x: Operand) -> str:
        if type(x) is not int:
            return code.number(x)
        return shared(x) if x < n_shared else found[x]

    for x in range(NOWHERE, program.n_inputs):
        done(x, read)
    for op, operands in program.lines:
        found.append(code.spell(op, [read(x) for x in operands]))
        done(len(found) - 1, read)
    return read


def scan(program: Program, n: int) -> llvm.Function:
    """Return the function of (state, rows, n, epochs, history) that trains a state of n numbers.

    The state is read and written, and stays in registers in between; the sums of an epoch are
    added in the order of the rows.
    """
    code, others = Code(NUMBER), program.outputs[n:]
    state = [code.slot(code.load("%state", i)) for i in range(n)]
    rows = code.value("sitofp i64 %n to double")
    with code.loop(0, "%epochs") as epoch:
        sums = [code.slot("0.0") for _ in others]
        with code.loop(0, "%n") as i:
            read = _lines(code, program, n, i, lambda x: code.read(state[x]))
            for total, x in zip(sums, others):
                code.write(code.spell("add", [code.read(total), read(x)]), total)
            following = [read(x) for x in program.outputs[:n]]
            for slot, value in zip(state, following):
                code.write(value, slot)
        out = code.at("%out", code.whole("mul", epoch, len(others)))
        for j, total in enumerate(sums):
            code.store(code.spell("div", [code.read(total), rows]), out, j)
    for i, slot in enumerate(state):
        code.store(code.read(slot), "%state", i)
    return _compiled(program, code, "scan", SCAN, "ppiip")


def _compiled(
    program: Program, code: Code, name: str, parameters: str, arguments: str
) -> llvm.Function:
    declared = llvm.definitions(NUMBER, (op for op, _ in program.lines))
    return llvm.compiled(f"{declared}\n{code.function(name, parameters)}", name, arguments)
