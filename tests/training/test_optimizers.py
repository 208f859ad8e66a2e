"""Optimizers: the arithmetic of their papers, and the same parameters from every engine."""

import copy
import math

import numpy as np
import pytest

import microgradnet as mg
from microgradnet.autograd.labels import set_frozen
from tests.marks import NATIVE

X, y = mg.datasets.gender()
OPTIMIZERS = [mg.SGD(0.1), mg.Momentum(0.05), mg.Adam(0.02)]
engines = pytest.mark.parametrize("engine", ["auto", "python", "numpy", NATIVE])
optimizers = pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda o: type(o).__name__)


def trained(engine, **settings):
    net = mg.MLP(2, [2, 1], seed=3)
    history = mg.fit(net, X, y, engine=engine, progress=False, **settings)
    return list(net.state_dict().values()), history


@engines
@optimizers
def test_one_sample_a_step_gives_every_engine_the_same_bits(engine, optimizer):
    loss = "mse" if type(optimizer) is mg.SGD else "binary_cross_entropy"
    settings = {"optimizer": optimizer, "epochs": 40, "loss": loss, "shuffle": True, "seed": 2}
    numbers, history = trained("eager", **settings)
    others, other_history = trained(engine, **settings)
    if engine == "numpy":
        assert numbers == pytest.approx(others, rel=1e-12)
    else:
        assert (numbers, history.losses) == (others, other_history.losses)


@engines
@optimizers
def test_batches_give_every_engine_the_same_within_rounding(engine, optimizer):
    settings = {"optimizer": optimizer, "epochs": 40, "batch_size": 4, "l2": 0.01}
    numbers, history = trained("eager", **settings)
    others, other_history = trained(engine, **settings)
    assert numbers == pytest.approx(others, rel=1e-11)
    assert history.losses == pytest.approx(other_history.losses, rel=1e-11)


def test_adam_follows_its_paper_on_numpy():
    """Algorithm 1 of Kingma and Ba, written anew on arrays."""
    net, adam = mg.MLP(2, [2, 1], seed=1), mg.Adam(0.01)
    twin = copy.deepcopy(net)
    mg.fit(net, X, y, optimizer=adam, epochs=20, batch_size=6, progress=False)
    w = np.array([p.data for p in twin.parameters()])
    m, v = np.zeros_like(w), np.zeros_like(w)
    for t in range(1, 21):
        for p, number in zip(twin.parameters(), w.tolist()):
            p.data, p.grad = number, 0.0
        for row, target in zip(X, y):
            (mg.mse(twin(row), target) / 6).backward()
        g = np.array([p.grad for p in twin.parameters()])
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        w = w - 0.01 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
    assert [p.data for p in net.parameters()] == pytest.approx(w.tolist(), rel=1e-12)


def test_momentum_without_decay_is_gradient_descent():
    plain, _ = trained("eager", optimizer=mg.SGD(0.1), epochs=20)
    assert trained("eager", optimizer=mg.Momentum(0.1, decay=0.0), epochs=20)[0] == plain


def test_one_parameter_alone_is_trained_too():
    for optimizer in OPTIMIZERS:
        found = []
        for engine in ("eager", "python"):
            neuron = mg.Neuron(weights=[0.5], bias=0.0, activation="linear")
            set_frozen(neuron.bias, frozen=True)
            settings = {"optimizer": optimizer, "batch_size": 2, "epochs": 400, "engine": engine}
            mg.fit(neuron, [[1.0], [2.0]], [2.0, 4.0], progress=False, **settings)
            found.append(neuron.weights[0].data)
            assert neuron.bias.data == 0.0
        assert found[0] == pytest.approx(found[1], rel=1e-12)
        assert found[0] == pytest.approx(2.0, abs=1e-2)


@engines
def test_an_optimizer_of_ones_own_is_recorded_with_its_memory(engine):
    class Averaged(mg.Optimizer):
        memory = (0.0,)
        counts = True

        def step(self, parameter, gradient, mean, t):
            mean = mean + (gradient - mean) / t
            return parameter - 0.1 * mean, mean

    numbers, _ = trained("eager", optimizer=Averaged(), epochs=20)
    others, _ = trained(engine, optimizer=Averaged(), epochs=20)
    assert numbers == pytest.approx(others, rel=1e-12)


@engines
def test_memory_that_overflows_is_refused_at_its_step(engine):
    found = []
    for name in ("eager", engine):
        net = mg.Neuron(weights=[1.0], bias=0.0, activation="linear")
        with pytest.raises(mg.NonFiniteError) as caught:
            mg.fit(net, [[1e100]], [0.0], optimizer=mg.Adam(1e-3), epochs=9, engine=name)
        found.append((str(caught.value), net.state_dict()))
    assert "memory of 'w1'" in found[0][0]
    assert found[0] == found[1]


@pytest.mark.parametrize("make", [mg.Momentum, mg.Adam])
def test_settings_that_cannot_be_are_refused(make):
    for name, wrong, says in [
        ("rate", (0, "1"), "rate is a positive number"),
        ("decay", (1, -0.1, math.nan, None), "from 0 to below 1"),
    ]:
        for x in wrong:
            error = TypeError if x is None or x == "1" else ValueError
            with pytest.raises(error, match=says):
                make(**{name: x})
