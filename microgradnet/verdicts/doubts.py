"""Whether a claim that is off may yet be right: the derivative held against differences."""

from __future__ import annotations

import numpy as np

from microgradnet.tape.replaying import replayed
from microgradnet.verdicts.check import Step
from microgradnet.verdicts.claims import Claim
from microgradnet.words import say


def doubt(step: Step, claim: Claim) -> str:
    """Return why a claim that is off may yet be right; "" if it may not.

    The gradient on the tape is held against one difference; numbers in half the precision, and
    functions that are differenced, are not told from a small mistake.
    """
    values, right = step.runs.values[0], np.asarray(step.runs.right(claim, 0), dtype=float)
    written = claim.written(values)
    if written is not None and np.shape(written) == right.shape:
        far = float(np.abs(np.asarray(written) - right).max(initial=0.0))
        if far < 1e-4 * max(float(np.abs(right).max(initial=0.0)), 1e-12) and is_rough(step):
            return say("it agrees within the rounding of what is computed, and no further")
    x = np.asarray(values[claim.bys[0]], dtype=float)
    d = np.random.default_rng(8).normal(size=x.shape)
    ends = []
    for h in (1e-5, -1e-5):
        moved = x + h * d if x.ndim else float(x + h * d)
        point = {**step.points[0], claim.bys[0]: moved}
        ends.append(replayed(step.runs.entries[: (step.loss.number or 0) + 1], point)[-1])
    if any(e is None for e in ends):
        return say("the loss cannot be computed near by")
    slope, g = float(np.sum(ends[0] - ends[1])) / 2e-5, float(np.sum(right * d))
    size = max(abs(slope), abs(g), float(np.abs(right).max(initial=0.0)), 1e-9)
    if abs(slope - g) > 1e-3 * size:
        return say("differences of the loss do not agree with its derivative here")
    return ""


def is_rough(step: Step) -> bool:
    """Whether some numbers are of half the precision, or some function is differenced."""
    for e in step.runs.entries:
        low = getattr(e.value, "dtype", None) in (np.float32, np.float16)
        if low or getattr(e.operation, "is_opaque", False):
            return True
    return False
