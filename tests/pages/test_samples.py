"""The samples of a page, found by their roles, and their plane; the page of a training."""

import pytest

import microgradnet as mg
from microgradnet import Value
from microgradnet.drawing.anatomy import dissect
from microgradnet.pages.stepping import Outputs
from microgradnet.pages.trainings import samples_of
from tests.pages.reading import data_of
from tests.strategies import trained, tutorial


def samples(loss):
    return samples_of(Outputs(dissect(loss)))


def test_the_sample_of_a_loss():
    net, loss = tutorial()
    found = samples(loss)
    assert found.rows == [[-2.0, -1.0, 1.0]]
    assert [x.label for x in (*found.inputs, *found.targets)] == ["x1", "x2", "y_true"]
    numbers = [p.data for p in found.parameters]
    (said,) = found.programs()["predict"](*numbers, 0.3, -4.0)
    assert said == net([0.3, -4.0]).data


def test_a_graph_without_a_net_has_none():
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    assert samples((a * b + 1) ** 2) is None


def test_a_loss_that_takes_the_output_apart_has_no_regions():
    x = [Value(-2.0, "x1"), Value(-1.0, "x2")]
    y = Value(1.0, "y_true")
    p = mg.MLP(2, [2, 1], output="sigmoid", seed=0)(x)
    found = samples(-y * mg.log(p) - (1 - y) * mg.log(1 - p))
    assert found.has_plane
    assert found.programs() == {}


@pytest.mark.parametrize("n", [1, 3])
def test_a_plane_is_of_two_inputs(n):
    x = [Value(0.5, f"x{i}") for i in range(n)]
    assert not samples(mg.mse(mg.MLP(n, 1, seed=0)(x), Value(1.0, "y_true"))).has_plane


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
