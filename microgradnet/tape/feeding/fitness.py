"""Tell whether the gradients of made-up calls fit their arguments."""

from __future__ import annotations

import re
import types
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from microgradnet.tape.feeding.by_name import is_gradient
from microgradnet.tape.feeding.state import Call

GRADIENT_OF = r"(?i)^(d_?l_?)?(d|grad|g)_?"  # the prefix of a gradient's name
# Names of vectors that are added, or factors.
VECTOR = re.compile("b|bias|gamma|beta|gain|shift|weight|scale")
PARTS = re.compile("(n|num)?_?(heads?|groups?)")


def unfit(
    known: Mapping[str, Any], calls: Sequence[Call], before: Sequence[Call]
) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield the arguments whose gradients have another shape, and that shape, by name.

    known: arguments and results, by name; calls: of both passes, if gradients have no names;
    before: those before the goal, whose results are no gradients, such as a cache of `x.T`.
    """
    results = [x for c in before for x in (c.result if type(c.result) is tuple else (c.result,))]
    tables = [x for x in known.values() if isinstance(x, dict)]
    own = [x for x in tables if not any(x is y for y in results)]
    given = {name: x for table in [*tables, known] for name, x in table.items()}
    pairs = [pair for table in [*own, known] for pair in table.items()]
    returned = calls[-1].result if calls else ()
    if isinstance(returned, tuple) and returned and len(returned) == len(calls[0].arguments):
        pairs += zip(calls[0].arguments, returned)
    for name, x in pairs:
        if not isinstance(name, str):  # a step of time
            continue
        for of in (name, re.sub(GRADIENT_OF, "", name)):
            y, is_array = given.get(of) if of else None, isinstance(x, np.ndarray)
            is_other = isinstance(y, np.ndarray) and np.shape(x) != y.shape
            is_off = is_other and isinstance(x, (np.ndarray, np.floating))
            is_off |= is_array and isinstance(y, float) and x.ndim > 0
            if is_off or (is_array and isinstance(y, list)):
                yield of, np.shape(x)


def spread(call: Call) -> dict[str, tuple[int, ...]]:
    """Return the arguments at which a sum or a factor left out would not show, and another shape.

    A bias or a gain has the shape of the output, or each head or group has the size 1.
    """
    out = call.result[:1] if isinstance(call.result, tuple) else [call.result]
    arrays = {k: np.shape(x) for k, x in call.arguments.items() if isinstance(x, np.ndarray)}
    sizes = {n for shape in arrays.values() for n in shape}
    whole = [k for k, x in call.arguments.items() if type(x) is int and x in sizes]
    names = {k for k in arrays if VECTOR.fullmatch(k)} - ({"b"} if "a" in arrays else set())
    wide = {_wide(np.shape(x)) for x in out} - {()}
    found = {k: arrays[k][-1:] for k in names if _wide(arrays[k]) in wide}
    return found | {k: (0,) for k in whole if PARTS.fullmatch(k)}


def _wide(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(n for n in shape if n > 1)


def is_gradient_of(name: str, outputs: Sequence[str]) -> bool:
    """Whether a name is one of an upstream gradient. outputs: the names of the outputs."""
    return is_gradient(name) or (name not in outputs and re.sub(GRADIENT_OF, "", name) in outputs)


def arrays_in(x: object, path: str, depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Yield copies of the arrays and numbers in an object, each with its path."""
    if isinstance(x, (bool, type, types.FunctionType, types.ModuleType)):
        return
    if isinstance(x, (int, float, np.ndarray, np.number)):
        array = np.array(x)
        if array.dtype.kind in "fiu" and array.size:
            yield path, array
        return
    parts: Mapping[Any, Any] = {}
    if isinstance(x, dict):
        parts = x
    elif isinstance(x, (list, tuple)):
        parts = dict(enumerate(x[:50]))
    elif hasattr(x, "__dict__"):
        parts = vars(x)
    if depth < 4:
        for key, part in list(parts.items()):
            yield from arrays_in(part, f"{path}.{key}", depth + 1)
