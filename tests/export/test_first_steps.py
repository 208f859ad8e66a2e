"""What exports promise: a net elsewhere gives the numbers that it gives here."""

import pytest

import microgradnet as mg

ROW = [27.0, 17.0]


def net():
    return mg.MLP(2, [2, 1], activation="tanh", seed=0)


@pytest.fixture
def torch():
    return pytest.importorskip("torch", reason="needs the extra torch")


@pytest.fixture
def onnx():
    return pytest.importorskip("onnx", reason="needs the extra onnx")


def test_a_module_of_torch_gives_the_same(torch):
    found = mg.to_torch(net())(torch.tensor(ROW, dtype=torch.float64))
    assert found.item() == pytest.approx(net()(ROW).data, rel=1e-12)


def test_a_module_of_torch_takes_many_rows(torch):
    rows = torch.tensor([ROW, ROW], dtype=torch.float64)
    assert mg.to_torch(net())(rows).shape == (2, 1)


def test_a_module_of_torch_has_the_weights(torch):
    weights = mg.to_torch(net())[0].weight.tolist()
    numbers = net().state_dict()
    assert weights == [[numbers["w1"], numbers["w2"]], [numbers["w3"], numbers["w4"]]]


def test_a_module_of_torch_can_be_trained(torch):
    module = mg.to_torch(net())
    module(torch.tensor(ROW, dtype=torch.float64)).sum().backward()
    assert module[0].weight.grad is not None


def test_a_module_of_torch_is_apart_from_the_net(torch):
    ours = net()
    with torch.no_grad():
        mg.to_torch(ours)[0].weight.zero_()
    assert ours.state_dict() == net().state_dict()


def test_a_model_of_onnx_has_a_node_for_each_step(onnx):
    kinds = [node.op_type for node in mg.to_onnx(net()).graph.node]
    assert kinds == ["Gemm", "Tanh", "Gemm", "Sigmoid"]


def test_a_model_of_onnx_takes_x_and_gives_y(onnx):
    graph = mg.to_onnx(net()).graph
    assert [i.name for i in graph.input] == ["x"]
    assert [o.name for o in graph.output] == ["y"]


def test_a_model_of_onnx_is_valid_and_written_to_a_file(onnx, tmp_path):
    model = mg.to_onnx(net(), tmp_path / "net.onnx")
    onnx.checker.check_model(model)
    assert onnx.load(tmp_path / "net.onnx") == model


def test_a_neuron_alone_can_be_exported(torch):
    neuron = mg.Neuron(weights=[0, 1], bias=4)
    found = mg.to_torch(neuron)(torch.tensor(ROW, dtype=torch.float64))
    assert found.item() == pytest.approx(neuron(ROW).data, rel=1e-12)


def test_what_is_no_net_is_refused(torch, onnx):
    for export in (mg.to_torch, mg.to_onnx):
        with pytest.raises(
            TypeError, match="an MLP, a Layer or a Neuron can be exported, not float"
        ):
            export(1.0)
