"""Pictures of formulas: the derivation, at each node of the graph."""

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

import microgradnet as mg
from microgradnet.autograd.graph import reachable
from microgradnet.autograd.value import Value
from microgradnet.drawing.depths import draw
from microgradnet.drawing.of_formulas import MOST_LINES, wrapped
from tests.drawing.shown import svg_of, texts
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
        assert name in source
    for text in ("x1·σ′(sum_h1)", "h1 = σ(sum_h1)", "sum_h1 = w1·x1 + w2·x2 + b1", "(y_pred − 1)²"):
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


def test_a_sum_over_paths_powers_sizes_and_choices_are_written_as_people_do():
    x = Value(2.0, "x")
    y = mg.sin(x) * x
    y.label = "y"
    source = draw(y + mg.exp(y), show="formula").dot.source
    for text in ("d_L_d_y · d_y_d_x", "sin(x) + sin′(x)·x", "1 + exp′(y)"):
        assert text in source
    y = mg.maximum(abs(x) ** 3, mg.exp(-x) ** 0.5) + mg.where(x, 1e-7, x)
    source = draw(y, show="formula").dot.source
    for text in ("= max(|x|³, exp(−x)^0.5)", "+ (1e−07 if x &gt; 0 else x)"):
        assert text in source


@can_render
@pytest.mark.parametrize("rankdir", ["LR", "TB"])
def test_a_long_formula_keeps_each_sign(rankdir):
    """A line of more letters than a cell holds was cut, and the minus at its end with it."""
    x = [Value(i + 1.5, f"weight_{i + 1}") for i in range(8)]
    z = x[0] * x[1] - x[2] * x[3] - x[4] / x[5] - x[6] + mg.sqrt(x[7]) - 3 * x[0] * x[2] * x[4]
    z.label = "z"
    lines = texts(svg_of(draw(z, show="formula", rankdir=rankdir)))
    first = next(i for i, line in enumerate(lines) if line.startswith("z = "))
    shown = " ".join(lines[first:])
    for term in ("− weight_3·weight_4", "− weight_5 / weight_6", "− weight_7", "+ sqrt(weight_8)"):
        assert term in shown
    assert "− 3·weight_1" in shown
    assert not any(line.endswith(("−", "+", "…")) for line in lines)


@given(st.lists(st.tuples(st.sampled_from([" + ", " − ", "·", " / "]), st.integers(1, 15))))
def test_wrapped_lines_are_the_text_again(pieces):
    text = "a" + "".join(sign + "b" * n for sign, n in pieces)
    lines = wrapped(text, 20)
    assert len(lines) <= MOST_LINES
    if lines[-1] != "…":
        assert "".join(lines).replace(" ", "") == text.replace(" ", "")
        assert all(len(line) <= 20 and line[0] in "a+−·/" for line in lines)


def test_the_picture_names_are_those_of_the_derivation_whatever_the_labels():
    w, x = Value(2.0, "class"), Value(3.0, "d_a_d_b")
    loss = (w * x - 1) ** 2
    source, written = draw(loss, show="formula").dot.source, mg.derive(loss, [w, x])
    names = re.findall(r"\b(d_L_d_\w+) =", written)
    assert names == ["d_L_d__class", "d_L_d__d_a_d_b"]
    assert all(name in source for name in names)
