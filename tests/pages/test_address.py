"""What is shown stands in the address, and a link opens it again."""

import pytest

import microgradnet as mg
from tests.strategies import trained, tutorial

pytestmark = pytest.mark.slow
SHOWN = """({step: state.step, selected: state.selected, inputs: state.inputs, rows: state.rows,
  at: state.at, epoch: past && epoch(), chain: byId("chain").dataset.text})"""


def address(tab):
    tab.wait_for_timeout(400)  # it is written when the last change is 0.2 s old
    return tab.evaluate("location.hash")


def test_a_link_opens_the_same_step(opened):
    made = mg.page(tutorial()[1])
    tab = opened(made)
    assert address(tab) == ""
    tab.locator("#step").fill("17")
    tab.locator("#which").select_option("w3")
    tab.get_by_role("spinbutton", name="w3", exact=True).fill("1.75")
    link = address(tab)
    assert link.startswith("#step=17&of=7&numbers=")
    assert opened(made, at=link).evaluate(SHOWN) == tab.evaluate(SHOWN)


def test_a_link_opens_the_same_epoch_sample_and_data(opened):
    made = mg.page(trained(epochs=20, snapshots=4)[1])
    tab = opened(made)
    tab.locator("#epoch").fill("2")
    tab.locator("#sample").select_option("4")
    tab.locator("#add").click()
    tab.get_by_role("spinbutton", name="x2", exact=True).fill("-0.3")
    for _ in range(3):
        tab.locator("#descend").click()
    again = opened(made, at=address(tab))
    assert again.evaluate(SHOWN) == tab.evaluate(SHOWN)
    assert again.evaluate("state.rows.length") == 7
    tab.evaluate("location.hash = '#step=5'")
    tab.wait_for_timeout(50)
    assert tab.locator("#count").inner_text().startswith("5 / ")


WRONG = ["#step=-1", "#step=1e9", "#step=x&of=99", "#rows=1,2;3", "#rows=<b>", "#%"]


def test_a_wrong_address_opens_the_page_as_given(opened):
    made = mg.page(tutorial()[1])
    given = opened(made).evaluate(SHOWN)
    for wrong in (*WRONG, "#numbers=99:1,0:nan"):
        assert opened(made, at=wrong).evaluate(SHOWN) == given


def test_reset_goes_back_to_what_was_given(opened):
    made = mg.page(trained(epochs=20, snapshots=4)[1])
    tab = opened(made, at="#step=3&of=1&epoch=1&sample=2&rows=1,2,0&numbers=0:3")
    tab.locator("#reset").click()
    assert tab.evaluate(SHOWN) == opened(made).evaluate(SHOWN)
