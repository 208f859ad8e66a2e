"""How the cost of a node grows with the graph, eager, from 10**3 to 10**6 nodes."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from functools import partial

from measure import Benchmark, Measure, Row
from work import squared_to_0

import microgradnet as mg

Shape = Callable[[int], Callable[[], tuple[mg.Value, int]]]


def chain(n: int) -> Callable[[], tuple[mg.Value, int]]:
    x = mg.Value(0.5)

    def build() -> tuple[mg.Value, int]:
        y = x
        for _ in range(n // 2):
            y = 0.5 * y + x
        return y, n

    return build


def net(n: int) -> Callable[[], tuple[mg.Value, int]]:
    width = max(2, round((n / 8) ** 0.5))  # a product and a sum a weight, four layers
    made = mg.MLP(width, [width] * 4)
    row = [1.0 / (i + 1) for i in range(width)]
    nodes = 4 * width * (2 * width + 1) + 3 * width  # written out

    def build() -> tuple[mg.Value, int]:
        return squared_to_0(made(row), 0.0), nodes

    return build


def per_node(shape: Shape, n: int, collector: bool = True) -> Measure:
    """Seconds a node to record, go backward and forget, 10**5 nodes or more a measurement."""
    build = shape(n)
    times = max(1, 10**5 // n)

    def measure() -> float:
        start = time.perf_counter()
        for _ in range(times):
            loss, nodes = build()
            loss.backward()
            del loss
        return (time.perf_counter() - start) / (times * nodes)

    return measure if collector else partial(without_collector, measure)


def without_collector(measure: Measure) -> float:
    gc.disable()
    try:
        return measure()
    finally:
        gc.enable()


SHAPES = {"chain": chain, "MLP": net}
AGAINST = "10,000 nodes"

BENCHMARKS = [
    Benchmark(
        f"growth to 1,000,000 nodes, eager, a node: {name}{note}",
        {
            AGAINST: partial(per_node, shape, 10**4, collector),
            "1,000,000 nodes": partial(per_node, shape, 10**6, collector),
        },
        (Row("1,000,000 nodes", AGAINST, 3 if collector else 1.5),),
        repeats=3,
    )
    for name, shape in SHAPES.items()
    for collector, note in ((True, ""), (False, ", gc off"))
]
