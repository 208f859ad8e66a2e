"""Compute the values and derivatives of rows that take more than a line."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from microgradnet.tape.rules.rows import floats, summed

# -- values for which NumPy has no pure function


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
    """Return an array with the shape and dtype of `a`, filled with `v`."""
    return np.full(np.shape(a), v, dtype=np.asarray(a).dtype)


def written(f: Callable[..., Any]) -> Callable[..., Any]:
    """Return a version of an in-place function that writes into a copy and returns it."""

    @functools.wraps(f)
    def pure(a: Any, *args: Any, **kw: Any) -> Any:
        a = np.array(a)
        f(a, *args, **kw)
        return a

    return pure


def expit(x: Any) -> Any:
    """Return the logistic function of x."""
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-np.asarray(x, dtype=np.float64)[()]))


def logsumexp(a: Any, axis: Any = None, b: Any = None, keepdims: bool = False) -> Any:
    """Return log(sum(b * exp(a))) along the axes."""
    top = np.max(a, axis=axis, keepdims=True)
    weights = 1 if b is None else b
    out = np.log(np.sum(weights * np.exp(a - top), axis=axis, keepdims=True)) + top
    return out if keepdims else np.squeeze(out, axis=axis)[()]


def log_softmax(x: Any, axis: Any = None) -> Any:
    """Return the logarithm of the softmax along the axes."""
    return x - logsumexp(x, axis, keepdims=True)


def softmax(x: Any, axis: Any = None) -> Any:
    """Return exp(x) divided by its sum along the axes."""
    return np.exp(log_softmax(x, axis))


# -- derivatives that take more than a line


def reshaped(g: Any, a: Any, *rest: Any) -> Any:
    """Return a gradient reshaped to its operand's shape."""
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
    """Return x with each 0 replaced by 1, for use as a divisor."""
    return np.where(x == 0, 1.0, x)


def powers(out: Any, x: Any, y: Any) -> tuple[Any, Any]:
    """Return the derivatives of x**y by x and y; by y it is 0 where x <= 0."""
    return np.where(y == 0, 0.0, y * x ** (y - 1)), np.where(x > 0, out * np.log(x), 0.0)


def larger(x: Any, y: Any) -> tuple[Any, Any]:
    """Return the derivatives of max(x, y); at a tie, 1 for the operand with fewer numbers."""
    first = np.where(x == y, np.size(x) < np.size(y), x > y)
    return first * 1.0, 1.0 - first


def clipped(
    out: Any, a: Any, a_min: Any = None, a_max: Any = None, min: Any = None, max: Any = None
) -> tuple[Any, ...]:
    """Return the derivatives of clip with respect to the number and its limits."""
    low, high = (min if a_min is None else a_min), (max if a_max is None else a_max)
    over = np.False_ if high is None else a >= high
    under = (np.False_ if low is None else a <= low) & ~over
    return ~(over | under) * 1.0, under * 1.0, over * 1.0, under * 1.0, over * 1.0


def others(out: Any, x: Any, along: Any) -> Any:
    """Return for each number the product of the others along the axes."""
    divisor = nonzero(x)
    product = np.prod(divisor, axis=along.axis, keepdims=True, where=along.mask)
    zeros = along.total(x == 0)
    return np.where(x == 0, zeros == 1, zeros == 0) * product / divisor


def hit(out: Any, x: Any, along: Any) -> Any:
    """Return 1 at the number that equals the result, divided equally among ties."""
    return (x == out) / np.maximum(along.total(x == out), 1)


def by_norm(out: Any, x: Any, along: Any) -> Any:
    """Return the derivatives of a vector norm or of the Frobenius norm."""
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
    """Return weights shaped to broadcast against an array, from one weight per index of an axis."""
    w = np.ones(np.shape(a)) if weights is None else np.asarray(floats(weights))
    if w.ndim == np.ndim(a):
        return w
    shape = [1] * np.ndim(a)
    shape[axis] = -1
    return w.reshape(shape)


def averaged(g: Any, out: Any, a: Any, axis: Any, weights: Any, returned: Any, keep: Any) -> Any:
    """Return the gradients of np.average with respect to its numbers and weights."""
    if returned:
        raise NotImplementedError
    w = widened(a, axis, weights)
    wide = np.broadcast_to(w, np.shape(a))
    total = np.sum(wide, axis=axis, keepdims=True)
    g, out = np.reshape(g, np.shape(total)), np.reshape(out, np.shape(total))
    by_weights = summed(g * (a - out) / total, np.shape(w))
    if weights is not None:
        by_weights = np.reshape(by_weights, np.shape(weights))
    return g * wide / total, None, by_weights


def added_at(sign: float) -> Callable[..., tuple[Any, ...]]:
    """Return the function for the gradients of adding, times a sign, at an index."""

    def grads(g: Any, out: Any, a: Any, index: Any, v: Any) -> tuple[Any, ...]:
        return g, None, sign * summed(g[index], np.shape(v))

    return grads


def chosen_at(g: Any, out: Any, a: Any, index: Any, v: Any) -> tuple[Any, ...]:
    """Return the gradients of keeping the largest, or smallest, at an index; equal ones share."""
    kept, own = np.equal(out, a) * 1.0, np.equal(out[index], v) * 1.0
    count = kept.copy()
    np.add.at(count, index, own)
    share = g / np.maximum(count, 1.0)
    return share * kept, None, summed(share[index] * own, np.shape(v))


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
    """Return the transposes of a stack of matrices."""
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
    """Return the gradient of det for an invertible matrix."""
    return ((g * out)[..., None, None] * swapped(np.linalg.inv(a)),)


def by_cholesky(g: Any, out: Any, a: Any) -> tuple[Any, ...]:
    """Return the gradient of cholesky, of the lower triangle alone (arXiv:1602.07527)."""
    inner = np.tril(swapped(out) @ g)
    inner -= np.tril(np.triu(inner)) / 2
    whole = np.linalg.solve(swapped(out), swapped(np.linalg.solve(swapped(out), swapped(inner))))
    lower = np.tril(whole + swapped(whole))
    return (lower - np.tril(np.triu(lower)) / 2,)
