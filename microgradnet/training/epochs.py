"""Run epochs of training: each step recorded anew (eager), or one recorded step as a program."""

from __future__ import annotations

import functools
import importlib.util
import math
import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from microgradnet.autograd.gradient import NonFiniteError, grad
from microgradnet.autograd.graph import reachable
from microgradnet.autograd.modes import recording
from microgradnet.autograd.value import Value, assign
from microgradnet.nn.layers import MLP, Layer, Neuron, layers_of
from microgradnet.nn.losses import LOSSES, Loss, l2, trained
from microgradnet.nn.module import Module
from microgradnet.operations.operation import Op
from microgradnet.programs.engines import ENGINES
from microgradnet.programs.program import Program, compile
from microgradnet.training.optimizers import SGD, Adam, Momentum, Optimizer, advance, start
from microgradnet.training.samples import Sample, targets

# The longest chunk of epochs, in seconds: Ctrl-C has no effect while it runs in the engine.
CHUNK_SECONDS = 0.1
# With fewer steps a program does not pay: recording it takes the time of a few eager steps.
FEW_STEPS = 50
# Above this total of executed lines machine code pays: 0.1 s of the python engine.
MANY_LINES = 5_000_000
OURS = (SGD, Momentum, Adam)


class Eager:
    """Epochs on Values, the reference; `numbers` are the parameters after the last whole step."""

    def __init__(
        self,
        net: Module,
        loss: Loss,
        optimizer: Optimizer,
        samples: Sequence[Sample],
        batch_size: int,
        l2: float = 0.0,
    ) -> None:
        self.net, self.loss, self.optimizer, self.l2 = net, loss, optimizer, l2
        self.samples, self.batch_size = samples, batch_size
        self.parameters = getattr(net, "trainable_parameters", net.parameters)()
        self.numbers = [p.data for p in self.parameters]
        self.state = start(optimizer, len(self.numbers))  # the optimizer's state

    def run(self, order: Sequence[int] | None, epochs: int) -> list[float]:
        """Train for some epochs, on samples in an order, and return the mean loss of each epoch."""
        samples = self.samples if order is None else [self.samples[i] for i in order]
        return [self._epoch(samples) for _ in range(epochs)]

    def most(self) -> int:
        """Return the number of epochs to run at a time."""
        return 1

    def penalized(self) -> Loss:
        """Return the loss that is trained on, with the penalty, if any."""
        loss, parameters, weight = trained(self.loss), self.parameters, self.l2
        return (lambda p, y: loss(p, y) + weight * l2(parameters)) if weight else loss

    def _epoch(self, samples: Sequence[Sample]) -> float:
        parameters, net, loss = self.parameters, self.net, self.penalized()
        total = 0.0
        for first in range(0, len(samples), self.batch_size):
            batch = samples[first : first + self.batch_size]
            for p in parameters:
                p.grad = 0.0
            for row, target in batch:
                sample = loss(net(row), target)
                if not isinstance(sample, Value):
                    _refuse_loss(sample)
                sample.backward()
                total += sample.data
            if len(batch) > 1:
                for p in parameters:
                    p.grad /= len(batch)
            self._step()
        return total / len(samples)

    def _step(self) -> None:
        parameters, state = self.parameters, self.state
        if state:
            gradients = [p.grad for p in parameters]
            numbers, state = advance(self.optimizer, self.numbers, gradients, state)
        else:  # faster: a step takes 1.5 us instead of 2.2
            step = self.optimizer.step
            numbers = [step(w, p.grad) for w, p in zip(self.numbers, parameters)]
        if not math.isfinite(sum(state, sum(numbers))):
            _refuse_step(parameters, numbers, state)
        self.numbers, self.state = numbers, state
        assign(parameters, numbers)


def _refuse_loss(loss: object) -> None:
    raise TypeError(f"the loss is a Value of the net's output, not {loss!r}")


def _refuse_step(
    parameters: Sequence[Value], following: Sequence[float], state: Sequence[float]
) -> None:
    for p, w in zip(parameters, following):
        if not math.isfinite(w):
            raise NonFiniteError(f"the step takes {p.label!r} from {p.data} to {w}", p)
    for i, x in enumerate(state):
        if not math.isfinite(x):
            p = parameters[i % len(parameters)]
            raise NonFiniteError(f"the optimizer's memory of {p.label!r} is {x}", p)


# The next numbers and state, the losses of the epochs, and the sum of the traceless numbers.
Chunk = tuple[list[float], list[float], list[float], float]


class Programmed:
    """Epochs of one recorded step, run by an engine; non-finite ones are run again eagerly.

    update: for batches, the step of one parameter as a program; its rows are all parameters.
    """

    def __init__(self, eager: Eager, program: Program, update: Program | None) -> None:
        self.eager, self.program, self.update = eager, program, update
        self.table = as_array(eager.samples)
        self.numbers, self.state = eager.numbers, eager.state
        self._most = 1

    def run(self, order: Sequence[int] | None, epochs: int) -> list[float]:
        """Train for some epochs, on samples in an order, and return the mean loss of each epoch."""
        rows = self.table if order is None else self.table[order]
        began = time.perf_counter()
        chunk = self._steps if self.update is None else self._batches
        numbers, state, losses, unseen = chunk(rows, epochs)
        if not math.isfinite(sum(numbers) + sum(state) + sum(losses) + unseen):
            self.eager.numbers, self.eager.state = self.numbers, self.state
            assign(self.eager.parameters, self.numbers)
            try:
                return self.eager.run(order, epochs)  # raises at the step, naming the node
            finally:
                self.numbers, self.state = self.eager.numbers, self.eager.state
        self.numbers, self.state = numbers, state
        if 2.0 * (time.perf_counter() - began) < CHUNK_SECONDS:
            self._most = 2 * epochs
        return losses

    def most(self) -> int:
        """Return the number of epochs to run at a time."""
        return self._most

    def _steps(self, rows: np.ndarray, epochs: int) -> Chunk:
        found, history = self.program.scan([*self.numbers, *self.state], rows, epochs)
        n, following = len(self.numbers), found.tolist()
        unseen = float(history[:, 1:].sum())
        return following[:n], following[n:], history[:, 0].tolist(), unseen

    def _batches(self, rows: np.ndarray, epochs: int) -> Chunk:
        n, size, update = len(self.numbers), self.eager.batch_size, self.update
        assert update is not None
        kinds = len(getattr(self.eager.optimizer, "memory", ()))
        # a row for each parameter: its number, its gradient, and the optimizer's memory of it
        memory = np.reshape(self.state[: kinds * n], (-1, n))
        known = np.array([self.numbers, self.numbers, *memory])
        count, losses, unseen = self.state[kinds * n :], [], 0.0
        for _ in range(epochs):
            total = 0.0
            for first in range(0, len(rows), size):
                batch = rows[first : first + size]
                means = self.program.mean(known[0], batch)
                known[1] = means[1 : 1 + n]
                count = [t + 1.0 for t in count]
                known[[0, *range(2, 2 + kinds)]] = update.map(count, known.T).T
                total += float(means[0]) * len(batch)
                unseen += sum(means[1 + n :].tolist())
            losses.append(total / len(rows))
        return known[0].tolist(), [*known[2:].ravel().tolist(), *count], losses, unseen


def as_array(samples: Sequence[Sample]) -> np.ndarray:
    """Return rows and targets side by side, an array (n, columns and targets)."""
    rows = [[*row, *targets(y)] for row, y in samples]
    return np.array(rows, dtype=float)


def trainer(eager: Eager, engine: str, epochs: int) -> Eager | Programmed:
    """Return the runner of the epochs: of the engine named, or for "auto" of the fastest.

    "auto" records only nets, losses and optimizers of this package, which have the same lines each
    time. A user's function may draw random numbers or count its calls.

    Raises BranchError where the net or the loss looks at numbers while being recorded, and
    ValueError for Values in them that are not parameters.
    """
    n = len(eager.samples)
    few = epochs * n < FEW_STEPS
    if engine == "eager" or (engine == "auto" and (few or not _is_the_same_each_time(eager))):
        return eager
    whole_step = eager.batch_size == 1
    program = _recorded_step(eager, whole_step)
    if engine == "auto":
        many = epochs * n * len(program.lines) > MANY_LINES
        engine = "native" if many and _has_native() else "python" if whole_step else "numpy"
    update = None if whole_step else replace(_recorded_update(eager.optimizer), engine=engine)
    return Programmed(eager, replace(program, engine=engine), update)


def _is_the_same_each_time(eager: Eager) -> bool:
    net = eager.net
    if not isinstance(net, (MLP, Layer, Neuron)) or type(net) not in (MLP, Layer, Neuron):
        return False
    neurons = [neuron for layer in layers_of(net) for neuron in layer]
    named = all(isinstance(neuron.activation, str) for neuron in neurons)
    return named and type(eager.optimizer) in OURS and eager.loss in LOSSES.values()


def _has_native() -> bool:
    return "native" in ENGINES and importlib.util.find_spec("llvmlite") is not None


def _recorded_step(eager: Eager, whole_step: bool) -> Program:
    """Return the program of a step, or for batches of the loss and its gradients.

    A step computes from parameters, state and a row the next ones and the loss. A last output, if
    any, is not finite where `backward` would refuse the step.
    """
    parameters = eager.parameters
    x, y = inputs(eager.samples[0])
    state = [Value(number, f"state{i + 1}") for i, number in enumerate(eager.state)]
    with recording():
        loss = eager.penalized()(eager.net(x), y)
    if not isinstance(loss, Value):
        _refuse_loss(loss)
    with recording():
        gradients = grad(loss, parameters)
        if whole_step:
            following, remembered = advance(eager.optimizer, parameters, gradients, state)
    row, unseen = [*x, *targets(y)], traceless(loss)
    if type(eager.optimizer) not in OURS:  # a user's optimizer may clip a gradient that is inf
        unseen += gradients
    total = [sum_in_pairs(unseen)] if unseen else []
    if whole_step:
        return compile([*following, *remembered, loss, *total], [*parameters, *state, *row])
    return compile([loss, *gradients, *total], [*parameters, *row])


def inputs(sample: Sample) -> tuple[list[Value], Value | list[Value]]:
    """Return a row and its target (or targets) as leaves to record on."""
    row, target = sample
    x = [Value(number, f"x{i + 1}") for i, number in enumerate(row)]
    y = [Value(t, f"y{i + 1}") for i, t in enumerate(targets(target))]
    return x, y if isinstance(target, list) else y[0]


def _recorded_update(optimizer: Optimizer) -> Program:
    """Return the program of an update of one parameter.

    It computes the next parameter and memory from the count of steps (if the optimizer counts), the
    parameter, its gradient and its memory.
    """
    parameter, gradient = Value(0.5, "w"), Value(0.5, "g")
    memory = [Value(m, f"m{i + 1}") for i, m in enumerate(getattr(optimizer, "memory", ()))]
    count = [Value(1.0, "t")] if getattr(optimizer, "counts", False) else []
    with recording():
        found = optimizer.step(parameter, gradient, *memory, *count)
    outputs = list(found) if memory else [found]
    return compile(outputs, [*count, parameter, gradient, *memory])


# Intermediate numbers whose inf or nan does not show in the result: tanh(inf) is 1. `backward()`
# checks each node and names the first bad one. A program checks nothing, so the program of a step
# also outputs the sum of these nodes, which is not finite if one of them is.


def traceless(loss: Value) -> list[Value]:
    """Return the computed nodes of a graph that may be inf or nan although its result is finite.

    >>> from microgradnet import tanh
    >>> total = Value(0.5) + 1.0
    >>> traceless(tanh(total) * 2.0) == [total]
    True
    """
    found: dict[Value, None] = {}
    for node in reachable(loss)[1]:
        if node.operation.is_spelled_out:
            continue  # products and sums hide nothing
        constants = tuple(None if isinstance(x, Value) else x for x in node.inputs)
        for i, x in enumerate(node.inputs):
            if isinstance(x, Value) and x.operation and _hides(node.operation, i, constants):
                found[x] = None
    return list(found)


def sum_in_pairs(values: Sequence[Value]) -> Value:
    """Return the sum of one value or more as a tree, which the numpy engine adds by level.

    Added one after the other, 33 values took a tenth of the time of a batch.

    >>> sum_in_pairs([Value(1.0), Value(2.0), Value(4.0)]).data
    7.0
    """
    while len(values) > 1:
        rest = values[len(values) - len(values) % 2 :]
        values = [a + b for a, b in zip(values[::2], values[1::2])] + list(rest)
    return values[0]


@functools.lru_cache(maxsize=1024)
def _hides(op: Op, i: int, constants: tuple[float | None, ...]) -> bool:
    """Whether an operation has a finite value for a non-finite input i at some point."""
    for point in op.points():
        numbers = [x if c is None else c for x, c in zip(point, constants)]
        for bad in (math.inf, -math.inf, math.nan):
            numbers[i] = bad
            try:
                if math.isfinite(op.value(*numbers)):
                    return True
            except (ArithmeticError, ValueError):  # a custom operation that uses math functions
                return True
    return False
