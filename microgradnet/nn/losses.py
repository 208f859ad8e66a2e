"""Losses: the distance between a prediction and the truth, as one Value."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from operator import add
from typing import Any, Protocol, cast, overload

import numpy as np

from microgradnet.autograd.modes import is_recording
from microgradnet.autograd.value import Value
from microgradnet.nn.module import Module
from microgradnet.operations.arguments import number
from microgradnet.operations.operation import OPS, Number
from microgradnet.operations.ops import (
    exp,
    log,
    log1p,
    maximum,
    minimum,
    power,
    relu,
    softplus,
    where,
)

__all__ = [
    "LOSSES",
    "binary_cross_entropy",
    "hinge",
    "l2",
    "loss_function",
    "mse",
    "softmax_cross_entropy",
    "trained",
]

Scalar = Any  # a Value or a number: formulas take any mixture, which overloads cannot express
Outputs = Any  # one of those, or a sequence
Loss = Callable[[Outputs, Outputs], Scalar]
Numbers = Number | Sequence[Number] | np.ndarray

SEQUENCES = (list, tuple, np.ndarray)
EXACT = 1e-300  # less than the distance between any two different targets


class OfOutputs(Protocol):
    """The type of a loss: a Value for a Value, a number for numbers."""

    __name__: str

    @overload
    def __call__(
        self, y_pred: Value | Sequence[Value], y_true: Value | Sequence[Value] | Numbers
    ) -> Value: ...
    @overload
    def __call__(self, y_pred: Numbers, y_true: Value) -> Value: ...
    @overload
    def __call__(self, y_pred: Numbers, y_true: Numbers) -> float: ...


class OfProbabilities(Protocol):
    """The type of a loss that also takes the sums before the sigmoid, with `logits`."""

    __name__: str

    @overload
    def __call__(
        self,
        y_pred: Value | Sequence[Value],
        y_true: Value | Sequence[Value] | Numbers,
        *,
        logits: bool = False,
    ) -> Value: ...
    @overload
    def __call__(self, y_pred: Numbers, y_true: Value, *, logits: bool = False) -> Value: ...
    @overload
    def __call__(self, y_pred: Numbers, y_true: Numbers, *, logits: bool = False) -> float: ...


def _of_outputs(loss: Loss) -> OfOutputs:
    return cast(OfOutputs, loss)


def _of_probabilities(loss: Callable[..., Scalar]) -> OfProbabilities:
    return cast(OfProbabilities, loss)


@_of_outputs
def mse(y_pred: Outputs, y_true: Outputs) -> Scalar:
    """Return the squared error (y_pred - y_true)**2, or its mean over sequences of n outputs.

    y_pred, y_true: Values or numbers, or two sequences of the same length. A Value is labelled
    "L", as in the tutorial. Raises ValueError for sequences of different lengths.

    >>> mse(Value(0.75), 1).data
    0.0625
    """
    if isinstance(y_pred, Value) and type(y_true) is float:  # a fast path for each training step
        loss = (y_pred - y_true) ** 2.0
        loss.label = "L"
        return loss
    return _mean(lambda p, y: power(p - y, 2.0), y_pred, y_true)


@_of_probabilities
def binary_cross_entropy(y_pred: Outputs, y_true: Outputs, *, logits: bool = False) -> Scalar:
    """Return -log of the probability that a prediction gives to the truth; its mean over outputs.

    y_pred: the probability of 1, from 0 to 1, such as the output of a sigmoid neuron; with
    `logits`, the sum before the sigmoid, any number. y_true: 0 or 1 (or a probability). As in
    `mse`, both may be sequences. For 0 and 1, value and derivatives are within 4 ulp of the exact
    ones over all doubles. But a probability that was rounded to 0 or 1 has lost digits that
    its sum still has. `fit` therefore computes the loss of a sigmoid output from its sum.

    Raises ValueError for a probability, or a truth, outside 0 to 1. A program, which cannot
    raise, gives nan there, as for all losses that refuse a number.

    >>> round(binary_cross_entropy(0.25, 1), 4), binary_cross_entropy(-800, 1, logits=True)
    (1.3863, 800.0)
    """
    return _mean(_entropy_of_logit if logits else _entropy_of_probability, y_pred, y_true)


def _entropy_of_probability(p: Scalar, y: Scalar) -> Scalar:
    says = "y_pred is a probability, from 0 to 1 (output='sigmoid')"
    is_known = isinstance(p, Value) and not is_recording()
    fits = (
        _fitting(p.data if is_known else p, _is_probability, says),
        _fitting(y, _is_probability, "y_true is 0 or 1"),
    )
    # without log(p) where y is 0, and log(1 - p) where it is 1: 0 * log(0) is not a number
    other = 1.0 - y
    loss = -(y * log(where(abs(y), p, 1.0)) + other * log1p(-where(abs(other), p, 0.0)))
    return _only_where(fits, loss)


def _entropy_of_logit(z: Scalar, y: Scalar) -> Scalar:
    fits = _fitting(y, _is_probability, "y_true is 0 or 1")
    return _only_where([fits], y * softplus(-z) + (1.0 - y) * softplus(z))


@_of_outputs
def hinge(y_pred: Outputs, y_true: Outputs) -> Scalar:
    """Return max(0, 1 - y_true * y_pred), 0 beyond a margin on the right side; or its mean.

    y_pred: a score, any number, such as the output of a linear neuron; y_true: -1 or 1. As in
    `mse`, both may be sequences. Raises ValueError for another y_true.

    >>> hinge(0.25, 1), hinge(3.0, 1), hinge(3.0, -1)
    (0.75, 0.0, 4.0)
    """
    return _mean(_margin, y_pred, y_true)


def _margin(score: Scalar, y: Scalar) -> Scalar:
    fits = _fitting(y, lambda y: EXACT - abs(abs(y) - 1.0), "y_true is -1 or 1")
    return _only_where([fits], relu(1.0 - y * score))


@_of_outputs
def softmax_cross_entropy(y_pred: Outputs, y_true: Outputs) -> Scalar:
    """Return -log of the softmax probability of the true class, from the scores of n classes.

    y_pred: n scores, any numbers, such as the outputs of linear neurons: the softmax is part of
    the loss. y_true: the number of the class, from 0; or a row of n numbers, 1 for the class and
    0 for the others. Nothing overflows, and no digit cancels in the value or its derivatives.

    Raises ValueError for fewer than two scores and for another y_true.

    >>> softmax_cross_entropy([1000.0, 0.0, -1000.0], 1)
    1000.0
    """
    if not isinstance(y_pred, SEQUENCES) or len(y_pred) < 2:
        raise ValueError(f"softmax_cross_entropy takes two or more scores, not {y_pred!r}")
    chosen, fits = _one_hot(y_true, len(y_pred))
    score = reduce(add, [_times(c, s) for c, s in zip(chosen, y_pred)])
    apart = [_times(1.0 - c, s - score) for c, s in zip(chosen, y_pred)]
    # log(sum(exp(apart))) with one term exp(0); log1p keeps the digits that the others add to 1
    most = reduce(maximum, apart)
    rest = reduce(add, [exp(a - most) - c for c, a in zip(chosen, apart)])
    return _labelled(_only_where([fits], most + log1p(rest)))


def _times(choice: Scalar, x: Scalar) -> Scalar:
    """Return the product with 1 or 0; a plain 1 or 0 adds no node."""
    if isinstance(choice, Value):
        return choice * x
    return x if choice else 0.0


def _one_hot(y: Outputs, n: int) -> tuple[Sequence[Scalar], Scalar]:
    """Return 1 for the class and 0 for the others, and a number above 0 if y is a class."""
    if isinstance(y, SEQUENCES):
        if len(y) != n:
            raise ValueError(f"{n} scores and a row of {len(y)} targets do not fit")
        chosen = [c if isinstance(c, Value) else float(c) for c in y]
        if any(isinstance(c, Value) for c in chosen):
            return chosen, _is_one_hot(chosen) if is_recording() else 1.0
        if not _is_one_hot(chosen) > 0.0:
            raise ValueError(f"y_true is a row of one 1 and else 0, not {list(y)!r}")
        return chosen, 1.0
    fits = _fitting(
        y,
        lambda y: EXACT - reduce(minimum, [abs(y - float(i)) for i in range(n)]),
        f"y_true is the number of a class, from 0 to {n - 1}",
    )
    if isinstance(y, Value):  # 1 where it is within a half of i
        return [where(0.5 - abs(y - float(i)), 1.0, 0.0) for i in range(n)], fits
    return [float(i == y) for i in range(n)], fits


def _is_one_hot(chosen: Sequence[Scalar]) -> Scalar:
    far = [abs(c * (c - 1.0)) for c in chosen] + [abs(reduce(add, chosen) - 1.0)]
    return EXACT - reduce(add, far)


@overload
def l2(parameters: Module | Iterable[Value]) -> Value: ...
@overload
def l2(parameters: Iterable[Number]) -> float: ...
def l2(parameters: Module | Iterable[Value] | Iterable[Number]) -> Scalar:
    """Return the sum of the squares of parameters, a penalty on large ones.

    parameters: a net, whose frozen parameters do not count, or Values or numbers. Add it to a
    custom loss, times a small number; `fit(..., l2=0.001)` does so.

    >>> l2([3.0, 4.0])
    25.0
    """
    if isinstance(parameters, Module):
        parameters = parameters.trainable_parameters()
    squares = [power(p, 2.0) for p in parameters]
    return reduce(add, squares) if squares else 0.0


LOSSES: dict[str, Loss] = {
    "binary_cross_entropy": binary_cross_entropy,
    "hinge": hinge,
    "mse": mse,
    "softmax_cross_entropy": softmax_cross_entropy,
}


def loss_function(loss: str | Loss) -> Loss:
    """Return the loss of that name, or the given function (y_pred, y_true) -> Value.

    Raises ValueError, listing the known names, for another name.
    """
    if callable(loss):
        return loss
    if loss not in LOSSES:
        raise ValueError(f"unknown loss {loss!r}; known: {', '.join(sorted(LOSSES))}")
    return LOSSES[loss]


def trained(loss: Loss) -> Loss:
    """Return a loss as training computes it: cross entropy of sigmoid outputs uses their sums."""
    return _entropy_of_outputs if loss is binary_cross_entropy else loss


def _entropy_of_outputs(y_pred: Outputs, y_true: Outputs) -> Scalar:
    outputs = y_pred if isinstance(y_pred, SEQUENCES) else [y_pred]
    if any(getattr(p, "operation", None) is not OPS["sigmoid"] for p in outputs):
        return binary_cross_entropy(y_pred, y_true)
    sums = [p.inputs[0] for p in outputs]
    sums = sums if isinstance(y_pred, SEQUENCES) else sums[0]
    return binary_cross_entropy(sums, y_true, logits=True)


def _mean(loss: Loss, y_pred: Outputs, y_true: Outputs) -> Scalar:
    """Return the loss of one output, or its mean over sequences of outputs."""
    if isinstance(y_pred, Value) or not isinstance(y_pred, SEQUENCES):
        if isinstance(y_true, SEQUENCES):
            raise ValueError(f"one prediction and a target of shape {np.shape(y_true)} do not fit")
        return _labelled(loss(_number(y_pred), _number(y_true)))
    shapes: Sequence[object] = np.shape(y_pred), np.shape(y_true)
    if shapes[0] != shapes[1] or shapes[0] == (0,):
        raise ValueError("prediction of shape {} and target of shape {} do not fit".format(*shapes))
    losses = [loss(_number(p), _number(y)) for p, y in zip(y_pred, y_true)]
    return _labelled(reduce(add, losses) / len(losses))


def _number(x: object) -> Scalar:
    return x if isinstance(x, Value) else number(x)


def _labelled(loss: Scalar) -> Scalar:
    if isinstance(loss, Value):
        loss.label = "L"
    return loss


def _is_probability(x: Scalar) -> Scalar:
    return where(x * (x - 1.0), 0.0, 1.0)  # nan passes here, and is found elsewhere


def _fitting(x: Scalar, fits: Callable[[Scalar], Scalar], says: str) -> Scalar:
    """Return a number above 0 if x fits; raise ValueError if a known number does not.

    A target that is a Value may stand for any number. While a program is recorded, the result is
    a Value, part of the program.
    """
    if isinstance(x, Value):
        return fits(x) if is_recording() else 1.0
    if not (isinstance(x, (int, float, np.integer, np.floating, np.bool_)) and fits(x) > 0.0):
        raise ValueError(f"{says}; not {x!r}")
    return 1.0


def _only_where(fits: Iterable[Scalar], loss: Scalar) -> Scalar:
    """Return the loss, or in a program nan for numbers that do not fit; `fit` checks for it."""
    for fit in fits:
        loss = where(fit, loss, math.nan) if isinstance(fit, Value) else loss
    return loss
