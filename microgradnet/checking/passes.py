"""The two passes of a layer: how they are called, and on what: each pass in its own way."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import takewhile
from typing import Any

import numpy as np

from microgradnet.autograd.value import Value
from microgradnet.words import listed, say

__all__ = ["Passes", "leaves_of"]

UPSTREAM = re.compile(r"d|grad")  # how the first arguments of a backward pass begin
LATER = re.compile(r"d(_?(out|y|z|h|[A-Z])\w*)?|g(rad\w*)?|delta\w*|upstream\w*")  # or after it
NO_SIGNATURE = "the arguments of {name} cannot be read: wrap it in a function, lambda x: {name}(x)"
TOO_FEW = "{function} takes {all}: the example has nothing for {names}"
TOO_MANY = "{function} takes {takes} arguments, not {given}"
FOREIGN = "{name} is a {kind}, and NumPy code is checked: give np.asarray({name}) in the example"
NO_FUNCTION = "check_backward takes two functions, forward and backward, not {x}"
NO_FLOATS = "{name} is an array of {kind}: give an array of floats"
NO_CACHE = (
    "{backward} takes {names} besides the upstream gradient, but {forward} returns only its "
    "output: return what backward needs after it, return out, cache"
)


class Passes:
    """The two passes of a layer: what they take, and what is handed from one to the other.

    owner: the object of which both are methods, or None; names: of what forward takes.
    """

    def __init__(self, forward: Any, backward: Any) -> None:
        self.forward, self.backward = forward, backward
        self.owner = getattr(forward, "__self__", None)
        self.names = _parameters(forward)
        self.taken = _parameters(backward)
        first = [*takewhile(UPSTREAM.match, self.taken)] or [*filter(LATER.fullmatch, self.taken)]
        self.above = first or self.taken[:1]
        parameters = inspect.signature(backward).parameters
        self.cached = [n for n in self.taken if n not in self.above]
        self.needed = [n for n in self.cached if _is_required(parameters[n])]

    def named(self, example: Sequence[Any]) -> dict[str, Any]:
        """Return the example by the names of what forward takes.

        Raises TypeError where there are fewer, or more, and for arrays that are not of NumPy.
        """
        parameters = inspect.signature(self.forward).parameters
        kinds = {p.kind for p in parameters.values()}
        if len(example) > len(self.names) and inspect.Parameter.VAR_POSITIONAL not in kinds:
            counts = {"takes": len(self.names), "given": len(example)}
            raise TypeError(say(TOO_MANY, function=_called(self.forward), **counts))
        more = range(len(self.names), len(example))
        names = [*self.names, *(f"{self.names[-1]}_{k}" for k in more)]
        left = [n for n in self.names[len(example) :] if _is_required(parameters[n])]
        if left:
            words = {"names": listed(left), "all": listed(self.names)}
            raise TypeError(say(TOO_FEW, function=_called(self.forward), **words))
        return {name: _as_arrays(name, x) for name, x in zip(names, example)}

    def inputs(self, given: Mapping[str, Any]) -> tuple[Any, ...]:
        """Return what `layer` takes: of methods, their object first."""
        return (*[self.owner] * (self.owner is not None), *given.values())

    def handed(self, found: Any, inputs: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        """Return the outputs among what forward returned, and what backward takes besides.

        inputs: those of `layer`, where forward hands nothing on and backward takes the same names.
        """
        if not self.cached:
            many = isinstance(found, tuple) and len(found) >= len(self.above)
            return list(found[: len(self.above)]) if many else [found], []
        parts = list(found) if isinstance(found, (tuple, list)) else [found]
        of_numbers = [k for k, part in enumerate(parts) if _is_numbers(part)]
        n = len(self.above)
        outputs = of_numbers[:n] if len(of_numbers) >= n else range(min(n, len(parts)))
        cache = [part for k, part in enumerate(parts) if k not in outputs]
        given = dict(zip(self.names, inputs[self.owner is not None :]))
        if not cache and given.keys() >= set(self.needed):
            cache = [given[name] for name in self.needed]
        if len(cache) < len(self.needed):
            by = {"backward": _called(self.backward), "forward": _called(self.forward)}
            raise TypeError(say(NO_CACHE, names=listed(self.needed), **by))
        return [parts[k] for k in outputs], cache

    def arranged(self, above: Sequence[Any], cache: Sequence[Any]) -> list[Any]:
        """Return the arguments of backward: the upstream gradients and the cache, in its order."""
        if self.taken[: len(self.above)] == self.above:
            return [*above, *cache]
        given = dict(zip((*self.above, *self.cached), (*above, *cache)))
        return [given[name] for name in self.taken if name in given]

    def layer(self) -> Callable[..., Any]:
        """Return a function of what forward takes: the loss, and in a list what backward returns.

        Of an object its methods are looked up anew: the first argument is a copy of it.
        """
        passes, owner, forward, backward = self, self.owner, self.forward, self.backward

        def layer(*inputs: Any) -> tuple[object, list[object]]:
            calls: list[Callable[..., Any]] = [forward, backward]
            if owner is not None:
                calls = [getattr(inputs[0], call.__name__) for call in calls]
            outputs, cache = passes.handed(calls[0](*inputs[owner is not None :]), inputs)
            above = [np.random.randn(*np.shape(out)) for out in outputs]
            loss = sum(np.sum(out * weight) for out, weight in zip(outputs, above))
            return loss, [calls[1](*passes.arranged(above, cache))]  # a list: no row of its own

        return layer


def leaves_of(name: str, x: Any) -> Iterable[tuple[str, Any]]:
    """Yield the arrays and numbers of nested dicts and lists, named as a sample names them.

    >>> [name for name, _ in leaves_of("p", {"W": 1.0, "b": [np.ones(2), None]})]
    ["p['W']", "p['b'][0]", "p['b'][1]"]
    """
    if isinstance(x, Mapping):
        for key, part in x.items():
            yield from leaves_of(f"{name}[{key!r}]", part)
    elif isinstance(x, (list, tuple)) and not all(isinstance(e, (int, float)) for e in x):
        for i, part in enumerate(x):
            yield from leaves_of(f"{name}[{i}]", part)
    else:
        yield name, x


def _parameters(function: Any) -> list[str]:
    """The names that a function takes by position."""
    if not callable(function):
        raise TypeError(say(NO_FUNCTION, x=repr(function)))
    try:
        parameters = inspect.signature(function).parameters.values()
    except ValueError:
        raise TypeError(say(NO_SIGNATURE, name=_called(function))) from None
    by_name = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return [p.name for p in parameters if p.kind not in by_name]


def _called(function: Any) -> str:
    return str(getattr(function, "__name__", type(function).__name__))


def _is_required(parameter: inspect.Parameter) -> bool:
    several = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return parameter.default is inspect.Parameter.empty and parameter.kind not in several


def _is_numbers(x: object) -> bool:
    return isinstance(x, (np.ndarray, np.generic, Value, int, float))


def _as_arrays(name: str, x: Any) -> Any:
    """An argument of an example, of its own; lists of numbers as arrays."""
    if hasattr(x, "__array__") and not isinstance(x, (np.ndarray, np.generic, Value)):
        kind = f"{type(x).__module__.partition('.')[0]}.{type(x).__name__}"
        raise TypeError(say(FOREIGN, name=name, kind=kind))
    if isinstance(x, np.ndarray) and x.dtype.kind not in "fiub":
        raise TypeError(say(NO_FLOATS, name=name, kind=str(x.dtype)))
    numbers = isinstance(x, list) and x and all(type(e) in (int, float) for e in x)
    return np.array(x) if numbers or isinstance(x, (range, np.ndarray, np.generic)) else x
