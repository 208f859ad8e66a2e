"""When to stop: the loss of held-out rows after each epoch, and the best parameters so far."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from microgradnet.epochs import Eager, Programmed, inputs, table
from microgradnet.losses import trained
from microgradnet.program import compile
from microgradnet.recording import recording
from microgradnet.samples import Sample

__all__ = ["Watch"]


class Watch:
    """Looks at a training after each epoch.

    patience: how many epochs to go on without a lower loss, None for all. `best` are the
    parameters to end with where rows are held out, of the epoch with their lowest loss.
    """

    def __init__(
        self, runner: Eager | Programmed, held_out: Sequence[Sample], patience: int | None
    ) -> None:
        self.runner, self.patience = runner, patience
        self.mean_loss = _mean_loss(runner, held_out) if held_out else None
        self.lowest, self.waited = math.inf, 0
        self.best: list[float] | None = None

    @property
    def each_epoch(self) -> bool:
        """Whether it has to look after each epoch."""
        return self.mean_loss is not None or self.patience is not None

    @property
    def stop(self) -> bool:
        """Whether the patience is at an end."""
        return self.patience is not None and self.waited >= self.patience

    def after(self, losses: Sequence[float]) -> list[float]:
        """Look, after epochs with these losses; return the losses of the held-out rows."""
        if not self.each_epoch:
            return []
        found = [] if self.mean_loss is None else [self.mean_loss()]
        (loss,) = found or losses
        self.waited += 1
        if loss < self.lowest:
            self.lowest, self.waited = loss, 0
            if self.patience is not None and found:
                self.best = list(self.runner.numbers)
        return found


def _mean_loss(runner: Eager | Programmed, held_out: Sequence[Sample]) -> Callable[[], float]:
    eager = runner if isinstance(runner, Eager) else runner.eager
    net, loss = eager.net, trained(eager.loss)
    if isinstance(runner, Eager):
        return lambda: sum(loss(net(row), y).data for row, y in held_out) / len(held_out)
    x, y = inputs(held_out[0])
    with recording():
        found = loss(net(x), y)
    leaves = [*eager.parameters, *x, *(y if isinstance(y, list) else [y])]
    program, rows = compile([found], leaves, engine=runner.program.engine), table(held_out)
    return lambda: float(program.mean(runner.numbers, rows)[0])
