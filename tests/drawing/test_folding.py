"""A chain of like steps is one box, and no picture is higher than 2,000 pixels by itself."""

import re

import gallery
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import microgradnet as mg
from microgradnet.drawing.anatomy import dissect
from microgradnet.drawing.chains import folded
from microgradnet.drawing.depths import draw
from microgradnet.drawing.selection import select
from tests.drawing.shown import svg_of, texts
from tests.marks import can_render, share
from tests.strategies import net_loss


def steps(n, x=None):
    v = x or mg.Value(0.5, "x")
    for _ in range(n):
        v = mg.tanh(1.1 * v + 0.1)
    return v


def height(svg):
    return float(re.findall(r'height="([\d.]+)pt"', svg)[0]) * 96 / 72


@can_render
def test_twelve_like_steps_are_one_box():
    """They were a column of 5,863 pixels."""
    svg = svg_of(draw(steps(12)))
    assert svg.count('class="node"') == 2
    assert "12 times tanh(1.1·v + 0.1)" in texts(svg)  # × 12 reads as a product
    assert "tanh(1.1·v + 0.1)，重复 12 次" in texts(svg_of(draw(steps(12), lang="zh")))
    assert any("35 values left out: depth='values' draws all" in text for text in texts(svg))
    assert height(svg) < 400
    opened = svg_of(draw(steps(12), depth="values"))
    assert opened.count('class="node"') == 37


def test_the_box_has_the_number_the_gradient_and_the_derivative_of_the_whole_chain():
    x = mg.Value(0.5, "x")
    y = steps(12, x)
    loss = y * y
    loss.label = "L"
    short, parts = folded(select(loss), dissect(loss))
    (slope,) = mg.grad(y, [x])
    assert parts[y].partials == (pytest.approx(slope.data, rel=1e-12),)
    assert parts[y].grad == dissect(loss)[y].grad
    assert [x for _, x in short.operands(y)] == [x]
    assert {*short.leaves, *short.inner} == {x, y, loss}


def test_only_like_steps_that_nothing_else_uses_are_folded():
    selection = select(mg.sin(mg.exp(mg.cos(mg.Value(1.0)))))
    assert folded(selection, dissect(selection.root)) is None
    y = steps(2)
    selection = select(steps(2, y) + y)
    assert folded(selection, dissect(selection.root)) is None
    labelled = steps(2)
    labelled.label = "h2"
    last = steps(3, labelled)
    short, _ = folded(select(last), dissect(last))
    assert any(x is labelled for x in short.inner)


@can_render
@pytest.mark.parametrize(
    "make",
    [
        lambda: steps(40),
        lambda: gallery.unlabelled(60),
        lambda: gallery.unlabelled(3_000),
        lambda: gallery.recurrence(5),
        lambda: gallery.recurrence(60),
        gallery.labelled,
        gallery.batch_loss,
        lambda: net_loss(2, [2, 1]),
        lambda: net_loss(2, [2] * 12),
        lambda: net_loss(64, [32, 10]),
    ],
)
def test_no_picture_is_higher_than_2000_pixels(make):
    assert height(svg_of(draw(make()))) <= 2_000


STEPS = (
    *(mg.tanh, mg.sin, mg.cos),
    *(lambda v: 1.1 * v, lambda v: v + 0.3, lambda v: v**2, lambda v: mg.tanh(1.1 * v + 0.1)),
)


@can_render
@settings(max_examples=share(24), derandomize=True, deadline=None)
@given(st.lists(st.sampled_from(STEPS), min_size=10, max_size=60), st.booleans())
@example(STEPS[:6] * 3 + STEPS[:2], False)  # were 2,317 pixels
@example(STEPS[-1:] * 14, True)  # 2,024
@example(STEPS[-1:] * 40, True)  # 5,464
def test_no_chain_of_unlike_or_labelled_steps_is_higher_either(chain, are_labelled):
    v = mg.Value(0.5, "x")
    for i, step in enumerate(chain):
        v = step(v)
        v.label = f"s{i + 1}" if are_labelled else ""
    assert height(svg_of(draw(v))) <= 2_000


def test_a_picture_says_how_many_values_its_boxes_stand_for():
    loss = net_loss(3, [4, 4, 1])
    n = len(select(loss))
    assert f"{n} values in 13 boxes" in draw(loss).dot.source
    assert re.search(r"2,406 values in \d+ boxes", draw(gallery.recurrence(400)).dot.source)
