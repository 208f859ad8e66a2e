"""A warning where a training got stuck: parameters that stand still, their gradients nearly 0."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

from microgradnet.epochs import Eager
from microgradnet.gradient import grad

__all__ = ["warn_of_vanishing"]

STANDS_STILL = 1e-9  # of a parameter: the most it moves in the whole training
VANISHES = 1e-10  # of a gradient
LEARNED = 1e-3  # of a loss: below it gradients may well be small
MOST_ROWS = 20


def warn_of_vanishing(eager: Eager, before: Sequence[float], loss: float) -> None:
    """Warn where half of the parameters or more stood still and have no gradient on any row.

    before: the parameters at the start; loss: the last. Gradients are looked at on up to 20
    rows, and only where parameters stood still.
    """
    pairs = zip(eager.parameters, before)
    still = [p for p, w in pairs if abs(p.data - w) <= STANDS_STILL * abs(w)]
    if 2 * len(still) < len(before) or not loss > LEARNED:
        return
    penalized = eager.penalized()
    largest = [0.0] * len(still)
    for row, target in eager.samples[:: -(-len(eager.samples) // MOST_ROWS)]:
        gradients = grad(penalized(eager.net(row), target), still)
        largest = [max(a, abs(g.data)) for a, g in zip(largest, gradients)]
    names = [p.label or "?" for p, g in zip(still, largest) if g < VANISHES]
    if 2 * len(names) < len(before):
        return
    listed = ", ".join(names[:8]) + (", ..." if len(names) > 8 else "")
    warnings.warn(
        f"almost all gradients vanish: {len(names)} of {len(before)} parameters ({listed}) "
        f"stood still, their gradients below {VANISHES} on all rows tried. Saturated neurons do "
        "not learn: bring the inputs near 0, as mg.standardize(X) does",
        UserWarning,
        stacklevel=3,
    )
