"""A person's code run with the recorder in it: a source, or one of its functions in a program."""

from __future__ import annotations

import ast
import builtins
import inspect
import linecache
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from microgradnet.tape.entry import Place
from microgradnet.tape.flow import Watch
from microgradnet.tape.lambdas import LAMBDA, written_out
from microgradnet.tape.recorder import Recorder
from microgradnet.tape.rewriting import RECORDER, rewritten
from microgradnet.tape.tape import Int, Stop, Tape, is_numeric, leaves
from microgradnet.tape.trees import Span
from microgradnet.tape.trials import Trials
from microgradnet.words import say

LIMIT = 100_000  # entries of a recording


@dataclass(slots=True)
class Recording:
    """What was seen of a run.

    trees: by file the trees as the person wrote them; names: those of the source, as the run left
    them; error: what stopped the code; has_stopped: whether the limit did; notes: what was made
    up; given: entries of the arguments of a call; returned: those of what it returned, in order.
    """

    trees: dict[str, ast.Module]
    tape: Tape
    names: dict[str, Any]
    error: BaseException | None = None
    has_stopped: bool = False
    notes: list[str] = field(default_factory=list)
    given: list[int] = field(default_factory=list)
    returned: list[int] = field(default_factory=list)


Call = Callable[[Recording, Recorder], Any]


@dataclass(frozen=True, slots=True)
class Subject:
    """What is recorded: a source, the names it finds there already, and what is called after it.

    more: trees of other files that are run before it, with their names.
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
    sites: Mapping[Span, int] | None = None,
    trials: Trials | None = None,
) -> Recording:
    """Run a source with the recorder in it and return what was seen.

    limit: entries at most; watch: says of which loops enough was seen; sites, trials: statements
    beside which edited ones are tried. An error of the code is kept in the recording; a
    SyntaxError is raised.
    """
    source, file, places = subject.source, subject.file, list[Place]()
    several = [*subject.more, (source, file)]
    codes = [rewritten(text, name, places, sites) for text, name in several]
    recorder = Recorder(places, limit, watch, trials)
    recorder.files |= {name for _, name in several}
    module = types.ModuleType("__main__")
    module.__dict__.update(subject.names)
    module.__dict__.update({RECORDER: recorder, "__file__": file, "__name__": "__main__"})
    tree = ast.parse(source, file) if isinstance(source, str) else source
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


def given(recording: Recording, recorder: Recorder, x: Any) -> Any:
    """Return an argument whose numbers have entries: arrays are copied, whole numbers get one.

    Those of a list of labels, 0 and 1 only, are none that other numbers may stand for.
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
    """Call more of the person's code, which may fail; return whether it did not."""
    tape = recorder.tape
    frame, depth = tape.frame, tape.depth()
    try:
        f(*args)
    except Exception:  # it was not made for this
        tape.unwind(frame, depth)
        return False
    return True


def call_of(name: str, example: tuple[Any, ...]) -> Call:
    """Return what calls a function of the recorded module with an example."""

    def call(recording: Recording, recorder: Recorder) -> None:
        f = recording.names[name]
        out = f(*[given(recording, recorder, x) for x in example])
        parts = [] if type(out) is dict else leaves(out)  # a dict says by names what is what
        numbers = [recorder.tape.number(x, recorder.tape.places[0]) for x in parts]
        recording.returned = [n for n in numbers if n is not None]

    return call


def function_subject(f: types.FunctionType, call: Call) -> Subject:
    """Return a function of a running program as what is recorded.

    The functions and classes of its file are defined anew, with hooks, in a copy of its module's
    names; nothing else of the file is run. Raises OSError where its source is not there.
    """
    tree, file = tree_of(f)
    is_lambda = f.__name__ == LAMBDA
    own = (
        written_out(tree, f)
        if is_lambda
        else definition(tree, f.__code__.co_firstlineno, f.__name__)
    )
    names = {**f.__globals__, **inspect.getclosurevars(f).nonlocals}
    others = [s for s in _defined(tree, names) if s is not own]
    is_method = any(own in s.body for s in others if isinstance(s, ast.ClassDef))
    body = others if is_method else [*others, own]
    return Subject(ast.Module(body, []), file, names, call)


def class_subject(kind: type, call: Call) -> Subject:
    """Return a class of a running program as what is recorded; see `function_subject`."""
    tree, file = tree_of(kind)
    module = vars(inspect.getmodule(kind) or types.ModuleType(""))
    names = dict(next((f.__globals__ for f in _functions(kind)), module))
    for f in _functions(kind):
        names |= inspect.getclosurevars(f).nonlocals
    lines = [f.__code__.co_firstlineno for f in _functions(kind)]
    alike = [n for n in ast.walk(tree) if isinstance(n, ast.ClassDef) and n.name == kind.__name__]
    inside = [n for n in alike if lines and n.lineno <= lines[0] <= (n.end_lineno or 0)]
    own = next(iter([*inside, *alike]), None)
    if own is None:
        raise OSError(say("the source of {name} is not in {file}", name=kind.__name__, file=file))
    if own not in tree.body:
        tree.body.append(own)
    others = [s for s in _defined(tree, {**names, kind.__name__: kind}) if s is not own]
    return Subject(ast.Module([*others, own], []), file, names, call)


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
    lines = linecache.getlines(file)
    if not lines:
        words = "there is no text of {name}: write it into a file, or a cell of a notebook"
        raise OSError(say(words, name=getattr(what, "__name__", str(what))))
    return ast.parse("".join(lines), file), file


def _defined(tree: ast.Module, names: Mapping[str, Any]) -> list[ast.stmt]:
    """Return the functions and classes of a file that its module has."""
    kinds = (ast.FunctionDef, ast.ClassDef)
    found: list[ast.stmt] = [s for s in tree.body if isinstance(s, kinds) and s.name in names]
    for definition_ in [n for s in found for n in ast.walk(s) if isinstance(n, kinds)]:
        known = [d for d in definition_.decorator_list if _is_known(d, names)]
        definition_.decorator_list = known  # others were there when it was defined
    return found


def _is_known(decorator: ast.expr, names: Mapping[str, Any]) -> bool:
    used = [n.id for n in ast.walk(decorator) if isinstance(n, ast.Name)]
    return all(name in names or hasattr(builtins, name) for name in used)


def definition(tree: ast.Module, line: int, name: str) -> ast.FunctionDef:
    """Return the definition of a function by its first line; raises OSError if there is none."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == name:
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            if first == line:
                return node
    raise OSError(say("the source of {name} has changed since it was imported", name=name))


def needed(
    tree: ast.Module, functions: Sequence[Any], parts: set[str], names: dict[str, Any]
) -> ast.Module:
    """Return the definitions of a file that some functions and classes use."""
    kinds = (ast.FunctionDef, ast.ClassDef)
    outer = {s.name: s for s in tree.body if isinstance(s, kinds)}
    lambdas = [f for f in functions if f.__name__ == LAMBDA]
    several = [_outermost(tree, f) for f in functions if f not in lambdas]
    local = [*(written_out(tree, f) for f in lambdas), *(s for s in several if s is not None)]
    todo: list[Any] = [*local, *(outer[n] for n in parts if n in outer)]
    found: list[Any] = []
    while todo:
        s = todo.pop()
        if not any(s is other for other in found):
            found.append(s)
            used = {n.id for n in ast.walk(s) if isinstance(n, ast.Name)}
            todo += [outer[n] for n in used if n in outer and n in names]
    return ast.Module(sorted(found, key=lambda s: s.lineno), [])


def _outermost(tree: ast.Module, f: Any) -> ast.stmt | None:
    """Return the outermost definition that a function needs: its own, or that of its class."""
    line, best = f.__code__.co_firstlineno, None
    inside = f.__qualname__.rpartition("<locals>.")[2].split(".")
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name == inside[0]:
            last = node.end_lineno or 0
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            if first <= line <= last:
                best = node
    if best is None:
        raise OSError(say("the source of {name} is not there", name=f.__name__))
    return best
