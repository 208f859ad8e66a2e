"""Read from code how many axes an argument has."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import Any

from microgradnet.tape.feeding.own_code import Code

__all__ = ["is_name", "ranks", "ranks_kept"]


def is_name(node: object, name: str) -> bool:
    """Whether a node is a name, or an attribute of self: `self.x`."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return f"{node.value.id}.{node.attr}" == name
    return isinstance(node, ast.Name) and node.id == name


def ranks(nodes: Sequence[ast.AST], name: str) -> Iterator[int]:
    """Yield the ranks implied by `B, C = x.shape`, `x.shape[2]`, `x[:, 0]`, `x.transpose(1, 0)`."""
    for n in nodes:
        if isinstance(n, ast.Assign) and isinstance(n.targets[0], ast.Tuple):
            if _is_shape(n.value, name):
                yield len(n.targets[0].elts)
        elif isinstance(n, ast.Subscript) and _is_shape(n.value, name):
            index = getattr(n.slice, "value", 0)
            yield index + 1 if isinstance(index, int) and index > 1 else 0
        elif isinstance(n, ast.Subscript) and is_name(n.value, name):
            parts = n.slice.elts if isinstance(n.slice, ast.Tuple) else []
            yield len([p for p in parts if not isinstance(p, ast.Constant) or p.value is not None])
        elif isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute):
            yield len(n.args) if n.func.attr == "transpose" and is_name(n.func.value, name) else 0


def ranks_kept(code: Code, function: Any, name: str) -> Iterator[int]:
    """Yield the ranks implied where an argument is kept: `self.x = x`, `self.x.shape[2]`."""
    kind = code.namespace.get(function.__qualname__.partition(".")[0])
    if isinstance(kind, type):
        for n in code.parts(function):
            if isinstance(n, ast.Assign) and is_name(n.value, name):
                kept = ast.unparse(n.targets[0])
                methods = code.methods(kind).values() if kept.startswith("self.") else ()
                yield from (rank for f in methods for rank in ranks(code.parts(f), kept))


def _is_shape(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "shape" and is_name(node.value, name)
