"""Make the arguments of two passes: functions that record, upstream gradients, a cache; a loss.

The arguments of a backward pass are known by their names, by those that the forward pass returns,
by what the pass takes apart, or by their order.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import inspect
import itertools
import types
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from microgradnet.checking.finding import vocabulary
from microgradnet.checking.passes.pairing import is_object, walk
from microgradnet.tape.entry import Place
from microgradnet.tape.feeding.state import Call
from microgradnet.tape.recorder import Recorder
from microgradnet.tape.recording import defined_again, own_definition, tree_of
from microgradnet.words import say


class Unfit(Exception):
    """An argument of a backward pass is unknown; the message says which."""


def method_of(f: Any) -> Any:
    """Return a function or method without wrappers; for a callable object, its `__call__`.

    Raises TypeError for an object that cannot be called.
    """
    while isinstance(f, functools.partial) and not f.args and not f.keywords:
        f = f.func
    if not callable(f):
        words = "check_backward takes two functions, forward and backward, not {x!r}"
        raise TypeError(say(words, x=f))
    return inspect.unwrap(f) if inspect.isroutine(f) or isinstance(f, type) else f.__call__


def loss_of(recorder: Recorder, place: Place, outs: Sequence[Any], above: Sequence[Any]) -> int:
    """Note the sum of the outputs times the upstream gradients, and return its entry."""
    p, total = len(recorder.tape.places) - 1, None
    several, ups = values_in(outs), values_in(above)
    pairs = list(itertools.zip_longest(several, ups))
    for out, d in pairs:
        if np.asarray(out).dtype.kind == "f":
            one = out if d is None else recorder.binary(p, "*", out, d)
            one = recorder.call(p, np.sum, one)
            total = one if total is None else recorder.binary(p, "+", total, one)
    if total is None:
        raise Unfit(say("the forward pass gives no numbers"))
    return recorder.tape.entry_of(total, place)


def values_in(x: Any) -> list[Any]:
    """Return the values in a tree of lists, dicts and objects, in order; without None."""
    return [n.value for n in walk(x, ("",)) if n.value is not None]


def like(x: Any, rng: np.random.Generator) -> Any:
    """Return an upstream gradient in the shape of an output."""
    if isinstance(x, dict):
        return {k: like(v, rng) for k, v in x.items()}
    if isinstance(x, (list, tuple)):
        return type(x)([like(v, rng) for v in x])
    made = rng.normal(size=np.shape(x))
    if np.asarray(x).dtype.kind != "f":
        return np.zeros(np.shape(x))
    return made if isinstance(x, np.ndarray) else float(made)


def upstream_of(names: list[str], required: list[str], pass_: Any, is_method: bool) -> list[str]:
    """Return the arguments of a backward pass that are upstream gradients, by name or order."""
    for several in (names, names[::-1]):
        count = 0
        while count < len(several) and vocabulary.is_upstream(several[count]):
            count += 1
        if count:
            found = several[:count]
            return found if several is names else found[::-1]
    rest = [n for n in required if not vocabulary.is_rate(n)]
    if len(rest) == 1:
        return rest if is_method else []
    taken = taken_apart(pass_)
    return [*(n for n in rest if n not in taken), *rest][:1] if len(rest) == 2 else []


def own_nodes(pass_: Any) -> Iterator[ast.AST]:
    """Yield the nodes of the definition of a pass."""
    f = getattr(pass_, "__func__", pass_)
    for outer in ast.walk(own_definition(tree_of(f)[0], f)):
        if getattr(outer, "name", "") == f.__name__:
            yield from ast.walk(outer)


def taken_apart(pass_: Any) -> set[str]:
    """Return the arguments that a pass takes apart, as a cache: `x, w = res`, `res["x"]`."""
    found = set[str]()
    for node in own_nodes(pass_):
        match node:
            case ast.Assign([ast.Tuple() | ast.List()], ast.Name(name)) | ast.Subscript(
                ast.Name(name), ast.Constant(str())
            ):
                found.add(name)
    return found


def outputs_first(several: list[Any], texts: list[str], rest: list[str]) -> tuple[list[Any], int]:
    """Return the results of the forward pass, and how many there are before those of `rest`.

    texts: the results as text. Those of `rest` are put at the end. The number is 0 if their names
    are not among the results.
    """
    if len(texts) != len(several) or not rest or not set(rest) < set(texts):
        return several, 0
    order = [k for k, t in enumerate(texts) if t not in rest]
    return [several[k] for k in [*order, *(texts.index(t) for t in rest)]], len(order)


def is_loss_and_cache(several: Sequence[Any]) -> bool:
    """Whether results are a number and the values kept for the backward pass."""
    return len(several) == 2 and isinstance(several[0], float) and type(several[1]) in (tuple, dict)


def cached(
    rest: list[str], cache: list[Any], arguments: dict[str, Any], outs: list[Any]
) -> dict[str, Any]:
    """Return the values of the arguments that are no upstream gradients, by name."""
    if len(rest) == len(cache):
        return dict(zip(rest, cache))
    if len(rest) == 1 and len(cache) > 1:
        return {rest[0]: tuple(cache)}
    if len(cache) == 1 and isinstance(cache[0], (tuple, list)) and len(cache[0]) == len(rest):
        return dict(zip(rest, cache[0]))
    if len(rest) == 1 and len(arguments) == 1:
        return {rest[0]: next(iter(arguments.values()))}
    found = {n: arguments[n] for n in rest if n in arguments}
    others = [n for n in rest if n not in found]
    if found and others and cache:
        return found | cached(others, cache, {}, outs)
    return found | {n: outs[0] for n in rest if n in ("out", "y", "output") and n not in found}


def in_order(taken: Sequence[inspect.Parameter], values: dict[str, Any]) -> list[Any]:
    """Return the values of the arguments of a pass, up to the last that has one, by position."""
    for p in taken:
        if p.name not in values and p.default is p.empty:
            raise Unfit(say("it cannot be told what {name} is given", name=p.name))
    last = max((i for i, p in enumerate(taken, 1) if p.name in values), default=0)
    return [values.get(p.name, p.default) for p in taken[:last]]


def renewed(x: Any, names: dict[str, Any], memo: dict[int, Any]) -> Any:
    """Return a copy of an argument with the recorded classes and functions, and float64 numbers."""
    if id(x) in memo:
        return memo[id(x)]
    made = memo[id(x)] = x
    if isinstance(x, (np.ndarray, np.generic)) and x.dtype.kind == "f" and x.dtype != float:
        made = x.astype(float)
    elif isinstance(x, dict):
        x.update({k: renewed(v, names, memo) for k, v in x.items()})
    elif isinstance(x, list):
        x[:] = [renewed(v, names, memo) for v in x]
    elif type(x) is tuple:
        made = tuple([renewed(v, names, memo) for v in x])
    elif isinstance(x, types.FunctionType):
        made = names.get(x.__name__, x) if "<locals>" not in x.__qualname__ else x
    elif is_object(x):
        again = names.get(type(x).__name__)
        if isinstance(again, type) and again is not type(x):
            with contextlib.suppress(TypeError):  # other slots: keep the class, unrecorded
                x.__class__ = again
        for k, v in list(getattr(x, "__dict__", {}).items()):
            x.__dict__[k] = renewed(v, names, memo)
    memo[id(x)] = made
    return made


def recorded_of(f: Any, names: dict[str, Any], owner: Any) -> Any:
    """Return the recorded version of a pass."""
    if owner is not None and getattr(f, "__self__", None) is not None:
        return getattr(owner, f.__name__)
    return defined_again(tree_of(f)[0], f, names)


def texts_of(place: Place | None) -> list[str]:
    """Return the returned expressions, one by one."""
    value: Any = getattr(place.statement, "value", None) if place is not None else None
    if value is None:
        return []
    parts = value.elts if isinstance(value, (ast.Tuple, ast.List)) else [value]
    if isinstance(value, ast.Dict):
        parts = value.values
    return [ast.unparse(part) for part in parts]


def apart(example: Sequence[Any]) -> tuple[Any, ...]:
    """Return an example in which no two arrays share memory: each argument has its own gradient.

    Its floats are of 64 bits: fewer would hide a gradient in their rounding.
    """
    made: list[Any] = []
    for x in example:
        if isinstance(x, np.ndarray) and x.dtype.kind == "f":
            x = x.astype(np.float64, copy=False)
        known = [y for y in made if isinstance(y, np.ndarray)]
        is_shared = isinstance(x, np.ndarray) and any(np.may_share_memory(x, y) for y in known)
        made.append(x.copy() if is_shared else x)
    return tuple(made)


def anew(call: Call) -> Any:
    """Return another object of a constructor's call; None if it cannot be made."""
    named = {k: x for k, x in call.arguments.items() if k != "*"}
    with contextlib.suppress(Exception):  # the constructor's own
        return type(call.result)(*call.arguments.get("*", ()), **named)


def put_back(call: Call) -> Any:
    """Return a constructor's object without the items that its passes added to its lists."""
    made, new = call.result, anew(call)
    if new is not None:
        vars(made).update({k: _shortened(x, vars(new).get(k)) for k, x in vars(made).items()})
    return made


def _shortened(x: Any, new: Any) -> Any:
    if isinstance(x, dict) and isinstance(new, dict):
        x.update({k: _shortened(v, new.get(k)) for k, v in x.items()})
    return new if type(x) is type(new) is list and len(new) < len(x) else x
