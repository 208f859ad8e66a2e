"""A step of `examples/gpt.py`, recorded, against its own code on plain Python objects."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
from measure import Benchmark, Measure, Row, need_engine, timed

import microgradnet as mg

EXAMPLE = Path(__file__).parents[2] / "examples" / "gpt.py"
NAME, RATE, DECAYS = "marina", 0.01, (0.85, 0.99)


class Plain:
    """A number that knows what it was made of and its slopes by that: what a tutorial writes."""

    __slots__ = ("data", "grad", "inputs", "slopes")

    def __init__(
        self, data: float, inputs: tuple[Plain, ...] = (), slopes: tuple[float, ...] = ()
    ) -> None:
        self.data, self.grad, self.inputs, self.slopes = data, 0.0, inputs, slopes

    def __add__(self, other: Any) -> Plain:
        other = plain(other)
        return Plain(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other: Any) -> Plain:
        other = plain(other)
        return Plain(self.data * other.data, (self, other), (other.data, self.data))

    def __pow__(self, n: float) -> Plain:
        return Plain(self.data**n, (self,), (n * self.data ** (n - 1),))

    def __sub__(self, other: Any) -> Plain:
        return self + plain(other) * -1.0

    def __truediv__(self, other: Any) -> Plain:
        return self * plain(other) ** -1.0

    def backward(self) -> None:
        order: list[Plain] = []
        seen: set[Plain] = set()
        stack = [(self, False)]
        while stack:
            x, is_done = stack.pop()
            if is_done:
                order.append(x)
            elif x not in seen:
                seen.add(x)
                stack.append((x, True))
                stack += [(y, False) for y in x.inputs]
        self.grad = 1.0
        for x in reversed(order):
            for y, slope in zip(x.inputs, x.slopes):
                y.grad += slope * x.grad


def plain(x: Any) -> Plain:
    return x if isinstance(x, Plain) else Plain(x)


def exp(x: Plain) -> Plain:
    y = math.exp(x.data)
    return Plain(y, (x,), (y,))


def log(x: Plain) -> Plain:
    return Plain(math.log(x.data), (x,), (1.0 / x.data,))


def relu(x: Plain) -> Plain:
    return Plain(max(x.data, 0.0), (x,), (float(x.data > 0.0),))


def example(**functions: Any) -> ModuleType:
    """The example as a module, computing with these functions if any are given."""
    module = ModuleType("gpt")
    exec(compile(EXAMPLE.read_text(encoding="utf-8"), EXAMPLE, "exec"), vars(module))
    if functions:
        vars(module)["mg"] = SimpleNamespace(**functions)
    return module


def weights(gpt: ModuleType, kind: Any) -> dict[str, list[list[Any]]]:
    rng = np.random.default_rng(0)
    return {
        name: [[kind(x) for x in row] for row in (0.08 * rng.standard_normal(shape)).tolist()]
        for name, shape in gpt.SHAPES.items()
    }


def recorded() -> Measure:
    need_engine("native")
    gpt = example()
    w = weights(gpt, mg.Value)
    parameters = [x for matrix in w.values() for row in matrix for x in row]
    program = gpt.record(w, parameters, len(NAME))
    update, letters = gpt.record_update(mg.Adam(RATE, *DECAYS)), gpt.one_hot(NAME)
    known = np.array([[p.data, 0.0, 0.0, 0.0] for p in parameters])

    def run() -> None:
        nonlocal known
        known[:, 1] = program.mean(known[:, 0], letters)[1:]
        known = update.map([1.0], known)

    return timed(run)


def plain_python() -> Measure:
    gpt = example(exp=exp, relu=relu, maximum=lambda x, y: x if x.data > y.data else y)
    w = weights(gpt, Plain)
    parameters = [x for matrix in w.values() for row in matrix for x in row]
    means, squares = [0.0] * len(parameters), [0.0] * len(parameters)
    letters = [gpt.LETTERS.index(c) for c in f".{NAME}."]

    def run() -> None:
        past: list[Any] = []
        losses = []
        for now, following in pairwise(letters):
            odds = gpt.softmax(gpt.scores(w, w["token"][now], past))
            losses.append(log(odds[following]) * -1.0)
        for p in parameters:
            p.grad = 0.0
        (gpt.summed(losses) / len(losses)).backward()
        for i, p in enumerate(parameters):
            means[i] = DECAYS[0] * means[i] + (1.0 - DECAYS[0]) * p.grad
            squares[i] = DECAYS[1] * squares[i] + (1.0 - DECAYS[1]) * p.grad**2
            mean, square = means[i] / (1.0 - DECAYS[0]), squares[i] / (1.0 - DECAYS[1])
            p.data -= RATE * mean / (square**0.5 + 1e-8)

    return timed(run)


BENCHMARKS = [
    Benchmark(
        f"a GPT of 4,192 scalars, a step on a name of {len(NAME)} letters, Adam included",
        {"native": recorded, "plain": plain_python},
        (Row("native", "plain", Fraction(1, 450), against="the same code in plain Python"),),
    )
]
