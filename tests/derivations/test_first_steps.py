"""What derivations promise: the chain rule written as a person writes it, and right."""

import pytest

import microgradnet as mg
from microgradnet import Value
from tests.sources import executed


def neuron():
    """The loss of one neuron, and its weight."""
    w, x = Value(0.5, "w"), Value(-2.0, "x")
    h = mg.sigmoid(w * x)
    h.label = "h"
    return mg.mse(h, 1), w, x


def test_explain_writes_the_chain_rule_in_symbols():
    loss, w, _ = neuron()
    assert str(mg.explain(loss, w)).splitlines()[0] == "d_L_d_w = d_L_d_h × d_h_d_w"


def test_explain_writes_the_chain_rule_in_numbers():
    loss, w, _ = neuron()
    loss.backward()
    last = str(mg.explain(loss, w)).splitlines()[-1]
    assert last.strip() == f"= {w.grad:.4g}"


def test_explain_gives_the_number_of_backward():
    loss, w, _ = neuron()
    loss.backward()
    assert mg.explain(loss, w).value == pytest.approx(w.grad, rel=1e-14)


def test_explain_adds_what_comes_over_each_path():
    x = Value(3.0, "x")
    left, right = 2.0 * x, x * x
    left.label, right.label = "left", "right"
    explanation = mg.explain(left * right, x)
    assert explanation.n_paths == 3
    assert explanation.value == 54.0


def test_explain_says_where_there_is_no_path():
    loss, _, _ = neuron()
    assert "does not depend on 'z'" in str(mg.explain(loss, Value(1.0, "z")))


def test_an_explanation_is_shown_as_formulas_too():
    loss, w, _ = neuron()
    assert r"\frac{\partial L}{\partial w}" in mg.explain(loss, w).latex()


def test_derive_writes_a_function_with_the_tutorials_names():
    net = mg.MLP(2, [2, 1], seed=0)
    loss = mg.mse(net([Value(-2, "x1"), Value(-1, "x2")]), Value(1, "y_true"))
    source = mg.derive(loss, net.parameters())
    assert "d_h1_d_w1 = x1 * deriv_sigmoid(sum_h1)" in source
    assert "d_L_d_w1 = d_L_d_ypred * d_ypred_d_h1 * d_h1_d_w1" in source


def test_what_derive_writes_runs_to_the_last_bit():
    loss, w, x = neuron()
    exec(mg.derive(loss, [w, x]), names := {})
    found = names["derivatives"](w=0.5, x=-2.0)
    loss.backward()
    assert (found["L"], found["d_L_d_w"], found["d_L_d_x"]) == (loss.data, w.grad, x.grad)


def test_what_derive_writes_holds_at_other_numbers():
    loss, w, _ = neuron()
    exec(mg.derive(loss, [w]), names := {})
    other = Value(1.5, "w")
    again = mg.mse(mg.sigmoid(other * Value(3.0)), 1)
    again.backward()
    assert names["derivatives"](w=1.5, x=3.0)["d_L_d_w"] == other.grad


def test_what_derive_writes_passes_the_checker():
    loss, w, x = neuron()
    names = executed(mg.derive(loss, [w, x]))
    assert mg.check(names["derivatives"])
