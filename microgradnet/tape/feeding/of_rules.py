"""Make up arguments for the rules of torch and JAX, by the search that calls functions of NumPy."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from types import FunctionType
from typing import Any

import numpy as np

from microgradnet.tape import of_jax, tensors
from microgradnet.tape.entry import mapped
from microgradnet.tape.feeding.attempts import directly
from microgradnet.tape.feeding.feeder import SECONDS, Fed, Search
from microgradnet.tape.feeding.own_code import Code, Goal
from microgradnet.tape.tensors import Context, Tensors

NUMBERS = "few|one|three|rate|size|yes|no"  # kinds of plain numbers
OTHERS = f"{NUMBERS}|indices|rows of indices|flags|mask"  # and of arrays that have no gradient
Both = tuple[Callable[..., Any], Callable[..., Any]]


def fed_rule(rule: Any, names: Mapping[str, Any], source: str) -> Fed | None:
    """Return calls of both passes of a rule with made-up arguments; None if none fit.

    They can be made again at other sizes; the gradient of each argument has its shape. rule: a
    Function of torch or a custom_vjp of JAX; names: those of its file; source: the file's text.
    """
    code = Code(names, source)
    ahead, back = (rule.fwd, rule.bwd) if hasattr(rule, "bwd") else (rule.forward, rule.backward)
    node, end = code.node(ahead), code.node(back)
    if node is None or end is None:
        return None
    taken = [p for k, p in inspect.signature(ahead).parameters.items() if k not in CONTEXT]
    fixed = {taken[n].name for n in getattr(rule, "nondiff_argnums", ())}
    plain = dict.fromkeys(fixed, NUMBERS)
    if not hasattr(rule, "bwd"):
        none = _always_none(end)
        plain = {p.name: OTHERS for k, p in enumerate(taken) if k in none}
    of = _of_jax if hasattr(rule, "bwd") else _of_torch
    forward, backward = of(rule, names, [p.name for p in taken if p.name not in fixed])
    for f, g in ((forward, ahead), (backward, back)):
        f.__wrapped__ = inspect.unwrap(g)  # type: ignore[attr-defined]
    named = [p for p in taken if p.kind is p.POSITIONAL_OR_KEYWORD]
    if len(named) < len(taken):
        return None
    named = [p.replace(kind=p.POSITIONAL_ONLY) for p in named]
    forward.__signature__ = inspect.Signature(named)  # type: ignore[attr-defined]
    backward.__signature__ = inspect.Signature()  # type: ignore[attr-defined]
    forward.__name__, backward.__name__ = f"{rule.__name__}_forward", f"{rule.__name__}_backward"
    code.functions[forward.__name__] = forward
    goal = Goal(backward.__name__, backward, None, forward.__name__, plain)
    found = Search(code, goal, directly).found(SECONDS)
    return found if isinstance(found, Fed) else None


CONTEXT = ("ctx", "context")


def _always_none(node: ast.FunctionDef) -> set[int]:
    """Return the positions at which a function returns None wherever it returns."""
    values = [n.value for n in ast.walk(node) if isinstance(n, ast.Return)]
    several = [v.elts if isinstance(v, ast.Tuple) else [v] for v in values]
    found = [{k for k, x in enumerate(s) if getattr(x, "value", 0) is None} for s in several]
    return set.intersection(*found) if found else set()


def _of_torch(rule: Any, names: Mapping[str, Any], taken: Sequence[str]) -> Both:
    """Return both passes of a Function, which take and return arrays; gradients by name."""
    kept: list[Any] = []
    is_split = rule.setup_context is not tensors.torch().autograd.Function.setup_context

    def forward(*args: Any) -> Any:
        known, ctx = Tensors(), Context()
        given = [mapped(x, known.tensor) for x in args]
        ctx.needs_input_grad = tuple(
            [tensors.is_tensor(x) and x.is_floating_point() for x in given]
        )
        out = rule.forward(*given) if is_split else rule.forward(ctx, *given)
        if is_split:
            rule.setup_context(ctx, tuple(given), out)
        kept[:] = [ctx, out]
        return known.array(out)

    def backward() -> Any:
        ctx, out = kept
        rng, several = np.random.default_rng(5), out if isinstance(out, tuple) else (out,)
        to = tensors.torch().from_numpy
        found = rule.backward(
            ctx, *[to(np.asarray(rng.normal(size=tuple(x.shape)))) for x in several]
        )
        found = found if isinstance(found, tuple) else (found,)
        return {k: tensors.array_of(g) for k, g in zip(taken, found) if g is not None}

    return forward, backward


def _of_jax(rule: Any, names: Mapping[str, Any], taken: Sequence[str]) -> Both:
    """Return both passes of a custom_vjp, run on arrays of NumPy; gradients by name."""
    lent = _lent(names)
    fwd, bwd = (_clone(f, lent) for f in (rule.fwd, rule.bwd))
    kept: list[Any] = []

    def forward(*args: Any) -> Any:
        given = [of_jax.immutable(x) for x in args]
        out, residuals = fwd(*given)
        kept[:] = [*(given[n] for n in rule.nondiff_argnums or ()), residuals], out
        return out

    def backward() -> Any:
        first, out = kept
        rng = np.random.default_rng(5)
        found = bwd(*first, mapped(out, lambda x: of_jax.immutable(rng.normal(size=np.shape(x)))))
        return {k: g for k, g in zip(taken, found) if g is not None}

    return forward, backward


def _lent(names: Mapping[str, Any]) -> dict[str, Any]:
    """Return the names of a file with functions that run on arrays of NumPy."""
    made: dict[str, Any] = {}
    for name, x in names.items():
        f = inspect.unwrap(getattr(x, "fun", x)) if callable(x) else x
        is_own = isinstance(f, FunctionType) and f.__globals__ is names
        made[name] = _clone(f, made) if is_own else of_jax.lent(x)
    return made


def _clone(f: Any, names: dict[str, Any]) -> Any:
    f = inspect.unwrap(f)
    made = FunctionType(f.__code__, names, f.__name__, f.__defaults__, f.__closure__)
    made.__kwdefaults__ = f.__kwdefaults__
    return made


def surroundings(rule: Any) -> AbstractContextManager[None]:
    """Return the context in which a rule runs, of float64."""
    return of_jax.in_x64() if hasattr(rule, "bwd") else tensors.in_float64()


def of_tracers(args: Sequence[Any]) -> list[Any] | None:
    """Return arguments with numbers in place of JAX's tracers; None if one is of whole numbers."""
    if of_jax.jax() is None:
        return list(args)
    rng, made = np.random.default_rng(13), list[Any]()

    def leaf(x: Any) -> Any:
        if not isinstance(x, of_jax.jax().core.Tracer):
            return x
        made.append(x)
        return rng.normal(size=x.shape) if "float" in str(x.dtype) else x

    found = [mapped(x, leaf) for x in args]
    is_whole = any("float" not in str(x.dtype) for x in made)
    return None if is_whole else found
