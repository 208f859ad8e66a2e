"""A chain of like steps in a page: one box, which opens."""

import pytest

import microgradnet as mg
from tests.marks import can_render

pytestmark = can_render


def steps(n, x):
    for _ in range(n):
        x = mg.tanh(1.1 * x + 0.1)
    return x


@pytest.mark.slow
def test_the_box_opens_in_a_page_and_shows_the_step_and_the_derivative_of_the_chain(opened):
    x = mg.Value(0.5, "x")
    loss = steps(12, x) * mg.Value(0.3, "w")
    (slope,) = mg.grad(loss / 0.3, [x])
    tab = opened(mg.page(loss))
    nodes = tab.locator("#pane svg:not(.away) .node")
    box = tab.locator("svg:not(.away) .fold")
    assert (nodes.count(), box.get_attribute("aria-expanded")) == (4, "false")
    assert tab.locator("#folds").inner_text() == "Like steps in one box (35 values left out)"
    tab.locator("#forth").click()  # a value inside
    assert "now" in box.get_attribute("class")
    tab.locator("#last").click()
    assert float(box.locator(".port").text_content()) == pytest.approx(slope.data, rel=1e-3)
    box.focus()
    tab.keyboard.press("Enter")
    assert nodes.count() == 39
    assert tab.locator("#folds").inner_text() == "Like steps in one box"
    assert "1.1" in tab.locator("svg:not(.away) .port").all_text_contents()
    tab.locator("#folds").click()
    assert nodes.count() == 4
    box.click()
    assert nodes.count() == 39


def test_a_page_of_practice_asks_for_each_value():
    assert 'class="folded"' not in mg.page(steps(12, mg.Value(0.5)), practice=True).html
