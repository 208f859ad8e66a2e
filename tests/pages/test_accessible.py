"""The page for everybody: axe finds nothing at level AA, and the keyboard reaches all in order."""

import pytest

import microgradnet as mg
from microgradnet.pages.page import practice_page
from tests.pages.axe import found
from tests.strategies import trained, tutorial

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("lang", "theme", "width"), [("en", "light", 400), ("zh", "dark", 1200)])
def test_axe_finds_nothing(opened, lang, theme, width):
    made = tutorial()[1] if lang == "en" else trained(epochs=20, snapshots=4)[1]
    view = {"color_scheme": theme, "viewport": {"width": width, "height": 900}}
    tab = opened(mg.page(made, lang=lang), **view)
    assert found(tab) == []
    tab.locator("#last").click()
    tab.locator("#which").select_option("w1")
    tab.locator("#fit").click()
    assert found(tab) == []


@pytest.mark.parametrize(("lang", "theme"), [("en", "dark"), ("zh", "light")])
def test_axe_finds_nothing_in_practice(opened, lang, theme):
    view = {"color_scheme": theme, "viewport": {"width": 400, "height": 800}}
    tab = opened(practice_page("chain", lang), **view)
    for _ in range(3):
        tab.locator("#hint").click()
    tab.locator("#guess").fill("6")
    tab.keyboard.press("Enter")
    assert found(tab) == []
    while tab.locator("#practice").is_visible():
        if tab.locator("#reveal").is_enabled():
            tab.locator("#reveal").click()
        tab.locator("#check").click()
    assert found(tab) == []


def test_axe_finds_what_is_planted(opened):
    tab = opened(mg.page(tutorial()[1]))
    tab.evaluate(
        "byId('phase').style.color = '#ddd'; byId('rate').parentElement.firstChild.remove()"
    )
    assert {kind for kind, *_ in found(tab)} == {"color-contrast", "label"}


def test_the_keyboard_goes_from_the_steps_to_the_graph_to_the_panels(opened):
    tab = opened(mg.page(tutorial()[1]))
    tab.evaluate("goTo(5)")
    met, at = [], "document.activeElement.id || document.activeElement.className.baseVal"
    for _ in range(60):
        tab.keyboard.press("Tab")
        met.append(tab.evaluate(at))
    order = ["first", "back", "forth", "last", "play", "step", "pane", "fit"]
    order += ["which", "rate", "descend"]
    assert [x for x in met if x in order] == order
    leaves = [x for x in met if x and x.startswith("node")]
    assert len(leaves) == 12  # each leaf can be reached and chosen
