"""Group a big graph into few boxes: a labelled value and all that only it needs, or a layer."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field

from microgradnet.autograd.labels import PARAMETERS, label_of, neuron
from microgradnet.autograd.value import Value
from microgradnet.drawing.selection import Outline, Selection, is_labelled, runs

__all__ = ["Box", "Boxes", "Links", "collapse", "count", "fold", "has_more", "link", "summary"]

ENDS = 4  # with more than 2 * ENDS + 1 layers, the middle ones are merged into one box


@dataclass(eq=False)
class Box:
    """A group of values drawn as one box.

    role: that of a `Part`, or "again" for a copy of a leaf; leaf: the role of what it is a copy of.
    rank: its distance from the inputs.
    heads: the values that are used elsewhere. size: how many values it holds, without parameters.
    shared: leaves that it uses too, but that are drawn elsewhere. in_neurons: whether its heads are
    outputs of neurons. operations: how many of each operation it holds, where that is counted.

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
    leaf: str = ""

    @property
    def looks(self) -> str:
        """The role whose colours it has."""
        return self.leaf or self.role


Links = dict[tuple[Box, Box], float]


@dataclass(eq=False)
class Boxes:
    """Boxes in order of creation, and the largest gradient along each link.

    >>> Boxes([], {}).of_rank()
    {}
    """

    boxes: list[Box]
    links: Links

    def of_rank(self) -> dict[int, list[Box]]:
        """Return the boxes grouped by rank."""
        ranks: dict[int, list[Box]] = {}
        for box in self.boxes:
            ranks.setdefault(box.rank, []).append(box)
        return ranks


def collapse(outline: Outline, depth: str) -> Boxes:
    """Return one box for each neuron and labelled value, or for each layer of those.

    depth: "neurons" or "layers".

    >>> from microgradnet import MLP, mse
    >>> from microgradnet.drawing.selection import select
    >>> outline = Outline(select(mse(MLP(2, [8, 1])([1.0, 2.0]), 1)), {})
    >>> [len(collapse(outline, depth).boxes) for depth in ("neurons", "layers")]
    [10, 3]
    """
    keys = _Keys(outline, layers=depth == "layers")
    made: dict[Hashable, Box] = {}
    box_of: dict[Value, Box] = {}
    for head, rank in outline.ranks.items():
        role, group = "root" if head is outline.root else "inner", outline.groups[head]
        key = keys.of_head(head)
        if key not in made:
            made[key] = Box(role, keys.rank(rank), bool(group))
        box = box_of[head] = made[key]
        box.heads.append(head)
        box.parameters.update(dict.fromkeys(outline.parameters.get(head, ())))
        box.size += outline.sizes[head]
    links: Links = {}
    for (x, head), box in keys.leaf_boxes(made, box_of).items():
        link(links, box, box_of[head], outline.flows[x, head])
    for (x, head), flow in outline.flows.items():
        if x in box_of:
            link(links, box_of[x], box_of[head], flow)
    return Boxes([*made.values()] or [Box("root", 0, heads=[outline.root], size=1)], links)


def count(outline: Outline) -> int:
    """Return the number of boxes of neurons and labelled values, leaves not counted.

    >>> from microgradnet.drawing.selection import select
    >>> count(Outline(select(Value(1.0).exp()), {}))
    1
    """
    if not outline.in_neurons:
        return len(outline.ranks)
    keys = _Keys(outline, layers=False)
    return len({keys.of_head(head) for head in outline.ranks})


def has_more(selection: Selection, n: int) -> bool:
    """Whether a quick look shows more than n boxes of neurons and labelled values.

    Each labelled value outside neurons has a box; if none is labelled, each computed value has one.

    >>> from microgradnet.drawing.selection import select
    >>> has_more(select(Value(1.0).exp().exp()), 1)
    True
    """
    before = itertools.islice(selection.inner, max(0, len(selection.inner) - 1))
    if not any(map(is_labelled, before)):
        return len(selection.inner) > n
    alone = (x for x in selection.inner if is_labelled(x) and not neuron(x))
    return next(itertools.islice(alone, n, None), None) is not None


def link(links: Links, source: Box, target: Box, flow: float) -> None:
    """Note a gradient along a link between two boxes, if it is the largest."""
    if source is target:
        return
    known = links.setdefault((source, target), flow)
    if abs(flow) > abs(known):
        links[source, target] = flow


def fold(rank: int, last: int) -> int:
    """Return the rank at which a layer is drawn; the middle layers of a deep graph share one.

    >>> [fold(rank, 400) for rank in (4, 5, 396, 397, 400)]
    [4, 5, 5, 6, 9]
    """
    if last <= 2 * ENDS + 1 or rank <= ENDS:
        return rank
    return max(ENDS + 1, rank - last + 2 * ENDS + 1)


class _Keys:
    """The keys of boxes: values with the same key are drawn as one box."""

    def __init__(self, outline: Outline, layers: bool) -> None:
        self.outline, self.layers, self.ranks = outline, layers, outline.ranks
        self.last = outline.ranks.get(outline.root, 0)

    def rank(self, rank: int) -> int:
        return fold(rank, self.last) if self.layers else rank

    def of_head(self, head: Value) -> Hashable:
        if head is self.outline.root:
            return head
        group, rank = self.outline.groups[head], self.ranks[head]
        return (self.rank(rank), bool(group)) if self.layers else (rank, group or head)

    def leaf_boxes(
        self, made: dict[Hashable, Box], box_of: Mapping[Value, Box]
    ) -> dict[tuple[Value, Value], Box]:
        """Make the boxes of the leaves; return the box that each use of a leaf comes from."""
        users: dict[Value, list[Value]] = {}
        for x, head in self.outline.flows:
            if x not in self.ranks:
                users.setdefault(x, []).append(head)
        found: dict[tuple[Value, Value], Box] = {}
        for x, heads in users.items():
            if len(heads) == 1 and not x.label and not self.layers and self.outline.is_whole:
                continue  # an unlabelled number used by a single box is not drawn
            role = self._role(x, heads)
            heads.sort(key=self.ranks.__getitem__)
            ranks = [self.rank(self.ranks[head]) for head in heads]
            copies = dict.fromkeys(ranks, 0) if self.layers else runs(ranks)
            shared = self.layers and (not x.label or ranks[0] < ranks[-1])
            for head, rank in zip(heads, ranks):
                copy = copies[rank]
                key: Hashable = (role, x.label and ranks[0], shared) if self.layers else (x, copy)
                if key not in made:
                    own, leaf = ("again", role) if copy else (role, "")
                    made[key] = Box(own, rank - 1 if x.label else 0, leaf=leaf)
                box = found[x, head] = made[key]
                if x not in box.heads[-1:]:
                    box.heads.append(x)
                    box.size += 1
                if shared and rank > ranks[0]:  # an edge would cross the picture
                    del found[x, head]
                    box_of[head].shared[x] = None
        return found

    def _role(self, x: Value, heads: Sequence[Value]) -> str:
        if role := self.outline.selection.roles.of(x):
            return role
        weighed = not self.outline.in_neurons or any(self.outline.groups[head] for head in heads)
        return "input" if weighed else "target"


def summary(selection: Selection) -> Boxes:
    """Return the layers of a graph of up to a million values, without gradients.

    The layer of a value is the number of labelled values on the longest path to it; a labelled
    value is among the last of its layer.

    >>> from microgradnet import MLP, mse
    >>> from microgradnet.drawing.selection import select
    >>> [box.size for box in summary(select(mse(MLP(2, [3, 1])([1.0, 2.0]), 1))).boxes]
    [6, 2, 2]
    """
    layers = _Layers()
    layers.walk(selection)
    last = layers.reach.get(selection.root, 1) - (selection.root in layers.heads)
    made = _of_layers(layers, selection.root, last)
    pairs = itertools.pairwise(made[rank] for rank in sorted(made))
    links = dict.fromkeys(pairs, 0.0)
    inputs: dict[int, Box] = {}
    for leaf, level in layers.first_use.items():
        user = made[fold(level, last)]
        if label_of(leaf, "role") in PARAMETERS:
            user.parameters[leaf] = None
            continue
        if user.rank not in inputs:
            inputs[user.rank] = Box("input", user.rank - 1)
        box = inputs[user.rank]
        box.heads.append(leaf)
        box.size += 1
        links[box, user] = 0.0
    return Boxes([*inputs.values(), *made.values()], links)


def _of_layers(layers: _Layers, root: Value, last: int) -> dict[int, Box]:
    """Return the boxes of computed values, by their ranks."""
    made: dict[int, Box] = {}
    for (level, op), n in layers.operations.items():
        rank = fold(level, last)
        box = made.setdefault(rank, Box("root" if level == last else "inner", rank))
        box.size += n
        box.operations[op] += n
        box.heads += layers.last_of.pop(level, ())
    for box in made.values():
        if box.role == "root":
            box.heads = [root]
        box.in_neurons = bool(box.heads) and bool(neuron(box.heads[0]))
    return made


@dataclass
class _Layers:
    """Counts from one pass over a graph.

    reach: for each computed value the lowest layer of its users.
    """

    reach: dict[Value, int] = field(default_factory=dict)
    heads: set[Value] = field(default_factory=set)
    last_of: dict[int, list[Value]] = field(default_factory=lambda: defaultdict(list))
    operations: dict[tuple[int, str], int] = field(default_factory=lambda: defaultdict(int))
    first_use: dict[Value, int] = field(default_factory=dict)

    def walk(self, selection: Selection) -> None:
        reach, heads, first_use, kept = self.reach, self.heads, self.first_use, selection.kept
        counts = self.operations
        for node in selection.inner:
            level = 1
            leaves: tuple[Value, ...] = ()
            for x in node.inputs:
                if not isinstance(x, Value) or (kept is not None and x not in kept):
                    continue
                below = reach.get(x)
                if below is None:
                    leaves += (x,)
                elif below > level:
                    level = below
            for x in leaves:
                first_use.setdefault(x, level)
            counts[level, node.operation.symbol if node.operation else ""] += 1
            if node.label and is_labelled(node):
                heads.add(node)
                self.last_of[level].append(node)
                level += 1
            reach[node] = level
