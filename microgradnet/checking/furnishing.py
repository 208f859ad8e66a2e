"""An object of a class that its file only defines, and data for it: what the arguments are called.

A net that is made elsewhere, `Network(sizes)` with `update_mini_batch(mini_batch, eta)`, is made
here with 3 inputs, 4 hidden units and 2 outputs. What no name tells is not guessed.
"""

from __future__ import annotations

import inspect
import itertools
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

__all__ = ["examples_of", "objects_of"]

INPUTS, HIDDEN, OUTPUTS, ROWS = 3, 4, 2, 4
KNOWN: tuple[tuple[str, tuple[Any, ...]], ...] = (  # the first that fits says what is given
    (r"rate|^lr$|eta$|alpha|step_size", (0.1,)),
    (r"epoch|iter|times|batch_size|seq_?len|time_?steps", (2,)),
    (r"lamb?da|lmbda|^reg|momentum|decay|dropout", (0.0,)),
    (r"hid|cell_|units|^n_?h$", (HIDDEN, [HIDDEN])),
    (r"^(layer_?)?sizes$|_sizes$|^layers$|structure|architecture|topology|layers?_?dims|^neurons$",
     ([INPUTS, HIDDEN, OUTPUTS],)),
    (r"in(put)?(_|s|n|l|d|$)|feature|x_?size|vocab|^n_?[xi]$", (INPUTS,)),
    (r"out(put)?(_|s|n|l|d|$)|class|y_?size|^n_?[yo]$", (OUTPUTS,)),
)  # fmt: skip
SETS = re.compile(r"batch$|data(set)?$|examples$|samples$|pairs$", re.I)


def objects_of(kind: type) -> Iterator[tuple[object, int, str]]:
    """Yield objects of a class that takes arguments, how many outputs they have, how to say it.

    >>> class Net:
    ...     def __init__(self, n_inputs, n_hidden):
    ...         self.W = np.zeros((n_hidden, n_inputs))
    >>> [text for _, _, text in objects_of(Net)]
    ['Net(3, 4)']
    """
    needed = [p for p in inspect.signature(kind).parameters.values() if _is_needed(p)]
    options = [_given(p.name) for p in needed]
    several = any(option in ((OUTPUTS,), ([INPUTS, HIDDEN, OUTPUTS],)) for option in options)
    for given in itertools.product(*options) if needed else ():
        try:
            made = kind(*given)
        except Exception:  # of the person's code, which these do not suit
            continue
        text = f"{kind.__name__}({', '.join(map(repr, given))})"
        yield made, OUTPUTS if several else 1, text


def examples_of(method: Callable[..., object], outputs: int) -> Iterator[dict[str, object]]:
    """Yield arguments of a method by name: data of every layout, and what is known by its name."""
    needed = [p.name for p in inspect.signature(method).parameters.values() if _is_needed(p)]
    known = {name: _given(name)[0] for name in needed if _given(name)}
    of_data = [name for name in needed if name not in known]
    for X, y in _layouts(outputs):
        data: dict[str, object] = {}
        if len(of_data) == 2:
            data = {of_data[0]: X, of_data[1]: y}
        elif len(of_data) == 1 and SETS.search(of_data[0]):
            data = {of_data[0]: [(X.copy(), y.copy()) for _ in range(2)]}
        if data:
            yield {name: data[name] if name in data else known[name] for name in needed}


def _is_needed(p: inspect.Parameter) -> bool:
    return p.default is p.empty and p.kind in (p.POSITIONAL_OR_KEYWORD, p.POSITIONAL_ONLY)


def _given(name: str) -> tuple[Any, ...]:
    """What is given for an argument of a name, none where the name says nothing."""
    if name.lower() in ("input", "inputs", "outputs", "output", "features"):
        return ()  # the data
    for pattern, values in KNOWN:
        if re.search(pattern, name, re.I):
            return values
    return ()


def _layouts(outputs: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Rows, one sample as a column, one as a row, samples as columns; targets of ones and zeros."""
    X = np.linspace(-1.0, 1.5, ROWS * INPUTS).reshape(ROWS, INPUTS) ** 2 - 0.5
    y = np.eye(2)[[0, 1, 1, 0]][:, :outputs]
    yield X, y
    yield X[:1].T, y[:1].T
    yield X[0], y[0]
    yield X.T, y.T
