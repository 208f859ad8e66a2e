"""mg.check_training: factors, update lines and the forward pass of the tutorial's class."""

import numpy as np
import pytest

import microgradnet as mg
from tests.checking.handmade import (
    TUTORIAL,
    blamed,
    check_training,
    data,
    made,
    mistakes,
    spoil,
)
from tests.marks import few, sampled


def test_the_tutorials_class_is_right_and_left_as_it_was():
    net = made(TUTORIAL.trainer(), "Net")()
    before, state = dict(vars(net)), np.random.get_state()[1].tolist()
    report = mg.check_training(net, "train", *data(2))
    assert report, report
    names = {row.name for row in report.rows if row.name[:2] != "d_"}
    assert names == {*(f"update {p}" for p in TUTORIAL.parameters), "forward"}
    assert vars(net) == before
    assert np.random.get_state()[1].tolist() == state


UPDATES = [
    ("self.b2 -= learn_rate", "self.b1 -= learn_rate", "b1", "moves self.b1 a second time"),
    ("self.b2 -=", "self.b2 +=", "b2", "moves up the gradient, not down"),
    ("self.b2 -=", "self.b2 -= 2 *", "b2", "a factor 2 too much"),
    (
        "self.w5 -= learn_rate * d_L_d_ypred *",
        "self.w5 -= learn_rate *",
        "w5",
        "the factor d_L_d_ypred is left out",
    ),
    (
        "* d_ypred_d_h1 * d_h1_d_w2",
        "* d_ypred_d_h2 * d_h1_d_w2",
        "w2",
        "uses d_ypred_d_h2 where d_ypred_d_h1 belongs",
    ),
]


@pytest.mark.slow
@pytest.mark.parametrize(("old", "new", "name", "words"), few(UPDATES, 1))
def test_each_mistake_in_an_update_line_is_blamed(old, new, name, words):
    report = check_training(spoil(TUTORIAL.trainer(), old, new))
    assert blamed(report) == [f"update {name}"], report
    assert report.rows[0].mistake == words


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
    report = check_training(spoil(TUTORIAL.trainer(), old, new))
    assert words in [row.why for row in report.rows if row.verdict == "not checked"]
    assert not report


@pytest.mark.slow
@pytest.mark.parametrize("index", sampled([0, 3, 4, 5, 6, 7]))
def test_a_mistake_in_a_factor_of_a_class_is_blamed_on_the_factor(index):
    old, new, name, _ = mistakes(TUTORIAL)[index]
    if "= w" in old:
        old, new = old.replace("= w", "= self.w"), new.replace("= w", "= self.w")
    report = check_training(spoil(TUTORIAL.trainer(), old, new))
    assert blamed(report) == [name], report
    assert report.rows[0].mistake


@pytest.mark.slow
def test_a_factor_that_is_a_constant_is_wrong_and_what_it_should_be_is_shown():
    source = spoil(TUTORIAL.trainer(), "d_ypred_d_b3 = deriv_sigmoid(sum_o1)", "d_ypred_d_b3 = 0")
    report = check_training(source)
    assert blamed(report) == ["d_ypred_d_b3"]
    assert [row.name for row in report.rows if row.verdict == "follows"] == ["update b3"]


@pytest.mark.slow
def test_a_missing_factor_2_is_of_the_loss_that_is_assumed_or_scaled():
    source = spoil(TUTORIAL.trainer(), "d_L_d_ypred = -2 *", "d_L_d_ypred = -1 *")
    assert "up to a factor" in check_training(source).note
    scaled = [row for row in check_training(source, loss="mse").rows if row.verdict == "scaled"]
    assert "d_L_d_ypred" in [row.name for row in scaled]


@pytest.mark.slow
def test_all_updates_up_the_gradient_are_blamed_on_the_rate():
    report = check_training(spoil(TUTORIAL.trainer(), "learn_rate = 0.1", "learn_rate = -0.1"))
    assert [(row.name, row.mistake) for row in report.rows if row.verdict == "wrong"] == [
        ("learn_rate", "the sign is wrong")
    ]


@pytest.mark.slow
def test_a_weight_used_after_its_update():
    moved = "self.w5 -= learn_rate * d_L_d_ypred * d_ypred_d_w5"
    source = spoil(TUTORIAL.trainer(), moved, "pass")
    line = "d_ypred_d_h1 = self.w5"
    report = check_training(spoil(source, line, f"{moved}; {line}"))
    assert blamed(report) == ["d_ypred_d_h1"]
    assert report.rows[0].mistake.startswith("uses self.w5 after line")


FORWARD = [
    ("self.w4 * x[1] + self.b2", "self.w4 * x[1] + self.b1"),
    ("h2 = sigmoid(sum_h2)", "h2 = sigmoid(sum_h1)"),
    ("self.w4 * x[1] + self.b2", "self.w4 * x[0] + self.b2"),
    ("o1 = sigmoid(sum_o1)", "o1 = sigmoid(sum_o1 + self.w1)"),
    ("sum_h2 = self.w3 * x[0] + self.w4 * x[1] + self.b2", "sum_h2 = self.w3 * x[0] + self.b2"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("old", "new"), few(FORWARD, 1))
def test_a_predicting_pass_that_differs_is_blamed_alone(old, new):
    predicting, trained = TUTORIAL.trainer().split("    def train")
    report = check_training(spoil(predicting, old, new) + "    def train" + trained)
    assert blamed(report) == ["forward"], report
    assert report.rows[0].mistake.startswith("predicting goes on otherwise than training, line 5")


@pytest.mark.slow
@pytest.mark.parametrize(("old", "new"), few([*FORWARD[:3], FORWARD[4]], 1))
def test_a_training_pass_that_differs_is_blamed_with_the_formula_of_predicting(old, new):
    predicting, trained = TUTORIAL.trainer().split("    def train")
    report = check_training(predicting + "    def train" + spoil(trained, old, new))
    assert blamed(report) == ["forward"], report
    assert report.rows[0].mistake.startswith("is not what predicting computes, line")
    assert report.rows[0].suggestion
