"""A person's functions and classes as they are run: rewritten, each once, among names that note."""

from __future__ import annotations

import ast
import builtins
import contextlib
import functools
import inspect
import math
import random
import sysconfig
import threading
import types
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from microgradnet.autograd.modes import is_standing_in
from microgradnet.tracing.arrays import has_values
from microgradnet.tracing.modules import (
    FloatOrValue,
    Module,
    extreme,
    math_on_values,
    numpy_on_values,
    random_from,
)
from microgradnet.tracing.rewriting import NOTE
from microgradnet.tracing.splicing import compiled

if TYPE_CHECKING:
    from microgradnet.tracing.noted import Trace

__all__ = ["Code", "Namespace", "put_right", "with_right"]

Namespace = dict[str, object]  # what the names of a person's code are, where it runs
Result = TypeVar("Result")
_right = threading.local()


@contextlib.contextmanager
def put_right(functions: Mapping[Callable[..., object], Callable[..., object]]) -> Iterator[None]:
    """Meanwhile, what this thread runs calls others in the place of some functions."""
    before = _now_right()
    _right.functions = {**before, **functions}
    try:
        yield
    finally:
        _right.functions = before


def with_right(tree: ast.Module, file: str, home: Namespace) -> ast.Module:
    """Return the tree of a file in which each function that is put right gives way to the other."""
    for k, (function, right) in enumerate(_now_right().items()):
        if function.__code__.co_filename == file:
            home[name := f"__right_{k}__"] = lambda _, right=right: right
            tree = _decorated(tree, function.__code__.co_firstlineno, name)
    return tree


Defining = TypeVar("Defining", ast.Module, ast.stmt)


def _decorated(node: Defining, line: int, name: str) -> Defining:
    """A file, or what is in it, with a decorator for the function that begins in a line."""
    parts = dict(ast.iter_fields(node))
    if isinstance(node, (ast.Module, ast.ClassDef)):
        parts["body"] = [_decorated(each, line, name) for each in node.body]
    elif isinstance(node, ast.FunctionDef) and line == _first_line(node):
        made = ast.copy_location(ast.Name(name, ast.Load()), node)
        parts["decorator_list"] = [*node.decorator_list, made]
    else:
        return node
    return ast.copy_location(type(node)(**parts), node)


def _first_line(node: ast.FunctionDef) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


def _now_right() -> Mapping[types.FunctionType, Callable[..., object]]:
    """What this thread runs in the place of some functions."""
    found: Mapping[types.FunctionType, Callable[..., object]] = getattr(_right, "functions", {})
    return found


class Code:
    """Functions rewritten for one run, each once, with globals of their own."""

    def __init__(self, trace: Trace, seed: int) -> None:
        self.trace = trace
        numpy, maths, chance = numpy_on_values(seed), math_on_values(), random_from(seed)
        self.stand_ins: dict[int, object] = {
            id(np): numpy,
            id(math): maths,
            id(random): chance,
            id(np.random): numpy.random,
        }
        for module, instead in ((np, numpy), (math, maths), (random, chance)):
            names = [n for n in vars(instead) if not n.startswith("_") and hasattr(module, n)]
            self.stand_ins |= {id(getattr(module, n)): getattr(instead, n) for n in names}
        self.made: dict[int, types.FunctionType] = {}
        self.classes: dict[type, type] = {}
        self.homes: dict[int, Namespace] = {}

    def of(self, function: Callable[..., Result]) -> Callable[..., Result]:
        """Return a function as it is run."""
        bound = getattr(function, "__self__", None)
        plain = getattr(function, "__func__", function)
        if not isinstance(plain, types.FunctionType):
            return function
        if plain.__code__.co_filename == __file__:  # of an object that was run before
            plain = inspect.unwrap(plain)
        if id(plain) not in self.made:
            self.made[id(plain)] = plain  # meanwhile: one that calls itself
            self.made[id(plain)] = self._rewritten(plain)
        made = self.made[id(plain)]
        if bound is None:
            return made
        self.adopt(bound)
        return types.MethodType(made, bound)

    def _rewritten(self, function: types.FunctionType) -> types.FunctionType:
        home = self._home(function.__globals__)
        closed = {
            name: self._closed_over(cell.cell_contents, function.__globals__)
            for name, cell in zip(function.__code__.co_freevars, function.__closure__ or ())
            if _filled(cell)
        }
        code = compiled(function, self.trace.edited)
        if code is None or len(closed) < len(function.__code__.co_freevars):
            cells = tuple(types.CellType(x) for x in closed.values())
            whole = len(cells) == len(function.__code__.co_freevars)
            given = cells if whole else function.__closure__
            made = types.FunctionType(function.__code__, home, function.__name__, None, given)
        else:
            names: dict[str, Callable[..., types.FunctionType]] = {}
            self.trace.statements.update(code[1])
            exec(code[0], home, names)
            made = names["_make"](**closed)
        made.__name__ = function.__name__
        made.__defaults__, made.__kwdefaults__ = function.__defaults__, function.__kwdefaults__
        return made

    def adopt(self, x: object) -> None:
        """Give an object, and those it has, classes whose methods are rewritten."""
        kind = getattr(type(x), ADOPTED, type(x))
        if not _is_own_class(kind) or type(x) in self.classes.values():
            return
        try:
            x.__class__ = self.class_of(kind)
        except TypeError:  # an immutable one: of a tuple, an enumeration
            return
        for part in getattr(x, "__dict__", {}).values():
            several = part.values() if isinstance(part, dict) else part
            for each in several if isinstance(part, (list, tuple, dict)) else [part]:
                self.adopt(each)

    def class_of(self, kind: type) -> type:
        """Return a class, its methods and those it inherits from the person's own rewritten."""
        if kind not in self.classes:
            methods: Namespace = {"__slots__": ()}
            for base in reversed(kind.__mro__):
                if _is_own_class(base):
                    methods |= {k: m for k, x in vars(base).items() if (m := self._method(x))}
            methods[ADOPTED] = kind
            made = self.classes[kind] = type(kind)(kind.__name__, (kind,), methods)
            made.__module__, made.__qualname__ = kind.__module__, kind.__qualname__
        return self.classes[kind]

    def _method(self, x: object) -> Any:  # as it is called: a function, or what holds one
        if isinstance(x, (staticmethod, classmethod)):
            inside = self._method(x.__func__)
            return inside and type(x)(inside)
        if isinstance(x, property):
            get, put, delete = (f and self._lazily(f) for f in (x.fget, x.fset, x.fdel))
            return property(get, put, delete)
        if not isinstance(x, types.FunctionType):
            return None
        right = _now_right().get(x)  # which is no function itself: none that would be bound
        return functools.wraps(x)(lambda *inputs: right(*inputs)) if right else self._lazily(x)

    def _home(self, names: Namespace) -> Namespace:
        if id(names) not in self.homes:
            home = self.homes[id(names)] = self.stand_in(names)
            for name, x in names.items():
                home[name] = self._instead(x, names)
        return self.homes[id(names)]

    def stand_in(self, names: Namespace) -> Namespace:
        """Return globals with built-in functions that take Values, and the trace."""
        home = {**names, NOTE: self.trace, "float": FloatOrValue}
        home |= {"max": extreme(max), "min": extreme(min), "map": self.trace.map}
        home["round"] = lambda x, digits=None: x if has_values(x) else builtins.round(x, digits)
        self.trace.instead = lambda x: self._instead(x, home)
        return home

    def _instead(self, x: object, home: Namespace) -> object:
        """What stands for a global: NumPy's and math's own, what else the person wrote."""
        if id(x) in self.stand_ins:
            return self.stand_ins[id(x)]
        if isinstance(x, (np.random.Generator, np.random.RandomState)):
            return self.stand_ins[id(np.random)]
        if isinstance(x, types.FunctionType) and x in (right := _now_right()):
            return right[x]
        if isinstance(x, types.FunctionType) and _is_own(x.__code__.co_filename):
            return self._lazily(x)
        if isinstance(x, dict) and x and all(isinstance(f, types.FunctionType) for f in x.values()):
            return {name: self._instead(f, home) for name, f in x.items()}  # `BACKWARD["relu"]`
        if isinstance(x, types.ModuleType) and _is_own(getattr(x, "__file__", None) or "<none>"):
            return Module(x, {}, lambda part: self._instead(part, home))
        return self.class_of(x) if isinstance(x, type) and _is_own_class(x) else x

    def _closed_over(self, x: object, home: Namespace) -> object:
        """What stands for a name of an enclosing function: its functions are a person's own."""
        return self._lazily(x) if isinstance(x, types.FunctionType) else self._instead(x, home)

    def _lazily(self, function: Callable[..., Result]) -> Callable[..., Result]:
        """A function that is rewritten when it is first called."""

        @functools.wraps(function)
        def call(*inputs: object, **options: object) -> Result:
            return (self.of(function) if is_standing_in() else function)(*inputs, **options)

        return call


ADOPTED = "_rewritten_from"
PACKAGE = str(Path(__file__).parents[1])
INSTALLED = tuple({sysconfig.get_path(k) for k in ("stdlib", "platstdlib", "purelib", "platlib")})


@functools.cache
def _is_own(file: str) -> bool:
    """Whether a file is a person's own: not of this package, of Python's or of installed ones."""
    return not file.startswith((PACKAGE, *INSTALLED, "<frozen", "<none>"))


def _is_own_class(kind: type) -> bool:
    """Whether a class is: by the code of its methods."""
    codes = [getattr(x, "__code__", None) for x in vars(kind).values()]
    files = [code.co_filename for code in codes if code is not None]
    return bool(files) and any(_is_own(file) for file in files if not file.startswith("<string>"))


def _filled(cell: types.CellType) -> bool:
    try:
        cell.cell_contents  # noqa: B018
    except ValueError:
        return False
    return True
