"""mg.check_training: a training loop as it stands, its first step run on Values and checked."""

from __future__ import annotations

import contextlib
import copy
import inspect
import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MethodType
from typing import Any

import numpy as np

from microgradnet.autograd.graph import reachable
from microgradnet.autograd.labels import NamesError
from microgradnet.autograd.value import Value
from microgradnet.checking.array_checks import check_arrays
from microgradnet.checking.binding import Bindings, literals
from microgradnet.checking.claims import plainest
from microgradnet.checking.examining import examine
from microgradnet.checking.first_step import (
    FirstStep,
    FunctionState,
    ObjectState,
    data_names,
    made,
    written,
)
from microgradnet.checking.helpers import blamed_on_helpers
from microgradnet.checking.names import PREDICTING
from microgradnet.checking.points import Arguments, Shape, informative
from microgradnet.checking.report import Report
from microgradnet.checking.runs import Loss, Run, flat, named, places, read
from microgradnet.tracing.running import run
from microgradnet.words import say, told

__all__ = ["check_training"]


def check_training(
    net: object,
    method: str = "train",
    X: object = None,
    y: object = None,
    loss: Loss | None = None,
    witness: bool = False,
    **arguments: object,
) -> Report:
    """Check a class with a training loop as in the tutorial: derivatives, updates, forward pass.

    net: an object whose parameters are attributes (`self.w1`, ...), with a method that takes X
    (n rows of numbers) and y (n targets) and trains by gradient descent, in loops, with local
    names like `d_ypred_d_w5`; or the class, where it is made without arguments; or a function
    with such loops, whose parameters are its arguments after X and y, or start in it as numbers.
    X, y: the data, of which only the shape matters; arguments: further ones, by name. loss: what
    L is where the code computes none, "mse" or a function (y_pred, y_true). witness: as in
    `check`.

    The code is not changed: on a copy of the object the parameters are Values, the data one
    sample, and the method is left after its first step. A row is a derivative, as in `check`, a
    parameter (`update w1`: does it move down its own gradient, once, at the rate of all?), or
    the forward pass (`forward`: does `feedforward` or `predict` compute the same?).

    Raises TypeError or ValueError, with the reason, for code that cannot be read so.

    >>> class Line:
    ...     w, b = 0.5, 0.0
    ...     def train(self, X, y):
    ...         for x, y_true in zip(X, y):
    ...             y_pred = self.w * x[0] + self.b
    ...             d_L_d_ypred = -2 * (y_true - y_pred)
    ...             self.w -= 0.1 * d_L_d_ypred * x[0]
    ...             self.b += 0.1 * d_L_d_ypred
    >>> report = check_training(Line(), "train", [[1.0], [2.0]], [3.0, 5.0])
    >>> report.rows[0].name, report.rows[0].mistake
    ('update b', 'moves up the gradient, not down')
    """
    before = random.getstate(), np.random.get_state()
    train = net if inspect.isroutine(net) else getattr(net, method, None)
    home = getattr(written(train), "__globals__", {}) if inspect.isroutine(train) else {}
    try:
        with told():
            of = _Training(net, method, X, y, loss, witness, arguments)
            return blamed_on_helpers(of.report, home)
    finally:
        random.setstate(before[0])
        np.random.set_state(before[1])


@dataclass(frozen=True)
class _Training:
    """What is checked, as `check_training` takes it."""

    net: object
    method: str
    X: object
    y: object
    loss: Loss | None
    witness: bool
    arguments: Mapping[str, object]

    def report(self) -> Report:
        """The report on it, by name; on another dialect, by value."""
        failed: Exception | None = None
        try:
            loop = _Loop(self)
        except (NamesError, TypeError, ValueError) as error:  # another dialect, perhaps
            failed = error
        if failed is not None or loop.in_arrays:
            with contextlib.suppress(TypeError, ValueError, LookupError, AttributeError):
                return self._in_arrays()
        if failed is not None:
            raise failed
        return examine(loop.numbers.names, loop.run, self.witness)

    def _in_arrays(self) -> Report:
        """The report on code that trains on arrays: all rows together, or one after the other."""
        train: Any = (
            self.net if inspect.isroutine(self.net) else getattr(made(self.net), self.method)
        )
        data = np.array(self.X), np.array(self.y)
        by_name = {**dict(zip(data_names(written(train)), data)), **self.arguments}
        example = []
        for name, p in inspect.signature(train).parameters.items():
            if name not in by_name and p.default is p.empty:
                words = "{method} takes {name}: give it by name"
                raise ValueError(say(words, method=self.method, name=name))
            example.append(by_name.get(name, p.default))
        spelled = {plainest(name): name for name in dir(getattr(train, "__self__", None))}
        predicting = [spelled[name] for name in PREDICTING if name in spelled]
        return check_arrays(train, example, self.loss, predicting)


class _Loop:
    """Code that trains, and the one sample that it is run on."""

    def __init__(self, of: _Training) -> None:
        self.loss, self.arguments = of.loss or "mse", of.arguments
        self.state: FunctionState | ObjectState = (
            FunctionState(of.net, of.arguments)
            if inspect.isroutine(of.net)
            else ObjectState(of.net, of.method)
        )
        self.in_arrays = False
        sample = {name: _sample_shape(name, x) for name, x in (("X", of.X), ("y", of.y))}
        self.numbers = Arguments(self.state.shapes | sample)
        self._leave_others_alone(sample)

    def _leave_others_alone(self, sample: dict[str, Shape]) -> None:
        """Make Values only of what the loss depends on: a velocity or a rate stays a number."""
        run = self.run(next(informative(self.numbers.names, 1)))
        parts = {node for _, a, b in run.derivatives.values() for node in (a, b)}
        used = {node.label for node in parts.union(reachable(run.loss)[0])}
        self.state.shapes = {
            name: shape
            for name, shape in self.state.shapes.items()
            if used & set(Arguments({name: shape}).names)
        }
        self.numbers = Arguments(self.state.shapes | sample)

    def run(self, point: Mapping[str, float]) -> Run:
        """Run the first step at a point."""
        parameters = self.numbers.values(point)
        X, y = parameters.pop("X"), parameters.pop("y")
        for v in (*X.flat, *y.flat):
            v.label = ""  # its names are those that the code gives it
        train, options, state = self.state.prepared(parameters)
        step = FirstStep(state, self.state.function, self.state.inside(parameters))
        step.run(train, {**dict(zip(self.state.data, (X, y))), **options, **self.arguments})
        self.in_arrays = step.bound.binds_arrays
        after, found = step.result()
        given = self.state.given(parameters, step.bound)
        sample = {"X": X, "y": y}
        target = y.flat[0] if y.size == 1 else None
        trained = set(flat(given))
        run = read(point, given, found, after, self.loss, target, trained, sample, step.at)
        return replace(
            run,
            forward=self._forward(parameters, X, run),
            compared=named(step.bound.trace.compared, parameters | sample),
            numbers=[*run.numbers, *self.state.named, *literals(self.state.function)],
            places=places(step.bound.trace),
        )

    def _forward(
        self, parameters: Mapping[str, object], X: np.ndarray, run: Run
    ) -> tuple[Value, Value] | None:
        """What the training pass and the predicting one give for the same sample."""
        if run.predicted is None:
            return None
        for predict in self.state.predicting(parameters, PREDICTING):
            for data in (X[0], X):
                out = _one_value(predict, data)
                if out is not None:
                    return run.predicted, out
        return None


def _one_value(predict: MethodType, data: object) -> Value | None:
    bound = Bindings(predict)
    try:
        outputs = list(flat({"o": run(predict, [copy.copy(data)], bound.trace).returned}).values())
    except (TypeError, ValueError, IndexError):
        return None
    for name, node in flat(bound.names[bound.main]).items():
        if isinstance(node, Value):
            node.label = node.label or name
    return outputs[0] if len(outputs) == 1 and isinstance(outputs[0], Value) else None


def _sample_shape(name: str, data: object) -> Shape:
    array = np.array(data if data is not None else [], dtype=object)
    if not array.ndim or not len(array):
        words = "check_training takes X and y, n rows and n targets; {name} is {data}"
        raise ValueError(say(words, name=name, data=repr(data)))
    return (1, *array.shape[1:])
