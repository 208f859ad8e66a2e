"""What a report rests on, as plain data: recorded graphs, that another process can judge anew."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import astuple
from typing import Any, NotRequired, TypedDict

import numpy as np

from microgradnet.autograd.graph import operands
from microgradnet.autograd.value import Value, made_after
from microgradnet.checking.binding import MARK, marked
from microgradnet.checking.by_value import Examined
from microgradnet.checking.claims import plainest
from microgradnet.checking.found import Found
from microgradnet.checking.recognising import Point, said
from microgradnet.checking.runs import Run
from microgradnet.operations.operation import OPS

__all__ = ["Graph", "gathered", "is_gathered", "nodes_from", "of_arrays", "of_runs"]

_threads = threading.local()


@contextlib.contextmanager
def gathered() -> Iterator[None]:
    """Meanwhile, the reports that this thread makes have their evidence.

    >>> with gathered():
    ...     is_gathered()
    True
    """
    before = is_gathered()
    _threads.gathering = True
    try:
        yield
    finally:
        _threads.gathering = before


def is_gathered() -> bool:
    """Whether reports are to have their evidence.

    >>> is_gathered()
    False
    """
    return getattr(_threads, "gathering", False)


Entry = float | list[str | int | list[float]]
Places = dict[str, list[int]]  # by a name, those of some nodes


class ArrayData(TypedDict):
    """An array of nodes: its shape, their places. name: of a forward array; old: what it moved."""

    shape: list[int]
    at: list[int]
    name: NotRequired[str]
    old: NotRequired[ArrayData]


class RunData(TypedDict):
    """A `Run`: its nodes, and the places in them of what it computed."""

    point: dict[str, float]
    derivatives: Places
    updates: Places
    forward: list[int]
    loss: int
    values: dict[str, int]
    numbers: list[float]
    nodes: list[Entry]


class PointData(TypedDict):
    """A `Point`: its forward arrays and what was written, by their indices, in its nodes."""

    forward: dict[str, ArrayData]
    events: dict[str, ArrayData]
    loss: int
    nodes: list[Entry]


class ClaimData(TypedDict):
    """What a row of arrays is taken to be; called: the name of a local derivative."""

    event: int
    update: bool
    ends: bool
    called: str
    by: str
    constant: float
    match: tuple[int, float, bool, bool, int | None] | None


PredictedData = TypedDict("PredictedData", {"is": int, "out": ArrayData, "nodes": list[Entry]})


class OfRuns(TypedDict):
    """The evidence of a derivation in numbers."""

    runs: list[RunData]
    names: list[str]
    choices: dict[str, list[float]]


class OfArrays(TypedDict):
    """The evidence of a derivation in arrays."""

    arrays: list[PointData]
    rows: dict[str, ClaimData]
    predicted: PredictedData | None


class Graph:
    """Nodes as plain data, each after its inputs: a number for a leaf, else [operation, ...inputs].

    An input is the place of a node, or a number in a list.

    >>> x = Value(3.0)
    >>> graph = Graph()
    >>> graph.place(2 * x), graph.nodes
    (1, [3.0, ['mul', [2.0], 0]])
    """

    def __init__(self) -> None:
        self.nodes: list[Entry] = []
        self._places: dict[Value, int] = {}

    def place(self, root: Value | float) -> int:
        """Return the place of a node, which is added with all that it is computed from."""
        if not isinstance(root, Value):
            root = Value(float(root))
        new = [] if root in self._places else [root]
        met = set(new)
        for node in new:  # which grows on the way, and ends at what has a place: linear in all
            below = [x for x in operands(node) if x not in self._places]
            new += {x: None for x in below if x not in met}
            met.update(below)
        for node in sorted(new, key=lambda x: 0 if x.operation is None else made_after(x)):
            self._places[node] = len(self.nodes)
            self.nodes.append(self._entry(node))
        return self._places[root]

    def _entry(self, node: Value) -> Entry:
        if node.operation is None:
            return node.data
        places = [self._places[x] if isinstance(x, Value) else [float(x)] for x in node.inputs]
        return [node.operation.name, *places]

    def array(self, nodes: np.ndarray) -> ArrayData:
        """Return the places of an array of nodes, with its shape."""
        return {"shape": list(nodes.shape), "at": [self.place(x) for x in nodes.flat]}


def nodes_from(data: Sequence[Any]) -> list[Value]:
    """Return the nodes that a graph is of, computed anew.

    Raises KeyError for an operation that the table has not, TypeError where it takes not so many
    inputs, IndexError for an input that is not before it.

    >>> nodes_from([3.0, ["mul", [2.0], 0]])[1].data
    6.0
    """
    made: list[Value] = []
    for entry in data:
        if not isinstance(entry, list):
            made.append(Value(float(entry)))
            continue
        name, *places = entry
        inputs = [float(x[0]) if isinstance(x, list) else made[x] for x in places]
        if name == MARK.name and len(inputs) == 1:
            made.append(marked(inputs[0], ""))
            continue
        op = OPS[name].of_arity(len(inputs))
        made.append(Value.apply(op, tuple(op.completed(inputs))))
    return made


def of_runs(
    runs: Sequence[Run], names: Sequence[str], choices: Mapping[str, Collection[float]]
) -> OfRuns:
    """Return the evidence of a derivation in numbers: its derivatives and updates at each point.

    names, choices: those of which its points were drawn.
    """
    few = {name: sorted(numbers) for name, numbers in choices.items()}
    return {"runs": [_of_run(run) for run in runs], "names": list(names), "choices": few}


def _of_run(run: Run) -> RunData:
    graph = Graph()
    derivatives = {k: [graph.place(x) for x in three] for k, three in run.derivatives.items()}
    return {
        "point": dict(run.point),
        "derivatives": derivatives,
        "updates": {k: [graph.place(x) for x in pair] for k, pair in run.updates.items()},
        "forward": [graph.place(x) for x in run.forward or ()],
        "loss": graph.place(run.loss),
        "values": {k: graph.place(x) for k, x in run.values.items()},
        "numbers": run.numbers,
        "nodes": graph.nodes,
    }


def of_arrays(whole: Examined, rows: Mapping[str, Found]) -> OfArrays:
    """Return the evidence of rows of arrays that are right: what each is, at each point.

    rows: by their names, what was found of them.
    """
    matches = [one.match for one in rows.values() if one.match]
    kept = {m.index for m in matches} | {m.through for m in matches if m.through is not None}
    kept |= {whole.predicted[0]} if whole.predicted else set()
    return {
        "arrays": [_of_point(point, list(rows.values()), kept) for point in whole.points],
        "rows": {name: _claimed(one, whole.points[0]) for name, one in rows.items()},
        "predicted": _predicted(*whole.predicted) if whole.predicted else None,
    }


def _predicted(k: int, out: np.ndarray) -> PredictedData:
    """What a predicting method gives, and which forward array that is."""
    graph = Graph()
    return {"is": k, "out": graph.array(out), "nodes": graph.nodes}


def _claimed(one: Found, point: Point) -> ClaimData:
    """What a row is taken to be."""
    match = one.match
    known = {plainest(f.name) for f in point.forward if f.name}
    says = said(one.event, known)
    named = says is not None and any(plainest(point.forward[k].name) == says.by for k in one.by)
    return {
        "event": one.event.index,
        "update": one.update,
        "ends": one.ends,
        "called": one.event.name if one.local is not None else "",
        "by": says.by if says and named and one.ends else "",
        "constant": one.constant,
        "match": astuple(match) if match else None,
    }


def _of_point(point: Point, rows: Sequence[Found], kept: set[int]) -> PointData:
    graph = Graph()
    forward: dict[str, ArrayData] = {
        str(k): {**graph.array(f.nodes), "name": f.name}
        for k, f in enumerate(point.forward)
        if f.name or k in kept
    }
    events: dict[str, ArrayData] = {}
    for one in rows:
        index = one.event.index
        if one.update:
            event, old = point.updates[index]
            events[str(index)] = {**graph.array(event.value), "old": graph.array(old.nodes)}
        else:
            events[str(index)] = graph.array(point.events[index].value)
    loss = graph.place(point.loss)
    return {"forward": forward, "events": events, "loss": loss, "nodes": graph.nodes}
