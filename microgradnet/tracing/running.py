"""A function run on Values: what it computes, in order, and what it computes with other numbers."""

from __future__ import annotations

import ast
import builtins
import functools
import math
import sys
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from microgradnet.autograd.modes import standing_in
from microgradnet.autograd.value import Value
from microgradnet.tracing.arrays import (
    FloatOrValue,
    Values,
    extreme,
    has_values,
    math_on_values,
    noting,
    numpy_on_values,
)
from microgradnet.tracing.muting import muted
from microgradnet.tracing.rewriting import NOTE, Statement, parsed, rewritten

__all__ = ["Event", "Trace", "numbers_of", "run", "run_script"]


class _Over(BaseException):
    """Ends the code after a step; no Exception, so that nothing in it catches it."""


@dataclass
class Event:
    """An assignment that was run: what it wrote to, and the numbers then, as nodes.

    index: how many came before it; name: as the author has it, `dW1`, `grads['W1']`; step: how
    many statements ran before; goes_on: whether it changed what was there, as `dW += ...` and
    `dZ[Z < 0] = 0` do; old: what was there.
    """

    index: int
    name: str
    statement: Statement
    value: np.ndarray
    step: int
    goes_on: bool
    old: np.ndarray | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of what was written, () for a number."""
        return self.value.shape

    @property
    def numbers(self) -> np.ndarray:
        """The numbers of the nodes."""
        return numbers_of(self.value)


@dataclass
class Trace:
    """What a run noted: the events in order, every array that NumPy made, what was returned.

    put: what is put in the place of what an event wrote, by its index; edited: statements that
    are run in the place of others, by their keys; at_step: a step, and what
    is called there with the statement that is about to run and the names where it runs.
    """

    put: Mapping[int, np.ndarray] = field(default_factory=dict)
    edited: Mapping[tuple[str, int, str], ast.stmt] = field(default_factory=dict)
    at_step: tuple[int, Callable[[Statement, dict[str, Any]], None]] | None = None
    statements: dict[int, Statement] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    reads: list[Statement] = field(default_factory=list)
    made: list[Values] = field(default_factory=list)
    returned: Any = None
    given: dict[str, Any] = field(default_factory=dict)
    instead: Callable[[Any], Any] = lambda x: x
    script: bool = False
    fixed: dict[str, np.ndarray] = field(default_factory=dict)
    _rounds: dict[int, int] = field(default_factory=dict)
    _old: dict[int, np.ndarray] = field(default_factory=dict)
    _steps: dict[int, int] = field(default_factory=dict)

    def before(self, number: int) -> None:
        """Note that a statement is about to run."""
        statement = self.statements[number]
        step = self._steps[number] = len(self.reads)
        self.reads.append(statement)
        if self.at_step is not None and self.at_step[0] == step:
            frame = sys._getframe(1)
            self.at_step[1](statement, {**frame.f_globals, **frame.f_locals})

    def was(self, number: int, value: Any) -> None:
        """Note what a statement is about to change."""
        if has_values(value):
            self._old[number] = np.array(value, dtype=object)

    def note(self, name: str, number: int, value: Any, goes_on: bool | None = None) -> Any:
        """Note what was assigned; return it, or what is put in its place."""
        value = self._drawn(number, value)
        if isinstance(value, np.ndarray) and value.dtype.kind in "iuf":
            self.fixed.setdefault(name, value)
        if isinstance(value, np.ndarray) and value.dtype == object and value.size:
            _complete(value)
            found, whole = value.copy().view(np.ndarray), value
        elif isinstance(value, Value):
            found, whole = np.array(value, dtype=object), None
        else:
            return value
        statement = self.statements[number]
        goes_on = statement.goes_on if goes_on is None else goes_on
        step = self._steps.get(number, len(self.reads))
        event = Event(len(self.events), name, statement, found, step, goes_on)
        event.old = self._old.pop(number, None)
        self.events.append(event)
        return value if event.index not in self.put else self._put(event, whole)

    def _drawn(self, number: int, value: Any) -> Any:
        """What is drawn at random as leaves, and so a script's own arrays: they are its givens."""
        if not isinstance(value, np.ndarray) or not value.size:
            return value
        drawn = value.dtype == object and "rand" in ast.unparse(self.statements[number].node)
        if drawn or (self.script and value.dtype.kind == "f"):
            made = [Value(float(x)) for x in value.flat] if not drawn else None
            nodes = made or [Value(x.data) if isinstance(x, Value) else x for x in value.flat]
            return Values.of(nodes).reshape(value.shape)
        return value

    def _put(self, event: Event, whole: Any) -> Any:
        right = self.put[event.index]
        was = event.shape
        event.value = np.array([Value(float(x)) for x in right.flat], dtype=object)
        event.value = event.value.reshape(right.shape)
        if right.shape != was:
            return event.value.copy().view(Values)
        if whole is None:
            return event.value.item()
        whole[...] = event.value
        return whole

    def item(self, name: str, number: int, base: Any, key: Any) -> None:
        """Note what was assigned to an element: of an array the array, else what is there."""
        if isinstance(base, np.ndarray):
            self.note(name, number, base, True)
        elif key is not None:
            try:
                base[key] = self.note(f"{name}[{key!r}]", number, base[key])
            except (TypeError, KeyError, IndexError):
                return

    def enter(self, loop: int) -> None:
        """Note that a round of a loop begins."""
        self._rounds[loop] = len(self.events)

    def round(self, loop: int) -> None:
        """Note that a round of a loop ends; it ends the code where it was a step of training."""
        events = self.events[self._rounds[loop] :]
        first = next((i for i, event in enumerate(events) if _is_update(event)), None)
        if first:
            raise _Over


def _is_update(event: Event) -> bool:
    """Whether a leaf, and no result, was moved: `W1 -= rate * dW1`."""
    if not event.goes_on or event.old is None or event.old.shape != event.value.shape:
        return False
    was = [x for x in event.old.flat if isinstance(x, Value)]
    moved = any(x is not y for x, y in zip(event.old.flat, event.value.flat))
    return (
        bool(was) and moved and all(x.operation is None for x in was) and any(x.data for x in was)
    )


def _complete(array: np.ndarray) -> None:
    """Numbers among Values become Values: what is 0 here has a gradient all the same."""
    for i in np.ndindex(array.shape):
        if isinstance(array[i], (int, float, np.number)):
            array[i] = Value(float(array[i]))


def numbers_of(nodes: np.ndarray) -> np.ndarray:
    """Return the numbers of an array of Values."""
    found = [x.data if isinstance(x, Value) else float(x) for x in nodes.flat]
    return np.array(found).reshape(nodes.shape)


def run(function: Any, inputs: Sequence[Any], trace: Trace | None = None, seed: int = 0) -> Trace:
    """Run a function on inputs that hold Values, and return what it noted.

    function: a plain function, with those of its module that it calls; seed: of what it draws.
    Code that trains in a loop is left after a step.

    >>> def f(w, x):
    ...     z = w * x
    ...     return z + 1
    >>> trace = run(f, [Value(2.0), Value(3.0)])
    >>> [(event.name, event.numbers.item()) for event in trace.events]
    [('z', 6.0), ('return z + 1', 7.0)]
    """
    trace = trace or Trace()
    code = _Code(trace, seed)
    call = code.of(function)
    try:
        with noting(trace.made), standing_in(), muted(), np.errstate(all="ignore"):
            trace.returned = call(*inputs)
    except _Over:
        pass
    return trace


def run_script(file: str, trace: Trace | None = None, seed: int = 0) -> Trace:
    """Run a file as a program, as `run` does a function; its arrays are what it is given.

    Raises FileNotFoundError, SyntaxError, and what the program raises.
    """
    trace = trace or Trace()
    trace.script = True
    code = _Code(trace, seed)
    with open(file, encoding="utf-8") as stream:
        tree = rewritten(ast.parse(stream.read()), file, trace.statements, trace.edited)
    home = code.stand_in({"__name__": "__main__", "__file__": file})
    try:
        with noting(trace.made), standing_in(), muted(), np.errstate(all="ignore"):
            exec(compile(tree, file, "exec"), home)
    except _Over:
        pass
    return trace


class _Code:
    """Functions rewritten for one run, each once, with globals of their own."""

    def __init__(self, trace: Trace, seed: int) -> None:
        self.trace = trace
        numpy, maths = numpy_on_values(seed), math_on_values()
        self.stand_ins: dict[int, Any] = {
            id(np): numpy,
            id(math): maths,
            id(np.random): numpy.random,
        }
        for module, instead in ((np, numpy), (math, maths)):
            names = [n for n in vars(instead) if not n.startswith("_") and hasattr(module, n)]
            self.stand_ins |= {id(getattr(module, n)): getattr(instead, n) for n in names}
        self.made: dict[int, Any] = {}
        self.homes: dict[int, dict[str, Any]] = {}

    def of(self, function: Any) -> Any:
        """Return a function as it is run."""
        bound = getattr(function, "__self__", None)
        plain = getattr(function, "__func__", function)
        if id(plain) not in self.made:
            self.made[id(plain)] = plain  # meanwhile: one that calls itself
            self.made[id(plain)] = self._rewritten(plain)
        made = self.made[id(plain)]
        return types.MethodType(made, bound) if bound is not None else made

    def _rewritten(self, function: Any) -> Any:
        home = self._home(function.__globals__)
        closed = {
            name: self._closed_over(cell.cell_contents, function.__globals__)
            for name, cell in zip(function.__code__.co_freevars, function.__closure__ or ())
            if _filled(cell)
        }
        file, trace = function.__code__.co_filename, self.trace
        node = rewritten(parsed(function), file, trace.statements, trace.edited)
        node.name = f"_{node.name}"  # its own name is that of its module: of a method, another
        outer = ast.parse(f"def _make({', '.join(closed)}):\n    return None").body[0]
        outer.body = [node, ast.Return(ast.Name(node.name, ast.Load()))]  # type: ignore
        module = ast.fix_missing_locations(ast.Module([outer], []))
        names: dict[str, Any] = {}
        exec(compile(module, function.__code__.co_filename, "exec"), home, names)
        made = names["_make"](**closed)
        made.__name__ = function.__name__
        made.__defaults__, made.__kwdefaults__ = function.__defaults__, function.__kwdefaults__
        return made

    def _home(self, names: dict[str, Any]) -> dict[str, Any]:
        if id(names) not in self.homes:
            home = self.homes[id(names)] = self.stand_in(names)
            for name, x in names.items():
                home[name] = self._instead(x, names)
        return self.homes[id(names)]

    def stand_in(self, names: Mapping[str, Any]) -> dict[str, Any]:
        """Return globals with built-in functions that take Values, and the trace."""
        home = {**names, NOTE: self.trace, "float": FloatOrValue}
        home |= {"max": extreme(max), "min": extreme(min)}
        home["round"] = lambda x, digits=None: x if has_values(x) else builtins.round(x, digits)
        self.trace.instead = lambda x: self._instead(x, home)
        return home

    def _instead(self, x: Any, home: dict[str, Any]) -> Any:
        """What stands for a global: NumPy's and math's own, functions of the same module."""
        if id(x) in self.stand_ins:
            return self.stand_ins[id(x)]
        if isinstance(x, types.FunctionType) and _of_person(x, home):
            return self._lazily(x)
        return x

    def _closed_over(self, x: Any, home: dict[str, Any]) -> Any:
        """What stands for a name of an enclosing function: its functions are a person's own."""
        return self._lazily(x) if isinstance(x, types.FunctionType) else self._instead(x, home)

    def _lazily(self, function: Any) -> Any:
        """A function that is rewritten when it is first called."""

        @functools.wraps(function)
        def call(*inputs: Any, **options: Any) -> Any:
            try:
                made = self.of(function)
            except OSError:
                made = function
            return made(*inputs, **options)

        return call


def _of_person(function: types.FunctionType, home: dict[str, Any]) -> bool:
    """Whether a function is of the same hand: in the same module, or the same folder."""
    own = function.__globals__ is home
    package = function.__module__.partition(".")[0] if function.__module__ else ""
    near = str(home.get("__file__", "")).rpartition("/")[0]
    theirs = function.__code__.co_filename.rpartition("/")[0]
    return package != __name__.partition(".")[0] and (own or not near or near == theirs)


def _filled(cell: Any) -> bool:
    try:
        cell.cell_contents  # noqa: B018
    except ValueError:
        return False
    return True
