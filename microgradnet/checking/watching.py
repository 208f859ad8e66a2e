"""A person's code run on Values: each derivative is caught where it is given its name."""

from __future__ import annotations

import ast
import builtins
import contextlib
import dis
import functools
import inspect
import math
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator, Mapping
from types import CodeType, FrameType
from typing import Any

import numpy as np

from microgradnet.autograd.modes import is_standing_in, standing_in
from microgradnet.autograd.value import Value
from microgradnet.checking.names import PREDICTION, parts, plain
from microgradnet.operations.operation import FUNCTIONS, Op, constant
from microgradnet.tracing.arrays import FloatOrValue, extreme
from microgradnet.tracing.muting import muted

__all__ = ["Watch", "literals", "on_values"]

# A derivative is given a node of its own: `d_L_d_b = x1` would else be the node x1 itself, and a
# constant none at all, and neither could be replaced by what is right.
_MARK = Op(
    "mark",
    lambda x: x,
    (constant(1.0),),
    spelling="mark",
    symbol="mark",
    numpy="mark",
    domain=((-math.inf, math.inf),),
)


def marked(x: Any, name: str) -> Any:
    """Return numbers, or each of an array, as nodes of their own; anything else as it is.

    True is 1 here: the derivative of relu is written `z > 0`.
    """
    if isinstance(x, np.ndarray) and x.dtype.kind in "biufO":
        known = np.empty(x.shape, dtype=object)
        for i in np.ndindex(x.shape):
            known[i] = marked(x[i], f"{name}[{', '.join(map(str, i))}]")
        return known
    if isinstance(x, Value):
        node = Value.apply(_MARK, (x,))
        node.label = name
        return node
    return Value(x, name) if is_number(x) or isinstance(x, (bool, np.bool_)) else x


def is_number(x: Any) -> bool:
    """Whether something is a plain number, which True is not."""
    return isinstance(x, (int, float, np.number)) and not isinstance(x, bool)


class Watch:
    """Watches the frames of one function while it runs, and those of the same file it calls.

    code: the function's; home: its globals; leaves: Values for its local names, put there when a
    plain number is; after_each: told the local names after each line, and where a loop jumps back
    from, None elsewhere; it may end the run by raising. `left` holds the local names of the
    function at its end, `names` those of the others; `given` the leaves that were used.
    """

    def __init__(
        self,
        code: CodeType | None,
        home: Mapping[str, Any],
        leaves: Mapping[str, Value] | None = None,
        after_each: Callable[[Any, int | None], None] | None = None,
    ) -> None:
        self.code, self.home, self.after_each = code, home, after_each
        self.leaves = leaves or {}
        self.names: dict[str, Any] = {}
        self.left: dict[str, Any] = {}
        self.given: dict[str, Value] = {}
        self._marked: dict[FrameType, dict[str, Any]] = {}

    @contextlib.contextmanager
    def on(self) -> Iterator[None]:
        """Meanwhile, watch; a debugger's or coverage's own watch is put back afterwards."""
        before = sys.gettrace()
        sys.settrace(self._called)
        try:
            yield
        finally:
            sys.settrace(before)

    def _called(self, frame: FrameType, event: str, arg: Any) -> Any:
        if frame.f_code is self.code:
            frame.f_trace = self._step  # from Python 3.13 on, opcodes are traced only then
            frame.f_trace_opcodes = self.after_each is not None
        elif frame.f_globals is not self.home or not derivatives(frame.f_code):
            return None
        return self._step

    def _step(self, frame: FrameType, event: str, arg: Any) -> Any:
        back = event == "opcode" and frame.f_lasti in back_edges(frame.f_code)
        if event == "opcode" and not back:
            return self._step
        local = frame.f_locals  # once an event: up to Python 3.12 it is then read afresh
        self._mark_new(frame, local)
        if self.after_each and frame.f_code is self.code:
            self.after_each(local, frame.f_lasti if back else None)
        if event == "return":
            self._marked.pop(frame, None)
            if frame.f_code is self.code:
                self.left = dict(local)
            else:
                self.names.update(local)
        return self._step

    def _mark_new(self, frame: FrameType, local: Any) -> None:
        names = derivatives(frame.f_code)
        leaves = self.leaves if frame.f_code is self.code else {}
        if not names and not leaves:
            return
        known = self._marked.setdefault(frame, {})
        for name in names:
            if name in local and local[name] is not known.get(name):
                local[name] = known[name] = marked(local[name], name)
        for name in leaves:
            if name in local and name not in self.given and is_number(local[name]):
                local[name] = self.given[name] = leaves[name]
        for name in forward(frame.f_code):
            if name in local and is_number(local[name]):  # max(0, x) is 0: a node all the same
                local[name] = Value(local[name], name)


@functools.cache
def derivatives(code: CodeType) -> tuple[str, ...]:
    """Return the local names of a function that are spelled as derivatives."""
    return tuple(name for name in code.co_varnames + code.co_cellvars if any(parts(name)))


@functools.cache
def pairs(code: CodeType) -> tuple[tuple[str, str], ...]:
    """Return A and B, `plain`, of each local name of a function that reads as d_A_d_B."""
    return tuple(pair for name in derivatives(code) for pair in parts(name))


@functools.cache
def forward(code: CodeType) -> tuple[str, ...]:
    """Return the local names that derivatives are of or by."""
    named = {part for pair in pairs(code) for part in pair}
    names = [name for name in code.co_varnames + code.co_cellvars if plain(name) in named]
    return tuple(name for name in names if name not in derivatives(code))


@functools.cache
def constants(code: CodeType) -> tuple[str, ...]:
    """Return the local names, not arguments, that derivatives are by, if they are by numbers."""
    of = {b for _, b in pairs(code)} - {a for a, _ in pairs(code)}
    inside = code.co_varnames[code.co_argcount + code.co_kwonlyargcount :]
    return tuple(name for name in inside if plain(name) in of.difference(PREDICTION))


@functools.cache
def back_edges(code: CodeType) -> dict[int, int]:
    """Return where a function's loops jump back: the offset of each jump and where it goes to.

    A long jump is met at the prefix that carries the rest of its distance.
    """
    edges: dict[int, int] = {}
    prefix = None
    for i in dis.get_instructions(code):
        if i.opname == "EXTENDED_ARG":
            prefix = i.offset if prefix is None else prefix
            continue
        if "JUMP_BACKWARD" in i.opname:
            edges[i.offset if prefix is None else prefix] = i.argval
        prefix = None
    return edges


@functools.cache
def literals(code: CodeType) -> tuple[float, ...]:
    """Return the numbers that stand in a function: of `0.1 * 2 * step`, 0.1 and 2.

    Read from its source, since the compiled code has 0.2; from that where there is no source.
    """
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(code)))
        found: list[Any] = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant)]
    except (OSError, TypeError, SyntaxError):
        found = list(code.co_consts)
    return tuple(float(x) for x in found if is_number(x))


Function = Callable[..., Any]


_lock = threading.RLock()  # functions of math are replaced for the whole process


# What takes a Value in the place of a number: functions of math and, as they stand, of Python.
_MATH: dict[str, Function] = {
    **{name: f for name, f in FUNCTIONS.items() if hasattr(math, name)},
    "pow": lambda x, y: x**y,
    "fabs": abs,
}


_BUILT_IN: dict[str, Function] = {
    "round": lambda x, digits=None: x,
    "max": extreme(max),
    "min": extreme(min),
}


@contextlib.contextmanager
def on_values(home: dict[str, Any]) -> Iterator[dict[Value, set[float]]]:
    """Meanwhile, `math.exp`, `float` and the like take Values, and nothing is printed.

    home: the globals of the person's code, where `from math import exp` leaves its names. Yields
    the numbers that Values were compared with by `==`, which looks at numbers here: `if y == 1`.
    """
    with _lock:  # held already: another thread's replacement is not to be taken for the original
        either = {getattr(math, name): _either(getattr(math, name), f) for name, f in _MATH.items()}
        shadows = {
            k: _either(getattr(builtins, k), f) for k, f in _BUILT_IN.items() if k not in home
        }
        if "float" not in home:
            shadows["float"] = FloatOrValue  # float(loss) is for a report, and stays a node here
        with (
            _replaced(vars(math), either),
            _replaced(home, either),
            _added(home, shadows),
            standing_in() as compared,
            muted(),
        ):
            yield compared


@contextlib.contextmanager
def _replaced(scope: dict[str, Any], either: dict[Any, Function]) -> Iterator[None]:
    """Meanwhile, names of a scope have others; one call puts back all, whoever interrupts."""
    before = {name: x for name, x in scope.items() if _known(x, either)}
    try:
        scope.update({name: either[x] for name, x in before.items()})
        yield
    finally:
        scope.update(before)


@contextlib.contextmanager
def _added(scope: dict[str, Any], more: Mapping[str, Any]) -> Iterator[None]:
    """Meanwhile, a scope has more names."""
    try:
        scope.update(more)
        yield
    finally:
        for name in more:
            scope.pop(name, None)


def _either(on_numbers: Any, on_values: Function) -> Function:
    def function(*inputs: Any, **options: Any) -> Any:
        stands_in = is_standing_in() and any(isinstance(x, Value) for x in inputs)
        chosen = on_values if stands_in else on_numbers
        return chosen(*inputs, **options)

    return function


def _known(x: Any, either: dict[Any, Any]) -> bool:
    return callable(x) and type(x).__hash__ is not None and x in either
