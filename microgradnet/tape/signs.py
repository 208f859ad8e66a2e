"""The signs of operators: which syntax spells them, and what each does to two values."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any

# The node of the syntax, the sign, the function of `operator`.
TWO_SIDED = (
    "Add + add, Sub - sub, Mult * mul, Div / truediv, Pow ** pow, MatMult @ matmul, "
    "FloorDiv // floordiv, Mod % mod, BitAnd & and_, BitOr | or_, BitXor ^ xor, "
    "LShift << lshift, RShift >> rshift"
)
COMPARING = "Gt > gt, Lt < lt, GtE >= ge, LtE <= le, Eq == eq, NotEq != ne"
ONE_SIDED = "USub neg neg, UAdd pos pos, Invert ~ invert, Not not not_"


def _rows(text: str) -> list[tuple[str, str, str]]:
    return [(node, sign, name) for node, sign, name in map(str.split, text.split(","))]


ROWS = [row for text in (TWO_SIDED, COMPARING, ONE_SIDED) for row in _rows(text)]
SIGNS: dict[type[ast.AST], str] = {
    getattr(ast, node): sign for node, sign, _ in ROWS if node not in ("UAdd", "Not")
}
OPERATORS: dict[str, Callable[..., Any]] = {sign: getattr(operator, name) for _, sign, name in ROWS}
IN_PLACE: dict[str, Callable[..., Any]] = {
    sign: getattr(operator, f"i{name.rstrip('_')}") for _, sign, name in _rows(TWO_SIDED)
}
