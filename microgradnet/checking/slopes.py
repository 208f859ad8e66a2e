"""The edits by the slope of an activation: left out, or the activation itself in its place."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from itertools import permutations, product
from typing import Any

import numpy as np

from microgradnet.autograd.value import Value
from microgradnet.checking.parts import Alternative, is_array, place
from microgradnet.tracing.parsing import copied, expression
from microgradnet.tracing.replacing import Namespace
from microgradnet.words import say

__all__ = ["sign_inside", "slope", "slope_inside", "slope_of_another", "slopes"]


def slope(part: ast.expr, names: Namespace) -> Iterator[Alternative]:
    """The activation itself where its slope belongs."""
    if isinstance(part, (ast.Name, ast.Attribute, ast.Subscript)):
        for form in _slopes_of(_now(part, names)):
            text = form.format(ast.unparse(part))
            words = "uses {used} itself where its slope {meant} belongs"
            yield expression(text), say(words, used=ast.unparse(part), meant=text)


def slope_of_another(part: ast.expr, names: Namespace) -> Iterator[Alternative]:
    """The slope of another activation: `h * (1 - h)` where h is a tanh, by itself or at the end."""
    if not isinstance(part, ast.BinOp):
        return
    inner = part.left
    several: list[tuple[ast.expr | None, str]] = [(None, _plain(part))]
    if isinstance(part.op, ast.Mult) and isinstance(inner, ast.BinOp):
        ends = ast.BinOp(inner.right, ast.Mult(), part.right)
        several += [(inner.left, _plain(ends))] if isinstance(inner.op, ast.Mult) else []
    texts = dict.fromkeys(ast.unparse(n) for n in ast.walk(part) if isinstance(n, PLACES))
    for (before, text), of, (one, other) in product(several, texts, permutations(OF.items())):
        if text in [form.format(of) for form in one[1]]:
            meant = other[1][0].format(of)
            made = expression(f"({meant})")
            given = {"used": text, "one": one[0], "meant": meant, "other": other[0]}
            words = say(
                "has {used}, the slope of {one}, where {meant}, that of {other}, belongs", **given
            )
            yield made if before is None else ast.BinOp(before, ast.Mult(), made), words


PLACES = (ast.Name, ast.Attribute, ast.Subscript)
OF = {
    "sigmoid": ("{0} * (1 - {0})", "(1 - {0}) * {0}"),
    "tanh": ("1 - {0} ** 2", "1 - {0} * {0}", "1 - np.power({0}, 2)", "1 - np.square({0})"),
}


def _plain(part: ast.expr) -> str:
    return ast.unparse(part).replace("1.0", "1")


def sign_inside(part: ast.expr, names: Namespace) -> Iterator[Alternative]:
    """The sign of what a function is taken of: `1 / (1 + np.exp(x))` for a sigmoid."""
    if isinstance(part, ast.Call) and len(part.args) == 1 and not part.keywords:
        [x] = part.args
        other: ast.expr = ast.UnaryOp(ast.USub(), x)
        if isinstance(x, ast.UnaryOp) and isinstance(x.op, ast.USub):
            other = x.operand
        yield ast.Call(part.func, [other], []), say("the sign of {x} is wrong", x=ast.unparse(x))


def slope_inside(part: ast.expr, names: Namespace) -> Iterator[Alternative]:
    """The slope of an activation left out of one factor: `X.T @ dH` for `X.T @ (dH * slope)`."""
    if is_array(names.get(name := place(part))):
        for text in slopes(names):
            made = ast.BinOp(part, ast.Mult(), expression(text))
            words = "the slope of the activation is left out: {name} times {slope}"
            yield made, say(words, name=name, slope=text)


def slopes(names: Namespace) -> Iterator[str]:
    """What the slope of an activation may be, by the names there are."""
    rounds = [name for name, x in names.items() if type(x) is int]
    for name, x in names.items():
        texts = [name] if getattr(x, "ndim", 0) else []
        if isinstance(x, (dict, list)):  # of the round of a loop: `hs[t]`
            texts = [f"{name}[{t}]" for t in rounds]
        for text in texts:
            for form in _slopes_of(_now(expression(text), names)):
                yield form.format(text)


def _slopes_of(x: object) -> Sequence[str]:
    """How the slopes of an activation may be written: it is computed, and not all positive."""
    if not is_array(x):
        return ()
    nodes: list[Any] = [*x.flat] if isinstance(x, np.ndarray) else [x]
    numbers = all(isinstance(n, (Value, int, float)) for n in nodes)
    if not numbers or not any(isinstance(n, Value) and n.inputs for n in nodes):
        return ()
    return SLOPES if any(not n > 0 for n in nodes) else SLOPES[1:]


SLOPES = ("({0} > 0)", "{0} * (1 - {0})", "(1 - {0} ** 2)")


def _now(part: ast.expr, names: Namespace) -> object:
    """What a name or an entry is, None where it cannot be told."""
    if place(part) in names:
        return names[place(part)]
    try:
        code = compile(ast.Expression(copied(part)), "<part>", "eval")
        found: object = eval(code, dict(names))
        return found
    except Exception:
        return None
