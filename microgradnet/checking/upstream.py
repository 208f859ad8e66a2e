"""Compute the upstream gradient of a loss that the code does not compute: assumed or given."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from microgradnet.autograd.gradient import grad
from microgradnet.autograd.value import Value
from microgradnet.checking.vocabulary import PREDICTION, TARGET, last_part, plain
from microgradnet.nn.losses import loss_function
from microgradnet.tape.entry import Ref
from microgradnet.tape.tape import Stored
from microgradnet.words import say

ASSUMED = ("squared error", "binary cross-entropy", "cross-entropy")
LABELS = "cross-entropy of labels"
PULLED = "sum(out * dout)"  # the loss of a backward pass by itself
Formula = Callable[[Any, Any], Any]  # of a prediction and its target


def named_loss(loss: str | Formula | None) -> tuple[str, Formula] | None:
    """Return the name and the formula of a loss; None for None.

    loss: "mse" or another name, or a function of a prediction and its target. Raises ValueError,
    listing the known names, for another name.
    """
    if loss is None:
        return None
    if not isinstance(loss, str):
        return say("{name}(y_pred, y_true)", name=getattr(loss, "__name__", "loss")), loss
    formula = loss_function(loss)

    def by_rows(prediction: Any, target: Any) -> Any:
        if np.ndim(prediction) < 2:
            return formula(prediction, target)
        several = [by_rows(p, t) for p, t in zip(prediction, target)]
        return sum(several[1:], several[0]) / len(several)

    return say("{name}(y_pred, y_true)", name=loss), by_rows


def prediction_and_target(
    stores: Iterable[Stored], inside: set[int], end: int
) -> tuple[int, Any] | None:
    """Return the entries that are named as a prediction and its target, the first of a run.

    inside: the entries that depend on the parameters or the arguments; end: later entries do not
    matter.
    """
    predictions, targets = dict[int, int](), dict[int, int]()
    for stored in stores:
        name = plain(last_part(stored.text))
        for known, found in ((PREDICTION, predictions), (TARGET, targets)):
            if name in known and stored.number < end:
                found.setdefault(known.index(name), stored.number)
    wanted = [n for k, n in sorted(targets.items()) if n not in predictions.values()]
    made = [n for k, n in sorted(predictions.items()) if n in inside and n not in wanted]
    return (made[0], Ref(wanted[0])) if made and wanted else None


def given_upstream(formula: Formula, prediction: Any, target: Any) -> Any:
    """Return the gradient of a given loss by the prediction."""
    prediction = np.asarray(prediction, dtype=float)
    nodes = np.empty(prediction.shape, dtype=object)
    nodes.ravel()[:] = leaves = [Value(float(x)) for x in prediction.ravel()]
    wanted = np.asarray(target, dtype=float) if prediction.ndim else float(target)
    loss = formula(nodes if prediction.ndim else leaves[0], wanted)
    return np.reshape([g.data for g in grad(loss, leaves)], prediction.shape)


def assumed_upstream(kind: str, prediction: Any, target: Any) -> Any:
    """Return the gradient of an assumed loss by the prediction; p - t for the squared error.

    target: for a backward pass alone it is the upstream gradient itself.
    """
    p, t = np.asarray(prediction, dtype=float), np.asarray(target, dtype=float)
    if np.broadcast_shapes(p.shape, t.shape) != p.shape:
        t = t.reshape(p.shape) if t.size == p.size else np.full(p.shape, t.mean())
    if kind == PULLED:
        return t
    if kind == "squared error":
        return p - t
    with np.errstate(all="ignore"):  # a prediction of 0 is none of these losses
        if kind == LABELS:  # t is p less 1 at the labels
            return (t - p) / p
        return -t / p if kind == "cross-entropy" else (p - t) / (p * (1 - p))
