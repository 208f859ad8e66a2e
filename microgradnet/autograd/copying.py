"""Copies and pickles of graphs of any depth and width, without recursion."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterator
from copy import deepcopy
from typing import Any, cast

from microgradnet.autograd.graph import reachable
from microgradnet.autograd.value import Value, set_state

__all__ = ["copied", "deeply_copied", "reduced"]

# A copy keeps the order of its original: which leaf was changed after its use stays the same.


def copied(node: Value) -> Value:
    """Return a copy of a node, computed from the same inputs: `copy.copy(node)`."""
    return _fill(_empty(type(node)), _state(node))


def deeply_copied(node: Value, memo: dict[int, object]) -> Value:
    """Return a copy of a node and of all its graph: `copy.deepcopy(node)`."""
    leaves, inner = reachable(node)
    for original in (*leaves, *inner):
        if id(original) not in memo:
            copy = memo[id(original)] = _empty(type(original))
            *state, inputs = _state(original)[:6]
            inputs = tuple([memo[id(x)] if isinstance(x, Value) else x for x in inputs])
            attributes = deepcopy(getattr(original, "__dict__", {}), memo)
            _fill(copy, (*state, inputs, attributes))
    return cast(Value, memo[id(node)])


# Pickle recurses from a result into its inputs and dies at a depth of some hundreds. So the first
# node met pickles as the list of all its graph, inputs first; while that list is being written,
# each node in it finds its inputs in the pickle already and needs no list of its own. The pickler
# holds the list; when it is gone, however it ended, so is what is being written.
_writing = threading.local()


def reduced(node: Value) -> tuple[object, ...]:
    """Return what pickle keeps of a node."""
    graph = _writing.graph() if hasattr(_writing, "graph") else None
    if not node.inputs or (graph and node in graph.nodes):
        state = _state(node)  # first: what is read is no `Unread` any more
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


for _function in (_last, _empty, _fill):  # in pickles, which are not to name today's floor plan
    _function.__module__ = "microgradnet"
