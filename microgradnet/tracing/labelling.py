"""A person's code run on Values, its result labelled with the names that the code has."""

from __future__ import annotations

import copy
import inspect
import types
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from microgradnet.autograd.labels import TRAINED, Name
from microgradnet.autograd.value import Value
from microgradnet.tracing.arrays import Values
from microgradnet.tracing.events import Event, element
from microgradnet.tracing.folding import fold
from microgradnet.tracing.noted import Trace
from microgradnet.tracing.running import run
from microgradnet.words import say

__all__ = ["trace"]


def trace(fn: Callable[..., object], *example: object, **named: object) -> Any:
    """Run somebody's code as it stands and return its result, as Values with its local names.

    fn: a function or a method, of plain Python, of `math` or of NumPy; example, named: what it is
    called with. Numbers become Values and arrays of numbers arrays of Values, labelled `w`,
    `x[0]`, `W[1, 2]`; so do those an object has as attributes, as parameters; the object itself is
    left as it is. What spells out a sigmoid, a tanh, a relu or a weighted sum is that one
    operation, for pictures and derivations. fn is to return what is of interest: a loss, a
    prediction, `locals()`.

    Raises ValueError where nothing comes back that depends on the numbers given, and what fn
    raises.

    >>> import math
    >>> def neuron(w, b, x):
    ...     z = w * x + b
    ...     return 1 / (1 + math.exp(-z))
    >>> out = trace(neuron, 0.5, 0.1, 2.0)
    >>> out.op, out.inputs[0].label
    ('sigmoid', 'z')
    """
    if not isinstance(fn, (types.FunctionType, types.MethodType)):
        of_object: Any = fn
        if not callable(fn):
            words = "trace runs a function, a method or an object that can be called, not {fn}"
            raise TypeError(say(words, fn=repr(fn)))
        fn = of_object.__call__
    given = inspect.signature(fn).bind(*example, **named)
    for plain in (last := _plain(given.arguments)):
        try:
            result, events = _run(fn, given, plain)
        except (TypeError, IndexError):  # a whole number is a size, an index, a class
            if plain is last[-1]:
                raise
            continue
        if any(node.operation for node in _values(result)):
            break
    else:
        what = say("nothing" if result is None else "nothing that depends on its numbers")
        words = "{name} returns {what}: let it return the loss or the prediction"
        raise ValueError(say(words, name=getattr(fn, "__name__", say("the function")), what=what))
    _label(events)
    return _with(result, fold(list(_values(result))))


def _plain(given: Mapping[str, object]) -> list[set[str]]:
    """Which arguments stay numbers, what is to be tried first going first: none, one of those
    that are whole numbers, all of these.
    """
    whole = {name for name, x in given.items() if np.asarray(x).dtype.kind in "iu"}
    return [set(), *({name} for name in given if name in whole), whole]


def _run(
    fn: Callable[..., object], given: inspect.BoundArguments, plain: set[str]
) -> tuple[object, list[Event]]:
    made = _Given()
    if isinstance(fn, types.MethodType):
        fn = types.MethodType(fn.__func__, made.own(fn.__self__, "", TRAINED))
    now = {k: x if k in plain else made.of(x, k) for k, x in given.arguments.items()}
    again = inspect.BoundArguments(given.signature, now)
    traced = run(fn, again.args, Trace(), options=again.kwargs)
    return traced.returned, traced.events


class _Given:
    """What a run is given: numbers as labelled Values, in whatever holds them; each object once."""

    def __init__(self) -> None:
        self.copies: dict[int, object] = {}

    def of(self, x: object, name: str, role: str = "") -> object:
        """A number, or what holds numbers; anything else as it is."""
        if isinstance(x, np.ndarray) and np.issubdtype(x.dtype, np.number) and x.size:
            places = list(np.ndindex(x.shape))
            made = [Value(float(x[i]), Name(element(name, i), role=role)) for i in places]
            return Values.of(made).reshape(x.shape)
        if isinstance(x, (int, float, np.number)) and not isinstance(x, bool):
            return Value(float(x), Name(name, role=role))
        if type(x) is list or type(x) is tuple:
            return type(x)(self.of(y, f"{name}[{i}]", role) for i, y in enumerate(x))
        if isinstance(x, dict):
            return {k: self.of(y, f"{name}[{k!r}]", role) for k, y in x.items()}
        return self.own(x, f"{name}.", TRAINED) if _holds_numbers(x) else x

    def own(self, x: object, path: str, role: str) -> object:
        """A copy of an object; its numbers are parameters."""
        if id(x) not in self.copies:
            own = self.copies[id(x)] = copy.copy(x)
            for name, held in vars(x).items():
                setattr(own, name, self.of(held, path + name, role))
        return self.copies[id(x)]


def _holds_numbers(x: object) -> bool:
    """Whether something is an object of a class that somebody wrote, and not a function."""
    no = (Value, type, types.ModuleType, types.FunctionType, types.MethodType)
    return hasattr(x, "__dict__") and not isinstance(x, (*no, np.ndarray))


def _label(events: list[Event]) -> None:
    """Give each node the last name that it was assigned to; each name to one node."""
    taken: set[str] = set()
    for event in reversed(events):
        if event.name.startswith("return ") or event.name in taken:
            continue
        taken.add(event.name)
        for i in np.ndindex(event.shape):
            node = event.value[i]
            if isinstance(node, Value) and not node.label:
                node.label = element(event.name, i)


def _values(x: object) -> Iterator[Value]:
    """The Values in a result."""
    if isinstance(x, Value):
        yield x
    elif isinstance(x, np.ndarray) and x.dtype == object:
        yield from (y for y in x.flat if isinstance(y, Value))
    elif isinstance(x, Mapping):
        for y in x.values():
            yield from _values(y)
    elif isinstance(x, (list, tuple)):
        for y in x:
            yield from _values(y)


def _with(x: object, made: Mapping[Value, Value]) -> object:
    """A result with other Values in place of some."""
    if isinstance(x, Value):
        return made.get(x, x)
    if isinstance(x, np.ndarray) and x.dtype == object:
        return np.array([_with(y, made) for y in x.flat], dtype=object).reshape(x.shape)
    if isinstance(x, dict):
        return {k: _with(y, made) for k, y in x.items()}
    if type(x) is list or type(x) is tuple:
        return type(x)(_with(y, made) for y in x)
    return x
