"""Write a program as the text of a JavaScript function, with one spelling per primitive."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from microgradnet.operations.lines import Identifiers
from microgradnet.programs.program import Constant, Operand, Program

# As in the operation table: maximum passes nan on, x ** 2 is x * x, and 1 ** nan is 1 as in C.
JAVASCRIPT = {
    "neg": "-{0}",
    "add": "{0} + {1}",
    "sub": "{0} - {1}",
    "mul": "{0} * {1}",
    "div": "{0} / {1}",
    "where": "{0} > 0 ? {1} : {2}",
    "maximum": "{0} > {1} || {0} !== {0} ? {0} : {1}",
    "minimum": "{0} < {1} || {0} !== {0} ? {0} : {1}",
    "pow": "power({0}, {1})",
}
# Any other primitive is the function of that name in Math.

POWER = """\
  const power = (x, y) =>
    y === 2 ? x * x : x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : Math.pow(x, y);"""

WORDS = """
arguments await break case catch class const continue debugger default delete do else enum eval
export extends false finally for function if implements import in instanceof interface let new
null package private protected public return static super switch this throw true try typeof var
void while with yield Math Infinity NaN undefined power inputs
"""
RESERVED = frozenset(WORDS.split())


def source(program: Program, name: str = "program") -> str:
    """Return the text of a function of an array of inputs that returns the array of outputs.

    >>> from microgradnet import Value, compile
    >>> w, x = Value(2.0, "w"), Value(3.0, "x")
    >>> print(source(compile([w * x], [w, x])))
    function program(inputs) {
      const [w, x] = inputs;
      const t2 = w * x;
      return [t2];
    }
    """
    free = Identifiers(RESERVED)
    names = tuple([free.new(name) for name in program.names])
    program = replace(program, names=names)
    lines = [f"function {name}(inputs) {{"]
    if any(op == "pow" for op, _ in program.lines):
        lines.append(POWER)
    lines.append(f"  const [{', '.join(names[: program.n_inputs])}] = inputs;")
    for register, (op, operands) in zip(names[program.n_inputs :], program.lines):
        texts = [_operand(program, x) for x in operands]
        lines.append(f"  const {register} = {_spelled(op, texts)};")
    results = [_operand(program, x) for x in program.outputs]
    return "\n".join([*lines, f"  return [{', '.join(results)}];", "}"])


def _spelled(op: str, operands: Sequence[str]) -> str:
    call = f"Math.{op}({', '.join('{}' for _ in operands)})"
    return JAVASCRIPT.get(op, call).format(*operands)


def _operand(program: Program, x: Operand) -> str:
    if type(x) is not Constant:
        return program.names[x]
    text = json.dumps(x.value)  # NaN and Infinity are JavaScript too
    return f"({text})" if text.startswith("-") else text
