"""Exported nets give what the net gives, to 1e-12, for every activation."""

import copy
import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import microgradnet as mg
from microgradnet.operations.operation import FUNCTIONS, OPS

ONE_INPUT = [name for name in FUNCTIONS if OPS[name].arity - len(OPS[name].defaults) == 1]
ACTIVATIONS = ["linear", *ONE_INPUT]
# Of slope 1 at most, so that the rounding of one layer does not grow in the next.
GENTLE = ["linear", "sigmoid", "tanh", "relu", "leaky_relu", "softplus", "sin", "cos"]


def of_torch(net):
    torch = pytest.importorskip("torch", reason="needs the extra torch")
    module = mg.to_torch(net)
    return lambda rows: module(torch.tensor(rows, dtype=torch.float64)).detach().numpy()


def of_onnx(net):
    pytest.importorskip("onnx", reason="needs the extra onnx")
    runtime = pytest.importorskip("onnxruntime", reason="needs onnxruntime")
    model = mg.to_onnx(net).SerializeToString()
    session = runtime.InferenceSession(model, providers=["CPUExecutionProvider"])
    return lambda rows: session.run(["y"], {"x": rows})[0]


each_way = pytest.mark.parametrize("exported", [of_torch, of_onnx], ids=["torch", "onnx"])


def eager(net, rows):
    outputs = [net(row) for row in rows]
    return np.array([[v.data for v in (y if isinstance(y, list) else [y])] for y in outputs])


def check(exported, net, rows):
    rows = np.asarray(rows, dtype=float)
    np.testing.assert_allclose(exported(net)(rows), eager(net, rows), rtol=1e-12, atol=1e-12)


@each_way
@given(
    st.lists(st.integers(1, 5), min_size=2, max_size=4),
    *[st.sampled_from(GENTLE)] * 2,
    st.integers(0, 99),
)
def test_a_random_net_is_the_same(exported, sizes, activation, output, seed):
    net = mg.MLP(sizes[0], sizes[1:], activation=activation, output=output, seed=seed)
    check(exported, net, np.random.default_rng(seed).uniform(-3, 3, (3, sizes[0])))


@each_way
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_is_the_same_far_out_and_near_0(exported, activation):
    rows = np.random.default_rng(0).normal(size=(200, 3))
    net = mg.MLP(3, [4, 2], activation=activation, output="linear", seed=4)
    check(exported, net, rows)
    net = mg.Neuron(weights=[1.0], bias=0.0, activation=activation)
    sizes = [0.0, 1e-300, 1e-17, 1e-9, 0.3, 1.0, 1.25, 19.0, 36.9, 45.0, 708.0, 800.0, 1e300]
    rows = np.array([[sign * x] for x in sizes for sign in (1.0, -1.0)])
    found, expected = exported(net)(rows), eager(net, rows)
    atol = 1e-16 if activation == "sigmoid" else 1e-300  # onnxruntime's is 0 from -37 on
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=atol)


@each_way
@pytest.mark.parametrize(
    "net",
    [
        mg.Neuron(weights=[0, 1], bias=4),
        mg.Layer(2, 3, activation="tanh", seed=1),
        mg.Layer(2, 1, activation=mg.relu, seed=2),
        mg.MLP(2, [3, 2], activation=lambda v: v * mg.sigmoid(v), output=lambda v: v, seed=3),
        mg.MLP(2, 2, output=lambda v: mg.where(v, 2.0, mg.maximum(-v, 0.1)) ** 1.5, seed=4),
    ],
    ids=["neuron", "layer", "layer of relu", "net of functions", "net of choices"],
)
def test_neurons_layers_and_activations_of_ones_own(exported, net):
    check(exported, net, [[27.0, 17.0], [0.5, -0.25], [-1.0, 0.125]])


@each_way
def test_an_operation_of_ones_own_is_exported_if_it_is_a_formula(exported):
    mg.op("cube", lambda v: v * v * v, lambda v: 3 * v * v)
    mg.op("root", lambda v: math.sqrt(v), lambda v: 0.5 / math.sqrt(v), domain=(0, math.inf))
    check(exported, mg.MLP(2, [3, 1], activation="cube"), [[0.5, -0.25]])
    with pytest.raises(TypeError, match="'root' cannot be written as a program"):
        exported(mg.MLP(2, [3, 1], activation="root"))


@each_way
def test_what_cannot_be_exported_is_said(exported):
    with pytest.raises(mg.BranchError, match=r"test_export\.py, line"):
        exported(mg.Neuron(2, activation=lambda v: v if v > 0 else -v))
    layer = mg.Layer(2, 2, activation="tanh")
    layer.neurons[1] = mg.Neuron(2)
    with pytest.raises(ValueError, match="has another activation than"):
        exported(layer)


def test_torch_computes_the_same_gradients():
    torch = pytest.importorskip("torch", reason="needs the extra torch")
    net = mg.MLP(2, [3, 1], activation="tanh", seed=5)
    module = mg.to_torch(net)
    mg.mse(net([0.5, -0.25]), 1.0).backward()
    ((module(torch.tensor([0.5, -0.25], dtype=torch.float64)) - 1.0) ** 2).sum().backward()
    for layer, linear in zip(net.layers, [module[0], module[2]], strict=True):
        weights = [[w.grad for w in neuron.weights] for neuron in layer.neurons]
        biases = [neuron.bias.grad for neuron in layer.neurons]
        np.testing.assert_allclose(linear.weight.grad.numpy(), weights, rtol=1e-12)
        np.testing.assert_allclose(linear.bias.grad.numpy(), biases, rtol=1e-12)


def test_a_torch_module_is_ordinary():
    torch = pytest.importorskip("torch", reason="needs the extra torch")
    torch.manual_seed(0)
    before = torch.random.get_rng_state()
    module = mg.to_torch(mg.MLP(2, [2, 1], activation="exp", output=lambda v: v * v))
    assert torch.equal(torch.random.get_rng_state(), before)
    assert "Recorded(exp)" in repr(module)
    assert "Recorded(t1 = x1 * x1)" in repr(module)
    rows = torch.ones(4, 2, dtype=torch.float64)
    assert torch.equal(copy.deepcopy(module)(rows), module(rows))
    assert list(module.state_dict()) == ["0.weight", "0.bias", "2.weight", "2.bias"]


def test_what_onnx_has_no_operation_for_is_said():
    pytest.importorskip("onnx", reason="needs the extra onnx")
    with pytest.raises(ValueError, match="ONNX has no 'hypot' of doubles"):
        mg.to_onnx(mg.Neuron(2, activation=lambda v: mg.hypot(v, 1.0)))


@pytest.mark.parametrize("name", ["torch", "onnx"])
def test_without_the_extra_the_error_says_what_to_install(name):
    source = f"import sys; sys.modules[{name!r}] = None; import microgradnet as mg; "
    source += f"mg.to_{name}(mg.MLP(2, [2, 1]))"
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True)
    command = f"python3 -m pip --python .venv/bin/python install -e '.[{name}]'"
    assert done.stderr.endswith(f"ImportError: to_{name} needs {name}: {command}\n")
