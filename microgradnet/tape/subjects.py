"""What of a running program is recorded: a function or a class, with the definitions it uses."""

from __future__ import annotations

import ast
import builtins
import inspect
import types
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from microgradnet.tape.lambdas import LAMBDA, name_in, written_out
from microgradnet.tape.recorder import Recorder
from microgradnet.tape.recording import Call, Recording, Subject, given
from microgradnet.tape.sources import lines_of_file
from microgradnet.tape.tape import leaves
from microgradnet.words import say

KINDS = (ast.FunctionDef, ast.ClassDef)


def function_subject(f: types.FunctionType, example: Sequence[Any]) -> Subject:
    """Return a function of a running program, called with an example, as what is recorded.

    It and the functions and classes of its file that it uses are defined anew, with hooks, in a
    copy of its module's names; nothing else of the file is run. Raises OSError where its source
    is not there.
    """
    tree, file = tree_of(f)
    names = names_of(f)
    body = needed(tree, [own_definition(tree, f)], names)

    def call(recording: Recording, recorder: Recorder) -> None:
        again = defined_again(tree, f, recording.names)
        keep_returned(recording, recorder, again(*[given(recording, recorder, x) for x in example]))

    return Subject(ast.Module(body, []), file, names, call)


def keep_returned(recording: Recording, recorder: Recorder, out: Any) -> None:
    """Keep the entries of what a call returned; a dict says by names what is what."""
    parts = [] if type(out) is dict else leaves(out)
    numbers = [recorder.tape.number(x, recorder.tape.places[0]) for x in parts]
    recording.returned = [n for n in numbers if n is not None]


def class_subject(kind: type, call: Call) -> Subject:
    """Return a class of a running program as what is recorded; see `function_subject`."""
    tree, file = tree_of(kind)
    several = list(_functions(kind))
    module = vars(inspect.getmodule(kind) or types.ModuleType(""))
    names = {k: x for f in several for k, x in names_of(f).items()} or dict(module)
    lines = [f.__code__.co_firstlineno for f in several]
    alike = [n for n in ast.walk(tree) if isinstance(n, ast.ClassDef) and n.name == kind.__name__]
    inside = [n for n in alike if lines and n.lineno <= lines[0] <= (n.end_lineno or 0)]
    own = next(iter([*inside, *alike]), None)
    if own is None:
        raise OSError(say("the source of {name} is not in {file}", name=kind.__name__, file=file))
    return Subject(ast.Module(needed(tree, [own], names), []), file, names, call)


def names_of(f: types.FunctionType) -> dict[str, Any]:
    """Return the names that a function finds: those of its module, and of functions around it."""
    return {**f.__globals__, **inspect.getclosurevars(f).nonlocals}


def _functions(kind: type) -> Iterator[types.FunctionType]:
    """Yield the methods that a class defines itself."""
    return (f for f in vars(kind).values() if inspect.isfunction(f))


def tree_of(what: Any) -> tuple[ast.Module, str]:
    """Return the tree of the file that a function or class is defined in, and its name.

    Raises OSError where there is no text of it.
    """
    inside = next(_functions(what), None) if isinstance(what, type) else what
    code = getattr(inspect.unwrap(getattr(inside, "__func__", inside or tree_of)), "__code__", None)
    file = code.co_filename if code is not None else inspect.getsourcefile(what) or ""
    lines = lines_of_file(file)
    if not lines:
        words = "there is no text of {name}: write it into a file, or a cell of a notebook"
        raise OSError(say(words, name=getattr(what, "__name__", str(what))))
    return ast.parse("".join(lines), file), file


def own_definition(tree: ast.Module, f: Any) -> ast.stmt:
    """Return the outermost definition that a function needs: its own, or that of its class.

    Raises OSError where it is not there.
    """
    if f.__name__ == LAMBDA:
        return written_out(tree, f)
    line, best = f.__code__.co_firstlineno, None
    inside = f.__qualname__.rpartition("<locals>.")[2].split(".")
    for node in ast.walk(tree):
        if isinstance(node, KINDS) and node.name == inside[0]:
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            if first <= line <= (node.end_lineno or 0):
                best = node
    if best is None:
        words = "the source of {name} has changed since it was imported"
        raise OSError(say(words, name=f.__name__))
    if isinstance(best, ast.FunctionDef):
        best.decorator_list = []  # the function itself is checked
    return best


def defined_again(tree: ast.Module, f: Any, names: Mapping[str, Any]) -> Any:
    """Return a function as a recorded module has it. names: those of the module."""
    if f.__name__ == LAMBDA:
        return names[name_in(tree, f)]
    first, *rest = f.__qualname__.rpartition("<locals>.")[2].split(".")
    found = names[first]
    for part in rest:
        found = getattr(found, part)
    return found


def needed(
    tree: ast.Module, own: Iterable[ast.stmt], names: Mapping[str, Any], parts: Iterable[str] = ()
) -> list[ast.stmt]:
    """Return definitions of a file, with those at its top that they use, in their order.

    parts: names of classes and functions that are used besides. Decorators that are known no more
    are left out.
    """
    outer = {s.name: s for s in tree.body if isinstance(s, KINDS)}
    todo: list[Any] = [*own, *(outer[n] for n in parts if n in outer)]
    found: list[Any] = []
    while todo:
        s = todo.pop()
        if not any(s is other for other in found):
            found.append(s)
            used = {n.id for n in ast.walk(s) if isinstance(n, ast.Name)}
            todo += [outer[n] for n in used if n in outer and n in names]
    for definition in [n for s in found for n in ast.walk(s) if isinstance(n, KINDS)]:
        known = [d for d in definition.decorator_list if _is_known(d, names)]
        definition.decorator_list = known
    return sorted(found, key=lambda s: s.lineno)


def _is_known(decorator: ast.expr, names: Mapping[str, Any]) -> bool:
    used = [n.id for n in ast.walk(decorator) if isinstance(n, ast.Name)]
    return all(name in names or hasattr(builtins, name) for name in used)
