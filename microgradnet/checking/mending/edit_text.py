"""Write expressions as text, with the brackets that their places need."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from microgradnet.tape.trees import SIGNS

Shape = tuple[int, ...] | None

ATOM, POWER, UNARY, TERM, SUM = 14, 12, 11, 10, 9
TIGHTNESS: dict[type[ast.operator], int] = {
    **dict.fromkeys((ast.Add, ast.Sub), SUM),
    **dict.fromkeys((ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.MatMult), TERM),
    **{ast.Pow: POWER, ast.LShift: 8, ast.RShift: 8, ast.BitAnd: 7, ast.BitXor: 6, ast.BitOr: 5},
}
LEVELS = {SIGNS[kind]: level for kind, level in TIGHTNESS.items()}


class Code(NamedTuple):
    """The text of an expression and how tightly it binds."""

    text: str
    level: int = ATOM

    def inside(self, need: int) -> str:
        """Return the text, in brackets if it binds less tightly than `need`."""
        is_cut = need >= ATOM and self.text.isdigit()  # 2.dot is no Python
        return self.text if self.level >= need and not is_cut else f"({self.text})"


def binary(left: Code, sign: str, right: Code) -> Code:
    """Return the code of an operation, with brackets where they are needed.

    >>> binary(Code("a + b", SUM), "*", Code("c")).text
    '(a + b) * c'
    """
    level = LEVELS[sign]
    power = sign == "**"
    text = f"{left.inside(level + power)} {sign} {right.inside(level + (not power))}"
    return Code(text, level)


@functools.lru_cache(maxsize=4096)
def formula(text: str) -> Code:
    """Return the code of a formula, without the brackets around it.

    >>> formula("(h > 0)")
    Code(text='h > 0', level=4)
    """
    node = ast.parse(text, mode="eval").body
    return Code(ast.unparse(node), level_of(node))


def negative(code: Code) -> Code:
    """Return the code of `-code`."""
    return Code(f"-{code.inside(UNARY)}", UNARY)


def transpose(code: Code, shape: Shape) -> Code:
    """Return the code of a transpose, of the last two axes; one loses its `.T` or `.t()`."""
    if ends := next((end for end in (".T", ".t()") if code.text.endswith(end)), ""):
        return Code(code.text[: -len(ends)])
    return Code(f"{code.inside(14)}{'.T' if len(shape or ()) < 3 else '.swapaxes(-1, -2)'}")


def call(function: str, arguments: Iterable[str]) -> Code:
    """Return the code of a call."""
    return Code(f"{function}({', '.join(arguments)})")


def level_of(node: ast.AST) -> int:
    """Return how tightly an expression binds."""
    if isinstance(node, ast.BinOp):
        return TIGHTNESS[type(node.op)]
    if isinstance(node, ast.UnaryOp):
        return 3 if isinstance(node.op, ast.Not) else UNARY
    if isinstance(node, ast.BoolOp):
        return 1 if isinstance(node.op, ast.Or) else 2
    if isinstance(node, (ast.IfExp, ast.Lambda)):
        return 0
    if isinstance(node, ast.NamedExpr):
        return -1
    return 4 if isinstance(node, ast.Compare) else ATOM


def children(node: ast.AST) -> Iterator[tuple[ast.AST, int]]:
    """Yield the children of a node, each with the tightness that its place requires."""
    if isinstance(node, ast.BinOp):
        level, power = TIGHTNESS[type(node.op)], isinstance(node.op, ast.Pow)
        yield node.left, level + power
        yield node.right, level + (not power)
        return
    need = NEEDS.get(type(node), 0)
    if isinstance(node, (ast.UnaryOp, ast.BoolOp)):
        need = level_of(node) + isinstance(node, ast.BoolOp)
    for name, value in ast.iter_fields(node):
        at = ATOM if name == "func" or (name == "value" and isinstance(node, PLACES)) else need
        at = int(name != "orelse") if isinstance(node, ast.IfExp) else at
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield child, at


PLACES = (ast.Attribute, ast.Subscript)
NEEDS: dict[type[ast.AST], int] = {ast.Compare: 5, ast.comprehension: 1, ast.NamedExpr: ATOM}
