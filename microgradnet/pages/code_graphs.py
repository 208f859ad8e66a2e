"""Record the graph of a name in a user's file, with arguments from the file or chosen."""

from __future__ import annotations

import inspect
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from microgradnet.autograd.graph import reachable
from microgradnet.autograd.labels import TRAINED, Name, label_of
from microgradnet.autograd.value import Value
from microgradnet.checking.finding.vocabulary import ALSO_LOSS, PREDICTION, TARGET, is_data, plain
from microgradnet.checking.scope import highest_indices
from microgradnet.drawing.roles import roles_among
from microgradnet.nn.layers import layers_of
from microgradnet.nn.losses import mse
from microgradnet.nn.module import Module
from microgradnet.tape.tracing import trace
from microgradnet.words import listed, say

__all__ = ["CodeGraph"]

PREDICTING = ("feedforward", "feed_forward", "forward", "predict", "__call__")
ROWS = ("X", "data", "inputs")
TARGETS = ("y", "Y", "all_y_trues", "targets", "labels")


class CodeGraph:
    """The graph of a Value, a net, a class with a forward pass, or a function.

    found: one of these, run as `trace` does; a function returns a Value, its `locals()` or a net.
    names: the names of its file, where data is found: an argument of that name, a first row `X` and
    its target `y`. given: numbers or arrays for arguments, which take precedence. params: the names
    of its parameters, without any those that are not called like data. `.loss` is the Value it ends
    in, `.chosen` the numbers that had to be chosen.

    Raises TypeError for anything else, and where the result is not a Value.

    >>> def line(w, x):
    ...     y_pred = w * x
    ...     return (y_pred - 1) ** 2
    >>> graph = CodeGraph(line, {"w": 0.5}, {"x": 3.0})
    >>> graph.loss.data, graph.chosen
    (0.25, {})
    """

    def __init__(
        self,
        found: object,
        names: Mapping[str, object],
        given: Mapping[str, object] | None = None,
        params: Sequence[str] = (),
    ) -> None:
        self.names, self.given = names, given or {}
        self.chosen: dict[str, list[float] | float] = {}
        self._random = random.Random(0)
        self.loss = self._loss(found)
        leaves = reachable(self.loss)[0]
        roles = roles_among(leaves, params)
        for leaf in leaves if params else ():
            leaf.label = Name(leaf.label, label_of(leaf, "group"), roles.of(leaf))

    def _loss(self, found: object) -> Value:
        if isinstance(found, Value):
            return found
        if isinstance(found, Mapping):
            return self._loss(_ends_in(found))
        if isinstance(found, (list, tuple, np.ndarray)):
            return self._loss(_one_of(found))
        if isinstance(found, Module):
            row = self._row("x", len(layers_of(found)[0][0].weights))
            return self._against(found([Value(x, f"x{i + 1}") for i, x in enumerate(row)]))
        if inspect.isroutine(found):
            return self._of_function(found)
        if not callable(found) and not hasattr(found, "__dict__"):
            raise TypeError(_no_graph(found))
        return self._of_object(found() if inspect.isclass(found) else found)

    def _of_function(self, function: Callable[..., object]) -> Value:
        """Return the result of a function; its arguments are parameters, except those for data."""
        indices = highest_indices(inspect.unwrap(getattr(function, "__func__", function)))
        arguments = {
            name: self._argument(name, p.default, indices.get(name, -1) + 1)
            for name, p in inspect.signature(function).parameters.items()
            if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
        }
        if not arguments and isinstance(made := function(), Module):
            return self._loss(made)
        loss = self._loss(trace(function, *arguments.values()))
        for leaf in reachable(loss)[0]:
            name = str(leaf.label).partition("[")[0]
            if name in arguments and not is_data(name):
                leaf.label = Name(leaf.label, role=TRAINED)
        return loss

    def _argument(self, name: str, default: object, size: int) -> object:
        """Return the value of an argument: given, from the file, by default, or chosen."""
        known = self.given.get(name, self.names.get(name, default))
        is_none = known is inspect.Parameter.empty or inspect.isroutine(known)
        return self._choose(name, size) if is_none else known

    def _choose(self, name: str, size: int) -> list[float] | float:
        """Choose numbers for an argument without any; size: of a list, or 0 for a number."""
        numbers = [round(self._random.uniform(-1, 1), 1) or 0.5 for _ in range(size or 1)]
        if plain(name) in TARGET:
            numbers = [1.0] * len(numbers)
        chosen = self.chosen[name] = numbers if size else numbers[0]
        return chosen

    def _of_object(self, net: object) -> Value:
        """Return the squared error of the forward pass of a user's class on its first row."""
        if isinstance(net, Module):
            return self._loss(net)
        method = next((name for name in PREDICTING if hasattr(net, name)), None)
        if method is None:
            raise TypeError(_no_graph(net))
        bound = getattr(net, method)
        names = list(inspect.signature(bound).parameters)
        if len(names) != 1:
            return self._of_function(bound)
        size = highest_indices(inspect.unwrap(bound.__func__)).get(names[0], -1) + 1
        output = trace(bound, self._row(names[0], size))
        return self._against(_ends_in(output) if isinstance(output, Mapping) else output)

    def _row(self, name: str, width: int) -> Any:
        """Return the first row of the file's data, or a chosen one; width: 0 if not known."""
        data = (np.asarray(x) for key in ROWS if _is_numeric(x := self.names.get(key)))
        rows = (x[0] for x in data if x.ndim == 2 and width in (0, x.shape[1]))
        row = next(rows, None)
        return self._choose(name, width) if row is None else row.astype(float)

    def _against(self, output: Any) -> Value:
        """Return the squared error if the file has a first target, else the output."""
        outputs = list(output) if isinstance(output, (list, tuple, np.ndarray)) else [output]
        data = (np.asarray(x) for key in TARGETS if _is_numeric(x := self.names.get(key)))
        first = next((np.ravel(x[0]) for x in data if x.ndim), None)
        if first is not None and len(first) == len(outputs):
            names = [f"y_true{k + 1 if outputs[1:] else ''}" for k in range(len(outputs))]
            wanted = [Value(float(y), name) for y, name in zip(first, names)]
            return self._loss(mse(outputs, wanted) if outputs[1:] else mse(outputs[0], wanted[0]))
        return self._loss(_one_of(outputs))


def _is_numeric(x: object) -> bool:
    """Whether an object is a number, or a list or an array of numbers."""
    if isinstance(x, (list, tuple, np.ndarray)):
        try:
            return np.asarray(x).dtype.kind in "fiu" and np.size(x) > 0
        except ValueError:  # rows of different lengths
            return False
    return isinstance(x, (int, float, np.number)) and not isinstance(x, bool)


def _ends_in(names: Mapping[str, object]) -> object:
    """Return the loss among names, else the prediction."""
    for name in (*ALSO_LOSS, *PREDICTION):
        for key, x in names.items():
            if key == name or plain(str(key)) == name:
                return x
    words = "no loss among {names}: call it L or loss, or return it alone"
    raise TypeError(say(words, names=listed(map(str, names))))


def _one_of(found: Any) -> object:
    """Return the first element of a tuple (the loss), or the one number of a list or array."""
    numbers = list(found[:1]) if isinstance(found, tuple) else list(np.ravel(found))
    if len(numbers) != 1:
        words = (
            "it gives {n} numbers, and the file no target y for them: "
            "name a function that returns one loss"
        )
        raise TypeError(say(words, n=len(numbers)))
    return numbers[0]


def _no_graph(found: object) -> str:
    words = (
        "{found} has no graph: name a Value, a net, a function that returns its loss, "
        "or a class with a method {names} or predict"
    )
    return say(words, found=f"{found!r:.60}", names=listed(PREDICTING[:-2]))
