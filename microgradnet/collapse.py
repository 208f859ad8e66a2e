"""A big graph in few boxes: a labelled value with all that only it needs, or a layer of those."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from microgradnet.anatomy import PARAMETERS, Part, label_of, neuron
from microgradnet.selection import Selection, runs
from microgradnet.value import Value

__all__ = ["Box", "Boxes", "Outline", "fold", "is_labelled", "owners"]

ENDS = 4  # of more than 2 * ENDS + 1 layers the middle ones are one box


@dataclass(eq=False)
class Box:
    """Values drawn as one.

    role: as of a `Part`, "again" for a leaf drawn before. rank: how far from the inputs. heads:
    the values that are used elsewhere. size: how many values it holds, without parameters.
    shared: leaves that it uses too, but that are drawn elsewhere. in_neurons: whether its heads
    are outputs of neurons. operations: how many of each it holds, where that is counted.

    >>> Box("inner", 1).heads
    []
    """

    role: str
    rank: int
    in_neurons: bool = False
    heads: list[Value] = field(default_factory=list)
    parameters: dict[Value, None] = field(default_factory=dict)
    shared: dict[Value, None] = field(default_factory=dict)
    size: int = 0
    operations: Counter[str] = field(default_factory=Counter)


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


def is_labelled(node: Value) -> bool:
    """Whether a value has a name that its reader knows: not one only its neuron uses.

    >>> is_labelled(Value(1.0, "a")), is_labelled(Value(1.0))
    (True, False)
    """
    label = node.label
    return bool(label) and (type(label) is str or label_of(node, "role") != "sum")


class Outline:
    """What flows between the labelled values of a graph, and its boxes at any depth.

    parts: of all values, or nothing, and no gradients flow. Where none is labelled, all count.

    >>> from microgradnet import MLP, mse
    >>> from microgradnet.selection import select
    >>> outline = Outline(select(mse(MLP(2, [8, 1])([1.0, 2.0]), 1)), {})
    >>> [len(outline.boxes(depth).boxes) for depth in ("neurons", "layers")]
    [10, 3]
    """

    def __init__(self, selection: Selection, parts: Mapping[Value, Part]) -> None:
        self.root = selection.root
        labelled = any(map(is_labelled, selection.inner[:-1]))
        owner = owners(selection, is_labelled if labelled else lambda node: True)
        self.flows, self.parameters, self.ranks, self.sizes = _walk(selection, parts, owner)
        self.groups = {head: neuron(head) if labelled else "" for head in self.ranks}
        _sink(self.ranks, self.flows, self.groups)

    def count(self) -> int:
        """Return how many boxes there are of neurons and labelled values."""
        if not any(self.groups.values()):
            return len(self.ranks)
        keys = _Keys(self.root, self.ranks, self.groups, layers=False)
        return len({keys.of_head(head) for head in self.ranks})

    def boxes(self, depth: str) -> Boxes:
        """Return the boxes of the neurons and labelled values, or of the layers of those.

        depth: "neurons" or "layers".
        """
        keys = _Keys(self.root, self.ranks, self.groups, layers=depth == "layers")
        made: dict[Hashable, Box] = {}
        box_of: dict[Value, Box] = {}
        for head, rank in self.ranks.items():
            role, group = "root" if head is self.root else "inner", self.groups[head]
            key = keys.of_head(head)
            if key not in made:
                made[key] = Box(role, keys.rank(rank), bool(group))
            box = box_of[head] = made[key]
            box.heads.append(head)
            box.parameters.update(dict.fromkeys(self.parameters.get(head, ())))
            box.size += self.sizes[head]
        links: Links = {}
        for (x, head), box in keys.leaf_boxes(self.flows, made, box_of).items():
            _link(links, box, box_of[head], self.flows[x, head])
        for (x, head), flow in self.flows.items():
            if x in box_of:
                _link(links, box_of[x], box_of[head], flow)
        return Boxes([*made.values()] or [_single(self.root)], links)


def _single(leaf: Value) -> Box:
    return Box("root", 0, heads=[leaf], size=1)


def _link(links: Links, source: Box, target: Box, flow: float) -> None:
    if source is target:
        return
    known = links.setdefault((source, target), flow)
    if abs(flow) > abs(known):
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
        head, part = owner[node], parts.get(node)
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
                is_plain = type(x.label) is str or kept is not None
                if not is_plain and label_of(x, "role") in PARAMETERS:
                    parameters.setdefault(head, []).append(x)
                    continue
                source = x
            elif ranks[source] >= rank:
                rank = ranks[source] + 1
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


def fold(rank: int, last: int) -> int:
    """Return where a layer is drawn: of a deep graph the middle ones are one.

    >>> [fold(rank, 400) for rank in (4, 5, 396, 397, 400)]
    [4, 5, 5, 6, 9]
    """
    return (
        rank if last <= 2 * ENDS + 1 or rank <= ENDS else max(ENDS + 1, rank - last + 2 * ENDS + 1)
    )


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
        return fold(rank, self.last) if self.layers else rank

    def of_head(self, head: Value) -> Hashable:
        if head is self.root:
            return head
        group, rank = self.groups[head], self.ranks[head]
        return (self.rank(rank), bool(group)) if self.layers else (rank, group or head)

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
            role = self._role(x, heads)
            heads.sort(key=self.ranks.__getitem__)
            ranks = [self.rank(self.ranks[head]) for head in heads]
            copies = dict.fromkeys(ranks, 0) if self.layers else runs(ranks)
            shared = self.layers and (not x.label or ranks[0] < ranks[-1])
            for head, rank in zip(heads, ranks):
                copy = copies[rank]
                key: Any = (role, x.label and ranks[0], shared) if self.layers else (x, copy)
                if key not in made:
                    made[key] = Box("again" if copy else role, rank - 1 if x.label else 0)
                box = found[x, head] = made[key]
                if x not in box.heads[-1:]:
                    box.heads.append(x)
                    box.size += 1
                if shared and rank > ranks[0]:  # an edge would cross the picture
                    del found[x, head]
                    box_of[head].shared[x] = None
        return found

    def _role(self, x: Value, heads: Sequence[Value]) -> str:
        if (role := label_of(x, "role")) in PARAMETERS:
            return role
        weighed = not self.in_neurons or any(self.groups[head] for head in heads)
        return "input" if weighed else "target"
