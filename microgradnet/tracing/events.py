"""What was assigned where code ran: its nodes, and what they say of it."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeGuard

import numpy as np

from microgradnet.autograd.graph import operands, reachable
from microgradnet.autograd.value import Value, made_after
from microgradnet.tracing.arrays import Values, has_values
from microgradnet.tracing.rewriting import Statement

__all__ = [
    "Event",
    "complete",
    "held_parts",
    "is_computed",
    "is_filled",
    "is_increased",
    "is_kept",
    "is_literal",
    "is_moved",
    "is_read_on",
    "is_scaled",
    "is_shifted",
    "is_start",
    "led_by_another",
    "numbers_of",
    "summands",
    "terms",
]


@dataclass(eq=False)
class Event:
    """An assignment that was run: what it wrote to, and the numbers then, as nodes.

    index: how many came before it; name: as the author has it, `dW1`, `grads['W1']`; step: how
    many statements ran before; goes_on: whether it changed what was there, as `dW += ...` and
    `dZ[Z < 0] = 0` do; old: what was there; end: how many statements ran before it was noted; made:
    nodes of a higher order were made later; written: its numbers, before others were put there.
    """

    index: int
    name: str
    statement: Statement
    value: np.ndarray
    step: int
    goes_on: bool
    old: np.ndarray | None = None
    end: int = 0
    made: int = field(default_factory=lambda: made_after(Value(0.0)))
    written: np.ndarray | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of what was written, () for a number."""
        return self.value.shape

    @property
    def nodes(self) -> list[Value]:
        """The nodes among what was written, which may be numbers, too."""
        return [x for x in self.value.flat if isinstance(x, Value)]

    @property
    def numbers(self) -> np.ndarray:
        """The numbers of the nodes."""
        return numbers_of(self.value)

    @property
    def line(self) -> int:
        """Where it stands: of a dict, or of what is returned, that takes several lines, its own."""
        own = [part.lineno for name, part in held_parts(self.statement.node) if name == self.name]
        return own[0] if own else self.statement.line

    @cached_property
    def below(self) -> frozenset[Value]:
        """The leaves it was computed from, none where it is no more than leaves."""
        leaves, inner = reachable(*self.nodes)
        return frozenset(leaves if inner else ())

    @cached_property
    def by_itself(self) -> bool:
        """Whether something is changed by what other uses of what was there gave.

        That it decays, as a velocity does, is none: `v = 0.9 * v - rate * dw`.
        """
        old = set() if self.old is None else set(self.old.flat)
        steps = (x for node in self.nodes for x in node.inputs if isinstance(x, Value))
        leaves, _ = reachable(*(x for x in steps if not old.issuperset(operands(x) or {x})))
        return not old.isdisjoint(leaves)


def held_parts(node: ast.stmt) -> list[tuple[str, ast.expr]]:
    """Return what a statement has in a dict, or returns in a tuple, by the names of the events.

    >>> [name for name, _ in held_parts(ast.parse("grads = {'dW': d @ x, 'db': d}").body[0])]
    ['dW', 'db']
    """
    found: list[tuple[str, ast.expr]] = []
    for part in ast.walk(node):
        if isinstance(part, ast.Dict):
            found += ((str(getattr(k, "value", "")), x) for k, x in zip(part.keys, part.values))
        elif isinstance(part, ast.Return) and isinstance(part.value, ast.Tuple):
            found += ((f"return {ast.unparse(x)}", x) for x in part.value.elts)
        elif isinstance(part, ast.Call) and ast.unparse(part.func) == "dict":
            found += ((str(k.arg), k.value) for k in part.keywords)
    return found


def is_read_on(event: Event, later: Sequence[Event]) -> bool:
    """Return whether a leaf was moved by what it was used for, and read again by later events.

    So it is where a forward pass ends the round; a sum that starts at a leaf is not moved so.
    """
    return is_moved(event) and _is_read(event, later) and event.by_itself


def _is_read(event: Event, later: Sequence[Event]) -> bool:
    """Whether others are computed from what an event gave."""
    moved = set(event.value.flat)
    left = [x for e in later if e.name != event.name for x in e.value.flat]
    seen: set[object] = set()
    while left:
        node = left.pop()
        if isinstance(node, Value) and node not in seen and made_after(node) > event.made:
            seen.add(node)
            left += node.inputs
            if not moved.isdisjoint(node.inputs):
                return True
    return False


def is_computed(value: object) -> bool:
    """Return whether something has nodes that were computed, and not only leaves and numbers."""
    nodes = value.flat if isinstance(value, np.ndarray) and value.dtype == object else [value]
    return any(isinstance(x, Value) and x.operation is not None for x in nodes)


def is_filled(value: object) -> bool:
    """Return whether something is an array of Values that are not all 0."""
    return isinstance(value, Values) and not is_start(value) and has_values(value)


def is_literal(statement: Statement, value: object) -> bool:
    """Return whether a number stands in the text of an assignment: `w, b = np.zeros(3), 0`."""
    right = getattr(statement.node, "value", None)
    parts = right.elts if isinstance(right, ast.Tuple) else [right]
    literals = [part.value for part in parts if isinstance(part, ast.Constant)]
    return isinstance(value, (int, float)) and value in literals


def is_kept(statement: Statement) -> bool:
    """Return whether something only gets one more name, or its copy does: `v_prev = v.copy()`."""
    value = getattr(statement.node, "value", None)
    if isinstance(value, ast.Call) and ast.unparse(value.func).rpartition(".")[2] == "copy":
        value = value.args[0] if value.args else value.func
    parts = value.elts if isinstance(value, (ast.Tuple, ast.List)) else [value]  # `return dW, db`
    return all(isinstance(part, (ast.Name, ast.Attribute, ast.Subscript)) for part in parts)


def led_by_another(samples: np.ndarray, k: int) -> np.ndarray:
    """Return rows of 0 and 1, or -1, with another first where that is all 0; k: which.

    In a step on zeros nothing is moved, and no derivative can be wrong.

    >>> led_by_another(np.array([[0, 0], [0, 1], [1, 1]]), 0).tolist()
    [[0, 1], [1, 1], [0, 0]]
    """
    numbers = numbers_of(samples)
    if numbers.ndim != 2 or numbers.shape[1] < 2 or not numbers.any() or numbers[0].any():
        return samples
    if not np.isin(numbers, (-1, 0, 1)).all():
        return samples
    rows = np.flatnonzero(numbers.any(axis=1))
    return np.roll(samples, -rows[k % len(rows)], axis=0)


def is_start(value: object) -> TypeGuard[np.ndarray | float]:
    """Return whether something is a number, or zeros, that parameters may start from."""
    if isinstance(value, np.ndarray) and value.dtype == object and value.size:
        return not any(x.data or x.inputs if isinstance(x, Value) else x for x in value.flat)
    return isinstance(value, (int, float, np.number)) and not isinstance(value, bool)


def is_scaled(value: object) -> TypeGuard[np.ndarray]:
    """Return whether an array is another, of leaves, entry by entry: `(2 * z - 1) * 0.25`."""
    if not isinstance(value, np.ndarray) or value.dtype != object or not value.size:
        return False
    nodes = [x for x in value.flat if isinstance(x, Value) and x.operation is not None]
    whole = len(nodes) == value.size and len(reachable(nodes[0])[0]) == 1
    return whole and len(reachable(*nodes)[0]) == value.size


def is_moved(event: Event) -> bool:
    """Return whether a leaf, and no result, was changed."""
    if not event.goes_on or event.old is None or event.old.shape != event.value.shape:
        return False
    was = [x for x in event.old.flat if isinstance(x, Value)]
    moved = any(x is not y for x, y in zip(event.old.flat, event.value.flat))
    return (
        bool(was) and moved and all(x.operation is None for x in was) and any(x.data for x in was)
    )


def is_increased(event: Event) -> bool:
    """Return whether a name is given what it had and something besides: `x = x + h`."""
    node = event.statement.node
    total = node.value if isinstance(node, ast.Assign) else None
    added = isinstance(total, ast.BinOp) and isinstance(total.op, ast.Add)
    return added and event.name.isidentifier() and event.goes_on


def is_shifted(old: np.ndarray | None, new: object) -> bool:
    """Return whether something was added to what was there; a state is computed anew instead.

    So a parameter is moved, `w - rate * dw`, and no state: `h = np.tanh(W @ x + U @ h)`.
    """
    pairs = zip(() if old is None else old.flat, np.ravel(np.array(new, dtype=object)))
    return any(x is not y and x in terms(y) for x, y in pairs)


def terms(total: object) -> set[object]:
    """Return the nodes and numbers that a sum has as terms, and those that a number is taken of.

    >>> w, g = Value(2.0), Value(3.0)
    >>> w in terms(0.9 * w - g * g), g in terms(w - g * g)
    (True, False)
    """
    found: set[object] = set()
    left = [total]
    while left:
        node = left.pop()
        if node not in found:
            found.add(node)
            left += summands(node) if isinstance(node, Value) else ()
    return found


def summands(node: Value) -> Sequence[Value | float]:
    """Return what a node is the sum of, or that which it is a multiple of; else nothing.

    >>> w, g = Value(2.0), Value(3.0)
    >>> summands(w - g) == (w, g), summands(0.9 * w) == [w], summands(w * g)
    (True, True, ())
    """
    scaled = [x for x in node.inputs if isinstance(x, Value)] if len(node.inputs) == 2 else []
    if node.op in ("+", "-"):
        return node.inputs
    return scaled if node.op in ("*", "/") and len(scaled) == 1 else ()


def complete(array: np.ndarray) -> None:
    """Make numbers among Values Values: what is 0 here has a gradient all the same."""
    for i in np.ndindex(array.shape):
        if isinstance(array[i], (int, float, np.number)):
            array[i] = Value(float(array[i]))


def numbers_of(nodes: np.ndarray) -> np.ndarray:
    """Return the numbers of an array of Values."""
    found = [x.data if isinstance(x, Value) else float(x) for x in nodes.flat]
    return np.array(found).reshape(nodes.shape)


def same_nodes(one: np.ndarray, other: np.ndarray | None) -> bool:
    """Return whether two arrays hold the same nodes, one by one."""
    if other is None or one.shape != other.shape:
        return False
    return all(x is y for x, y in zip(one.flat, other.flat))
