"""Write one operation on arrays as NumPy code, with the brackets that it needs."""

from __future__ import annotations

from collections.abc import Container, Sequence

import numpy as np

from microgradnet.operations.operation import OPS

__all__ = ["ATOM", "PRODUCT", "SUM", "Text", "bracketed", "number", "written"]

# The precedence of operators, as in Python.
SUM, PRODUCT, MINUS, POWER, ATOM = range(5)
INFIX = {"add": ("+", SUM), "sub": ("-", SUM), "mul": ("*", PRODUCT), "div": ("/", PRODUCT)}

Text = tuple[str, int]  # code, and the precedence of its last operator


def written(op: str, operands: Sequence[Text], helpers: Container[str] = ()) -> Text:
    """Return one operation on arrays as NumPy code; helpers: functions that are called by name.

    >>> written("mul", [("a + b", SUM), ("2", ATOM)])
    ('2 * (a + b)', 1)
    """
    if op == "mul" and operands[0] == operands[1]:
        return f"{bracketed(operands[0], ATOM)} ** 2", POWER
    if op == "mul" and operands[1][0].lstrip("-").isdigit():
        operands = operands[::-1]
    if op == "mul" and operands[1][0].startswith("1 / "):
        op, operands = "div", [operands[0], (operands[1][0][4:], ATOM)]
    if op == "mul" and operands[0][0] == "1":
        return operands[1]
    if op == "neg" or (op == "mul" and operands[0][0] == "-1"):
        return f"-{bracketed(operands[-1], MINUS)}", MINUS
    if op in INFIX:
        sign, binds = INFIX[op]
        right = binds if op in ("add", "mul") else binds + 1
        return f"{bracketed(operands[0], binds)} {sign} {bracketed(operands[1], right)}", binds
    if op == "pow":
        return f"{bracketed(operands[0], ATOM)} ** {bracketed(operands[1], ATOM)}", POWER
    if op == "where":
        c, a, b = (text for text, _ in operands)
        return f"np.where({c} > 0, {a}, {b})", ATOM
    function = op if op in helpers else "np.abs" if op == "abs" else f"np.{OPS[op].numpy}"
    return f"{function}({', '.join(text for text, _ in operands)})", ATOM


def bracketed(text: Text, least: int) -> str:
    """Return the code, in brackets if its precedence is lower than `least`."""
    return f"({text[0]})" if text[1] < least else text[0]


def number(x: float) -> Text:
    """Return a number as Python code, without a point if it is whole."""
    text = f"{x:.0f}" if x.is_integer() and abs(x) < 1e6 else repr(x)
    if not np.isfinite(x):
        text = f"np.{x}".replace("np.-", "-np.")
    return text, MINUS if text.startswith("-") else ATOM
