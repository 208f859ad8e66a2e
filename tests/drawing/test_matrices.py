"""Layers as matrices: which are found, what their cells show, and how large the picture is."""

import base64
import io
import re
from xml.etree import ElementTree

import gpt
import numpy as np
import pytest
from gallery import gpt_block
from hypothesis import given
from hypothesis import strategies as st

import microgradnet as mg
from microgradnet.drawing.anatomy import dissect
from microgradnet.drawing.arrays import Arrays
from microgradnet.drawing.depths import draw
from microgradnet.drawing.heat_maps import Shades
from microgradnet.drawing.layered import array_boxes
from microgradnet.drawing.selection import select
from microgradnet.drawing.styles import DARK, LIGHT, THEMES
from tests.drawing.shown import SVG, svg_of, texts
from tests.marks import can_render, few
from tests.strategies import net_loss

A4 = (538, 785)  # points, less margins of 10 mm
SMALL = 9  # points, of the smallest letters as drawn


def layers_of(loss):
    return Arrays(select(loss)).layers


# What is found.


def test_the_layers_of_a_net():
    net = mg.MLP(16, [16, 10], seed=0)
    first, second = layers_of(mg.mse(net([0.1] * 16), [0.0] * 10))
    for layer, held in ((first, net.layers[0]), (second, net.layers[1])):
        assert [list(row) for row in layer.weights] == [n.weights for n in held.neurons]
        assert layer.bias == [[n.bias] for n in held.neurons]
        assert layer.formula == "σ(W·x + b)"
    assert [str(x.label) for (x,) in first.outputs] == [f"h{i + 1}" for i in range(16)]
    assert list(second.inputs[0]) == [x for (x,) in first.outputs]


def test_a_batch_is_one_layer_with_a_column_for_each_sample():
    net = mg.MLP(2, [3, 1])
    losses = [mg.mse(net(row), float(y)) for row, y in zip(*mg.datasets.gender())]
    first, second = layers_of(sum(losses[1:], losses[0]))
    assert (len(first.weights), len(first.inputs)) == (3, 6)
    assert (len(second.weights), len(second.inputs)) == (1, 6)


def test_layers_of_plain_scalars_are_found_by_their_factors():
    w = [[mg.Value(0.1 * (i - j)) for j in range(3)] for i in range(4)]
    x = [mg.Value(0.5 + j) for j in range(3)]
    b = [mg.Value(1.0) for _ in range(4)]
    z = [sum((a * c for a, c in zip(row[1:], x[1:])), row[0] * x[0]) + d for row, d in zip(w, b)]
    (layer,) = layers_of(sum(1 / (1 + mg.exp(-a)) for a in z))
    assert [list(row) for row in layer.weights] == w
    assert layer.bias == [[d] for d in b]
    assert layer.formula == "1 ÷ (1 + exp(−(W·x + b)))"


def test_the_layers_of_a_gpt():
    found = {layer.weights[0][0].label.partition("[")[0]: layer for layer in layers_of(gpt_block())}
    named = {name: len(layer.weights) for name, layer in found.items()}
    assert named == {k: n for k, (n, _) in gpt.SHAPES.items() if k not in ("token", "place")}
    assert found["wide"].formula == "relu(W·x)"
    rows = [row[0].label for row in found["score"].weights]
    assert rows == [f"score[{i}, 0]" for i in range(27)]


@pytest.mark.slow
def test_a_long_chain_of_sums_has_no_layer_and_is_read_once():
    x = mg.Value(1.0)
    for _ in range(20_000):
        x = x + 1
    assert layers_of(x) == []


# What is drawn.


def image(png):
    from PIL import Image

    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_a_cell_has_the_colour_of_its_number(theme):
    pytest.importorskip("PIL")
    rows = [[-2.0, 0.0, 2.0], [0.5, float("nan"), -0.5]]
    shades = Shades(rows, theme)
    seen = image(shades.image(rows).png())[4::8, 4::8]
    colours = [["#" + bytes(cell.tolist()).hex() for cell in row] for row in seen]
    ends = {sign: deep for sign, (_, deep) in theme.heat.items()}
    assert colours[0] == [ends[-1], ends[0], ends[1]]
    assert colours[1][1] == theme.not_finite
    assert colours[1][0] == shades.scale(0.5)
    assert image(shades.bar().png()).shape == (8, 512, 3)


def images(svg):
    return re.findall(r'<image [^>]*xlink:href="data:image/png;base64,([^"]*)"', svg)


@can_render
def test_the_svg_holds_the_weights_and_their_gradients():
    pytest.importorskip("PIL")
    net = mg.MLP(9, [8, 1], seed=3)
    svg = svg_of(draw(mg.mse(net([0.2] * 9), 1)))
    shapes = [image(base64.b64decode(text)).shape[:2] for text in images(svg)]
    assert shapes.count((64, 72)) == 2  # W and its gradients, 8 pixels a cell
    assert shapes.count((64, 8)) == 4  # b, h and theirs
    first = image(base64.b64decode(images(svg)[1]))
    weights = np.array([[w.data for w in n.weights] for n in net.layers[0].neurons])
    orange = first[4::8, 4::8, 0].astype(int) > first[4::8, 4::8, 2]
    assert (orange == (weights > 0)).mean() > 0.95  # the palest ones are nearly grey


@can_render
def test_it_says_the_largest_gradient_and_its_place():
    net = mg.MLP(8, [8, 1], seed=0)
    loss = mg.mse(net([0.3 * (-1) ** i * i for i in range(8)]), 0)
    named = dict(net.named_parameters())
    grads = dict(zip(named, (g.data for g in mg.grad(loss, list(named.values())))))
    largest = max((f"w{i + 1}" for i in range(64)), key=lambda name: abs(grads[name]))
    i, j = divmod(int(largest[1:]) - 1, 8)
    number = f"{grads[largest]:.4g}".replace("-", "−")
    said = f"largest ∂W: {largest}, row {i + 1}, column {j + 1}: {number}"
    assert said in texts(svg_of(draw(loss)))


@can_render
@pytest.mark.parametrize(
    ("make", "screen"),
    few(
        [
            (lambda: net_loss(16, [16, 10]), True),
            (gpt_block, False),
            (lambda: net_loss(64, [32, 10]), True),
            (lambda: gpt_block(5, as_numbers=True), False),
        ],
        2,
    ),
    ids=["16-16-10", "gpt", "64-32-10", "gpt of five letters as numbers"],
)
def test_it_fits_a_page_and_is_small(make, screen):
    svg = svg_of(draw(make()))
    size = re.search(r'width="([\d.]+)pt" height="([\d.]+)pt"', svg)
    width, height = map(float, size.groups())
    on_paper = SMALL * min(1, A4[0] / width, A4[1] / height)
    assert on_paper >= 6
    assert min(map(float, re.findall(r'font-size="([\d.]+)"', svg))) >= SMALL
    assert len(svg) < 300_000
    if screen:
        assert height * 96 / 72 <= 860  # pixels


def test_what_is_computed_or_given_for_one_use_lies_near_it_and_no_edge_crosses_the_picture():
    loss = gpt_block(2, as_numbers=True)
    made = array_boxes(Arrays(select(loss)), dissect(loss, False))
    boxes = made.boxes.boxes
    assert [box.rank for box in boxes if box.leaf or box.role == "input"] == [0, 13]
    assert not [box for box in boxes if box.rank == 0 and box.operations]  # 1 - y, of the loss
    (root,) = (box for box in boxes if box.role == "root")
    assert len(root.shared) == 27
    assert all(source.rank < target.rank for source, target in made.boxes.links)


@can_render
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_themes_languages_and_the_text_for_screen_readers(theme, lang):
    svg = svg_of(draw(net_loss(8, [8, 1]), theme=theme, lang=lang))
    root = ElementTree.fromstring(svg)
    assert root.get("role") == "img"
    title, desc = (root.find(f"{SVG}{tag}").text for tag in ("title", "desc"))
    assert title == {"en": "Layers as matrices", "zh": "以矩阵表示的各层"}[lang]
    assert "h1 … h8: σ(W·x + b), 8 × 8; W −" in desc
    other = {"en": "各层", "zh": "a row for each neuron"}[lang]
    assert other not in svg
    assert THEMES[theme].paper in svg


@can_render
def test_a_png_holds_the_same_cells(tmp_path):
    pil = pytest.importorskip("PIL.Image")
    path = draw(net_loss(8, [8, 1])).save(tmp_path / "a.png")
    pixels = np.asarray(pil.open(path).convert("RGB")).astype(int)
    blue = (pixels[..., 2] - pixels[..., 0] > 60).mean()
    orange = (pixels[..., 0] - pixels[..., 2] > 60).mean()
    assert min(blue, orange) > 0.02


def test_a_net_shows_the_gradients_it_holds():
    net = mg.MLP(8, [8, 2], seed=0)
    before = draw(net)
    assert "∂W" not in before.words[1]
    mg.mse(net([0.1] * 8), [0.0, 1.0]).backward()
    after = draw(net)
    grads = [w.grad for n in net.layers[0].neurons for w in n.weights]
    low, high = (f"{x:.4g}".replace("-", "−") for x in (min(grads), max(grads)))
    assert f"∂W {low} … {high}" in after.words[1]
    assert len(after.images) > len(before.images)
    assert draw(net, depth="layers").images == {}
    with pytest.raises(ValueError, match="a net has no values until it is called"):
        draw(net, depth="values")


def test_matrices_are_drawn_where_asked_for_and_refused_without_a_layer():
    assert draw(net_loss(2, [2, 1]), depth="matrices").images
    with pytest.raises(ValueError, match=r"leave out only="):
        draw(net_loss(2, [2, 1]), depth="matrices", only="w1")
    assert not draw(net_loss(8, [8, 1]), only="w1").images
    with pytest.raises(ValueError, match=r"this graph has none: leave depth out"):
        draw(mg.Value(1.0, "x") ** 2, depth="matrices")


@can_render
def test_each_heat_map_is_where_its_cell_is_with_graphviz_2_too():
    """Graphviz 2 writes no <a> for a cell with a title alone, and the maps were empty."""
    drawing = draw(net_loss(8, [8, 1]))
    cells = re.findall(r'<TD ID="\w+" TARGET="_self" TITLE=', drawing.dot.source)
    svg = svg_of(drawing)
    assert len(cells) == svg.count("<image ") == len(drawing.images)
    assert "_self" not in svg


def test_the_dot_file_holds_all_colours(tmp_path):
    drawing = draw(net_loss(8, [8, 1]))
    assert re.findall(r'<TD ID="(\w+)"', drawing.dot.source) == list(drawing.images)
    text = drawing.save(tmp_path / "a.dot").read_text(encoding="utf-8")
    cells = sum(heat.shades.size for heat in drawing.images.values())
    assert text.count("<TD BGCOLOR=") - drawing.dot.source.count("<TD BGCOLOR=") == cells


@can_render
@given(
    n_in=st.integers(1, 9),
    sizes=st.lists(st.integers(1, 9), min_size=1, max_size=3),
    samples=st.integers(1, 3),
    rankdir=st.sampled_from([None, "LR"]),
)
def test_random_nets_as_matrices(n_in, sizes, samples, rankdir):
    """Each value is in one box, and each box of a layer holds its parameters."""
    net = mg.MLP(n_in, sizes, seed=0)
    rows = [[0.1 * (i + k) for i in range(n_in)] for k in range(samples)]
    outputs = [o if isinstance(o, list) else [o] for o in map(net, rows)]
    loss = sum((o**2 for output in outputs for o in output), mg.Value(0.5, "y"))
    arrays = Arrays(select(loss))
    assert {x for layer in arrays.layers for x in layer.parameters} == set(net.parameters())
    boxes = array_boxes(arrays, dissect(loss)).boxes
    held = sum(box.size for box in boxes.boxes if box.role in ("inner", "root"))
    assert held == len(select(loss).inner)
    assert all(a.rank < b.rank for a, b in boxes.links)
    assert "<svg" in svg_of(draw(loss, depth="matrices", rankdir=rankdir))
