"""Which values stand for parts of a graph: the labelled ones, and what flows between them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from microgradnet.autograd.labels import PARAMETERS, label_of, neuron
from microgradnet.autograd.value import Value
from microgradnet.drawing.anatomy import Part
from microgradnet.drawing.selection import Selection

__all__ = ["Flows", "Outline", "is_labelled", "owners"]

Flows = dict[tuple[Value, Value], float]


class Outline:
    """The heads of a graph, its labelled values, and the gradients that flow between them.

    parts: of all values, or nothing, and no gradients flow. Where none is labelled, all count.
    flows: from heads and leaves into heads; parameters: of each head; ranks: how far it is from
    the inputs; sizes: how many values it stands for; groups: its neuron, or "".

    >>> from microgradnet import MLP, mse
    >>> from microgradnet.drawing.selection import select
    >>> outline = Outline(select(mse(MLP(2, [8, 1])([1.0, 2.0]), 1)), {})
    >>> len(outline.ranks), set(outline.ranks.values())
    (10, {1, 2, 3})
    """

    def __init__(self, selection: Selection, parts: Mapping[Value, Part]) -> None:
        self.root, self.is_whole = selection.root, selection.kept is None
        self.flows: Flows = {}
        self.parameters: dict[Value, list[Value]] = {}
        self.ranks: dict[Value, int] = {}
        self.sizes: dict[Value, int] = {}
        labelled = any(map(is_labelled, selection.inner[:-1]))
        self._walk(
            selection, parts, owners(selection, is_labelled if labelled else lambda node: True)
        )
        self.groups = {head: neuron(head) if labelled else "" for head in self.ranks}
        self.in_neurons = any(self.groups.values())
        self._sink()

    def _walk(
        self, selection: Selection, parts: Mapping[Value, Part], owner: Mapping[Value, Value]
    ) -> None:
        kept = selection.kept
        flows, ranks, sizes = self.flows, self.ranks, self.sizes
        for node in selection.inner:
            head, part = owner[node], parts.get(node)
            sizes[head] = sizes.get(head, 0) + 1
            rank = ranks.get(head, 1)
            place = -1
            for x in node.inputs:
                if not isinstance(x, Value):
                    continue
                place += 1
                if kept is not None and x not in kept:
                    continue
                source = owner.get(x)
                if source is head:
                    continue
                if source is None:
                    is_plain = type(x.label) is str or kept is not None
                    if not is_plain and label_of(x, "role") in PARAMETERS:
                        self.parameters.setdefault(head, []).append(x)
                        continue
                    source = x
                elif ranks[source] >= rank:
                    rank = ranks[source] + 1
                flow = part.grad * part.partials[place] if part else 0.0
                flows[source, head] = flows.get((source, head), 0.0) + flow
            ranks[head] = rank

    def _sink(self) -> None:
        """Move all but neurons as near to their use as they can be."""
        ranks, nearest = self.ranks, dict[Value, int]()
        for x, head in reversed(self.flows):  # what a head goes into comes before what it needs
            if not self.groups[head]:
                ranks[head] = nearest.get(head, ranks[head])
            nearest[x] = min(ranks[head] - 1, nearest.get(x, ranks[head]))


def owners(selection: Selection, is_head: Callable[[Value], bool]) -> dict[Value, Value]:
    """Return for each computed value the head it is drawn with: the one that alone needs it.

    Heads are the root, those that `is_head` says, and those that several heads need: so the
    boxes are trees of values, and no box needs itself.

    >>> from microgradnet.drawing.selection import select
    >>> y = Value(2.0).exp().sin()
    >>> set(owners(select(y), lambda node: False).values()) == {y}
    True
    """
    kept = selection.kept
    owner = {selection.root: selection.root}
    for node in reversed(selection.inner):
        head = owner[node]
        if head is not node and is_head(node):
            owner[node] = head = node
        for x in node.inputs:
            if (
                not isinstance(x, Value)
                or x.operation is None
                or (kept is not None and x not in kept)
            ):
                continue
            if owner.setdefault(x, head) is not head:
                owner[x] = x
    if kept is not None:  # a computed value that paths come from is a leaf of them
        for start in selection.leaves:
            owner.pop(start, None)
    return owner


def is_labelled(node: Value) -> bool:
    """Whether a value has a name that its reader knows: not one only its neuron uses.

    >>> is_labelled(Value(1.0, "a")), is_labelled(Value(1.0))
    (True, False)
    """
    label = node.label
    return bool(label) and (type(label) is str or label_of(node, "role") != "sum")
