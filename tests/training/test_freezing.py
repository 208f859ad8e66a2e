"""Frozen parameters: no step in any engine, the others as ever."""

import pytest

import microgradnet as mg
from tests.marks import few, has_llvmlite

X, y = mg.datasets.gender()


@pytest.mark.parametrize(
    ("engine", "batch_size"),
    few(
        [("eager", 1), ("numpy", 3), ("python", 1), pytest.param("native", 3, marks=has_llvmlite)],
        2,
    ),
)
@pytest.mark.parametrize(
    ("part", "names"),
    [
        (lambda net: net.layers[0], ["w1", "w2", "b1", "w3", "w4", "b2"]),
        (lambda net: net.layers[0].neurons[1], ["w3", "w4", "b2"]),
        (lambda net: net.layers[1], ["w5", "w6", "b3"]),
    ],
)
def test_frozen_parameters_take_no_step(engine, batch_size, part, names):
    net = mg.MLP(2, [2, 1], seed=0)
    assert part(net).freeze() is part(net)
    before = net.state_dict()
    mg.fit(net, X, y, epochs=20, engine=engine, batch_size=batch_size, progress=False)
    after = net.state_dict()
    assert [name for name in before if before[name] == after[name]] == names
    part(net).unfreeze()
    mg.fit(net, X, y, epochs=20, engine=engine, batch_size=batch_size, progress=False)
    assert not any(net.state_dict()[name] == after[name] for name in after)


def test_every_engine_trains_the_rest_to_the_same_bits():
    found = []
    for engine in ("eager", "python"):
        net = mg.MLP(2, [2, 1], seed=0)
        net.layers[0].freeze()
        history = mg.fit(net, X, y, epochs=30, engine=engine, l2=0.01, optimizer=mg.Adam(0.01))
        found.append((net.state_dict(), history.losses))
    assert found[0] == found[1]


def test_all_frozen_is_nothing_to_train():
    with pytest.raises(ValueError, match=r"all parameters of MLP.* are frozen"):
        mg.fit(mg.MLP(2, [2, 1]).freeze(), X, y)
