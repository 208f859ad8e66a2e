"""Snapshots: the numbers of a net's parameters after some epochs of its training."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from microgradnet.module import Module
from microgradnet.value import Value

__all__ = ["Snapshots"]


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
