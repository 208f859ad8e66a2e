"""The data flow of a program: what is the same for all rows, what differs, what waits for means."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from microgradnet.programs.constants import Constant, Constants, Operand

if TYPE_CHECKING:
    from microgradnet.programs.program import Program

# When a register is computed: once a run, in each row, once from the means over the rows. A
# product whose mean alone is wanted is never computed in a row: its mean is one of a matrix.
BEFORE, ROWS, AFTER, PAIR = range(4)


class Flow:
    """By register: its operation, operands, phase, how often and by whom last it is used.

    The mean is linear: what is only added up, or multiplied by what all rows share, on its way
    to the outputs of a mean, is computed from means. `wanted`: read by a line of another phase,
    or an output. `constants`: those met so far; one that is met later has no place.
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
        for _, operands in lines:  # `any` of a generator takes four times as long
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
        """Let lines wait for means where nothing else is made of them."""
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
        for r, operands in enumerate(self.operands):
            for x in operands:
                if type(x) is Constant:
                    self.constants.add(x)
                    continue
                uses[x] += 1
                user[x] = r
                if phase[x] != phase[r]:
                    wanted[x] = True
        for x in self.outputs:
            if type(x) is Constant:
                self.constants.add(x)
                continue
            uses[x] += 1
            user[x] = -1
            wanted[x] = True
        self.uses, self.user, self.wanted = uses, user, wanted

    def lines(self, phase: int) -> list[int]:
        """The registers of a phase that lines are."""
        return [r for r in range(self.n_inputs, len(self.op)) if self.phase[r] == phase]

    def is_chained(self, r: int) -> bool:
        """Whether a sum is nothing but a part of a longer one."""
        user = self.user[r]
        return (
            self.uses[r] == 1
            and user >= 0
            and self.op[user] in ("add", "sub")
            and self.phase[user] == self.phase[r]
        )

    def is_factor(self, x: Operand, phase: int) -> bool:
        """Whether the matrix of a product in this phase may have it in it."""
        return type(x) is not int or (phase == ROWS and self.phase[x] == BEFORE)

    def new(self, op: str, *operands: Operand) -> int:
        """Return a line more, of what all rows share."""
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
        """Return where a constant stands among what all rows share, behind what is given."""
        return self.n_given + self.constants[x]
