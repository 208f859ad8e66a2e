"""The training shown on a page: its samples, the output over a plane, and its epochs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from microgradnet.autograd.graph import operands
from microgradnet.autograd.labels import PARAMETERS
from microgradnet.autograd.value import Value
from microgradnet.pages.stepping import Outputs
from microgradnet.programs.program import Program, compile
from microgradnet.training.history import NO_SNAPSHOTS, History
from microgradnet.training.samples import targets

__all__ = ["Retold", "Samples", "samples_of"]

MOST_POINTS = 1000  # of the loss curve: more than its pixels


@dataclass(frozen=True, eq=False)
class Samples:
    """Samples that a page offers for some leaves of a graph; the graph was recorded at one of them.

    rows: numbers of inputs and targets, row by row; at: the row that is shown first; inputs,
    targets: their Values; output: the net's output, or None if it is not one Value; parameters: the
    leaves that the output depends on besides inputs; columns: the names of the inputs, if known.

    >>> x, y, w = Value(2.0, "x1"), Value(1.0, "y_true"), Value(0.5, "w1")
    >>> Samples([[2.0, 1.0]], 0, [x], [y], w * x, [w]).has_plane
    False
    """

    rows: Sequence[Sequence[float]]
    at: int
    inputs: Sequence[Value]
    targets: Sequence[Value]
    output: Value | None
    parameters: Sequence[Value]
    columns: Sequence[str] = ()

    @property
    def has_plane(self) -> bool:
        """Whether a plane of two inputs can show the samples."""
        return len(self.inputs) == 2 and len(self.targets) == 1

    def programs(self) -> dict[str, Program]:
        """Return the program of the net's output from its parameters and two inputs, if any."""
        if self.output is None or not self.has_plane:
            return {}
        return {"predict": compile(self.output, [*self.parameters, *self.inputs])}

    def data(self, numbers: Outputs) -> dict[str, object]:
        """Return the samples as data for the page; leaves by their index, null for one without."""
        place = {x: i for i, x in enumerate(numbers.leaves)}
        return {
            "rows": self.rows,
            "at": self.at,
            "leaves": [place.get(x) for x in (*self.inputs, *self.targets)],
            "parameters": [place.get(x) for x in self.parameters],
            "axes": list(self.columns) or [str(x.label) for x in self.inputs],
            "plane": self.has_plane,
            "regions": self.has_plane and self.output is not None,
        }


def samples_of(numbers: Outputs) -> Samples | None:
    """Return the one sample that a loss was recorded at, or None if the graph is not of a net.

    >>> from microgradnet import MLP, mse
    >>> from microgradnet.drawing.anatomy import dissect
    >>> loss = mse(MLP(1, 1, seed=0)([2.0]), Value(1.0, "y_true"))
    >>> samples_of(Outputs(dissect(loss))) is None  # its input is a plain number
    True
    """
    role = {x: numbers.parts[x].role for x in numbers.leaves}
    inputs = sorted((x for x in role if role[x] == "input"), key=lambda x: str(x.label))
    targets = [x for x in role if role[x] == "target"]
    if not inputs or not targets or not set(PARAMETERS) & set(role.values()):
        return None
    row = [x.data for x in (*inputs, *targets)]
    output, under = _output(numbers, targets)
    parameters = [x for x in numbers.leaves if x in under and x not in inputs]
    return Samples([row], 0, inputs, targets, output, parameters)


def _output(numbers: Outputs, targets: Sequence[Value]) -> tuple[Value | None, set[Value]]:
    """Return the one node through which all but targets enters the loss, and the nodes below it."""
    below: dict[Value, set[Value]] = {}
    met: set[Value] = set(targets)  # nodes that depend on a target
    ends: set[Value] = set()
    for node in numbers.nodes:
        inputs = operands(node)
        below[node] = {node}.union(*(below[x] for x in inputs))
        if met.intersection(inputs):
            met.add(node)
            ends.update(x for x in inputs if x not in met)
    if len(ends) != 1:
        return None, set()
    (output,) = ends
    return (output, below[output]) if output.inputs else (None, set())


class Retold:
    """A training prepared for a page: its net recorded on one sample, all samples, its epochs.

    `loss` is recorded on the first sample that is not all zeros, since at zeros the gradients of
    weights vanish. `samples` has all samples, `data()` the epochs.

    Raises ValueError where the history has no snapshots.

    >>> Retold(History())
    Traceback (most recent call last):
    ValueError: this history has no snapshots: train with mg.fit(..., snapshots=50)
    """

    def __init__(self, history: History) -> None:
        if history.snapshots is None:
            raise ValueError(NO_SNAPSHOTS)
        self.history, self.kept = history, history.snapshots
        rows = [row for row, _ in history.samples]
        self.sample = next((k for k, row in enumerate(rows) if any(row)), 0)
        row, target = history.samples[self.sample]
        self.x = [Value(number, f"x{i + 1}") for i, number in enumerate(row)]
        several = isinstance(target, list)
        names = [f"y{i + 1}" if several else "y_true" for i in range(len(targets(target)))]
        self.y = [Value(number, name) for number, name in zip(targets(target), names)]
        output = self.kept.net(self.x)
        self.loss = self.kept.loss(output, self.y if several else self.y[0])
        self.parameters = self.kept.net.parameters()
        self.samples = Samples(
            [[*row, *targets(y)] for row, y in history.samples],
            self.sample,
            self.x,
            self.y,
            output if isinstance(output, Value) else None,
            self.parameters,
            history.columns,
        )

    def data(self) -> dict[str, object]:
        """Return the data of the training for the page, besides its samples."""
        losses = self.history.losses
        points = list(zip(self.history.epochs, losses))
        stride = max(1, len(points) // MOST_POINTS)
        return {
            "epochs": list(self.kept.states),
            "states": list(self.kept.states.values()),
            "curve": points[::-stride][::-1],
            "means": [losses[epoch - 1] if epoch else None for epoch in self.kept.states],
        }
