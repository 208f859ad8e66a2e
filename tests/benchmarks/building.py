"""What comes before running: building programs, compiling, memory, the import; and the tape."""

from __future__ import annotations

import gc
import operator
import time
import tracemalloc
from collections.abc import Callable
from functools import partial, reduce
from typing import Any

from measure import Benchmark, Contender, Measure, Row, in_new_process, need_engine, timed
from work import (
    gradient_program,
    inputs_of,
    micrograd_net,
    numbers_of,
    relu_net,
    squared_to_0,
    table,
)

import microgradnet as mg
from microgradnet.programs.lifting import lift


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


def tape(net: Callable[[], mg.MLP], rows: int = 50) -> Contender:
    """Seconds a line and row of a mean over rows."""

    def prepare() -> Measure:
        need_engine("native")
        made = net()
        program = gradient_program(made, squared_to_0, "native")
        numbers = numbers_of(made)
        data = table(rows, program.n_inputs - len(numbers) - 1)
        return timed(lambda: program.mean(numbers, data), rows * len(program.lines))

    return prepare


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

COMPILE = """
import sys, time
sys.path.insert(0, {here!r})
import microgradnet.programs.engines.native
import numpy as np
from work import *
start = time.perf_counter()
net = {net}
program = {program}
program.{run}(numbers_of(net), table(1, 2))
print(time.perf_counter() - start)
"""


def compiling(net: str, program: str, run: str) -> Contender:
    """Seconds to record, compile and run a program once, in a process that has compiled nothing."""

    def prepare() -> Measure:
        need_engine("native")
        here = __file__.rpartition("building.py")[0]
        return in_new_process(COMPILE.format(here=here, net=net, program=program, run=run))

    return prepare


STEP = compiling("mg.MLP(2, [2, 1])", "step_program(net, 'native')", "scan")
GRADIENT = compiling("relu_net()", "gradient_program(net, microgradnet.hinge, 'native')", "mean")


def building(sizes: tuple[int, ...]) -> Measure:
    """Recording a net, its loss and gradient, and compiling them to a program."""
    return timed(lambda: _gradient_of(sizes))


def lifting(sizes: tuple[int, ...]) -> Measure:
    """The lines of that program as steps on arrays."""
    program, n = _gradient_of(sizes)
    return timed(lambda: lift(program, n, means=True))


def _gradient_of(sizes: tuple[int, ...]) -> tuple[mg.Program, int]:
    net = relu_net(sizes[0], sizes[1:])
    return gradient_program(net, squared_to_0, "numpy"), len(net.parameters())


BENCHMARKS = [
    *(
        Benchmark(
            f"lifting a program of {lines} lines",
            {"lifting": partial(lifting, sizes), "building": partial(building, sizes)},
            (Row("lifting", "building", 1, against="recording and building it"),),
            repeats=3,
        )
        for lines, sizes in (("8,000", (64, 32, 10)), ("130,000", (256, 128, 48)))
    ),
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
        "native tape, a line",
        {
            "8,000": tape(lambda: relu_net(64, (32, 10))),
            "130,000": tape(lambda: relu_net(256, (128, 48)), 20),
        },
        tuple(
            Row(lines, 2e-9, 1, work=f"{lines} lines", against="2 ns")
            for lines in ("8,000", "130,000")
        ),
    ),
    Benchmark(
        "record and compile, native",
        {"step": STEP, "gradient": GRADIENT},
        (
            Row("step", 0.1, 1, work="2-2-1 training step", against="100 ms"),
            Row("gradient", 0.6, 1, work="2-16-16-1 gradient", against="0.6 s"),
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
