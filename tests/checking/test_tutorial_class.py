"""mg.check_training: factors, update lines and the forward pass of the tutorial's class."""

import runpy
import sys

import numpy as np
import pytest

import microgradnet as mg
from tests.checking.handmade import TRAINER, check_training, data, made, spoil
from tests.marks import few
from tests.places import EXAMPLES


def test_the_tutorials_class_is_right_and_left_as_it_was():
    net = made(TRAINER, "Net")()
    before, state = dict(vars(net)), np.random.get_state()[1].tolist()
    report = mg.check_training(net, "train", *data(2))
    assert report, report
    names = {row.name for row in report.rows if row.name[:2] != "d_"}
    assert names == {
        "forward",
        *(f"update {p}{k}" for p in "wb" for k in range(1, 7 if p == "w" else 4)),
    }
    assert vars(net) == before
    assert np.random.get_state()[1].tolist() == state


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new", "words"),
    few(
        [
            ("self.b2 -= learn_rate", "self.b1 -= learn_rate", "self.b2 never changes"),
            ("self.w6 -= learn_rate * d_L_d_ypred * d_ypred_d_w6", "pass", "self.w6 never changes"),
            (
                "self.w1 -= learn_rate",
                "self.w1 = learn_rate",
                "self.w1 is assigned anew, and keeps nothing of what it was",
            ),
        ],
        1,
    ),
)
def test_what_never_moves_is_not_checked(old, new, words):
    report = check_training(spoil(TRAINER, old, new))
    assert words in [row.why for row in report.rows if row.verdict == "not checked"]
    assert not report


@pytest.mark.slow
def test_a_missing_factor_2_is_of_the_loss_that_is_assumed_or_scaled():
    source = spoil(TRAINER, "d_L_d_ypred = -2 *", "d_L_d_ypred = -1 *")
    assert "up to a factor" in check_training(source).note
    scaled = [row for row in check_training(source, loss="mse").rows if row.verdict == "scaled"]
    assert "d_L_d_ypred" in [row.name for row in scaled]


def test_a_loop_that_is_left_takes_no_other_loop_along(monkeypatch):
    said = []
    monkeypatch.setattr(sys, "unraisablehook", said.append)
    names = runpy.run_path(str(EXAMPLES / "net.py"))
    mg.check(names["OurNeuralNetwork"], names["data"][:1], names["all_y_trues"][:1])
    assert said == []
