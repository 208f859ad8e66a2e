"""Derivations by hand: the right ones are never called wrong, the wrong ones never right."""

import math
import sys

import gender
import pytest
from hypothesis import given
from hypothesis import strategies as st

import microgradnet as mg
from tests.marks import few

NAMES = ["w1", "w2", "b1", "w3", "w4", "b2", "w5", "w6", "b3"]
FACTORS = [
    *("d_L_d_ypred", "d_ypred_d_w5", "d_ypred_d_w6", "d_ypred_d_b3", "d_ypred_d_h1"),
    *("d_ypred_d_h2", "d_h1_d_w1", "d_h1_d_w2", "d_h1_d_b1", "d_h2_d_w3", "d_h2_d_w4"),
    "d_h2_d_b2",
]

ordinary = st.floats(-3, 3)
any_size = st.one_of(ordinary, st.floats(-300, 300), st.sampled_from([0.0, 1.0, -1.0]))


@st.composite
def points(draw, numbers=ordinary):
    """Parameters, inputs and target of the 2-2-1 net."""
    parameters = {name: draw(numbers) for name in NAMES}
    return parameters, [draw(numbers), draw(numbers)], draw(st.sampled_from([0.0, 1.0]))


def record(parameters, x, y_true):
    net = mg.MLP(2, [2, 1])
    net.load_state_dict(parameters)
    return gender.record(net, x, y_true)


def verdicts(report):
    return {row.name: row.verdict for row in report.rows}


@given(points())
def test_the_tutorials_derivation_equals_the_recorded_one(point):
    parameters, x, y_true = point
    by_hand = gender.derive_by_hand(**parameters, x=x, y_true=y_true)
    report = mg.compare(record(*point), by_hand)
    assert sorted(row.name for row in report.rows) == sorted(
        [*FACTORS, *(f"d_L_d_{name}" for name in NAMES)]
    )
    for row in report.rows:
        assert row.verdict != "wrong", row
        assert row.written == pytest.approx(row.right, rel=1e-9, abs=1e-12)


@pytest.mark.slow
@given(points(any_size))
def test_no_false_alarm_at_saturated_and_special_points(point):
    parameters, x, y_true = point
    try:
        by_hand = gender.derive_by_hand(**parameters, x=x, y_true=y_true)
    except OverflowError:  # the tutorial's sigmoid, far out
        return
    assert "wrong" not in verdicts(mg.compare(record(*point), by_hand)).values()


@pytest.mark.slow
@given(points())
def test_differences_agree_within_their_error(point):
    parameters, x, y_true = point
    by_hand = gender.derive_by_hand(**parameters, x=x, y_true=y_true)
    for row in mg.compare(record(*point), by_hand, witness=True).rows:
        assert abs(row.difference.value - row.right) <= row.difference.error, row


MISTAKES = {  # by name: what is written instead
    "the first input": lambda d, x: {"d_h2_d_w4": d["d_h2_d_w3"]},
    "swapped": lambda d, x: {
        **{"d_ypred_d_w5": d["d_ypred_d_w6"], "d_ypred_d_w6": d["d_ypred_d_w5"]}
    },
    "no factor 2": lambda d, x: {"d_L_d_ypred": d["d_L_d_ypred"] / 2},
    "sigmoid for its derivative": lambda d, x: {"d_h1_d_b1": d["h1"]},
    "derivative of the activated": lambda d, x: {"d_h1_d_w1": x[0] * gender.deriv_sigmoid(d["h1"])},
    "output for weight": lambda d, x: {"d_ypred_d_h1": d["h1"] * d["d_ypred_d_b3"]},
    "zero": lambda d, x: {"d_ypred_d_b3": 0},
    "sign": lambda d, x: {"d_L_d_w6": -d["d_L_d_w6"]},
}
POINT = dict(zip(NAMES, [0.4, -0.7, 0.2, 0.9, 0.3, -0.5, 1.1, -0.6, 0.1])), [1.5, -0.8], 1.0


@pytest.mark.parametrize("mistake", MISTAKES)
def test_each_known_mistake_is_called_wrong_and_nothing_else(mistake):
    parameters, x, y_true = POINT
    d = gender.derive_by_hand(**parameters, x=x, y_true=y_true)
    assert mg.compare(record(*POINT), d)
    wrong = MISTAKES[mistake](d, x)
    found = verdicts(mg.compare(record(*POINT), d | wrong))
    assert {name for name, verdict in found.items() if verdict == "wrong"} == wrong.keys()
    assert {v for name, v in found.items() if name not in wrong} == {"right"}


@pytest.mark.parametrize("mistake", few(MISTAKES, 3))
@given(point=points(any_size))
def test_a_wrong_formula_is_right_nowhere(mistake, point):
    """Where the wrong number is that of the right formula, the verdict is "cannot tell"."""
    parameters, x, y_true = point
    try:
        d = gender.derive_by_hand(**parameters, x=x, y_true=y_true)
        wrong = MISTAKES[mistake](d, x)
    except OverflowError:
        return
    alike = {"output for weight": parameters["w5"], "derivative of the activated": d["sum_h1"]}
    if mistake in alike and alike[mistake] == pytest.approx(d["h1"], rel=1e-6):
        return
    found = verdicts(mg.compare(record(*point), d | wrong))
    assert "right" not in {found[name] for name in wrong}


def test_saturated_raw_data_cannot_tell():
    point = POINT[0], [160.0, 182.0], 1.0
    d = gender.derive_by_hand(**point[0], x=point[1], y_true=1.0)
    report = mg.compare(record(*point), d | {"d_h2_d_w4": d["d_h2_d_w3"]})
    assert not report
    assert verdicts(report)["d_h2_d_w4"] == "cannot tell"
    assert "saturated" in {row.name: row.why for row in report.rows}["d_h2_d_w4"]


def test_correct_look_alikes_and_other_orders_pass():
    x, y = mg.Value(0.3, "x"), mg.Value(1.0, "y_true")
    p = mg.sigmoid(x)
    p.label = "y_pred"
    loss = 0.5 * (y - p) ** 2
    s = p.data
    assert mg.compare(loss, {"d_L_d_ypred": -(1 - s), "d_ypred_d_x": s - s * s})
    w = [mg.Value(0.1 * i + 0.7, f"w{i}") for i in range(1, 9)]
    total = sum(v * v for v in w) ** 2
    other_order = sum(v.data**2 for v in reversed(w))
    assert mg.compare(total, {"d_L_d_w3": 4 * w[2].data * other_order})


@pytest.mark.parametrize(
    ("f", "slopes"),
    [
        (mg.relu, [0, 0.3, 1]),
        (abs, [-1, -0.2, 1]),
        (lambda x: mg.maximum(x, 0.0), [0, 0.5, 1]),
        (mg.leaky_relu, [0.01, 0.5, 1]),
    ],
)
def test_at_a_kink_every_subgradient_is_right(f, slopes):
    x = mg.Value(0.0, "x")
    for slope in slopes:
        assert mg.compare(3 * f(x), {"d_L_d_x": 3 * slope})
    assert not mg.compare(3 * f(x), {"d_L_d_x": 3.1})
    assert not mg.compare(3 * f(x), {"d_L_d_x": -3.1})


def test_names_follow_the_tutorial_and_others_are_ignored():
    w, x = mg.Value(2.0, "w1"), mg.Value(3.0, "x1")
    h = w * x
    h.label = "y_pred"
    loss = h**2
    for name in ("d_L_d_w1", "dL_dw1", "d_loss_d_w1", "dL_d_w1"):
        assert mg.compare(loss, {name: 36.0, "deriv_sigmoid": len, "diff_dx": 1, "d": 2}), name
    assert mg.compare(loss, {"d_L_d_ypred": 12.0, "d_y_pred_d_w1": mg.Value(3.0)})
    others = {"dx_data": [1], "dw_decay": [0.1], "data_dim": 3, "deriv_sigmoid": len}
    d_L_d_w1 = 36.0
    assert mg.compare(loss, others | locals())


@pytest.mark.parametrize(
    ("manual", "error", "says"),
    [
        ({"d_L_d_w9": 1.0}, KeyError, "d_L_d_w9: no such derivative.*names are L, c, w1, w2"),
        ({"d_q_d_r": 1.0}, KeyError, "d_q_d_r: no such"),
        ({"dL_dw9": 1.0}, KeyError, "dL_dw9: no such"),
        ({"d_L_d_c": 1.0}, KeyError, "c fits 2 nodes"),
        ({"d_L_d_w1": "1"}, TypeError, "d_L_d_w1: expected"),
        ({"d_L_d_w1": None}, TypeError, "d_L_d_w1: expected"),
        ({"other": 1.0}, KeyError, "no derivative among the names"),
        ([1.0], TypeError, "takes a dict"),
    ],
)
def test_bad_input_is_named(manual, error, says):
    w1, w2 = mg.Value(2.0, "w1"), mg.Value(3.0, "w2")
    c = [mg.Value(1.0, "c"), mg.Value(2.0, "c")]
    loss = w1 * c[0] + w2 * c[1]
    loss.label = "L"
    with pytest.raises(error, match=says):
        mg.compare(loss, manual)
    with pytest.raises(TypeError, match="the recorded loss, a Value, not float"):
        mg.compare(4.0, {"d_L_d_w1": 4.0})


def test_an_input_the_node_does_not_depend_on():
    a, b = mg.Value(2.0, "a"), mg.Value(3.0, "b")
    h = a * a
    h.label = "h"
    report = mg.compare(h * b, {"d_h_d_b": 1.0, "d_h_d_a": 4.0})
    assert verdicts(report) == {"d_h_d_b": "wrong", "d_h_d_a": "right"}
    assert report.rows[0].why == "'h' does not depend on 'b'"
    assert mg.compare(h * b, {"d_h_d_b": 0.0})


def test_the_report_is_a_plain_table_when_piped_wrong_ones_first():
    w, b = mg.Value(2.0, "w1"), mg.Value(3.0, "b1")
    text = str(mg.compare(w * w + b, {"d_L_d_b1": 1.0, "d_L_d_w1": 8.0}, witness=True))
    assert "\x1b" not in text
    lines = text.splitlines()
    assert "by differences" in lines[1]
    assert [line.split()[1] for line in lines[3:5]] == ["d_L_d_w1", "d_L_d_b1"]
    assert "wrong" in lines[3]
    assert " 2 " in lines[3]
    assert lines[-3:] == [
        "1 wrong, 1 right",
        "d_L_d_w1: a factor 2 too much",
        "The numbers are those at w1 = 2, b1 = 3.",
    ]


def test_a_colour_terminal_gets_colour(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    w = mg.Value(2.0, "w1")
    assert "\x1b[" in str(mg.compare(w * w, {"d_L_d_w1": 8.0}))


def test_the_loss_is_the_one_that_was_passed():
    w = mg.Value(0.5, "w1")
    total = mg.mse(w * 2.0, 1.0) + mg.mse(w * 3.0, 1.0)
    assert mg.compare(total, {"d_L_d_w1": 3.0, "d_loss_d_w1": 3.0})


def test_numbers_that_are_not_finite_are_wrong_and_such_a_point_cannot_tell():
    w = mg.Value(2.0, "w1")
    for bad in (math.nan, math.inf):
        assert mg.compare(w * w, {"d_L_d_w1": bad}).rows[0].verdict == "wrong"
    a = mg.Value(0.0, "a")
    report = mg.compare(a**0.5, {"d_L_d_a": math.inf})
    assert report.rows[0].verdict == "cannot tell"
    assert "at this point" in report.rows[0].why


def test_an_output_that_equals_its_weight_cannot_tell():
    w, z = mg.Value(0.5, "w5"), mg.Value(0.0, "z")
    h = mg.sigmoid(z)
    h.label = "h1"
    report = mg.compare(w * h, {"d_L_d_w5": 0.5, "d_L_d_h1": 0.5})
    assert set(verdicts(report).values()) == {"cannot tell"}


def test_a_name_that_reads_two_ways_is_refused():
    a, b = mg.Value(2.0, "a"), mg.Value(3.0, "b_d_a")
    h = a * b
    h.label = "a_d_b"
    with pytest.raises(KeyError, match="can be read as"):
        mg.compare(h * 1.0, {"d_a_d_b_d_a": 3.0})


def test_a_known_mistake_is_named():
    w, x1, x2 = mg.Value(0.5, "w1"), mg.Value(-2.0, "x1"), mg.Value(-0.75, "x2")
    h1 = mg.tanh(w * x1 + x2)
    h1.label = "h1"
    slope = 1 - math.tanh(-1.75) ** 2
    report = mg.compare((h1 - 1) ** 2, {"d_h1_d_w1": -0.75 * slope, "d_L_d_h1": h1.data - 1})
    assert {row.name: row.mistake for row in report.rows} == {
        "d_h1_d_w1": "uses x2 where x1 belongs",
        "d_L_d_h1": "a factor 2 is missing",
    }


def test_long_lines_stay_whole_where_there_is_no_terminal():
    names = {f"a_rather_long_name_of_a_parameter_{i}": 1.0 for i in range(9)}
    total = sum(mg.Value(x, name) ** 2 for name, x in names.items())
    report = mg.compare(total, {f"d_L_d_{name}": 1.0 for name in names})
    (line,) = [line for line in str(report).splitlines() if line.startswith("The numbers are")]
    assert len(line) > 300


def test_in_a_notebook_the_table_is_text_too(monkeypatch):
    import rich.console

    monkeypatch.setattr(rich.console, "_is_jupyter", lambda: True)
    w = mg.Value(2.0, "w1")
    report = mg.compare(w * w, {"d_L_d_w1": 8.0})
    assert "d_L_d_w1" in repr(report)
    assert repr(report) == str(report) == report.text("en")


def test_a_notebook_unfolds_what_follows_and_a_text_counts_it_until_it_is_asked_for():
    def by_hand(w, x, y_true):
        y_pred = w * x
        L = (y_pred - y_true) ** 2
        d_L_d_ypred = 3 * (y_pred - y_true)
        d_L_d_w = d_L_d_ypred * x
        return locals()

    report = mg.check(by_hand)
    folded, unfolded = str(report), report.text(all=True)
    html = report._repr_mimebundle_()["text/html"]
    table, _, rest = html.partition("<details><summary>1 follows</summary>")
    assert ">d_L_d_ypred</td>" in table
    assert "d_L_d_ypred = 3 * (y_pred - y_true)<br>has 3 where 2 belongs<br>" in table
    assert ">d_L_d_w</td>" not in table
    assert "follows from d_L_d_ypred</td>" in rest
    assert "│ d_L_d_w " not in folded
    assert "and d_L_d_w follows from d_L_d_ypred" in folded
    assert "│   d_L_d_w " in unfolded
    assert "d_L_d_w: follows from d_L_d_ypred" in unfolded
