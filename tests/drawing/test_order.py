"""Neurons, weights and inputs are drawn in the order of their numbers."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

import microgradnet as mg
from microgradnet.drawing.depths import draw
from tests.drawing.shown import svg_of
from tests.marks import can_render
from tests.strategies import net_loss


def names(n_in, sizes):
    """The names of each row that has an order: inputs, neurons of a layer, weights of a neuron."""
    hidden = iter(f"h{i + 1}" for i in range(sum(sizes)))
    yield [f"x{i + 1}" for i in range(n_in)]
    for n in sizes[:-1]:
        yield [next(hidden) for _ in range(n)]
    if sizes[-1] > 1:
        yield [f"o{i + 1}" for i in range(sizes[-1])]
    net = mg.MLP(n_in, sizes)
    for layer in net.layers:
        for neuron in layer.neurons:
            yield [str(weight.label) for weight in neuron.weights]


def places(svg, axis):
    """Where each text begins, in points across or down."""
    found = {}
    text_at = r'<text [^>]*x="([-\d.]+)" y="([-\d.]+)"[^>]*>(?:<[^>]*>)*([^<]+)<'
    for *place, text in re.findall(text_at, svg):
        found.setdefault(text.strip("\xa0 "), float(place[axis]))
    return found


def out_of_order(n_in, sizes, depth, rankdir):
    """The rows that are not in order from left to right, or from top to bottom."""
    picture = draw(net_loss(n_in, sizes), depth=depth, rankdir=rankdir)
    found = places(svg_of(picture), rankdir == "LR")
    rows = [[found[name] for name in row if name in found] for row in names(n_in, sizes)]
    return [row for row in rows if row != sorted(row)]


@can_render
@pytest.mark.parametrize("rankdir", ["TB", "LR"])
@pytest.mark.parametrize("sizes", [(4, 4, 1), (3, 2), (2, 4, 3), (8, 8, 1)])
def test_neurons_that_were_out_of_order(sizes, rankdir):
    """They were h6 h7 h5 h8, o2 o1 and h4 h3 h5 h6."""
    depth = "neurons" if max(sizes) > 4 else "values"
    assert out_of_order(3, sizes, depth, rankdir) == []


@can_render
@given(
    n_in=st.integers(1, 3),
    sizes=st.lists(st.integers(1, 4), min_size=1, max_size=3),
    depth=st.sampled_from(["values", "neurons"]),
    rankdir=st.sampled_from(["TB", "LR"]),
)
def test_random_nets_are_in_order(n_in, sizes, depth, rankdir):
    assert out_of_order(n_in, sizes, depth, rankdir) == []
