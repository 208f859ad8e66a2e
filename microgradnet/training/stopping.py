"""Decide when to stop: the loss of held-out rows after each epoch, and the best parameters."""

from __future__ import annotations

import math
import sys
import warnings
from collections.abc import Callable, Sequence

import numpy as np

from microgradnet.autograd.gradient import grad
from microgradnet.autograd.modes import recording
from microgradnet.autograd.value import Value, assign
from microgradnet.nn.losses import SEQUENCES, trained
from microgradnet.programs.program import compile
from microgradnet.training.epochs import Eager, Programmed, as_array, inputs
from microgradnet.training.samples import Sample, Target, targets

__all__ = ["Patience", "warn_of_vanishing"]


class Patience:
    """Checks a training after each epoch.

    patience: how many epochs to continue without a lower loss, None for all. `best`: the
    parameters of the epoch with the lowest held-out loss, to end with if rows are held out.
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
        """Whether to check after each epoch."""
        return self.mean_loss is not None or self.patience is not None

    @property
    def stop(self) -> bool:
        """Whether the patience is used up."""
        return self.patience is not None and self.waited >= self.patience

    def after(self, losses: Sequence[float]) -> list[float]:
        """Check after epochs with these losses; return the losses of the held-out rows."""
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

    def recorded_anew() -> float:
        assign(eager.parameters, runner.numbers)
        total: float = sum(loss(net(row), y).data for row, y in held_out)
        return total / len(held_out)

    if isinstance(runner, Eager):
        return recorded_anew
    x, y = inputs(held_out[0])
    with recording():
        found = loss(net(x), y)
    program = compile([found], [*eager.parameters, *x, *targets(y)], engine=runner.program.engine)
    rows = as_array(held_out)

    def run() -> float:
        mean = float(program.mean(runner.numbers, rows)[0])
        return mean if math.isfinite(mean) else recorded_anew()  # raises the reason

    return run


VANISHES = 1e-6  # of a gradient
# In a 2-2-1 net on people in kg and cm usually a third of the gradients is larger, at most 56 %.
MOST, MANY = 0.6, 0.25
# The outputs of that net for all people lie within 2e-4 of the targets' range, after training.
# With inputs near 0 they lie 1e-2 apart or more, trained or not.
ALIKE = 1e-3
LEARNED = 1e-3  # a loss below it may well have small gradients
ROWS = 20  # to check


def warn_of_vanishing(eager: Eager, losses: Sequence[float]) -> None:
    """Warn if the losses of the epochs have not halved and gradients vanish.

    It warns if most gradients vanish on most rows. It also warns if many vanish and the outputs are
    the same for all rows: then a neuron may have large gradients from large inputs, but learns
    nothing.

    Up to 20 rows are checked. Rows whose loss is far below the mean are learned, and do
    not count. Nor does an exact 0 if the parameter has a gradient on another row, as with relu.
    """
    if not losses[-1] > max(LEARNED, 0.5 * losses[0]):
        return
    penalized, rows = eager.penalized(), eager.samples[:: -(-len(eager.samples) // ROWS)]
    answers = [eager.net(row) for row, _ in rows]
    recorded = [penalized(answer, target) for answer, (_, target) in zip(answers, rows)]
    high = [loss for loss in recorded if loss.data > 0.25 * losses[-1]]
    share = _share_of_vanishing(high, eager.parameters) if high else 0.0
    if share > MOST and 2 * len(high) >= len(rows):
        found = f"almost all gradients vanish: {share:.0%} of them are"
    elif share > MANY and _are_alike(answers, [target for _, target in rows]):
        found = f"the net answers all rows alike, and gradients vanish: {share:.0%} of them are"
    else:
        return
    says = (
        f"{found} below {VANISHES:g} where the loss is high. Saturated neurons do not learn: "
        "bring the inputs near 0, as mg.standardize(X) does"
    )
    warnings.warn(says, UserWarning, stacklevel=_calls_to_outside())


def _share_of_vanishing(losses: Sequence[Value], parameters: Sequence[Value]) -> float:
    gradients = np.array([[abs(g.data) for g in grad(loss, parameters)] for loss in losses])
    off = (gradients == 0.0) & (gradients > 0.0).any(axis=0)
    return float(((gradients < VANISHES) & ~off).mean())


def _are_alike(answers: Sequence[object], wanted: Sequence[Target]) -> bool:
    """Whether a net's outputs differ far less over the rows than the targets do."""
    rows = [list(answer) if isinstance(answer, SEQUENCES) else [answer] for answer in answers]
    numbers = [[value.data for value in row if isinstance(value, Value)] for row in rows]
    if [*map(len, numbers)] != [*map(len, rows)]:
        return False  # a custom net, whose outputs only its loss understands
    spread = np.ptp(numbers, axis=0).max()
    return bool(spread < ALIKE * np.ptp([targets(y) for y in wanted], axis=0).max())


def _calls_to_outside() -> int:
    """Return the `stacklevel` with which the caller of this function warns at the user's line."""
    package, level = __name__.partition(".")[0], 1
    frame = sys._getframe(1)
    while frame.f_back and frame.f_globals.get("__name__", "").partition(".")[0] == package:
        frame, level = frame.f_back, level + 1
    return level
