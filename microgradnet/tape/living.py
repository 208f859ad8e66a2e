"""Functions and classes of a running program with hooks in them, each once, when they are used.

The whole file that a function stands in is rewritten, and of that code only the function's own is
taken, with the names, the closure and the defaults that it has where it lives.
"""

from __future__ import annotations

import ast
import functools
import sysconfig
import threading
import types
from pathlib import Path
from typing import Any

from microgradnet.tape.entry import Place
from microgradnet.tape.rewriting import RECORDER, rewritten
from microgradnet.tape.sources import lines_of_file

PACKAGE = str(Path(__file__).parents[1])
INSTALLED = tuple({sysconfig.get_path(k) for k in ("stdlib", "platstdlib", "purelib", "platlib")})
Key = tuple[str, int]  # of code: its name, and where it begins
Codes = dict[Key, list[tuple[types.CodeType, types.CodeType]]]
_reading = threading.Lock()  # CPython 3.11 counts the depth of a tree for all threads together


class Living:
    """What of a program is recorded. recorder: whose hooks are called, and `places` its own."""

    def __init__(self, recorder: Any, places: list[Place]) -> None:
        self.recorder, self.places = recorder, places
        self.files: dict[str, Codes] = {}
        self.homes: dict[int, dict[str, Any]] = {}
        self.made: dict[types.FunctionType, types.FunctionType] = {}
        self.classes: dict[type, type] = {}

    def of(self, f: Any) -> Any:
        """Return a function, a method, a class or an object that is called, with hooks in it."""
        if isinstance(f, types.FunctionType):
            return self.function(f)
        if isinstance(f, types.MethodType):
            return types.MethodType(self.of(f.__func__), f.__self__)
        if isinstance(f, type):
            return self.kind(f)
        call = getattr(type(f), "__call__", None)  # noqa: B004 (its code is asked for)
        return types.MethodType(self.of(call), f) if isinstance(call, types.FunctionType) else f

    def function(self, f: types.FunctionType) -> types.FunctionType:
        """Return a function with hooks in it; as it is without a source, or where it has some."""
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
        """Return the code of a function with hooks in it; None if it is not known how it reads."""
        file = code.co_filename
        if not is_own(file):
            return None
        if file not in self.files:
            self.files[file] = self.read(file)
        several = self.files[file].get((code.co_qualname, code.co_firstlineno), ())
        same = [new for old, new in several if old == code]  # of lambdas there may be two in a line
        return next((new for new in same or (new for _, new in several) if _fits(new, code)), None)

    def read(self, file: str) -> Codes:
        """Return the code of each function of a file, as it is and with hooks in it."""
        self.recorder.files.add(file)
        with _reading:
            codes, places = _read("".join(lines_of_file(file)), file, len(self.places))
        self.places += places
        return codes

    def kind(self, kind: type) -> type:
        """Return a class whose methods, with those it inherits, have hooks in them."""
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
        """Return what a class has with hooks in it; None if it is no method."""
        if isinstance(x, (staticmethod, classmethod)):
            inside = self.method(x.__func__)
            return inside and type(x)(inside)
        if isinstance(x, property):
            return property(*(f and self.method(f) for f in (x.fget, x.fset, x.fdel)))
        return self.function(x) if isinstance(x, types.FunctionType) else None


@functools.lru_cache(maxsize=16)  # a function is traced again and again
def _read(text: str, file: str, base: int) -> tuple[Codes, list[Place]]:
    """Return the codes of a text, and their places; base: how many there are before these."""
    places: list[Place] = [Place("", ast.Pass(), ast.Pass(), "")] * base
    try:
        tree = ast.parse(text, file)
    except SyntaxError:
        return {}, []
    new = _inside(rewritten(tree, file, places))
    old = _inside(compile(tree, file, "exec", dont_inherit=True))
    return {key: list(zip(codes, new.get(key, ()))) for key, codes in old.items()}, places[base:]


def _fits(new: types.CodeType, code: types.CodeType) -> bool:
    """Whether code takes the arguments and the closure of other code."""
    names = [c.co_varnames[: c.co_argcount + c.co_kwonlyargcount] for c in (new, code)]
    return names[0] == names[1] and new.co_freevars == code.co_freevars


def _inside(code: types.CodeType) -> dict[Key, list[types.CodeType]]:
    """Return all code in some, by its name and where it begins."""
    found: dict[Key, list[types.CodeType]] = {}
    todo = [code]
    while todo:
        parts = [c for c in todo.pop(0).co_consts if isinstance(c, types.CodeType)]
        for part in parts:
            found.setdefault((part.co_qualname, part.co_firstlineno), []).append(part)
        todo += parts
    return found


@functools.cache
def is_own(file: str) -> bool:
    """Whether a file is a person's own: not of this package, of Python's or of installed ones."""
    is_installed = not {"site-packages", "dist-packages"}.isdisjoint(Path(file).parts)
    return not is_installed and not file.startswith((PACKAGE, *INSTALLED, "<frozen", "<string"))


def _is_own_class(kind: type) -> bool:
    codes = [getattr(x, "__code__", None) for x in vars(kind).values()]
    return any(code is not None and is_own(code.co_filename) for code in codes)
