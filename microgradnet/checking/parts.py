"""The parts of a statement, each of which an edit may replace, and what their names stand for."""

from __future__ import annotations

import ast
import copy
import inspect

import numpy as np

from microgradnet.autograd.value import Value
from microgradnet.tracing.parsing import copied
from microgradnet.tracing.replacing import Namespace

__all__ = [
    "Alternative",
    "apart",
    "is_array",
    "is_data",
    "is_object",
    "place",
    "read_parts",
    "replaced",
    "with_attributes",
]

Alternative = tuple[ast.expr, str]  # what belongs in the place of a part, and the mistake in words


def read_parts(statement: ast.stmt) -> list[ast.expr]:
    """What a statement reads; the array of which it writes an entry is none of it."""
    written: set[int] = set()
    for node in ast.walk(statement):
        if isinstance(getattr(node, "ctx", None), ast.Store):
            base = getattr(node, "value", node)
            written |= {id(node), *(id(n) for n in ast.walk(base))}
    return [n for n in ast.walk(statement) if isinstance(n, ast.expr) and id(n) not in written]


def replaced(statement: ast.stmt, i: int, instead: ast.expr) -> ast.stmt:
    """A copy of a statement with something else in the place of its part number i."""
    made = copied(statement)
    parts = read_parts(made)
    old = parts[i]
    for parent in ast.walk(made):
        for name, value in ast.iter_fields(parent):
            if value is old:
                setattr(parent, name, instead)
            elif isinstance(value, list) and any(x is old for x in value):
                setattr(parent, name, [instead if x is old else x for x in value])
    return made


def place(part: ast.AST) -> str:
    """What a name or an attribute is called, `x` or `self.x`; "" for any other part."""
    return ast.unparse(part) if isinstance(part, (ast.Name, ast.Attribute)) else ""


def with_attributes(names: Namespace, statement: ast.stmt) -> Namespace:
    """All there is, by `place`: what the objects of a statement hold, as `self.x`, too."""
    found = dict(names)
    for name in dict.fromkeys(n.id for n in ast.walk(statement) if isinstance(n, ast.Name)):
        if is_object(x := names.get(name)):
            found |= {f"{name}.{k}": v for k, v in vars(x).items()}
    return found


def apart(x: object) -> object:
    """A copy of what holds numbers, so that what an edit writes is written nowhere else."""
    if isinstance(x, (np.ndarray, dict, list)):
        return copy.copy(x)
    if is_object(x):
        x = copy.copy(x)
        vars(x).update({k: apart(v) for k, v in vars(x).items() if not is_object(v)})
    return x


def is_object(x: object) -> bool:
    """Whether something has attributes of its own, and is no array, class, function or module."""
    others = inspect.isclass(x) or inspect.isroutine(x) or inspect.ismodule(x)
    others = others or isinstance(x, (Value, np.ndarray))
    return hasattr(x, "__dict__") and not others


def is_array(x: object) -> bool:
    """Whether something is of Values: an array of them, or one."""
    return isinstance(x, Value) or (isinstance(x, np.ndarray) and x.dtype == object)


def is_data(x: object) -> bool:
    """Whether something holds numbers that a derivative may be computed from."""
    return is_array(x) or (isinstance(x, (list, np.ndarray)) and len(x) > 0)
