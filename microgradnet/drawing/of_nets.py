"""Draw a net before it is called: its neurons, its layers as matrices, or its layers."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import TYPE_CHECKING

from microgradnet.autograd.value import Value
from microgradnet.derivations.spelling import Format
from microgradnet.drawing.anatomy import Part, labelled
from microgradnet.drawing.arrays import WeightLayer, is_drawn_as_matrices
from microgradnet.drawing.boxes import Box, Boxes
from microgradnet.drawing.layered import Layered
from microgradnet.drawing.of_arrays import Matrices
from microgradnet.drawing.rendering import Drawing, side_by_side
from microgradnet.drawing.styles import Row, Scale, Theme, framed, label_of_lines, small, title_cell
from microgradnet.nn.layers import MLP, Layer, Neuron, layers_of
from microgradnet.operations.operation import OPS
from microgradnet.words import page_words

if TYPE_CHECKING:
    import graphviz

__all__ = ["draw_net"]

Net = Neuron | Layer | MLP

MOST_NEURONS, MOST_WEIGHTS = 40, 400  # that a reader can follow


def draw_net(
    net: Net, number: Format, theme: Theme, depth: str = "auto", lang: str = "en"
) -> Drawing:
    """Return the picture of a net and its parameters, with gradients if `backward()` found some.

    number: formats a number; depth: "auto", "neurons", "matrices" or "layers"; lang: of the words.

    >>> from microgradnet.drawing.styles import LIGHT
    >>> picture = draw_net(Neuron(weights=[0, 1], bias=4), "{:g}".format, LIGHT)
    >>> "b1 = 4" in picture.dot.source
    True
    """
    layers = layers_of(net)
    if depth == "auto":
        depth = _depth(layers)
    if depth == "matrices":
        return _matrices(layers, number, theme, lang)
    few, words = depth == "neurons", page_words(lang, "picture")
    label = label_of_lines([words["net"]], "") if few else ""
    gaps = {"nodesep": "0.14", "ranksep": "0.9" if few else "0.4"}
    dot = theme.digraph(True, label, splines="line", **gaps)
    if few:
        _neurons(dot, layers, number, theme)
    else:
        _layers(dot, layers, number, theme, words)
    return Drawing(dot)


def _depth(layers: Sequence[Sequence[Neuron]]) -> str:
    rows = [len(layer) for layer in layers]
    columns = [len(layer[0].weights) for layer in layers]
    if is_drawn_as_matrices(rows, columns):
        return "matrices"
    n_weights = sum(m * n for m, n in zip(rows, columns))
    few = columns[0] + sum(rows) <= MOST_NEURONS and n_weights <= MOST_WEIGHTS
    return "neurons" if few else "layers"


def _matrices(
    layers: Sequence[Sequence[Neuron]], number: Format, theme: Theme, lang: str
) -> Drawing:
    held = [_layer(i, neurons) for i, neurons in enumerate(layers, start=1)]
    parts = _parts([x for layer in held for x in layer.parameters])
    boxes = [Box("inner", layer.level) for layer in held]
    links = dict.fromkeys(itertools.pairwise(boxes), 0.0)
    layered = Layered(Boxes(boxes, links), dict(zip(boxes, held)))
    return Matrices(layered, parts, number, theme, labelled, lang).drawing(across=False)


def _layer(level: int, neurons: Sequence[Neuron]) -> WeightLayer:
    layer = WeightLayer(level, [neuron.weights for neuron in neurons], [])
    layer.bias = [[neuron.bias] for neuron in neurons]
    layer.names = [str(neuron.name) for neuron in neurons]
    named = neurons[0].activation
    name = named if isinstance(named, str) else getattr(named, "__name__", "f")
    symbol = OPS[name].symbol if name in OPS and len(OPS[name].symbol) == 1 else name
    layer.formula = "W·x + b" if name == "linear" else f"{symbol}(W·x + b)"
    return layer


def _parts(parameters: Sequence[Value]) -> dict[Value, Part]:
    """Return the gradients that the parameters hold, or nothing where all are 0."""
    held = any(x.grad or not isfinite(x.grad) for x in parameters)
    return {x: Part(x.grad, (), "", "parameter") for x in parameters} if held else {}


def _neurons(
    dot: graphviz.Digraph, layers: Sequence[Sequence[Neuron]], number: Format, theme: Theme
) -> None:
    line = Scale(
        theme.lines,
        [w.data for layer in layers for neuron in layer for w in neuron.weights],
        theme.not_finite,
    )
    below = [f"x{i + 1}" for i in range(len(layers[0][0].weights))]
    for name in below:
        _node(dot, name, name, "input", theme)
    side_by_side(dot, below)
    for i, layer in enumerate(layers):
        ids = [f"l{i}n{j}" for j in range(len(layer))]
        for name, neuron in zip(ids, layer):
            bias = f"{neuron.bias.label or 'b'} = {number(neuron.bias.data)}"
            row: Row = [{"": small(bias, theme.soft), "BGCOLOR": theme.roles["parameter"][1]}]
            _node(dot, name, str(neuron.name), "inner", theme, row)
            for source, weight in zip(below, neuron.weights):
                style = line.stroke(weight.data)
                tip = f"{weight.label} = {number(weight.data)}"
                dot.edge(f"{source}:e", f"{name}:w", tooltip=tip, **style)
        side_by_side(dot, ids)
        below = ids


def _layers(
    dot: graphviz.Digraph,
    layers: Sequence[Sequence[Neuron]],
    number: Format,
    theme: Theme,
    words: Mapping[str, str],
) -> None:
    n_in = len(layers[0][0].weights)
    title = f"x1 … x{n_in}" if n_in > 1 else "x1"
    _node(dot, "x", title, "input", theme)
    below = "x"
    for i, layer in enumerate(layers):
        names = [str(layer[0].name), str(layer[-1].name)]
        numbers = [w.data for neuron in layer for w in neuron.weights]
        n_parameters = len(numbers) + len(layer)
        texts = [
            f"{len(layer):,} × {layer[0].activation}",
            words["n_parameters"].format(n=f"{n_parameters:,}"),
            words["weights"].format(least=number(min(numbers)), most=number(max(numbers))),
        ]
        rows: list[Row] = [[{"": small(text, theme.soft)}] for text in texts]
        _node(dot, f"l{i}", " … ".join(dict.fromkeys(names)), "inner", theme, *rows)
        dot.edge(below, f"l{i}", color=theme.lines[0][0])
        below = f"l{i}"


def _node(
    dot: graphviz.Digraph, name: str, title: str, role: str, theme: Theme, *rows: Row
) -> None:
    """Add a box with a title in the colour of its role, and rows below it."""
    head = [title_cell(title, theme.roles[role][1])]
    dot.node(name, f"<{framed([head, *rows], role, theme)}>")
