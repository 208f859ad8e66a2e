"""What has been computed with: which leaves nodes read, each node looked at once."""

from __future__ import annotations

from collections.abc import Iterable

from microgradnet.autograd.value import Value, made_after

__all__ = ["Readers"]


class Readers:
    """By each leaf, the last node that reads it directly, by the name that was assigned first.

    A run of a net has 10,000 nodes and 100 assignments: walked anew for each, they take a minute.
    """

    def __init__(self) -> None:
        self._seen: set[Value] = set()
        self._last: dict[Value, dict[str, int]] = {}

    def take(self, name: str, nodes: Iterable[object]) -> None:
        """Take in what was assigned to a name, and what that was computed from."""
        left = [x for x in nodes if isinstance(x, Value)]
        while left:
            node = left.pop()
            if node in self._seen:
                continue
            self._seen.add(node)
            for x in node.inputs:
                if isinstance(x, Value) and x.operation is None:
                    orders = self._last.setdefault(x, {})
                    orders[name] = max(orders.get(name, 0), made_after(node))
                elif isinstance(x, Value):
                    left.append(x)

    def read(self, leaf: object, since: int, but: str) -> bool:
        """Whether a node made since then reads a leaf; but: none first assigned to this name."""
        orders = self._last.get(leaf, {}) if isinstance(leaf, Value) else {}
        return any(order > since for name, order in orders.items() if name != but)
