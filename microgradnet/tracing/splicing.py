"""A file that is rewritten already with a few statements edited: those alone are rewritten anew."""

from __future__ import annotations

import ast
import copy

from microgradnet.tracing.rewriting import Edited, Statement, rewritten, stands_for

__all__ = ["spliced"]

LISTS = ("body", "orelse", "finalbody", "handlers")  # where a tree has statements


def spliced(
    tree: ast.Module, statements: dict[int, Statement], edited: Edited
) -> tuple[ast.Module, dict[int, Statement]]:
    """Return a tree with assignments edited, and its statements; the given ones stay as they are.

    1 ms where it takes 30 to rewrite all.
    """
    found = dict(statements)
    for statement in statements.values():
        if statement.key not in edited:
            continue
        alone = ast.Module([copy.deepcopy(statement.node)], [])
        made = rewritten(alone, statement.file, found, edited, statement.function)
        for node in made.body:
            ast.copy_location(node, statement.node)
        other = _with(tree, statement.number, made.body)
        tree = other if isinstance(other, ast.Module) else tree
    return tree, found


def _with(node: ast.AST, number: int, block: list[ast.stmt]) -> ast.AST | None:
    """A copy of what a statement stands in, others in its place; None where it is not there."""
    for name in LISTS:
        several = getattr(node, name, None)
        if not isinstance(several, list):  # the body of a lambda is none
            continue
        own = [k for k, s in enumerate(several) if stands_for(s) == number]
        inside = ((k, _with(s, number, block)) for k, s in enumerate(several))
        if own:
            new = [*several[: own[0]], *block, *several[own[-1] + 1 :]]
        elif (found := next(((k, s) for k, s in inside if s is not None), None)) is not None:
            new = [*several[: found[0]], found[1], *several[found[0] + 1 :]]
        else:
            continue
        made = type(node)(**{**dict(ast.iter_fields(node)), name: new})
        return ast.copy_location(made, node)
    return None
