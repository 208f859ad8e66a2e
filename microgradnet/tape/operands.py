"""Trees of operands: what has a gradient in them, and gradients in their nesting.

A float or an array of floats is a leaf. Lists, tuples and dicts nest. All else (int, bool, None,
slice, str) is constant. Gradients are computed in float64.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

UNIT = 2.0**-53  # the unit roundoff of float64
UNITS = {"float16": 2.0**-11, "float32": 2.0**-24}


def is_leaf(x: Any) -> bool:
    """Whether `x` has a gradient: a float or an array of floats."""
    if isinstance(x, float):
        return True
    return isinstance(x, (np.ndarray, np.floating)) and x.dtype.kind == "f"


def mapped(f: Callable[[Any], Any], tree: Any, rest: Callable[[Any], Any] = lambda x: x) -> Any:
    """Return the tree with `f` of each leaf and `rest` of each constant."""
    if isinstance(tree, list):
        return [mapped(f, t, rest) for t in tree]
    if isinstance(tree, tuple):
        return tuple([mapped(f, t, rest) for t in tree])
    if isinstance(tree, dict):
        return {k: mapped(f, t, rest) for k, t in tree.items()}
    return f(tree) if is_leaf(tree) else rest(tree)


def nothing(tree: Any) -> Any:
    """Return the tree with None for each leaf and each constant."""
    if isinstance(tree, (list, tuple, dict)):
        return mapped(lambda x: None, tree, lambda x: None)
    return None


def leaves(tree: Any) -> list[Any]:
    """Return the leaves of a tree in order."""
    if not isinstance(tree, (list, tuple, dict)):
        return [tree] if is_leaf(tree) else []
    children = tree.values() if isinstance(tree, dict) else tree
    return [leaf for t in children for leaf in leaves(t)]


def matched(tree: Any, g: Any) -> list[tuple[Any, Any]]:
    """Return the leaves of a result, each with its part of the gradient; None for no gradient."""
    if isinstance(tree, (list, tuple, dict)):
        keys = tree.keys() if isinstance(tree, dict) else range(len(tree))
        return [p for k in keys for p in matched(tree[k], None if g is None else g[k])]
    return [(tree, g)] if is_leaf(tree) else []


def summed(g: Any, shape: tuple[int, ...]) -> Any:
    """Return a gradient of the given shape, summed over the axes that were broadcast."""
    if np.shape(g) == shape:
        return g
    g = np.asarray(g)
    if g.ndim > len(shape):
        g = g.sum(axis=tuple(range(g.ndim - len(shape))))
    axes = tuple(k for k, n in enumerate(shape) if n == 1 and k < g.ndim and g.shape[k] != 1)
    return np.broadcast_to(g.sum(axis=axes, keepdims=True) if axes else g, shape)


def floats(operand: Any) -> Any:
    """Return an operand, which may be nested lists, as one array or scalar of float64."""
    if type(operand) is float or type(operand) is int:
        return np.float64(operand)
    return np.asarray(operand, dtype=np.float64)[()]


def handed(operand: Any, g: Any) -> Any:
    """Return the gradient of each leaf of an operand from that of the operand as one array."""
    if isinstance(operand, (list, tuple)):
        return type(operand)([handed(o, g[k]) for k, o in enumerate(operand)])
    return g if is_leaf(operand) and g is not None else None


def unit(out: Any) -> float:
    """Return the unit roundoff of the type of `out`."""
    return UNITS.get(str(out.dtype), UNIT) if hasattr(out, "dtype") else UNIT
