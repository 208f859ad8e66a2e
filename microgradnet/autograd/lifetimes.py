"""Copy and pickle Values with graphs of any depth, and warn of a result that is never used."""

from __future__ import annotations

import sys
import threading
import warnings
import weakref
from collections.abc import Iterator
from copy import deepcopy
from typing import Any, cast

from microgradnet.autograd.graph import reachable
from microgradnet.autograd.modes import is_standing_in
from microgradnet.autograd.value import Value, set_state

__all__ = ["Unread", "copied", "deeply_copied", "reduced", "until_read"]

# A copy keeps the order of its original, so that leaves changed after their use are still known.


def copied(node: Value) -> Value:
    """Return a copy of a node, computed from the same inputs: `copy.copy(node)`."""
    return _fill(_empty(type(node)), _state(node))


def deeply_copied(node: Value, memo: dict[int, object]) -> Value:
    """Return a copy of a node and of its whole graph: `copy.deepcopy(node)`."""
    leaves, inner = reachable(node)
    for original in (*leaves, *inner):
        if id(original) not in memo:
            copy = memo[id(original)] = _empty(type(original))
            *state, inputs = _state(original)[:6]
            inputs = tuple([memo[id(x)] if isinstance(x, Value) else x for x in inputs])
            attributes = deepcopy(getattr(original, "__dict__", {}), memo)
            _fill(copy, (*state, inputs, attributes))
    return cast(Value, memo[id(node)])


# Pickle recurses from a result into its inputs and fails at a depth of some hundreds. So the first
# node pickles as a list of its whole graph, inputs first. While that list is being written,
# each node in it finds its inputs in the pickle already and needs no list of its own. The pickler
# holds the list, so the weak reference here ends with the pickler, however that ended.
_writing = threading.local()


def reduced(node: Value) -> tuple[object, ...]:
    """Return the arguments from which pickle rebuilds a node: `__reduce__`."""
    graph = _writing.graph() if hasattr(_writing, "graph") else None
    if not node.inputs or (graph and node in graph.nodes):
        state = _state(node)  # first, since reading turns an `Unread` into a Value
        kind = () if type(node) is Value else (type(node),)
        return _empty, kind, state, None, None, _fill
    return _last, (_Graph(node),)


class _Graph:
    def __init__(self, root: Value) -> None:
        leaves, inner = reachable(root)
        self.nodes = dict.fromkeys((*leaves, *inner))

    def __reduce__(self) -> tuple[object, ...]:
        return list, (), None, self._each()

    def _each(self) -> Iterator[Value]:
        _writing.graph = weakref.ref(self)
        yield from self.nodes


def _last(nodes: list[Value]) -> Value:
    return nodes[-1]


def _empty(kind: type[Value] = Value) -> Value:
    return kind.__new__(kind)


def _state(node: Value) -> tuple[Any, ...]:
    state = (node.order, node._data, node.grad, node.label, node.operation, node.inputs)
    attributes = getattr(node, "__dict__", {})  # of a subclass
    return (*state, dict(attributes)) if attributes else state


def _fill(node: Value, state: tuple[Any, ...]) -> Value:
    for attributes in state[6:]:
        for name, held in attributes.items():
            setattr(node, name, held)
    return set_state(node, state[:6])


for _function in (_last, _empty, _fill):  # pickles must not depend on the package's layout
    _function.__module__ = "microgradnet"


# The result of `p -= 0.1 * p.grad` on a leaf is a new Value; it warns if nothing uses it.


def until_read(node: Value) -> Value:
    """Mark the result of an in-place operator on a leaf, to warn if it is deleted unread.

    Only for a leaf and a number, and not while a user's code is traced.
    """
    if type(node) is Value and type(node._y) is float and not is_standing_in():
        node.__class__ = Unread
    return node


class Unread(Value):
    """The result of `p -= number` until its number is read; then it becomes a Value.

    A rebound name, such as the variable of a loop over parameters, changes no parameter.
    So a result that is deleted unread was an update without effect.
    """

    __slots__ = ()

    @property
    def _data(self) -> Any:
        self.__class__ = Value  # type: ignore[assignment]
        return self._data

    @_data.setter
    def _data(self, data: float) -> None:
        self.__class__ = Value  # type: ignore[assignment]
        self._data = data

    def __del__(self) -> None:
        if not sys.is_finalizing():
            sign = self.op
            says = (
                f"`x {sign}= ...` made a new Value, which nothing used, and left x as it was: "
                f"to move a parameter, write x.data {sign}= ..."
            )
            warnings.warn(says, UserWarning, stacklevel=2)
