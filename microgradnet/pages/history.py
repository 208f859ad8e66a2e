"""The page of a training: the graph of one sample, and what changes it from epoch to epoch."""

from __future__ import annotations

from microgradnet.autograd.value import Value
from microgradnet.pages.samples import Samples
from microgradnet.training.history import History
from microgradnet.training.samples import targets

__all__ = ["Retold"]

MOST_POINTS = 1000  # of the loss curve: more than it has pixels


class Retold:
    """The net of a history on one sample: `loss`; all its `samples`; and data for the page.

    The sample is the first that is not all zeros, where no gradient of a weight shows.

    Raises ValueError where the history has no snapshots.

    >>> Retold(History())
    Traceback (most recent call last):
    ValueError: this history has no snapshots: train with mg.fit(..., snapshots=50)
    """

    def __init__(self, history: History) -> None:
        if history.snapshots is None:
            raise ValueError("this history has no snapshots: train with mg.fit(..., snapshots=50)")
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
        """What the page knows of the training, beside its samples."""
        losses = self.history.losses
        points = list(zip(self.history.epochs, losses))
        stride = max(1, len(points) // MOST_POINTS)
        return {
            "epochs": list(self.kept.states),
            "states": list(self.kept.states.values()),
            "curve": points[::-stride][::-1],
            "means": [losses[epoch - 1] if epoch else None for epoch in self.kept.states],
        }
