"""A person's code as a graph: run on Values, its nodes called as the code calls them."""

from __future__ import annotations

import copy
import inspect
import random
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np

from microgradnet.autograd.labels import Name
from microgradnet.autograd.value import Value
from microgradnet.checking.binding import is_number, subscripts
from microgradnet.checking.names import ALSO_LOSS, PREDICTION, TARGET, plain
from microgradnet.nn.layers import layers_of
from microgradnet.nn.losses import mse
from microgradnet.nn.module import Module
from microgradnet.tracing.arrays import Values
from microgradnet.tracing.running import run

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["CodeGraph"]

PREDICTING = ("feedforward", "feed_forward", "forward", "predict", "__call__")
ROWS = ("X", "data", "inputs")
TARGETS = ("y", "Y", "all_y_trues", "targets", "labels")
DATA = (*ROWS, "x", "input", "features")  # no parameters


class CodeGraph:
    """The graph of a Value, a net, a class with a forward pass, or a function.

    found: one of these, run on Values as it stands, with `np` and `math`; a function returns a
    Value, its `locals()` or a net. names: those of its file, where data is found: an argument of
    that name, a first row `X` and its target `y`; given: numbers or lists for arguments, which
    come first. `.loss` is the Value it ends in, `.chosen` the numbers that nobody gave.

    Raises TypeError for anything else, and where the result is no Value.

    >>> def line(w, x):
    ...     y_pred = w * x
    ...     return (y_pred - 1) ** 2
    >>> graph = CodeGraph(line, {"w": 0.5}, {"x": 3.0})
    >>> graph.loss.data, graph.chosen
    (0.25, {})
    """

    def __init__(
        self, found: object, names: Mapping[str, object], given: Mapping[str, object] | None = None
    ) -> None:
        self.names, self.given = names, given or {}
        self.chosen: dict[str, float | list[float]] = {}
        self._random = random.Random(0)
        self.loss = self._loss(found)

    def _loss(self, found: object) -> Value:
        if isinstance(found, Value):
            return found
        if isinstance(found, Mapping):
            return self._loss(_ends_in(found))
        if isinstance(found, (list, tuple, np.ndarray)):
            return self._loss(_one_of(found))
        if isinstance(found, Module):
            width = len(layers_of(found)[0][0].weights)
            return self._against(found(self._row("x", width, "{}{}", 1)))
        if inspect.isroutine(found):
            return self._loss(self._returned(found))
        if not callable(found) and not hasattr(found, "__dict__"):
            raise TypeError(_no_graph(found))
        return self._of_object(found() if inspect.isclass(found) else found)

    def _returned(self, function: Callable[..., object]) -> object:
        """What a function returns for Values; its nodes have the names of its locals."""
        sizes = subscripts(inspect.unwrap(getattr(function, "__func__", function)))
        inputs = [
            self._argument(name, p.default, sizes.get(name, 0))
            for name, p in inspect.signature(function).parameters.items()
            if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
        ]
        return _traced(function, inputs)

    def _argument(self, name: str, default: object, size: int) -> object:
        """The Values of an argument: given, of the file, by default, or drawn."""
        known = self.given.get(name, self.names.get(name, default))
        if known is inspect.Parameter.empty or callable(known):
            return self._choose(name, size)
        return _on_values(name, known, _role(name)) if _is_numeric(known) else known

    def _choose(self, name: str, size: int) -> object:
        """Values that nobody gave; size: of a list, or 0 for a number."""
        numbers = [round(self._random.uniform(-1, 1), 1) or 0.5 for _ in range(size or 1)]
        if plain(name) in TARGET:
            numbers = [1.0] * len(numbers)
        self.chosen[name] = numbers if size else numbers[0]
        return _on_values(name, self.chosen[name], _role(name))

    def _of_object(self, net: object) -> Value:
        """The squared error of the forward pass of a class of one's own, on its first row."""
        if isinstance(net, Module):
            return self._loss(net)
        method = next((name for name in PREDICTING if hasattr(net, name)), None)
        if method is None:
            raise TypeError(_no_graph(net))
        net = copy.copy(net)
        attributes = {name: getattr(net, name) for name in dir(net) if name[:2] != "__"}
        for name, x in attributes.items():
            if _is_numeric(x):
                setattr(net, name, _on_values(name, x, "parameter"))
        bound = getattr(net, method)
        names = list(inspect.signature(bound).parameters)
        if len(names) != 1:
            return self._loss(self._returned(bound))
        size = subscripts(inspect.unwrap(bound.__func__)).get(names[0], 0)
        output = _traced(bound, [self._row(names[0], size, "{}_{}", 0)])
        return self._against(_ends_in(output) if isinstance(output, Mapping) else output)

    def _row(self, name: str, width: int, form: str, first: int) -> object:
        """The first row of the file's data, or one that is chosen; width: 0 if not known."""
        data = (np.asarray(x) for key in ROWS if _is_numeric(x := self.names.get(key)))
        row: ArrayLike | None = next(
            (x[0] for x in data if x.ndim == 2 and width in (0, x.shape[1])), None
        )
        if row is None:
            return self._choose(name, width)
        return _on_values(name, row, "", form, first)

    def _against(self, output: object) -> Value:
        """The squared error, where the file has a first target; else the output."""
        outputs = list(output) if isinstance(output, (list, tuple, np.ndarray)) else [output]
        data = (np.asarray(x) for key in TARGETS if _is_numeric(x := self.names.get(key)))
        first = next((np.ravel(x[0]) for x in data if x.ndim), None)
        if first is not None and len(first) == len(outputs):
            names = [f"y_true{k + 1 if outputs[1:] else ''}" for k in range(len(outputs))]
            wanted = [Value(float(y), name) for y, name in zip(first, names)]
            return self._loss(_error(outputs, wanted))
        return self._loss(_one_of(outputs))


def _error(outputs: list[Any], wanted: list[Value]) -> Value:
    return mse(outputs, wanted) if outputs[1:] else mse(outputs[0], wanted[0])


def _traced(function: Callable[..., object], inputs: list[object]) -> object:
    """What a function returns for Values, each node called as the code calls it."""
    trace = run(function, inputs)
    for event in trace.events:
        if not event.name.isidentifier():  # what is returned, what was computed on the way
            continue
        for place in np.ndindex(event.shape):
            node = event.value[place]
            if isinstance(node, Value) and node.inputs and not node.label:
                node.label = event.name + "".join(f"_{i}" for i in place)
    return trace.returned


def _on_values(
    name: str, numbers: ArrayLike, role: str = "", form: str = "{}_{}", first: int = 0
) -> object:
    """A number as a Value, a list or an array as an array of them: `x_0`, `x_1`."""
    array = np.asarray(numbers)
    if not array.ndim:
        return Value(float(array), Name(name, role=role))
    nodes = []
    for place in np.ndindex(array.shape):
        label = form.format(name, "_".join(str(i + first) for i in place))
        nodes.append(Value(float(array[place]), Name(label, role=role)))
    return nodes if isinstance(numbers, list) and array.ndim == 1 else _shaped(nodes, array.shape)


def _role(name: str) -> str:
    """What an argument is: data by its name, else a parameter."""
    return "" if plain(name) in (*DATA, *TARGET) else "parameter"


def _shaped(nodes: list[Value], shape: tuple[int, ...]) -> object:
    made = np.empty(len(nodes), dtype=object)
    made[:] = nodes
    return made.reshape(shape).view(Values)


def _is_numeric(x: object) -> TypeGuard[ArrayLike]:
    """Whether something is a number, or a list or an array of them."""
    if isinstance(x, (list, tuple, np.ndarray)):
        try:
            return np.asarray(x).dtype.kind in "fiu" and np.size(x) > 0
        except ValueError:  # rows of different lengths
            return False
    return is_number(x)


def _ends_in(names: Mapping[str, object]) -> object:
    """The loss among names, or what is predicted."""
    for name in (*ALSO_LOSS, *PREDICTION):
        for key, x in names.items():
            if key == name or plain(str(key)) == name:
                return x
    raise TypeError(
        f"no loss among {', '.join(map(str, names))}: call it L or loss, or return it alone"
    )


def _one_of(found: object) -> object:
    """The loss of a tuple, which comes first; the one number of a list or array."""
    numbers = list(found[:1]) if isinstance(found, tuple) else list(np.ravel(np.asarray(found)))
    if len(numbers) != 1:
        raise TypeError(
            f"it gives {len(numbers)} numbers, and the file no target y for them: "
            "name a function that returns one loss"
        )
    return numbers[0]


def _no_graph(found: object) -> str:
    return (
        f"{found!r:.60} has no graph: name a Value, a net, a function that returns its "
        f"loss, or a class with a method {', '.join(PREDICTING[:-2])} or predict"
    )
