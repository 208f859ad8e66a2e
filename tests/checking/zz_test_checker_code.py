"""mg.check: derivations as people write them."""

import math
import re
import threading

import numpy as np
import pytest

import microgradnet as mg
from tests.checking.handmade import TUTORIAL, Lists, Plain, Varied, blamed, check, data

pytestmark = pytest.mark.usefixtures("without_examples")


def test_derivatives_in_their_own_words():
    """Other names: E for L, dE_dw, hidden for h, a target t; no product is written."""

    def by_hand(w, b, x, t):
        s = w * x + b
        hidden = np.tanh(s)
        E = 0.5 * (hidden - t) ** 2
        dE_dhidden = hidden - t
        dhidden_ds = 1 - hidden**2
        ds_dw = x
        ds_db = 1
        dE_dw = dE_dhidden * dhidden_ds * ds_dw
        return locals()

    report = mg.check(by_hand)
    assert report, report
    assert len(report.rows) == 5


def test_a_derivative_that_is_only_a_name_or_a_number_can_be_blamed():
    def by_hand(w, b, x1, x2, y_true):
        s = w * x1 + b * x2
        L = (s - y_true) ** 2
        d_L_d_s = 2 * (s - y_true)
        d_s_d_w = x2
        d_s_d_b = 1
        d_L_d_w = d_L_d_s * d_s_d_w
        d_L_d_b = d_L_d_s * d_s_d_b
        return locals()

    report = mg.check(by_hand)
    assert {row.name: row.verdict for row in report.rows} == {
        "d_s_d_w": "wrong",
        "d_s_d_b": "wrong",
        "d_L_d_w": "follows",
        "d_L_d_b": "follows",
        "d_L_d_s": "right",
    }
    assert [row.follows for row in report.rows if row.verdict == "follows"] == [
        ("d_s_d_w",),
        ("d_s_d_b",),
    ]


def test_two_wrongs_that_make_a_right_product():
    def by_hand(w, x):
        s = w * x
        L = s**2
        d_L_d_s = s
        d_s_d_w = 2 * x
        d_L_d_w = d_L_d_s * d_s_d_w
        return locals()

    verdicts = {row.name: row.verdict for row in mg.check(by_hand).rows}
    assert verdicts == {"d_L_d_s": "wrong", "d_s_d_w": "wrong", "d_L_d_w": "right"}


def test_a_term_left_out_of_a_sum_over_paths():
    def by_hand(x, w1, w2, v1, v2):
        h1 = np.tanh(w1 * x)
        h2 = np.tanh(w2 * x)
        L = v1 * h1 + v2 * h2
        d_L_d_x = v1 * (1 - h1**2) * w1
        return locals()

    [row] = mg.check(by_hand).rows
    assert row.mistake == "the path through h2 is left out"


def test_updates_in_a_function():
    def by_hand(w, b, x, y_true, rate):
        y_pred = w * x + b
        d_L_d_ypred = 2 * (y_pred - y_true)
        d_ypred_d_w = x
        w = w - rate * d_L_d_ypred * d_ypred_d_w
        b = b - rate * d_L_d_ypred * x
        return locals()

    report = mg.check(by_hand)
    assert blamed(report) == ["update b"] or blamed(report) == ["update w"]


def test_numbers_that_start_inside_the_function():
    def by_hand(x, y_true):
        w, b = 0.5, 0.25
        y_pred = w * x + b
        d_L_d_ypred = -2 * (y_true - y_pred)
        d_ypred_d_w = x
        d_ypred_d_b = 0
        return locals()

    report = mg.check(by_hand)
    assert blamed(report) == ["d_ypred_d_b"]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: mg.check(3), TypeError, "function that returns locals"),
        (lambda: mg.check(Lists), TypeError, "check_training"),
        (lambda: mg.check(lambda w: None), TypeError, "return locals"),
        (lambda: mg.check(lambda w: {"d_L_d_w": w}), KeyError, "no L is computed"),
        (lambda: mg.check(lambda w: {"a": w}), KeyError, "named like a derivative"),
        (lambda: mg.check(lambda w: {"L": w * 2, "d_L_d_v": w}), KeyError, "names are L, w"),
        (lambda: mg.check(lambda *w: {}), TypeError, "name the argument 'w'"),
        (lambda: mg.check_training(Lists(), "fit", *data(2)), TypeError, "no method 'fit'"),
        (lambda: mg.check_training(Lists(), "train", [], []), ValueError, "X is"),
        (lambda: mg.check_training(Lists(), "predict", *data(2)), TypeError, "predict"),
        (lambda: mg.check_training("net", "train", *data(2)), TypeError, "no object that trains"),
        (lambda: mg.check_training(data, X=[[1]], y=[1]), TypeError, "no parameters in data"),
    ],
)
def test_errors_say_what_is_missing(call, error, message):
    with pytest.raises(error, match=re.escape(message)):
        call()


@pytest.mark.parametrize("style", [Plain(), Varied(3)])
def test_what_derive_prints_is_right(style):
    net = mg.MLP(3, [2, 1], seed=1)
    x = [mg.Value(0.3 * i, f"x{i}") for i in range(3)]
    loss = mg.mse(net(x), mg.Value(1.0, "y_true"))
    names = {}
    exec(mg.derive(loss, net.parameters()), names)
    report = mg.check(names["derivatives"])
    assert report, report


@pytest.mark.parametrize("relu", [lambda x: max(0, x), lambda x: x if x > 0 else 0])
def test_a_relu_of_plain_numbers(relu):
    def by_hand(w1, w2, x, y_true):
        h1 = relu(w1 * x)
        y_pred = w2 * h1
        L = (y_pred - y_true) ** 2
        d_L_d_ypred = 2 * (y_pred - y_true)
        d_ypred_d_h1 = w2
        d_h1_d_w1 = x if h1 > 0 else 0
        d_L_d_w1 = d_L_d_ypred * d_ypred_d_h1 * d_h1_d_w1
        return locals()

    report = mg.check(by_hand)
    assert report, report


def test_names_that_are_no_derivatives_are_an_error():
    with pytest.raises(KeyError, match="no local is named like a derivative"):
        mg.check(lambda w, x: {"L": w * x, "dw": x})


def test_many_checks_at_once_leave_no_trace():
    exp, source = math.exp, TUTORIAL.function()
    threads = [threading.Thread(target=check, args=(source,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert math.exp is exp


def test_the_derivative_of_relu_as_a_comparison():
    def by_hand(w, x, y_true):
        z = w * x
        h1 = np.maximum(z, 0.0)
        L = (h1 - y_true) ** 2
        d_L_d_h1 = 2 * (h1 - y_true)
        d_h1_d_z = z > 0
        d_z_d_w = x
        d_L_d_w = d_L_d_h1 * d_h1_d_z * d_z_d_w
        return locals()

    report = mg.check(by_hand)
    assert report, report
    assert len(report.rows) == 4
