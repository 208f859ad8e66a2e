"""Snapshots: the states on the way, which change nothing."""

import pytest

import microgradnet as mg
from tests.strategies import trained


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


@pytest.mark.parametrize("options", [{"shuffle": True, "seed": 1}, {"engine": "eager"}])
def test_snapshots_of_other_trainings(options):
    _, history = trained(epochs=20, snapshots=4, **options)
    assert list(history.snapshots.states) == [0, 5, 10, 15, 20]
