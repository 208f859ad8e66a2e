"""The course of a training: its picture, and the warning where it went nowhere."""

import re

import numpy as np
import pytest

import microgradnet as mg
from microgradnet.drawing.styles import CLASSES

X, y = mg.datasets.gender()


def axes_of(history):
    pytest.importorskip("matplotlib")
    return history.plot().axes


def test_of_two_inputs_it_shows_the_regions_and_the_samples():
    net = mg.MLP(2, [2, 1], seed=0)
    history = mg.fit(net, X, y, validation=0.34, seed=1, epochs=200, progress=False)
    loss, regions, *_ = axes_of(history)
    assert [len(line.get_xdata()) for line in loss.lines] == [200, 200]
    assert loss.lines[0].get_ydata().tolist() == history.losses
    assert regions.get_title() == "What the net says where"
    points = regions.collections[-1].get_offsets()
    assert sorted(map(tuple, points.tolist())) == sorted(tuple(row) for row, _ in history.samples)


def test_regions_of_several_outputs_are_their_largest():
    net = mg.MLP(2, [3, 3], output="linear", seed=0)
    classes = [0, 1, 2, 0, 1, 2]
    history = mg.fit(net, X, classes, loss="softmax_cross_entropy", epochs=3, progress=False)
    _, regions = axes_of(history)
    grid = regions.collections[0].get_array().reshape(200, 200)
    low, high = X.min(axis=0), X.max(axis=0)
    margin = 0.08 * (high - low)
    for i, j in ((0, 0), (199, 0), (77, 150)):
        across = np.linspace(low[0] - margin[0], high[0] + margin[0], 200)[j]
        up = np.linspace(low[1] - margin[1], high[1] + margin[1], 200)[i]
        assert grid[i, j] == np.argmax([v.data for v in net([across, up])])


@pytest.mark.parametrize(
    ("output", "outline"),
    [("sigmoid", "neither"), ("linear", "both"), ("relu", "max"), ("tanh", "min")],
)
def test_the_colour_bar_has_arrows_only_where_the_output_goes_beyond(output, outline):
    """A sigmoid, which is never below 0 or above 1, had both."""
    pytest.importorskip("matplotlib")
    net = mg.Neuron([0.1, 0.05], 0.0, activation=output)
    history = mg.History([1], [0.5], net=net, samples=[(row, t) for row, t in zip(X.tolist(), y)])
    extended = [c for c in history.plot().axes[1].get_children() if hasattr(c, "extend")]
    assert [c.extend for c in extended][:1] == [outline]


def test_axes_are_named_as_asked_for_or_after_the_columns_or_x1_and_x2():
    pandas = pytest.importorskip("pandas", reason="needs pandas")
    pytest.importorskip("matplotlib")
    table = pandas.DataFrame(X, columns=["weight", "height"])
    for rows, asked, names in [
        (table, (), ("weight", "height")),
        (X, (), ("x1", "x2")),
        (X, ("kg", "cm"), ("kg", "cm")),
    ]:
        history = mg.fit(mg.MLP(2, [2, 1]), rows, y, epochs=2, snapshots=1, progress=False)
        regions = history.plot(asked).axes[1]
        assert (regions.get_xlabel(), regions.get_ylabel()) == names
        assert asked or '"axes":["{}","{}"]'.format(*names) in mg.page(history).html


def test_classes_have_one_pair_of_colours_in_the_picture_and_on_the_page():
    pytest.importorskip("matplotlib")
    from matplotlib.colors import to_hex

    history = mg.fit(mg.MLP(2, [2, 1]), X, y, epochs=2, snapshots=1, progress=False)
    points = history.plot().axes[1].collections[-1]
    colours = {to_hex(c) for c in points.cmap([0.0, 1.0])}
    assert colours == set(CLASSES[:2])
    page = mg.page(history).html
    for name, colour in (("minus-line", CLASSES[0]), ("plus-line", CLASSES[1])):
        assert f"--{name}: {colour};" in page
    assert '> 0 ? "plus-line" : "minus-line"' in page


def test_other_nets_have_the_loss_curve_alone():
    history = mg.fit(mg.MLP(1, [2, 1]), X[:, :1], y, epochs=3, progress=False)
    assert len(axes_of(history)) == 1

    class Branching(mg.Module):
        def __init__(self):
            self.neuron = mg.Neuron(2)

        def __call__(self, row):
            out = self.neuron(row)
            return out if out > 0.5 else out * 0.5

    history = mg.fit(Branching(), X, y, epochs=3, progress=False)
    assert len(axes_of(history)) == 1


def test_a_history_prints_as_one_line():
    assert str(mg.History()) == "History: 0 epochs"
    assert str(mg.History([1], [0.5])) == "History: 1 epoch, mean loss 0.5 to 0.5"
    history = mg.fit(mg.MLP(2, [2, 1]), X, y, epochs=1000, validation=1 / 3, progress=False, seed=1)
    said = r"History: 1,000 epochs, mean loss [\d.]+ to [\d.]+, held out [\d.]+ to [\d.]+"
    assert re.fullmatch(said, str(history))


def test_a_net_that_knows_most_rows_or_a_relu_that_is_off_is_not():
    net = mg.MLP(2, [2, 1], seed=0)
    mg.fit(net, X, y, epochs=3000, progress=False)
    mg.fit(net, np.vstack([X] * 4), [*y, *y, *y, 1 - y[0], *y[1:]], epochs=5, progress=False)
    rows = np.random.default_rng(0).standard_normal((60, 2))
    relu = mg.MLP(2, [16, 16, 1], activation="relu", output="linear")
    mg.fit(relu, rows, np.sign(rows[:, 0] * rows[:, 1]), optimizer=mg.SGD(1e-5), epochs=3)
