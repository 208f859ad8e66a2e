"""Record calls of library functions: by their row in the table, or as a whole."""

from __future__ import annotations

import ast
import copy
import functools
import importlib
import inspect
import random
import types
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from microgradnet.autograd.gradient import grad
from microgradnet.tape import of_jax, table, tensors
from microgradnet.tape.entry import Entry, Place, Ref, mapped, refs
from microgradnet.tape.of_jax import Named, Plainly
from microgradnet.tape.replay import ancestors, gradients, replayed
from microgradnet.tape.rules.rows import Formula
from microgradnet.tape.tape import Int, is_numeric, plain
from microgradnet.tape.tensors import KINDS, SAME, is_array, method, row_of, wide
from microgradnet.words import say

if TYPE_CHECKING:
    from microgradnet.tape.recorder import Recorder
    from microgradnet.tape.recording import Recording

# Functions that return or inspect their arguments without computing.
HANDING_ON = (
    isinstance, issubclass, type, id, hash, len, range, print, repr, str, format, iter, next, list,
    tuple, dict, set, frozenset, sorted, reversed, zip, enumerate, map, filter, any, all, getattr,
    setattr, hasattr, vars, callable, open, input, object, super, slice, functools.partial,
    functools.reduce, functools.wraps,
)  # fmt: skip
# Functions that iterate over their arguments.
ITERATING = (list, tuple, zip, enumerate, map, filter, sorted, reversed, iter, set)
# Functions that call their first argument.
CALLING = (map, filter, functools.reduce)
# Functions and methods that write into their first argument, with their row of the table.
WRITING = {
    "fill": "fill", "copyto": "copyto", "fill_diagonal": "fill_diagonal", "sort": "sort",
    "put_along_axis": "put_along_axis", "shuffle": "", "put": "", "place": "", "putmask": "",
    "partition": "",
}  # fmt: skip
# Functions that return a new array, although the methods of the same name write in place.
RETURNING = (np.sort, np.partition)
# NumPy functions whose method `at` writes into its first argument, with its row.
ADDING = {name: f"{name}_at" for name in ("add", "subtract", "maximum", "minimum")}
GENERATORS = (np.random.Generator, np.random.RandomState, random.Random)
RANDOM_MODULES = ("random", "numpy.random", "numpy.random.mtrand", "secrets")
WRAPPING = ("jax", "torch._functorch")  # their wrappers compute another function
DERIVED = "computed automatically, not derived: {how}"
ONCE = (types.GeneratorType, map, zip, filter)  # can be gone through once
DERIVING = ("grad", "jax.vjp", "jax.grad", "jax.jvp", "jax.linearize", "jax.value_and_grad")
SCIENTIFIC = ("numpy", "scipy", "math", "builtins", "cmath", "statistics")
# Functions whose arrays hold what was in memory, which differs in every run.
UNSET = {np.empty: np.zeros, np.empty_like: np.zeros_like}


class DerivedError(Exception):
    """A call that computes derivatives, where the code is to derive them by hand."""


def operation(name: str, vjp: Callable[..., Any]) -> None:
    """Add a row for a function that the table and its library know no derivative of.

    name: the dotted name of the function, which can be imported; vjp: takes the upstream gradient,
    the result and the operands as arrays, and returns the gradient of each operand, None for none.

    Raises ImportError if there is no such function.

    >>> operation("numpy.sinc", lambda g, out, x: [g * (np.cos(np.pi * x) - out) / x])
    >>> table.of_function(np.sinc)
    <operation numpy.sinc>
    """
    home, _, last = name.rpartition(".")
    f = getattr(importlib.import_module(home), last, None) if home else None
    if f is None:
        raise ImportError(say("there is no function {name}", name=name))
    operands = list(inspect.signature(vjp).parameters)[2:]
    row = Formula(name, f, " ".join(operands), vjp, "")
    row.is_own = True
    table.FUNCTIONS[table.key(f)] = row


def called(recorder: Recorder, place: Place, f: Any, args: Any, kw: Any) -> Any:
    """Call a function and record its result; the person's own functions record themselves."""
    f = f if recorder.with_hooks is None else recorder.with_hooks(f)
    recorder.tape.applied += calls_of_rules(f, args)
    f = tensors.applied(f) or f
    if recorder.is_own(f):
        return f(*args, **kw)
    if isinstance(f, Plainly):
        return f.f(lambda g, *xs: called(recorder, place, g, xs, {}), *args, **kw)
    if isinstance(f, functools.partial):
        return called(recorder, place, f.func, (*f.args, *args), {**f.keywords, **kw})
    wrapped = getattr(f, "__wrapped__", None)
    derives = getattr(f, "__globals__", {}).get("__name__", "").startswith(WRAPPING)
    if wrapped is not None and recorder.is_own(wrapped) and not derives:
        return wrapped(*args, **kw)  # a cache of results would hide the operations
    owner = getattr(f, "__self__", None)
    if isinstance(owner, (np.ndarray, np.generic)) and is_numeric(owner):
        return of_array(recorder, place, owner, f.__name__, args, kw)
    return _of_library(recorder, place, f, args, kw)


def calls_of_rules(f: Any, args: Any) -> list[tuple[Any, Any]]:
    """Return the rule of torch or JAX that a call applies, with its arguments, in a list."""
    if getattr(f, "__name__", "") == "gradcheck" and len(args) > 1:
        f, args = args[0], args[1] if isinstance(args[1], (tuple, list)) else args[1:2]
    rule = getattr(f, "__self__", None) if getattr(f, "__name__", "") == "apply" else f
    is_rule = isinstance(rule, type) if rule is not f else type(f).__name__ == "custom_vjp"
    return [(rule, args)] if is_rule else []


def _of_library(recorder: Recorder, place: Place, f: Any, args: Any, kw: Any) -> Any:
    """Call a library function and record its result."""
    if f is setattr and len(args) == 3:
        call = place.node
        of = ast.unparse(call.args[0]) if isinstance(call, ast.Call) and call.args else ""
        args = (*args[:2], recorder.stored(place, f"{of}.{args[1]}", args[2]))
    if _is_in(f, HANDING_ON):
        if _is_in(f, ITERATING):
            args = [recorder.rows(place, a) if _has_rows(a) else a for a in args]
        if _is_in(f, CALLING) and args:
            args = [lambda *xs, f=args[0]: called(recorder, place, f, xs, {}), *args[1:]]
        return f(*args, **kw)
    args = [list(a) if isinstance(a, ONCE) else a for a in args]
    if f is np.ndenumerate and _has_rows(args[0]):
        indices = [*np.ndindex(args[0].shape)]
        return zip(indices, recorder.rows(place, args[0], indices))
    if f is np.apply_along_axis and _is_of_rows(recorder, args):
        f, over = args[0], recorder.rows(place, args[2])
        rows = [called(recorder, place, f, (x, *args[3:]), kw) for x in over]
        return _of_library(recorder, place, np.array, (rows,), {})
    if f is grad and len(args) == 2 and isinstance(args[0], (int, float, np.generic)):
        return _derived(recorder, place, *args)
    if f is sum:
        return _added(recorder, place, *args, **kw)
    if f is copy.deepcopy or f is copy.copy:
        made = f(*args, **kw)
        _link_copies(recorder, place, args[0], made)
        return made
    is_writing = getattr(f, "__name__", "") in ("at", *WRITING) and not _is_in(f, RETURNING)
    if is_writing and args and isinstance(args[0], np.ndarray):
        return _written(recorder, place, f, args, kw)
    if isinstance(kw.get("out"), np.ndarray) and _is_scientific(f):
        return _written_out(recorder, place, f, args, kw)
    pure = UNSET[f] if _is_in(f, UNSET) else f
    row = table.TABLE["array"] if _is_in(f, tensors.MATRICES) else table.of_function(f)
    return _noted(recorder, place, row, pure, args, kw)


def of_array(recorder: Recorder, place: Place, a: Any, name: str, args: Any, kw: Any) -> Any:
    """Call a method of an array or NumPy scalar, and record its result."""
    f = getattr(a, name)
    if name in WRITING and isinstance(a, np.ndarray):
        return _written(recorder, place, f, [a, *args], kw, args)
    row = table.of_method(name) or table.opaque(table.methodic(name))
    return _noted(recorder, place, row, f, args, kw, (a, *args))


def of_tensor(recorder: Recorder, place: Place, a: Any, name: str, args: Any, kw: Any) -> Any:
    """Call a method of a tensor, and record its result, or the tensor that it wrote into."""
    tape, name = recorder.tape, KINDS.get(name, name)
    if name == "backward":
        raise DerivedError(say(DERIVED, how="backward()"))
    args, kw = (a, *mapped(tuple(args), wide)), mapped(dict(kw), wide)
    tree, kwtree = tape.operands(args, place), tape.operands(kw, place)
    row = table.TABLE[SAME[name]] if name in SAME else row_of(method(name), args, kw)
    is_writing = name[-1] == "_" != name[-2] and name not in SAME
    if is_writing:
        tape.before_write(a)
    value = getattr(a, name)(*plain(list(args[1:])), **plain(kw))
    if is_writing and tensors.is_drawn(getattr(a, name)):
        tape.source(a, place)
    elif is_writing:
        tape.written(a, row, tree, place).kw.update(kwtree)
        return recorder.gave(place, a)
    if value is a:
        return value
    if name in SAME:
        tree, kwtree = tree[:1], {}
    return recorder.result(row, tree, kwtree, value, place)


def _noted(
    recorder: Recorder, place: Place, row: Any, f: Any, args: Any, kw: Any, given: Any = None
) -> Any:
    """Call a function and record its result: by its row, as a whole without one, or as a source."""
    tape, is_torch = recorder.tape, tensors.is_of_torch(f)
    if getattr(f, "__name__", "") in DERIVING and (is_torch or isinstance(f, Named)):
        raise DerivedError(say(DERIVED, how=f.__name__))
    if is_torch or _is_scientific(f):
        kw = {k: v for k, v in kw.items() if k != "out"}
    if is_torch:
        f = getattr(tensors.torch(), KINDS.get(f.__name__, ""), f)  # one that fills its memory
        args, kw = mapped(list(args), wide), mapped(kw, wide)
    tree = tape.operands(list(args if given is None else given), place)
    named = {k: v for k, v in kw.items() if k != "dtype" or is_torch}
    kwtree = tape.operands(named, place)
    calls_back = _calls_back(recorder, f, args)
    before, recorder.is_off = recorder.is_off, calls_back
    try:
        value = f(*plain(list(args)), **plain(kw))
    finally:
        recorder.is_off = before
    if is_array(value) and any(value is a for a in (*args, *(given or ()))):
        return value
    if row is None or row.is_own:
        row = row_of(f, args, named, value, row) or row
    operands = [tape.entries[n] for n in refs((tree, kwtree))]
    is_made = row is None and all(type(e.value) is Int for e in operands)  # np.zeros(3)
    if is_made or _is_drawn(f) or _is_written_down(row, operands):
        return _given(recorder, place, value)
    return recorder.result(row or table.opaque(f), tree, kwtree, value, place)


def _given(recorder: Recorder, place: Place, value: Any) -> Any:
    """Record a value as a source, and return it."""
    if type(value) in (tuple, list):
        return type(value)([_given(recorder, place, v) for v in value])
    if is_numeric(value) and not isinstance(value, np.bool_):
        if recorder.tape.number(value, place) is None:
            recorder.tape.source(value, place)
        recorder.look()
    return value


def _is_written_down(row: Any, operands: list[Entry]) -> bool:
    """Whether an array is a literal, made of unnamed constants only."""
    if not operands:
        return True
    is_array = row is not None and row.name in ("array", "copy", "float")
    return is_array and all(e.is_source and not e.names and not np.ndim(e.value) for e in operands)


def _is_drawn(f: Any) -> bool:
    """Whether a function draws random numbers."""
    is_method = isinstance(getattr(f, "__self__", None), GENERATORS)
    return is_method or tensors.is_drawn(f) or getattr(f, "__module__", "") in RANDOM_MODULES


def _calls_back(recorder: Recorder, f: Any, args: Any) -> bool:
    """Whether a library function applies the person's own function to numbers."""
    module = getattr(f, "__module__", "") or ""
    if isinstance(f, np.vectorize) or module.startswith("microgradnet.checking"):
        return True
    given = any(callable(a) and recorder.is_own(a) for a in args)
    return given and _is_scientific(f)


def _is_scientific(f: Any) -> bool:
    """Whether a function is one of a library of numbers: its `out` is an array to write into."""
    home = str(getattr(f, "__module__", None) or type(f).__module__)  # ufuncs of NumPy 1 have none
    return home.partition(".")[0] in SCIENTIFIC


def _derived(recorder: Recorder, place: Place, of: Any, by: Iterable[Any]) -> Any:
    """Record the gradients of a number as one operation, which a replay computes anew."""
    tape, several = recorder.tape, [recorder.tape.entry_of(x, place) for x in by]
    n, end = tape.entry_of(of, place), len(tape.entries)
    entries = tape.entries[:end]
    behind = sorted({*ancestors(entries, [n]), *several})
    leaves = [k for k in behind if entries[k].is_source or k in several]

    def derived(*numbers: Any) -> list[float]:
        values = replayed(entries, dict(zip(leaves, numbers)))
        found = [*gradients(entries, values, {n: 1.0}), *[None] * end]
        return [0.0 if found[k] is None else float(found[k]) for k in several]

    value = derived(*[entries[k].value for k in leaves])
    return recorder.result(table.opaque(derived), tuple(map(Ref, leaves)), {}, value, place)


def _added(recorder: Recorder, place: Place, items: Iterable[Any], start: Any = None) -> Any:
    """Add items as the built-in sum does, and record each addition."""
    rows = list(recorder.rows(place, items)) if _has_rows(items) else list(items)
    if not any(is_numeric(x) for x in rows):
        return sum(rows) if start is None else sum(rows, start)
    is_count = not is_numeric(rows[0]) or np.asarray(plain(rows[0])).dtype.kind == "b"
    total = start if start is not None else (0 if is_count else rows.pop(0))
    add = table.of_operator("+")
    for x in rows:
        tree = tuple(recorder.tape.operands(v, place) for v in (total, x))
        total = recorder.result(add, tree, {}, plain(total) + plain(x), place)
    return total


def _written(
    recorder: Recorder, place: Place, f: Any, args: Any, kw: Any, passed: Any = None
) -> Any:
    """Call a function or method that writes into its first argument, and record the write."""
    tape, a = recorder.tape, args[0]
    of = getattr(getattr(f, "__self__", None), "__name__", "")
    name = ADDING.get(of, "") if f.__name__ == "at" else WRITING[f.__name__]
    row = table.TABLE.get(name)
    tree = tuple(tape.operands(list(args), place)) if row is not None else ()
    tape.before_write(a)
    made = f(*plain(list(args if passed is None else passed)), **plain(kw))
    others = {k: tape.operands(v, place) for k, v in kw.items()} if row is not None else {}
    tape.written(a, row, tree, place).kw.update(others)
    recorder.gave(place, a)
    return made


def _written_out(recorder: Recorder, place: Place, f: Any, args: Any, kw: Any) -> Any:
    """Call a function that writes its result into the array `out`, and record the write."""
    tape, out = recorder.tape, kw["out"]
    tree = tuple(tape.operands(list(args), place))
    tape.before_write(out)
    made = f(*plain(list(args)), **plain(kw))
    others = {k: tape.operands(v, place) for k, v in kw.items() if k not in ("out", "dtype")}
    row = table.of_function(f) or table.opaque(f)
    tape.written(out, row, tree, place).kw.update(others)
    return made


def _link_copies(recorder: Recorder, place: Place, old: Any, new: Any) -> None:
    """Record each array of a copy as the same as that of the original."""
    if isinstance(new, np.ndarray) and is_numeric(new) and new is not old:
        args = (recorder.tape.operand(old, place),)
        recorder.tape.note(table.TABLE["same"], args, {}, new, place)
    elif type(new) in (list, tuple):
        for a, b in zip(old, new):
            _link_copies(recorder, place, a, b)
    elif type(new) is dict:
        for key in new:
            _link_copies(recorder, place, old.get(key), new[key])
    elif hasattr(new, "__dict__") and not isinstance(new, (type, types.ModuleType)):
        _link_copies(recorder, place, old.__dict__, new.__dict__)


def _is_of_rows(recorder: Recorder, args: Any) -> bool:
    """Whether `np.apply_along_axis` calls the person's own function on the rows of a matrix."""
    is_own = len(args) > 2 and recorder.is_own(args[0]) and args[1] in (1, -1)
    return is_own and is_numeric(args[2]) and np.ndim(args[2]) == 2


def _has_rows(x: Any) -> bool:
    return is_array(x) and x.ndim > 0 and is_numeric(x)


def _is_in(f: Any, functions: Iterable[Any]) -> bool:
    return any(f is g for g in functions)


def spellings(recording: Recording) -> list[tuple[str, str]]:
    """Return the replacements of NumPy's spelling by that of the library in use."""
    modules = {
        getattr(x, "module", x): k
        for k, x in recording.names.items()
        if isinstance(x, (types.ModuleType, of_jax.Names))
    }
    if recording.tape.tensors.is_used:
        own = modules.get(tensors.torch(), "torch")
        return [("keepdims=", "keepdim="), ("axis=", "dim="), ("np.", f"{own}.")]
    own = modules.get(getattr(of_jax.jax(), "numpy", None), "np")
    return [("np.", f"{own}.")] if own != "np" else []
