"""Draw a step or a recorded graph as a sketch: plain data, a box for each named number or array.

Numbers with names of their own are drawn by their formulas, as a graph of Values. Arrays, and
values that a loop computes repeatedly, get a box for each name, with its statement.
"""

from __future__ import annotations

import ast
import functools
import operator
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np

from microgradnet.autograd.graph import made_after, reachable
from microgradnet.autograd.labels import PARAMETERS, element, label_of
from microgradnet.autograd.modes import standing_in
from microgradnet.autograd.value import Value
from microgradnet.checking.finding import vocabulary
from microgradnet.checking.finding.increments import row as row_of
from microgradnet.checking.finding.upstream import PULLED
from microgradnet.checking.finding.vocabulary import TARGET, is_parameter, plain
from microgradnet.checking.judging.judged_steps import Step
from microgradnet.checking.judging.runs import Claim
from microgradnet.checking.reporting.report import Row
from microgradnet.checking.reporting.wording import loss_in_words, name_of
from microgradnet.derivations.paths import Heads
from microgradnet.operations.ops import log
from microgradnet.tape.entry import Place, filled
from microgradnet.tape.graphs import fold, graph
from microgradnet.tape.tape import Tape

MOST = 5_000  # entries or values: a picture of more is unreadable
ASSUMED: Mapping[str, Callable[[Any, Any], Any]] = {
    "squared error": lambda p, t: (p - t) ** 2,
    "cross-entropy": lambda p, t: -(t * log(p)),
    "binary cross-entropy": lambda p, t: -(t * log(p) + (1 - t) * log(1 - p)),
    PULLED: lambda p, t: p * t,
}
ROOT = "L"  # the name of a loss without a name
READ = ("", "getitem", "take", "same")  # operations of values that are given or read
WORD = re.compile(r"[^\W\d]\w*|[0-9]+\.[0-9]{5,}(?:e[-+]?[0-9]+)?")
ROLES = ("root", "inner", "parameter", "input", "target")


def sketched(tape: Tape, step: Step, rows: Iterable[Row]) -> Sketch | None:
    """Return the sketch of a step, with the place of each row; None if it has too many values."""
    if len(step.forward) > MOST:
        return None
    of = {name_of(claim): claim for claim in step.judgement.claims}
    names = Names(tape, step)
    sizes = {np.size(step.runs.values[0][n]) for c in of.values() for n in (c.number, *c.bys)}
    if sizes <= {1} and names.are_unlike:
        try:
            return _of_numbers(step, names, of)
        except (ArithmeticError, TypeError, ValueError):  # an operation that Values do not have
            pass
    return _Boxes(step, names).sketch(of, rows)


class Names:
    """The names of the entries of a forward pass, names given at home first.

    Home are the functions that store the loss or a claim. A name that a helper gives to several
    results, as `s` in every call of a sigmoid, is dropped. places: where an entry got a name first.
    """

    def __init__(self, tape: Tape, step: Step) -> None:
        home = {s.place.function for s in tape.stores if s.number in step.loss.ends()}
        home |= {claim.place.function for claim in step.judgement.claims}
        found, entries = list[tuple[int, int, str]](), step.runs.entries
        self.places: dict[tuple[int, str], Place] = {}
        for s in tape.stores:
            n, name = s.number, s.slot.removeprefix("self.")
            is_argument = s.place.kind == "argument"
            if n in step.forward and name != "_" and not (is_argument and entries[n].operation):
                rank = 2 if is_argument else int(s.place.function not in home)
                found.append((rank, n, name))
                self.places.setdefault((n, name), s.place)
        count = Counter(name for n, name in {(n, name) for rank, n, name in found if rank < 2})
        self.of: dict[int, dict[str, None]] = defaultdict(dict)
        for rank, n, name in sorted(found, key=lambda x: x[0]):
            if rank != 1 or count[name] < 2 or n in step.runs.given:
                self.of[n][name] = None
        computed = (n for n in self.of if row_of(entries[n]) not in READ)
        self.are_unlike = all(count[name] < 2 for n in computed for name in self.of[n])


def _of_numbers(step: Step, names: Names, of: Mapping[str, Claim]) -> Sketch | None:
    """Return the sketch of a graph of Values; raise TypeError if the loss is no Value."""
    values, order = step.runs.values[0], sorted(step.forward)
    by_element = np.vectorize(lambda x: Value(float(x)), otypes=[object])
    given = {n: by_element(values[n])[()] for n in step.runs.given if n in step.forward}
    with standing_in():
        nodes = graph(step.runs.entries, given, order)
    called: dict[str, Value] = {}
    computed = [n for n in order if row_of(step.runs.entries[n]) not in READ]
    for n in (*computed, *reversed(order)):
        several = np.array(nodes[n], dtype=object)
        for i, node in np.ndenumerate(several):
            for name in (element(name, i) for name in names.of.get(n, ())):
                if isinstance(node, Value) and name not in called:
                    called[name] = node
                    node.label = node.label or name
    loss = _loss(step, nodes)
    if not isinstance(loss, Value):
        raise TypeError
    ends = {k: (loss if c.of is None else nodes[c.of], nodes[c.bys[0]]) for k, c in of.items()}
    known = {k: pair for k, pair in ends.items() if all(isinstance(x, Value) for x in pair)}
    return sketch_of(loss, known, {k: x for k, x in called.items() if x.inputs})


def _loss(step: Step, nodes: Sequence[Any]) -> Any:
    """Return the loss as a Value: the computed one, or the assumed one."""
    if step.loss.number is not None:
        return nodes[step.loss.number]
    terms: list[Any] = []
    for p, t in step.loss.pairs:
        both = (np.ravel(np.array(x, dtype=object)) for x in (nodes[p], filled(t, nodes)))
        formula = step.loss.formula or ASSUMED[step.loss.kind]
        terms += [formula(*pair) for pair in zip(*both)]
    return functools.reduce(operator.add, terms)


class _Boxes:
    """Boxes by name, in the order in which they are computed first, and the links between them."""

    def __init__(self, step: Step, names: Names) -> None:
        self.step, self.names = step, names
        self.owner: dict[int, str] = {}
        self.members: dict[str, list[int]] = defaultdict(list)
        self.links: dict[tuple[str, str], None] = {}
        loss, reach = step.loss, dict[int, set[str]]()
        for n in sorted(step.forward):
            entry = step.runs.entries[n]
            into = () if n in step.runs.given else entry.operands
            below = {box for k in into for box in reach.get(k, ())}
            name = next(iter(names.of.get(n, ())), ROOT * (n == loss.number))
            if name and n != loss.number and not _is_drawn(entry.value):
                name = ""
            reach[n] = {name} if name else below
            if name:
                self.owner[n] = name
                self.members[name].append(n)
                self.links |= dict.fromkeys((box, name) for box in sorted(below - {name}))
        self.root = ROOT if loss.number is None else self.owner[loss.number]
        for n in [] if loss.number else loss.met():
            self.links |= dict.fromkeys((box, self.root) for box in sorted(reach[n]))

    def sketch(self, of: Mapping[str, Claim], rows: Iterable[Row]) -> Sketch:
        """Return the sketch, with the place of each row."""
        places = {r.name: pair for r in rows if (pair := self.place(r.name, of.get(r.name)))}
        used = {box for pair in (*self.links, *places.values()) for box in pair} | {self.root}
        kept = [box for box in dict.fromkeys([*self.members, self.root]) if box in used]
        trained = {by for _, by in places.values()}
        at = {name: i for i, name in enumerate(kept)}
        boxes = tuple(self.box(name, name in trained) for name in kept)
        links = tuple((at[a], at[b]) for a, b in self.links)
        return Sketch(boxes, links, {name: (at[a], at[b]) for name, (a, b) in places.items()})

    def place(self, name: str, claim: Claim | None) -> tuple[str, str] | None:
        """Return the boxes (a, b) of a row: of a by b."""
        if claim is not None:
            a = self.root if claim.of is None else self.owner.get(claim.of)
            b = self.owner.get(claim.bys[0])
            return (a, b) if a and b else None
        said = vocabulary.derivative(name) or ("", name.removeprefix("update "))
        known = {vocabulary.spelled(box): box for box in self.members}
        a, b = (known.get(vocabulary.spelled(x)) if x else self.root for x in said)
        return (a, b) if a and b else None

    def box(self, name: str, is_trained: bool) -> Box:
        """Return the box of a name, as it is drawn."""
        runs, members = self.step.runs, self.members.get(name, [])
        made = [n for n in members if runs.entries[n].operation and n not in runs.given]
        place = self.names.places.get((made[-1], name)) if made else None
        line = "" if place is None else _text(place)
        role = "root" if name == self.root else "inner" if made else "input"
        if role == "root" and place is None:
            line = f"{name} = {loss_in_words(self.step.loss)}"
        if not members:
            return Box(name, (line,), role=role)
        if role == "input":
            goes = [b for a, b in self.links if a == name]
            into = any(b == self.root and a != name for a, b in self.links)
            role = "target" if into and goes == [self.root] else role
            role = "parameter" if is_trained or vocabulary.is_parameter(name) else role
        value = runs.values[0][members[0]]
        number = None if value is None or np.ndim(value) else float(value)
        return Box(name, (line,) if line else (), number, np.shape(value), role)


def _is_drawn(value: Any) -> bool:
    """Whether a value is a float or an array of numbers: no size, no mask."""
    kind = np.asarray(value).dtype.kind
    return kind == "f" or (kind in "iu" and np.ndim(value) > 0)


def _text(place: Place) -> str:
    """Return a statement on one line; "" for a loop, whose head names its counter."""
    node = place.statement
    if isinstance(node, ast.Return):
        return ast.unparse(node.value) if node.value is not None else ""
    simple = isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign))
    return ast.unparse(node) if simple else ""


@dataclass(frozen=True)
class Box:
    """A number or an array of the forward pass.

    lines: the formulas that compute it, or its statement; number: its value at the report's point,
    None for an array, which has a shape; role: one of ROLES.

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
    """Boxes, the links between them, and the places of rows; plain data, for pickles and JSON.

    links: pairs of positions among the boxes, from and into; places: the boxes (a, b) of the
    derivative of a by b, by the name of a row; part: that of the rows that have these places.

    >>> Sketch((Box("x"), Box("L", role="root")), ((0, 1),), {"d_L_d_x": (1, 0)}).root
    1
    """

    boxes: tuple[Box, ...]
    links: tuple[tuple[int, int], ...]
    places: Mapping[str, tuple[int, int]]
    part: str = ""

    @property
    def root(self) -> int:
        """The position of the loss among the boxes."""
        return next(i for i, box in enumerate(self.boxes) if box.role == "root")

    def to_dict(self) -> dict[str, object]:
        """Return the sketch as lists, dicts, strings and numbers, for JSON.

        >>> Sketch.from_dict(Sketch((Box("L"),), (), {}).to_dict()).boxes[0].name
        'L'
        """
        boxes = [[b.name, b.lines, _finite(b.number), b.shape, b.role] for b in self.boxes]
        places = {name: list(pair) for name, pair in self.places.items()}
        links = [list(pair) for pair in self.links]
        return {"boxes": boxes, "links": links, "places": places, "part": self.part}

    @classmethod
    def from_dict(cls, found: Mapping[str, Any]) -> Sketch:
        """Return the sketch from the data that `to_dict` returns."""
        boxes = tuple(
            Box(name, tuple(lines), number, tuple(shape), role)
            for name, lines, number, shape, role in found["boxes"]
        )
        links = tuple((i, j) for i, j in found["links"])
        places = {name: (a, b) for name, (a, b) in found["places"].items()}
        return cls(boxes, links, places, found["part"])


def _finite(x: float | None) -> float | None:
    return x if x is not None and isfinite(x) else None


def sketch_of(
    loss: Value, ends: Mapping[str, tuple[Value, Value]], called: Mapping[str, Value] | None = None
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
    """The names of nodes: their labels, and further names."""

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
