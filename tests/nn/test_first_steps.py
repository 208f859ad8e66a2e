"""What nets promise: the tutorial's names and numbers, losses, and files that lose nothing."""

import microgradnet as mg


def test_a_neuron_is_weights_a_bias_and_an_activation():
    neuron = mg.Neuron(weights=[0, 1], bias=4)
    assert neuron([27, 17]).data == mg.sigmoid(27 * 0 + 17 * 1 + 4)


def test_a_layer_gives_a_value_for_each_neuron():
    assert [y.label for y in mg.Layer(2, 3)([1.0, 2.0])] == ["o1", "o2", "o3"]


def test_a_net_names_its_parameters_as_the_tutorial():
    names = [name for name, _ in mg.MLP(2, [2, 1]).named_parameters()]
    assert names == ["w1", "w2", "b1", "w3", "w4", "b2", "w5", "w6", "b3"]


def test_the_same_seed_gives_the_same_net():
    first, second, other = (mg.MLP(2, [2, 1], seed=seed) for seed in (1, 1, 2))
    assert first.state_dict() == second.state_dict() != other.state_dict()


def test_the_numbers_of_a_net_can_be_read_and_set():
    net, other = mg.MLP(2, [2, 1], seed=1), mg.MLP(2, [2, 1], seed=2)
    other.load_state_dict(net.state_dict())
    assert other([1.0, 2.0]).data == net([1.0, 2.0]).data


def test_a_loss_gives_every_parameter_a_gradient():
    net = mg.MLP(2, [2, 1], seed=0)
    mg.mse(net([1.0, 2.0]), 1.0).backward()
    assert all(p.grad != 0.0 for p in net.parameters())


def test_zero_grad_forgets_the_gradients():
    net = mg.MLP(2, [2, 1], seed=0)
    mg.mse(net([1.0, 2.0]), 1.0).backward()
    net.zero_grad()
    assert all(p.grad == 0.0 for p in net.parameters())


def test_cross_entropy_punishes_being_sure_and_wrong():
    assert mg.binary_cross_entropy(0.01, 1) > 4.0 > 0.02 > mg.binary_cross_entropy(0.99, 1)


def test_a_frozen_layer_is_not_trained():
    net = mg.MLP(2, [2, 1], seed=0)
    net.layers[0].freeze()
    assert [p.label for p in net.trainable_parameters()] == ["w5", "w6", "b3"]


def test_a_saved_net_comes_back_as_it_was(tmp_path):
    net = mg.MLP(2, [2, 1], seed=0)
    net.save(tmp_path / "net.json")
    assert mg.load(tmp_path / "net.json").state_dict() == net.state_dict()
