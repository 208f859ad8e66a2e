"""What names are bound to while a derivation runs: each derivative to a node of its own."""

from __future__ import annotations

import ast
import contextlib
import math
from collections.abc import Callable, Mapping
from types import FunctionType, MethodType
from typing import Any, TypeGuard

import numpy as np

from microgradnet.autograd.labels import element
from microgradnet.autograd.value import Value
from microgradnet.checking.names import PREDICTION, parts, plain
from microgradnet.operations.operation import Op, constant
from microgradnet.tracing.arrays import Values
from microgradnet.tracing.noted import Trace
from microgradnet.tracing.parsing import parts_of
from microgradnet.tracing.replacing import Namespace
from microgradnet.tracing.running import run

__all__ = [
    "MARK",
    "Bindings",
    "InArrays",
    "constants",
    "derivatives",
    "literals",
    "pairs",
    "subscripts",
]

# A derivative is given a node of its own: `d_L_d_b = x1` would else be the node x1 itself, and a
# constant none at all, and neither could be replaced by what is right.
MARK = Op(
    "mark",
    lambda x: x,
    (constant(1.0),),
    spelling="mark",
    symbol="mark",
    numpy="mark",
    domain=((-math.inf, math.inf),),
)


def marked(x: object, name: str) -> Any:
    """Return numbers, or each of an array, as nodes of their own; anything else as it is.

    True is 1 here: the derivative of relu is written `z > 0`.
    """
    if isinstance(x, np.ndarray) and x.dtype.kind in "biufO":
        known = np.empty(x.shape, dtype=object)
        for i in np.ndindex(x.shape):
            known[i] = marked(x[i], element(name, i))
        return known.view(Values)
    if isinstance(x, Value):
        node = Value.apply(MARK, (x,))
        node.label = name
        return node
    x = float(x) if isinstance(x, (bool, np.bool_)) else x
    return Value(x, name) if is_number(x) else x


def is_number(x: object) -> TypeGuard[float]:
    """Whether something is a plain number, which True is not."""
    return isinstance(x, (int, float, np.number)) and not isinstance(x, bool)


class InArrays(Exception):
    """The derivatives of some code are arrays, which are checked by value."""


class Bindings:
    """Told by a trace what each name is bound to; binds Values where they are needed.

    main: the function that is checked; leaves: Values for its local names, bound where a plain
    number would be; after_each: told its local names after each binding. `names` holds those of
    each function, `at` those there were where a derivative was bound; `given` the leaves used;
    `binds_arrays`: whether a derivative is one.
    """

    def __init__(
        self,
        main: FunctionType | MethodType,
        leaves: Mapping[str, Value] | None = None,
        after_each: Callable[[Namespace], None] = lambda local: None,
    ) -> None:
        self.main, self.leaves, self.after_each = main.__name__, leaves or {}, after_each
        self.trace = Trace(bind=self.bind)
        self.names: dict[str, Namespace] = {self.main: {}}
        self.at: dict[str, Namespace] = {}
        self.given: dict[str, Value] = {}
        self.binds_arrays = False
        self._forward: tuple[int, frozenset[str]] = (0, frozenset())

    def bind(self, function: str, name: str, value: object) -> object:
        """Return what a name is bound to in the place of a value."""
        local = self.names.setdefault(function, {})
        if name.isidentifier():
            if any(parts(name)):
                self.at[name] = dict(local)
                value = marked(value, name)
                self.binds_arrays |= isinstance(value, np.ndarray)
            elif is_number(value) or (isinstance(value, Value) and not value.inputs):
                value = self._leaf(function, name, value)
            local[name] = value
        self.after_each(self.names[self.main])
        return value

    def _leaf(self, function: str, name: str, value: Value | float) -> Value | float:
        new = name in self.leaves and name not in self.given and function == self.main
        if new and value is not self.leaves[name]:
            self.given[name] = self.leaves[name]
            return self.leaves[name]
        if is_number(value) and name in self._of_or_by():
            return Value(value, name)  # max(0, x) is 0: a node all the same
        return value

    def _of_or_by(self) -> frozenset[str]:
        """The names that derivatives are of or by, in all that is run."""
        statements = self.trace.statements
        if self._forward[0] != len(statements):
            names = {name for s in statements.values() for name in s.names}
            named = {part for name in names for pair in parts(name) for part in pair}
            known = frozenset(n for n in names if plain(n) in named and not any(parts(n)))
            self._forward = len(statements), known
        return self._forward[1]


def derivatives(function: FunctionType) -> list[str]:
    """Return the local names of a function that are spelled as derivatives."""
    code = function.__code__
    return [name for name in code.co_varnames + code.co_cellvars if any(parts(name))]


def pairs(function: FunctionType) -> list[tuple[str, str]]:
    """Return A and B, `plain`, of each local name of a function that reads as d_A_d_B."""
    return [pair for name in derivatives(function) for pair in parts(name)]


def constants(function: FunctionType) -> list[str]:
    """Return the local names, not arguments, that derivatives are by, if they are by numbers."""
    code = function.__code__
    of = {b for _, b in pairs(function)} - {a for a, _ in pairs(function)}
    inside = code.co_varnames[code.co_argcount + code.co_kwonlyargcount :]
    return [name for name in inside if plain(name) in of.difference(PREDICTION)]


def literals(function: FunctionType) -> list[float]:
    """Return the numbers that stand in a function: of `0.1 * 2 * step`, 0.1 and 2.

    Read from its source, since the compiled code has 0.2; from that where there is no source.
    """
    found: list[object] = [n.value for n in parts_of(function) if isinstance(n, ast.Constant)]
    return [float(x) for x in found or function.__code__.co_consts if is_number(x)]


def subscripts(function: FunctionType) -> dict[str, int]:
    """Return how long each sequence has to be that a function takes elements of.

    >>> def f(w, x):
    ...     a, b = w
    ...     return a * x[1]
    >>> subscripts(f)
    {'w': 2, 'x': 2}
    """
    nodes = list(parts_of(function))
    found: dict[str, int] = {} if nodes else _asked(function)
    for n in nodes:
        name, size = None, 0
        if isinstance(n, ast.Subscript) and isinstance(n.slice, ast.Constant):
            name, last = n.value, n.slice.value
            size = last + 1 if isinstance(last, int) and last >= 0 else 0
        elif isinstance(n, ast.Assign) and isinstance(n.targets[0], ast.Tuple):
            name, size = n.value, len(n.targets[0].elts)
        if isinstance(name, ast.Name) and size:
            found[name.id] = max(found.get(name.id, 0), size)
    return found


class _Sequence(Value):
    """A number that can be asked for elements, and keeps the last that was."""

    length = 0

    def __getitem__(self, i: int) -> Value:
        self.length = max(self.length, i + 1)
        return Value(0.5)


def _asked(function: FunctionType) -> dict[str, int]:
    """The same of a function without a source, seen from a run."""
    code = function.__code__
    asked = {name: _Sequence(0.5) for name in code.co_varnames[: code.co_argcount]}
    with contextlib.suppress(Exception):
        run(function, (), options=asked)
    return {name: x.length for name, x in asked.items() if x.length}
