"""Training: it follows the tutorial's hand-written loop, and stops without losing anything."""

import math

import numpy as np
import pytest

import microgradnet as mg
from microgradnet.training import fitting
from tests.marks import NATIVE
from tests.strategies import trained

X, y = mg.datasets.gender()


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def numpy_steps(p, rate=0.1, epochs=1000):
    """The tutorial's loop on NumPy with derivatives by hand; yields the parameters per step."""
    *hidden, out = np.reshape([p[k] for k in p], (3, 3))  # two weights and a bias a neuron
    for x, y_true in [*zip(X, y)] * epochs:
        x = np.append(x, 1.0)
        h = np.append(sigmoid(hidden @ x), 1.0)
        y_pred = sigmoid(out @ h)
        d_sum = -2 * (y_true - y_pred) * y_pred * (1 - y_pred)
        d_hidden = (d_sum * out * h * (1 - h))[:2]
        hidden, out = hidden - rate * np.outer(d_hidden, x), out - rate * d_sum * h
        yield (*hidden.ravel(), *out)


def test_all_6000_steps_follow_numpy_with_derivatives_by_hand():
    net = mg.MLP(2, [2, 1], seed=0)
    parameters, sgd = net.parameters(), mg.SGD(0.1)
    worst = 0.0
    samples = [(row, target) for _ in range(1000) for row, target in zip(X.tolist(), y.tolist())]
    for (row, target), expected in zip(samples, numpy_steps(net.state_dict()), strict=True):
        net.zero_grad()
        mg.mse(net(row), target).backward()
        for p in parameters:
            p.data = sgd.step(p.data, p.grad)
        worst = max(worst, *(abs(p.data - e) for p, e in zip(parameters, expected)))
    assert worst < 1e-12
    fitted = mg.MLP(2, [2, 1], seed=0)
    mg.fit(fitted, X, y, progress=False)
    assert fitted.state_dict() == net.state_dict()


def test_the_loss_of_an_epoch_is_the_mean_before_each_step():
    net = mg.MLP(2, [2, 1], seed=0)
    history = mg.fit(net, X, y, optimizer=mg.SGD(1e-300), epochs=1)
    expected = sum(mg.mse(net(row), t).data for row, t in zip(X, y)) / 6
    assert history.losses == [expected]


def test_a_batch_steps_along_the_mean_gradient():
    net, twin = mg.MLP(2, [2, 1], seed=0), mg.MLP(2, [2, 1], seed=0)
    mg.fit(net, X, y, epochs=1, batch_size=6)
    total = sum((mg.mse(twin(row), t) for row, t in zip(X, y)), mg.Value(0.0)) / 6
    total.backward()
    for p, q in zip(net.parameters(), twin.parameters()):
        assert p.data == pytest.approx(q.data - 0.1 * q.grad, rel=1e-14, abs=1e-16)


def test_shuffling_is_decided_by_the_seed():
    nets = [mg.MLP(2, [2, 1], seed=0) for _ in range(4)]
    for net, seed in zip(nets, [1, 1, 2, None]):
        mg.fit(net, X, y, epochs=5, shuffle=seed is not None, seed=seed)
    a, b, c, plain = (net.state_dict() for net in nets)
    assert a == b
    assert a != c
    assert a != plain


def test_several_outputs_and_a_loss_of_ones_own():
    net = mg.MLP(2, [3, 2], seed=0)
    targets = np.stack([y, 1 - y], axis=1)
    history = mg.fit(net, X, targets, epochs=30)
    assert history.losses[-1] < history.losses[0]
    history = mg.fit(net, X, targets, loss=lambda p, t: abs(p[0] - t[0]), epochs=2)
    assert len(history.losses) == 2


@pytest.mark.parametrize("engine", ["python", "numpy", NATIVE])
def test_an_engine_stops_at_a_step_that_is_not_finite_as_eager_does(engine):
    found = []
    for name in ("eager", engine):
        net = mg.Neuron(weights=[1.0], bias=0.0, activation="linear")
        with pytest.raises(mg.NonFiniteError, match=r"w1|L|o1|pow") as caught:
            mg.fit(net, [[10.0]], [0.0], optimizer=mg.SGD(1e10), epochs=100, engine=name)
        found.append((str(caught.value), net.state_dict()))
    assert found[0] == found[1]


def test_what_may_differ_each_time_is_recorded_each_time():
    calls = []

    def loss(y_pred, y_true):
        calls.append(1)
        return (y_pred - y_true) ** 2 if y_pred > 0.5 else abs(y_pred - y_true)

    mg.fit(mg.MLP(2, [2, 1]), X, y, loss=loss, epochs=50)
    assert len(calls) == 300
    with pytest.raises(mg.BranchError, match=r"y_pred > 0\.5"):
        mg.fit(mg.MLP(2, [2, 1]), X, y, loss=loss, epochs=50, engine="python")


def test_a_terminal_sees_progress_and_a_pipe_nothing(monkeypatch, capfd):
    mg.fit(mg.MLP(2, [2, 1]), X, y, epochs=3)
    assert capfd.readouterr() == ("", "")
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    mg.fit(mg.MLP(2, [2, 1]), X, y, epochs=3)
    assert "epoch 3/3" in capfd.readouterr().err
    mg.fit(mg.MLP(2, [2, 1]), X, y, epochs=3, progress=False)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("when", range(1, 60, 7))
def test_an_interrupt_keeps_the_last_whole_step(when):
    """Interrupted wherever: the parameters are those after some whole number of steps."""

    class Interrupted(mg.SGD):
        left = when

        def step(self, parameter, gradient):
            Interrupted.left -= 1
            if not Interrupted.left:
                raise KeyboardInterrupt
            return super().step(parameter, gradient)

    net = mg.MLP(2, [2, 1], seed=0)
    start = net.state_dict()
    with pytest.raises(KeyboardInterrupt):
        mg.fit(net, X, y, optimizer=Interrupted(0.1))
    steps = [tuple(start.values()), *numpy_steps(start, epochs=2)]
    whole = steps[(when - 1) // 9]
    assert tuple(net.state_dict().values()) == pytest.approx(whole, abs=1e-13)


@pytest.mark.parametrize("engine", ["eager", "python", "numpy"])
def test_an_interrupt_while_the_last_numbers_are_set_sets_all_of_them(monkeypatch, engine):
    whole, torn = trained(epochs=3, engine=engine)[0], mg.MLP(2, [2, 1], seed=0)
    assign = fitting.assign

    def interrupted(parameters, numbers):
        monkeypatch.setattr(fitting, "assign", assign)
        assign(parameters[:3], numbers[:3])
        raise KeyboardInterrupt

    monkeypatch.setattr(fitting, "assign", interrupted)
    with pytest.raises(KeyboardInterrupt):
        mg.fit(torn, X, y, epochs=3, engine=engine, progress=False)
    assert torn.state_dict() == whole.state_dict()


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        ({"X": [[1, 2], [3, math.nan]]}, ValueError, "X, row 1, column 1: expected a finite"),
        ({"X": [[1, 2], [10**400, 2]]}, ValueError, "X, row 1, column 0"),
        ({"X": [[1, 2], ["a", 4]]}, TypeError, "X, row 1, column 0: expected a number, not 'a'"),
        ({"X": [[1, 2], [3]]}, ValueError, "X, row 1 has 1 columns, but row 0 has 2"),
        ({"X": [[1, 2]] * 3}, ValueError, "X has 3 rows, but y has 2"),
        ({"X": [[1], [2]]}, ValueError, "takes 2 inputs, not 1"),
        ({"X": [], "y": []}, ValueError, "X has no rows"),
        ({"X": [1, 2]}, ValueError, "X, row 0: expected a sequence"),
        ({"X": 3}, ValueError, "X: expected a sequence"),
        ({"X": "text"}, ValueError, "X: expected a sequence"),
        ({"y": [1, None]}, TypeError, "y, row 1: expected a number, not None"),
        ({"y": [1, math.inf]}, ValueError, "y, row 1: expected a finite number, not inf"),
        ({"y": [[1, 2], [3, 4]]}, ValueError, "2"),
        ({"loss": "msee"}, ValueError, "unknown loss 'msee'; known: .*mse"),
        ({"engine": "gpu"}, ValueError, "unknown engine 'gpu'; known: .*eager"),
        ({"epochs": 0}, ValueError, "epochs is a whole number from 1, not 0"),
        ({"batch_size": 2.5}, ValueError, r"batch_size is a whole number from 1, not 2\.5"),
    ],
)
def test_bad_input_is_named_and_nothing_trained(arguments, error, says):
    net = mg.MLP(2, [2, 1])
    before = net.state_dict()
    with pytest.raises(error, match=says):
        mg.fit(net, **{"X": [[1, 2], [3, 4]], "y": [0, 1], **arguments})
    assert net.state_dict() == before


@pytest.mark.parametrize("rate", [0, -0.1, math.nan, math.inf])
def test_a_learning_rate_is_a_positive_number(rate):
    with pytest.raises(ValueError, match="learning rate is a positive number"):
        mg.SGD(rate)
    for rate in ("0.1", None):
        with pytest.raises(TypeError, match="learning rate is a positive number, not"):
            mg.SGD(rate)
    with pytest.raises(ValueError, match="not True"):
        mg.SGD(True)


def test_what_cannot_be_trained_is_refused():
    for optimizer in ("sgd", 0.1, None, mg.SGD):
        with pytest.raises(TypeError, match=r"the optimizer is mg\.SGD"):
            mg.fit(mg.MLP(2, [1]), X, y, optimizer=optimizer)
    with pytest.raises(TypeError, match=r"the net is an mg\.MLP"):
        mg.fit(lambda row: row[0], X, y)
    with pytest.raises(TypeError, match="the loss is a Value"):
        mg.fit(mg.MLP(2, [1]), X, y, loss=lambda p, t: 0.0)

    with pytest.raises(ValueError, match="has no parameters"):
        mg.fit(mg.Module(), X, y)


def test_a_parameter_held_twice_or_in_a_dict_is_one_parameter():
    class Tied(mg.Module):
        def __init__(self):
            self.first = mg.Neuron(2, seed=1)
            self.again = {"same": self.first}

        def __call__(self, row):
            return self.again["same"](row)

    nets = Tied(), mg.Neuron(2, seed=1)
    for net in nets:
        mg.fit(net, X, y, epochs=3, batch_size=3)
    assert list(nets[0].state_dict().values()) == list(nets[1].state_dict().values())


def test_a_column_of_targets_is_a_list_of_targets():
    nets = mg.MLP(2, [2, 1]), mg.MLP(2, [2, 1])
    for net, targets in zip(nets, (y, y[:, None])):
        mg.fit(net, X, targets, epochs=3)
    assert nets[0].state_dict() == nets[1].state_dict()


def test_snapshots_change_nothing_and_are_the_states_on_the_way():
    net, history = trained(epochs=100, snapshots=10)
    plain, without = trained(epochs=100)
    assert history.losses == without.losses
    assert net.state_dict() == plain.state_dict()
    assert without.snapshots is None
    kept = history.snapshots.states
    assert list(kept) == list(range(0, 101, 10))
    assert kept[0] == [p.data for p in mg.MLP(2, [2, 1], seed=0).parameters()]
    at_30, _ = trained(epochs=30)
    assert kept[30] == [p.data for p in at_30.parameters()]
    assert kept[100] == [p.data for p in net.parameters()]
    assert list(trained(epochs=7, snapshots=3)[1].snapshots.states) == [0, 2, 4, 6, 7]
    for options in ({"shuffle": True, "seed": 1}, {"engine": "eager"}):
        _, history = trained(epochs=20, snapshots=4, **options)
        assert list(history.snapshots.states) == [0, 5, 10, 15, 20]
