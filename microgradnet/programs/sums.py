"""Chains of additions, in any association, as one sum of products."""

from __future__ import annotations

from dataclasses import dataclass

from microgradnet.programs.constants import MINUS_ONE, ONE, Constant, Operand
from microgradnet.programs.flow import Flow


@dataclass(slots=True)
class Sum:
    """factor_1 * x_1 + factor_2 * x_2 + ... + bias, the x being different registers.

    terms: (x, factor), a factor a constant or a register of what all rows share; inside: the lines
    it stands for, which are not computed where it is a row of a matrix product.
    """

    terms: list[tuple[int, Operand]]
    bias: Operand | None
    inside: list[int]


def sum_at(flow: Flow, root: int) -> Sum | None:
    """Return the sum that ends at a line, if it may be a row of a matrix product.

    A mere product with a shared number is a sum of one term. A sum of two without any such
    product is an elementwise step.
    """
    phase, op = flow.phase[root], flow.op[root]
    if op == "mul":
        found = _product(flow, root, phase)
        return None if found is None or type(found[1]) is Constant else Sum([found], None, [root])
    if op not in ("add", "sub") or all(_is_plain(flow, x, phase) for x in flow.operands[root]):
        return None
    return _flattened(flow, root, phase)


def _product(flow: Flow, r: int, phase: int) -> tuple[int, Operand] | None:
    """What a product multiplies, and by what; None where it is none by a shared number."""
    x, y = flow.operands[r]
    x_is_factor, y_is_factor = flow.is_factor(x, phase), flow.is_factor(y, phase)
    if type(y) is int and x_is_factor and not y_is_factor:
        return y, x
    if type(x) is int and y_is_factor and not x_is_factor:
        return x, y
    return None


def _is_plain(flow: Flow, x: Operand, phase: int) -> bool:
    if type(x) is not int or flow.phase[x] != phase:
        return True
    op = flow.op[x]
    if op in ("add", "sub"):
        return not flow.is_chained(x)
    if op != "mul":
        return True
    found = _product(flow, x, phase)
    return found is None or type(found[1]) is Constant


def _flattened(flow: Flow, root: int, phase: int) -> Sum | None:
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
            return None  # x + x, of which nobody makes a matrix
    inside.sort()
    return Sum(list(terms.items()), _total(flow, bias), inside)


def _signed(flow: Flow, sign: int, x: Operand) -> Operand:
    if sign > 0:
        return x
    return Constant(-x.value) if type(x) is Constant else flow.new("neg", x)


def _total(flow: Flow, bias: list[tuple[int, Operand]]) -> Operand | None:
    """The sum of what all rows share, as one number."""
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
