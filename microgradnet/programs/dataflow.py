"""The data flow of a program: when each register is computed, and which lines make one sum.

DataFlow sorts the registers into those that all rows share, those that differ from row to row and
those computed from means. `sum_at` reads a chain of additions, in any association, as one sum of
products.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from microgradnet.programs.program import MINUS_ONE, ONE, Constant, Constants, Operand, Program

# When a register is computed: once per run, in each row, or once from the means over the rows. A
# PAIR, a product of which only the mean is needed, is never computed in a row: its mean is an
# element of a matrix product.
BEFORE, ROWS, AFTER, PAIR = range(4)


class DataFlow:
    """The operation, operands, phase and uses of each register, as lists by register.

    The mean is linear: a register that is only added up, or multiplied by shared registers, on its
    way to the outputs of a mean is computed from means. `wanted`: whether a line of another phase,
    or an output, reads it. `constants`: those found so far; constants added later get no place.
    """

    def __init__(self, program: Program, n_given: int, means: bool) -> None:
        n, lines = program.n_inputs, program.lines
        self.n_given, self.n_inputs = n_given, n
        self.op = [""] * n + [op for op, _ in lines]
        self.operands: list[Sequence[Operand]] = [()] * n + [operands for _, operands in lines]
        self.outputs = program.outputs
        self.phase = [BEFORE] * n_given + [ROWS] * (n - n_given)
        self.constants = Constants()
        phase = self.phase
        for _, operands in lines:  # a loop, since `any` of a generator takes four times as long
            for x in operands:
                if type(x) is int and phase[x]:
                    phase.append(ROWS)
                    break
            else:
                phase.append(BEFORE)
        if means:
            self._move_after()
        self._count()

    def _move_after(self) -> None:
        """Move linear lines that no other line of the rows reads to the phase after the means."""
        op, phase, n = self.op, self.phase, self.n_inputs
        is_read = [False] * len(op)  # in the rows
        for r in range(len(op) - 1, n - 1, -1):
            if phase[r] != ROWS:
                continue
            if not is_read[r]:
                if self._is_linear(r):
                    phase[r] = AFTER
                    continue
                if op[r] == "mul":
                    phase[r] = PAIR
            for x in self.operands[r]:
                if type(x) is int and phase[x] == ROWS:
                    is_read[x] = True

    def _is_linear(self, r: int) -> bool:
        op, operands = self.op[r], self.operands[r]
        if op in ("add", "sub", "neg"):
            return True
        rows = [x for x in operands if type(x) is int and self.phase[x] == ROWS]
        return len(rows) == 1 and (op == "mul" or (op == "div" and operands[0] == rows[0]))

    def _count(self) -> None:
        phase, n = self.phase, len(self.op)
        uses, user, wanted = [0] * n, [0] * n, [False] * n
        for r, operands in (*enumerate(self.operands), (-1, self.outputs)):
            for x in operands:
                if type(x) is Constant:
                    self.constants.add(x)
                    continue
                uses[x] += 1
                user[x] = r
                if r < 0 or phase[x] != phase[r]:
                    wanted[x] = True
        self.uses, self.user, self.wanted = uses, user, wanted

    def lines(self, phase: int) -> list[int]:
        """Return the registers of a phase that lines compute."""
        return [r for r in range(self.n_inputs, len(self.op)) if self.phase[r] == phase]

    def is_chained(self, r: int) -> bool:
        """Return whether the only reader of a sum is a longer sum of the same phase."""
        user = self.user[r]
        return (
            self.uses[r] == 1
            and user >= 0
            and self.op[user] in ("add", "sub")
            and self.phase[user] == self.phase[r]
        )

    def is_factor(self, x: Operand, phase: int) -> bool:
        """Return whether an operand may be an element of a matrix in this phase."""
        return type(x) is not int or (phase == ROWS and self.phase[x] == BEFORE)

    def new(self, op: str, *operands: Operand) -> int:
        """Add a line whose operands all rows share, and return its register."""
        self.op.append(op)
        self.operands.append(operands)
        self.phase.append(BEFORE)
        self.uses.append(1)
        self.user.append(-1)
        self.wanted.append(True)
        for x in operands:
            if type(x) is Constant:
                self.constants.add(x)
            else:
                self.wanted[x] = True
        return len(self.op) - 1

    def place(self, x: Constant) -> int:
        """Return the place of a constant in `shared`, after the given numbers."""
        return self.n_given + self.constants[x]


@dataclass(slots=True)
class SumOfProducts:
    """A sum factor_1 * x_1 + factor_2 * x_2 + ... + bias over different registers x.

    terms: (x, factor), where a factor is a constant or a shared register; inside: the lines
    it replaces, which are not computed where it is a row of a matrix product.
    """

    terms: list[tuple[int, Operand]]
    bias: Operand | None
    inside: list[int]


def sum_at(flow: DataFlow, root: int) -> SumOfProducts | None:
    """Return the sum that ends at a line, if it may be a row of a matrix product.

    A single product with a shared register is a sum of one term. A sum of two registers without
    such a product is an elementwise step.
    """
    phase, op = flow.phase[root], flow.op[root]
    if op == "mul":
        found = _product(flow, root, phase)
        if found is None or type(found[1]) is Constant:
            return None
        return SumOfProducts([found], None, [root])
    if op not in ("add", "sub") or all(_is_plain(flow, x, phase) for x in flow.operands[root]):
        return None
    return _flattened(flow, root, phase)


def _product(flow: DataFlow, r: int, phase: int) -> tuple[int, Operand] | None:
    """Return the register and the shared factor of a product, or None without such a factor."""
    x, y = flow.operands[r]
    x_is_factor, y_is_factor = flow.is_factor(x, phase), flow.is_factor(y, phase)
    if type(y) is int and x_is_factor and not y_is_factor:
        return y, x
    if type(x) is int and y_is_factor and not x_is_factor:
        return x, y
    return None


def _is_plain(flow: DataFlow, x: Operand, phase: int) -> bool:
    if type(x) is not int or flow.phase[x] != phase:
        return True
    op = flow.op[x]
    if op in ("add", "sub"):
        return not flow.is_chained(x)
    if op != "mul":
        return True
    found = _product(flow, x, phase)
    return found is None or type(found[1]) is Constant


def _flattened(flow: DataFlow, root: int, phase: int) -> SumOfProducts | None:
    terms: dict[int, Operand] = {}
    bias: list[tuple[int, Operand]] = []
    inside = [root]
    ops, phases = flow.op, flow.phase
    first, last = flow.operands[root]
    stack = [(last, 1 if ops[root] == "add" else -1), (first, 1)]
    while stack:
        x, sign = stack.pop()
        if type(x) is not int or flow.is_factor(x, phase):
            bias.append((sign, x))
            continue
        op = ops[x] if phases[x] == phase else ""
        if op == "mul" and (found := _product(flow, x, phase)) and found[0] not in terms:
            inside.append(x)
            terms[found[0]] = _signed(flow, sign, found[1])
        elif op in ("add", "sub") and flow.is_chained(x):
            inside.append(x)
            first, last = flow.operands[x]
            stack += [(last, sign if op == "add" else -sign), (first, sign)]
        elif x not in terms:
            terms[x] = ONE if sign > 0 else MINUS_ONE
        else:
            return None  # x + x is not a row of a matrix
    inside.sort()
    return SumOfProducts(list(terms.items()), _total(flow, bias), inside)


def _signed(flow: DataFlow, sign: int, x: Operand) -> Operand:
    if sign > 0:
        return x
    return Constant(-x.value) if type(x) is Constant else flow.new("neg", x)


def _total(flow: DataFlow, bias: list[tuple[int, Operand]]) -> Operand | None:
    """Add up the shared terms and return the operand of their sum."""
    if not bias:
        return None
    (sign, x), *others = bias
    found = _signed(flow, sign, x)
    for sign, x in others:
        if type(found) is Constant and type(x) is Constant:
            found = Constant(found.value + sign * x.value)
        else:
            found = flow.new("add" if sign > 0 else "sub", found, x)
    return found
