"""Which leaves are drawn as parameters: of nets, given, updated, or by their names."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

import microgradnet as mg
from microgradnet.checking.finding.vocabulary import is_data, kind_by_hand
from microgradnet.drawing.anatomy import dissect
from microgradnet.drawing.roles import roles_among
from microgradnet.drawing.styles import LIGHT
from microgradnet.pages.code_graphs import CodeGraph
from tests.marks import can_render
from tests.pages.reading import data_of

DATA = ("x", "X", "y", "t", "target", "targets", "input", "inputs", "y_true", "label", "features")
TRAINED = ("w", "W", "b", "w1", "b_o", "weights", "bias", "theta", "Wxh", "u", "v_o", "gamma")
numbered = st.sampled_from(["", "1", "_2", "10", "[0]", "[1, 2]"])


@given(st.sampled_from(DATA), numbered)
def test_no_name_of_data_is_one_of_a_parameter(name, number):
    assert is_data(name + number)
    assert not kind_by_hand(name + number)


@given(st.sampled_from(TRAINED), st.sampled_from(["", "1", "_2", "[0]", "[1, 2]"]))
def test_no_name_of_a_parameter_is_one_of_data(name, number):
    assert kind_by_hand(name + number)
    assert not is_data(name + number)


@pytest.mark.parametrize("name", ["a", "weird", "width", "best", "beta_of_x", "value", "h1", ""])
def test_other_names_say_nothing(name):
    assert not kind_by_hand(name)
    assert not is_data(name)


def roles(loss, **known):
    return {str(x.label): part.role for x, part in dissect(loss, **known).items() if not x.inputs}


def line(names, numbers=(0.5, 3.0, 0.1)):
    w, x, b = (mg.Value(number, name) for number, name in zip(numbers, names))
    return (w, x, b), (w * x + b - 1) ** 2


@given(
    st.sampled_from(["w", "W", "w1"]), st.sampled_from(DATA), st.sampled_from(["c", "b1", "bias_o"])
)
def test_hand_made_values_by_their_names(w, x, b):
    named = {w: "parameter", x: "input", b: "input" if b == "c" else "parameter"}
    assert roles(line([w, x, b])[1]) == named


def test_a_b_without_a_w_is_no_bias():
    assert set(roles(line("axb")[1]).values()) == {"input"}


def test_hand_made_values_that_gradient_descent_updates():
    leaves, loss = line(["slope", "x", "shift"])
    loss.backward()
    for p in (leaves[0], leaves[2]):
        p.data -= 0.1 * p.grad
    leaves[1].data = 2.0  # the next sample is no update
    w, x, b = leaves
    assert roles((w * x + b) ** 2) == {"slope": "parameter", "x": "input", "shift": "parameter"}


@pytest.mark.parametrize("n", [100, 2_000])
def test_a_loop_that_has_converged_is_one_of_updates(n):
    """The last changes are 0, or rounding errors, which tell no rate."""
    (w, x, b), loss = line(["slope", "x", "shift"])
    for _ in range(n):
        w.grad = x.grad = b.grad = 0.0
        loss.backward()
        for p in (w, b):
            p.data -= 0.01 * p.grad
        loss = (w * x + b - 1) ** 2
    assert roles(loss) == {"slope": "parameter", "x": "input", "shift": "parameter"}


def moved(name, by, times=1):
    """A value that was changed so often, by so many times its gradient."""
    p = mg.Value(3.0, name)
    for _ in range(times):
        p.grad = 0.0
        ((p - 1) ** 2).backward()
        p.data -= by * p.grad
    return (p - 1) ** 2


@can_render
def test_one_value_that_is_updated_is_a_parameter_and_the_page_says_so():
    for rate, times in ((0.123456, 2), (0.137, 1), (0.1, 1)):
        loss = moved("p", rate, times)
        assert roles(loss) == {"p": "parameter"}
    assert "amber: parameter (updated)," in mg.draw(loss).dot.source
    assert "Parameters (updated)<" in mg.page(loss).html
    assert "参数（更新过的）<" in mg.page(loss, lang="zh").html
    assert "Parameters (by its name)<" in mg.page(line("wxb")[1]).html


@pytest.mark.parametrize(("name", "by"), [("p", 0.123456), ("p", -0.1), ("x", 0.1)])
def test_one_value_that_was_set_is_none(name, by):
    assert roles(moved(name, by)) == {name: "input"}


def test_an_input_of_a_net_that_is_named_like_a_parameter_stays_an_input():
    loss = mg.mse(mg.MLP(2, [1])([mg.Value(1.0, "weight"), mg.Value(2.0, "b")]), 1.0)
    found = roles(loss)
    assert (found["weight"], found["b"], found["w1"]) == ("input", "input", "parameter")


AMBER = {
    "by its name": lambda: mg.draw(line("wxb")[1]),
    "as given": lambda: mg.draw(line("kxm")[1], params=["k", "m"], depth="neurons"),
    "as given, ": lambda: mg.draw(line("kxm")[1], params=["x"], show="formula"),
    "": lambda: mg.draw(mg.mse(mg.MLP(2, [1])([mg.Value(1.0, "x1"), 2.0]), 1.0)),
}


@pytest.mark.parametrize("why", AMBER)
def test_the_legend_says_by_what_a_parameter_is_known(why):
    said = re.search(r"amber: parameter( \((.*?)\))?,", AMBER[why]().dot.source)
    assert (said[2] or "") == why.rstrip(", ")


def test_params_says_otherwise():
    (w, x, b), loss = line("wxb")
    found = roles(loss, known=roles_among([w, x, b], [x]))
    assert found == {"w": "input", "x": "parameter", "b": "input"}


@pytest.mark.parametrize(
    ("params", "error", "says"),
    [
        (["q"], ValueError, "params: the graph has no leaf 'q'; it has "),
        ("w", TypeError, "params is a list of Values or labels, not 'w'"),
        ([1], TypeError, "params holds Values or labels, not int"),
        ([mg.Value(1.0, "w")], ValueError, "no leaf 'w'"),
    ],
)
def test_params_that_are_no_leaves(params, error, says):
    with pytest.raises(error, match=says):
        mg.draw(line("wxb")[1], params=params)


def of_arguments(w1, w2, b, x1, x2, y):
    return (w1 * x1 + w2 * x2 + b - y) ** 2


def of_an_array(W, x, t):
    return (W[0] * x[0] + W[1] * x[1] - t) ** 2


def recurrent():
    w, x, u, h = (mg.Value(0.5, name) for name in ("w", "x", "u", "h0"))
    return mg.tanh(w * x + u * h)


@pytest.mark.parametrize(
    ("make", "trained"),
    [
        (lambda: CodeGraph(of_arguments, {}).loss, {"w1", "w2", "b"}),
        (lambda: CodeGraph(of_an_array, {}, params=["x", "t"]).loss, {"x[0]", "x[1]", "t"}),
        (recurrent, {"w", "u"}),
    ],
)
def test_arguments_and_the_names_of_a_recurrent_net(make, trained):
    assert {name for name, role in roles(make()).items() if role == "parameter"} == trained


@can_render
def test_params_of_a_page_say_otherwise(tmp_path):
    (_, x, _), loss = line("wxb")
    trained = {"node": 1, "number": 3.0, "trained": True}
    assert trained in data_of(mg.page(loss, params=[x]))["leaves"]
    file = mg.draw(loss, params=[x]).save(tmp_path / "a.html")
    assert '"trained":true' in file.read_text(encoding="utf-8").partition('"number":3.0')[2][:20]


def test_a_parameter_that_is_drawn_again_keeps_its_colours():
    w, h = mg.Value(0.9, "w"), mg.Value(0.0, "h0")
    for i in range(6):
        h = mg.tanh(w * h + mg.Value(0.1 * i, f"x{i + 1}"))
        h.label = f"h{i + 1}"
    dot = mg.draw(h, depth="neurons").dot.source
    copies = re.findall(r'"DASHED" COLOR="(#\w+)".*?<TD BGCOLOR="(#\w+)"[^>]*><B>\s*(\w+)', dot)
    assert {*copies} == {(*LIGHT.roles["parameter"], "w")}
