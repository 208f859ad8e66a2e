"""Games played in a real Chromium: answers judged at once, hints, the score and its export."""

import json

import pytest

import microgradnet as mg
from microgradnet.pages.page import practice_page
from tests.strategies import trained, tutorial

pytestmark = pytest.mark.slow


def say(tab, answer):
    tab.locator("#guess").fill(answer)
    tab.keyboard.press("Enter")
    return tab.locator("#verdict").inner_text()


def asked(tab):
    return tab.locator("#question").evaluate("place => place.dataset.text").removesuffix(" = ")


def go_on(tab):
    tab.locator("#check").click()


def to_the_end(tab):
    while tab.locator("#practice").is_visible():
        if tab.locator("#reveal").is_enabled():
            tab.locator("#reveal").click()
        go_on(tab)


# L = (w x + b)**2 at w = 2, x = -3, b = 3: u = -6, v = -3, L = 9.
GAME = [
    ("u", "-1", "That is a sum where a product belongs."),
    ("u", "-6", "Right"),
    ("v", "-3", "Right"),
    ("L", "9", "Right"),
    ("∂L/∂v", "-3", "The factor from the exponent is left out."),
    ("∂L/∂v", "6", "The sign is wrong."),
    ("∂L/∂v", "-6.0", "Right"),
    ("∂u/∂w", "-3", "Right"),
    ("d_L_d_w", "-3", "That is the local derivative; the gradient from above is left out."),
    ("d_L_d_w", "18", "Right"),
]


def test_a_game_of_ten_answers_of_which_four_are_wrong(opened):
    tab = opened(practice_page("chain"))
    assert tab.locator("h1").inner_text() == "Practice: a chain of functions"
    for name, answer, verdict in GAME:
        assert asked(tab) == name
        said = say(tab, answer)
        assert verdict in said
        assert said.startswith("Right" if verdict == "Right" else "Not right.")
        if verdict == "Right":
            go_on(tab)
    to_the_end(tab)
    assert tab.locator("#points").inner_text() == (
        "3 of 8 right at once, 3 in the end, 2 shown; 4 of 10 answers were wrong."
    )
    with tab.expect_download() as saved:
        tab.locator("#export").click()
    score = json.loads(saved.value.path().read_text(encoding="utf-8"))
    assert (score["answers"], score["wrong"], score["questions"]) == (10, 4, 8)
    assert (score["at_once"], score["in_the_end"], score["shown"]) == (3, 3, 2)
    given = [(one["question"], x) for one in score["results"] for x in one["given"]]
    assert given == [(name, answer) for name, answer, _ in GAME]
    mistakes = [x for one in score["results"] for x in one["mistakes"]]
    assert mistakes == ["sum_for_product", "exponent", "sign", "local_only"]
    assert saved.value.suggested_filename == "practice.json"


def test_nothing_is_shown_before_it_is_asked(opened):
    """Not in the picture, not in a panel, not by stepping on; after the game all is."""
    tab = opened(practice_page("chain"), at="#step=9&of=0")
    assert tab.evaluate("state.step") == 0
    for key in ("End", "ArrowRight"):
        tab.locator("#pane").focus()
        tab.keyboard.press(key)
    assert tab.evaluate("state.step") == 0
    assert not tab.locator(".panels").is_visible()
    assert "-6" not in tab.locator("body").inner_text().replace("−", "-")
    marks = "['asked', 'now'].map((mark) => inSight().svg.querySelectorAll(`.node.${mark}`).length)"
    assert tab.evaluate(marks) == [1, 0]
    say(tab, "-6")
    assert tab.evaluate(marks) == [0, 1]
    assert "-6" in tab.locator("#pane").inner_text().replace("−", "-")
    to_the_end(tab)
    assert tab.locator(".panels").is_visible()
    assert tab.evaluate("state.step") == tab.evaluate("data.steps.length")


def test_three_hints(opened):
    tab = opened(practice_page("sigmoid"))
    for answer in ("1", "0.5"):
        say(tab, answer)
        go_on(tab)
    assert asked(tab) == "h"
    for left in (2, 1, 0):
        tab.locator("#hint").click()
        assert tab.locator("#hint").inner_text() == f"Hint ({left} left)"
    assert tab.locator("#hint").is_disabled()
    lines = tab.evaluate("[...byId('hints').children].map(x => x.dataset.text ?? x.textContent)")
    assert lines[1:] == ["h = sigmoid(z)", "h = sigmoid(0.5)"]
    assert say(tab, "0.6225").startswith("Right: 0.6225")
    assert tab.evaluate("outcome(game.answers[2])") == "in_the_end"


VERDICTS = {
    "right": ["0.6225", "0.62", "0,622", "0.62246", "6.2e-1", "28/45", ".622"],
    "near": ["0.6"],
    "wrong": ["0.7", "0.64", "−0.6225", "1"],
    "none": ["", "h", "1/0", "1/2/3"],
}


def test_what_counts_as_right(opened):
    """Asked is sigmoid(0.5)."""
    tab = opened(practice_page("sigmoid"))
    tab.evaluate("game.at = 2")
    for verdict, answers in VERDICTS.items():
        for answer in answers:
            found = tab.evaluate("answer => judged(answer).verdict", answer)
            assert (answer, found) == (answer, verdict)


def test_again_with_other_numbers(opened):
    tab = opened(practice_page("product"))
    before = tab.evaluate("state.inputs")
    to_the_end(tab)
    tab.locator("#again").click()
    a, b, _ = numbers = tab.evaluate("state.inputs")
    assert all(x == int(x) != 0 for x in numbers)  # whole, as those given
    assert tab.evaluate("state.inputs") != before
    assert asked(tab) == "p"
    assert say(tab, repr(a * b)).startswith("Right")


def test_one_s_own_net_and_a_training_can_be_practised(opened):
    for made in (tutorial()[1], trained(epochs=20, snapshots=4)[1]):
        tab = opened(mg.page(made, practice=True))
        right = tab.evaluate("state.outputs[question().answer]")
        assert say(tab, repr(right)).startswith("Right")


@pytest.mark.parametrize(
    ("width", "lang"), [(400, "en"), (400, "zh"), (900, "en"), (1200, "zh"), (1600, "en")]
)
def test_what_is_asked_is_in_sight(opened, width, lang):
    window = {"viewport": {"width": width, "height": 800}, "reduced_motion": "reduce"}
    tab = opened(practice_page("net", lang), **window)
    while tab.locator("#practice").is_visible():
        for part in ("#guess", "#check", "#hint", "#pane > svg:not(.away) .asked >> nth=0"):
            box = tab.locator(part).bounding_box()
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width
            assert box["y"] + box["height"] <= 800
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        tab.locator("#reveal").click()
        go_on(tab)
