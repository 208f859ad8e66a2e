"""What people's own tests use: the assertion, and strategies of graphs and nets."""

import os
import subprocess
import sys

import pytest
from hypothesis import given

import microgradnet as mg
from microgradnet import testing
from microgradnet.autograd.graph import reachable
from microgradnet.words import in_language
from tests.checking.handmade import FUNCTION, made, spoil
from tests.grading.homework import RIGHT, WRONG
from tests.places import ROOT
from tests.sources import text_of


def test_assert_derivation():
    mg.testing.assert_derivation(made(RIGHT, "by_hand"))
    with pytest.raises(AssertionError, match="not right: d_ypred_d_w"):
        mg.testing.assert_derivation(made(WRONG, "by_hand"))


def test_assert_derivation_asks_for_what_is_required_and_shows_points_and_near_names():
    by_hand = made(FUNCTION, "by_hand")
    mg.testing.assert_derivation(by_hand, require="d_L_d_w1,dL_dw2")
    with pytest.raises(AssertionError, match="not right: d_L_d_w11") as failed:
        mg.testing.assert_derivation(by_hand, points={"d_L_d_w1": 2, "d_L_d_w11": 1})
    assert "near: d_L_d_w1" in str(failed.value)
    assert "1 of 2 right, 2 of 3 points." in str(failed.value)


@pytest.mark.slow
def test_assert_derivation_hides_answers_where_it_is_told_to():
    wrong = made(spoil(FUNCTION, "-2 * (y_true", "-3 * (y_true"), "by_hand")
    with pytest.raises(AssertionError, match="not right: d_L_d_ypred") as failed:
        mg.testing.assert_derivation(wrong, hide_answers=True)
    assert "factor" not in str(failed.value)
    assert "follows from d_L_d_ypred" in str(failed.value)


@given(testing.graphs(["add", "mul", "tanh"], max_nodes=5))
def test_graphs_are_recorded_of_the_operations_asked_for(y):
    leaves, inner = reachable(y)
    assert {x.label for x in leaves} <= {"x0", "x1", "x2", "x3"}
    assert 1 <= len(inner) <= 10  # a sine keeps what is large in bounds
    assert {node.operation.name for node in inner} <= {"add", "mul", "tanh", "sin"}
    assert all(abs(node.data) < 100.0 for node in inner)


@given(testing.networks(max_inputs=3, max_width=2, max_layers=2))
def test_networks_take_a_row_and_give_finite_numbers(net):
    n_in = len(net.layers[0].neurons[0].weights)
    assert n_in <= 3
    assert len(net.layers) <= 2
    outputs = net([0.5] * n_in)
    assert all(abs(v.data) < 1e6 for v in (outputs if type(outputs) is list else [outputs]))


@pytest.mark.parametrize("strategy", [testing.graphs, testing.networks])
def test_a_strategy_without_hypothesis_says_what_to_install(strategy, monkeypatch):
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    needs = rf"^mg.testing.{strategy.__name__} needs Hypothesis; install it with .*\[testing\]"
    with pytest.raises(ImportError, match=needs) as raised:
        strategy()
    assert "需要" in in_language(raised.value.args[0], "zh")


WITHOUT = text_of("without_hypothesis")


@pytest.mark.slow
def test_all_else_works_without_hypothesis(tmp_path):
    (tmp_path / "without.py").write_text(WITHOUT)
    command, env = [sys.executable, "without.py"], os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
