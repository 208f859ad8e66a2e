"""What of a derivation in arrays is drawn: a box for each array of the forward pass."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from microgradnet.autograd.value import Value
from microgradnet.checking.claims import claim, plainest
from microgradnet.checking.found import Found
from microgradnet.checking.names import parts
from microgradnet.checking.recognising import Point
from microgradnet.checking.report import Row
from microgradnet.checking.sketches import Box, Sketch
from microgradnet.words import say

__all__ = ["sketch_of_arrays"]

UNNAMED = say("a step without a name")
ROOT = "L"


def sketch_of_arrays(
    point: Point, found: Mapping[str, Found], rows: Sequence[Row], loss: str
) -> Sketch | None:
    """Return the sketch of the arrays of a run, what rows are of by the derivatives found.

    found: by the names of rows; loss: what it is called. None where no array goes into the loss.
    """
    arrays = _Arrays(point, {k for one in found.values() if (k := _index(one)) is not None})
    links = arrays.links(point.loss)
    used = {i for pair in links for i in pair}
    kept = {box: i for i, box in enumerate([k for k in range(len(arrays.names)) if k in used])}
    root = len(kept)
    if not kept:
        return None
    ends = [_index(one) for one in found.values() if one.ends]
    trained = {arrays.of.get(k) for k in ends if k is not None}
    boxes = [arrays.box(k, k in trained) for k in kept]
    line = arrays.statement_of(point.loss) or f"{ROOT} = {loss}" * (loss not in ("", ROOT))
    name = loss if loss.isidentifier() else ROOT
    boxes.append(Box(name, (line,) if line else (), role="root"))
    kept[len(arrays.names)] = root
    places = {}
    for row in rows:
        pair = arrays.place(row.name, found.get(row.name))
        if pair is not None and set(pair) <= kept.keys():
            places[row.name] = (kept[pair[0]], kept[pair[1]])
    pairs = tuple((kept[i], kept[j]) for i, j in links)
    return Sketch(tuple(boxes), pairs, places)


def _index(one: Found) -> int | None:
    """Which array of the forward pass a derivative is by."""
    if one.by:
        return one.by[0]
    return one.match.index if one.match else None


class _Arrays:
    """The arrays of a forward pass, those of one name together; len(names) stands for the loss.

    names: of each box; of: of each array of the point its box; owner: of each node.
    """

    def __init__(self, point: Point, wanted: set[int]) -> None:
        self.point = point
        self.names: list[str] = []
        self.of: dict[int, int] = {}
        self.owner: dict[Value, int] = {}
        self.shapes: list[tuple[int, ...]] = []
        self.nodes: list[list[Value]] = []
        by_name: dict[str, int] = {}
        for k, f in enumerate(point.forward):
            nodes = [x for x in f.nodes.flat if isinstance(x, Value)]
            new = [x for x in nodes if x not in self.owner]
            if not new:  # another name of it, or a part
                self.of |= {k: self.owner[nodes[0]]} if nodes else {}
                continue
            if not f.name and k not in wanted:
                continue
            if not f.name or f.name not in by_name:
                by_name[f.name] = len(self.names)
                self.names.append(f.name or UNNAMED)
                self.shapes.append(f.nodes.shape)
                self.nodes.append([])
            self.of[k] = box = by_name[f.name]
            self.nodes[box] += new
            self.owner |= dict.fromkeys(new, box)
        self.lines = self._lines()

    def _lines(self) -> dict[int, str]:
        """The statement that computed each box last."""
        found = {}
        for event in self.point.trace.events:
            box = self.owner.get(event.nodes[0]) if event.nodes else None
            if box is not None and self.names[box] == event.name:
                found[box] = _text(event.statement.node)
        return found

    def statement_of(self, loss: Value) -> str:
        """The statement that computed the loss, if one did."""
        events = [e for e in self.point.trace.events if e.value.size == 1]
        return next((_text(e.statement.node) for e in events if e.value.item() is loss), "")

    def links(self, loss: Value) -> list[tuple[int, int]]:
        """Which box goes into which, the loss last."""
        found: dict[tuple[int, int], None] = {}
        for box, nodes in enumerate([*self.nodes, [loss]]):
            stack: list[Value | float] = [x for node in nodes for x in node.inputs]
            seen: set[Value] = set()
            while stack:
                x = stack.pop()
                if not isinstance(x, Value) or x in seen:
                    continue
                seen.add(x)
                below = self.owner.get(x)
                if below is None:
                    stack += x.inputs
                elif below != box:
                    found[below, box] = None
        if loss in self.owner:
            found[self.owner[loss], len(self.nodes)] = None
        return list(found)

    def box(self, k: int, trained: bool) -> Box:
        """A box as it is drawn; trained: whether a row is the derivative by it, a parameter."""
        leaf = all(not x.inputs for x in self.nodes[k])
        role = ("parameter" if trained else "input") if leaf else "inner"
        number = self.nodes[k][0].data if not self.shapes[k] else None
        lines = (self.lines[k],) if k in self.lines and not leaf else ()
        return Box(self.names[k], lines, number, self.shapes[k], role)

    def place(self, name: str, one: Found | None) -> tuple[int, int] | None:
        """The boxes (a, b) of a row: of the loss by what it is by, or as its name says."""
        loss = len(self.names)
        known = {plainest(box): i for i, box in reversed(list(enumerate(self.names)))}
        if name == "forward":
            return loss, loss
        if one is not None and one.local is not None:
            pairs = [(known.get(plainest(a)), known.get(plainest(b))) for a, b in parts(name)]
            return next(((a, b) for a, b in pairs if a is not None and b is not None), None)
        index = _index(one) if one is not None else None
        box = self.of.get(index) if index is not None else None
        if box is None and one is None:
            says = claim(name, known)
            by = says.by if says else name.removeprefix("update ")
            box = known.get(plainest(by))
        return None if box is None else (loss, box)


def _text(node: ast.stmt) -> str:
    """A statement on one line; nothing for a loop, whose head gives a name its number."""
    if isinstance(node, ast.Return):
        return ast.unparse(node.value) if node.value is not None else ""
    simple = isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign))
    return ast.unparse(node) if simple else ""
