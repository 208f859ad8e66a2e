"""Pictures of formulas: the derivation, at each node of the graph."""

import re
from xml.etree import ElementTree

import pytest

import microgradnet as mg
from microgradnet.autograd.graph import reachable
from microgradnet.autograd.value import Value
from microgradnet.drawing.depths import draw
from tests.drawing.shown import svg_of
from tests.marks import can_render
from tests.strategies import net_loss

LABEL = '<b>&"\n 🙂 中文 ]]> {a|b} \\N'


def test_formulas_name_derivatives_as_the_tutorial():
    loss = net_loss(2, [2, 1])
    source = draw(loss, show="formula").dot.source
    derived = mg.derive(loss, [x for x in reachable(loss)[0] if x.label[0] in "wb"])
    factors = set(re.findall(r"\b(d_(?:h\d|ypred)_d_\w+) =", derived))
    assert len(factors) == 11
    for name in factors:
        assert name.replace("ypred", "o1") in source
    for text in ("x1·σ′(sum_h1)", "h1 = σ(sum_h1)", "sum_h1 = w1·x1 + w2·x2 + b1", "(o1 − 1)²"):
        assert text in source
    assert "d_L_d_h1 · d_h1_d_w1" in source
    assert not re.search(r">[−-]?\d+\.\d+<", source)


@can_render
def test_formulas_of_any_labels():
    a = Value(2.0, LABEL)
    b = mg.tanh(a * Value(0.0)) + a
    b.label = LABEL
    for across in ("TB", "LR"):
        ElementTree.fromstring(svg_of(draw(b / 3, show="formula", rankdir=across)))
    with pytest.raises(ValueError, match="492 values are no picture that anyone reads"):
        draw(net_loss(7, [16, 16, 1]), show="formula")


def test_a_sum_over_paths():
    x = Value(2.0, "x")
    y = mg.sin(x) * x
    y.label = "y"
    source = draw(y + mg.exp(y), show="formula").dot.source
    assert "d_L_d_y · d_y_d_x" in source
    assert "sin(x) + sin′(x)·x" in source
    assert "1 + exp′(y)" in source
