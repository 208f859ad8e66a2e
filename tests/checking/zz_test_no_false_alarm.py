"""Right code that was called wrong once: trained classes, other update rules, losses unknown."""

import itertools

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
    assert "wrong" not in {row.verdict for row in report.rows}


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


class Network:
    """Lists of weights and biases, `nabla_w[-l]`, and a cost that only its derivative knows."""

    def __init__(self, sizes, seed=0):
        rng = np.random.default_rng(seed)
        self.sizes = sizes
        self.biases = [rng.normal(size=(n, 1)) for n in sizes[1:]]
        self.weights = [rng.normal(size=(n, k)) for k, n in itertools.pairwise(sizes)]

    def backprop(self, x, y):
        nabla_b = [np.zeros(b.shape) for b in self.biases]
        nabla_w = [np.zeros(w.shape) for w in self.weights]
        activation, activations, zs = x, [x], []
        for b, w in zip(self.biases, self.weights):
            z = np.dot(w, activation) + b
            zs.append(z)
            activation = sigmoid(z)
            activations.append(activation)
        delta = self.cost_derivative(activations[-1], y) * sigmoid_prime(zs[-1])
        nabla_b[-1] = delta
        nabla_w[-1] = np.dot(delta, activations[-2].transpose())
        for layer in range(2, len(self.sizes)):
            sp = sigmoid_prime(zs[-layer])
            delta = np.dot(self.weights[-layer + 1].transpose(), delta) * sp
            nabla_b[-layer] = delta
            nabla_w[-layer] = np.dot(delta, activations[-layer - 1].transpose())
        return nabla_b, nabla_w

    def cost_derivative(self, output_activations, y):
        return output_activations - y


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def sigmoid_prime(z):
    return sigmoid(z) * (1 - sigmoid(z))


def test_lists_of_gradients_are_recognised_where_no_loss_is_computed():
    net = Network([3, 4, 2])
    report = mg.check(net.backprop, np.ones((3, 1)), np.ones((2, 1)))
    names = {row.name for row in report.rows if row.verdict == "right"}
    assert report
    assert names >= {"nabla_w[-1]", "nabla_b[-1]", "nabla_w[-2]", "nabla_b[-2]"}


def test_what_is_called_a_derivative_and_is_none_is_not_passed_over():
    class Wrong(Network):
        def backprop(self, x, y):
            z1 = np.dot(self.weights[0], x) + self.biases[0]
            a1 = sigmoid(z1)
            z2 = np.dot(self.weights[1], a1) + self.biases[1]
            a2 = sigmoid(z2)
            delta_2 = (a2 - y) * sigmoid_prime(z2)
            nabla_w2 = np.dot(delta_2, a1.T)
            delta_1 = np.dot(self.weights[1].T, delta_2) * a1  # its slope belongs there
            nabla_w1 = np.dot(delta_1, x.T)
            return nabla_w1, nabla_w2

    report = mg.check(Wrong([3, 4, 2]).backprop, np.ones((3, 1)), np.ones((2, 1)))
    verdicts = {row.name: row.verdict for row in report.rows}
    assert not report
    assert verdicts["nabla_w2"] == "right"
    assert verdicts["nabla_w1"] != "right"
