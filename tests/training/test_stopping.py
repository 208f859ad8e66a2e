"""Held-out rows and patience: what is held out teaches nothing, and the best epoch is kept."""

import numpy as np
import pytest

import microgradnet as mg
from microgradnet.nn.losses import LOSSES
from microgradnet.training.samples import held_out, samples
from tests.marks import NATIVE, few

X, y = mg.datasets.gender()
engines = pytest.mark.parametrize("engine", ["eager", "python", "numpy", NATIVE])


def noise(n, seed=0):
    """Rows that teach nothing: what is learned of them is wrong elsewhere."""
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, 2)), rng.integers(0, 2, n).astype(float)


def mean_loss(net, rows, targets):
    return sum(mg.mse(net(row), t).data for row, t in zip(rows, targets)) / len(rows)


@engines
def test_the_best_epoch_of_the_held_out_rows_is_kept(engine):
    rows, targets = noise(30)
    others = noise(20, seed=1)
    net = mg.MLP(2, [4, 1], seed=0)
    settings = {"validation": others, "patience": 5, "engine": engine, "progress": False}
    history = mg.fit(net, rows, targets, epochs=400, optimizer=mg.Momentum(0.1), **settings)
    best = int(np.argmin(history.validation))
    assert len(history.epochs) == best + 1 + 5 < 400
    assert len(history.validation) == len(history.losses) == len(history.epochs)
    assert mean_loss(net, *others) == pytest.approx(history.validation[best], rel=1e-12)
    again = mg.MLP(2, [4, 1], seed=0)
    mg.fit(again, rows, targets, epochs=best + 1, optimizer=mg.Momentum(0.1), engine=engine)
    assert again.state_dict() == net.state_dict()


def test_without_patience_all_epochs_run_and_the_last_is_kept_else_the_training_is_watched():
    rows, targets = noise(20)
    net, twin = mg.MLP(2, [4, 1]), mg.MLP(2, [4, 1])
    history = mg.fit(net, rows, targets, epochs=80, validation=noise(9, 1), progress=False)
    mg.fit(twin, rows, targets, epochs=80, progress=False)
    assert net.state_dict() == twin.state_dict()
    assert len(history.validation) == 80
    net = mg.Neuron(weights=[1.0], bias=0.0, activation="linear")
    history = mg.fit(net, [[1.0], [2.0]], [0.0, 4.0], epochs=5000, patience=4, progress=False)
    assert len(history.epochs) < 2000
    assert min(history.losses) == min(history.losses[:-4])
    assert history.validation == []


def test_a_fraction_is_drawn_by_the_seed_and_teaches_nothing():
    rows = samples(X, y)
    splits = [held_out(rows, 0.34, np.random.default_rng(seed)) for seed in (1, 1, 2)]
    assert splits[0] == splits[1] != splits[2]
    train, test = splits[0]
    assert len(test) == 2
    assert sorted(map(str, train + test)) == sorted(map(str, rows))
    net, twin = mg.MLP(2, [2, 1]), mg.MLP(2, [2, 1])
    mg.fit(net, X, y, epochs=30, validation=0.34, seed=1, progress=False)
    mg.fit(twin, [row for row, _ in train], [t for _, t in train], epochs=30, progress=False)
    assert net.state_dict() == twin.state_dict()


@pytest.mark.parametrize(
    ("settings", "error", "says"),
    [
        ({"validation": 0.0}, ValueError, "a fraction between 0 and 1, or"),
        ({"validation": "some"}, TypeError, "a fraction between 0 and 1, or"),
        ({"validation": 0.01}, ValueError, "of 6 rows leaves one side empty"),
        ({"validation": ([[1.0]], [1.0])}, ValueError, "validation has 1 columns, but X has 2"),
        ({"validation": ([[1.0, 2.0]], [1.0, 2.0])}, ValueError, "X has 1 rows, but y has 2"),
        ({"patience": 0}, ValueError, "patience is a whole number from 1"),
        ({"l2": -1}, ValueError, "l2 is a number from 0"),
        ({"l2": "much"}, TypeError, "expected an int, a float"),
        ({"loss": "hinge"}, ValueError, "y, row 0: y_true is -1 or 1; not 0"),
        ({"loss": "softmax_cross_entropy"}, ValueError, "two or more scores"),
    ],
)
def test_settings_that_do_not_fit_are_refused_and_nothing_trained(settings, error, says):
    net = mg.MLP(2, [2, 1])
    before = net.state_dict()
    with pytest.raises(error, match=says):
        mg.fit(net, X, y, **settings)
    assert net.state_dict() == before


@pytest.mark.parametrize("name", sorted(LOSSES))
@pytest.mark.parametrize("batch_size", few([1, 4], 1))
def test_every_loss_learns_the_six_people(name, batch_size):
    output = "sigmoid" if name in ("mse", "binary_cross_entropy") else "linear"
    several = name == "softmax_cross_entropy"
    net = mg.MLP(2, [2, 2 if several else 1], output=output, seed=0)
    targets = 2 * y - 1 if name == "hinge" else y
    history = mg.fit(
        net, X, targets, loss=name, optimizer=mg.Adam(0.05), epochs=300, batch_size=batch_size
    )
    assert history.losses[-1] < 0.1 < history.losses[0]
    outputs = [net(row) for row in X]
    found = [int(np.argmax([v.data for v in o])) for o in outputs] if several else [
        o.data > (0 if name == "hinge" else 0.5) for o in outputs
    ]  # fmt: skip
    assert found == [bool(t) for t in y]


def test_a_class_is_a_number_or_a_row():
    nets = [mg.MLP(2, [2, 2], output="linear") for _ in range(2)]
    for net, targets in zip(nets, (y, np.stack([1 - y, y], axis=1))):
        mg.fit(net, X, targets, loss="softmax_cross_entropy", epochs=30, engine="python")
    assert nets[0].state_dict() == pytest.approx(nets[1].state_dict(), rel=1e-13)


def test_cross_entropy_trains_a_net_that_is_sure_and_wrong():
    for engine in ("eager", "python"):
        net = mg.Neuron(weights=[1.0], bias=0.0)
        mg.fit(net, [[-800.0]], [1.0], loss="binary_cross_entropy", epochs=1, engine=engine)
        assert net.weights[0].data == 1.0 + 0.1 * -800.0


def test_the_penalty_is_part_of_the_loss_once_a_step():
    net, twin = mg.MLP(2, [2, 1]), mg.MLP(2, [2, 1])
    history = mg.fit(net, X, y, epochs=1, batch_size=6, l2=0.1)
    loss = sum((mg.mse(twin(row), t) for row, t in zip(X, y)), mg.Value(0.0)) / 6
    loss = loss + 0.1 * mg.l2(twin.parameters())
    loss.backward()
    assert history.losses == pytest.approx([loss.data], rel=1e-14)
    for p, q in zip(net.parameters(), twin.parameters()):
        assert p.data == pytest.approx(q.data - 0.1 * q.grad, rel=1e-13)
