"""What comes before running: building programs, memory, the import."""

from __future__ import annotations

import gc
import operator
import time
import tracemalloc
from collections.abc import Callable
from functools import partial, reduce
from typing import Any

from measure import Benchmark, Measure, Row, in_new_process, timed
from work import inputs_of, micrograd_net, relu_net, squared_to_0

import microgradnet as mg


def building_gradient() -> Measure:
    """Seconds a line of `compile`, of loss and gradients of the 64-32-10 net."""
    net = relu_net(64, (32, 10))
    x, y, parameters = inputs_of(net), mg.Value(1.0, "y_true"), net.parameters()
    loss = squared_to_0(net(x), y)
    outputs, inputs = [loss, *mg.grad(loss, parameters)], [*parameters, *x, y]
    lines = len(mg.compile(outputs, inputs).lines)
    return timed(lambda: mg.compile(outputs, inputs), lines)


def building_long() -> Measure:
    """Seconds a line of `compile`, of a chain of 10**6 nodes."""
    w, x = mg.Value(0.5, "w"), mg.Value(0.25, "x")
    y = w
    for _ in range(500_000):
        y = w * y + x

    def measure() -> float:
        start = time.perf_counter()
        program = mg.compile([y], [w, x])
        return (time.perf_counter() - start) / len(program.lines)

    return measure


def bytes_held(make: Callable[[], Any], parts: int = 1) -> Measure:
    """Bytes a part that stay allocated while the result is held."""

    def measure() -> float:
        gc.collect()
        tracemalloc.start()
        try:
            held = make()
            used, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        del held
        return used / parts

    return measure


def chain(n: int = 1000) -> Measure:
    x = mg.Value(0.5)
    return bytes_held(lambda: reduce(operator.mul, [1.0001] * n, x), n)


def weighted_sum(n: int = 1000) -> Measure:
    weights = [mg.Value(float(i)) for i in range(n)]
    return bytes_held(lambda: mg.weighted_sum(weights, weights, 0.0), 2 * n + 1)


def whole_net(make: Callable[..., Any]) -> Measure:
    net = make(32, [32, 32, 1])
    row = [0.1 * i for i in range(32)]
    return bytes_held(lambda: net(row))


IMPORT = """
import time, numpy
start = time.perf_counter()
import microgradnet
print(time.perf_counter() - start)
"""

BENCHMARKS = [
    Benchmark(
        "building a program, a line",
        {"8,000": building_gradient, "10**6": building_long},
        tuple(
            Row(lines, 15e-6, 1, work=f"{lines} lines", against="15 us")
            for lines in ("8,000", "10**6")
        ),
        repeats=3,
    ),
    Benchmark(
        "memory of a graph, eager",
        {
            "chain": chain,
            "sum": weighted_sum,
            "ours": partial(whole_net, mg.MLP),
            "micrograd": partial(whole_net, micrograd_net),
        },
        (
            Row("ours", "micrograd", 0.3, work="32-32-32-1, forward"),
            Row("chain", 150.0, 1, work="a node of a chain", against="150 bytes"),
            Row("sum", 40.0, 1, work="an input of a weighted sum", against="40 bytes"),
        ),
        unit="bytes",
        repeats=2,
    ),
    Benchmark(
        "import microgradnet beyond import numpy",
        {"ours": partial(in_new_process, IMPORT)},
        (Row("ours", 0.06, 1, against="60 ms"),),
        repeats=9,
    ),
]
