"""Samples in the page: stepped through, added, moved, deleted; steps of descent on one or all."""

import pytest

import microgradnet as mg
from tests.strategies import trained, tutorial

pytestmark = pytest.mark.slow
STATE = "({rows: state.rows, at: state.at, taken: state.taken})"
RATE = 0.1


def number(x):
    return f"{x + 0.0:.4g}"


@pytest.fixture
def tab(opened):
    return opened(mg.page(trained(epochs=20, snapshots=4)[1]))


@pytest.fixture
def net():
    return trained(epochs=20, snapshots=4)[0]


def parameters(tab):
    names = "state.inputs.map((x, i) => [data.nodes[data.leaves[i].node].name, x])"
    return dict(tab.evaluate(names))


def descended(net, rows):
    """The parameters after a step on the mean loss of some rows."""
    losses = [mg.mse(net(x), y) for x, y in rows]
    loss = sum(losses[1:], losses[0]) / len(losses)
    slopes = mg.grad(loss, net.parameters())
    return {name: p.data - RATE * d.data for (name, p), d in zip(net.named_parameters(), slopes)}


def test_all_samples_can_be_stepped_through_and_a_step_is_on_each_in_turn(tab, net):
    X, y = mg.datasets.gender()
    met = []
    for _ in X:
        tab.locator("#next").click()
        found = parameters(tab)
        met.append(([found["x1"], found["x2"]], found["y_true"]))
    data = [(list(a), b) for a, b in zip(X, y)]
    assert met == [*data[2:], *data[:2]]
    tab.locator("#previous").click()
    assert "number 1 of 6" in tab.locator("#taken-on").inner_text()
    tab.locator("#next").click()
    assert "1 sample, then moves to the next: now number 2 of 6" in (
        tab.locator("#taken-on").inner_text()
    )
    right = descended(net, [(X[1], y[1])])
    tab.locator("#descend").click()
    found = parameters(tab)
    assert {name: found[name] for name in right} == pytest.approx(right, rel=1e-12)
    assert "now number 3 of 6" in tab.locator("#taken-on").inner_text()
    assert [found["x1"], found["x2"]] == list(X[2])


def test_a_step_on_the_mean_of_all(tab, net):
    rows = list(zip(*mg.datasets.gender()))
    tab.locator("#on").select_option("mean")
    assert tab.locator("#taken-on").inner_text() == (
        "One step uses all 6 samples: the mean of their gradients."
    )
    right = descended(net, rows)
    tab.locator("#descend").click()
    found = parameters(tab)
    assert {name: found[name] for name in right} == pytest.approx(right, rel=1e-12)
    net.load_state_dict(right)
    mean = sum(mg.mse(net(x), t).data for x, t in rows) / 6
    assert tab.locator("#loss").inner_text() == f"Step 1: mean L = {number(mean)}"


def test_a_single_sample_is_said_to_be_one(opened):
    tab = opened(mg.page(tutorial()[1]))
    assert tab.locator("#taken-on").inner_text() == "One step uses 1 sample: number 1 of 1."
    assert tab.locator("#on").is_hidden()
    assert tab.locator("#delete").is_disabled()


def at(tab, x, y):
    """The place of a pair of inputs in the window."""
    tab.locator("#plane").scroll_into_view_if_needed()
    box = tab.locator("#plane").bounding_box()
    i, j = tab.evaluate("([x, y]) => toCanvas([x, y])", [x, y])
    return box["x"] + i * box["width"] / 300, box["y"] + j * box["height"] / 300


def test_samples_are_added_moved_and_deleted_by_pointer_and_keyboard(tab):
    tab.locator("#target").fill("0")
    tab.mouse.click(*at(tab, 10, -5))
    found = tab.evaluate(STATE)
    assert (len(found["rows"]), found["at"]) == (7, 6)
    assert found["rows"][6] == [pytest.approx(10, abs=0.5), pytest.approx(-5, abs=0.5), 0]
    tab.mouse.move(*at(tab, 27, 17))
    tab.mouse.down()
    tab.mouse.move(*at(tab, 0, 10))
    tab.mouse.up()
    found = tab.evaluate(STATE)
    assert (len(found["rows"]), found["at"]) == (7, 1)
    assert found["rows"][1] == [pytest.approx(0, abs=0.5), pytest.approx(10, abs=0.5), 1]
    assert parameters(tab)["x1"] == found["rows"][1][0]
    tab.locator("#delete").click()
    assert [row[2] for row in tab.evaluate(STATE)["rows"]] == [0, 1, 0, 1, 0, 0]
    tab.locator("#add").focus()
    tab.keyboard.press("Enter")
    tab.get_by_role("spinbutton", name="x1", exact=True).fill("-7")
    assert tab.evaluate(STATE)["rows"][6][0] == -7
    tab.locator("#previous").click()
    tab.locator("#next").click()
    assert parameters(tab)["x1"] == -7
