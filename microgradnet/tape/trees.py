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


def owner_of(call: ast.AST) -> str:
    """Return the text of the object whose method is called."""
    if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
        return ast.unparse(call.func.value)
    return ""


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


def only_tells(node: ast.If, scope: ast.AST) -> bool:
    """Whether a branch is taken every so many rounds, and only says or keeps how it goes.

    scope: the function or module it is in; what is stored there is read nowhere else.
    """
    signs = [n for n in ast.walk(node.test) if isinstance(n, ast.BinOp)]
    if node.orelse or not any(isinstance(n.op, ast.Mod) for n in signs):
        return False
    stored = set[str]()
    for statement in node.body:
        if isinstance(statement, ast.Assign):
            names = [n for t in statement.targets for n in ast.walk(t)]
            if any(isinstance(n, (ast.Attribute, ast.Subscript)) for n in names):
                return False
            stored |= {n.id for n in names if isinstance(n, ast.Name)}
        elif not _says(statement):
            return False
    return stored.isdisjoint(_read(scope, span(node)))


def _says(statement: ast.stmt) -> bool:
    """Whether a statement prints something or appends it to a list."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    f = call.func if isinstance(call, ast.Call) else None
    return getattr(f, "id", getattr(f, "attr", "")) in ("print", "append")


def _read(scope: ast.AST, but: Span) -> set[str]:
    """Return the names that a scope reads outside of a statement, and not as a function's own."""
    found = set[str]()
    for node in ast.iter_child_nodes(scope):
        if isinstance(node, ast.stmt) and span(node) == but:
            continue
        if isinstance(node, (ast.FunctionDef, ast.Lambda)):
            own = {n.arg for n in ast.walk(node) if isinstance(n, ast.arg)}
            names = [n for n in ast.walk(node) if isinstance(n, ast.Name)]
            own |= {n.id for n in names if isinstance(n.ctx, ast.Store)}
            found |= _read(node, but) - own
        elif isinstance(node, ast.Name):
            found |= {node.id} if isinstance(node.ctx, ast.Load) else set()
        else:
            found |= _read(node, but)
    return found
