"""A warning where a training is stuck: the loss still high, and nearly all gradients nearly 0."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np

from microgradnet.epochs import Eager
from microgradnet.gradient import grad

__all__ = ["warn_of_vanishing"]

VANISHES = 1e-6  # of a gradient
# Of a 2-2-1 net on people in kg and cm, at most a third of the gradients is larger.
MOST = 0.6
LEARNED = 1e-3  # of a loss: below it gradients may well be small
ROWS = 20  # looked at


def warn_of_vanishing(eager: Eager, losses: Sequence[float]) -> None:
    """Warn where the losses of the epochs have not halved, and gradients vanish on most rows.

    The rows looked at are up to 20; those that are learned, their loss far below the mean, do
    not count. Nor does an exact 0 if the parameter has a gradient on another row: relu is so.
    """
    if not losses[-1] > max(LEARNED, 0.5 * losses[0]):
        return
    penalized, rows = eager.penalized(), eager.samples[:: -(-len(eager.samples) // ROWS)]
    recorded = [penalized(eager.net(row), target) for row, target in rows]
    high = [loss for loss in recorded if loss.data > 0.25 * losses[-1]]
    if 2 * len(high) < len(rows):
        return
    gradients = np.array([[abs(g.data) for g in grad(loss, eager.parameters)] for loss in high])
    off = (gradients == 0.0) & (gradients > 0.0).any(axis=0)
    share = ((gradients < VANISHES) & ~off).mean()
    if share > MOST:
        warnings.warn(
            f"almost all gradients vanish: {share:.0%} of them are below {VANISHES:g} where the "
            "loss is high. Saturated neurons do not learn: bring the inputs near 0, as "
            "mg.standardize(X) does",
            UserWarning,
            stacklevel=4,
        )
