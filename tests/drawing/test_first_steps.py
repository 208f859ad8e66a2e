"""What pictures promise: each value with its number and gradient, at a size that can be read."""

import microgradnet as mg
from microgradnet import Value
from tests.drawing.shown import svg_of, texts
from tests.marks import can_render
from tests.strategies import net_loss


def product():
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    return (a * b + 1) ** 2


def test_a_picture_has_a_box_for_each_value():
    assert mg.draw(product()).dot.source.count("<TABLE") == 5


def test_a_picture_shows_labels_and_operations():
    source = mg.draw(product()).dot.source
    assert "<B> a </B>" in source
    assert "a·b" in source


def test_a_picture_shows_gradients_without_backward():
    loss = product()
    source = mg.draw(loss).dot.source
    assert ">30<" in source.replace(" ", "")
    assert loss.inputs[0].grad == 0.0


def test_a_small_net_is_drawn_in_values_and_a_larger_one_in_neurons():
    small, larger = (mg.draw(net_loss(*net)).dot.source for net in [(2, [2, 1]), (3, [4, 4, 1])])
    assert "sum_h1 = w1·x1 + w2·x2 + b1" in small
    assert "sum_h1" not in larger
    assert "5 params" in larger


def test_a_depth_can_be_asked_for():
    assert "sum_h1" in mg.draw(net_loss(3, [4, 4, 1]), depth="values").dot.source
    assert "w1·x1" in mg.draw(net_loss(3, [4, 4, 1]), depth="operations").dot.source


def test_one_weights_way_to_the_loss_can_be_asked_for():
    source = mg.draw(net_loss(2, [2, 1]), only="w1").dot.source
    assert "<B> w1 </B>" in source
    assert "<B> w2 </B>" not in source


def test_formulas_stand_where_numbers_stood():
    source = mg.draw(net_loss(2, [2, 1]), show="formula").dot.source
    assert "d_L_d_h1 · d_h1_d_w1" in source


@can_render
def test_a_picture_is_saved_as_its_suffix_says(tmp_path):
    assert mg.draw(product()).save(tmp_path / "a.svg").read_bytes().startswith(b"<?xml")
    assert mg.draw(product()).save(tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


@can_render
def test_a_notebook_shows_a_value_as_its_graph():
    shown = product()._repr_mimebundle_()
    assert {"a", "b", "a·b", "25"} <= set(texts(shown["image/svg+xml"]))


@can_render
def test_what_is_written_in_a_picture_can_be_read_back():
    assert {"a", "b", "a·b"} <= set(texts(svg_of(mg.draw(product()))))
