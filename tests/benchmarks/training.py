"""A whole per-sample training: the gender net, 6,000 steps of SGD on the squared error."""

from __future__ import annotations

from functools import partial

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


def fitted(engine: str) -> Measure:
    """A training by `fit`, recording included."""
    X, y = people()

    def run() -> None:
        mg.fit(mg.MLP(2, [2, 1], seed=0), X, y, epochs=EPOCHS, engine=engine, progress=False)

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
    return timed(lambda: by_hand.trained(start(), X, y), STEPS)


def c_by_hand() -> Measure:
    train, table, losses = by_hand.compiled_c(), rows(), np.zeros(EPOCHS)

    def run() -> None:
        parameters = start_numbers.copy()
        train(parameters.ctypes.data, table.ctypes.data, len(table), EPOCHS, losses.ctypes.data)

    start_numbers = start()
    return timed(run, STEPS)


BY_HAND = "NumPy, derivatives by hand"

BENCHMARKS = [
    Benchmark(
        "gender net, one step of 6,000 per-sample steps",
        {
            "eager": partial(fitted, "eager"),
            "micrograd": micrograd,
            "numpy by hand": numpy_by_hand,
            "python": partial(fitted, "python"),
            "native": native,
            "c": c_by_hand,
        },
        (
            Row("eager", "micrograd", 0.45, against="micrograd, one-node sigmoid"),
            Row("eager", "numpy by hand", 2.2, against=BY_HAND),
            Row("python", "numpy by hand", 0.13, work="recording included", against=BY_HAND),
            Row("native", "numpy by hand", 0.006, against=BY_HAND),
            Row("native", "c", 1.2, against="C by hand, gcc -O3"),
        ),
    )
]
