"""The values that a derivation derives by, their operands, and their formulas."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

from microgradnet.autograd.value import Computed, Value
from microgradnet.derivations.deriving import Derivation
from microgradnet.derivations.spelling import Symbols

__all__ = ["Heads"]

Operands = Callable[[Value], Iterable[tuple[int, Value]]]


class Heads:
    """The heads of a graph: the values derived by; the tutorial skips sum_o1 between y_pred and h1.

    loss: the end of the graph; by: further values to derive by, leaves first; inner: the computed
    nodes; shown: the nodes of interest, all where None; operands: the operands of interest of a
    node. page: the derivation; pairs: each head with each of its operands; lines: the formulas
    of a head, after those of the unnamed values that only it needs.

    >>> w, x = Value(2.0, "w"), Value(3.0, "x")
    >>> loss = (w * x) ** 2
    >>> heads = Heads(loss, [w, x], [loss.inputs[0], loss])
    >>> [x.label for head, x in heads.pairs], heads.lines[loss]
    (['w', 'x'], ['L = (w·x)²'])
    """

    def __init__(
        self,
        loss: Value,
        by: Sequence[Value],
        inner: Sequence[Computed],
        shown: Sequence[Computed] | None = None,
        operands: Operands | None = None,
    ) -> None:
        self.page = page = Derivation(loss, by, inner, Symbols)
        page.forward()
        page.name.setdefault(loss, "L")
        shown = inner if shown is None else shown
        self.all = [node for node in shown if page.is_stop(node)]
        self.pairs = dict.fromkeys(
            (self.of(node), x)
            for node in shown
            for _, x in (operands or _operands)(node)
            if page.is_stop(x)
        )
        self.lines: dict[Value, list[str]] = defaultdict(list)
        for node in shown:
            if node in page.formula:
                text = f"{page.name[node]} = {page.formula[node]}"
                self.lines[self.of(node)].append(text)

    def of(self, node: Value) -> Value:
        """Return the head in whose formula a value is written: the next value derived by."""
        while not self.page.is_stop(node):
            node, _ = self.page.edge[node]
        return node


def _operands(node: Value) -> Iterator[tuple[int, Value]]:
    return ((i, x) for i, x in enumerate(node.inputs) if isinstance(x, Value))
