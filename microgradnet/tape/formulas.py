"""Derivatives and values of rows that take more than a line."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from microgradnet.tape.rows import floats, summed

# -- values that NumPy has no pure function for


def setitem(a: Any, index: Any, v: Any) -> Any:
    """Return a copy of `a` with `v` written at `index`."""
    a = list(a) if isinstance(a, list) else np.array(a)
    a[index] = v
    return a


def put(a: Any, flat: Any, v: Any) -> Any:
    """Return a copy of `a` with `v` written at the flat indices."""
    a = np.array(a)
    a.reshape(-1)[flat] = v
    return a


def fill(a: Any, v: Any) -> Any:
    """Return an array of the shape and type of `a`, full of `v`."""
    return np.full(np.shape(a), v, dtype=np.asarray(a).dtype)


def written(f: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function that writes into a copy of its first argument and returns that."""

    @functools.wraps(f)
    def pure(a: Any, *args: Any, **kw: Any) -> Any:
        a = np.array(a)
        f(a, *args, **kw)
        return a

    return pure


def expit(x: Any) -> Any:
    """Return the logistic function."""
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-np.asarray(x, dtype=np.float64)[()]))


def logsumexp(a: Any, axis: Any = None, b: Any = None, keepdims: bool = False) -> Any:
    """Return log(sum(b * exp(a))) along the axes."""
    top = np.max(a, axis=axis, keepdims=True)
    weights = 1 if b is None else b
    out = np.log(np.sum(weights * np.exp(a - top), axis=axis, keepdims=True)) + top
    return out if keepdims else np.squeeze(out, axis=axis)[()]


def log_softmax(x: Any, axis: Any = None) -> Any:
    """Return the logarithms of the softmax along the axes."""
    return x - logsumexp(x, axis, keepdims=True)


def softmax(x: Any, axis: Any = None) -> Any:
    """Return exp(x) divided by its sum along the axes."""
    return np.exp(log_softmax(x, axis))


# -- derivatives that take more than a line


def reshaped(g: Any, a: Any, *rest: Any) -> Any:
    """Return a gradient in the shape of the operand."""
    return np.reshape(g, np.shape(a))


def unindexed(g: Any, a: Any, index: Any) -> Any:
    """Return the gradient of an array from that of one of its items or slices."""
    grad = np.zeros(np.shape(a))
    parts = index if isinstance(index, tuple) else (index,)
    if all(isinstance(p, (int, np.integer, slice, type(None), type(...))) for p in parts):
        grad[index] = g
    else:
        np.add.at(grad, index, g)
    return grad


def nonzero(x: Any) -> Any:
    """Return x with 1 for 0: a divisor."""
    return np.where(x == 0, 1.0, x)


def powers(out: Any, x: Any, y: Any) -> tuple[Any, Any]:
    """Return the derivatives of x**y; by y 0 where x <= 0."""
    return np.where(y == 0, 0.0, y * x ** (y - 1)), np.where(x > 0, out * np.log(x), 0.0)


def larger(x: Any, y: Any) -> tuple[Any, Any]:
    """Return the shares of x and y in the larger: at a tie 1 for the one with fewer numbers."""
    first = np.where(x == y, np.size(x) < np.size(y), x > y)
    return first * 1.0, 1.0 - first


def clipped(
    out: Any, a: Any, a_min: Any = None, a_max: Any = None, min: Any = None, max: Any = None
) -> tuple[Any, ...]:
    """Return the derivatives of clip by the number and by its limits."""
    low, high = (min if a_min is None else a_min), (max if a_max is None else a_max)
    over = np.False_ if high is None else a >= high
    under = (np.False_ if low is None else a <= low) & ~over
    return ~(over | under) * 1.0, under * 1.0, over * 1.0, under * 1.0, over * 1.0


def others(out: Any, x: Any, along: Any) -> Any:
    """Return the products of the other numbers along the axes."""
    divisor = nonzero(x)
    product = np.prod(divisor, axis=along.axis, keepdims=True, where=along.mask)
    zeros = along.total(x == 0)
    return np.where(x == 0, zeros == 1, zeros == 0) * product / divisor


def hit(out: Any, x: Any, along: Any) -> Any:
    """Return 1 at the number that is the result, shared where several are."""
    return (x == out) / np.maximum(along.total(x == out), 1)


def by_norm(out: Any, x: Any, along: Any) -> Any:
    """Return the derivatives of a norm of vectors, or of the Frobenius norm."""
    kind = along.named.get("ord")
    is_vector = np.ndim(x) == 1 or isinstance(along.axis, int)
    if kind is None or kind == "fro" or (is_vector and kind == 2):
        return x / nonzero(out)
    if is_vector and kind == 1:
        return np.sign(x)
    if is_vector and kind == np.inf:
        return np.sign(x) * hit(out, np.abs(x), along)
    raise NotImplementedError


def widened(a: Any, axis: Any, weights: Any) -> Any:
    """Return weights, which may be one for each index of the axis, with the axes of the array."""
    w = np.ones(np.shape(a)) if weights is None else np.asarray(floats(weights))
    if w.ndim == np.ndim(a):
        return w
    shape = [1] * np.ndim(a)
    shape[axis] = -1
    return w.reshape(shape)


def averaged(g: Any, out: Any, a: Any, axis: Any, weights: Any, returned: Any, keep: Any) -> Any:
    """Return the gradients of np.average by its numbers and its weights."""
    if returned:
        raise NotImplementedError
    w = widened(a, axis, weights)
    wide = np.broadcast_to(w, np.shape(a))
    total = np.sum(wide, axis=axis, keepdims=True)
    g, out = np.reshape(g, np.shape(total)), np.reshape(out, np.shape(total))
    by_weights = summed(g * (a - out) / total, np.shape(w))
    return (
        g * wide / total,
        None,
        by_weights if weights is None else np.reshape(by_weights, np.shape(weights)),
    )


def added_at(sign: float) -> Callable[..., tuple[Any, ...]]:
    """Return the gradients of adding at an index, times a sign."""

    def grads(g: Any, out: Any, a: Any, index: Any, v: Any) -> tuple[Any, ...]:
        return g, None, sign * summed(g[index], np.shape(v))

    return grads


def accumulated(g: Any, x: Any, axis: Any) -> Any:
    """Return the gradient of cumsum: the sums of all later numbers."""
    if axis is None:
        return np.reshape(np.cumsum(np.ravel(g)[::-1])[::-1], np.shape(x))
    return np.flip(np.cumsum(np.flip(g, axis), axis), axis)


def by_cumsum(g: Any, out: Any, a: Any, axis: Any) -> tuple[Any, ...]:
    """Return the gradient of cumsum."""
    return (accumulated(g, a, axis),)


def by_cumprod(g: Any, out: Any, a: Any, axis: Any) -> tuple[Any, ...]:
    """Return the gradient of cumprod."""
    if np.any(np.equal(a, 0)):
        raise NotImplementedError
    return (accumulated(g * out, a, axis) / a,)


def placed(g: Any, out: Any, a: Any, axis: Any) -> tuple[Any, ...]:
    """Return the gradient of sort."""
    axis = -1 if axis is None else axis
    grad = np.zeros(np.shape(a))
    np.put_along_axis(grad, np.argsort(a, axis), g, axis)
    return (grad,)


def swapped(a: Any) -> Any:
    """Return the transposes of matrices."""
    return np.swapaxes(a, -1, -2)


def solved(g: Any, out: Any, a: Any, b: Any) -> tuple[Any, ...]:
    """Return the gradients of solve(a, b)."""
    by_b = np.linalg.solve(swapped(a), g)
    is_vector = np.ndim(b) == 1
    by_a = -by_b[:, None] * out if is_vector else -by_b @ swapped(out)
    return summed(by_a, np.shape(a)), summed(by_b, np.shape(b))


def by_logsumexp(out: Any, x: Any, along: Any) -> Any:
    """Return the derivatives of logsumexp without weights."""
    if along.named.get("b") is not None or along.named.get("return_sign"):
        raise NotImplementedError
    return np.exp(x - out)


def by_softmax(g: Any, out: Any, x: Any, axis: Any) -> tuple[Any, ...]:
    """Return the gradient of softmax."""
    return (out * (g - np.sum(g * out, axis=axis, keepdims=True)),)


def by_log_softmax(g: Any, out: Any, x: Any, axis: Any) -> tuple[Any, ...]:
    """Return the gradient of log_softmax."""
    return (g - np.exp(out) * np.sum(g, axis=axis, keepdims=True),)


def inverted(g: Any, out: Any, a: Any) -> tuple[Any, ...]:
    """Return the gradient of inv."""
    return (-swapped(out) @ g @ swapped(out),)


def by_det(g: Any, out: Any, a: Any) -> tuple[Any, ...]:
    """Return the gradient of det where it is not 0."""
    return ((g * out)[..., None, None] * swapped(np.linalg.inv(a)),)
