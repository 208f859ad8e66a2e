"""Trace a function: run it with hooks and return its result as Values with the code's names.

The whole file of a function is rewritten, but only the function's own code is taken from it. It
gets the names, closure and defaults that the function has. Each function and class that it uses is
rewritten once, when it is called.
"""

from __future__ import annotations

import ast
import contextlib
import copy
import functools
import inspect
import sys
import threading
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from microgradnet.autograd.labels import TRAINED, Name, element
from microgradnet.autograd.modes import standing_in
from microgradnet.autograd.value import Value
from microgradnet.tape.entry import Place
from microgradnet.tape.graphs import fold, graph, is_node
from microgradnet.tape.limits import muted
from microgradnet.tape.recorder import Recorder
from microgradnet.tape.replay import ancestors
from microgradnet.tape.rewriting import RECORDER, rewritten
from microgradnet.tape.sources import is_own, lines_of_file
from microgradnet.tape.tape import Tape, fresh, is_numeric, leaves, plain
from microgradnet.words import say

__all__ = ["trace"]

Key = tuple[str, int]  # of a code object: its qualified name and first line
Codes = dict[Key, list[tuple[types.CodeType, types.CodeType]]]
_reading = threading.Lock()  # CPython 3.11 shares the depth count of trees between threads


def trace(fn: Callable[..., object], *example: object, **named: object) -> Any:
    """Run a function as it stands and return its result as Values labelled with its local names.

    fn: a function or a method, in plain Python, `math` or NumPy; example, named: its arguments.
    Numbers become Values, and arrays of numbers become arrays of Values, labelled `w`, `x[0]`,
    `W[1, 2]`. The numbers in an object's attributes become parameters; the object itself is left
    unchanged. A sigmoid, tanh, relu or weighted sum that is spelled out becomes one operation, for
    pictures and derivations. fn should return the result of interest: a loss, a prediction,
    `locals()`.

    Raises ValueError if no result depends on the given numbers, and any exception that fn raises.

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
    """Return the result of a function as Values: from a tape, or from a run on Values.

    The function runs on Values if it has no source, or if it uses Values or their functions itself.
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


class _Given:
    """The arguments of a run, with each object that holds numbers copied once.

    number: takes a number or an array and its labelled Values, and returns the argument to pass.
    kind: takes the class of an object and returns the class of its copy.
    """

    def __init__(
        self, number: Callable[[Any, Any], Any], kind: Callable[[type], type] = lambda kind: kind
    ) -> None:
        self.number, self.kind = number, kind
        self.copies: dict[int, object] = {}

    def called(self, fn: Callable[..., object], bound: inspect.BoundArguments) -> object:
        """Call a function with its arguments and return its result."""
        if isinstance(fn, types.MethodType) and not isinstance(fn.__self__, type):
            fn = types.MethodType(fn.__func__, self.own(fn.__self__, "", TRAINED))
        now = {name: self.of(x, name) for name, x in bound.arguments.items()}
        again = inspect.BoundArguments(bound.signature, now)
        return fn(*again.args, **again.kwargs)

    def of(self, x: Any, name: str, role: str = "") -> Any:
        """Return the argument for a number or an object with numbers; other objects unchanged."""
        if _is_number(x):
            return self.number(x, _nodes(x, name, role))
        if type(x) is list or type(x) is tuple:
            return type(x)([self.of(y, f"{name}[{i}]", role) for i, y in enumerate(x)])
        if isinstance(x, dict):
            return {k: self.of(y, f"{name}[{k!r}]", role) for k, y in x.items()}
        return self.own(x, f"{name}.", TRAINED) if _holds_numbers(x) else x

    def own(self, x: Any, path: str, role: str) -> object:
        """Return a copy of an object in which each number is an argument, labelled a parameter."""
        if id(x) not in self.copies:
            own = self.copies[id(x)] = copy.copy(x)
            with contextlib.suppress(TypeError):  # immutable: a subclass of tuple, an enum
                own.__class__ = self.kind(type(x))
            for name, held in vars(x).items():
                setattr(own, name, self.of(held, path + name, role))
        return self.copies[id(x)]


def _is_number(x: Any) -> bool:
    """Whether an object is a number, a Value, or a nonempty array of these."""
    if isinstance(x, np.ndarray):
        is_of_values = x.dtype == object and all(_is_number(y) for y in x.flat)
        return x.size > 0 and (x.dtype.kind in "iuf" or is_of_values)
    is_bool = isinstance(x, (bool, np.bool_))
    return isinstance(x, (Value, int, float, np.integer, np.floating)) and not is_bool


def _nodes(x: Any, name: str, role: str) -> Any:
    """Return the labelled Value of a number, or an array of them; return a Value unchanged."""
    if isinstance(x, Value):
        return x
    if not isinstance(x, np.ndarray):
        return Value(float(x), Name(name, role=role))
    made = np.empty(x.shape, dtype=object)
    for i in np.ndindex(x.shape):
        made[i] = _nodes(x[i], element(name, i), role)
    return made


def _holds_numbers(x: object) -> bool:
    """Whether an object has attributes and is not a function, module, class, array or Value."""
    no = (Value, type, types.ModuleType, types.FunctionType, types.MethodType, np.ndarray)
    return hasattr(x, "__dict__") and not isinstance(x, no)


class _Run:
    """A run with the recorder in it, and its graph."""

    def __init__(self) -> None:
        self.place = Place("", ast.Pass(), ast.Pass(), "")
        places = [self.place]
        self.recorder = Recorder(places, sys.maxsize)
        self.living = Living(self.recorder, places)
        self.recorder.with_hooks = self.living.of
        self.nodes: dict[int, Any] = {}
        self.has_values = False

    def of(self, fn: Any, bound: inspect.BoundArguments) -> object:
        """Call a function with its arguments, record the call, and return its result."""
        try:
            return _Given(self.number, self.living.kind).called(self.living.of(fn), bound)
        finally:
            self.recorder.is_off = True

    def is_seen(self, fn: Any) -> bool:
        """Whether a function has a source, so that it gets hooks."""
        plain = getattr(fn, "__func__", fn)
        return self.living.function(plain) is not plain

    def number(self, x: Any, nodes: Any) -> Any:
        """Return a number or an array as an argument of the run, with an entry on the tape."""
        if isinstance(x, Value) or (isinstance(x, np.ndarray) and x.dtype == object):
            self.has_values = True
            x = np.vectorize(lambda y: y.data, otypes=[float])(nodes)
        made = x.copy() if isinstance(x, np.ndarray) and x.ndim else fresh(x)
        self.nodes[self.recorder.tape.source(made, self.place).number] = nodes
        return made

    def graph_of(self, result: object) -> object:
        """Return a result with a Value for each number that depends on the arguments."""
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
    """Label each node with the last name it was stored under, each name once."""
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
    """Return a result with a function applied to each of its parts."""
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


# -- functions of a running program, with hooks in them


class Living:
    """The functions and classes of a running program that have hooks.

    recorder: provides the hooks; places: the recorder's places.
    """

    def __init__(self, recorder: Recorder, places: list[Place]) -> None:
        self.recorder, self.places = recorder, places
        self.files: dict[str, Codes] = {}
        self.homes: dict[int, dict[str, Any]] = {}
        self.made: dict[types.FunctionType, types.FunctionType] = {}
        self.classes: dict[type, type] = {}

    def of(self, f: Any) -> Any:
        """Return a function, method, class or callable object with hooks in it."""
        if isinstance(f, types.FunctionType):
            return self.function(f)
        if isinstance(f, types.MethodType):
            return types.MethodType(self.of(f.__func__), f.__self__)
        if isinstance(f, type):
            return self.kind(f)
        call = getattr(type(f), "__call__", None)  # noqa: B004 (the code object is needed)
        return types.MethodType(self.of(call), f) if isinstance(call, types.FunctionType) else f

    def function(self, f: types.FunctionType) -> types.FunctionType:
        """Return a function with hooks in it; without a source, the function itself."""
        if f not in self.made:
            code = None if RECORDER in f.__code__.co_names else self.code(f.__code__)
            self.made[f] = f
            if code is not None:
                made = self.made[f] = types.FunctionType(
                    code, self.home(f.__globals__), f.__name__, f.__defaults__, f.__closure__
                )
                made.__kwdefaults__, made.__dict__ = f.__kwdefaults__, f.__dict__
                self.made[made] = made
        return self.made[f]

    def home(self, names: dict[str, Any]) -> dict[str, Any]:
        """Return the names of a module, with the recorder among them."""
        if id(names) not in self.homes:
            self.homes[id(names)] = {**names, RECORDER: self.recorder}
        return self.homes[id(names)]

    def code(self, code: types.CodeType) -> types.CodeType | None:
        """Return the code of a function with hooks in it; None if it has no source."""
        file = code.co_filename
        if not is_own(file):
            return None
        if file not in self.files:
            self.files[file] = self.read(file)
        several = self.files[file].get((code.co_qualname, code.co_firstlineno), ())
        same = [new for old, new in several if old == code]  # a line may hold two lambdas
        return next((new for new in same or (new for _, new in several) if _fits(new, code)), None)

    def read(self, file: str) -> Codes:
        """Return the code objects of a file's functions, each without and with hooks."""
        self.recorder.files.add(file)
        with _reading:
            codes, places = _read("".join(lines_of_file(file)), file, len(self.places))
        self.places += places
        return codes

    def kind(self, kind: type) -> type:
        """Return a class whose methods, including inherited ones, have hooks in them."""
        if kind not in self.classes:
            own = [c for c in reversed(kind.__mro__) if _is_own_class(c)]
            methods = {k: m for c in own for k, x in vars(c).items() if (m := self.method(x))}
            made = kind
            if methods:
                names = {**methods, "__slots__": (), "__module__": kind.__module__}
                made = type(kind)(kind.__name__, (kind,), names)
                made.__qualname__ = kind.__qualname__
                self.recorder.modules.add(kind.__module__)
            self.classes[kind] = self.classes[made] = made
        return self.classes[kind]

    def method(self, x: Any) -> Any:
        """Return a method of a class with hooks in it; None for any other attribute."""
        if isinstance(x, (staticmethod, classmethod)):
            inside = self.method(x.__func__)
            return inside and type(x)(inside)
        if isinstance(x, property):
            return property(*(f and self.method(f) for f in (x.fget, x.fset, x.fdel)))
        return self.function(x) if isinstance(x, types.FunctionType) else None


@functools.lru_cache(maxsize=16)  # the same function is often traced repeatedly
def _read(text: str, file: str, base: int) -> tuple[Codes, list[Place]]:
    """Return the code objects of a text and their places; base: the number of earlier places."""
    places: list[Place] = [Place("", ast.Pass(), ast.Pass(), "")] * base
    try:
        tree = ast.parse(text, file)
    except SyntaxError:
        return {}, []
    new = _inside(rewritten(tree, file, places))
    old = _inside(compile(tree, file, "exec", dont_inherit=True))
    return {key: list(zip(codes, new.get(key, ()))) for key, codes in old.items()}, places[base:]


def _fits(new: types.CodeType, code: types.CodeType) -> bool:
    """Whether two code objects have the same arguments and closure."""
    names = [c.co_varnames[: c.co_argcount + c.co_kwonlyargcount] for c in (new, code)]
    return names[0] == names[1] and new.co_freevars == code.co_freevars


def _inside(code: types.CodeType) -> dict[Key, list[types.CodeType]]:
    """Return all code objects nested in a code object, by name and first line."""
    found: dict[Key, list[types.CodeType]] = {}
    todo = [code]
    while todo:
        parts = [c for c in todo.pop(0).co_consts if isinstance(c, types.CodeType)]
        for part in parts:
            found.setdefault((part.co_qualname, part.co_firstlineno), []).append(part)
        todo += parts
    return found


def _is_own_class(kind: type) -> bool:
    codes = [getattr(x, "__code__", None) for x in vars(kind).values()]
    return any(code is not None and is_own(code.co_filename) for code in codes)
