"""Loss and gradient of dense nets over rows: native against jax.jit of the dense net."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from measure import Benchmark, Contender, Measure, Row, timed

import microgradnet as mg

NETS = ((2, 16, 16, 1), (16, 32, 8), (64, 32, 10), (64, 64, 10), (128, 64, 10))
KINDS = ("tanh", "sigmoid", "relu")
ROWS = (1, 100, 10_000)


def _table(sizes: tuple[int, ...], rows: int) -> np.ndarray:
    return np.random.default_rng(0).standard_normal((rows, sizes[0] + sizes[-1]))


def native(sizes: tuple[int, ...], kind: str, rows: int) -> Contender:
    """The recorded net, its loss the mean of squares, compiled before."""

    def prepare() -> Measure:
        net = mg.MLP(sizes[0], list(sizes[1:]), activation=kind, output="linear", seed=0)
        x = [mg.Value(0.1 * i, f"x{i + 1}") for i in range(sizes[0])]
        y = [mg.Value(0.5, f"y{i + 1}") for i in range(sizes[-1])]
        loss = mg.mse(net(x), y if len(y) > 1 else y[0])
        parameters = net.parameters()
        outputs = [loss, *mg.grad(loss, parameters)]
        program = mg.compile(outputs, [*parameters, *x, *y], "native")
        numbers, data = np.array([p.data for p in parameters]), _table(sizes, rows)
        return timed(lambda: program.mean(numbers, data))

    return prepare


def dense(sizes: tuple[int, ...], kind: str, rows: int) -> Contender:
    """The same as arrays, float64, warm."""

    def prepare() -> Measure:
        import jax

        jax.config.update("jax_enable_x64", True)
        rng, data = np.random.default_rng(0), jax.numpy.array(_table(sizes, rows))
        weights = [
            (jax.numpy.array(rng.standard_normal((a, b))), jax.numpy.array(rng.standard_normal(b)))
            for a, b in pairwise(sizes)
        ]
        step = jax.jit(jax.value_and_grad(_loss(jax, kind)))
        x, y = data[:, : sizes[0]], data[:, sizes[0] :]
        return timed(lambda: jax.block_until_ready(step(weights, x, y)))

    return prepare


def _loss(jax: Any, kind: str) -> Any:
    jnp = jax.numpy
    activation = {"tanh": jnp.tanh, "sigmoid": jax.nn.sigmoid, "relu": jax.nn.relu}[kind]

    def loss(weights: list[Any], x: Any, y: Any) -> Any:
        for w, b in weights[:-1]:
            x = activation(x @ w + b)
        w, b = weights[-1]
        return jnp.mean((x @ w + b - y) ** 2)

    return loss


def _benchmark(sizes: tuple[int, ...], kind: str, rows: int) -> Benchmark:
    count = f"{rows:,} row{'s' if rows > 1 else ''}"
    return Benchmark(
        f"{'-'.join(map(str, sizes))} {kind} net, loss and gradient over {count}",
        {"native": native(sizes, kind, rows), "jax": dense(sizes, kind, rows)},
        (Row("native", "jax", 1.0, against="jax.jit(value_and_grad), dense, float64"),),
    )


BENCHMARKS = [_benchmark(sizes, kind, rows) for sizes in NETS for kind in KINDS for rows in ROWS]
