"""The page in a real headless Chromium: each number is Python's, nothing comes from a network."""

import math

import pytest

import microgradnet as mg
from microgradnet.autograd.graph import reachable
from microgradnet.autograd.value import Value
from microgradnet.export.javascript import source
from microgradnet.operations.operation import OPS
from tests.pages.conftest import HANGS
from tests.pages.looking import OUT_OF_SIGHT, WINDOWS, readable, smallest
from tests.strategies import trained, tutorial

pytestmark = pytest.mark.slow


def number(x):
    return f"{x + 0.0:.4g}"


def pictured(x):
    return number(x).replace("-", "−")


def shown(tab, kind):
    """The texts of that class in the picture that is in sight, in the order of their nodes."""
    return tab.evaluate(
        """kind => {
          const {nodes} = views.find(({svg}) => !svg.classList.contains("away"));
          return nodes.map(([node]) => kind === "port"
            ? node.ports.map(({text}) => text.textContent) : node[kind].text.textContent);
        }""",
        kind,
    )


def agrees(tab, loss):
    """Hold every number of the picture against the graph recorded in Python."""
    from microgradnet.drawing.anatomy import dissect

    parts = dissect(loss)
    tab.evaluate("goTo(data.steps.length)")
    assert shown(tab, "data") == [pictured(node.data) for node in parts]
    assert shown(tab, "grad") == [pictured(part.grad) for part in parts.values()]
    assert shown(tab, "port") == [[pictured(p) for p in part.partials] for part in parts.values()]


def said(tab, place):
    """The formulas of a place, as they are spelled."""
    return tab.locator(place).evaluate("place => place.dataset.text")


def steps_of(tab):
    return tab.evaluate("data.steps.length")


def set_number(tab, name, x):
    tab.get_by_role("spinbutton", name=name, exact=True).fill(repr(x))


def test_it_opens_before_the_first_step_and_goes_by_buttons_and_slider(opened):
    tab = opened(mg.page(tutorial()[1]))
    assert tab.locator("#count").inner_text() == f"0 / {steps_of(tab)}"
    assert set(shown(tab, "grad")) == {""}
    assert "Press Step (or →) to compute sum_h1." in tab.locator("#phase").inner_text()
    assert said(tab, "#text") == "sum_h1 = w1 × x1 + w2 × x2 + b1"
    tab.get_by_role("button", name="Step", exact=True).click()
    assert said(tab, "#text").startswith("sum_h1 = w1 × x1 + w2 × x2 + b1 = 0.1257 × (-2) ")
    tab.locator("#forth").click()
    tab.locator("#back").click()
    assert tab.locator("#count").inner_text().startswith("1 / ")
    tab.locator("#step").fill("20")
    assert tab.locator("#count").inner_text().startswith("20 / ")
    tab.locator("#last").click()
    assert tab.locator("#forth").is_disabled()
    tab.locator("#first").click()
    assert tab.locator("#back").is_disabled()


def test_step_to_the_end_with_the_keys(opened):
    net, loss = tutorial()
    tab = opened(mg.page(loss), viewport={"width": 400, "height": 900})
    texts = []
    while not tab.locator("#forth").is_disabled():
        tab.keyboard.press("ArrowRight")
        texts.append(said(tab, "#text"))
        now = tab.locator("#pane > svg:not(.away) .node.now")
        assert now.count() == 1
        assert tab.locator("#pane > svg:not(.away) .edge.now").count() == ("+=" in texts[-1])
    assert len(texts) == len(set(texts)) == steps_of(tab)
    h1 = next(x for x in reachable(loss)[1] if x.label == "h1")
    sum_h1 = h1.inputs[0]
    assert texts[1] == f"h1 = sigmoid(sum_h1) = sigmoid({number(sum_h1.data)}) = {number(h1.data)}"
    assert texts[8] == "d_L_d_L = 1"
    d_h1, d_w1 = (x.data for x in mg.grad(loss, [h1, net.parameters()[0]]))
    (local,) = mg.grad(h1, [net.parameters()[0]])
    rule = f"d_L_d_h1 × d_h1_d_w1 = {number(d_h1)} × ({number(local.data)}) = {number(d_w1)}"
    assert f"d_L_d_w1 += {rule}" in texts
    agrees(tab, loss)
    assert tab.locator("#count").inner_text() == f"{steps_of(tab)} / {steps_of(tab)}"
    tab.keyboard.press("ArrowLeft")
    assert said(tab, "#text") == texts[-2]


def test_play_runs_through_the_steps(opened):
    tab = opened(mg.page(tutorial()[1]), clock=True)
    n = steps_of(tab)
    tab.locator("#play").click()
    assert tab.locator("#plays").inner_text() == "Pause"
    tab.clock.run_for(n * 900 + 100)
    assert tab.locator("#count").inner_text() == f"{n} / {n}"
    assert tab.locator("#plays").inner_text() == "Play"


def test_choose_a_parameter(opened):
    net, loss = tutorial()
    tab = opened(mg.page(loss))
    for name, p in net.named_parameters():
        tab.locator("#pane > svg:not(.away) g.node.parameter", has_text=name).click()
        assert said(tab, "#chain") == str(mg.explain(loss, p))
        lit = tab.locator("#pane > svg:not(.away) .node.lit .title").all_text_contents()
        above = [p, *(x for x in reachable(loss)[1] if p in reachable(x)[0])]
        on_path = {"y_pred" if x.label == "o1" else x.label for x in above if x.label}
        assert {text.strip().split(" = ")[0] for text in lit} >= on_path
        assert tab.locator("#pane > svg:not(.away) .edge.lit").count() == len(lit) - 1
    tab.keyboard.press("Escape")
    assert tab.locator(".lit").count() == 0
    (d_w3,) = mg.grad(loss, [net.parameters()[3]])
    name = f"w3: data {number(net.parameters()[3].data)}, grad {number(d_w3.data)}"
    tab.locator("#last").click()
    tab.get_by_role("button", name=name, exact=True).focus()
    tab.keyboard.press("Enter")
    assert said(tab, "#chain") == str(mg.explain(loss, net.parameters()[3]))


def test_change_numbers(opened):
    changes = [("w3", 1.75), ("y_true", 0.0)]
    net, loss = tutorial(numbers=changes)
    tab = opened(mg.page(tutorial()[1]))
    for change in changes:
        set_number(tab, *change)
    agrees(tab, loss)
    tab.locator("#which").select_option("w5")
    w5 = dict(net.named_parameters())["w5"]
    assert said(tab, "#chain") == str(mg.explain(loss, w5))
    before = tab.locator("#pane > svg:not(.away) .node").nth(2).get_attribute("style")
    set_number(tab, "w6", -3.0)
    assert tab.locator("#pane > svg:not(.away) .node").nth(2).get_attribute("style") != before


def test_train_100_steps(opened):
    net, loss = tutorial()
    tab = opened(mg.page(loss))
    tab.locator("#rate").fill("0.5")
    tab.evaluate("() => { for (let i = 0; i < 99; i++) byId('descend').click(); }")
    tab.locator("#descend").click()
    for _ in range(100):
        loss.backward()
        for p in net.parameters():
            p.data = p.data - 0.5 * p.grad
        net.zero_grad()
        loss = mg.mse(net([Value(-2, "x1"), Value(-1, "x2")]), Value(1, "y_true"))
    found = tab.evaluate("state.inputs.map((x, i) => [data.nodes[data.leaves[i].node].name, x])")
    for name, p in net.named_parameters():
        assert dict(found)[name] == pytest.approx(p.data, rel=1e-12)
    assert [dict(found)[name] for name in ("x1", "x2", "y_true")] == [-2, -1, 1]
    agrees(tab, loss)
    assert tab.locator("#loss").inner_text() == f"Step 100: L = {number(loss.data)}"
    assert len(tab.locator("#curve polyline").get_attribute("points").split()) == 101


def wait_until(tab, holds):
    for _ in range(0, HANGS, 50):  # wait_for_function would evaluate a string in the page
        if tab.evaluate(holds):
            return
        tab.wait_for_timeout(50)
    raise AssertionError(f"{holds} does not come true")


def test_a_long_run_keeps_a_curve_that_can_be_drawn(opened):
    tab = opened(mg.page(tutorial()[1]))
    tab.evaluate("() => { for (let i = 0; i < 20_001; i++) descend(); paint(); }")
    assert tab.locator("#loss").inner_text().startswith("Step 20001: ")
    assert tab.evaluate("state.losses.map(([step]) => step)") == list(range(0, 20_001, 8))
    assert len(tab.locator("#curve polyline").get_attribute("points").split()) < 600


def test_run_and_stop_and_reset(opened):
    _, loss = tutorial()
    tab = opened(mg.page(loss))
    tab.locator("#run").click()
    wait_until(tab, "state.taken > 20")
    tab.locator("#run").click()
    n = tab.evaluate("state.taken")
    tab.wait_for_timeout(100)
    assert tab.evaluate("state.taken") == n
    tab.locator("#reset").click()
    agrees(tab, loss)


def test_a_rate_that_is_none_and_one_that_overflows(opened):
    x = Value(1.0, "x")
    tab = opened(mg.page(x * x * x * x))
    tab.locator("#rate").fill("-1")
    tab.locator("#descend").click()
    assert tab.locator("#loss").inner_text() == "The learning rate must be a positive number."
    tab.locator("#rate").fill("1e3")
    tab.locator("#run").click()
    wait_until(tab, "byId('loss').textContent.includes('infinite number')")
    assert math.isfinite(tab.evaluate("state.inputs[0]"))


def test_the_page_of_a_training(opened):
    net = mg.MLP(2, [2, 1], seed=0)
    X, y = mg.datasets.gender()
    history = mg.fit(net, X, y, epochs=100, progress=False, snapshots=10)
    tab = opened(mg.page(history))
    tab.locator("#epoch").fill("3")
    assert tab.locator("#at").inner_text() == "30 / 100"
    assert tab.locator("#mean").inner_text().endswith(number(history.losses[29]))
    tab.locator("#sample").select_option("4")
    net.load_state_dict(dict(zip(net.state_dict(), history.snapshots.states[30])))
    x = [Value(number, f"x{i + 1}") for i, number in enumerate(X[4])]
    agrees(tab, mg.mse(net(x), Value(y[4], "y_true")))
    numbers = history.snapshots.states[30]
    predicted = tab.evaluate("x => predict(x)[0]", [*numbers, 10.0, -5.0])
    assert predicted == pytest.approx(net([10.0, -5.0]).data, rel=1e-14)
    row = "byId('plane').getContext('2d').getImageData(0, 150, 300, 1).data"
    colours = tab.evaluate(f"(row => [5, 295].map(x => [...row.slice(4 * x, 4 * x + 4)]))({row})")
    assert colours[0][2] > colours[0][0]  # blue at the left, light and short people
    assert colours[1][0] > colours[1][2]  # orange at the right


HOSTILE = '<b>&"\n</script><script>alert(1)</script>{0} {{js}} 😀 权重 \\N'


# The rules that VS Code has for the outputs of notebooks.
STRICT = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; "
    "img-src https: http: data:; font-src https:; connect-src https:; child-src https: data: blob:"
)


def test_in_a_notebook_with_strict_rules_the_page_works_and_pictures_are_shown(browser):
    loss = tutorial()[1]
    svg = loss._repr_mimebundle_()["image/svg+xml"]
    tab, troubles = browser.new_page(), []
    tab.on("console", lambda message: troubles.append(message.text))
    policy = f'<meta http-equiv="Content-Security-Policy" content="{STRICT}">'
    tab.set_content(f"<!doctype html>{policy}{mg.page(loss)._repr_html_()}{svg}")
    page = tab.frame_locator("iframe")
    page.locator("#forth").click()
    assert page.locator("#count").inner_text().startswith("1 / ")
    assert tab.locator("body > svg").bounding_box()["width"] > 300
    assert troubles == []
    tab.close()


def test_a_page_opens_at_an_address_of_its_own(opened):
    page = mg.page(tutorial()[1])
    tab = opened(page.opened_at("step=3&of=0&numbers=0:2.5"))
    assert tab.locator("#count").inner_text().startswith("3 / ")
    assert tab.evaluate("[state.selected, state.inputs[0]]") == [0, 2.5]


def test_hostile_labels(opened):
    w, x = Value(3.0, HOSTILE), Value(2.0, "constructor")
    h = w * x
    h.label = "\ud800__proto__`${1}`"
    tab = opened(mg.page(h * h + mg.where(w, x, h)))
    assert tab.locator("#numbers button.name").count() == 2
    assert tab.evaluate("document.querySelectorAll('script').length") == 2
    for _ in range(5):
        tab.keyboard.press("ArrowRight")
    tab.locator("#which").select_option("0")
    assert said(tab, "#chain").startswith("d_L_d_")


LETTERS = """() => { const {svg, width} = inSight();
  return 11 * svg.getBoundingClientRect().width / width; }"""
NODES = "#pane > svg:not(.away) .node"
PARTS = "button, h1, h2, th, caption, p, math, label, input, select"
CUT = """parts => [...document.querySelectorAll(parts)]
  .filter((x) => x.checkVisibility() && !x.closest("#pane"))
  .filter((x) => x.scrollWidth > x.clientWidth + 1 && x.clientWidth > 0
    || x.getBoundingClientRect().right >
      (x.closest(".panel") ?? document.body).getBoundingClientRect().right + 0.5)
  .map((x) => x.outerHTML.slice(0, 90))"""


@pytest.mark.parametrize(
    ("width", "lang", "of"),
    [(360, "zh", "training"), (400, "en", "loss"), (900, "zh", "loss"), (1600, "en", "training")],
)
def test_nothing_is_cut_off(opened, width, lang, of):
    """Neither as it opens nor at the end; Fit brings all of the graph into sight."""
    made = tutorial()[1] if of == "loss" else trained(epochs=1000, snapshots=50)[1]
    tab = opened(mg.page(made, lang=lang), viewport={"width": width, "height": 900})
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    tab.keyboard.press("End")
    tab.locator("#which").select_option("x1")
    assert tab.evaluate(CUT, PARTS) == []
    assert tab.evaluate(OUT_OF_SIGHT, NODES) != []
    tab.locator("#fit").click()
    assert tab.evaluate(OUT_OF_SIGHT, NODES) == []


def small_net(*sizes):
    x = [Value(0.5 - i, f"x{i + 1}") for i in range(sizes[0])]
    return mg.mse(mg.MLP(sizes[0], sizes[1:], seed=0)(x), Value(1.0, "y_true"))


@pytest.mark.parametrize(
    ("sizes", "window"),
    [*zip([(2, 2, 1), (3, 4, 4, 1)] * 2, WINDOWS), *zip([(2, 2, 1), (8, 8, 1)], WINDOWS[::-1])],
)
def test_at_first_sight_and_fitted_all_text_can_be_read_and_each_step_is_in_sight(
    opened, sizes, window
):
    view = {"viewport": dict(zip(("width", "height"), window)), "reduced_motion": "reduce"}
    tab, width = opened(mg.page(small_net(*sizes)), **view), window[0]
    assert smallest(tab) >= readable(width)
    assert tab.evaluate("pane.clientHeight / innerHeight") > 0.3
    title = "#pane .node.now .title"
    at_step = f"k => {{ goTo(k); return ({OUT_OF_SIGHT})('{title}'); }}"
    assert tab.evaluate(f"steps => steps.flatMap({at_step})", [*range(1, steps_of(tab) + 1)]) == []
    tab.locator("#fit").click()
    assert tab.evaluate(OUT_OF_SIGHT, NODES) == []
    assert smallest(tab, "#pane") >= readable(width)
    tab.locator("#readable").click()
    assert tab.evaluate(OUT_OF_SIGHT, title) == []


def test_fit_takes_the_layout_for_the_shape_of_the_stage_and_fills_most_of_it(opened):
    for width, height in ((1440, 900), (700, 1200)):
        tab = opened(mg.page(tutorial()[1]), viewport={"width": width, "height": height})
        tab.locator("#fit").click()
        assert tab.evaluate(FILLED) > 0.7


def test_fit_shows_each_value_or_the_neuron_that_holds_it_with_neurons_in_order(opened):
    loss = small_net(3, 4, 4, 1)
    for width, rows in ((1440, 65), (390, 15)):
        tab = opened(mg.page(loss), viewport={"width": width, "height": 900})
        tab.keyboard.press("0")
        nodes = tab.locator("#pane .overview .node")
        assert nodes.count() == rows
        titles = nodes.locator(".title").all_text_contents()
        assert [name for name in titles if name[0] == "h"] == [f"h{i + 1}" for i in range(8)]
        inside = tab.evaluate("data.nodes.findIndex(({label}) => label === 'sum_h3')")
        tab.evaluate(f"goTo(1 + data.steps.findIndex(({{node}}) => node === {inside}))")
        now = tab.locator("#pane .overview .node.now .title").text_content()
        assert now == ("sum_h3" if width > 1000 else "h3")
        tab.keyboard.press("1")
        assert tab.locator("#pane .overview").is_hidden()


FILLED = """() => { const graph = inSight().svg.getBoundingClientRect();
  return graph.width * graph.height / (pane.clientWidth * pane.clientHeight); }"""


def test_larger_smaller_and_pushed_about(opened):
    tab = opened(mg.page(tutorial()[1]))
    before = tab.evaluate(LETTERS)
    tab.locator("#larger").click()
    tab.locator("#larger").click()
    assert tab.evaluate(LETTERS) == pytest.approx(before * 1.25**2, rel=1e-4)
    box = tab.locator("#pane").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    at = tab.evaluate("[pane.scrollLeft, pane.scrollTop]")
    tab.mouse.move(x, y)
    tab.mouse.down()
    tab.mouse.move(x + 50, y + 30)
    tab.mouse.up()
    assert tab.evaluate("[pane.scrollLeft, pane.scrollTop]") == pytest.approx(
        [at[0] - 50, at[1] - 30], abs=1
    )
    assert tab.evaluate("state.selected") is None  # pushing is no click
    tab.keyboard.press("Shift+ArrowRight")
    assert tab.evaluate("pane.scrollLeft") == pytest.approx(at[0] + 30, abs=1)
    assert tab.evaluate("state.step") == 0
    tab.locator("#smaller").click()
    assert tab.evaluate(LETTERS) == pytest.approx(before * 1.25, rel=1e-4)
    tab.keyboard.press("1")
    assert tab.evaluate(LETTERS) == pytest.approx(before, rel=1e-4)
    tab.keyboard.press("0")
    assert tab.evaluate(OUT_OF_SIGHT, NODES) == []


def test_formulas_are_set_as_mathematics(opened):
    tab = opened(mg.page(tutorial()[1]))
    tab.locator("#which").select_option("w1")
    fractions = tab.locator("#chain .formula").first.locator("mfrac")
    assert fractions.count() == 4
    assert fractions.first.text_content() == "∂L∂w1"
    assert tab.locator("#chain msub").count() > 10
    assert tab.locator("#chain mtext").count() == 0
    for text, tree in TYPESET.items():
        assert tab.evaluate(TREE, text) == tree


# A formula, and its elements but those of rows and letters: fractions, indices and powers.
TREE = """text => { const shown = (x) => x.nodeType === 3 ? x.data : {
    mfrac: (a, b) => `[${a}]/[${b}]`, msub: (a, b) => `${a}_${b}`, msup: (a, b) => `${a}^{${b}}`,
  }[x.localName]?.(...[...x.childNodes].map(shown)) ?? [...x.childNodes].map(shown).join("");
  const place = document.createElement("div");
  showFormulas(place, text);
  return [...place.childNodes].map(shown).join("|").replaceAll("\u2061", ""); }"""
TYPESET = {
    "d_L_d_w1 = 2 × (h1 - 1)": "[∂L]/[∂w_1]=2×(h_1−1)",
    "d_ypred_d_sum_h1 += -1.5e-07": "[∂y_pred]/[∂sum_h1]+=−1.5·10^{−7}",
    "L = (o1 − y_true)² = (-0.322)²": "L=(o_1−y_true)^{2}=(−0.322)^{2}",
    "x ** 2 + a ** (b - 1) / c": "x^{2}+a^{(b−1)}/c",
    "deriv_sigmoid(sigmoid(t1) * -3)": "σ′(σ(t_1)·−3)",
    "d_L_d_(o1 − y)": "[∂L]/[∂(o_1−y)]",
    "∂(o1 − y_true)/∂y_pred × 2": "[∂(o_1−y_true)]/[∂y_pred]×2",
    "a = 1\n  + 2": "a=1|+2",
    "d_L_d_w1 is a sum over 12 paths": "[∂L]/[∂w_1] is a sum over 12 paths",
    "d_L_d_x is inf: see ∂h1/∂x.": "[∂L]/[∂x] is inf: see [∂h_1]/[∂x].",
    "m = (b if a > 0 else -a)": "m = (b if a > 0 else -a)",
    "(((": "((()))",
    ") ** <b> 权重2": ")^{<}b>权重_2",
}


def test_numbers_are_written_as_python_writes_them(opened):
    tab = opened(mg.page(Value(1.0) * 2.0))
    numbers = [1.0625, 1.0635, 0.00012345, 0.000012345, 12345.5, 99995.0, 9999.5, 0.1, 1e100, -1e-7]
    numbers += [2.5, 1.00049999, 31.245, 0.5**20, -0.0, 1234.5, 12.345, 9.9995, 5e-324, 123456789.0]
    numbers += [math.sin(k) * 10.0 ** (k % 19 - 9) for k in range(500)]
    numbers += [k / 2.0**j for k in range(1, 4000, 37) for j in range(12)]
    found = tab.evaluate("numbers => numbers.map(x => general(x))", numbers)
    assert found == [number(x) for x in numbers]


def test_each_primitive_in_javascript(opened):
    """Every row of the table on its test points: what the page computes is what Python computes."""
    tab = opened(mg.page(Value(1.0) * 2.0))
    for op in [op for op in OPS.values() if not op.own]:
        inputs = [Value(0.5, f"v{i}") for i in range(op.arity)]
        program = mg.compile([Value.apply(op, tuple(inputs))], inputs)
        points = [list(point) for point in op.points()] + SPECIAL[: 6 * (op.arity < 3)]
        points = [(point * 3)[: op.arity] for point in points]
        found = tab.evaluate(
            """([text, points]) => {
              const tag = document.createElement("script");
              tag.textContent = text.replace("function program", "window.tried = function");
              document.head.append(tag);
              return points.map(x => String(window.tried(x.map(Number))[0]));
            }""",
            [source(program), [[js(x) for x in point] for point in points]],
        )
        for point, text in zip(points, found):
            right = program(*point)[0]
            same = right == float(text) or (math.isnan(right) and text == "NaN")
            assert same or math.isclose(right, float(text), rel_tol=4e-16), (op.name, point, text)


SPECIAL = [[0.0], [-0.0], [math.inf], [-math.inf], [math.nan], [1.0]]


def js(x):
    return "NaN" if math.isnan(x) else repr(x).replace("inf", "Infinity")
