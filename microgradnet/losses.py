"""Losses: how far a prediction is from the truth, as one Value."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from operator import add
from typing import Any

import numpy as np

from microgradnet.ops import power
from microgradnet.value import Value

__all__ = ["LOSSES", "loss_function", "mse"]

SEQUENCES = (list, tuple, np.ndarray)


def mse(y_pred: Any, y_true: Any) -> Any:
    """Return the squared error (y_pred - y_true)**2, the mean of it over sequences of n outputs.

    y_pred, y_true: Values or numbers, or two sequences of the same length. A Value is labelled
    "L", as the tutorial calls it. Raises ValueError for sequences of different lengths.

    >>> mse(Value(0.75), 1).data
    0.0625
    """
    if type(y_pred) is Value and type(y_true) is float:  # the short way of each step of training
        loss = (y_pred - y_true) ** 2.0
        loss.label = "L"
        return loss
    if type(y_pred) is Value or not isinstance(y_pred, SEQUENCES):
        if isinstance(y_true, SEQUENCES):
            raise ValueError(f"one prediction and a target of shape {np.shape(y_true)} do not fit")
        apart = y_pred - y_true
        loss = apart**2 if type(apart) is Value else power(apart, 2.0)
    else:
        shapes = np.shape(y_pred), np.shape(y_true)
        if shapes[0] != shapes[1] or shapes[0] == (0,):
            raise ValueError(
                "prediction of shape {} and target of shape {} do not fit".format(*shapes)
            )
        squares = [power(p - y, 2.0) for p, y in zip(y_pred, y_true)]
        loss = reduce(add, squares) / len(squares)
    if type(loss) is Value:
        loss.label = "L"
    return loss


LOSSES: dict[str, Callable[[Any, Any], Any]] = {"mse": mse}


def loss_function(loss: str | Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Return the loss of that name, or the function (y_pred, y_true) -> Value given.

    Raises ValueError, listing the known names, for another name.
    """
    if callable(loss):
        return loss
    if loss not in LOSSES:
        raise ValueError(f"unknown loss {loss!r}; known: {', '.join(sorted(LOSSES))}")
    return LOSSES[loss]
