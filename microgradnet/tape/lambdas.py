"""A lambda as the definition of a function: what has no name is recorded by one."""

from __future__ import annotations

import ast
from types import CodeType, FunctionType
from typing import Any

from microgradnet.words import say

LAMBDA = "<lambda>"


def name_in(tree: ast.AST, f: Any) -> str:
    """Return the name by which a function of a file is recorded; raises OSError for none."""
    return written_out(tree, f).name if f.__name__ == LAMBDA else str(f.__name__)


def written_out(tree: ast.AST, f: FunctionType) -> ast.FunctionDef:
    """Return a lambda of a file as a definition, in its place; raises OSError where it is not."""
    line = f.__code__.co_firstlineno
    nodes = [n for n in ast.walk(tree) if isinstance(n, ast.Lambda) and n.lineno == line]
    found = [n for n in nodes if _looks(_code(n)) == _looks(f.__code__)] or nodes[:1]
    if not found:
        raise OSError(say("the source of {name} is not there", name=f.__name__))
    node = found[0]
    body: list[ast.stmt] = [ast.copy_location(ast.Return(node.body), node.body)]
    name = f"lambda_{node.lineno}_{node.col_offset}"
    made = ast.FunctionDef(name, node.args, body, [], None, None)
    for field in ("type_params",):  # of Python 3.12
        if field in ast.FunctionDef._fields:
            setattr(made, field, [])
    return ast.fix_missing_locations(ast.copy_location(made, node))


def _code(node: ast.Lambda) -> CodeType:
    whole = compile(ast.fix_missing_locations(ast.Expression(node)), "", "eval")
    return next(c for c in whole.co_consts if isinstance(c, CodeType))


def _looks(code: CodeType) -> tuple[object, ...]:
    """What tells one lambda of a line from another: its names and constants, closures apart."""
    consts = tuple(c for c in code.co_consts if not isinstance(c, CodeType))
    return code.co_varnames, sorted({*code.co_names, *code.co_freevars}), consts, code.co_argcount
