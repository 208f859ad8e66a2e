"""A function run on Values: what it computes, in order, and what it computes with other numbers."""

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
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeGuard, TypeVar

import numpy as np

from microgradnet.autograd.modes import Compared, is_standing_in, standing_in
from microgradnet.autograd.value import Value
from microgradnet.tracing.arrays import (
    FloatOrValue,
    Module,
    Values,
    extreme,
    has_values,
    math_on_values,
    noting,
    numpy_on_values,
    random_from,
)
from microgradnet.tracing.muting import muted
from microgradnet.tracing.rewriting import NOTE, Statement, compiled, parse, rewritten
from microgradnet.tracing.stepping import Steps
from microgradnet.words import say

__all__ = ["Event", "Over", "Trace", "numbers_of", "put_right", "run", "run_script"]


Namespace = dict[str, object]  # what the names of a person's code are, where it runs
Result = TypeVar("Result")
_right = threading.local()


@contextlib.contextmanager
def put_right(functions: Mapping[Callable[..., object], Callable[..., object]]) -> Iterator[None]:
    """Meanwhile, what this thread runs calls others in the place of some functions."""
    before = getattr(_right, "functions", {})
    _right.functions = {**before, **functions}
    try:
        yield
    finally:
        _right.functions = before


class Over(BaseException):
    """Ends the code after a step; no Exception, so that nothing in it catches it."""


@dataclass(eq=False)
class Event:
    """An assignment that was run: what it wrote to, and the numbers then, as nodes.

    index: how many came before it; name: as the author has it, `dW1`, `grads['W1']`; step: how
    many statements ran before; goes_on: whether it changed what was there, as `dW += ...` and
    `dZ[Z < 0] = 0` do; old: what was there; end: how many statements ran before it was noted.
    """

    index: int
    name: str
    statement: Statement
    value: np.ndarray
    step: int
    goes_on: bool
    old: np.ndarray | None = None
    end: int = 0

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
    is called there with the statement that is about to run and the names where it runs; bind:
    takes the function, the name and the number of each that is bound, and returns what is bound
    instead; on_round: takes the function, and how many loops are around, where a round begins or
    ends: either may end the run by raising Over. compared: what Values were compared with.
    parameters: where numbers and zeros were assigned that the code then moved by what it computed
    from them; drawn: such keys, whose numbers are drawn at random instead; looped: after how many
    statements what name was given what by a loop or a call. guards: the arguments x + 1e-9 of
    logarithms; unguarded: whether log(x) is taken instead. steps: of training, that are run before
    the one that is looked at. looks: how many comparisons were made before each that ran. seed: of
    the run; redrawn: takes the numbers of a script's own arrays, or such as it draws, and whether
    it draws them, and returns others for them.
    """

    put: Mapping[int, np.ndarray] = field(default_factory=dict)
    edited: Mapping[tuple[str, int, str], ast.stmt] = field(default_factory=dict)
    at_step: tuple[int, Callable[[Statement, Namespace], None]] | None = None
    bind: Callable[[str, str, object], object] | None = None
    on_round: Callable[[str, int], None] | None = None
    compared: Compared = field(default_factory=Compared)
    drawn: frozenset[tuple[str, str]] = frozenset()
    parameters: set[tuple[str, str]] = field(default_factory=set)
    leaves: dict[str, np.ndarray] = field(default_factory=dict)
    looped: list[tuple[int, str, np.ndarray]] = field(default_factory=list)
    rng: np.random.Generator = field(default_factory=np.random.default_rng)
    steps: Steps = field(default_factory=Steps)
    seed: int = 0
    redrawn: Callable[[np.ndarray, bool], np.ndarray] = lambda numbers, _: numbers
    statements: dict[int, Statement] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    reads: list[Statement] = field(default_factory=list)
    looks: list[int] = field(default_factory=list)
    made: list[Values] = field(default_factory=list)
    guards: list[Value] = field(default_factory=list)
    unguarded: bool = False
    returned: Any = None
    given: Namespace = field(default_factory=dict)
    instead: Callable[[object], object] = lambda x: x
    script: bool = False
    fixed: dict[str, np.ndarray] = field(default_factory=dict)
    numbers: dict[str, tuple[float, Statement]] = field(default_factory=dict)
    _rounds: dict[int, tuple[int, int]] = field(default_factory=dict)
    _loops: dict[int, int] = field(default_factory=dict)
    _open: set[int] = field(default_factory=set)
    _anew: set[str] = field(default_factory=set)
    _old: dict[int, np.ndarray] = field(default_factory=dict)
    _lists: dict[int, list[np.ndarray]] = field(default_factory=dict)
    _steps: dict[int, int] = field(default_factory=dict)
    _starts: dict[tuple[str, str], tuple[tuple[str, str], int]] = field(default_factory=dict)
    _moved: int = -1
    _stepped: int = 0

    @property
    def own(self) -> list[Event]:
        """The events that are not of steps left behind."""
        return [event for event in self.events if event.index not in self.steps.left]

    def before(self, number: int) -> bool:
        """Note that a statement is about to run; return whether its names are asked for."""
        step = self._steps[number] = len(self.reads)
        self.reads.append(self.statements[number])
        self.looks.append(len(self.compared.sides))
        return self.at_step is not None and self.at_step[0] == step

    def at(self, number: int, home: Namespace, local: Namespace) -> None:
        """Take the names there are where a statement is about to run.

        What is tried there leaves no trace, and nothing is put in its place.
        """
        if self.at_step is None:
            return
        put, self.put = self.put, {}
        counts = [(noted, len(noted)) for noted in (self.events, self.reads, self.looks)]
        try:
            self.at_step[1](self.statements[number], {**home, **local})
        finally:
            self.put = put
            for noted, count in counts:
                del noted[count:]

    def bound(self, function: str, name: str, value: object) -> object:
        """Note what a loop or a call gave a name; return it, or what is bound instead."""
        if isinstance(value, (Value, np.ndarray, np.number, int, float)):
            self.looped.append((len(self.reads), name, np.array(value, dtype=object)))
        return value if self.bind is None else self.bind(function, name, value)

    def was(self, number: int, value: object, whole: object) -> None:
        """Note what a statement is about to change; of an array all, of a list each."""
        value = whole if isinstance(whole, np.ndarray) else value
        if isinstance(value, list):
            self._lists[number] = [np.array(x, dtype=object) for x in value if has_values(x)]
        if has_values(value):
            self._old[number] = np.array(value, dtype=object)

    def note(self, name: str, number: int, value: object, goes_on: bool | None = None) -> object:
        """Note what was assigned; return it, or what is put in its place."""
        old = self._lists.pop(number, [])
        if isinstance(value, list) and len(old) == len(value) and old:
            return [self._each(f"{name}[{i}]", number, x, old[i]) for i, x in enumerate(value)]
        if isinstance(value, list) and name[:6] != "return" and any(map(_is_filled, value)):
            for i, x in enumerate(value):
                value[i] = self.note(f"{name}[{i}]", number, x)
            return value
        if isinstance(value, (int, float, np.number)):
            self.numbers[name] = float(value), self.statements[number]
        value = self._start(name, self.statements[number], self._drawn(number, value))
        if self.bind is not None:
            value = self.bind(self.statements[number].function, name, value)
        if isinstance(value, np.ndarray) and value.dtype.kind in "iuf" and name not in self._anew:
            self._anew.add(name)
            self.fixed[name] = value
        if isinstance(value, np.ndarray) and value.dtype == object and value.size:
            _complete(value)
            found, whole = value.copy().view(np.ndarray), value
        elif isinstance(value, Value):
            found, whole = np.array(value, dtype=object), None
        else:
            return value
        statement = self.statements[number]
        anew = goes_on is None  # else an entry of an array was set, which stays where it is
        goes_on = statement.goes_on if goes_on is None else goes_on
        step = self._steps.get(number, len(self.reads))
        was, end = self._old.pop(number, None), len(self.reads)
        event = Event(len(self.events), name, statement, found, step, goes_on, was, end)
        self.events.append(event)
        if self.steps.awaited and event.old is not None and self.is_update(event):
            return self._start_anew(event.old, event.value, whole)
        return value if event.index not in self.put else self._put(event, whole, anew)

    def _start_anew(self, old: np.ndarray, new: np.ndarray, whole: np.ndarray | None) -> object:
        found = self.steps.start_anew(old, new)
        if whole is None:
            return found.item()
        whole[...] = found
        return whole

    def _each(self, name: str, number: int, value: object, old: np.ndarray) -> object:
        """Note one of a list that takes the place of another, as `ws = [w - g for ...]` does."""
        self._old[number] = old
        return self.note(name, number, value)

    def _drawn(self, number: int, value: object) -> object:
        """What is drawn at random as leaves, and so a script's own arrays: they are its givens."""
        if not isinstance(value, np.ndarray) or not value.size:
            return value
        drawn = value.dtype == object and "rand" in ast.unparse(self.statements[number].node)
        if drawn or (self.script and value.dtype.kind == "f"):
            numbers = self.redrawn(numbers_of(value), drawn)
            nodes = [
                Value(float(n)) if not drawn or isinstance(x, Value) else x
                for n, x in zip(numbers.flat, value.flat)
            ]
            return Values.of(nodes).reshape(value.shape)
        return value

    def _start(self, name: str, statement: Statement, value: object) -> object:
        """Note where a number, or zeros, is assigned, and whether it then moves as parameters do.

        So it does where it is changed to what has Values after another statement has read it.
        """
        key = statement.function, name
        place = key if name.isidentifier() else ("", name)
        if statement.goes_on:
            start = self._starts.get(place)
            if start is not None and (has_values(value) or isinstance(value, float)):
                between = range(start[1] + 1, self._steps[statement.number])
                read = [k for k in between if self.reads[k].takes(name, statement.function)]
                read = [k for k in read if not self.reads[k].goes_on]
                if read:
                    self.parameters.add(start[0])
                    self._moved = read[-1]
            self._starts.pop(place, None)
        elif _is_start(value):
            self._starts[place] = key, self._steps.get(statement.number, len(self.reads))
            if key in self.drawn and name not in self.leaves:
                shape = np.shape(value)
                numbers = self.rng.uniform(0.2, 1.5, shape) * self.rng.choice([-1.0, 1.0], shape)
                nodes = Values.of([Value(float(x)) for x in numbers.flat]).reshape(shape)
                self.leaves[name] = nodes.copy().view(np.ndarray)
                return nodes if shape else nodes.item()
        return value

    def _put(self, event: Event, whole: np.ndarray | None, anew: bool) -> object:
        right = self.put[event.index]
        was = event.shape
        computed = [Value(float(x)) * 1.0 for x in right.flat]  # no leaf: none is a parameter
        event.value = np.array(computed, dtype=object)
        event.value = event.value.reshape(right.shape)
        if right.shape != was or (whole is not None and anew):
            return event.value.copy().view(Values)
        if whole is None:
            return event.value.item()
        whole[...] = event.value
        return whole

    def item(self, name: str, number: int, base: Any, key: object) -> None:
        """Note what was assigned to an element: of an array the array, else what is there."""
        if isinstance(base, np.ndarray):
            self.note(name, number, base, True)
        elif key is not None:
            try:
                base[key] = self.note(f"{name}[{key!r}]", number, base[key])
            except (TypeError, KeyError, IndexError):
                return

    def enter(self, loop: int, function: str, depth: int) -> None:
        """Note that a round of a loop begins."""
        if self.on_round is not None:
            self.on_round(function, depth)
        self._rounds[loop] = len(self.events), len(self.reads)
        self._loops.setdefault(loop, len(self.events))
        self._open.add(loop)

    def round(self, loop: int, function: str, depth: int) -> None:
        """Note that a round of a loop ends; it ends the code where it was a step of training."""
        if self.on_round is not None:
            self.on_round(function, depth)
            return
        self._open.discard(loop)
        first, step = self._rounds[loop]
        since, last = max(first, self.steps.left.stop), len(self.events)
        moves = self._moved >= max(step, self._stepped)
        if not moves and not any(self.is_update(e, since) for e in self.events[since:]):
            self.steps.round(first, last)
            return
        self._stepped = len(self.reads)
        self._anew.clear()
        self.steps.nested |= bool(self._open)
        if self.steps.end(self._loops[loop], last):
            raise Over

    def is_update(self, event: Event, since: int = 0) -> bool:
        """Whether a leaf was moved that something was computed from before: `W1 -= rate * dW1`.

        since: the index of the first event that counts.
        """
        if not _is_moved(event) or event.old is None:
            return False
        before = [e.value.flat for e in self.events[since : event.index] if e.name != event.name]
        old, seen = set(event.old.flat), set()
        stack = [x for values in before for x in values]
        while stack:
            x = stack.pop()
            if x in old and isinstance(x, Value):
                return True
            if isinstance(x, Value) and x not in seen:
                seen.add(x)
                stack += x.inputs
        return False


def _is_filled(value: object) -> bool:
    """Whether something is an array of Values that are not all 0."""
    return isinstance(value, Values) and not _is_start(value) and has_values(value)


def _is_start(value: object) -> TypeGuard[np.ndarray | float]:
    """Whether something is a number, or an array of zeros, that parameters may start from."""
    if isinstance(value, np.ndarray) and value.dtype == object and value.size:
        return not any(x.data or x.inputs if isinstance(x, Value) else x for x in value.flat)
    return isinstance(value, (int, float, np.number)) and not isinstance(value, bool)


def _is_moved(event: Event) -> bool:
    """Whether a leaf, and no result, was changed."""
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


def run(
    function: Callable[..., object],
    inputs: Sequence[object],
    trace: Trace | None = None,
    seed: int = 0,
    options: Mapping[str, object] | None = None,
) -> Trace:
    """Run a function on inputs that hold Values, and return what it noted.

    function: with what a person wrote that it calls; inputs, options: what it is given, of which
    objects are given the class rewritten: copies, then; seed: of what it draws. Code that trains
    in a loop is left after a step. What has no source is run as it is, and notes nothing.

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
    for x in inputs:
        code.adopt(x)
    try:
        with (
            noting(trace.made, trace.guards, trace.unguarded),
            standing_in() as trace.compared,
            muted(),
            np.errstate(all="ignore"),
        ):
            trace.returned = call(*inputs, **(options or {}))
    except TypeError as error:
        if "Cannot cast ufunc" not in str(error):
            raise
        raise TypeError(say(MADE_OUTSIDE)) from error
    except Over:
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
        tree = rewritten(parse(stream.read()), file, trace.statements, trace.edited)
    home = code.stand_in({"__name__": "__main__", "__file__": file})
    try:
        with (
            noting(trace.made, trace.guards, trace.unguarded),
            standing_in() as trace.compared,
            muted(),
            np.errstate(all="ignore"),
        ):
            exec(compile(tree, file, "exec"), home)
    except Over:
        pass
    return trace


class _Code:
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
        return self._lazily(x) if isinstance(x, types.FunctionType) else None

    def _home(self, names: Namespace) -> Namespace:
        if id(names) not in self.homes:
            home = self.homes[id(names)] = self.stand_in(names)
            for name, x in names.items():
                home[name] = self._instead(x, names)
        return self.homes[id(names)]

    def stand_in(self, names: Namespace) -> Namespace:
        """Return globals with built-in functions that take Values, and the trace."""
        home = {**names, NOTE: self.trace, "float": FloatOrValue}
        home |= {"max": extreme(max), "min": extreme(min)}
        home["round"] = lambda x, digits=None: x if has_values(x) else builtins.round(x, digits)
        self.trace.instead = lambda x: self._instead(x, home)
        return home

    def _instead(self, x: object, home: Namespace) -> object:
        """What stands for a global: NumPy's and math's own, what else the person wrote."""
        if id(x) in self.stand_ins:
            return self.stand_ins[id(x)]
        if isinstance(x, types.FunctionType) and x in (right := getattr(_right, "functions", {})):
            return right[x]
        if isinstance(x, types.FunctionType) and _is_own(x.__code__.co_filename):
            return self._lazily(x)
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


MADE_OUTSIDE = (
    "an array of plain numbers, made outside of what is checked, is changed in place: hand "
    "over as an argument the object or array it belongs to"
)
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
