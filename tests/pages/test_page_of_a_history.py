"""The page of a training: its snapshots, its curve, its regions."""

import pytest

import microgradnet as mg
from tests.pages.reading import data_of
from tests.strategies import trained


def test_a_history_without_snapshots():
    with pytest.raises(
        ValueError, match=r"no snapshots: train with mg.fit\(\.\.\., snapshots=50\)"
    ):
        mg.page(trained(epochs=3)[1])
    with pytest.raises(ValueError, match="snapshots is a whole number from 1, not -2"):
        trained(epochs=3, snapshots=-2)


def test_page_of_a_history():
    _, history = trained(epochs=3000, snapshots=10)
    page = mg.page(history)
    past = data_of(page)["history"]
    assert past["epochs"] == list(range(0, 3001, 300))
    assert past["states"] == list(history.snapshots.states.values())
    assert past["curve"][0][0] in (1, 2, 3)
    assert past["curve"][-1] == [3000, history.losses[-1]]
    assert len(past["curve"]) == 1000
    samples = data_of(page)["samples"]
    assert (samples["plane"], samples["regions"]) == (True, True)
    assert samples["rows"] == [[*x, y] for x, y in zip(*mg.datasets.gender())]
    assert "function predict(inputs)" in page.html
    wide = mg.MLP(3, [2, 2], seed=0)
    history = mg.fit(wide, [[1, 2, 3]], [[0, 1]], epochs=5, progress=False, snapshots=5)
    page = mg.page(history)
    samples = data_of(page)["samples"]
    assert (samples["plane"], samples["regions"]) == (False, False)
    assert "function predict" not in page.html
