"""The picture: its DOT text byte for byte, its gradients, and every way to get it on paper."""

import re
from collections import Counter

import pytest

import microgradnet as mg
from microgradnet.autograd.gradient import NonFiniteError
from microgradnet.autograd.value import Value
from microgradnet.drawing.anatomy import caption, dissect
from microgradnet.drawing.depths import draw
from microgradnet.drawing.rendering import render
from microgradnet.drawing.styles import escaped, written
from tests.marks import can_render
from tests.places import GOLDEN
from tests.strategies import pictured


def parts_by_label(root):
    return {str(node.label): part for node, part in dissect(root).items() if node.label}


def captions(*nodes):
    return [caption(node, lambda x: written("{:.4g}", x)) for node in nodes]


# The text.


def test_golden():
    assert draw(pictured()[1]).dot.source == (GOLDEN / "picture_2_2_1.dot").read_text("utf-8")


def test_left_to_right():
    source = draw(pictured()[1], rankdir="LR").dot.source
    assert "rankdir=LR" in source
    assert re.findall(r"n\d+ -> n\d+:i\d+:([nw])", source) == ["w"] * 21
    with pytest.raises(ValueError, match="'TB' or 'LR', not 'RL'"):
        draw(pictured()[1], rankdir="RL")


# What a reader sees.


def test_gradients_are_those_of_backward_and_leave_the_nodes_alone():
    loss = pictured()[1]
    found = dissect(loss)
    assert all(node.grad == 0.0 for node in found)
    before = draw(loss).dot.source
    loss.backward()
    assert {node: node.grad for node in found} == {node: p.grad for node, p in found.items()}
    loss.backward()
    assert draw(loss).dot.source == before


def test_roles_and_neurons():
    parts = parts_by_label(pictured()[1])
    roles = {"x1": "input", "x2": "input", "w1": "parameter", "b3": "parameter", "L": "root"}
    roles |= {"y_true": "target", "h1": "inner"}
    assert {name: parts[name].role for name in roles} == roles
    groups = Counter(part.group for part in dissect(pictured()[1]).values())
    assert groups == {"h1": 5, "h2": 5, "o1": 5, "": 5}


@pytest.mark.parametrize("output", ["sigmoid", "linear"])
def test_a_neuron_that_gets_another_label_stays_one(output):
    y_pred = mg.MLP(2, [2, 1], output=output)([1.0, 2.0])
    y_pred.label = "y_pred"
    parts = parts_by_label(mg.mse(y_pred, 1))
    assert parts["y_pred"].group == "o1"
    assert parts["L"].group == ""
    first, second = mg.MLP(2, [2, 1]).layers
    hidden = first([1.0, 2.0])
    hidden[1].label = "taller"
    assert parts_by_label(second(hidden))["taller"].group == "h2"


def test_a_penalty_is_in_no_neuron():
    net = pictured()[0]
    penalty = sum(p * p for p in net.parameters()[:2])
    penalty.label = "penalty"
    parts = dissect(mg.mse(net([1, 2]), 1) + 0.01 * penalty)
    assert parts[penalty].group == ""
    assert all(parts[x].group == "" for x in parts if x.op == "*" and len(set(x.inputs)) == 1)


def test_without_neurons_all_leaves_are_inputs():
    a, b = Value(2, "a"), Value(3, "b")
    assert [part.role for part in dissect((a - b) ** 2).values()][:2] == ["input", "input"]
    assert [part.role for part in dissect(a).values()] == ["root"]
    assert draw(a).dot.source.count("<TABLE") == 1


def test_titles():
    a, b, long, nameless = Value(2, "a"), Value(3, "b"), Value(1, "a" * 30), Value(4)
    labelled = a * 2
    labelled.label = "twice"
    ops = [a + b, a - b, a * b, a / b, a**2, a**3, a**0.5, a**-1, 2**a, a**b, -a, abs(a)]
    signs = ["+", "−", "×", "÷", "x²", "x³", "x^0.5", "x^(−1)", "xʸ", "xʸ", "−", "|x|"]
    titles = ["a + b", "a − b", "a·b", "a ÷ b", "a²", "a³", "a^0.5", "a^(−1)", "2^a", "a^b", "−a"]
    assert captions(*ops) == [*zip(signs, [*titles, "abs(a)"])]
    same = captions(a / 1, a * 1, 0 + a, 1 / a)
    assert [title for _, title in same] == ["a ÷ 1 = a", "a·1 = a", "0 + a = a", "1 ÷ a"]
    for x, *said in [
        (2 * a, "×", "2·a"),
        (a * -2, "×", "a·(−2)"),
        (1 - a, "−", "1 − a"),
        (a.tanh(), "tanh", "tanh(a)"),
        (mg.maximum(a, 0.5), "max", "maximum(a, 0.5)"),
        (mg.leaky_relu(a), "leaky_relu", "leaky_relu(a)"),
        (labelled, "× 2", "twice"),
        (nameless + nameless, "+", "Σ"),
        (nameless * 2, "× 2", ""),
        (2**nameless, "2ˣ", ""),
        (a + long, "+", "Σ"),
        (nameless.sigmoid(), "σ", "sigmoid"),
        (nameless.tanh(), "tanh", ""),
        (mg.where(nameless, 1, nameless), "where(·, 1, ·)", ""),
    ]:
        assert captions(x) == [tuple(said)]


def test_plain_floats_are_no_nodes():
    source = draw(mg.mse(pictured()[0]([-2.0, 27]), 1)).dot.source
    for title in ("sum_h1 = w1·(−2) + w2·27 + b1", "y_pred − 1"):
        assert f" {title} " in source
    assert source.count("<TABLE") == 17


def test_numbers():
    texts = [written("{:.4g}", x) for x in (-0.0, -1.5, 1e-9, -1e22, float("-inf"), float("nan"))]
    assert texts == ["0", "−1.5", "1e−09", "−1e+22", "−inf", "nan"]
    assert written("{:.1f}", -0.01) == "0.0"
    assert "0.61775" in draw(pictured()[1], number_format="{:.5f}").dot.source


def test_hostile_labels_are_escaped():
    assert escaped('<b>&"\n').strip() == "&lt;b&gt;&amp;&quot;"
    assert escaped("") == escaped(" \t\0") == "&#160;"
    assert escaped("\\N").strip() == "\\\\N"
    assert escaped("\ud800").strip() == "?"
    assert escaped("x" * 40).strip() == "x" * 40
    assert escaped("x" * 41).strip() == "x" * 39 + "…"


# What is refused.


@can_render
def test_non_finite_numbers_are_drawn():
    x = Value(0.0, "x")
    y = mg.log(x) * x + x**-1
    with pytest.raises(NonFiniteError):
        y.backward()
    svg = render(draw(y).dot.source, "svg").decode()
    assert "inf" in svg
    assert "nan" in svg


def test_only_values_are_drawn():
    with pytest.raises(TypeError, match="not type"):
        draw(mg.MLP)
    with pytest.raises(TypeError, match="not list; draw one of them"):
        draw(mg.Layer(2, 2)([1, 2]))
    with pytest.raises(TypeError, match=r"not float$"):
        draw(1.0)
