"""Syntax trees: copies of them, where a node stands, and nodes made anew."""

from __future__ import annotations

import ast
from typing import TypeVar, cast

Tree = TypeVar("Tree", bound=ast.AST)
Span = tuple[int, int, int | None, int | None, type]


def same_tree(tree: Tree) -> Tree:
    """Return a copy of a tree: its fields and positions, nothing that others hung on it."""
    made = type(tree).__new__(type(tree))  # a call without fields is warned of from 3.13 on
    for name, value in ast.iter_fields(tree):
        if isinstance(value, ast.AST):
            value = same_tree(value)
        elif isinstance(value, list):
            value = [same_tree(x) if isinstance(x, ast.AST) else x for x in value]
        setattr(made, name, value)
    return ast.copy_location(made, tree)


def span(node: ast.AST) -> Span:
    """Return where a node stands in its file, and its kind."""
    at = cast(ast.expr, node)
    return at.lineno, at.col_offset, at.end_lineno, at.end_col_offset, type(node)


def changed_line(written: ast.AST, edited: ast.AST | None, line: int) -> int:
    """Return the line of the one part of a statement that an edited one has otherwise."""
    line = getattr(written, "lineno", line)
    if edited is None or type(written) is not type(edited):
        return line
    pairs = zip(ast.iter_child_nodes(written), ast.iter_child_nodes(edited))
    other = [(a, b) for a, b in pairs if ast.dump(a) != ast.dump(b)]
    return changed_line(*other[0], line) if len(other) == 1 else line


def loaded(target: ast.expr) -> ast.expr:
    """Return the expression that reads what an assignment's target stores."""
    made = same_tree(target)
    for node in ast.walk(made):
        if hasattr(node, "ctx"):
            node.ctx = ast.Load()
    return made


def name(text: str, store: bool = False) -> ast.Name:
    """Return a name, to be read or stored."""
    return ast.Name(text, ast.Store() if store else ast.Load())


def is_number(node: ast.AST) -> bool:
    """Whether a node is a number, and no truth value."""
    return isinstance(node, ast.Constant) and type(node.value) in (int, float)


def is_generator(function: ast.AST) -> bool:
    """Whether a function yields; those inside it do not count."""
    inner = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
    for child in ast.iter_child_nodes(function):
        if isinstance(child, (ast.Yield, ast.YieldFrom)):
            return True
        if not isinstance(child, inner) and is_generator(child):
            return True
    return False
