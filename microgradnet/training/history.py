"""The course of a training: its losses, and the parameters after some epochs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from microgradnet.autograd.value import Value
from microgradnet.nn.module import Module

__all__ = ["History", "Snapshots"]


@dataclass
class Snapshots:
    """Parameters by epoch, 0 being the start.

    net, loss: as they were trained; trained: the parameters that were; every: so many epochs lie
    between two snapshots.

    >>> from microgradnet import MLP, mse
    >>> net = MLP(1, 1)
    >>> kept = Snapshots(net, mse, net.parameters(), every=10)
    >>> kept.due(7)
    3
    >>> kept.keep(7, [0.5, 0.1]); kept.keep(10, [0.4, 0.1]); list(kept.states)
    [0, 10]
    """

    net: Module
    loss: Callable[[Any, Any], Any]
    trained: Sequence[Value]
    every: int
    states: dict[int, list[float]] = field(init=False)

    def __post_init__(self) -> None:
        self.states = {0: [p.data for p in self.net.parameters()]}

    def due(self, epoch: int) -> int:
        """Return how many epochs it is to the next one."""
        return self.every - epoch % self.every

    def keep(self, epoch: int, numbers: Sequence[float], last: bool = False) -> None:
        """Keep the numbers of the trained parameters after an epoch, if it is time to."""
        if last or epoch % self.every == 0:
            now = dict(zip(self.trained, numbers))
            self.states[epoch] = [now.get(p, p.data) for p in self.net.parameters()]


@dataclass
class History:
    """The course of a training: `epochs` counted from 1, and the mean loss of each in `losses`.

    The loss of an epoch is the mean over its samples, each taken before the step it led to.
    validation: the mean loss of the held-out rows after each epoch, if there are some. net and
    samples: what was trained, and on what. snapshots: the parameters after some epochs, where
    `fit` was asked for them.

    >>> History(epochs=[1, 2], losses=[0.25, 0.2]).losses[-1]
    0.2
    """

    epochs: list[int] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    validation: list[float] = field(default_factory=list)
    net: Any = field(default=None, repr=False, compare=False)
    samples: Sequence[tuple[list[float], Any]] = field(default=(), repr=False, compare=False)

    snapshots: Snapshots | None = field(default=None, repr=False, compare=False)

    def left(self, epochs: int) -> int:
        """Return how many epochs there are to the last of `epochs`, or to the next snapshot."""
        left = epochs - len(self.epochs)
        return min(left, self.snapshots.due(len(self.epochs))) if self.snapshots else left

    def keep(self, numbers: Sequence[float], last: bool) -> None:
        """Keep the numbers of the trained parameters, if it is time for a snapshot."""
        if self.snapshots:
            self.snapshots.keep(len(self.epochs), numbers, last)

    def add(self, losses: Sequence[float], validation: Sequence[float]) -> None:
        """Add the losses of the next epochs."""
        self.losses += losses
        self.validation += validation
        self.epochs += range(len(self.epochs) + 1, len(self.losses) + 1)

    def plot(self) -> Any:
        """Return a matplotlib Figure of the loss curve; `.savefig("loss.png")` writes it.

        For a net of two inputs a second panel shows the samples, and what the net, as it is now,
        says of each place. Raises ImportError, with the command that installs it, where
        matplotlib is absent.
        """
        from microgradnet.drawing.of_training import plot

        return plot(self)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        from microgradnet.drawing.notebook import mimebundle

        return mimebundle(self)
