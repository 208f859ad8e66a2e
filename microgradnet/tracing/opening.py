"""A file run for what it defines: what cannot be had here is left out, and no loop goes on."""

from __future__ import annotations
import __future__

import ast
import contextlib
import copy
import functools
import importlib.abc
import inspect
import itertools
import sys
import time
import types
from collections.abc import Callable, Iterator, Mapping
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Self

from microgradnet.tracing.lending import lend
from microgradnet.tracing.parsing import COMPILED
from microgradnet.tracing.replacing import Namespace

__all__ = ["called_with", "calls_noted", "execute", "found_above", "found_beside"]
__all__ += ["in_time", "package_of"]

CALLED = "__called__"  # the name of what the functions of a file were called with first
NOTE = "__note__"  # the name by which functions tell it
ENDED = "__ended__"  # the name of whether one of the loops was ended
OPENING = "__opening__"  # the name of whether the file is still being run
LATE = "__late__"  # the name by which loops ask whether they are to end
EARLY = "__early__"  # the name of what ends what makes the entries of a list
KNOWN: dict[str, Callable[..., object]] = {  # what hands on what it is given
    "tqdm": lambda x=(), *_, **__: x,
    "trange": range,
    "xrange": range,
    "range": range,
}


class Absent:
    """What stands for a module that is not here, and all in it: it may be called, and gives itself.

    No number comes from it: whatever computes with it fails.
    """

    __path__: tuple[str, ...] = ()

    def __init__(self, name: str) -> None:
        self.__name__ = name

    def __getattr__(self, name: str) -> object:
        if name[:2] == "__":
            raise AttributeError(name)
        return KNOWN.get(name) or Absent(f"{self.__name__}.{name}")

    def __call__(self, *inputs: object, **options: object) -> object:
        """Return a function that is decorated, else what stands for the result."""
        decorates = len(inputs) == 1 and isinstance(inputs[0], (types.FunctionType, type))
        return inputs[0] if decorates and not options else self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def __array__(self, *_: object, **__: object) -> object:
        raise TypeError(self.__name__)

    def __mro_entries__(self, bases: object) -> tuple[type, ...]:
        return ()


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds modules that were asked for in vain, and what is below them."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        if name.partition(".")[0] not in self.names and name not in self.names:
            return None
        return ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> types.ModuleType:
        made = types.ModuleType(spec.name)
        vars(made)["__getattr__"] = Absent(spec.name).__getattr__
        return made

    def exec_module(self, module: types.ModuleType) -> None:
        return None


@contextlib.contextmanager
def _standing_in() -> Iterator[set[str]]:
    """Meanwhile, modules of these names are found wherever they are imported."""
    finder = _Finder()
    sys.meta_path.append(finder)
    try:
        yield finder.names
    finally:
        sys.meta_path.remove(finder)
        for name in [k for k, m in sys.modules.items() if getattr(m, "__loader__", 0) is finder]:
            del sys.modules[name]


def execute(tree: ast.Module, file: str, home: Namespace, lenient: bool = False) -> list[Exception]:
    r"""Run the statements of a file, one after the other; return why some were left out.

    A module, a file, a network that is not there ends one statement and not the run: what is
    defined below stands. A text that is not there is made up, a question is answered; a module
    that is not there is an `Absent` one. Once something is left out, so is what fails after it,
    which may need it.
    lenient: whether whatever fails is left out.

    >>> home = {}
    >>> tree = ast.parse("import nowhere_at_all\nx = 1\ny = nowhere_at_all.f() + 1")
    >>> execute(tree, "f.py", home)
    [ModuleNotFoundError("No module named 'nowhere_at_all'"), TypeError(...)]
    >>> home["x"]
    1
    """
    left: list[Exception] = []
    lend(home, left)
    flags = 0
    with _standing_in() as absent:
        for node in tree.body:
            if isinstance(node, ast.ImportFrom) and node.module == "__future__":
                flags |= sum(getattr(__future__, a.name).compiler_flag for a in node.names)
            code = _code(node, file, flags)
            while True:
                try:
                    exec(code, home)
                except Exception as error:
                    if not (left or lenient or isinstance(error, NOT_HERE)):
                        raise
                    if not home.get(ENDED) or isinstance(error, NOT_HERE):
                        left.append(error)  # else it is for what a loop that ended left undone
                    if isinstance(error, ModuleNotFoundError) and error.name not in absent:
                        absent.add(error.name or "")
                        continue  # once more, with what stands for it
                    _bind_absent(node, home)
                break
    home[OPENING] = False
    return left


def _code(node: ast.stmt, file: str, flags: int) -> types.CodeType:
    """A statement compiled, once: a tree is run 300 times, with one of them edited."""
    kept: dict[tuple[str, int], types.CodeType] = vars(node).setdefault(COMPILED, {})
    if (file, flags) not in kept:
        module = ast.Module([node], [])
        kept[file, flags] = compile(module, file, "exec", flags, dont_inherit=True)
    return kept[file, flags]


NOT_HERE = (ImportError, OSError)


def _bind_absent(node: ast.stmt, home: Namespace) -> None:
    """What a module has not, or what fails while it is imported, by the names it was to have."""
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        for alias in node.names:
            name = alias.asname or alias.name.partition(".")[0]
            home.setdefault(name, KNOWN.get(name) or Absent(name))


def calls_noted(tree: ast.Module, home: Namespace) -> ast.Module:
    """Return a tree whose functions note what each is called with first; home: its names."""
    home[CALLED] = called = {}

    def note(name: str, line: int, given: Mapping[str, object]) -> None:
        if (name, line) not in called:
            called[name, line] = {k: _as_it_is(x) for k, x in given.items()}

    home[NOTE] = note
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            names = [a.arg for a in node.args.posonlyargs + node.args.args + node.args.kwonlyargs]
            given = ast.Dict([*map(ast.Constant, names)], [ast.Name(n, ast.Load()) for n in names])
            line = min(part.lineno for part in (node, *node.decorator_list))  # as in its code
            key = ast.Constant(node.name), ast.Constant(line)
            call = ast.Expr(ast.Call(ast.Name(NOTE, ast.Load()), [*key, given], []))
            node.body.insert(ast.get_docstring(node) is not None, call)
    return ast.fix_missing_locations(tree)


def called_with(function: types.FunctionType, home: Mapping[str, object]) -> list[object]:
    """Return the arguments that a function was called with first, nothing where it was not."""
    called, code = home.get(CALLED), function.__code__
    several = code.co_flags & (inspect.CO_VARARGS | inspect.CO_VARKEYWORDS)
    elsewhere = code.co_filename != home.get("__file__")
    if several or elsewhere or not isinstance(called, dict):
        return []
    return [*called.get((code.co_name, code.co_firstlineno), {}).values()]


MOST = 10_000  # entries of lists that are copied: what is changed later was another example


def _as_it_is(x: object) -> object:
    if isinstance(x, (list, tuple, dict)) and _entries(x, MOST) > 0:
        with contextlib.suppress(Exception):
            return copy.deepcopy(x)
    return x


def _entries(x: object, most: int) -> int:
    """How many entries more there may be in nested lists and dicts."""
    if isinstance(x, (list, tuple, dict)):
        for entry in x.values() if isinstance(x, dict) else x:
            most = _entries(entry, most - 1)
            if most <= 0:
                break
    return most


WAITING = 20  # times as long: what sleeps, or waits for the network, takes no processor


def in_time(tree: ast.Module, home: Namespace, seconds: float) -> ast.Module:
    """Return a tree whose loops end after so many seconds of the processor; home: its names.

    A busy machine ends none earlier; one that only waits ends too.
    """
    end, last = time.process_time() + seconds, time.monotonic() + WAITING * seconds
    home[ENDED], home[OPENING] = False, True

    def late() -> bool:
        over = time.process_time() > end or time.monotonic() > last
        if not home[OPENING]:
            return False  # an object is made later, whole
        home[ENDED] = home[ENDED] or over
        return over

    home[LATE] = late
    home[EARLY] = functools.partial(itertools.takewhile, lambda _: not late())
    for node in ast.walk(tree):
        if isinstance(node, (ast.For, ast.While)):
            asked = ast.Call(ast.Name(LATE, ast.Load()), [], [])
            node.body.insert(0, ast.If(asked, [ast.Break()], []))
        elif isinstance(node, ast.comprehension):
            node.iter = ast.Call(ast.Name(EARLY, ast.Load()), [node.iter], [])
    return ast.fix_missing_locations(tree)


def package_of(file: Path, tree: ast.Module) -> tuple[str, Path]:
    """Return the package that `from ..x import y` in a file starts from, and the folder it is in.

    >>> name, above = package_of(Path("lab/models/net.py"), ast.parse("from .layers import Dense"))
    >>> name, above.name
    ('models', 'lab')
    """
    folders = [file.absolute().parent, *file.absolute().parent.parents]
    depth = max((n.level for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)), default=0)
    depth = min(depth, len(folders) - 1)
    while depth and (folders[depth] / "__init__.py").exists():
        depth += 1
    return ".".join(folder.name for folder in folders[:depth][::-1]), folders[depth]


def found_above(file: Path, tree: ast.Module) -> list[Path]:
    """Return the modules that a file imports from the folders above its own: files and folders.

    >>> found_above(Path("nowhere/net.py"), ast.parse("import nothing_like_it"))
    []
    """
    imports = [n for n in ast.walk(tree) if isinstance(n, (ast.Import, ast.ImportFrom))]
    names = {a.name for n in imports if isinstance(n, ast.Import) for a in n.names}
    names |= {n.module or "" for n in imports if isinstance(n, ast.ImportFrom) and not n.level}
    first = sorted({name.partition(".")[0] for name in names} - {""})
    above = [p / n for p in file.absolute().parents[1:5] for n in first]
    files = {p: p.with_name(f"{p.name}.py") for p in above}
    return [*filter(Path.is_dir, above), *(f for f in files.values() if f.exists())]


@contextlib.contextmanager
def found_beside(file: Path, tree: ast.Module) -> Iterator[None]:
    """Meanwhile, a file finds what it imports beside it, and in the folders above it."""
    above = file.absolute().parents
    has = {module.parent for module in found_above(file, tree)}
    near = [above[0], *(p for p in above if p in has), package_of(file, tree)[1]]
    paths = [str(p) for p in dict.fromkeys(near)]
    sys.path[:0] = paths
    try:
        yield
    finally:
        for path in paths:
            sys.path.remove(path)
