"""The notebook: what each thing shows, and the tutorial executed cell by cell."""

import re
import sys

import pytest

import microgradnet as mg
from microgradnet.drawing import notebook, rendering
from tests.drawing.shown import texts
from tests.marks import can_render
from tests.strategies import trained

SVG = "image/svg+xml"


def shown(thing):
    return thing._repr_mimebundle_(include=None, exclude=None)


@can_render
def test_a_net_shows_its_neurons_and_a_weight_as_an_edge():
    net = mg.MLP(2, [2, 1])
    svg = shown(net)[SVG]
    assert svg.count('class="edge"') == 6
    assert {"x1", "x2", "h1", "h2", "o1"} <= set(texts(svg))
    w1 = net.state_dict()["w1"]
    assert f"w1 = {w1:.3g}" in svg.replace("−", "-")
    assert {"o1", "o2", "o3"} <= set(texts(shown(mg.Layer(2, 3))[SVG]))
    assert "b1 = 4" in texts(shown(mg.Neuron(weights=[0, 1], bias=4))[SVG])


@can_render
def test_a_big_net_shows_its_layers():
    svg = shown(mg.MLP(64, [200, 10], activation="relu"))[SVG]
    assert {"x1 … x64", "h1 … h200", "200 × relu", "13,000 parameters"} <= set(texts(svg))
    svg = shown(mg.MLP(64, [100, 10], activation="relu"))[SVG]
    assert {"h1 … h100", "relu(W·x + b)", "100 × 64", "10 × 100"} <= set(texts(svg))


def test_a_program_shows_its_source_and_a_long_one_is_cut_short():
    w, x = mg.Value(2.0, "w"), mg.Value(3.0, "x")
    bundle = shown(mg.compile([(w < 3) * w * x], [w, x]))
    assert "def program(w, x):" in bundle["text/plain"]
    assert "<pre>def program(w, x):" in bundle["text/html"]
    x = total = mg.Value(0.5, "x<y>")
    for _ in range(5_000):
        total = mg.sin(total)
    bundle = shown(mg.compile([total], [x]))
    assert "4,800 lines more" in bundle["text/plain"]
    assert len(bundle["text/html"]) < 20_000
    assert "<y>" not in bundle["text/html"]


def test_a_history_shows_its_curve():
    pytest.importorskip("matplotlib")
    net = mg.MLP(2, [2, 1])
    bundle = shown(mg.fit(net, *mg.datasets.gender(), epochs=50, progress=False))
    assert bundle[SVG].startswith("<svg")
    assert re.match(r"History: 50 epochs, mean loss 0\.\d+ to 0\.\d+$", bundle["text/plain"])
    assert shown(mg.History()) == {"text/plain": "History: 0 epochs"}


def test_text_where_nothing_can_render_or_a_graph_is_big_and_never_an_exception(monkeypatch):
    def broken(*arguments):
        raise rendering.LayoutError("no program")

    monkeypatch.setattr(rendering, "render", broken)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    for thing in (mg.Value(1.0), mg.MLP(2, [2, 1]), mg.draw(mg.Value(1.0))):
        assert list(shown(thing)) == ["text/plain"]
    assert list(shown(mg.History([1], [0.5]))) == ["text/plain"]
    monkeypatch.undo()
    net = mg.MLP(2, [2, 1])
    net.layers[0].neurons[0].bias = None
    assert list(shown(net)) == ["text/plain"]
    x = mg.Value(1.0, "x")
    y = x * x
    x.data = 2.0  # drawing y is an error
    assert list(shown(y)) == ["text/plain"]
    x = mg.Value(1.0)
    for _ in range(notebook.MOST_VALUES):
        x = x + 1
    assert list(shown(x)) == ["text/plain"]


@pytest.mark.parametrize(
    "make",
    [lambda: mg.Value(2.0, "x") ** 2, lambda: mg.MLP(2, [2, 1]), lambda: trained(epochs=3)[1]],
)
@can_render
def test_a_picture_is_never_wider_than_its_cell(make):
    """A notebook cut at the right what was wider."""
    pytest.importorskip("matplotlib")
    assert shown(make())[SVG].startswith('<svg style="max-width:100%;height:auto"')
