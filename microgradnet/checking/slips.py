"""Slips that stand in the text itself, whatever the numbers: a table to add to."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator

from microgradnet.words import say

__all__ = ["SLIPS", "slip"]


def slip(statements: Iterable[tuple[int, ast.stmt]]) -> str:
    """Return the first slip in statements, each with its line, "" where there is none.

    >>> slip([(3, ast.parse("h = 1 / 1 + exp(-z)").body[0])])
    'brackets are missing in line 3: 1 / 1 + exp(-z) is 1 + exp(-z), not 1 / (1 + exp(-z))'
    """
    for line, statement in statements:
        for part in ast.walk(statement):
            for find in SLIPS:
                for what, words in find(part):
                    return say("{what} in line {line}: {words}", what=what, line=line, words=words)
    return ""


def missing_brackets(part: ast.AST) -> Iterator[tuple[str, str]]:
    """`1 / 1 + exp(-z)` for the sigmoid: 1 / 1 is 1."""
    if not isinstance(part, ast.BinOp) or not isinstance(part.op, ast.Add):
        return
    if ast.unparse(part.left) in ("1 / 1", "1.0 / 1.0", "1.0 / 1", "1 / 1.0"):
        rest = ast.unparse(part.right)
        said = "{code} is 1 + {rest}, not 1 / (1 + {rest})"
        yield say("brackets are missing"), say(said, code=ast.unparse(part), rest=rest)


SLIPS: tuple[Callable[[ast.AST], Iterator[tuple[str, str]]], ...] = (missing_brackets,)
