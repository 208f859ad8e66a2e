"""What has been computed with: which leaves nodes read, each node looked at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from microgradnet.autograd.value import Value, made_after

__all__ = ["Readers"]


class Readers:
    """By each leaf, the nodes that read it directly, by the name that was assigned first.

    A run of a net has 10,000 nodes and 100 assignments: walked anew for each, they take a minute.
    """

    def __init__(self) -> None:
        self.watched: set[Value] = set()  # results whose readers are asked for, too
        self._seen: set[Value] = set()
        self._orders: dict[Value, dict[str, list[int]]] = {}

    def take(self, name: str, nodes: Iterable[object]) -> None:
        """Take in what was assigned to a name, and what that was computed from."""
        left = [x for x in nodes if isinstance(x, Value)]
        while left:
            node = left.pop()
            if node in self._seen:
                continue
            self._seen.add(node)
            for x in node.inputs:
                if isinstance(x, Value) and (x.operation is None or x in self.watched):
                    by_name = self._orders.setdefault(x, {})
                    by_name.setdefault(name, []).append(made_after(node))
                elif isinstance(x, Value):
                    left.append(x)

    def read(self, leaf: object, since: int, until: int, but: Collection[str]) -> bool:
        """Whether a node of an order in this range reads a leaf; but: none of these names."""
        by_name = self._orders.get(leaf, {}) if isinstance(leaf, Value) else {}
        others = (orders for name, orders in by_name.items() if name not in but)
        return any(since < order <= until for orders in others for order in orders)
