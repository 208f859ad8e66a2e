"""Record a source, or a function or class of a running program with the definitions it uses."""

from __future__ import annotations

import ast
import builtins
import contextlib
import inspect
import types
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from microgradnet.tape.entry import Place
from microgradnet.tape.limits import start_over
from microgradnet.tape.recorder import Recorder, Watch
from microgradnet.tape.rewriting import RECORDER, Sites, rewritten
from microgradnet.tape.sources import is_own, lines_of_file, parse
from microgradnet.tape.tape import Int, Stop, Tape, is_numeric, leaves
from microgradnet.tape.trees import names_in
from microgradnet.tape.trials import Trials
from microgradnet.words import say

LIMIT = 100_000  # entries of a recording
KINDS = (ast.FunctionDef, ast.ClassDef)
LAMBDA = "<lambda>"


@dataclass(slots=True, eq=False)
class Recording:
    """The record of a run.

    trees: by file, the syntax trees as the person wrote them; names: the names of the source after
    the run; error: the exception that stopped the code; has_stopped: whether the limit stopped it;
    notes: messages about made-up values; given: entries of the arguments of a call; returned:
    entries of its results, in order; variant: the file and the variant of its source, if any.
    """

    trees: dict[str, ast.Module]
    tape: Tape
    names: dict[str, Any]
    error: BaseException | None = None
    has_stopped: bool = False
    notes: list[str] = field(default_factory=list)
    given: list[int] = field(default_factory=list)
    returned: list[int] = field(default_factory=list)
    variant: tuple[str, bool, tuple[int, ...] | None] | None = None


Call = Callable[[Recording, Recorder], Any]


@dataclass(frozen=True, slots=True)
class Subject:
    """Code to record: a source, the names that it starts with, and a call to make after it.

    more: syntax trees of other files to run before it, with their file names.
    """

    source: str | ast.Module
    file: str
    names: Mapping[str, Any] = field(default_factory=dict)
    call: Call | None = None
    more: Sequence[tuple[ast.Module, str]] = ()


def recorded(
    subject: Subject,
    limit: int = LIMIT,
    watch: Watch | None = None,
    sites: Sites | None = None,
    trials: Trials | None = None,
) -> Recording:
    """Run a source with the recorder in it and return the recording.

    limit: the maximum number of entries; watch: returns the loops to cut; sites, trials: statements
    beside which edited ones are tried. An error of the code is kept in the recording; a SyntaxError
    is raised.
    """
    source, file, places = subject.source, subject.file, list[Place]()
    several = [*subject.more, (source, file)]
    codes = [rewritten(text, name, places, sites) for text, name in several]
    recorder = Recorder(places, limit, watch, trials)
    recorder.files |= {name for _, name in several}
    module = types.ModuleType("__main__")
    module.__dict__.update(subject.names)
    module.__dict__.update({RECORDER: recorder, "__file__": file, "__name__": "__main__"})
    tree = parse(source, file) if isinstance(source, str) else source
    trees = {file: tree, **{name: text for text, name in subject.more}}
    made = Recording(trees, recorder.tape, module.__dict__)
    try:
        with np.errstate(all="ignore"):
            for code in codes:
                exec(code, module.__dict__)
            if subject.call is not None:
                subject.call(made, recorder)
    except Stop:
        made.has_stopped = True
    except SystemExit:
        pass
    except Exception as error:
        made.error = error
    recorder.is_off = True
    return made


def repeatable(subject: Subject, watch: Watch | None = None) -> Callable[..., Recording]:
    """Return a function that records a subject with the same random draws each time."""

    def again(
        sites: Sites | None = None, trials: Trials | None = None, limit: int = LIMIT
    ) -> Recording:
        start_over()
        return recorded(subject, limit, watch, sites, trials)

    return again


def given(recording: Recording, recorder: Recorder, x: Any) -> Any:
    """Return an argument with an entry for each of its numbers; arrays are copied.

    A list of only 0 and 1 is taken for labels: its numbers are not added to `recording.given`.
    """
    place = recorder.tape.places[0]
    if type(x) is dict:
        return {k: given(recording, recorder, v) for k, v in x.items()}
    if type(x) in (list, tuple):
        before = len(recording.given)
        made = type(x)([given(recording, recorder, v) for v in x])
        if len(x) > 1 and all(type(v) in (int, float) and v in (0, 1) for v in x):
            del recording.given[before:]
        return made
    x = Int(x) if type(x) is int else x
    if not is_numeric(x) or isinstance(x, (bool, np.bool_)):
        return x
    x = x.copy() if isinstance(x, (np.ndarray, np.generic)) else x
    x = x * 1.0 if type(x) is float else x
    recording.given.append(recorder.tape.source(x, place).number)
    return x


def attempted(recorder: Recorder, f: Callable[..., Any], *args: Any) -> bool:
    """Call more of the person's code, and return whether it ran without an error."""
    tape = recorder.tape
    frame, depth = tape.frame, tape.depth()
    try:
        f(*args)
    except Exception:  # the code may not expect this call
        tape.unwind(frame, depth)
        return False
    return True


# -- functions and classes of a running program


def function_subject(f: types.FunctionType, example: Sequence[Any]) -> Subject:
    """Return the subject that calls a function of a running program with an example.

    The function, and the functions and classes of its file that it uses, are defined again, with
    hooks, in a copy of its module's names. Nothing else of the file is run. Raises OSError if the
    source is not available.
    """
    tree = tree_of(f)[0]

    def call(recording: Recording, recorder: Recorder) -> None:
        again = defined_again(tree, f, recording.names)
        keep_returned(recording, recorder, again(*[given(recording, recorder, x) for x in example]))

    return subject_of([f], call)


def subject_of(
    functions: Sequence[types.FunctionType], call: Call, parts: Mapping[str, Any] | None = None
) -> Subject:
    """Return the subject of a call that needs the definitions of functions, as they stand.

    parts: other classes and functions that it needs, by name. Those of other files that are used by
    name are defined again, too; those of packages are not.
    """
    own, known = dict[str, list[ast.stmt]](), set[types.CodeType]()
    trees, names = dict[str, ast.Module](), dict[str, Any]()
    parts, todo, several = parts or {}, list(functions), list[tuple[ast.Module, str]]()
    while todo:
        known |= {f.__code__ for f in todo}
        for f in todo:
            tree, file = tree_of(f)
            own.setdefault(file, []).append(own_definition(trees.setdefault(file, tree), f))
            names = {**names_of(f), **names}
        bodies = {k: needed(trees[k], some, names, parts) for k, some in own.items()}
        several = [(ast.Module(body, []), file) for file, body in bodies.items()]
        used = {n: names[n] for n in names_in(*(tree for tree, _ in several)) if n in names}
        todo = list(_of_other_files({**used, **parts}, names, several[0][1], known))
    return Subject(*several[0], names, call, several[:0:-1])


def _of_other_files(
    used: Mapping[str, Any],
    names: Mapping[str, Any],
    file: str,
    known: Container[types.CodeType],
) -> Iterator[types.FunctionType]:
    """Yield the functions that are used, not of a file and not known, of a class one method.

    used: all that is used, by name. Left out is one that uses another object by a name of `names`.
    """
    for name, x in used.items():
        f = next(_functions(x), None) if isinstance(x, type) else x
        if not isinstance(f, types.FunctionType) or x.__name__ != name:
            continue
        other = file if "<locals>" in f.__qualname__ else f.__code__.co_filename
        if other == file or f.__code__ in known or not is_own(other):
            continue
        with contextlib.suppress(OSError, SyntaxError):
            tree, new = tree_of(f)[0], names_of(f)
            body = needed(tree, [own_definition(tree, f)], new)
            if all(names.get(n, new[n]) is new[n] for n in names_in(*body) if n in new):
                yield f


def keep_returned(recording: Recording, recorder: Recorder, out: Any) -> None:
    """Keep the entries of a call's results; a dict's values are found by its keys instead."""
    parts = [] if type(out) is dict else leaves(out)
    numbers = [recorder.tape.number(x, recorder.tape.places[0]) for x in parts]
    recording.returned = [n for n in numbers if n is not None]


def class_subject(kind: type, call: Call) -> Subject:
    """Return the subject of a class of a running program; see `function_subject`."""
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
    """Return the names that a function can use: its module's and those of enclosing functions."""
    return {**f.__globals__, **inspect.getclosurevars(f).nonlocals}


def _functions(kind: type) -> Iterator[types.FunctionType]:
    """Yield the methods that a class defines itself."""
    return (f for f in vars(kind).values() if inspect.isfunction(f))


def tree_of(what: Any) -> tuple[ast.Module, str]:
    """Return the syntax tree and the name of the file that defines a function or class.

    Raises OSError if the source text is not available.
    """
    inside = next(_functions(what), None) if isinstance(what, type) else what
    code = getattr(inspect.unwrap(getattr(inside, "__func__", inside or tree_of)), "__code__", None)
    file = code.co_filename if code is not None else inspect.getsourcefile(what) or ""
    lines = lines_of_file(file)
    if not lines:
        words = "there is no text of {name}: write it into a file, or a cell of a notebook"
        raise OSError(say(words, name=getattr(what, "__name__", str(what))))
    read = ast.parse if code is not None and code.co_name == LAMBDA else parse
    return read("".join(lines), file), file


def own_definition(tree: ast.Module, f: Any) -> ast.stmt:
    """Return the outermost definition that a function needs: its own, or that of its class.

    Raises OSError if the definition is not in the tree.
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
        best.decorator_list = []  # check the undecorated function
    return best


def defined_again(tree: ast.Module, f: Any, names: Mapping[str, Any]) -> Any:
    """Return a function as the recorded module defines it; names: those of the module."""
    if f.__name__ == LAMBDA:
        return names[written_out(tree, f).name]
    first, *rest = f.__qualname__.rpartition("<locals>.")[2].split(".")
    found = names[first]
    for part in rest:
        found = getattr(found, part)
    return found


def needed(
    tree: ast.Module, own: Iterable[ast.stmt], names: Mapping[str, Any], parts: Iterable[str] = ()
) -> list[ast.stmt]:
    """Return the given definitions and the top-level ones they use, in the file's order.

    parts: names of other classes and functions to include. Decorators whose names are unknown are
    left out.
    """
    outer = {s.name: s for s in tree.body if isinstance(s, KINDS)}
    todo: list[Any] = [*own, *(outer[n] for n in parts if n in outer)]
    found: list[Any] = []
    while todo:
        s = todo.pop()
        if not any(s is other for other in found):
            found.append(s)
            todo += [outer[n] for n in names_in(s) if n in outer and n in names]
    known = {*names, *dir(builtins)}
    for definition in [n for s in found for n in ast.walk(s) if isinstance(n, KINDS)]:
        decorators = definition.decorator_list
        definition.decorator_list = [d for d in decorators if names_in(d) <= known]
    return sorted(found, key=lambda s: s.lineno)


def written_out(tree: ast.AST, f: types.FunctionType) -> ast.FunctionDef:
    """Return a lambda as a function definition at its place; raises OSError if it is not found."""
    line = f.__code__.co_firstlineno
    nodes = [n for n in ast.walk(tree) if isinstance(n, ast.Lambda) and n.lineno == line]
    alike = [n for n in nodes if _signature(_code(n)) == _signature(f.__code__)] or nodes[:1]
    if not alike:
        raise OSError(say("the source of {name} is not there", name=f.__name__))
    node = alike[0]
    body: list[ast.stmt] = [ast.copy_location(ast.Return(node.body), node.body)]
    name = f"lambda_{node.lineno}_{node.col_offset}"
    is_newer = "type_params" in ast.FunctionDef._fields  # from Python 3.12 on
    more: dict[str, Any] = {"type_params": []} if is_newer else {}
    made = ast.FunctionDef(name, node.args, body, [], None, None, **more)
    return ast.fix_missing_locations(ast.copy_location(made, node))


def _code(node: ast.Lambda) -> types.CodeType:
    """Compile a lambda and return its code."""
    whole = compile(ast.fix_missing_locations(ast.Expression(node)), "", "eval")
    return next(c for c in whole.co_consts if isinstance(c, types.CodeType))


def _signature(code: types.CodeType) -> tuple[object, ...]:
    """Return the names and constants of a lambda, which distinguish it from others on its line."""
    consts = tuple(c for c in code.co_consts if not isinstance(c, types.CodeType))
    return code.co_varnames, sorted({*code.co_names, *code.co_freevars}), consts, code.co_argcount
