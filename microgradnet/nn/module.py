"""The class Module: an object with parameters, and their names and numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from microgradnet.autograd.labels import NamesError, is_frozen, set_frozen
from microgradnet.autograd.value import Value
from microgradnet.operations.arguments import finite_number

if TYPE_CHECKING:
    from os import PathLike
    from pathlib import Path

    from numpy.typing import ArrayLike

__all__ = ["Module"]


class Module:
    """An object with parameters: the Values in its attributes, and in their lists and dicts.

    >>> class Line(Module):
    ...     def __init__(self):
    ...         self.slope, self.shift = Value(2.0, "slope"), Value(1.0, "shift")
    >>> Line().state_dict()
    {'slope': 2.0, 'shift': 1.0}
    """

    def __call__(self, inputs: Any) -> Any:
        """Return the output for one row of inputs; subclasses define it."""
        raise NotImplementedError(f"{type(self).__name__} has no __call__")

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Return the outputs of the net for many rows: (n,) numbers, or (n, k) for k outputs.

        X: (n, n_in) numbers. The numbers are those of `net(row)`. Raises ValueError for anything
        but a table of numbers.

        >>> from microgradnet import Neuron
        >>> Neuron([0, 1], 4, activation="linear").predict([[27, 17], [0, 0]])
        array([21.,  4.])
        """
        rows = np.asarray(X, dtype=float)
        if rows.ndim != 2:
            shape = f"of shape {rows.shape}" if rows.ndim else repr(X)
            raise ValueError(f"predict takes n rows of numbers, not {shape}; one row is net(row)")
        outputs = [self(row) for row in rows]
        return np.array(
            [[y.data for y in out] if isinstance(out, list) else out.data for out in outputs]
        )

    def save(self, path: str | PathLike[str]) -> Path:
        """Write the net to a file: `mg.save(net, path)`."""
        from microgradnet.nn.storage import save

        return save(self, path)

    def load(self, path: str | PathLike[str]) -> Self:
        """Load the numbers from a file that `save` wrote into this net: `mg.load(path, net)`."""
        from microgradnet.nn.storage import load

        return load(path, self)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        from microgradnet.drawing.notebook import mimebundle

        return mimebundle(self)

    def parameters(self) -> list[Value]:
        """Return the parameters, in the order the attributes were set.

        An update sets their data: `p -= 0.1 * p.grad` would bind `p` to another Value.

        >>> from microgradnet import Neuron
        >>> net = Neuron([2.0], 0.0, activation="linear")
        >>> net([3.0]).backward()
        >>> for p in net.parameters():
        ...     p.data -= 0.1 * p.grad
        >>> net.state_dict()
        {'w1': 1.7, 'b1': -0.1}
        """
        return [value for _, value in self._found()]

    def trainable_parameters(self) -> list[Value]:
        """Return the parameters that are not frozen: those that `fit` trains."""
        return [p for p in self.parameters() if not is_frozen(p)]

    def freeze(self) -> Self:
        """Exclude the parameters of a net, a layer or a neuron from training; return it.

        In pictures they have a colour of their own; a program holds their numbers as constants.

        >>> from microgradnet import MLP
        >>> net = MLP(2, [2, 1])
        >>> frozen = net.layers[0].freeze()
        >>> [p.label for p in net.trainable_parameters()]
        ['w5', 'w6', 'b3']
        """
        for p in self.parameters():
            set_frozen(p, frozen=True)
        return self

    def unfreeze(self) -> Self:
        """Train the parameters again; return the net, layer or neuron."""
        for p in self.parameters():
            set_frozen(p, frozen=False)
        return self

    def named_parameters(self) -> list[tuple[str, Value]]:
        """Return (name, parameter) pairs: the labels, or attribute paths where labels clash."""
        found = self._found()
        labels = [value.label for _, value in found]
        if "" in labels or len(set(labels)) < len(labels):
            return found
        return [(str(value.label), value) for _, value in found]

    def _found(self) -> list[tuple[str, Value]]:
        """Return paths and parameters, each parameter only once."""
        first: dict[Value, str] = {}
        for path, value in _values(self, ""):
            first.setdefault(value, path)
        return [(path, value) for value, path in first.items()]

    def zero_grad(self) -> None:
        """Set the gradient of each parameter to 0."""
        for p in self.parameters():
            p.grad = 0.0

    def state_dict(self) -> dict[str, float]:
        """Return the number of each parameter by name."""
        return {name: p.data for name, p in self.named_parameters()}

    def load_state_dict(self, state: Mapping[str, float]) -> None:
        """Set each parameter from a dict of numbers by name.

        Raises NamesError (a KeyError), listing the names, where some are missing or unknown, or
        TypeError or ValueError where one is not a finite number; then no parameter is changed.
        """
        named = dict(self.named_parameters())
        missing = [name for name in named if name not in state]
        foreign = [name for name in state if name not in named]
        if missing or foreign:
            parts = [("missing", missing), ("not a parameter here", foreign)]
            raise NamesError(
                "; ".join(f"{what}: {', '.join(map(str, n))}" for what, n in parts if n)
            )
        numbers = {name: finite_number(state[name], name) for name in named}
        for name, p in named.items():
            p.data = numbers[name]


def _values(holder: object, path: str) -> Iterator[tuple[str, Value]]:
    if isinstance(holder, Value):
        yield path, holder
    elif isinstance(holder, (Module, dict)):
        for name, held in (holder if isinstance(holder, dict) else vars(holder)).items():
            yield from _values(held, f"{path}.{name}" if path else name)
    elif isinstance(holder, (list, tuple)):
        for i, held in enumerate(holder):
            yield from _values(held, f"{path}.{i}")
