"""Read from code what an argument is: its axes, an index, a value that it is called with."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from typing import Any

from microgradnet.tape.feeding.by_name import is_backward
from microgradnet.tape.feeding.own_code import Code, Goal


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
    for kept, nodes in _kept(code, function, name):
        yield from ranks(nodes, kept)


def is_index(code: Code, function: Any, name: str) -> bool:
    """Whether a kept argument is an index into arrays: `x[self.of]`, `np.add.at(y, self.of, v)`."""
    for kept, nodes in _kept(code, function, name):
        items = [n.slice for n in nodes if isinstance(n, ast.Subscript)]
        calls = (n for n in nodes if isinstance(n, ast.Call) and ast.unparse(n.func)[-3:] == ".at")
        if any(is_name(x, kept) for x in (*items, *(x for n in calls for x in n.args[1:2]))):
            return True
    return False


EPSILON = re.compile(r"(\w+\.)?_?(eps\w*|tiny)|\d*\.?\d*e-\d+|0?\.0{3,}\d+", re.IGNORECASE)


def is_probability(nodes: Sequence[ast.AST], name: str) -> bool:
    """Whether an argument lies above 0, or between 0 and 1: `log(1 - p)`, `clip(p, eps, 1 - eps)`.

    A limit that is no epsilon is not meant to keep it there: the other side has to be tried, too.
    """
    for n in nodes:
        of: ast.expr | None = None
        if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute):
            whole = [n.func.value, *n.args] if is_name(n.func.value, name) else n.args
            bare = [x for x in whole if not EPSILON.fullmatch(ast.unparse(x))]
            is_root = re.fullmatch("log2?|log10|sqrt", n.func.attr) and len(whole) == 1
            is_kept = n.func.attr in ("clip", "maximum") and len(bare) < len(whole)
            of = bare[0] if bare and (is_root or is_kept) else None
        elif isinstance(n, ast.BinOp) and isinstance(n.op, ast.Pow):
            of = n.left if not isinstance(n.right, ast.Constant) else None
        sides = [of.left, of.right] if isinstance(of, ast.BinOp) else [of]
        if any(is_name(x.value if isinstance(x, ast.Subscript) else x, name) for x in sides):
            return True
    return False


def indexes(nodes: Sequence[ast.AST], name: str) -> bool:
    """Whether an argument, or an item of it, is an index: `p[range(n), y]`, `x[of[t]] = 1`."""
    for n in (n.slice for n in nodes if isinstance(n, ast.Subscript)):
        several = n.elts if isinstance(n, ast.Tuple) else [n]
        if any(is_name(x.value if isinstance(x, ast.Subscript) else x, name) for x in several):
            return "mask" not in name
    return False


def rank_summed(nodes: Sequence[ast.AST]) -> int:
    """Return the rank of an array of images whose axes are summed over: 4 for axis=(0, 2, 3)."""
    named = (n.value for n in nodes if isinstance(n, ast.keyword) and n.arg in ("axis", "dim"))
    axes = [getattr(x, "value", 0) for t in named if isinstance(t, ast.Tuple) for x in t.elts]
    return 4 * (3 in axes)


def _kept(code: Code, function: Any, name: str) -> Iterator[tuple[str, list[ast.AST]]]:
    """Yield the attributes that keep an argument, with the nodes of a method of their class."""
    kind = code.namespace.get(function.__qualname__.partition(".")[0])
    if not isinstance(kind, type):
        return
    for n in code.parts(function):
        if isinstance(n, ast.Assign):
            target, value = n.targets[0], n.value
            both = isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple)
            pairs = zip(target.elts, value.elts) if both else [(target, value)]  # type: ignore[attr-defined]
            for at, x in pairs:
                x = x.args[0] if isinstance(x, ast.Call) and len(x.args) == 1 else x
                if is_name(x, name) and ast.unparse(at).startswith("self."):
                    for f in code.methods(kind).values():
                        yield ast.unparse(at), code.parts(f)


def _is_shape(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "shape" and is_name(node.value, name)


def hint(code: Code, called: str, position: int, name: str) -> ast.expr | None:
    """Return the expression passed for a parameter in one of the file's own calls, or None.

    Of a parameter of a caller, its default.
    """
    for n in code.calls:
        own = getattr(n.func, "id", getattr(n.func, "attr", ""))
        if own == "apply" and isinstance(n.func, ast.Attribute):  # of a Function of torch
            own = f"{getattr(n.func.value, 'id', '')}_forward"
        if own == called:
            by_name = [k.value for k in n.keywords if k.arg == name]
            for node in by_name or n.args[position : position + 1]:
                return _default(code, node) or node
    return None


def _default(code: Code, node: ast.expr) -> ast.expr | None:
    """Return the default of a parameter that a node reads; None if there is none, or it is None."""
    if not isinstance(node, ast.Name):
        return None
    for f in code.nodes.values():
        named = dict(zip([a.arg for a in f.args.args][::-1], f.args.defaults[::-1]))
        default = named.get(node.id)
        if getattr(default, "value", default) is not None and any(n is node for n in ast.walk(f)):
            return default
    return None


def is_shared_out(nodes: Sequence[ast.AST], name: str) -> bool:
    """Whether an argument is divided by a whole number that is no constant: `d_model // heads`."""
    several = [n for n in nodes if isinstance(n, ast.BinOp) and is_name(n.left, name)]
    whole = [n for n in several if isinstance(n.op, (ast.FloorDiv, ast.Mod))]
    return any(not isinstance(n.right, ast.Constant) for n in whole)


def optimizers(code: Code, goal: Goal) -> frozenset[str]:
    """Return the attributes of a layer that may hold an optimizer: `if self.optimizer: ...`."""
    tests = [n.test for n in code.parts(goal.function) if isinstance(n, (ast.If, ast.IfExp))]
    asked = [n.attr for t in tests for n in ast.walk(t) if isinstance(n, ast.Attribute)]
    return frozenset(n for n in asked if "optim" in n.lower())


def is_read_ahead(code: Code, name: str, goal: Goal) -> bool:
    """Whether a name is read by anything but constructors and what derives."""
    methods = {} if goal.kind is None else code.methods(goal.kind)
    several = {**code.functions, **methods}
    ahead = [f for n, f in several.items() if n != "__init__" and not is_backward(n)]
    parts = [n for f in ahead if f is not goal.function for n in code.parts(f)]
    return any(name in (getattr(n, "id", ""), getattr(n, "attr", "")) for n in parts)


def depth(code: Code, goal: Goal) -> int:
    """Return how many loops are nested in a goal, or in another method or called function.

    A loop that calls another function of the file counts as one more.
    """
    own = code.methods(goal.kind) if goal.kind else {}
    several = [*own.values(), *(code.functions.get(n) for n in code.covered(goal))]
    loops = [[n for n in code.parts(f) if isinstance(n, ast.For)] for f in several if f]
    inner = [(n, sum(n in ast.walk(m) for m in some)) for some in loops for n in some]
    called = ((n, ast.walk(loop)) for loop, n in inner)
    calls = [n + any(getattr(x, "id", "") in code.functions for x in nodes) for n, nodes in called]
    return max(calls, default=0)


def keys(nodes: Sequence[ast.AST], name: str) -> Iterator[tuple[str, ast.expr | None]]:
    """Yield the keys that the code reads from an argument used as a dict, with their defaults."""
    for node in nodes:
        if isinstance(node, ast.Subscript) and is_name(node.value, name):
            if not isinstance(node.ctx, ast.Load):
                continue
            key: Any = node.slice
            text = getattr(key, "value", None)
            joined = key.left if isinstance(key, ast.BinOp) else getattr(key, "values", [key])[0]
            stem = getattr(joined, "value", None)
            stem = stem.partition("%d")[0] if isinstance(stem, str) else None
            if isinstance(text, str):
                yield text, None
            elif isinstance(stem, str):
                yield from ((f"{stem}1", None), (f"{stem}2", None))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            first, *default = node.args
            reads = is_name(node.func.value, name) and node.func.attr in ("get", "pop")
            if reads and isinstance(first, ast.Constant):
                yield str(first.value), default[0] if default else None
