"""Draw a recorded graph as a sketch: a box for each formula, and the place of each row."""

from __future__ import annotations

import re
from collections.abc import Mapping

from microgradnet.autograd.graph import made_after, reachable
from microgradnet.autograd.labels import PARAMETERS, label_of
from microgradnet.autograd.value import Value
from microgradnet.checking.sketches import Box, Sketch
from microgradnet.checking.vocabulary import TARGET, is_parameter, plain
from microgradnet.derivations.heads import Heads
from microgradnet.tape.graphs import fold

__all__ = ["sketch_of"]

MOST = 5_000  # values: a picture of more is unreadable, and costs more than the check
WORD = re.compile(r"[^\W\d]\w*|[0-9]+\.[0-9]{5,}(?:e[-+]?[0-9]+)?")


def sketch_of(
    loss: Value,
    ends: Mapping[str, tuple[Value, Value]],
    called: Mapping[str, Value] | None = None,
) -> Sketch | None:
    """Return the sketch of a recorded graph; None for more than 5,000 values.

    ends: the nodes A and B of d_A_d_B, by the name of a row; called: further names of nodes, which
    may have several: o1, y_pred.

    >>> w, x = Value(2.0, "w"), Value(3.0, "x")
    >>> loss = (w * x) ** 2
    >>> sketch = sketch_of(loss, {"d_L_d_w": (loss, w)})
    >>> [box.name for box in sketch.boxes], sketch.places
    (['w', 'x', 'L'], {'d_L_d_w': (2, 0)})
    """
    leaves, inner = reachable(loss)
    if len(leaves) + len(inner) > MOST:
        return None
    made = fold([loss, *(node for pair in ends.values() for node in pair)])
    root = made.get(loss, loss)
    pairs = {k: (made.get(a, a), made.get(b, b)) for k, (a, b) in ends.items()}
    leaves, inner = reachable(root)
    leaves = sorted(leaves, key=made_after)
    known = {*leaves, *inner}
    by = [x for pair in pairs.values() for x in pair if x in known]
    heads = Heads(root, list(dict.fromkeys([*leaves, *by])), inner)
    drawn = [*leaves, *heads.all]
    at = {x: i for i, x in enumerate(drawn)}
    names = _Called(heads, {made.get(x, x): name for name, x in (called or {}).items()})
    derived_by = {b for _, b in pairs.values()}
    targets = _targets(heads, root) - derived_by
    boxes = [
        Box(names.of(x), names.lines(x), x.data, role=_role(x, root, derived_by, targets))
        for x in drawn
    ]
    links = tuple((at[x], at[head]) for head, x in heads.pairs)
    places = {k: (at[a], at[b]) for k, (a, b) in pairs.items() if a in at and b in at}
    return Sketch(tuple(boxes), links, places)


class _Called:
    """The names of nodes: their labels, and further names.

    also: one further name of a node.
    """

    def __init__(self, heads: Heads, also: Mapping[Value, str]) -> None:
        self.heads, self.also = heads, also
        name = heads.page.name
        self.spelled = {name[x]: str(x.label) for x in heads.page.place if x.label and x in name}

    def of(self, x: Value) -> str:
        """Return the label of a node, and its further name if there is one: o1, y_pred."""
        name = self.heads.page.name[x]
        label = self.spelled.get(name, name)
        return ", ".join(dict.fromkeys([label, self.also.get(x, label)]))

    def lines(self, x: Value) -> tuple[str, ...]:
        """Return the formulas with the author's labels, x[0] for x_0, and four digits."""
        return tuple(WORD.sub(self._spelled, line) for line in self.heads.lines.get(x, ()))

    def _spelled(self, word: re.Match[str]) -> str:
        text = word[0]
        return f"{float(text):.4g}" if text[0] in "0123456789" else self.spelled.get(text, text)


def _targets(heads: Heads, root: Value) -> set[Value]:
    """Return the leaves that only the loss reads, beside the prediction."""
    into = {x for head, x in heads.pairs if head is root}
    elsewhere = {x for head, x in heads.pairs if head is not root}
    return into - elsewhere if any(x.inputs for x in into) else set()


def _role(x: Value, root: Value, derived_by: set[Value], targets: set[Value]) -> str:
    if x is root:
        return "root"
    if x.inputs:
        return "inner"
    trained = label_of(x, "role") in PARAMETERS or is_parameter(str(x.label))
    if x in derived_by or trained:
        return "parameter"
    return "target" if x in targets or plain(str(x.label)) in TARGET else "input"
