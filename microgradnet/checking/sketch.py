"""What of a derivation is drawn: its forward pass as plain data, and where each row stands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from microgradnet.autograd.graph import reachable
from microgradnet.autograd.labels import PARAMETERS, label_of
from microgradnet.autograd.value import Value, made_after
from microgradnet.checking.names import PARAMETER, TARGET, plain
from microgradnet.derivations.heads import Heads
from microgradnet.tape.folding import fold

__all__ = ["ROLES", "Box", "Sketch", "sketch_of"]

ROLES = ("root", "inner", "parameter", "input", "target")
MOST = 5_000  # values: more are no picture, and cost more than the check
WORD = re.compile(r"[^\W\d]\w*|[0-9]+\.[0-9]{5,}(?:e[-+]?[0-9]+)?")


@dataclass(frozen=True)
class Box:
    """A number or an array of the forward pass.

    lines: the formulas it is computed by, or its statement; number: what it is at the report's
    point, None for an array, which has a shape; role: one of ROLES.

    >>> Box("w1", number=0.5, role="parameter").shape
    ()
    """

    name: str
    lines: tuple[str, ...] = ()
    number: float | None = None
    shape: tuple[int, ...] = ()
    role: str = "inner"


@dataclass(frozen=True)
class Sketch:
    """Boxes, which go into which, and the places of rows; plain data, for pickles and JSON.

    links: pairs of places among the boxes, from and into; places: by the name of a row the boxes
    (a, b) of the derivative of a by b.

    >>> Sketch((Box("x"), Box("L", role="root")), ((0, 1),), {"d_L_d_x": (1, 0)}).root
    1
    """

    boxes: tuple[Box, ...]
    links: tuple[tuple[int, int], ...]
    places: Mapping[str, tuple[int, int]]

    @property
    def root(self) -> int:
        """The place of the loss."""
        return next(i for i, box in enumerate(self.boxes) if box.role == "root")

    def to_dict(self) -> dict[str, object]:
        """Return the sketch as lists, dicts, strings and numbers, for JSON.

        >>> Sketch.from_dict(Sketch((Box("L"),), (), {}).to_dict()).boxes[0].name
        'L'
        """
        boxes = [
            [box.name, box.lines, box.number if _finite(box) else None, box.shape, box.role]
            for box in self.boxes
        ]
        places = {name: list(pair) for name, pair in self.places.items()}
        links = [list(pair) for pair in self.links]
        return {"boxes": boxes, "links": links, "places": places}

    @classmethod
    def from_dict(cls, found: Mapping[str, Any]) -> Sketch:
        """Return the sketch that `to_dict` made this of."""
        boxes = tuple(
            Box(name, tuple(lines), number, tuple(shape), role)
            for name, lines, number, shape, role in found["boxes"]
        )
        links = tuple((i, j) for i, j in found["links"])
        places = {name: (a, b) for name, (a, b) in found["places"].items()}
        return cls(boxes, links, places)


def sketch_of(
    loss: Value,
    ends: Mapping[str, tuple[Value, Value]],
    called: Mapping[str, Value] | None = None,
) -> Sketch | None:
    """Return the sketch of a recorded graph; None for more than 5,000 values.

    ends: by the name of a row the nodes A and B of d_A_d_B; called: all names of nodes, of which
    one may have several: o1, y_pred.

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


def _finite(box: Box) -> bool:
    return box.number is not None and isfinite(box.number)


class _Called:
    """What nodes are called: by their labels, and the other names that they have.

    also: of each node one other name.
    """

    def __init__(self, heads: Heads, also: Mapping[Value, str]) -> None:
        self.heads, self.also = heads, also
        name = heads.page.name
        self.spelled = {name[x]: str(x.label) for x in heads.page.place if x.label and x in name}

    def of(self, x: Value) -> str:
        """The label, and another name if there is one: o1, y_pred."""
        name = self.heads.page.name[x]
        label = self.spelled.get(name, name)
        return ", ".join(dict.fromkeys([label, self.also.get(x, label)]))

    def lines(self, x: Value) -> tuple[str, ...]:
        """The formulas with labels as the author has them, x[0] for x_0, in four digits."""
        return tuple(WORD.sub(self._spelled, line) for line in self.heads.lines.get(x, ()))

    def _spelled(self, word: re.Match[str]) -> str:
        text = word[0]
        return f"{float(text):.4g}" if text[0] in "0123456789" else self.spelled.get(text, text)


def _targets(heads: Heads, root: Value) -> set[Value]:
    """The leaves that nothing but the loss needs, beside what is predicted."""
    into = {x for head, x in heads.pairs if head is root}
    elsewhere = {x for head, x in heads.pairs if head is not root}
    return into - elsewhere if any(x.inputs for x in into) else set()


def _role(x: Value, root: Value, derived_by: set[Value], targets: set[Value]) -> str:
    if x is root:
        return "root"
    if x.inputs:
        return "inner"
    trained = label_of(x, "role") in PARAMETERS or PARAMETER.match(str(x.label))
    if x in derived_by or trained:
        return "parameter"
    return "target" if x in targets or plain(str(x.label)) in TARGET else "input"
