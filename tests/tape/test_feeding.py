"""What a file defines and never calls is fed: objects, arguments, data of unequal sizes."""

import numpy as np
import pytest

from microgradnet.tape.feeding.feeder import Fed, feed
from microgradnet.tape.feeding.guesses import Sizes
from microgradnet.tape.limits import NAMES, ending_loops

LAYERS = """
class Affine:
    def __init__(self, W, b):
        self.W, self.b, self.x = W, b, None
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, dout):
        self.dW = self.x.T @ dout
        self.db = dout.sum(axis=0)
        return dout @ self.W.T
"""
DENSE = """
class Layer:
    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.1 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases
    def backward(self, dvalues):
        self.dweights = np.dot(self.inputs.T, dvalues)
        self.dinputs = np.dot(dvalues, self.weights.T)
"""
NET = """
class Net:
    def __init__(self, sizes, activation="relu"):
        self.W = [np.random.randn(b, a) for a, b in zip(sizes, sizes[1:])]
        if activation == "tanh":
            self.f = np.tanh
        else:
            self.f = lambda z: np.maximum(z, 0)
    def feedforward(self, a):
        for w in self.W:
            a = np.tanh(w @ a)
        return a
    def backprop(self, x, y):
        activations = [x]
        for w in self.W:
            activations.append(np.tanh(w @ activations[-1]))
        delta = (activations[-1] - y) * (1 - activations[-1] ** 2)
        nabla = [delta @ activations[-2].T]
        for k in range(2, len(self.W) + 1):
            delta = (self.W[-k + 1].T @ delta) * (1 - activations[-k] ** 2)
            nabla.insert(0, delta @ activations[-k - 1].T)
        return nabla
    def update_mini_batch(self, mini_batch, eta):
        for x, y in mini_batch:
            self.W = [w - eta * d for w, d in zip(self.W, self.backprop(x, y))]
"""
TRAINER = """
class Network:
    def __init__(self, input_size, hidden_size, output_size, learning_rate=0.1):
        self.W1 = np.random.randn(input_size, hidden_size)
        self.W2 = np.random.randn(hidden_size, output_size)
        self.lr = learning_rate
    def forward(self, X):
        self.h = np.tanh(X @ self.W1)
        return self.h @ self.W2
    def backward(self, X, y, o):
        d = (o - y) / len(X)
        dW2 = self.h.T @ d
        dW1 = X.T @ (d @ self.W2.T * (1 - self.h ** 2))
        self.W2 -= self.lr * dW2
        self.W1 -= self.lr * dW1
    def train(self, X, y, epochs=10000):
        for _ in range(epochs):
            self.backward(X, y, self.forward(X))
"""
CACHES = """
def initialize_parameters(n_x, n_h, n_y):
    return {"W1": np.random.randn(n_h, n_x), "W2": np.random.randn(n_y, n_h)}
def forward_propagation(X, parameters):
    A1 = np.tanh(parameters["W1"] @ X)
    A2 = parameters["W2"] @ A1
    cache = {"A1": A1, "A2": A2}
    return A2, cache
def backward_propagation(parameters, cache, X, Y):
    m = X.shape[1]
    dZ2 = cache["A2"] - Y
    dW2 = dZ2 @ cache["A1"].T / m
    dZ1 = parameters["W2"].T @ dZ2 * (1 - cache["A1"] ** 2)
    dW1 = dZ1 @ X.T / m
    return {"dW1": dW1, "dW2": dW2}
"""
CONVOLUTION = """
class Pool:
    def __init__(self, pool_size):
        self.k = pool_size
    def forward(self, x):
        B, C, H, W = x.shape
        self.x, k = x, self.k
        out = np.zeros((B, C, H // k, W // k))
        for i in range(H // k):
            for j in range(W // k):
                out[:, :, i, j] = x[:, :, i * k:i * k + k, j * k:j * k + k].mean(axis=(2, 3))
        return out
    def backward(self, dout):
        dx = np.zeros_like(self.x)
        for i in range(dout.shape[2]):
            for j in range(dout.shape[3]):
                k = self.k
                dx[:, :, i * k:i * k + k, j * k:j * k + k] += dout[:, :, i, j, None, None] / k ** 2
        return dx
"""
SEQUENCE = """
class Recurrent:
    def __init__(self, input_dim, hidden_dim):
        self.Wx = np.random.randn(input_dim, hidden_dim)
        self.Wh = np.random.randn(hidden_dim, hidden_dim)
    def forward(self, x):
        B, T, D = x.shape
        self.x, self.h = x, np.zeros((B, T + 1, len(self.Wh)))
        for t in range(T):
            self.h[:, t] = np.tanh(x[:, t] @ self.Wx + self.h[:, t - 1] @ self.Wh)
        return self.h[:, :T]
    def backward(self, dh):
        self.dWx = np.zeros_like(self.Wx)
        for t in range(dh.shape[1]):
            self.dWx += self.x[:, t].T @ (dh[:, t] * (1 - self.h[:, t] ** 2))
        return dh
"""
ENTROPY = """
class SoftmaxCrossEntropy:
    def forward(self, logits, labels):
        e = np.exp(logits - logits.max(axis=1, keepdims=True))
        self.p, self.labels = e / e.sum(axis=1, keepdims=True), labels
        return -np.log(self.p[range(len(labels)), labels]).mean()
    def backward(self):
        d = self.p.copy()
        d[range(len(d)), self.labels] -= 1
        return d / len(d)
"""
BASES = """
from abc import ABC, abstractmethod
class Base(ABC):
    @abstractmethod
    def forward(self, x): ...
    @abstractmethod
    def backward(self, grad): ...
class Sigmoid(Base):
    def forward(self, x):
        self.s = 1 / (1 + np.exp(-x))
        return self.s
    def backward(self, grad):
        return grad * self.s * (1 - self.s)
"""
FUNCTION = """
def gradient_step(X, y, w, lr):
    error = X @ w - y
    grad = X.T @ error / len(y)
    return w - lr * grad
"""
CASES = {
    **{"layers": (LAYERS, "Affine.backward"), "dense": (DENSE, "Layer.backward")},
    **{"net": (NET, "Net.update_mini_batch"), "trainer": (TRAINER, "Network.train")},
    **{"caches": (CACHES, "backward_propagation"), "pool": (CONVOLUTION, "Pool.backward")},
    **{"sequence": (SEQUENCE, "Recurrent.backward"), "bases": (BASES, "Sigmoid.backward")},
    **{"entropy": (ENTROPY, "SoftmaxCrossEntropy.backward")},
    **{"function": (FUNCTION, "gradient_step")},
}


ANNOTATED = """
class Net:
    def __init__(self, sizes: list[int], names: list[str]):
        self.w = [[0.1 * (i + j) for j in range(sizes[0])] for i in range(sizes[1])]
        self.act = [pick(name) for name in names]
    def fit(self, inputs: list[list[float]], name: str, epochs: int) -> bool:
        name.lower()
        for _ in range(epochs):
            for row in inputs:
                total = 0.0
                for k, x in enumerate(row + []):
                    total += self.w[0][k % len(self.w[0])] * x
                error = self.act[0](total) - row[0]
                self.w[0][0] -= 0.1 * error * row[0]
                self.w[0][1] -= 0.1 * error * row[1]
        return True
def pick(name: str):
    match name:
        case "same":
            return lambda x: x
        case "half":
            return lambda x: x / 2
    raise ValueError(name)
"""
KEYWORDS = """
class Model:
    def __init__(self, n_in):
        self.w = np.ones(n_in)
    def train(self, **options):
        x, rate = options["inputs"], options["rate"]
        if options.get("verbose", False):
            print(x)
        dw = x.T @ (x @ self.w - 1)
        self.w -= rate * dw
"""
GLOBALS = """
weights = []
def init(sizes=[2, 3, 1]):
    global sizes_now
    sizes_now = sizes
    for n, m in zip(sizes, sizes[1:]):
        weights.append(np.ones((n, m)))
def train(x, y):
    h = x
    for w in weights:
        h = h @ w
    delta = h - y
    for k in range(len(sizes_now) - 1):
        weights[k] -= 0.1 * delta.sum()
"""


def fed(text, **options):
    text = "import numpy as np\n" + text
    namespace = {**NAMES, "__name__": "fed", "__file__": "fed.py"}
    exec(ending_loops(text, "fed.py"), namespace)
    with np.errstate(all="ignore"):
        return feed(namespace, text, **options)


@pytest.fixture(scope="module")
def every():
    return {name: fed(text) for name, (text, _) in CASES.items()}


@pytest.mark.parametrize("name", CASES)
def test_what_is_never_called_is_fed(every, name):
    assert [x.goal for x in every[name]] == [CASES[name][1]]


def shapes(x):
    """The shapes of all arrays in what was made up."""
    if isinstance(x, np.ndarray):
        return [x.shape]
    parts = x.values() if isinstance(x, dict) else x if isinstance(x, (list, tuple)) else ()
    return [shape for part in parts for shape in shapes(part)]


@pytest.mark.parametrize("name", CASES)
def test_it_can_be_done_again_at_other_sizes(every, name):
    (first,) = every[name]
    other = first.again(3)
    assert [call.name for call in other.calls] == [call.name for call in first.calls]
    before, after = ([shapes(call.arguments) for call in x.calls] for x in (first, other))
    assert before != after


@pytest.mark.parametrize("name", CASES)
def test_sizes_are_unequal(every, name):
    (first,) = every[name]
    matrices = [s for call in first.calls for s in shapes(call.arguments) if len(s) > 1]
    assert all(len(set(s)) > 1 for s in matrices)


def test_what_was_made_up_is_said(every):
    (first,) = every["trainer"]
    assert first.text.startswith("Made up: Network(input_size=")
    assert "Network.train(X=" in first.text


def test_the_caller_makes_the_calls():
    seen = []

    def call(function, *inputs, **options):
        seen.append(function.__name__)
        return function(*inputs, **options)

    (first,) = fed(DENSE, call=call)
    assert seen[:2] == ["Layer", "forward"]
    seen.clear()
    first.again(2, call)
    assert seen == ["Layer", "forward", "backward"]


def test_what_ran_already_is_not_fed():
    assert fed(LAYERS, ran={"Affine.backward"}) == []


@pytest.mark.slow
def test_what_gives_only_zeros_or_no_numbers_is_not_fed():
    for body in ("return dout * 0", "return dout / 0", "raise NotImplementedError"):
        found = fed(f"def backward(dout):\n    {body}\n")
        assert not any(isinstance(x, Fed) for x in found)


@pytest.mark.slow
def test_the_reason_for_what_is_not_fed_is_its_own_error():
    text = "def train(data):\n    dw = len(data.rows()) + data.nothing\n    return dw\n"
    (unfed,) = fed(text)
    assert unfed.goal == "train"
    assert "train did not run" in unfed.reason
    assert "line 3, AttributeError" in unfed.reason


def test_annotations_tell_the_kinds_of_lists():
    (first,) = fed(ANNOTATED)
    values = first.calls[-1].arguments
    assert isinstance(values["inputs"][0], list)
    assert isinstance(values["name"], str)


def test_keywords_are_fed_by_the_keys_that_the_code_reads():
    (first,) = fed(KEYWORDS)
    assert first.calls[-1].arguments.keys() == {"inputs", "rate"}


def test_a_function_that_sets_global_names_is_called_first():
    (first,) = fed(GLOBALS)
    assert [call.name for call in first.calls] == ["init", "train"]


@pytest.mark.slow
def test_the_files_own_calls_come_first():
    text = TRAINER + "def later():\n    return Network(9, output_size=2, hidden_size=8)\n"
    (first,) = fed(text)
    assert all(isinstance(x, int) for x in first.calls[0].arguments.values())


def test_what_is_fed_is_the_same_each_time():
    first, second = (fed(NET)[0] for _ in range(2))
    assert first.text == second.text
    assert str(first.calls[-1].arguments) == str(second.calls[-1].arguments)


def test_sizes_keep_their_relations():
    sizes = Sizes()
    a, b, c, d = (sizes.new() for _ in range(4))
    sizes.set(c, sizes[a] + sizes[b])
    sizes.set(d, sizes[a])
    other = sizes.other(1)
    assert other[c] == other[a] + other[b]
    assert other[d] == other[a] != other[b]


STACK = """
class Dense:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out)
    def forward(self, x):
        self.x = x
        return x @ self.W
    def backward(self, grad, lr):
        dx = grad @ self.W.T
        self.W -= lr * self.x.T @ grad
        return dx

class Network:
    def __init__(self):
        self.layers = []
    def add(self, layer):
        self.layers.append(layer)
    def fit(self, X, y, epochs, lr):
        for _ in range(epochs):
            out = X
            for layer in self.layers:
                out = layer.forward(out)
            grad = out - y
            for layer in reversed(self.layers):
                grad = layer.backward(grad, lr)
"""
ADD = "    def add(self, layer):\n        self.layers.append(layer)\n"
GIVEN = STACK.replace(
    "self):\n        self.layers = []", "self, layers):\n        self.layers = layers"
)


@pytest.mark.parametrize("text", [STACK, GIVEN.replace(ADD, "")], ids=["added", "given"])
def test_a_net_gets_two_layers_of_chained_sizes(text):
    net = next(x for x in fed(text) if x.goal == "Network.fit")
    first, second = (c.arguments for c in net.calls if c.name == "Dense")
    assert first["n_out"] == second["n_in"]
    assert len({*first.values(), *second.values()}) == 3


def test_a_call_that_exits_is_tried_with_other_arguments():
    text = "def train(w, x):\n    if x.ndim < 3:\n        raise SystemExit\n    w -= x.sum() * w\n"
    assert [type(x).__name__ for x in fed(text)] in (["Fed"], ["Unfed"])
