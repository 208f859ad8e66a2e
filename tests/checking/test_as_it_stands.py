"""Traits of code that people have published, each in a few lines of our own."""

import numpy as np
import pytest

import microgradnet as mg

rng = np.random.default_rng(0)
X, W, W2 = rng.normal(size=(6, 4)), rng.normal(size=(4, 3)), rng.normal(size=(3, 2))
T = rng.normal(size=(6, 3))
labels = np.array([0, 1, 2, 2, 1, 0])


def blamed(report):
    """What is wrong and its words; nothing may follow from itself."""
    assert all(row.name not in row.follows for row in report.rows), report
    return {row.name: row.words for row in report.rows if row.verdict == "wrong"}


def set_first(W, X, T):
    """A gradient that is set to zeros, and assigned anew below."""
    loss = 0.0
    dW = np.zeros_like(W)
    n = X.shape[0]
    out = X.dot(W)
    loss = ((out - T) ** 2).sum() / n
    dW = X.T.dot(2 * (out - T)) / n
    return loss, dW


def set_first_and_wrong(W, X, T):
    dW = np.zeros_like(W)
    out = X.dot(W)
    loss = ((out - T) ** 2).sum()
    dW = X[::-1].T.dot(out - T)
    return loss, dW


def test_what_a_name_holds_last_is_judged():
    assert mg.check(set_first, W, X, T)
    report = mg.check(set_first_and_wrong, W, X, T)
    assert not report
    assert report.rows[0].written != 0.0


def name_for_two(W1, W2, X, y):
    """`dW1` is first the gradient by the hidden layer, then the one by W1."""
    a = X @ W1
    h = np.maximum(0, a)
    s = h @ W2
    loss = 0.5 * ((s - y) ** 2).sum()
    d = s - y
    dW2 = h.T @ d
    dW1 = d @ W2.T
    da = dW1 * (a > 0)
    dW1 = X.T @ da
    return loss, {"W1": dW1, "W2": dW2}


def name_for_two_and_wrong(W1, W2, X, y):
    a = X @ W1
    h = np.maximum(0, a)
    s = h @ W2
    loss = 0.5 * ((s - y) ** 2).sum()
    d = s - y
    dW2 = h.T @ d
    dW1 = d @ W2.T
    da = dW1 * (h > 1)
    dW1 = X.T @ da
    return loss, {"W1": dW1, "W2": dW2}


def test_a_name_for_two_gradients():
    given = W, W2, X, rng.normal(size=(6, 2))
    assert mg.check(name_for_two, *given)
    assert list(blamed(mg.check(name_for_two_and_wrong, *given))) == ["da"]
