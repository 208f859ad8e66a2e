"""Find the lines of a name, the method that trains, arguments for a function, and its calls."""

from __future__ import annotations

import ast
import contextlib
import inspect
import random
import textwrap
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import CodeType, FunctionType
from typing import Any

import numpy as np

from microgradnet.checking.finding.vocabulary import derivative, is_exact, is_loss
from microgradnet.checking.mending.file_code import FileCode
from microgradnet.datasets import gender
from microgradnet.tape.feeding.running import More
from microgradnet.tape.rewriting import RECORDER
from microgradnet.tape.sources import Source, lines_of_file, read
from microgradnet.tape.trees import COMPREHENSIONS, called_name
from microgradnet.words import listed, say

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
    found = list[Definition]()
    while todo:
        node = todo.pop()
        found.append(node)
        used = _used(node)
        todo += [n for n in own if n.name in used and n not in found and n not in todo]
    return {line for n in found for line in range(n.lineno, (n.end_lineno or n.lineno) + 1)}


def _used(node: ast.AST) -> set[str]:
    """Return the names and attributes in a node."""
    return {getattr(n, "id", getattr(n, "attr", "")) for n in ast.walk(node)}


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
    required = [p for p in inspect.signature(kind).parameters.values() if p.default is p.empty]
    return not any(p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) for p in required)


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


def besides(source: Source) -> Source | None:
    """Return a file that calls beside a function those that take the same.

    Such is the cost of which a training only uses the gradient: it is never called, or changes
    nothing and may be called once more. None if there are no such calls.
    """
    tree, lines = source.tree(), source.text.encode().split(b"\n")
    used, pure = _used(tree), FileCode({"": tree}).pure
    several = [n.body for n in ast.walk(tree) if isinstance(n, (ast.Module, ast.ClassDef))]
    groups = [
        [n for n in body if isinstance(n, ast.FunctionDef) and n.args.args] for body in several
    ]
    takes = {f: [a.arg for a in f.args.args] for group in groups for f in group}
    pairs = [(f, g) for group in groups for f in group for g in group if takes[f] == takes[g]]
    beside, added = dict[str, list[str]](), dict[str, None]()
    for f, g in pairs:
        is_free = g.name not in used or (g.name in pure and g.name not in _used(f))
        if f is not g and f.name in used and is_free and is_loss(f.name) <= is_loss(g.name):
            beside.setdefault(f.name, []).append(g.name)
    own = [n for n in ast.walk(tree) if isinstance(n, (ast.Assign, ast.AugAssign, ast.Expr))]
    for at in sorted(own, key=lambda n: (n.lineno, n.col_offset), reverse=True):
        for node in _called_once(at.value):
            owner, line = ast.unparse(node.func), at.lineno - 1
            name = owner.rpartition(".")[2]
            for other in beside.get(name, ()):
                taken, added[other] = ast.unparse(node).removeprefix(owner), None
                more = f"{owner.removesuffix(name)}{other}{taken}; ".encode()
                lines[line] = lines[line][: at.col_offset] + more + lines[line][at.col_offset :]
    text = b"\n".join(lines).decode()
    said = say("Called besides: {names}.", names=listed(added))
    return replace(source, text=text, notes=(*source.notes, said)) if text != source.text else None


def _called_once(node: ast.AST) -> Iterator[ast.Call]:
    """Yield the calls of an expression that are made once, with names of its statement."""
    if isinstance(node, ast.Call):
        yield node
    if not isinstance(node, (ast.Lambda, *COMPREHENSIONS)):
        for part in ast.iter_child_nodes(node):
            yield from _called_once(part)


FROM, DOWN_TO, LARGE_SIZE = 10, 6, 100  # sizes from 10 on are made smaller, down to 6
SEEDED = ("seed", "manual_seed", "default_rng", "RandomState", "Random", "PRNGKey", "key")


def smaller(source: Source, but: Collection[int] = ()) -> Source | None:
    """Return a file whose large sizes are smaller, with all else at its place; None without any.

    A size is a whole number that is not computed with where it is written. Different sizes stay
    different, and divisible by what divides them. but: numbers to keep.
    """
    nodes = list(ast.walk(source.tree()))
    widths = {n.upper for n in nodes if isinstance(n, ast.Slice)}  # i:i + 32
    kept = {x for node in nodes if node not in widths for _, x in _whole(_kept(node))}
    divisors = {x for node in nodes for _, x in _whole(_divisors(node))}
    taken, less = {x for _, x in _whole(nodes)}, {x: x for x in divisors}
    large = {n for n in taken if n >= FROM} - kept - {*but}
    for old in sorted(large, key=lambda n: (n not in divisors, n)):
        divide = [less[k] for k in divisors if 1 < k < old and old % k == 0]
        free = (m for m in range(DOWN_TO, old) if m not in taken and not any(m % k for k in divide))
        less[old] = next(free, old)
        taken.add(less[old])
    lines, made = source.text.encode().split(b"\n"), dict[int, int]()
    for n, old in _whole(nodes):
        new, end = less.get(old, old), n.end_col_offset or 0
        if new < old and type(n.value) is int:
            made[old], line = new, lines[n.lineno - 1]
            spaced = str(new).encode().ljust(end - n.col_offset)
            lines[n.lineno - 1] = line[: n.col_offset] + spaced + line[end:]
    several = listed(say("{new} in place of {old}", new=m, old=k) for k, m in sorted(made.items()))
    said = say("The code ran with {sizes}.", sizes=several)
    text = b"\n".join(lines).decode()
    return replace(source, text=text, notes=(*source.notes, said)) if made else None


def sizes_kept(source: Source) -> Iterator[set[int]]:
    """Yield the sizes to keep in one try after the other: for some the code may not run.

    They are none, all but numbers of rows (the steps of loops, and what these divide), the steps
    of loops, and all but large numbers.

    >>> text = "for i in range(0, 240, 24): use(x[i:i + 24].reshape(-1, 12))"
    >>> from pathlib import Path
    >>> source = Source(Path("a.py"), text)
    >>> for kept in sizes_kept(source):
    ...     print(getattr(smaller(source, kept), "notes", ""))
    ('The code ran with 7 in place of 12, 6 in place of 24, 18 in place of 240.',)
    ('The code ran with 6 in place of 24, 18 in place of 240.',)
    ('The code ran with 6 in place of 12, 48 in place of 240.',)
    ('The code ran with 48 in place of 240.',)
    """
    nodes = list(ast.walk(source.tree()))
    calls = [n for n in nodes if isinstance(n, ast.Call) and called_name(n) == "range"]
    steps = {x for n in calls for _, x in _whole(n.args[2:]) if x > 1}
    yield set()
    if steps:
        yield {x for _, x in _whole(nodes) if not any(x % step == 0 for step in steps)}
        yield steps
    yield {x for _, x in _whole(nodes) if x < LARGE_SIZE}


def _whole(nodes: Iterable[ast.AST | None]) -> Iterator[tuple[ast.Constant, int]]:
    """Yield the nodes that are whole numbers, 12 or 12.0, with their values."""
    for n in nodes:
        value = n.value if isinstance(n, ast.Constant) else None
        if type(value) is int or (type(value) is float and value.is_integer()):
            yield n, int(value)  # type: ignore[misc]


def _kept(node: ast.AST) -> Sequence[ast.AST | None]:
    """Return the parts of a node that are computed with, or are the numbers of a list."""
    if isinstance(node, ast.BinOp):
        return () if isinstance(node.left, ast.List) else (node.left, node.right)
    if isinstance(node, ast.Call) and called_name(node) in SEEDED:
        return node.args
    if isinstance(node, ast.Dict):
        return (*node.keys, *node.values)
    return node.elts if isinstance(node, (ast.List, ast.Set)) else ()


def _divisors(node: ast.AST) -> Sequence[ast.AST | None]:
    """Return the parts of a node by which a size is divided."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.FloorDiv):
        return (node.right,)
    if isinstance(node, ast.Slice):
        return (node.step,)
    return node.args[2:] if isinstance(node, ast.Call) and called_name(node) == "range" else ()
