"""Copies and pickles of graphs of any depth and width, without recursion."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import Any

from microgradnet.value import Value, changed, mark_changed, reachable


def _copy(node: Value) -> Value:
    return _fill(_empty(), _state(node))


def _deepcopy(node: Value, memo: dict[int, Any]) -> Value:
    leaves, inner = reachable(node)
    for original in leaves + inner:
        if id(original) not in memo:
            memo[id(original)] = _empty()
            *state, inputs = _state(original)
            copied = tuple(memo[id(x)] if type(x) is Value else x for x in inputs)
            _fill(memo[id(original)], (*state, copied))
    return _last([memo[id(node)]], [memo[id(leaf)] for leaf in changed(inner)])


# Pickle recurses from a result into its inputs and dies at a depth of some hundreds. So the first
# node met pickles as the list of all its graph, inputs first; while that list is being written,
# each node finds its inputs written already and needs no list of its own.
_writing = threading.local()


def _reduce(node: Value) -> tuple[Any, ...]:
    if not node.inputs or getattr(_writing, "active", False):
        return _empty, (), _state(node), None, None, _fill
    return _last, (_Graph(node), changed(reachable(node)[1]))


class _Graph:
    def __init__(self, root: Value) -> None:
        self.root = root

    def __reduce__(self) -> tuple[Any, ...]:
        return list, (), None, self._nodes()

    def _nodes(self) -> Iterator[Value]:
        leaves, inner = reachable(self.root)
        _writing.active = True
        try:
            yield from leaves
            yield from inner
        finally:
            _writing.active = False


def _empty() -> Value:
    return Value(0.0)


def _state(node: Value) -> tuple[Any, ...]:
    return node._data, node.grad, node.label, node._op, node.inputs


def _fill(node: Value, state: tuple[Any, ...]) -> Value:
    node._data, node.grad, node.label, node._op, node.inputs = state
    return node


def _last(nodes: Sequence[Value], late: Sequence[Value]) -> Value:
    for leaf in late:  # changed after its use in the original, so in the copy
        mark_changed(leaf)
    return nodes[-1]


for _name, _method in (("copy", _copy), ("deepcopy", _deepcopy), ("reduce", _reduce)):
    setattr(Value, f"__{_name}__", _method)
