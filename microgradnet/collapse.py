"""A big graph in few boxes: a labelled value with all that only it needs, or a layer of those."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from microgradnet.anatomy import Part, label_of, neuron
from microgradnet.selection import Selection, runs
from microgradnet.value import Value

__all__ = ["Box", "Boxes", "collapse", "owners"]

ENDS = 4  # of more than 2 * ENDS + 1 layers the middle ones are one box


@dataclass(eq=False)
class Box:
    """Values drawn as one.

    role: as of a `Part`, "again" for a leaf drawn before. rank: how far from the inputs. heads:
    the values that are used elsewhere. size: how many values it holds, without parameters.
    shared: leaves that it uses too, but that are drawn elsewhere. in_neurons: whether its heads
    are outputs of neurons.

    >>> Box("inner", 1, "h1").heads
    []
    """

    role: str
    rank: int
    group: str = ""
    in_neurons: bool = False
    heads: list[Value] = field(default_factory=list)
    parameters: dict[Value, None] = field(default_factory=dict)
    shared: dict[Value, None] = field(default_factory=dict)
    size: int = 0


Links = dict[tuple[Box, Box], float]


@dataclass(eq=False)
class Boxes:
    """Boxes in the order of their making, and the largest gradient that flows along each link.

    >>> Boxes([], {}).of_rank()
    {}
    """

    boxes: list[Box]
    links: Links

    def of_rank(self) -> dict[int, list[Box]]:
        """The boxes side by side."""
        ranks: dict[int, list[Box]] = {}
        for box in self.boxes:
            ranks.setdefault(box.rank, []).append(box)
        return ranks


def owners(selection: Selection, is_head: Callable[[Value], bool]) -> dict[Value, Value]:
    """Return for each computed value the head it is drawn with: the one that alone needs it.

    Heads are the root, those that `is_head` says, and those that several heads need: so the
    boxes are trees of values, and no box needs itself.

    >>> from microgradnet.selection import select
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
            if type(x) is not Value or x._op is None or (kept is not None and x not in kept):
                continue
            if owner.setdefault(x, head) is not head:
                owner[x] = x
    if kept is not None:  # a computed value that paths come from is a leaf of them
        for start in selection.leaves:
            owner.pop(start, None)
    return owner


def _is_labelled(node: Value) -> bool:
    label = node.label
    return bool(label) and (type(label) is str or label_of(node, "role") != "sum")


def collapse(selection: Selection, parts: Mapping[Value, Part], depth: str) -> Boxes:
    """Return a graph as boxes: of neurons and labelled values, or of the layers of those.

    parts: of all values, or nothing, and no gradients flow. depth: "neurons" or "layers".

    >>> from microgradnet import MLP, mse
    >>> from microgradnet.selection import select
    >>> loss = mse(MLP(2, [8, 1])([1.0, 2.0]), 1)
    >>> [len(collapse(select(loss), {}, depth).boxes) for depth in ("neurons", "layers")]
    [10, 3]
    """
    owner = owners(selection, _is_labelled)
    flows, parameters, ranks, sizes = _walk(selection, parts, owner)
    groups = {head: neuron(head) for head in ranks}
    _sink(ranks, flows, groups)
    keys = _Keys(selection.root, ranks, groups, layers=depth == "layers")
    made: dict[Hashable, Box] = {}
    box_of: dict[Value, Box] = {}
    for head, rank in ranks.items():
        role = "root" if head is selection.root else "inner"
        new = Box(role, keys.rank(rank), groups[head], bool(groups[head]))
        box = box_of[head] = made.setdefault(keys.of_head(head), new)
        box.heads.append(head)
        box.parameters.update(dict.fromkeys(parameters.get(head, ())))
        box.size += sizes[head]
    links: Links = {}
    for (x, leaf_or_head), box in keys.leaf_boxes(flows, made, box_of).items():
        _link(links, box, box_of[leaf_or_head], flows[x, leaf_or_head])
    for (x, head), flow in flows.items():
        if x in box_of:
            _link(links, box_of[x], box_of[head], flow)
    return Boxes([*made.values()] or [_single(selection.root)], links)


def _single(leaf: Value) -> Box:
    return Box("root", 0, heads=[leaf], size=1)


def _link(links: Links, source: Box, target: Box, flow: float) -> None:
    if source is not target and abs(flow) >= abs(links.get((source, target), 0.0)):
        links[source, target] = flow


Flows = dict[tuple[Value, Value], float]


def _walk(
    selection: Selection, parts: Mapping[Value, Part], owner: Mapping[Value, Value]
) -> tuple[Flows, dict[Value, list[Value]], dict[Value, int], dict[Value, int]]:
    """What flows from heads and leaves into heads; of each head its parameters, rank and size."""
    kept = selection.kept
    flows: Flows = {}
    parameters: dict[Value, list[Value]] = {}
    ranks: dict[Value, int] = {}
    sizes: dict[Value, int] = {}
    for node in selection.inner:
        head = owner[node]
        sizes[head] = sizes.get(head, 0) + 1
        rank = ranks.get(head, 1)
        place = -1
        for x in node.inputs:
            if type(x) is not Value:
                continue
            place += 1
            if kept is not None and x not in kept:
                continue
            source = owner.get(x)
            if source is head:
                continue
            if source is None:
                if type(x.label) is not str and label_of(x, "role") == "parameter":
                    parameters.setdefault(head, []).append(x)
                    continue
                source = x
            elif ranks[source] >= rank:
                rank = ranks[source] + 1
            part = parts.get(node)
            flow = part.grad * part.partials[place] if part else 0.0
            flows[source, head] = flows.get((source, head), 0.0) + flow
        ranks[head] = rank
    return flows, parameters, ranks, sizes


def _sink(ranks: dict[Value, int], flows: Flows, groups: Mapping[Value, str]) -> None:
    """Move all but neurons as near to their use as they can be."""
    nearest: dict[Value, int] = {}
    for x, head in reversed(flows):  # of each head, what it goes into comes before what it needs
        if not groups[head]:
            ranks[head] = nearest.get(head, ranks[head])
        nearest[x] = min(ranks[head] - 1, nearest.get(x, ranks[head]))


class _Keys:
    """What is drawn as one box has one key."""

    def __init__(
        self,
        root: Value,
        ranks: Mapping[Value, int],
        groups: Mapping[Value, str],
        layers: bool,
    ) -> None:
        self.root, self.ranks, self.groups, self.layers = root, ranks, groups, layers
        self.last = ranks.get(root, 0)
        self.in_neurons = any(groups.values())

    def rank(self, rank: int) -> int:
        """The rank itself; in a deep picture of layers the middle ones are one."""
        if not self.layers or self.last <= 2 * ENDS + 1 or rank <= ENDS:
            return rank
        return max(ENDS + 1, rank - self.last + 2 * ENDS + 1)

    def of_head(self, head: Value) -> Hashable:
        if head is self.root:
            return head
        group, rank = self.groups[head], self.rank(self.ranks[head])
        return (rank, bool(group)) if self.layers else (rank, group or head)

    def leaf_boxes(
        self, flows: Flows, made: dict[Hashable, Box], box_of: Mapping[Value, Box]
    ) -> dict[tuple[Value, Value], Box]:
        """Make the boxes of the leaves; return the one that each use of a leaf comes from."""
        users: dict[Value, list[Value]] = {}
        for x, head in flows:
            if x not in self.ranks:
                users.setdefault(x, []).append(head)
        found: dict[tuple[Value, Value], Box] = {}
        for x, heads in users.items():
            if len(heads) == 1 and not x.label and not self.layers:
                continue  # a number that one box alone needs
            role = self._role(heads)
            heads.sort(key=self.ranks.__getitem__)
            ranks = [self.rank(self.ranks[head]) for head in heads]
            copies = dict.fromkeys(ranks, 0) if self.layers else runs(ranks)
            shared = self.layers and ranks[0] < ranks[-1]
            for head, rank in zip(heads, ranks):
                copy = copies[rank]
                key: Any = (role, ranks[0], shared) if self.layers else (x, copy)
                new = Box("again" if copy else role, rank - 1)
                box = found[x, head] = made.setdefault(key, new)
                if x not in box.heads[-1:]:
                    box.heads.append(x)
                    box.size += 1
                if shared and rank > ranks[0]:  # an edge would cross the picture
                    del found[x, head]
                    box_of[head].shared[x] = None
        return found

    def _role(self, heads: Sequence[Value]) -> str:
        weighed = not self.in_neurons or any(self.groups[head] for head in heads)
        return "input" if weighed else "target"
