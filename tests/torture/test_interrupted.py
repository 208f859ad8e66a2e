"""Interrupted at random moments, everything is as it was, or done; and all of it works again."""

import copy
import functools
import math
import sys

import numpy as np
import pytest

import microgradnet as mg
from microgradnet.autograd.graph import reachable
from microgradnet.nn.storage import load
from tests.checking.spoilt import by_hand
from tests.marks import NATIVE, share
from tests.strategies import bits, net_loss
from tests.torture.interrupting import interruptions, surroundings, usable

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="needs the timers of POSIX"),
    # one that falls into the freeing of an object is told and lost: that is Python's
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
X, y = mg.datasets.gender()


@pytest.fixture(autouse=True)
def _all_is_as_it_was():
    before = surroundings()
    yield
    assert surroundings() == before
    assert usable()


EPOCHS = 40


@functools.cache
def states_after_each_step():
    """The parameters after each step of the training below."""
    net = mg.MLP(2, [2, 1], seed=0)
    states = [bits(net.state_dict().values())]
    for _ in range(EPOCHS):
        for row, target in zip(X, y):
            mg.fit(net, [row], [target], epochs=1, engine="eager", progress=False)
            states.append(bits(net.state_dict().values()))
    return states


@pytest.mark.parametrize("engine", ["eager", "python", NATIVE])  # the same to the last bit
def test_a_training_leaves_the_last_whole_step(engine):
    states = states_after_each_step()
    net = mg.MLP(2, [2, 1], seed=0)
    untrained = net.state_dict()

    def train():
        mg.fit(net, X, y, epochs=EPOCHS, engine=engine, progress=False)

    def start():
        net.load_state_dict(untrained)

    for _ in interruptions(train, share(180), start):
        assert usable()
        assert bits(net.state_dict().values()) in states
    start()
    train()
    assert bits(net.state_dict().values()) == states[-1]


def test_a_training_with_memory_goes_on_with_what_it_has():
    net = mg.MLP(2, [2, 1], seed=0)

    def train():
        settings = {"optimizer": mg.Adam(0.01), "batch_size": 3, "epochs": 20}
        mg.fit(net, X, y, **settings, engine="numpy", progress=False)

    for _ in interruptions(train, share(180)):
        assert all(map(math.isfinite, net.state_dict().values()))
    assert net([47, 11]).data > 0.9


def test_a_recording_leaves_no_mode_behind():
    def f(x, z):
        for _ in range(60):
            x = mg.tanh(x * z + 0.1)
        return x

    whole = str(mg.record(f, 0.5, 0.25))
    for _ in interruptions(lambda: mg.record(f, 0.5, 0.25), share(300)):
        assert usable()
    assert str(mg.record(f, 0.5, 0.25)) == whole


@pytest.mark.parametrize("engine", ["python", "numpy", NATIVE])  # jax compiles for half a second
@pytest.mark.parametrize("way", ["map", "mean", "scan", "call"])
def test_a_program_answers_afterwards_as_before(engine, way):
    net = mg.MLP(2, [4, 1], activation="tanh", seed=0)
    x = [mg.Value(0.5), mg.Value(0.25)]
    parameters, loss = net.parameters(), mg.mse(net(x), 0.5)
    following = [p - 0.1 * g for p, g in zip(parameters, mg.grad(loss, parameters))]
    program = mg.compile([*following, loss], [*parameters, *x], engine=engine)
    shared = [p.data for p in parameters]
    rows = np.random.default_rng(0).normal(size=(100, 2))
    ways = {
        "map": lambda p: p.map(shared, rows),
        "mean": lambda p: p.mean(shared, rows),
        "scan": lambda p: p.scan(shared, rows, 2)[0],
        "call": lambda p: [p(*shared, *row) for row in rows],
    }
    run, made = ways[way], [copy.deepcopy(program)]
    right = np.asarray(run(program)).tobytes()

    def answer():
        run(made[0])

    for i, _ in enumerate(interruptions(answer, share(180))):
        assert np.asarray(run(made[0])).tobytes() == right
        if i % 5 == 0:
            made[0] = copy.deepcopy(program)  # interrupted while it is built, too


def test_a_file_is_the_old_one_or_the_new_one(tmp_path):
    nets = [mg.MLP(4, [8, 2], seed=seed) for seed in (0, 1)]
    path = nets[0].save(tmp_path / "net.json")
    whole = [bits(net.state_dict().values()) for net in nets]

    def save():
        for net in nets:
            net.save(path)

    for _ in interruptions(save, share(300)):
        assert bits(load(path).state_dict().values()) in whole
    assert [p.name for p in tmp_path.iterdir()] == ["net.json"]


def test_a_check_says_afterwards_what_it_said_before():
    said = mg.check(by_hand).to_dict()
    before = surroundings()
    for _ in interruptions(lambda: mg.check(by_hand), share(180)):
        assert surroundings() == before
        assert usable()
    assert mg.check(by_hand).to_dict() == said


def test_backward_hands_out_the_gradient_or_nothing():
    loss = net_loss(6, [30, 30, 1])
    leaves, _ = reachable(loss)
    loss.backward()
    once = [leaf.grad for leaf in leaves]

    def start():
        for leaf in leaves:
            leaf.grad = 0.0

    for _ in interruptions(loss.backward, share(300), start):
        assert [leaf.grad for leaf in leaves] in (once, [0.0] * len(once))


def test_a_picture_is_drawn_afterwards_as_before():
    loss = net_loss(2, [4, 1])
    source = mg.draw(loss).dot.source
    for _ in interruptions(lambda: mg.draw(loss), 30):
        assert usable()
    assert mg.draw(loss).dot.source == source
