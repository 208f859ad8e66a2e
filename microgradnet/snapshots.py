"""Snapshots: the numbers of a net's parameters after some epochs of its training."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from microgradnet.module import Module

__all__ = ["Snapshots"]


@dataclass
class Snapshots:
    """Parameters by epoch, 0 being the start, and what they belong to.

    net, loss, samples: as they were trained; every: so many epochs lie between two snapshots.

    >>> from microgradnet import MLP, mse
    >>> kept = Snapshots(MLP(1, 1), mse, [([1.0], 0.0)], every=10)
    >>> kept.due(7)
    3
    >>> kept.keep(7, [0.5, 0.1]); kept.keep(10, [0.4, 0.1]); list(kept.states)
    [0, 10]
    """

    net: Module
    loss: Callable[[Any, Any], Any]
    samples: list[tuple[list[float], Any]]
    every: int
    states: dict[int, list[float]] = field(init=False)

    def __post_init__(self) -> None:
        self.states = {0: [p.data for p in self.net.parameters()]}

    def due(self, epoch: int) -> int:
        """Return how many epochs it is to the next one."""
        return self.every - epoch % self.every

    def keep(self, epoch: int, numbers: list[float], last: bool = False) -> None:
        """Keep the numbers after an epoch, if it is time to, or the last one."""
        if last or epoch % self.every == 0:
            self.states[epoch] = list(numbers)
