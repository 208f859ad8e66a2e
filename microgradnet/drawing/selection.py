"""Select the values of a graph to draw, and outline the graph by its labelled values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from microgradnet.autograd.gradient import refuse_changed, refuse_labels
from microgradnet.autograd.graph import between, describe, operands, reachable
from microgradnet.autograd.labels import PARAMETERS, label_of, neuron
from microgradnet.autograd.value import Computed, Value
from microgradnet.derivations.deriving import PREDICTION, prediction
from microgradnet.drawing.anatomy import Part
from microgradnet.drawing.roles import Roles, roles_among

__all__ = ["FAR", "Fold", "Outline", "Selection"]
__all__ += ["is_labelled", "is_larger", "owners", "runs", "select"]

Flows = dict[tuple[Value, Value], float]

# Ranks that the edges of a leaf may span before it is drawn again, nearer to its use. Long edges
# make the layout slow: 400 steps that share three weights take 1 s, and 11 s with 4 here.
FAR = 2


@dataclass(frozen=True, eq=False)
class Fold:
    """A chain of like steps, drawn as its last value.

    start: what goes into the first step; steps, size: how many steps and values; title: the formula
    of a step, and their number.
    """

    start: Value
    steps: int
    size: int
    title: str


@dataclass(eq=False)
class Selection:
    """The values of a graph to draw: leaves, and computed ones with operands before results.

    kept: all of them as a set, or None for the whole graph, which saves a lookup per edge. folds:
    of the last values of folded chains. params: the parameters, where they are given.
    """

    root: Value
    leaves: list[Value]
    inner: Sequence[Computed]
    kept: set[Value] | None = None
    folds: Mapping[Value, Fold] = field(default_factory=dict)
    params: Sequence[Value | str] | None = None

    def __len__(self) -> int:
        return len(self.leaves) + len(self.inner)

    def operands(self, node: Value) -> Iterator[tuple[int, Value]]:
        """Yield the operands to draw, each with its index among the operands that are Values."""
        inputs = enumerate(operands(node))
        if node in self.folds:
            return iter([(0, self.folds[node].start)])
        return ((i, x) for i, x in inputs if self.kept is None or x in self.kept)

    def part(self, call: str) -> str:
        """Return advice on a smaller part: "a part of it, such as draw(h1)" for call "draw({})"."""
        name = next((str(x.label) for x in self.inner[:-1] if is_labelled(x)), "")
        return f"a part of it, such as {call.format(name)}" if name else "a value within it"

    @cached_property
    def whole(self) -> tuple[list[Value], Sequence[Computed]]:
        """The leaves and the computed values of the whole graph."""
        return (self.leaves, self.inner) if self.kept is None else reachable(self.root)

    @cached_property
    def roles(self) -> Roles:
        """The roles of the leaves of the whole graph."""
        return roles_among(self.whole[0], self.params)

    @cached_property
    def output(self) -> Value | None:
        """The prediction, which a derivation calls y_pred, or None."""
        return prediction(self.root, *self.whole)

    def name(self, x: Value) -> str:
        """Return the name of a value: its label, y_pred for the prediction, or that of its fold."""
        if x in self.folds:
            return " = ".join(filter(None, (x.label, self.folds[x].title)))
        return PREDICTION if x is self.output else x.label

    @cached_property
    def heights(self) -> dict[Value, int]:
        """The length of the longest path from a leaf to each computed value, in operations."""
        heights: dict[Value, int] = {}
        for node in self.inner:
            below = (heights.get(x, 0) for _, x in self.operands(node))
            heights[node] = 1 + max(below, default=0)
        return heights

    @cached_property
    def ranks(self) -> dict[Value, int]:
        """The rank of each value: its height, moved as near to its use as possible.

        So a value computed from leaves alone, such as a weighted input, lies beside its other
        operand.
        """
        ranks = {self.root: self.heights.get(self.root, 0)}
        for node in reversed(self.inner):
            for _, x in self.operands(node):
                ranks[x] = min(ranks[node] - 1, ranks.get(x, ranks[node]))
        return ranks


def select(
    root: Value,
    only: Value | str | None = None,
    params: Sequence[Value | str] | None = None,
) -> Selection:
    """Return the graph of a Value, or only its paths from one Value, given itself or by its label.

    params: the parameters, Values or labels; None for those that the graph tells.

    Raises ValueError where the root does not depend on `only`, where several values have that
    label, or, naming the leaf, where its data was set after its use. Raises TypeError for a label
    that is not a str.

    >>> a, b = Value(2.0, "a"), Value(3.0, "b")
    >>> len(select(a * b + b)), len(select(a * b + b, only="a"))
    (4, 3)
    """
    leaves, inner = reachable(root)
    refuse_changed(inner)
    refuse_labels([*leaves, *inner])
    if only is None:
        return Selection(root, leaves, inner, params=params)
    start = _found(root, [*leaves, *inner], only)
    on_path = between(root, start)
    return Selection(root, [start], on_path, {start, *on_path}, params=params)


def is_larger(root: Value, n: int) -> bool:
    """Whether the graph of a Value has more than n values; stops walking once it knows.

    >>> y = Value(2.0).exp().sin()
    >>> is_larger(y, 2), is_larger(y, 3)
    (True, False)
    """
    found = [root]
    seen = {root}
    for node in found:
        for x in node.inputs:
            if isinstance(x, Value) and x not in seen:
                seen.add(x)
                found.append(x)
        if len(found) > n:
            return True
    return False


def _found(root: Value, nodes: Iterable[Value], only: Value | str) -> Value:
    if not isinstance(only, (Value, str)):
        raise TypeError(f"only is a Value or its label, not {type(only).__name__}")
    is_value = isinstance(only, Value)
    named = [x for x in nodes if (x is only if is_value else x.label and x.label == only)]
    if not named and only == PREDICTION:
        named = [x for x in [prediction(root, (), nodes)] if x is not None]
    if len(named) == 1:
        return named[0]
    name = describe(only) if isinstance(only, Value) else repr(only)
    if not named:
        raise ValueError(f"only: {describe(root)} does not depend on {name}")
    raise ValueError(f"only: {len(named)} values are labelled {name}; pass the Value itself")


def runs(ranks: Iterable[int]) -> dict[int, int]:
    """Map the ranks at which a leaf is used to copy numbers, the same number for near ranks.

    >>> runs([1, 2, 1, 400, 402])
    {1: 0, 2: 0, 400: 1, 402: 1}
    """
    numbers: dict[int, int] = {}
    first, run = -FAR - 1, -1
    for rank in sorted(set(ranks)):
        if rank - first > FAR:
            first, run = rank, run + 1
        numbers[rank] = run
    return numbers


class Outline:
    """The heads of a graph (its labelled values) and the gradients that flow between them.

    parts: of all values, or empty for no gradients. If no value is labelled, every one is a head.
    flows: from heads and leaves into heads; parameters: of each head; ranks: the distance of a head
    from the inputs; sizes: the number of values a head stands for; groups: its neuron, or "".

    >>> from microgradnet import MLP, mse
    >>> outline = Outline(select(mse(MLP(2, [8, 1])([1.0, 2.0]), 1)), {})
    >>> len(outline.ranks), set(outline.ranks.values())
    (10, {1, 2, 3})
    """

    def __init__(self, selection: Selection, parts: Mapping[Value, Part]) -> None:
        self.root, self.is_whole = selection.root, selection.kept is None
        self.selection = selection
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
        """Move every head except neurons as near to its use as possible."""
        ranks, nearest = self.ranks, dict[Value, int]()
        for x, head in reversed(self.flows):  # users come before operands
            if not self.groups[head]:
                ranks[head] = nearest.get(head, ranks[head])
            nearest[x] = min(ranks[head] - 1, nearest.get(x, ranks[head]))


def owners(selection: Selection, is_head: Callable[[Value], bool]) -> dict[Value, Value]:
    """Return for each computed value the head whose box holds it: the only head that needs it.

    Heads are the root, the values that `is_head` accepts, and values that several heads need. So
    the boxes are trees of values, and no box depends on itself.

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
            if isinstance(x, float) or x.operation is None or (kept is not None and x not in kept):
                continue
            if owner.setdefault(x, head) is not head:
                owner[x] = x
    if kept is not None:  # the start of the paths is a leaf of the picture, even if it is computed
        for start in selection.leaves:
            owner.pop(start, None)
    return owner


def is_labelled(node: Value) -> bool:
    """Whether a value has a label its reader knows, not one that only its neuron uses.

    >>> is_labelled(Value(1.0, "a")), is_labelled(Value(1.0))
    (True, False)
    """
    label = node.label
    return bool(label) and (type(label) is str or label_of(node, "role") != "sum")
