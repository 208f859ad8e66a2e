"""The picture of a net: a box per neuron with its bias, edges coloured by weight; or layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from microgradnet.drawing.of_boxes import Number
from microgradnet.drawing.rendering import Drawing, side_by_side
from microgradnet.drawing.tables import Row, framed, small, title_cell
from microgradnet.drawing.themes import EDGE, LIGHT, Scale
from microgradnet.nn.layers import MLP, Layer, Neuron, layers_of

if TYPE_CHECKING:
    import graphviz

__all__ = ["draw_net"]

MOST_NEURONS, MOST_WEIGHTS = 40, 400  # that a reader can follow
THEME = LIGHT
LEGEND = "edges: weights, orange > 0, blue < 0, wider = larger;  b: bias"


def draw_net(net: Neuron | Layer | MLP, number: Number) -> Drawing:
    """Return the picture of a net and its parameters; number: how to write one.

    >>> "b1 = 4" in draw_net(Neuron(weights=[0, 1], bias=4), "{:g}".format).dot.source
    True
    """
    layers = layers_of(net)
    n_in = len(layers[0][0].weights)
    n_neurons = n_in + sum(map(len, layers))
    n_weights = sum(len(layer) * len(layer[0].weights) for layer in layers)
    few = n_neurons <= MOST_NEURONS and n_weights <= MOST_WEIGHTS
    label = f'<<BR ALIGN="LEFT"/>{LEGEND.replace("> 0", "&gt; 0").replace("< 0", "&lt; 0")}>'
    import graphviz

    graph = THEME.graph(
        rankdir="LR",
        ranksep="0.9" if few else "0.4",
        nodesep="0.14",
        splines="line",
        label=label if few else "",
    )
    dot = graphviz.Digraph(graph_attr=graph, node_attr=THEME.node(), edge_attr=EDGE)
    (_neurons if few else _layers)(dot, layers, n_in, number)
    return Drawing(dot)


def _neurons(
    dot: graphviz.Digraph, layers: Sequence[Sequence[Neuron]], n_in: int, number: Number
) -> None:
    line = Scale(
        THEME.lines,
        [w.data for layer in layers for neuron in layer for w in neuron.weights],
        THEME.not_finite,
    )
    below = [f"x{i + 1}" for i in range(n_in)]
    for name in below:
        rows: list[Row] = [[title_cell(name, THEME.roles["input"][1])]]
        dot.node(name, f"<{framed(rows, 'input', THEME)}>")
    side_by_side(dot, below)
    for i, layer in enumerate(layers):
        ids = [f"l{i}n{j}" for j in range(len(layer))]
        for name, neuron in zip(ids, layer):
            bias = f"{neuron.bias.label or 'b'} = {number(neuron.bias.data)}"
            rows = [
                [title_cell(str(neuron.name), THEME.roles["inner"][1])],
                [{"": small(bias, THEME.soft), "BGCOLOR": THEME.roles["parameter"][1]}],
            ]
            dot.node(name, f"<{framed(rows, 'inner', THEME)}>")
            for source, weight in zip(below, neuron.weights):
                style = line.stroke(weight.data)
                tip = f"{weight.label} = {number(weight.data)}"
                dot.edge(f"{source}:e", f"{name}:w", tooltip=tip, **style)
        side_by_side(dot, ids)
        below = ids


def _layers(
    dot: graphviz.Digraph, layers: Sequence[Sequence[Neuron]], n_in: int, number: Number
) -> None:
    title = f"x1 … x{n_in}" if n_in > 1 else "x1"
    rows: list[Row] = [[title_cell(title, THEME.roles["input"][1])]]
    dot.node("x", f"<{framed(rows, 'input', THEME)}>")
    below = "x"
    for i, layer in enumerate(layers):
        names = [str(layer[0].name), str(layer[-1].name)]
        numbers = [w.data for neuron in layer for w in neuron.weights]
        n_parameters = len(numbers) + len(layer)
        texts = [
            f"{len(layer):,} × {layer[0].activation}",
            f"{n_parameters:,} parameters",
            f"weights {number(min(numbers))} … {number(max(numbers))}",
        ]
        rows = [[title_cell(" … ".join(dict.fromkeys(names)), THEME.roles["inner"][1])]]
        rows += [[{"": small(text, THEME.soft)}] for text in texts]
        dot.node(f"l{i}", f"<{framed(rows, 'inner', THEME)}>")
        dot.edge(below, f"l{i}", color=THEME.lines[0][0])
        below = f"l{i}"
