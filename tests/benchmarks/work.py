"""The nets, the recorded programs and the micrograd nets that several benchmarks share."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from measure import need_engine

import microgradnet as mg


@cache
def people() -> tuple[list[list[float]], list[float]]:
    """The gender table as lists."""
    X, y = mg.datasets.gender()
    return X.tolist(), y.tolist()


def table(rows: int, columns: int, seed: int = 0) -> np.ndarray:
    """Rows of inputs with a last column of targets, 1 or -1."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((rows, columns))
    return np.column_stack([X, np.sign(rng.standard_normal(rows))])


def relu_net(n_in: int = 2, sizes: Sequence[int] = (16, 16, 1)) -> mg.MLP:
    return mg.MLP(n_in, list(sizes), activation="relu", output="linear")


def squared_to_0(outputs: list[Any], y: Any) -> Any:
    """A loss of nets of many outputs: the mean square of output - y."""
    return mg.mse(outputs, [y] * len(outputs))


def inputs_of(net: mg.MLP) -> list[mg.Value]:
    return [mg.Value(0.3, f"x{i + 1}") for i in range(len(net.layers[0].neurons[0].weights))]


def gradient_program(net: mg.MLP, loss: Any, engine: str) -> mg.Program:
    """Loss and gradients of one row, as a program of parameters, inputs and target."""
    x, y, parameters = inputs_of(net), mg.Value(1.0, "y_true"), net.parameters()
    found = loss(net(x), y)
    outputs = [found, *mg.grad(found, parameters)]
    return mg.compile(outputs, [*parameters, *x, y], engine=need_engine(engine))


def step_program(net: mg.MLP, engine: str) -> mg.Program:
    """One step of SGD on the squared error: the next parameters, and the loss."""
    x, y, parameters, sgd = inputs_of(net), mg.Value(1.0, "y_true"), net.parameters(), mg.SGD(0.1)
    loss = mg.mse(net(x), y)
    following = [sgd.step(p, g) for p, g in zip(parameters, mg.grad(loss, parameters))]
    return mg.compile([*following, loss], [*parameters, *x, y], engine=need_engine(engine))


def numbers_of(net: mg.MLP) -> np.ndarray:
    return np.array([p.data for p in net.parameters()])


def eager_gradient(net: mg.MLP, loss: Any, rows: np.ndarray) -> Any:
    """A run over the rows, gradients added up, as `fit` does."""
    samples = [(row[:-1], row[-1]) for row in rows.tolist()]

    def run() -> None:
        net.zero_grad()
        for x, y in samples:
            loss(net(x), y).backward()

    return run


def micrograd_sigmoid(x: Any) -> Any:
    """The sigmoid as one node of micrograd."""
    from micrograd.engine import Value

    s = 1.0 / (1.0 + math.exp(-x.data)) if x.data > -700.0 else 0.0
    out = Value(s, (x,), "sigmoid")

    def _backward() -> None:
        x.grad += s * (1.0 - s) * out.grad

    out._backward = _backward
    return out


def micrograd_net(n_in: int, sizes: Sequence[int]) -> Any:
    """The MLP of micrograd with neurons that end in one sigmoid node."""
    from micrograd import nn

    class Neuron(nn.Neuron):
        def __call__(self, x: Any) -> Any:
            return micrograd_sigmoid(sum((wi * xi for wi, xi in zip(self.w, x)), self.b))

    class Layer(nn.Layer):
        def __init__(self, nin: int, nout: int) -> None:
            self.neurons = [Neuron(nin) for _ in range(nout)]

    class MLP(nn.MLP):
        def __init__(self, nin: int, nouts: list[int]) -> None:
            sz = [nin, *nouts]
            self.layers = [Layer(sz[i], sz[i + 1]) for i in range(len(nouts))]

    return MLP(n_in, list(sizes))
