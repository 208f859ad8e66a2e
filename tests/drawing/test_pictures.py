"""Pictures of any size: what is drawn at which depth, and that it can be read."""

import re

import gallery
import pytest
from hypothesis import given
from hypothesis import strategies as st

import microgradnet as mg
from microgradnet.autograd.graph import reachable
from microgradnet.autograd.value import Value
from microgradnet.drawing import depths as drawing
from microgradnet.drawing.anatomy import dissect
from microgradnet.drawing.boxes import collapse, has_more, summary
from microgradnet.drawing.depths import draw
from microgradnet.drawing.selection import Outline, owners, runs, select
from tests.drawing.shown import crossings, svg_of, texts
from tests.marks import can_render, few
from tests.processor import timed
from tests.strategies import net_loss, pictured

NETS = [(2, [2, 1]), (2, [3, 2]), (2, [4, 1]), (3, [4, 4, 1]), (2, [8, 8, 1]), (7, [16, 16, 1])]


# Which depth.


@can_render
@pytest.mark.parametrize(
    ("n_in", "sizes"), few([*NETS, (2, [2] * 8), (4, [3, 2]), (12, [40, 3])], 3)
)
def test_letters_are_9_pixels_or_more(n_in, sizes):
    assert gallery.letters(svg_of(draw(net_loss(n_in, sizes)))) >= 9


def test_depth_is_chosen_by_what_can_be_read():
    found = [gallery.depth_of(draw(net_loss(*net))) for net in NETS]
    assert found == ["values", "neurons", "neurons", "neurons", "matrices", "matrices"]
    assert gallery.depth_of(draw(net_loss(4, [80, 80, 1]))) == "matrices"
    assert gallery.depth_of(draw(net_loss(4, [200, 1]))) == "layers"
    assert gallery.depth_of(draw(gallery.recurrence(400))) == "layers"
    assert gallery.depth_of(draw(gallery.batch_loss())) == "neurons"


@pytest.mark.parametrize("depth", ["values", "neurons", "layers"])
def test_depth_is_as_asked_for(depth):
    for loss in (net_loss(2, [2, 1]), net_loss(3, [4, 4, 1]), Value(1.0, "x"), gallery.labelled()):
        assert gallery.depth_of(draw(loss, depth=depth)) == depth


def test_wrong_settings_name_the_right_ones():
    loss = net_loss(2, [2, 1])
    for setting, known in {
        "depth": "'auto', 'operations', 'values', 'neurons', 'matrices' or 'layers'",
        "show": "'numbers' or 'formula'",
        "theme": "'light' or 'dark'",
        "rankdir": "'TB' or 'LR'",
    }.items():
        with pytest.raises(ValueError, match=f"{setting} is {known}, not 'x'"):
            draw(loss, **{setting: "x"})
    with pytest.raises(ValueError, match="leave depth out"):
        draw(loss, show="formula", depth="layers")


# Neurons and layers.


@can_render
def test_a_link_for_each_connection_of_neurons():
    svg = svg_of(draw(net_loss(3, [4, 4, 1])))
    assert svg.count('class="node"') == 3 + 4 + 4 + 1 + 1
    assert svg.count('class="edge"') == 3 * 4 + 4 * 4 + 4 + 1
    assert {"h1", "h8", "y_pred", "L", "x3"} <= set(texts(svg))


def test_every_value_is_in_one_box():
    for loss in (net_loss(3, [4, 4, 1]), gallery.recurrence(30), gallery.unlabelled(300)):
        selection = select(loss)
        outline = Outline(selection, dissect(loss))
        for depth in ("neurons", "layers"):
            boxes = collapse(outline, depth).boxes
            inner = [box for box in boxes if box.role in ("inner", "root")]
            assert sum(box.size for box in inner) == len(selection.inner)
            assert all(a.rank < b.rank for a, b in collapse(outline, depth).links)


def test_what_a_box_says_of_a_neuron():
    loss = net_loss(2, [4, 1])
    parts = {str(node.label): part for node, part in dissect(loss).items()}
    source = draw(loss, number_format="{:.6f}").dot.source
    for name in ("h1", "h4", "o1"):
        assert f"{abs(parts[name].grad):.6f}" in source
    largest = max(abs(parts[name].grad) for name in ("w1", "w2", "b1"))
    assert f"2 values, 3 params, |∂w| ≤ {largest:.6f}" in source


def test_the_flow_into_a_box_is_its_gradient():
    loss = net_loss(2, [4, 4, 1])
    parts = dissect(loss)
    boxes = collapse(Outline(select(loss), parts), "neurons")
    for box in boxes.boxes:
        if box.role in ("inner", "input"):
            out = sum(flow for (source, _), flow in boxes.links.items() if source is box)
            assert out == pytest.approx(parts[box.heads[0]].grad, rel=1e-12)


def test_one_box_of_a_neuron_for_all_rows_of_a_batch():
    source = draw(gallery.batch_loss()).dot.source
    assert "h1 × 6" in source
    assert source.count("12 values, 3 params") == 3


def test_a_deep_graph_has_its_first_and_last_layers_and_one_between():
    source = draw(gallery.recurrence(400)).dot.source
    titles = re.findall(r"<B> +(h[^<]*?) +</B>", source)
    assert titles[:5] == ["h1", "h2", "h3", "h4", "h5 … h397"]
    assert "h0, x1" in titles
    assert "5 values, and w, u, b" in source


def test_owners_are_trees():
    a = Value(1.0, "a")
    shared = mg.exp(a)
    left, right = mg.sin(shared), mg.cos(shared)
    left.label, right.label = "left", "right"
    root = left * right
    owner = owners(select(root), lambda node: bool(node.label))
    assert owner[shared] is shared
    assert owner[left] is left
    assert owner[root] is root


# Only the paths from one value.


@can_render
@pytest.mark.parametrize("as_label", [True, False])
def test_only_the_paths_from_a_weight(as_label):
    loss = net_loss(2, [2, 1])
    w1 = next(leaf for leaf in reachable(loss)[0] if leaf.label == "w1")
    picture = draw(loss, only="w1" if as_label else w1)
    svg = svg_of(picture)
    shown = set(texts(svg))
    assert {"w1", "sum_h1 = w1·x1 + w2·x2 + b1", "h1", "o1", "L"} <= shown
    assert not shown & {"w2", "x1", "h2", "b1", "w5"}
    assert svg.count('class="edge"') == svg.count('class="node"') - 1 == 6
    grad = dissect(loss)[w1].grad
    assert f"{abs(grad):.4g}" in picture.dot.source


@can_render
def test_only_at_every_depth():
    loss = net_loss(3, [4, 4, 1])
    for depth in ("auto", "values", "neurons", "layers"):
        assert "w1" in draw(loss, only="w1", depth=depth).dot.source
    svg = svg_of(draw(loss, only="x1", depth="neurons"))
    assert svg.count('class="edge"') == 4 + 16 + 4 + 1
    inner = next(node for node in reachable(loss)[1] if node.label == "h5")
    assert "h4" not in draw(loss, only=inner, depth="neurons").dot.source


def test_only_what_is_there():
    x = Value(1.0, "x")
    loss = x * 2
    with pytest.raises(ValueError, match=r"the mul of 2\.0 does not depend on 'w'"):
        draw(loss, only="w")
    with pytest.raises(ValueError, match="does not depend on 'other'"):
        draw(loss, only=Value(1.0, "other"))
    with pytest.raises(TypeError, match="only is a Value or its label, not float"):
        draw(loss, only=1.0)
    with pytest.raises(ValueError, match="2 values are labelled 'x'"):
        draw(loss * Value(2.0, "x"), only="x")
    assert draw(x, only=x).dot.source.count("<TABLE") == 1


# Leaves drawn again.


@can_render
def test_a_leaf_used_far_apart_is_drawn_again():
    x = Value(0.5, "x")
    node = x
    for _ in range(9):
        node = mg.sin(node)
    picture = draw(node * x)
    svg = svg_of(picture)
    assert texts(svg).count("x") == 2
    assert svg.count('class="edge"') == 11
    assert "drawn again" in picture.dot.source
    assert "drawn again" not in draw(x * x).dot.source
    assert runs([1, 2, 3, 4]) == {1: 0, 2: 0, 3: 0, 4: 1}


@pytest.mark.slow
@can_render
def test_a_weight_used_at_hundreds_of_depths_is_laid_out():
    svg, seconds = timed(lambda: svg_of(draw(gallery.recurrence(120), depth="values")))
    assert seconds < 8  # 0.4 s; 20 s, and nothing, without copies
    _, inner = reachable(gallery.recurrence(120))
    uses = sum(isinstance(x, Value) for node in inner for x in node.inputs)
    assert svg.count('class="edge"') == uses


# Huge.


@pytest.mark.slow
def test_a_huge_graph_is_summed_up():
    n, node = 300_000, Value(1.0, "x")
    for _ in range(n):
        node = node + 1
    source, seconds = timed(lambda: draw(node).dot.source)
    assert seconds < 1
    assert f"{n:,} values, {n:,} +" in source
    assert "<B> x </B>" in source
    assert "grad" not in source


def test_the_summary_counts_what_the_outline_counts():
    selection = select(net_loss(5, [30, 20, 3]))
    ours = summary(selection).boxes
    theirs = collapse(Outline(selection, {}), "layers").boxes
    ours, theirs = (
        sorted((b.rank, b.size, len(b.parameters)) for b in boxes if b.role != "input")
        for boxes in (ours, theirs)
    )
    assert ours == theirs


def test_a_mesh_without_names_is_said_in_words_of_its_own():
    """Its boxes were called layers, and draw(h1) was suggested."""
    mesh = gallery.unlabelled(6_000)
    source = draw(mesh).dot.source
    assert "a box: values after the same number of steps" in source
    assert "derivative of the result by it" in source
    with pytest.raises(ValueError, match=r"draw a value within it$"):
        draw(mesh, depth="values")
    with pytest.raises(ValueError, match=r"draw a part of it, such as draw\(h1\)$"):
        draw(net_loss(60, [60, 30, 1]), depth="values")


def test_a_huge_net_in_layers(monkeypatch):
    monkeypatch.setattr(drawing, "MOST_GRADIENTS", 300)
    source = draw(net_loss(7, [16, 16, 1])).dot.source
    for text in ("x1 … x7", "h1 … h16", "16 neurons, 32 values, 128 params", "h17 … h32"):
        assert text in source


@can_render
@given(
    n_in=st.integers(1, 5),
    sizes=st.lists(st.integers(1, 5), min_size=1, max_size=4),
    depth=st.sampled_from(["neurons", "layers"]),
    rankdir=st.sampled_from(["TB", "LR"]),
)
def test_no_arrow_of_a_net_crosses_a_box(n_in, sizes, depth, rankdir):
    """Of nets 4 wide and deep, arrows went through captions: in 58 of 180 pictures."""
    picture = draw(net_loss(n_in, sizes), depth=depth, rankdir=rankdir)
    assert crossings(svg_of(picture)) == []


def test_the_prediction_is_called_as_in_the_derivation():
    _, loss = pictured()
    assert "y_pred = " in mg.derive(loss, [])
    assert "d_L_d_ypred" in draw(loss, show="formula").dot.source
    for depth in ("values", "neurons", "layers"):
        assert "y_pred " in draw(loss, depth=depth).dot.source
    assert draw(loss, only="y_pred").dot.source == draw(loss, only="o1").dot.source
    net = mg.MLP(2, [2, 1])
    assert "y_pred" not in draw(net([1.0, 2.0])).dot.source
    two = mg.mse(mg.MLP(2, [2, 2])([1.0, 2.0]), [0, 1])
    assert "y_pred" not in draw(two).dot.source + mg.derive(two, [])


@pytest.mark.parametrize("depth", ["values", "neurons", "layers", "formula"])
def test_the_words_of_each_picture_are_chinese_too(depth):
    options = {"show": "formula"} if depth == "formula" else {"depth": depth}
    dot = draw(net_loss(2, [2, 1]), lang="zh", **options).dot
    legend = re.sub(r"<[^<>]*>", "", dot.graph_attr["label"])
    assert "绿色：输入" in legend
    latin = {word.lower() for word in re.findall("[A-Za-z_]{2,}", legend)}
    assert latin <= {"data", "grad", "d_a_d_b"}
    assert "个参数" in dot.source or depth in ("values", "formula")
    assert "权重" in draw(mg.MLP(2, [2, 1]), lang="zh").dot.source


def sines(n, label=""):
    x = Value(0.5, "x")
    for _ in range(n):
        x = x.sin()
        x.label = label
    return x


@pytest.mark.parametrize("label", ["", "h"])
@pytest.mark.parametrize("depth", ["values", "neurons"])
def test_too_many_boxes_are_refused_at_a_glance(label, depth, monkeypatch):
    for name in ("dissect", "Outline"):
        monkeypatch.setattr(drawing, name, lambda *args, **options: 1 / 0)
    says = rf"depth='{depth}' makes .*5,00. boxes, .*at most 5,000: take depth="
    with pytest.raises(ValueError, match=says):
        draw(sines(5_001, label), depth=depth)


def test_a_glance_promises_no_more_than_there_is():
    for loss in (sines(9), sines(9, "h"), sines(0)):
        boxes = len(collapse(Outline(select(loss), {}), "neurons").boxes)
        assert not has_more(select(loss), boxes)
    assert [has_more(select(sines(9)), n) for n in (8, 9)] == [True, False]
