"""Right code that was called wrong once: trained classes, other update rules, losses unknown."""

import numpy as np
import pytest

import microgradnet as mg


class LogisticRegression:
    def __init__(self, lr=0.1, n_iters=100):
        self.lr, self.n_iters = lr, n_iters
        self.weights, self.bias = None, None

    def fit(self, X, y):
        n_samples, n_features = X.shape
        self.weights, self.bias = np.zeros(n_features), 0
        for _ in range(self.n_iters):
            y_predicted = 1 / (1 + np.exp(-(np.dot(X, self.weights) + self.bias)))
            dw = (1 / n_samples) * np.dot(X.T, (y_predicted - y))
            db = (1 / n_samples) * np.sum(y_predicted - y)
            self.weights -= self.lr * dw
            self.bias -= self.lr * db


def adam(w, X, y, m, v, t=1, lr=0.01, beta1=0.9, beta2=0.999, eps=1e-8):
    p = X @ w
    loss = np.mean((p - y) ** 2)
    grad = 2 * X.T @ (p - y) / len(y)
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    w = w - lr * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + eps)
    return loss, w


def test_a_class_that_starts_from_zeros_is_not_called_wrong():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(30, 3))
    report = mg.check(LogisticRegression().fit, X, (X[:, 0] > 0).astype(int))
    assert {row.verdict for row in report.rows} == {"right"}


def test_of_another_rule_than_descent_the_gradients_are_checked():
    rng = np.random.default_rng(0)
    example = rng.normal(size=3), rng.normal(size=(6, 3)), rng.normal(size=6)
    report = mg.check(adam, *example, np.zeros(3), np.zeros(3))
    assert [(row.name, row.verdict) for row in report.rows] == [("grad", "right")]
    assert "not plain gradient descent" in report.note


def test_where_no_known_loss_fits_at_all_nothing_is_said():
    def other_loss(X, y, w):
        y_pred = X @ w
        apart = y_pred - y
        dw = X.T @ (np.exp(apart) - np.exp(-apart))  # of the sum of 2 * cosh(apart)
        return dw

    with pytest.raises(ValueError, match="give loss="):
        mg.check(other_loss, np.ones((4, 2)), np.ones(4), np.ones(2))


def test_a_function_that_cannot_be_followed_is_named():
    def by_sinh(X, y, w):
        dw = X.T @ np.sinh(X @ w - y)
        return dw

    with pytest.raises(TypeError, match=r"np\.sinh cannot be followed: write it with"):
        mg.check(by_sinh, np.ones((4, 2)), np.ones(4), np.ones(2))
