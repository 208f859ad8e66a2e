"""Epochs of training: recorded anew at each step (eager), or recorded once and run as a program."""

from __future__ import annotations

import importlib.util
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from microgradnet.gradient import NonFiniteError, grad
from microgradnet.losses import LOSSES
from microgradnet.module import Module
from microgradnet.nn import MLP, Layer, Neuron
from microgradnet.optimizers import SGD
from microgradnet.program import ENGINES, Program, compile
from microgradnet.recording import recording
from microgradnet.value import Value, assign

# A chunk of epochs runs inside the engine, deaf to Ctrl-C: so long at most, in seconds.
CHUNK_SECONDS = 0.1
# Below so many steps a program is not worth recording; it takes the time of a few eager steps.
FEW_STEPS = 50
# Lines executed in all, above which compiling to machine code pays: 0.1 s of the python engine.
MANY_LINES = 5_000_000


class Eager:
    """Epochs on Values: the reference. `numbers` are the parameters of the last whole step."""

    def __init__(
        self,
        net: Module,
        loss: Callable[[Any, Any], Any],
        optimizer: SGD,
        samples: Sequence[tuple[list[float], Any]],
        batch_size: int,
    ) -> None:
        self.net, self.loss, self.optimizer = net, loss, optimizer
        self.samples, self.batch_size = samples, batch_size
        self.parameters = net.parameters()
        self.numbers = [p.data for p in self.parameters]

    def run(self, order: Sequence[int] | None, epochs: int) -> list[float]:
        """Train, the samples in an order, and return the mean loss of each epoch."""
        samples = self.samples if order is None else [self.samples[i] for i in order]
        return [self._epoch(samples) for _ in range(epochs)]

    def most(self) -> int:
        """How many epochs to run at a time."""
        return 1

    def _epoch(self, samples: Sequence[tuple[list[float], Any]]) -> float:
        parameters, step, net, loss = self.parameters, self.optimizer.step, self.net, self.loss
        total = 0.0
        for start in range(0, len(samples), self.batch_size):
            batch = samples[start : start + self.batch_size]
            for p in parameters:
                p.grad = 0.0
            for row, target in batch:
                sample = loss(net(row), target)
                if type(sample) is not Value:
                    raise TypeError(f"the loss is a Value of the net's output, not {sample!r}")
                sample.backward()
                total += sample.data
            if len(batch) > 1:
                for p in parameters:
                    p.grad /= len(batch)
            numbers = [step(p._data, p.grad) for p in parameters]
            if not math.isfinite(sum(numbers)):
                _refuse_step(parameters, numbers)
            self.numbers = numbers
            assign(parameters, numbers)
        return total / len(samples)


def _refuse_step(parameters: Sequence[Value], following: Sequence[float]) -> None:
    for p, w in zip(parameters, following):
        if not math.isfinite(w):
            raise NonFiniteError(f"the step takes {p.label!r} from {p.data} to {w}", p)


class Programmed:
    """Epochs of one recorded step, run by an engine; what is not finite is run again eagerly."""

    def __init__(self, eager: Eager, program: Program, whole_step: bool) -> None:
        self.eager, self.program, self.whole_step = eager, program, whole_step
        rows = [[*row, *(y if isinstance(y, list) else [y])] for row, y in eager.samples]
        self.table = np.array(rows, dtype=float)
        self.numbers = eager.numbers
        self._most = 1

    def run(self, order: Sequence[int] | None, epochs: int) -> list[float]:
        """Train, the samples in an order, and return the mean loss of each epoch."""
        table = self.table if order is None else self.table[order]
        start = time.perf_counter()
        numbers, losses = self._chunk(table, epochs)
        if not math.isfinite(sum(numbers) + sum(losses)):
            self.eager.numbers = self.numbers
            assign(self.eager.parameters, self.numbers)
            try:
                return self.eager.run(order, epochs)  # raises at the step, naming the node
            finally:
                self.numbers = self.eager.numbers
        self.numbers = numbers
        if 2.0 * (time.perf_counter() - start) < CHUNK_SECONDS:
            self._most = 2 * epochs
        return losses

    def most(self) -> int:
        """How many epochs to run at a time."""
        return self._most

    def _chunk(self, table: np.ndarray, epochs: int) -> tuple[list[float], list[float]]:
        if self.whole_step:
            state, history = self.program.scan(self.numbers, table, epochs)
            return state.tolist(), history[:, 0].tolist()
        numbers, losses = self.numbers, []
        step, size = self.eager.optimizer.step, self.eager.batch_size
        for _ in range(epochs):
            total = 0.0
            for start in range(0, len(table), size):
                batch = table[start : start + size]
                loss, *gradients = self.program.mean(numbers, batch).tolist()
                numbers = [step(w, g) for w, g in zip(numbers, gradients)]
                total += loss * len(batch)
            losses.append(total / len(table))
        return numbers, losses


def trainer(eager: Eager, engine: str, epochs: int) -> Eager | Programmed:
    """Return what runs the epochs: the engine named, or for "auto" the one that suits the work.

    "auto" records only what is known to be the same lines each time: a net, loss and optimizer
    of this package. A function of one's own may draw random numbers or count its calls.

    Raises BranchError where the net or the loss looks at numbers while being recorded, and
    ValueError for Values in them that are not parameters.
    """
    n = len(eager.samples)
    few = epochs * n < FEW_STEPS
    if engine == "eager" or (engine == "auto" and (few or not _is_the_same_each_time(eager))):
        return eager
    whole_step = eager.batch_size == 1
    outputs, inputs = _recorded_step(eager, whole_step)
    program = compile(outputs, inputs, engine="python" if engine == "auto" else engine)
    if engine == "auto":
        many = epochs * n * len(program.lines) > MANY_LINES
        name = "native" if many and _has_native() else "python" if whole_step else "numpy"
        program = replace(program, engine=name)
    return Programmed(eager, program, whole_step)


def _is_the_same_each_time(eager: Eager) -> bool:
    net = eager.net
    layers = net.layers if isinstance(net, MLP) else [net]
    neurons = [neuron for layer in layers for neuron in getattr(layer, "neurons", [layer])]
    ours = type(net) in (MLP, Layer, Neuron) and type(eager.optimizer) is SGD
    named = all(isinstance(neuron.activation, str) for neuron in neurons) if ours else False
    return named and eager.loss in LOSSES.values()


def _has_native() -> bool:
    return "native" in ENGINES and importlib.util.find_spec("llvmlite") is not None


def _recorded_step(eager: Eager, whole_step: bool) -> tuple[list[Value], list[Value]]:
    """The next parameters and the loss; for batches the loss and the gradients; and the inputs."""
    row, target = eager.samples[0]
    x = [Value(number, f"x{i + 1}") for i, number in enumerate(row)]
    several = isinstance(target, list)
    y = [Value(t, f"y{i + 1}") for i, t in enumerate(target if several else [target])]
    with recording():
        loss = eager.loss(eager.net(x), y if several else y[0])
        gradients = grad(loss, eager.parameters)
        following = [eager.optimizer.step(p, g) for p, g in zip(eager.parameters, gradients)]
    outputs = [*following, loss] if whole_step else [loss, *gradients]
    return outputs, [*eager.parameters, *x, *y]
