"""The two functions of a row that run most, written out as Python from its formulas.

`record(x, y)` computes and records a Value; `pull(node)` hands the gradient of a node down to its
inputs. Written out they take two thirds of the time of a loop over the formulas. To read one:
`print(source(OPS["sigmoid"]))`; a debugger steps through it too.
"""

from __future__ import annotations

import linecache
import math
from collections.abc import Sequence
from typing import Any

from microgradnet.operations.lines import Lines, Symbol, python, sign, sign_of_number
from microgradnet.operations.operation import OPS, Formula, Op

NAMES = ("a", "b")
# A constant exponent chooses the formula of the partial: called, not written out.
CALLED = ("pow",)

MAKE = """\
def make(op, value, partials, primitives, exp):
    {names} = primitives
    {p_names} = partials

{record}
{pull}
    return record, pull
"""

NODE = """\
        node = _new(Value)
        node._data = {out}
        node.operation = op
        node.order = next(_numbers)
        node.grad = 0.0
        node._x = x
        node._y = {y}
        node.label = ""
        return node
"""

RECORD_1 = """\
    def record(x):
        a = x._data
{lines}"""

RECORD_2 = """\
    def record(x, y):
        a = x._data
        if type(y) is Value:
            b = y._data
        elif type(y) is float:
            b = y
        else:
            y = _operand(y)
            if y is NotImplemented:
                return y
            b = y
{lines}"""

PULL_1 = """\
    def pull(node):
        x = node._x
{one}"""

PULL_2 = """\
    def pull(node):
        x = node._x
        y = node._y
        if type(x) is Value:
            if type(y) is Value:
{both}            else:
{first}        elif type(y) is Value:
{second}"""


def source(op: Op) -> str:
    """Return the Python text of a row of one or two inputs."""
    called = op.own or op.name in CALLED
    names = NAMES[: op.arity]
    lines, (out,) = _written([_applying(op)], names, "value" if called else "")
    node = NODE.format(out=out, y=None if op.arity == 1 else "y")
    record = (RECORD_1 if op.arity == 1 else RECORD_2).format(lines=_indent(lines, 8)) + node
    if op.arity == 1:
        pull = PULL_1.format(one=_handing_down(op, [0], 8, called))
    else:
        pull = PULL_2.format(
            both=_handing_down(op, [0, 1], 16, called),
            first=_handing_down(op, [0], 16, called),
            second=_handing_down(op, [1], 12, called),
        )
    primitives = "".join(f"{name}_, " for name in OPS)
    p_names = "".join(f"p{i}, " for i in range(op.arity))
    return MAKE.format(names=primitives, p_names=p_names, record=record, pull=pull)


def functions(op: Op, namespace: dict[str, Any]) -> tuple[Formula, Formula]:
    """Return `record` and `pull` of a row of one or two inputs; namespace: that of value.py."""
    text, name = source(op), f"<microgradnet row {op.name}>"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    made: dict[str, Any] = {}
    exec(compile(text, name, "exec"), namespace, made)
    primitives = [row.value for row in OPS.values()]
    pair: tuple[Formula, Formula] = made["make"](op, op.value, op.partials, primitives, math.exp)
    return pair


def _handing_down(op: Op, to: Sequence[int], indent: int, called: bool) -> str:
    """x.grad += node.grad * partial for the inputs `to`, which are Values."""
    operands = dict(zip(NAMES, "xy"[: op.arity]))
    names = (*operands, "out", "g")
    results: Sequence[str]
    if called:
        lines: list[str] = []
        results = [f"g * p{i}({', '.join((*operands, 'out'))})" for i in to]
    else:
        lines, results = _written([_times_gradient(op.partials[i]) for i in to], names)
    body = [*lines, *(f"{'xy'[i]}.grad += {text}" for i, text in zip(to, results))]
    loads = {
        name: f"{name} = {x}._data" if i in to else f"{name} = {x}"
        for i, (name, x) in enumerate(operands.items())
    }
    loads |= {"out": "out = node._data", "g": "g = node.grad"}
    return _indent([load for name, load in loads.items() if _uses(body, name)] + body, indent)


def _applying(op: Op) -> Formula:
    return lambda *inputs: Symbol.apply(op, inputs)


def _times_gradient(partial: Formula) -> Formula:
    return lambda *inputs: inputs[-1] * partial(*inputs[:-1])


def _written(
    formulas: Sequence[Formula], names: Sequence[str], called: str = ""
) -> tuple[list[str], list[str]]:
    """Statements that compute the formulas of the named inputs, and the results."""
    if called:
        return [], [f"{called}({', '.join(names)})"]
    lines = Lines()
    inputs = [lines.input() for _ in names]
    results = [formula(*inputs) for formula in formulas]
    texts = [*names, *(f"t{i}" for i in range(len(lines.lines)))]
    signs = [""] * len(names)

    def text(x: Any) -> str:
        return texts[x.index] if type(x) is Symbol else repr(x)

    statements = []
    for i, (op, operands) in enumerate(lines.lines):
        known = [signs[x.index] if type(x) is Symbol else sign_of_number(x) for x in operands]
        signs.append(sign(op.name, known))
        statements.append(f"t{i} = {python(op, [text(x) for x in operands], known[-1])}")
    return statements, [text(result) for result in results]


def _uses(statements: Sequence[str], name: str) -> bool:
    words = "".join(c if c.isalnum() or c == "_" else " " for c in " ".join(statements)).split()
    return name in words


def _indent(statements: Sequence[str], indent: int) -> str:
    return "".join(f"{' ' * indent}{statement}\n" for statement in statements)
