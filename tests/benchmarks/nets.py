"""Loss and gradient of dense nets over rows, by our engines, against jax.jit and NumPy by hand."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
from measure import Benchmark, Contender, Measure, Row, need_engine, timed

import microgradnet as mg

NETS = ((2, 16, 16, 1), (16, 32, 8), (64, 32, 10), (64, 64, 10), (128, 64, 10))
KINDS = ("tanh", "sigmoid", "relu")
ROWS = (1, 100, 10_000)


def _table(sizes: tuple[int, ...], rows: int) -> np.ndarray:
    return np.random.default_rng(0).standard_normal((rows, sizes[0] + sizes[-1]))


@cache
def recorded(sizes: tuple[int, ...], kind: str) -> tuple[mg.Program, np.ndarray]:
    """Loss, the mean of squares, and gradient of a net as a program, and its parameters."""
    net = mg.MLP(sizes[0], list(sizes[1:]), activation=kind, output="linear", seed=0)
    x = [mg.Value(0.1 * i, f"x{i + 1}") for i in range(sizes[0])]
    y = [mg.Value(0.5, f"y{i + 1}") for i in range(sizes[-1])]
    loss = mg.mse(net(x), y if len(y) > 1 else y[0])
    parameters = net.parameters()
    program = mg.compile([loss, *mg.grad(loss, parameters)], [*parameters, *x, *y])
    return program, np.array([p.data for p in parameters])


def ours(engine: str, sizes: tuple[int, ...], kind: str, rows: int) -> Contender:
    """The recorded net, compiled before."""

    def prepare() -> Measure:
        program, numbers = recorded(sizes, kind)
        made, data = replace(program, engine=need_engine(engine)), _table(sizes, rows)
        given = _on_device(data) if engine == "jax" else data
        return timed(lambda: made.mean(numbers, given))

    return prepare


def _on_device(data: np.ndarray) -> Any:
    """Rows as the dense code has them: arrays of JAX, put on the device once."""
    import jax

    jax.config.update("jax_enable_x64", True)
    return jax.numpy.array(data)


def by_hand(sizes: tuple[int, ...], kind: str, rows: int) -> Contender:
    """The same as a person vectorises it, all rows at once."""

    def prepare() -> Measure:
        rng, data = np.random.default_rng(0), _table(sizes, rows)
        weights = [
            (rng.standard_normal((b, a)), rng.standard_normal((b, 1))) for a, b in pairwise(sizes)
        ]
        x, y = data[:, : sizes[0]].T, data[:, sizes[0] :].T
        return timed(lambda: _gradient(weights, kind, x, y))

    return prepare


ACTIVATIONS: dict[str, tuple[Any, Any]] = {  # and their slopes, from their results
    "tanh": (np.tanh, lambda a: 1 - a**2),
    "sigmoid": (lambda z: 1 / (1 + np.exp(-z)), lambda a: a * (1 - a)),
    "relu": (lambda z: np.maximum(z, 0), lambda a: a > 0),
}


def _gradient(weights: list[Any], kind: str, x: np.ndarray, y: np.ndarray) -> list[Any]:
    activation, slope = ACTIVATIONS[kind]
    layers = [x]
    for w, b in weights[:-1]:
        layers.append(activation(w @ layers[-1] + b))
    w, b = weights[-1]
    error = w @ layers[-1] + b - y
    found: list[Any] = [np.mean(error**2)]
    delta = 2 * error / error.size
    for (w, _), a in zip(reversed(weights), reversed(layers)):
        found += [delta @ a.T, delta.sum(axis=1)]
        if a is not x:
            delta = w.T @ delta * slope(a)
    return found


def dense(sizes: tuple[int, ...], kind: str, rows: int) -> Contender:
    """The same as arrays, float64, warm."""

    def prepare() -> Measure:
        import jax

        rng, data = np.random.default_rng(0), _on_device(_table(sizes, rows))
        weights = [
            (jax.numpy.array(rng.standard_normal((a, b))), jax.numpy.array(rng.standard_normal(b)))
            for a, b in pairwise(sizes)
        ]
        x, y = data[:, : sizes[0]], data[:, sizes[0] :]

        step = jax.jit(jax.value_and_grad(_loss(jax, kind)))
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


JAX = "jax.jit(value_and_grad), dense, float64"


def _benchmark(sizes: tuple[int, ...], kind: str, rows: int) -> Benchmark:
    contenders = {"native": ours("native", sizes, kind, rows), "jax": dense(sizes, kind, rows)}
    compared = [Row("native", "jax", 1.0, against=JAX)]
    if rows == ROWS[-1]:
        contenders |= {
            "numpy": ours("numpy", sizes, kind, rows),
            "by hand": by_hand(sizes, kind, rows),
            "jax engine": ours("jax", sizes, kind, rows),
        }
        compared += [
            Row("numpy", "by hand", 2.5, against="NumPy by hand, vectorised"),
            Row("jax engine", "jax", 1.15, work="jax engine", against=JAX),
        ]
    count = f"{rows:,} row{'s' if rows > 1 else ''}"
    work = f"{'-'.join(map(str, sizes))} {kind} net, loss and gradient over {count}"
    return Benchmark(work, contenders, tuple(compared))


BENCHMARKS = [_benchmark(sizes, kind, rows) for sizes in NETS for kind in KINDS for rows in ROWS]
