"""Neurons, layers and nets: a few lines of arithmetic on named Values."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from typing import TYPE_CHECKING, Any

import numpy as np

from microgradnet.autograd.labels import FROZEN, TRAINED, Name, is_frozen
from microgradnet.autograd.methods import instead_of_math
from microgradnet.autograd.value import Value
from microgradnet.nn.module import Module
from microgradnet.operations.arguments import generator, instead, whole_number
from microgradnet.operations.operation import FUNCTIONS, OPS
from microgradnet.operations.ops import weighted_sum

__all__ = ["MLP", "Layer", "Name", "Neuron", "layers_of"]

if TYPE_CHECKING:  # importing numpy.random takes 10 ms
    Seed = int | np.random.Generator | None


Row = Sequence[Value] | Sequence[float] | Sequence[Value | float] | np.ndarray
ROWS = ": net.predict(X) takes many rows"
UNORDERED = (str, bytes, np.ndarray, Mapping, Set)  # or no numbers


def activation_function(activation: str | Callable[[Value], Value]) -> Callable[[Value], Value]:
    """Return the function of that name ("sigmoid", "relu", "linear", ...), or the given function.

    A function of `math` is replaced by the function of that name here, which takes Values. Raises
    ValueError, listing the known names, for an unknown name or a function of `math` without a
    match.
    """
    if getattr(activation, "__module__", "") == "math":
        name: str = activation.__name__  # type: ignore[union-attr]
        if name not in FUNCTIONS:
            raise ValueError(f"math.{name} takes no Values: {instead_of_math(name)}")
        return FUNCTIONS[name]
    if callable(activation):
        return activation
    known = {"linear": _linear} | {
        name: function
        for name, function in FUNCTIONS.items()
        if OPS[name].arity - len(OPS[name].defaults) == 1
    }
    if activation not in known:
        raise ValueError(f"unknown activation {activation!r}; known: {', '.join(sorted(known))}")
    method: Callable[[Value], Value] = getattr(Value, activation, known[activation])
    return method  # 200 ns faster than the function, which checks for other kinds of operands


def _linear(x: Value) -> Value:
    return x


class Neuron(Module):
    """One neuron: activation(w1 * x1 + w2 * x2 + ... + b1).

    n_in: the number of inputs, with weights and bias drawn from a normal distribution by `seed` (an
    int or a NumPy Generator); or weights and bias as numbers, `Neuron([0, 1], 4)` for short.
    activation: the name of a function of one Value, or such a function. Call it on a sequence or
    a NumPy row of n_in numbers or Values; it returns a Value.

    Raises ValueError for sizes that do not fit and unknown activations.

    >>> Neuron(weights=[0, 1], bias=4)([27, 17]).data
    0.9999999992417439
    """

    weighted_sum: Callable[..., Value] = staticmethod(weighted_sum)

    def __init__(
        self,
        n_in: int | Sequence[float] | None = None,
        bias: float | None = None,
        *,
        weights: Sequence[float] | None = None,
        activation: str | Callable[[Value], Value] = "sigmoid",
        seed: Seed = 0,
    ) -> None:
        if np.ndim(n_in):  # type: ignore[arg-type]
            if weights is not None:
                raise TypeError("a neuron's weights are given once: Neuron([0, 1], 4)")
            n_in, weights = None, n_in
        rng = generator(seed)
        if hasattr(weights, "__array__"):  # of NumPy, pandas, jax, ...
            weights = np.asarray(weights).tolist()
        if weights is None:
            weights = rng.standard_normal(whole_number("n_in", n_in)).tolist()
            bias = float(rng.standard_normal()) if bias is None else bias
        elif not len(weights):
            raise ValueError("a neuron needs at least one weight")
        elif n_in is not None and n_in != len(weights):
            raise ValueError(f"n_in is {n_in}, but there are {len(weights)} weights")
        self.weights = [Value(w) for w in weights]
        self.bias = Value(0.0 if bias is None else bias)
        self.activation = activation
        self.name = self._sum_name = Name("")
        self._function = activation_function(activation)
        name_neurons([self], ["o1"])

    def __call__(self, inputs: Row) -> Value:
        """Return the neuron's output for one row of inputs."""
        weights = self.weights
        row = inputs if type(inputs) is list else self.row(inputs)
        if len(row) != len(weights):
            raise ValueError(f"{self!r} takes {len(weights)} inputs, not {len(row)}")
        try:
            total = self.weighted_sum(weights, row, self.bias)
        except TypeError:
            kinds = ", ".join(type(x).__name__ for x in row)
            hint = ROWS if all(isinstance(x, (list, tuple, np.ndarray)) for x in row) else ""
            raise TypeError(f"{self!r} takes numbers or Values, not {kinds}{hint}") from None
        total.label = self._sum_name
        out = self._function(total)
        try:
            out.label = self.name
        except AttributeError:
            says = f"the activation of {self!r} returned {out!r} ({type(out).__name__}), no Value"
            raise TypeError(f"{says}: write it with mg.relu, mg.where, ... of its input") from None
        return out

    def row(self, inputs: object) -> list[Value | float]:
        """Return the inputs as a list; raise TypeError if they are no row of numbers or Values."""
        kind, hint = type(inputs).__name__, ""
        if hasattr(inputs, "__array__"):  # of NumPy, pandas, jax, ...
            inputs = np.asarray(inputs)
        if isinstance(inputs, np.ndarray) and inputs.ndim == 1:
            numbers: list[Value | float] = inputs.tolist()
            return numbers
        if isinstance(inputs, Iterable) and not isinstance(inputs, UNORDERED):
            return list(inputs)
        if isinstance(inputs, np.ndarray):
            kind, hint = f"{kind} of shape {inputs.shape}", ROWS if inputs.ndim == 2 else ""
        raise TypeError(f"{self!r} takes one row of {len(self.weights)} numbers, not {kind}{hint}")

    def __getstate__(self) -> dict[str, object]:
        return {name: held for name, held in vars(self).items() if name != "_function"}

    def __setstate__(self, state: dict[str, object]) -> None:
        vars(self).update(state)
        self._function = activation_function(self.activation)

    def __repr__(self) -> str:
        return f"Neuron({len(self.weights)}, activation={self.activation!r}) {str(self.name)!r}"


class Layer(Module):
    """A layer: neurons that share the same inputs.

    n_in, n_out: the numbers of inputs and neurons; activation and seed as in `Neuron`. Call it on a
    row of n_in numbers or Values; it returns the list of n_out Values, or the Value itself for one
    neuron.

    >>> len(Layer(2, 3)([0.5, -1.0]))
    3
    """

    def __init__(
        self,
        n_in: int,
        n_out: int,
        *,
        activation: str | Callable[[Value], Value] = "sigmoid",
        seed: Seed = 0,
    ) -> None:
        rng = generator(seed)
        self.neurons = [
            Neuron(n_in, activation=activation, seed=rng)
            for _ in range(whole_number("n_out", n_out))
        ]
        name_neurons(self.neurons, [f"o{i + 1}" for i in range(n_out)])

    def __call__(self, inputs: Row) -> Any:  # a Value, or a list of them
        """Return the outputs for one row of inputs."""
        row = inputs if type(inputs) is list else self.neurons[0].row(inputs)
        outputs = [neuron(row) for neuron in self.neurons]
        return outputs[0] if len(outputs) == 1 else outputs

    def __repr__(self) -> str:
        first = self.neurons[0]
        sizes = f"{len(first.weights)}, {len(self.neurons)}"
        return f"Layer({sizes}, activation={first.activation!r})"


def sizes_amiss(*args: object) -> str:
    """Return the error for sizes in one list or without a list, or "" for correct sizes.

    >>> sizes_amiss([2, 2, 1])
    'takes the number of inputs, then the neurons of each layer: write MLP(2, [2, 1])'
    """
    in_one = len(args) == 1 and np.ndim(args[0]) == 1  # type: ignore[arg-type]
    sizes: list[Any] = [*args[0]] if in_one else [*args] if len(args) > 2 else []  # type: ignore[misc]
    if len(sizes) < 2 or not all(isinstance(n, (int, np.integer)) for n in sizes):
        return ""
    n_in, *layers = map(int, sizes)
    says = "takes the number of inputs, then the neurons of each layer"
    return f"{says}: write MLP({n_in}, {layers})"


@instead(sizes_amiss)
class MLP(Module):
    """A multilayer perceptron: layers, each taking the outputs of the one before.

    n_in: the number of inputs; sizes: the neurons of each layer, the last giving the outputs.
    activation: of the hidden layers; output: of the last. seed: of the initial parameters, drawn
    from a normal distribution. Names run through the net as in the tutorial: weights w1, w2, ...
    neuron by neuron, biases b1, b2, ...; hidden neurons h1, h2, ..., outputs o1, ... Call it on a
    row of n_in numbers or Values; it returns a Value, or the list of them for several outputs.

    Raises ValueError for sizes below 1 and unknown activations.

    >>> net = MLP(2, [2, 1], seed=0)
    >>> [name for name, _ in net.named_parameters()]
    ['w1', 'w2', 'b1', 'w3', 'w4', 'b2', 'w5', 'w6', 'b3']
    """

    def __init__(
        self,
        n_in: int,
        sizes: int | Sequence[int],
        *,
        activation: str | Callable[[Value], Value] = "sigmoid",
        output: str | Callable[[Value], Value] = "sigmoid",
        seed: Seed = 0,
    ) -> None:
        rng = generator(seed)
        one = not isinstance(sizes, Iterable)
        widths = [n_in, *([sizes] if isinstance(sizes, int) or one else sizes)]
        if len(widths) < 2:
            raise ValueError("an MLP needs at least one layer: MLP(2, [2, 1])")
        for i, n in enumerate(widths[1:]):
            whole_number("sizes" if one else f"sizes[{i}]", n)
        activation_function(activation)  # refuse a bad name even if no hidden layer uses it
        activations = [activation] * (len(widths) - 2) + [output]
        layers = [
            Layer(a, b, activation=f, seed=rng)
            for (a, b), f in zip(itertools.pairwise(widths), activations)
        ]
        self._put_together(layers)

    @classmethod
    def from_layers(cls, layers: Sequence[Layer]) -> MLP:
        """Return a net of existing layers, such as trained ones and a new one on top.

        layers: from the inputs to the outputs; they are not copied (`copy.deepcopy` does),
        and their neurons and parameters are renamed through the whole net; frozen parameters
        stay frozen.

        Raises ValueError where a layer does not take as many inputs as the one before it has
        neurons, or is in the net twice.

        >>> old = MLP(2, [3, 1])
        >>> MLP.from_layers([old.layers[0].freeze(), Layer(3, 2, activation="linear")])
        MLP(2, [3, 2], activation='sigmoid', output='linear')
        """
        if not isinstance(layers, (list, tuple)) or not all(
            isinstance(layer, Layer) for layer in layers
        ):
            raise TypeError(f"a net is made of a list of layers, not of {layers!r}")
        layers = list(layers)
        if not layers or len(set(map(id, layers))) < len(layers):
            raise ValueError("a net is made of one layer or more, each standing in it once")
        for below, above in itertools.pairwise(layers):
            if len(above.neurons[0].weights) != len(below.neurons):
                raise ValueError(f"{above!r} does not fit on the outputs of {below!r}")
        net = cls.__new__(cls)
        net._put_together(layers)
        return net

    def _put_together(self, layers: list[Layer]) -> None:
        self.layers = layers
        neurons = [neuron for layer in layers for neuron in layer.neurons]
        n_out = len(layers[-1].neurons)
        names = [f"h{i + 1}" for i in range(len(neurons) - n_out)]
        name_neurons(neurons, names + [f"o{i + 1}" for i in range(n_out)])

    def __call__(self, inputs: Row) -> Any:  # a Value, or a list of them
        """Return the output for one row of inputs, or a list of several outputs."""
        first = self.layers[0].neurons[0]
        outputs: Any = inputs if type(inputs) is list else first.row(inputs)
        for layer in self.layers:
            outputs = [neuron(outputs) for neuron in layer.neurons]
        return outputs[0] if len(outputs) == 1 else outputs

    def __repr__(self) -> str:
        first, last = self.layers[0].neurons[0], self.layers[-1].neurons[0]
        sizes = [len(layer.neurons) for layer in self.layers]
        kinds = f"activation={first.activation!r}, output={last.activation!r}"
        return f"MLP({len(first.weights)}, {sizes}, {kinds})"


def layers_of(net: Module) -> list[list[Neuron]]:
    """Return the neurons of a Neuron, a Layer or an MLP, layer by layer.

    >>> [len(layer) for layer in layers_of(MLP(2, [3, 1]))]
    [3, 1]
    """
    if isinstance(net, Neuron):
        return [[net]]
    layers: list[Layer] = [net] if isinstance(net, Layer) else net.layers  # type: ignore[attr-defined]
    return [layer.neurons for layer in layers]


def name_neurons(neurons: Sequence[Neuron], names: Sequence[str]) -> None:
    """Number weights and biases through the neurons, and give each neuron its name."""
    count = itertools.count(1)
    for i, (neuron, name) in enumerate(zip(neurons, names), start=1):
        role = "output" if name.startswith("o") else "hidden"
        neuron.name = Name(name, group=name, role=role)
        neuron._sum_name = Name(f"sum_{name}", group=name, role="sum")
        _name_parameter(neuron.bias, f"b{i}", name)
        for weight in neuron.weights:
            _name_parameter(weight, f"w{next(count)}", name)


def _name_parameter(value: Value, text: str, group: str) -> None:
    role = FROZEN if is_frozen(value) else TRAINED
    value.label = Name(text, group=group, role=role)
