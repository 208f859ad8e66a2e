"""Find the lines of a name, the method that trains, arguments for a function, and its calls."""

from __future__ import annotations

import ast
import contextlib
import inspect
import random
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import CodeType, FunctionType
from typing import Any

import numpy as np

from microgradnet.checking.finding.vocabulary import derivative, is_exact
from microgradnet.datasets import gender
from microgradnet.tape.feeding.running import More
from microgradnet.tape.rewriting import RECORDER
from microgradnet.tape.sources import Source, lines_of_file, read
from microgradnet.words import say

TRAINING = ("train", "fit", "backprop", "backward", "step", "update", "train_step", "loss")
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def lines_of(tree: ast.Module, name: str, method: str = "") -> set[int]:
    """Return the lines of a function or class, and those of the definitions that it uses.

    method: the wanted method of a class.

    >>> sorted(lines_of(ast.parse("def f(x): return g(x)"), "f"))
    [1]
    """
    own = [n for n in ast.walk(tree) if isinstance(n, Definition)]
    todo = [n for n in own if n.name == name]
    if method:
        todo = [n for n in own if n.name == method and any(n in k.body for k in todo)]
    several = reached(todo, own)
    return {line for n in several for line in range(n.lineno, (n.end_lineno or n.lineno) + 1)}


def reached(several: Sequence[Definition], own: Sequence[Definition]) -> list[Definition]:
    """Return some definitions and all others of their file that they use."""
    found, todo = list[Definition](), [*several]
    while todo:
        node = todo.pop()
        found.append(node)
        used = names_used(node)
        todo += [n for n in own if n.name in used and n not in found and n not in todo]
    return found


def names_used(node: ast.AST) -> set[str]:
    """Return the names and attributes in a node."""
    return {getattr(n, "id", getattr(n, "attr", "")) for n in ast.walk(node)}


def name_of(names: Mapping[str, Any], name: str) -> str:
    """Return the name of the function or class that a name of a file refers to."""
    found = names.get(name)
    kind = found if inspect.isroutine(found) or inspect.isclass(found) else type(found)
    return getattr(kind, "__name__", name) if name else ""


def trains(kind: type) -> str:
    """Return the name of a class's training method: a usual one, else one that moves attributes."""
    known = [name for name in TRAINING if inspect.isfunction(getattr(kind, name, None))]
    own = {k: v for k, v in inspect.getmembers(kind, inspect.isfunction) if k != "__init__"}
    moving = [k for k, f in own.items() if any(map(_moves, parts_of(f)))]
    return next(iter([*(name for name in known if name in moving), *known, *moving]), "train")


def _moves(node: ast.AST) -> bool:
    """Whether a node is a statement such as `self.w -= ...`."""
    return isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Attribute)


def attributes_of(x: object) -> dict[str, Any]:
    """Return the attributes of an object, those in slots too.

    >>> attributes_of(complex(1))
    {}
    """
    slots = [name for kind in type(x).__mro__ for name in getattr(kind, "__slots__", ())]
    several = {name: getattr(x, name) for name in slots if name[:2] != "__" and hasattr(x, name)}
    return several | dict(getattr(x, "__dict__", {}))


def made_up(f: FunctionType, seed: int = 1) -> list[Any]:
    """Return random numbers for the arguments of a function: a list for one that is indexed.

    seed: of the numbers.

    Raises TypeError for an argument that the code tells nothing about.
    """
    rng = random.Random(seed)
    required = [p for p in inspect.signature(f).parameters.values() if p.default is p.empty]
    if any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in required):
        raise TypeError(say("{name} needs an example of its arguments", name=f.__name__))
    highest, compared = highest_indices(f), compared_with(f)
    found: list[Any] = []
    for name in (p.name for p in required):
        if name in highest:
            found.append([_number(rng) for _ in range(highest[name] + 1)])
        else:
            found.append(compared[name][seed % 2] if name in compared else _number(rng))
    return found


def compared_with(f: Any) -> dict[str, list[float]]:
    """Return the names that a function compares with a number, with two values: a label y == 1."""
    found: dict[str, list[float]] = {}
    for node in parts_of(f):
        if not isinstance(node, ast.Compare) or not isinstance(node.ops[0], (ast.Eq, ast.NotEq)):
            continue
        if isinstance(node.left, ast.Name):
            value = getattr(node.comparators[0], "value", None)
            if isinstance(value, (int, float)):
                found[node.left.id] = [float(value), float(value != 1)]
    return found


def _number(rng: random.Random) -> float:
    return rng.choice([-1, 1]) * rng.uniform(0.2, 1.2)


def highest_indices(f: Any) -> dict[str, int]:
    """Return the names that a function indexes by integers, with the largest index."""
    highest: dict[str, int] = {}
    for node in parts_of(f):
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
            index = node.slice.value if isinstance(node.slice, ast.Constant) else None
            if isinstance(index, int):
                highest[node.value.id] = max(index, highest.get(node.value.id, 0))
    return highest


def parts_of(f: Any) -> Iterable[ast.AST]:
    """Return the nodes of a function's syntax tree, none if its text is not available."""
    code = getattr(inspect.unwrap(getattr(f, "__func__", f)), "__code__", None)
    if code is None:
        return ()
    try:
        lines = lines_of_file(code.co_filename)[code.co_firstlineno - 1 :]
        return ast.walk(ast.parse(textwrap.dedent("".join(inspect.getblock(lines)))))
    except (OSError, SyntaxError, TypeError, IndexError):
        return ()


Call = Callable[..., Any]
LARGE, MOST_BESIDE, MOST_SCRIPTS = 200_000, 60, 2  # bytes; files looked at, and run
VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
SAMPLES = 2  # the arguments of a training method: rows and targets


def uncalled(
    names: Mapping[str, Any], name: str = "", method: str = ""
) -> Iterator[tuple[More, str]]:
    """Yield calls of the functions that derive and the classes that train, with their names."""
    for own, found in list(names.items()):
        if (name and own != name) or not is_own(found):
            continue
        if isinstance(found, FunctionType):
            example = example_of(found, names)
            if example is not None:
                yield of_function(own, example), own
        elif isinstance(found, type):
            way = method or trains(found)
            train = getattr(found, way, None)
            data = data_of(train, names) if inspect.isfunction(train) else None
            if data is not None and _is_made_alone(found):
                yield of_class(own, way, data), f"{own}.{way}"


def callers(source: Source) -> Iterator[Source]:
    """Yield the scripts beside a file that import it, tests last; the first ones of many."""
    beside = [p for p in sorted(source.file.absolute().parent.glob("*.py")) if p.is_file()]
    several = [p for p in beside if p.stem != source.file.stem and p.stat().st_size < LARGE]
    found = 0
    for file in sorted(several[:MOST_BESIDE], key=lambda p: "test" in p.stem):
        with contextlib.suppress(ValueError, OSError, SyntaxError):
            script = read(file)
            if source.file.stem in _imported(script) and (found := found + 1) <= MOST_SCRIPTS:
                yield script


def _imported(script: Source) -> set[str]:
    """Return the names of the modules that a script imports."""
    nodes = list(ast.walk(script.tree()))
    whole = {a.name for n in nodes if isinstance(n, ast.Import) for a in n.names}
    return whole | {n.module or "" for n in nodes if isinstance(n, ast.ImportFrom)}


def is_by_hand(x: object) -> bool:
    """Whether a file defines a function with derivatives that are named in full: d_L_d_w."""
    is_function = isinstance(x, FunctionType) and is_own(x)
    return is_function and any(map(is_exact, x.__code__.co_varnames))  # type: ignore[attr-defined]


def is_own(x: object) -> bool:
    """Whether a file, or a module beside it, defines a function or class itself."""
    code = getattr(x, "__code__", None)
    is_recorded = isinstance(code, CodeType) and RECORDER in code.co_names
    return is_recorded or (callable(x) and getattr(x, "__module__", "") == "__main__")


def _is_made_alone(kind: type) -> bool:
    """Whether a class needs no arguments, and no default of 0 hides a term, as of a penalty."""
    taken = [p for p in inspect.signature(kind).parameters.values() if p.kind not in VARIADIC]
    return all(p.default is not p.empty and not _is_none(p.default) for p in taken)


def _is_none(x: object) -> bool:
    return isinstance(x, (int, float)) and x is not False and x == 0


def of_function(name: str, example: Sequence[Any]) -> More:
    """Return a call of a function of a file with an example."""
    return lambda names, call: call(names[name], *example)


def of_class(name: str, method: str, data: Sequence[Any]) -> More:
    """Return a call of a method of a new object of a class."""
    return lambda names, call: call(getattr(names[name](), method), *data)


def example_of(f: FunctionType, names: Mapping[str, Any]) -> list[Any] | None:
    """Return the data of the file that have the names of a function's arguments.

    If derivatives are named in full (d_L_d_w), random numbers replace missing data. None for a
    function without names of derivatives, or with arguments that are unknown.
    """
    inside = f.__code__.co_varnames
    is_full, found = any(map(is_exact, inside)), list[Any]()
    if not is_full and sum(derivative(x) is not None for x in inside) < 2:
        return None
    try:
        numbers = iter(made_up(f)) if is_full else iter(())
    except TypeError:  # its arguments are unknown
        return None
    for p in inspect.signature(f).parameters.values():
        x, is_required = names.get(p.name), p.default is p.empty
        made = next(numbers, None) if is_required else p.default
        found.append(x if is_data(x) else made)
        if is_required and found[-1] is None:
            return None
    return found


def data_of(train: FunctionType, names: Mapping[str, Any]) -> list[Any] | None:
    """Return the data of the file that a training method takes, else those of the tutorial."""
    taken = list(inspect.signature(train).parameters.values())[1:]
    required = [p.name for p in taken if p.default is p.empty]
    if all(is_data(names.get(name)) for name in required):
        return [names[name] for name in required]
    return [*gender()] if len(required) == SAMPLES else None


def is_data(x: object) -> bool:
    """Whether a value may be an argument: a number, an array, or a list, tuple or dict."""
    return isinstance(x, (int, float, list, tuple, dict, np.ndarray)) and not isinstance(x, bool)
