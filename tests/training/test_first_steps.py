"""What training promises: the tutorial's loop, in one call that loses nothing."""

import pytest

import microgradnet as mg


def people():
    return mg.datasets.gender()


def test_the_tutorials_net_learns_the_six_people():
    net = mg.MLP(2, [2, 1], seed=0)
    X, y = people()
    mg.fit(net, X, y, progress=False)
    assert [round(net(row).data) for row in X] == y.tolist()


def test_a_history_holds_the_loss_of_each_epoch():
    history = mg.fit(mg.MLP(2, [2, 1], seed=0), *people(), epochs=50, progress=False)
    assert history.epochs == list(range(1, 51))
    assert history.losses[-1] < history.losses[0]


def test_a_step_goes_down_the_gradient():
    neuron = mg.Neuron(weights=[1.0], bias=0.0, activation="linear")
    mg.fit(neuron, [[1.0]], [0.0], optimizer=mg.SGD(0.25), epochs=1, progress=False)
    assert [p.data for p in neuron.parameters()] == [0.5, -0.5]


def test_two_trainings_are_the_same_to_the_last_bit():
    nets = [mg.MLP(2, [2, 1], seed=0) for _ in range(2)]
    for net in nets:
        mg.fit(net, *people(), epochs=20, shuffle=True, seed=1, progress=False)
    assert nets[0].state_dict() == nets[1].state_dict()


def test_the_engine_does_not_change_what_is_learnt():
    nets = [mg.MLP(2, [2, 1], seed=0) for _ in range(2)]
    for net, engine in zip(nets, ("eager", "python")):
        mg.fit(net, *people(), epochs=20, engine=engine, progress=False)
    assert nets[0].state_dict() == nets[1].state_dict()


def test_adam_learns_sooner_than_a_small_plain_step():
    losses = []
    for optimizer in (mg.SGD(0.01), mg.Adam(0.05)):
        net = mg.MLP(2, [2, 1], seed=0)
        history = mg.fit(net, *people(), optimizer=optimizer, epochs=100, progress=False)
        losses.append(history.losses[-1])
    assert losses[1] < losses[0] / 2


def test_held_out_people_are_watched():
    net = mg.MLP(2, [2, 1], seed=0)
    history = mg.fit(net, *people(), validation=0.34, seed=1, epochs=10, progress=False)
    assert len(history.validation) == len(history.losses) == 10


def test_patience_stops_a_training_that_gains_nothing():
    net = mg.Neuron(weights=[0.0], bias=0.0, activation="linear")
    history = mg.fit(net, [[1.0]], [0.0], epochs=500, patience=3, progress=False)
    assert len(history.epochs) < 10


def test_standardized_columns_have_mean_0_and_deviation_1():
    Z, scaling = mg.standardize([[1.0], [3.0]])
    assert Z.tolist() == [[-1.0], [1.0]]
    assert scaling([5.0]).tolist() == [3.0]


def test_bad_data_is_named_by_row_and_column_and_nothing_is_trained():
    net = mg.MLP(2, [2, 1], seed=0)
    before = net.state_dict()
    with pytest.raises(ValueError, match="X, row 1, column 0: expected a finite number"):
        mg.fit(net, [[1.0, 2.0], [float("nan"), 4.0]], [0, 1], progress=False)
    assert net.state_dict() == before
