"""A whole per-sample training: the gender net, 6,000 steps of SGD on the squared error."""

from __future__ import annotations

from typing import Any

import by_hand
import numpy as np
from measure import Benchmark, Measure, Row, timed
from work import micrograd_net, numbers_of, people, step_program

import microgradnet as mg

EPOCHS = 1000
STEPS = 6 * EPOCHS


def rows() -> np.ndarray:
    X, y = people()
    return np.column_stack([X, y])


def start() -> np.ndarray:
    return numbers_of(mg.MLP(2, [2, 1], seed=0))


def eager() -> Measure:
    X, y = people()

    def run() -> None:
        mg.fit(mg.MLP(2, [2, 1], seed=0), X, y, epochs=EPOCHS, engine="eager", progress=False)

    return timed(run, STEPS)


def python_with_recording() -> Measure:
    X, y = people()

    def run() -> None:
        mg.fit(mg.MLP(2, [2, 1], seed=0), X, y, epochs=EPOCHS, engine="python", progress=False)

    return timed(run, STEPS)


def native() -> Measure:
    program = step_program(mg.MLP(2, [2, 1], seed=0), "native")
    state, table = start(), rows()
    return timed(lambda: program.scan(state, table, EPOCHS), STEPS)


def micrograd() -> Measure:
    X, y = people()
    net = micrograd_net(2, [2, 1])

    def run() -> None:
        for _ in range(EPOCHS):
            for row, target in zip(X, y):
                loss = (net(row) - target) ** 2
                net.zero_grad()
                loss.backward()
                for p in net.parameters():
                    p.data -= 0.1 * p.grad

    return timed(run, STEPS)


def numpy_by_hand() -> Measure:
    X, y = (np.array(x, dtype=int) for x in people())  # whole numbers, as the tutorial types them
    return timed(lambda: by_hand.OurNeuralNetwork(start()).train(X, y, EPOCHS), STEPS)


def c_by_hand() -> Measure:
    train, table, losses = by_hand.compiled_c(), rows(), np.zeros(EPOCHS)

    def run() -> None:
        parameters = start_numbers.copy()
        train(parameters.ctypes.data, table.ctypes.data, len(table), EPOCHS, losses.ctypes.data)

    start_numbers = start()
    return timed(run, STEPS)


def jax_scan() -> Measure:
    import jax

    jax.config.update("jax_enable_x64", True)
    jnp = jax.numpy

    def loss(p: Any, row: Any) -> Any:
        hidden = jax.nn.sigmoid(row[:2] @ p["W1"] + p["b1"])
        return (jax.nn.sigmoid(hidden @ p["W2"] + p["b2"]) - row[2]) ** 2

    def step(p: Any, row: Any) -> Any:
        value, g = jax.value_and_grad(loss)(p, row)
        return jax.tree.map(lambda w, d: w - 0.1 * d, p, g), value

    p = {"W1": jnp.ones((2, 2)), "b1": jnp.zeros(2), "W2": jnp.ones(2), "b2": jnp.zeros(())}
    samples = jnp.array(np.tile(rows(), (EPOCHS, 1)))
    train = jax.jit(lambda p, samples: jax.lax.scan(step, p, samples))
    return timed(lambda: jax.block_until_ready(train(p, samples)), STEPS)


def casadi_mapaccum() -> Measure:
    import casadi

    p, row = casadi.SX.sym("p", 9), casadi.SX.sym("row", 3)

    def neuron(i: int, x: Any) -> Any:
        return 1 / (1 + casadi.exp(-(p[i] * x[0] + p[i + 1] * x[1] + p[i + 2])))

    loss = (neuron(6, (neuron(0, row), neuron(3, row))) - row[2]) ** 2
    step = casadi.Function("step", [p, row], [p - 0.1 * casadi.gradient(loss, p), loss])
    train = step.mapaccum(STEPS)
    state, samples = casadi.DM(start()), casadi.DM(np.tile(rows(), (EPOCHS, 1)).T)
    return timed(lambda: train(state, samples), STEPS)


BENCHMARKS = [
    Benchmark(
        "gender net, one step of 6,000 per-sample steps",
        {
            "eager": eager,
            "micrograd": micrograd,
            "numpy by hand": numpy_by_hand,
            "python": python_with_recording,
            "native": native,
            "c": c_by_hand,
            "jax": jax_scan,
            "casadi": casadi_mapaccum,
        },
        (
            Row("eager", "micrograd", 0.45, against="micrograd, one-node sigmoid"),
            Row("eager", "numpy by hand", 2.2, against="NumPy, derivatives by hand"),
            Row(
                "python",
                "numpy by hand",
                0.13,
                work="recording included",
                against="NumPy, derivatives by hand",
            ),
            Row("native", "numpy by hand", 0.006, against="NumPy, derivatives by hand"),
            Row("native", "c", 1.2, against="C by hand, gcc -O3"),
            Row("native", "jax", 0.25, against="jax.jit of lax.scan, warm"),
            Row("native", "casadi", 0.2, against="CasADi mapaccum"),
        ),
    )
]
