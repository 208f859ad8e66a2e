"""A person's code run with the recorder in it, its result as Values with the names of the code."""

from __future__ import annotations

import ast
import contextlib
import copy
import inspect
import sys
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from microgradnet.autograd.labels import TRAINED, Name, element
from microgradnet.autograd.modes import standing_in
from microgradnet.autograd.value import Value
from microgradnet.operations.muting import muted
from microgradnet.tape.entry import Place
from microgradnet.tape.graphs import fold, graph, is_node
from microgradnet.tape.living import Living
from microgradnet.tape.recorder import Recorder
from microgradnet.tape.replay import ancestors
from microgradnet.tape.tape import Tape, fresh, is_numeric, leaves, plain
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
    bound = inspect.signature(fn).bind(*example, **named)
    with muted(), np.errstate(all="ignore"):
        result = _traced(fn, bound)
    if not any(node.operation for node in _values(result)):
        what = say("nothing" if result is None else "nothing that depends on its numbers")
        words = "{name} returns {what}: let it return the loss or the prediction"
        raise ValueError(say(words, name=getattr(fn, "__name__", say("the function")), what=what))
    folded = fold(list(_values(result)))
    return _mapped(result, lambda x: folded.get(x, x) if isinstance(x, Value) else x)


def _traced(fn: Callable[..., object], bound: inspect.BoundArguments) -> object:
    """Return what a function gives, as Values: by the tape, or run on Values if it has to be.

    It has to where it has no source, and where it uses Values or their functions itself.
    """
    run = _Run()
    try:
        result = run.of(fn, bound)
    except (AttributeError, TypeError):
        if not run.has_values:
            raise
    else:
        if run.is_seen(fn) and not any(_values(result)):
            return run.graph_of(result)
    return _Given(lambda x, nodes: nodes).called(fn, bound)


Given = Callable[[Any, Any], Any]  # what code is given for numbers, of them and their Values


class _Given:
    """What a run is given: numbers, in whatever holds them; each object once, as a copy.

    number: what stands for a number, or an array of them, of it and of its labelled Values.
    """

    def __init__(self, number: Given, kind: Callable[[type], type] = lambda kind: kind) -> None:
        self.number, self.kind = number, kind
        self.copies: dict[int, object] = {}

    def called(self, fn: Callable[..., object], bound: inspect.BoundArguments) -> object:
        """Return what a function gives for its arguments."""
        if isinstance(fn, types.MethodType) and not isinstance(fn.__self__, type):
            fn = types.MethodType(fn.__func__, self.own(fn.__self__, "", TRAINED))
        now = {name: self.of(x, name) for name, x in bound.arguments.items()}
        again = inspect.BoundArguments(bound.signature, now)
        return fn(*again.args, **again.kwargs)

    def of(self, x: Any, name: str, role: str = "") -> Any:
        """Return a number, or what holds numbers, as it is given; anything else as it is."""
        if _is_number(x):
            return self.number(x, _nodes(x, name, role))
        if type(x) is list or type(x) is tuple:
            return type(x)([self.of(y, f"{name}[{i}]", role) for i, y in enumerate(x)])
        if isinstance(x, dict):
            return {k: self.of(y, f"{name}[{k!r}]", role) for k, y in x.items()}
        return self.own(x, f"{name}.", TRAINED) if _holds_numbers(x) else x

    def own(self, x: Any, path: str, role: str) -> object:
        """Return a copy of an object; its numbers are parameters."""
        if id(x) not in self.copies:
            own = self.copies[id(x)] = copy.copy(x)
            with contextlib.suppress(TypeError):  # an immutable one: of a tuple, an enumeration
                own.__class__ = self.kind(type(x))
            for name, held in vars(x).items():
                setattr(own, name, self.of(held, path + name, role))
        return self.copies[id(x)]


def _is_number(x: Any) -> bool:
    """Whether something is a number or a Value, or an array of these."""
    if isinstance(x, np.ndarray):
        is_of_values = x.dtype == object and all(_is_number(y) for y in x.flat)
        return x.size > 0 and (x.dtype.kind in "iuf" or is_of_values)
    is_bool = isinstance(x, (bool, np.bool_))
    return isinstance(x, (Value, int, float, np.integer, np.floating)) and not is_bool


def _nodes(x: Any, name: str, role: str) -> Any:
    """Return the labelled Value of a number, or an array of them; a Value is itself."""
    if isinstance(x, Value):
        return x
    if not isinstance(x, np.ndarray):
        return Value(float(x), Name(name, role=role))
    made = np.empty(x.shape, dtype=object)
    for i in np.ndindex(x.shape):
        made[i] = _nodes(x[i], element(name, i), role)
    return made


def _holds_numbers(x: object) -> bool:
    """Whether something is an object of a class that somebody wrote, and not a function."""
    no = (Value, type, types.ModuleType, types.FunctionType, types.MethodType, np.ndarray)
    return hasattr(x, "__dict__") and not isinstance(x, no)


class _Run:
    """A run with the recorder in it, and the graph of it."""

    def __init__(self) -> None:
        self.place = Place("", ast.Pass(), ast.Pass(), "")
        places = [self.place]
        self.recorder = Recorder(places, sys.maxsize)
        self.recorder.living = self.living = Living(self.recorder, places)
        self.nodes: dict[int, Any] = {}
        self.has_values = False

    def of(self, fn: Any, bound: inspect.BoundArguments) -> object:
        """Return what a function gives."""
        try:
            return _Given(self.number, self.living.kind).called(self.living.of(fn), bound)
        finally:
            self.recorder.is_off = True

    def is_seen(self, fn: Any) -> bool:
        """Whether there is a source of a function, so that it has hooks."""
        plain = getattr(fn, "__func__", fn)
        return self.living.function(plain) is not plain

    def number(self, x: Any, nodes: Any) -> Any:
        """Return numbers that the tape knows, as the run is given them."""
        if isinstance(x, Value) or (isinstance(x, np.ndarray) and x.dtype == object):
            self.has_values = True
            x = np.vectorize(lambda y: y.data, otypes=[float])(nodes)
        made = x.copy() if isinstance(x, np.ndarray) and x.ndim else fresh(x)
        self.nodes[self.recorder.tape.source(made, self.place).number] = nodes
        return made

    def graph_of(self, result: object) -> object:
        """Return what came back with Values in the place of the numbers that depend on some."""
        tape = self.recorder.tape
        wanted = [tape.number(x, self.place) for x in leaves(result)]
        order = sorted(ancestors(tape.entries, [n for n in wanted if n is not None]))
        with standing_in():
            made = graph(tape.entries, self.nodes, order)
        _label(tape, made)

        def node(x: Any) -> Any:
            n = tape.number(x, self.place) if is_numeric(x) else None
            return made[n] if n is not None and is_node(made[n]) else plain(x)

        found = _mapped(result, node)
        for name, x in found.items() if isinstance(found, dict) else ():
            if isinstance(x, Value) and not x.label:
                x.label = str(name)
        return found


def _label(tape: Tape, nodes: Sequence[Any]) -> None:
    """Give each node the last name that it was stored by; each name to one node."""
    taken = {"_"}
    for stored in reversed(tape.stores):
        if stored.place.kind != "argument" and stored.text not in taken:
            taken.add(stored.text)
            several = np.array(nodes[stored.number], dtype=object)
            for i in np.ndindex(several.shape):
                node: Any = several[i]
                if isinstance(node, Value) and not node.label:
                    node.label = element(stored.text, i)


def _mapped(x: Any, leaf: Callable[[Any], Any]) -> Any:
    """Return a result with a function of each of its parts in its place."""
    if isinstance(x, np.ndarray) and x.dtype == object:
        return np.array([leaf(y) for y in x.flat], dtype=object).reshape(x.shape)
    if isinstance(x, dict):
        return {k: _mapped(y, leaf) for k, y in x.items()}
    if type(x) is list or type(x) is tuple:
        return type(x)([_mapped(y, leaf) for y in x])
    return leaf(x)


def _values(x: object) -> Iterator[Value]:
    """Yield the Values in a result."""
    if isinstance(x, Value):
        yield x
    elif isinstance(x, np.ndarray) and x.dtype == object:
        yield from (y for y in x.flat if isinstance(y, Value))
    elif isinstance(x, (Mapping, list, tuple)):
        for y in x.values() if isinstance(x, Mapping) else x:
            yield from _values(y)
