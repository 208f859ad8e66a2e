"""mg.check_training: a training loop as it stands, its first step run on Values and checked."""

from __future__ import annotations

import copy
import inspect
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from microgradnet.checking import examine
from microgradnet.naming import parts, plain
from microgradnet.points import Numbers, Shape
from microgradnet.report import Report
from microgradnet.runs import Loss, Run, flat, read
from microgradnet.value import Value
from microgradnet.watching import Watch, back_edges, derivatives, math_on_values

__all__ = ["check_training"]

PREDICTING = ("feedforward", "feed_forward", "forward", "predict", "__call__")


def check_training(
    net: Any,
    method: str = "train",
    X: Any = None,
    y: Any = None,
    loss: Loss = "mse",
    witness: bool = False,
    **arguments: Any,
) -> Report:
    """Check a class with a training loop as in the tutorial: derivatives, updates, forward pass.

    net: an object whose parameters are attributes (`self.w1`, ...), with a method that takes X
    (n rows of numbers) and y (n targets) and trains by gradient descent, in loops, with local
    names like `d_ypred_d_w5`; or the class itself, where it takes no arguments. X, y: the data,
    of which only the shape matters; arguments: further ones of the method. loss: what L is where
    the code computes none, "mse" or a function (y_pred, y_true). witness: see `check`.

    The code is not changed: on a copy of the object the parameters are Values, the data one
    sample, and the method is left after its first step. Each derivative is a row, as in `check`;
    so is each parameter (`update w1`: does it move down its own gradient, once, at the rate of
    all?), and the forward pass (`forward`: do `feedforward` or `predict` compute the same?).

    Raises TypeError or ValueError, with the reason, for a class that cannot be read so.

    >>> class Line:
    ...     w, b = 0.5, 0.0
    ...     def predict(self, x):
    ...         return self.w * x[0] + self.b
    ...     def train(self, X, y):
    ...         for x, y_true in zip(X, y):
    ...             y_pred = self.w * x[0] + self.b
    ...             d_L_d_ypred = -2 * (y_true - y_pred)
    ...             self.w -= 0.1 * d_L_d_ypred * x[0]
    ...             self.b += 0.1 * d_L_d_ypred
    >>> report = check_training(Line(), "train", [[1.0], [2.0]], [3.0, 5.0])
    >>> [(row.name, row.verdict) for row in report.rows][:2]
    [('update b', 'wrong'), ('d_L_d_ypred', 'right')]
    """
    net = _object(net)
    loop = _Loop(net, method, X, y, loss, arguments)
    before = random.getstate(), np.random.get_state()
    try:
        return examine(loop.numbers.names, loop.run, witness)
    finally:
        random.setstate(before[0])
        np.random.set_state(before[1])


class _Step(BaseException):
    """Ends the method after its first step; no Exception, so that nothing in it catches it."""


class _Loop:
    """A method of an object, and the one sample that it is run on."""

    def __init__(
        self, net: Any, method: str, X: Any, y: Any, loss: Loss, arguments: Mapping[str, Any]
    ) -> None:
        self.net, self.method, self.loss, self.arguments = net, method, loss, arguments
        bound = getattr(net, method, None)
        self.function = inspect.unwrap(getattr(bound, "__func__", bound)) if bound else None
        if not inspect.isfunction(self.function):
            named = [name for name in dir(net) if not name.startswith("_")]
            raise TypeError(f"{_kind(net)} has no method {method!r}; it has {', '.join(named)}")
        self.parameters = _parameters(net, self.function)
        self.on_values = True
        shapes = {"X": _shape("X", X), "y": _shape("y", y)}
        self.numbers = Numbers({name: a.shape for name, a in self.parameters.items()} | shapes)

    def run(self, point: Mapping[str, float]) -> Run:
        """Run the first step at a point; where the code wants plain numbers as data, on those."""
        if self.on_values:
            try:
                return self._run(point)
            except TypeError:
                self.on_values = False
        return self._run(point)

    def _run(self, point: Mapping[str, float]) -> Run:
        given = self.numbers.values(point)
        X, y = given.pop("X"), given.pop("y")
        if not self.on_values:
            X, y = (np.vectorize(lambda v: v.data, otypes=[float])(a) for a in (X, y))
        net = copy.deepcopy(self.net)
        for name, value in given.items():
            setattr(net, name, _like(getattr(self.net, name), value))
        step = _FirstStep(net, list(given), self.function.__code__)
        watch = Watch(self.function.__code__, self.function.__globals__, step.round_ended)
        with math_on_values(self.function.__globals__), watch.on():
            step.watch(lambda: getattr(net, self.method)(X, y, **self.arguments))
        if step.after is None:
            raise ValueError(
                f"{_kind(net)}.{self.method} changed none of {', '.join(given)} in its first round"
            )
        found = watch.names | step.locals
        target = next((v for v in y.flat if type(v) is Value), None)
        if target is None:
            target = Value(point[self.numbers.names[-1]], "y_true")
        run = read(point, given, found, step.after, self.loss, target, trained=list(given))
        return replace(run, forward=self._forward(net, given, X, run))

    def _forward(
        self, net: Any, given: Mapping[str, Any], X: Any, run: Run
    ) -> tuple[Value, Value] | None:
        """What the training pass and the predicting one give for the same sample."""
        name = next((n for n in PREDICTING if n != self.method and hasattr(net, n)), None)
        if name is None or run.predicted is None:
            return None
        for key, value in given.items():
            setattr(net, key, _like(getattr(self.net, key), value))
        with math_on_values(self.function.__globals__):
            for data in (X[0], X):
                try:
                    outputs = flat({"o": getattr(net, name)(data)})
                except (TypeError, ValueError, IndexError):
                    continue
                if len(outputs) == 1 and type(out := next(iter(outputs.values()))) is Value:
                    return run.predicted, out
        return None


class _FirstStep:
    """The state of the parameters and locals at the end of the first round that changes them."""

    def __init__(self, net: Any, names: Sequence[str], code: Any) -> None:
        self.net, self.names, self.code = net, names, code
        self.start = self._state()
        self.last = self.start
        self.after: dict[str, Any] | None = None
        self.locals: dict[str, Any] = {}

    def watch(self, train: Callable[[], Any]) -> None:
        """Run the method until its outermost loop has gone round once with a change."""
        try:
            train()
        except _Step:
            return
        except Exception:
            if self.after is None:  # else the step was made: reports of progress on Values may fail
                raise
        if self.after is None and not _same(self._state(), self.start):
            self.after = self._state()

    def round_ended(self, frame: Any) -> None:
        """Keep what has changed since the last round; end the run after an outermost loop."""
        state = self._state()
        if not _same(state, self.last):
            self.last = self.after = state
            self.locals = dict(frame.f_locals)
        edges = back_edges(self.code)
        start, end = edges[frame.f_lasti], frame.f_lasti
        outermost = not any(s <= start and end < e for e, s in edges.items())
        if self.after is not None and outermost:
            raise _Step

    def _state(self) -> dict[str, Any]:
        return {name: copy.copy(getattr(self.net, name)) for name in self.names}


def _same(x: Mapping[str, Any], y: Mapping[str, Any]) -> bool:
    one, other = flat(x), flat(y)
    return one.keys() == other.keys() and all(one[k] is other[k] for k in one)


def _object(net: Any) -> Any:
    if inspect.isclass(net):
        try:
            return net()
        except TypeError as error:
            raise TypeError(f"make an object of {net.__name__} first: {error}") from None
    return net


def _parameters(net: Any, function: Any) -> dict[str, np.ndarray]:
    """The attributes that hold floats, one or a sequence; ints where a derivative is by them."""
    named = {plain(b) for name in derivatives(function.__code__) for _, b in parts(name)}
    found: dict[str, np.ndarray] = {}
    for name in [n for n in dir(net) if not n.startswith("__")]:
        x = inspect.getattr_static(net, name, None)
        if not isinstance(x, (int, float, np.number, list, np.ndarray)) or isinstance(x, bool):
            continue
        array = np.array(x, dtype=object)
        floats = array.size and all(isinstance(v, (float, np.floating)) for v in array.flat)
        ints = all(isinstance(v, (int, float, np.number)) for v in array.flat)
        if floats or (ints and plain(name) in named):
            found[name] = array
    if not found:
        raise TypeError(
            f"{_kind(net)} has no attributes that are floats: where are its parameters?"
        )
    return found


def _like(x: Any, value: Any) -> Any:
    return value.tolist() if isinstance(x, list) else value


def _shape(name: str, data: Any) -> Shape:
    """The shape of one sample of the data."""
    array = np.array(data if data is not None else [], dtype=object)
    if not array.ndim or not len(array):
        raise ValueError(f"check_training takes X and y, n rows and n targets; {name} is {data!r}")
    return (1, *array.shape[1:])


def _kind(net: Any) -> str:
    return type(net).__name__
