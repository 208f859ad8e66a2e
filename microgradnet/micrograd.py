"""The names of micrograd, for code and notebooks written for it: only the import changes.

`Value` is this package's own, so all functions work on such nets: `mg.draw(loss)`, `mg.fit`,
`mg.compile`, ... These are the differences from micrograd 0.1.0. `data` and `grad` are always
floats. The gradient of a computed node starts from 0 at each `backward()`; micrograd adds to that
of the call before. So two calls on one graph give leaves exactly twice the gradient. A number
among the inputs stays a number and is not in `_prev`. `_op` is "relu" and "**" where it is "ReLU"
and "**2" there. Setting the `data` of a computed node is an error. A graph may be of any depth.

>>> a, b = Value(-4.0), Value(2.0)
>>> loss = (a * b + b**3).relu() + (a - b) ** 2 / 2.0
>>> loss.backward()
>>> loss.data, a.grad, b.grad
(18.0, -6.0, 6.0)
"""

from __future__ import annotations

import itertools
import operator
import random
import sys
from collections.abc import Sequence
from functools import reduce
from types import ModuleType

from microgradnet.autograd.value import Value
from microgradnet.nn import layers
from microgradnet.nn.module import Module
from microgradnet.operations.arguments import instead, whole_number

__all__ = ["MLP", "Layer", "Module", "Neuron", "Value"]


def __getattr__(name: str) -> ModuleType:
    """Support `from micrograd import engine, nn`: here both are this module.

    Pictures are drawn by `mg.draw`.
    """
    if name in ("engine", "nn"):
        return sys.modules[__name__]
    if name in ("draw_dot", "trace"):
        raise ImportError(f"there is no {name} here: write mg.draw(loss)")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


class Parameter(Value):
    """A weight or bias, to which code may add attributes of its own, such as the moments of Adam.

    >>> p = Parameter(0.5)
    >>> p.velocity = 0.0
    """


def products_and_sums(weights: Sequence[Value], inputs: Sequence[object], bias: Value) -> Value:
    """Return a weighted sum as micrograd records it: with a node for each product and sum.

    >>> products_and_sums([Value(2.0)], [3.0], Value(1.0)).op
    '+'
    """
    total: Value = reduce(operator.add, map(operator.mul, weights, inputs)) + bias
    return total


class Neuron(layers.Neuron):
    """A neuron of nin inputs: relu, or linear where nonlin is False.

    Its weights `w` are drawn by `random.uniform(-1, 1)`, its bias `b` is 0.

    >>> Neuron(3), len(Neuron(3).parameters())
    (ReLUNeuron(3), 4)
    """

    weighted_sum = staticmethod(products_and_sums)

    def __init__(self, nin: int, nonlin: bool = True) -> None:
        weights = [random.uniform(-1.0, 1.0) for _ in range(whole_number("nin", nin))]
        super().__init__(weights=weights, bias=0.0, activation="relu" if nonlin else "linear")
        self.weights = [Parameter(w.data, w.label) for w in self.weights]
        self.bias = Parameter(self.bias.data, self.bias.label)

    @property
    def w(self) -> list[Value]:
        """The weights."""
        return self.weights

    @property
    def b(self) -> Value:
        """The bias."""
        return self.bias

    @property
    def nonlin(self) -> bool:
        """Whether the neuron is a relu."""
        return self.activation == "relu"

    def __repr__(self) -> str:
        return f"{'ReLU' if self.nonlin else 'Linear'}Neuron({len(self.weights)})"


class Layer(layers.Layer):
    """A layer of nout neurons with nin inputs each; kwargs: those of `Neuron`.

    >>> Layer(2, 2, nonlin=False)
    Layer of [LinearNeuron(2), LinearNeuron(2)]
    """

    def __init__(self, nin: int, nout: int, **kwargs: bool) -> None:
        self.neurons = [Neuron(nin, **kwargs) for _ in range(whole_number("nout", nout))]
        layers.name_neurons(self.neurons, [f"o{i + 1}" for i in range(nout)])

    def __repr__(self) -> str:
        return f"Layer of [{', '.join(map(str, self.neurons))}]"


@instead(layers.sizes_amiss)
class MLP(layers.MLP):
    """Layers of nouts[0], nouts[1], ... neurons on nin inputs: relu, the last one linear.

    Raises ValueError for sizes that are not whole numbers from 1, and without any layer.

    >>> MLP(2, [2, 1])
    MLP of [Layer of [ReLUNeuron(2), ReLUNeuron(2)], Layer of [LinearNeuron(2)]]
    """

    def __init__(self, nin: int, nouts: Sequence[int]) -> None:
        if not nouts:
            raise ValueError("an MLP needs at least one layer: MLP(2, [2, 1])")
        for i, n in enumerate(nouts):
            whole_number(f"nouts[{i}]", n)
        sizes = itertools.pairwise([nin, *nouts])
        self._put_together(
            [Layer(a, b, nonlin=i < len(nouts)) for i, (a, b) in enumerate(sizes, start=1)]
        )

    def __repr__(self) -> str:
        return f"MLP of [{', '.join(map(str, self.layers))}]"
