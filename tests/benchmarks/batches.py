"""Loss and gradient over rows: small nets against torch, micrograd and our own eager."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
from measure import Benchmark, Contender, Measure, Row, timed
from work import eager_gradient, gradient_program, numbers_of, relu_net, squared_to_0, table

import microgradnet as mg


def wide_net() -> mg.MLP:
    return relu_net(64, (32, 10))


def program(engine: str, net: Callable[[], mg.MLP], loss: Any, rows: int) -> Contender:
    """Our mean over the rows, by an engine, the program compiled before."""

    def prepare() -> Measure:
        made = net()
        found = gradient_program(made, loss, engine)
        numbers, data = numbers_of(made), _rows(found, made, rows)
        return timed(lambda: found.mean(numbers, data))

    return prepare


def _rows(found: mg.Program, net: mg.MLP, rows: int) -> np.ndarray:
    return table(rows, found.n_inputs - len(net.parameters()) - 1)


def eager(net: Callable[[], mg.MLP], loss: Any, rows: int, columns: int) -> Contender:
    return lambda: timed(eager_gradient(net(), loss, table(rows, columns)))


def _weights(sizes: tuple[int, ...]) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    shapes = [shape for a, b in pairwise(sizes) for shape in ((a, b), (b,))]
    return [rng.standard_normal(shape) for shape in shapes]


def torch_eager() -> Measure:
    import torch

    torch.set_num_threads(1)
    data = torch.from_numpy(table(100, 2))
    weights = [torch.from_numpy(w).requires_grad_() for w in _weights((2, 16, 16, 1))]

    def run() -> None:
        x, y = data[:, :-1], data[:, -1]
        for i in (0, 2):
            x = torch.relu(torch.addmm(weights[i + 1], x, weights[i]))
        score = torch.addmm(weights[5], x, weights[4])[:, 0]
        loss = torch.relu(1.0 - y * score).mean()
        torch.autograd.grad(loss, weights)

    return timed(run)


def micrograd() -> Measure:
    """As in micrograd's demo: its own MLP, whose last neuron is linear."""
    from micrograd.nn import MLP

    net, rows = MLP(2, [16, 16, 1]), table(100, 2).tolist()

    def run() -> None:
        scores = [net(row[:-1]) for row in rows]
        losses = [(1 + -row[-1] * score).relu() for row, score in zip(rows, scores)]
        loss = sum(losses) * (1.0 / len(losses))
        net.zero_grad()
        loss.backward()

    return timed(run)


BENCHMARKS = [
    Benchmark(
        "2-16-16-1 relu net, hinge loss, loss and gradient over 100 rows",
        {
            "native": program("native", relu_net, mg.hinge, 100),
            "torch": torch_eager,
            "micrograd": micrograd,
        },
        (
            Row("native", "torch", 0.10, against="torch eager, 1 thread"),
            Row("native", "micrograd", Fraction(1, 15_000)),
        ),
    ),
    Benchmark(
        "2-16-16-1 relu net, loss and gradient over 1,000 rows",
        {
            "numpy": program("numpy", relu_net, mg.hinge, 1_000),
            "eager": eager(relu_net, mg.hinge, 1_000, 2),
        },
        (Row("numpy", "eager", Fraction(1, 200)),),
        repeats=3,
    ),
    Benchmark(
        "64-32-10 relu net, loss and gradient of one row",
        {
            "numpy": program("numpy", wide_net, squared_to_0, 1),
            "native": program("native", wide_net, squared_to_0, 1),
            "eager": eager(wide_net, squared_to_0, 1, 64),
        },
        (Row("numpy", "eager", Fraction(1, 12)), Row("native", "eager", Fraction(1, 300))),
    ),
]
