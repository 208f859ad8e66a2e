"""The page of a graph too large to step through: its layers, each weight with its chain rule."""

import inspect
import re

import pytest
from gallery import gpt_block

import microgradnet as mg
from microgradnet.drawing import of_arrays
from microgradnet.pages import layers_page
from microgradnet.pages.layers_page import LayersOf
from microgradnet.pages.page import page, static
from microgradnet.words import page_words
from tests.marks import can_render
from tests.pages.axe import found
from tests.pages.looking import HIDDEN, OUT_OF_SIGHT, readable, smallest
from tests.pages.reading import data_of


def recorded(n_in=16, sizes=(16, 10), samples=1):
    net = mg.MLP(n_in, sizes, seed=0)
    losses = []
    for k in range(samples):
        x = [mg.Value(((7 * i + k) % 11 - 5) / 5, f"x{i + 1}") for i in range(n_in)]
        y = [mg.Value(float(i == 3), f"y{i + 1}") for i in range(sizes[-1])]
        losses.append(mg.mse(net(x), y))
    loss = sum(losses[1:], losses[0])
    loss.label = "L"
    return net, loss


def largest(net, loss):
    """The weights by name, with their gradients, the largest first."""
    weights = {n: p for n, p in net.named_parameters() if n.startswith("w")}
    grads = dict(zip(weights, (g.data for g in mg.grad(loss, [*weights.values()]))))
    return sorted(grads.items(), key=lambda item: -abs(item[1]))


@can_render
def test_a_graph_of_layers_has_a_page_and_its_numbers_are_those_of_python():
    net, loss = recorded()
    data = data_of(page(loss))
    first = data["layers"][0]
    grads = dict(largest(net, loss))
    for i, neuron in enumerate(net.layers[0].neurons):
        assert first["W"][i] == [float(f"{w.data:.4g}") for w in neuron.weights]
        assert first["∂W"][i] == [float(f"{grads[w.label]:.4g}") for w in neuron.weights]
        assert first["names"][i] == [w.label for w in neuron.weights]
    assert data["layers"][1]["columns"] == [f"h{i + 1}" for i in range(16)]


@can_render
def test_a_drawing_of_matrices_is_saved_as_that_page_and_other_pages_are_refused(tmp_path):
    _, loss = recorded()
    text = mg.draw(loss).save(tmp_path / "a.html").read_text(encoding="utf-8")
    assert '"cells":{"heat' in text
    with pytest.raises(ValueError, match="a page holds at most 300 to step through"):
        page(loss, practice=True)
    with pytest.raises(ValueError, match="a widget steps through at most 300 values"):
        mg.widget(loss)


def test_each_word_of_the_page_is_used():
    code = map(inspect.getsource, (inspect.getmodule(page), layers_page, of_arrays))
    text = "".join([static("layers.js"), *code])
    for name in page_words("en"):
        if name.startswith(("array_", "cell_")) and not name.startswith("array_says_"):
            assert re.search(rf"\b(word_)?{name}\b", text), name


def test_what_comes_from_other_uses_of_a_weight_is_said():
    """A penalty uses each weight too, so the products of its layer are not all of its gradient."""
    net, loss = recorded(3, (9, 9, 2))
    assert all(layer["others"] == [] for layer in LayersOf(loss, "en").data()["layers"])
    w = net.layers[1].neurons[2].weights[4]
    w_only = loss + 0.5 * w * w
    w_only.label = "L"
    others = LayersOf(w_only, "en").data()["layers"][1]["others"]
    assert others[2][4] == float(f"{w.data:.4g}")
    assert sum(x != 0 for row in others for x in row) == 1


@pytest.mark.parametrize("plain", [False, True])
def test_the_terms_of_the_gradient_of_an_output_name_the_weights_they_go_through(plain):
    _, loss = recorded(3, (8, 2))
    if plain:
        x = [mg.Value(0.5, f"x{i}") for i in range(3)]
        w = [[mg.Value(0.1 * (i - j), f"w[{i}, {j}]") for j in range(3)] for i in range(8)]
        v = [[mg.Value(0.2 * (i - j), f"v[{i}, {j}]") for j in range(8)] for i in range(2)]
        h = [mg.tanh(a * x[0] + b * x[1] + c * x[2]) for a, b, c in w]
        o = [sum((a * y for a, y in zip(row[1:], h[1:])), row[0] * h[0]) for row in v]
        loss = o[0] * o[0] + mg.sin(o[1])
    made = LayersOf(loss, "en")
    terms = made.data()["layers"][0]["why"][5][0]
    seconds = [row[5] for row in made.arrays.layers[1].weights]
    assert {term[2] for term in terms[:-1]} == {str(x.label) for x in seconds}
    total = sum(term[1] * term[3] for term in terms[:-1])
    assert total == pytest.approx(made.parts[made.arrays.layers[0].outputs[5][0]].grad, rel=1e-2)


def test_names_count_from_0_where_those_of_the_weights_do():
    """score[4, 11] was called the weight of x12 in z5, and a difference of two of those [−]."""
    data = LayersOf(gpt_block(), "en").data()
    score = data["layers"][-1]
    assert score["names"][4][11] == "score[4, 11]"
    assert (score["sums"][4], score["columns"][11]) == ("z_score[4]", "z_narrow[11]")
    assert re.fullmatch(r"\(z_score\[\d+\] − z_score\[\d+\]\)", score["why"][5][0][0][0])


def test_a_sum_with_0_has_no_name():
    outputs = mg.MLP(3, [8, 9], seed=0)([0.5, 1.0, -1.0])
    made = LayersOf(sum(o * o for o in outputs) + sum(outputs), "en")
    first = made.data()["layers"][1]["why"][0][0]
    assert len(first) == 4  # of the sum, of each factor of the square, and how many more
    assert not any("0 +" in str(term) or "[" in str(term[0]) for term in first)
    gradient = made.parts[outputs[0]].grad
    assert sum(term[1] * term[3] for term in first[:-1]) == pytest.approx(gradient, rel=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("samples", [1, 3])
def test_the_largest_gradient_and_why(opened, samples):
    """The page opens at the weight with the largest gradient: its chain rule gives the number."""
    net, loss = recorded(samples=samples)
    (name, grad), *_ = largest(net, loss)
    tab = opened(page(loss))
    assert tab.locator("#name").inner_text() == name
    chain = tab.locator("#code").inner_text()
    assert not re.search(r"-\d", chain)  # a minus sign is one
    chain = chain.replace("−", "-")
    assert f"d_L_d_{name}\n" in chain
    assert f"= {grad:.4g}\n" in chain
    products = re.findall(r"= ([-\d.e]+) × ([-\d.e]+) × \(?([-\d.e]+)", chain)
    if samples == 1:
        a, b, c = map(float, products[0])
        assert a * b * c == pytest.approx(grad, rel=2e-3)
        assert len(re.findall(r"number 1 of \d+[,.]", chain)) == 2  # by both factors the largest
    assert tab.locator(".mark:visible").count() == 6


@pytest.mark.slow
def test_a_click_and_the_arrow_keys_choose_a_weight_and_a_pointer_shows_its_numbers(opened):
    net, loss = recorded()
    grads = dict(largest(net, loss))
    tab = opened(page(loss))
    images = tab.locator("#pane > svg:not(.away) [data-id] image:visible")
    box = images.nth(2).bounding_box()  # of the gradients of layer 1
    x, y = box["x"] + 4.5 / 16 * box["width"], box["y"] + 6.5 / 16 * box["height"]
    tab.mouse.move(x, y)
    weight = net.layers[0].neurons[6].weights[4]
    said = f"{weight.label} = {weight.data:.4g}, gradient {grads[weight.label]:.4g}"
    assert said.replace("-", "−") in tab.locator("#tip").inner_text()
    tab.mouse.click(x, y)
    assert tab.locator("#name").inner_text() == weight.label
    chain = tab.locator("#code").inner_text()
    assert "d_L_d_h7\n  = d_L_d_sum_o" in chain
    assert "+ (−" in chain
    assert "+ −" not in chain
    tab.locator("#pane > svg:not(.away) .heat").first.focus()
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("ArrowDown")
    assert tab.locator("#name").inner_text() == net.layers[0].neurons[7].weights[5].label
    assert tab.locator("#tip").is_hidden()  # it was of the cell under the pointer


@pytest.mark.slow
@pytest.mark.parametrize("width", [390, 900, 1200, 1440])
def test_what_a_click_says_and_all_arrows_are_in_sight(opened, width):
    """At 1200 the panel was below the window; at 900 the arrow of y1 ... y10 behind a box."""
    view = {"viewport": {"width": width, "height": 900}, "reduced_motion": "reduce"}
    tab = opened(page(recorded()[1]), **view)
    assert tab.evaluate(HIDDEN) == []
    tab.locator("#pane > svg:not(.away) [data-id] image:visible").nth(2).click()
    assert tab.evaluate(OUT_OF_SIGHT, "#name, #words, #pane > svg:not(.away) .mark") == []


@pytest.mark.slow
@pytest.mark.parametrize(("lang", "theme", "width"), [("en", "dark", 390), ("zh", "light", 1440)])
def test_axe_finds_nothing_and_the_letters_are_large_enough(opened, lang, theme, width):
    view = {"width": width, "height": 900}
    tab = opened(page(recorded()[1], lang=lang), color_scheme=theme, viewport=view)
    assert found(tab) == []
    assert smallest(tab) >= readable(width)
    assert tab.evaluate("pane.scrollWidth <= pane.clientWidth")
    assert width < 600 or tab.evaluate(OUT_OF_SIGHT, "#pane g.node, .zoom button") == []


@pytest.mark.slow
def test_a_block_of_a_gpt_fits_one_window(opened):
    """It was as long as one window and a half, and had no button to fit it."""
    tab = opened(page(gpt_block()), viewport={"width": 1440, "height": 900})
    inside = "#pane > svg:not(.away) g.node, #pane > svg:not(.away) .edge, .zoom button"
    assert tab.evaluate(OUT_OF_SIGHT, inside) == tab.evaluate(HIDDEN) == []
    assert smallest(tab) >= readable(1440)
    assert tab.locator("#pane > svg:not(.away) g.node").count() == 12
    tab.set_viewport_size({"width": 700, "height": 700})
    tab.locator("#fit").click()
    assert tab.evaluate("inSight().isLong && pane.scrollWidth <= pane.clientWidth")
    assert smallest(tab, "#pane") >= readable(700)
