"""Losses: exact where they saturate, clear about what does not fit, labelled L."""

import math
import random

import mpmath
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import microgradnet as mg
from microgradnet.nn.losses import LOSSES, trained

mp = mpmath.mp.clone()
mp.dps = 50


def ulps(found, exact):
    nearest = float(exact)
    if math.isinf(nearest) or math.isnan(found):
        return 0.0 if found == nearest else math.inf
    return float(abs(mp.mpf(found) - exact) / math.ulp(nearest))


def loss_and_gradient(loss, prediction, *rest, **more):
    several = isinstance(prediction, list)
    leaves = [mg.Value(p) for p in (prediction if several else [prediction])]
    found = loss(leaves if several else leaves[0], *rest, **more)
    assert found.label == "L"
    found.backward()
    return found.data, [p.grad for p in leaves]


probabilities = st.floats(0.0, 1.0, exclude_min=True, exclude_max=True, allow_subnormal=False)


@given(probabilities, st.sampled_from([0, 1]))
@example(1e-300, 1)
@example(1.0 - 2.0**-53, 0)
@example(2.0**-1022, 0)
def test_cross_entropy_of_a_probability_is_within_4_ulp(p, y):
    loss, (gradient,) = loss_and_gradient(mg.binary_cross_entropy, p, y)
    exact = mp.mpf(p)
    truth = exact if y else 1 - exact
    assert ulps(loss, -(mp.log(exact) if y else mp.log1p(-exact))) <= 4
    assert ulps(gradient, (-1 if y else 1) / truth) <= 4


@given(st.floats(-1e308, 1e308), st.sampled_from([0, 1]))
@example(-800.0, 1)
@example(800.0, 1)
@example(36.7, 1)
@example(-1e308, 1)
@example(0.0, 0)
def test_cross_entropy_of_a_logit_is_within_4_ulp(z, y):
    loss, (gradient,) = loss_and_gradient(mg.binary_cross_entropy, z, y, logits=True)
    side = mp.mpf(-z if y else z)
    assert ulps(loss, max(side, 0) + mp.log1p(mp.exp(-abs(side)))) <= 4
    exact = 1 / (1 + mp.exp(-side))
    assert ulps(gradient, -exact if y else exact) <= 4


@given(st.floats(-1e308, 1e308), st.sampled_from([-1, 1]))
def test_hinge_is_within_1_ulp_and_its_gradient_exact(score, y):
    loss, (gradient,) = loss_and_gradient(mg.hinge, score, y)
    assert ulps(loss, max(mp.zero, 1 - y * mp.mpf(score))) <= 1
    assert gradient == (-y if 1 - y * score > 0 else 0)


@pytest.mark.slow
def test_softmax_cross_entropy_is_within_4_ulp_where_differences_are_exact():
    rng = random.Random(0)
    for _ in range(1500):
        size = rng.choice([1, 8, 64, 1024])
        scores = [rng.randint(-1024 * size, 1024 * size) / 1024 for _ in range(rng.choice([2, 3]))]
        true = rng.randrange(len(scores))
        loss, gradient = loss_and_gradient(mg.softmax_cross_entropy, scores, true)
        with mp.workdps(1000 if size > 64 else 100):
            odds = [mp.exp(mp.mpf(s) - scores[true]) for s in scores]
            total = sum(odds)
            exact = [o / total for o in odds]
            exact[true] = -sum(o for i, o in enumerate(odds) if i != true) / total
            assert ulps(loss, mp.log(total)) <= 4
            assert max(map(ulps, gradient, exact)) <= 4


def test_softmax_cross_entropy_takes_a_class_a_row_or_values_of_them():
    scores = [0.3, -1.2, 2.0, 0.1]
    expected = loss_and_gradient(mg.softmax_cross_entropy, scores, 1)
    row = [0.0, 1.0, 0.0, 0.0]
    for target in (1.0, np.int64(1), row, np.array(row), mg.Value(1.0), list(map(mg.Value, row))):
        assert loss_and_gradient(mg.softmax_cross_entropy, scores, target) == expected
    assert mg.softmax_cross_entropy(np.array(scores), 1) == expected[0]


@pytest.mark.parametrize(
    ("name", "target"), [("binary_cross_entropy", 1.0), ("hinge", -1.0), ("mse", 0.5)]
)
def test_sequences_give_the_mean(name, target):
    loss = LOSSES[name]
    predictions, targets = [0.2, 0.7, 0.4], [1.0, target, 1.0]
    each = [loss(p, t) for p, t in zip(predictions, targets)]
    assert loss(predictions, targets) == pytest.approx(sum(each) / 3, rel=1e-15)
    assert loss(mg.Value(0.2), mg.Value(1.0)).data == each[0]
    assert mg.mse(0.75, 1) == 0.0625


@pytest.mark.parametrize("z", [-800.0, -40.0, 0.3, 40.0, 800.0])
def test_training_takes_sigmoid_outputs_by_their_sums(z):
    neuron = mg.Neuron(weights=[1.0], bias=0.0)
    found = trained(mg.binary_cross_entropy)(neuron([z]), 0.0)
    found.backward()
    assert (found.data, neuron.bias.grad) == (mg.softplus(z), mg.sigmoid(z))
    assert trained(mg.hinge) is mg.hinge


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: mg.binary_cross_entropy(1.5, 1), "probability, from 0 to 1 .*; not 1.5"),
        (lambda: mg.binary_cross_entropy(mg.Value(-0.1), 1), "from 0 to 1"),
        (lambda: mg.binary_cross_entropy(0.5, -1), "y_true is 0 or 1; not -1"),
        (lambda: mg.hinge(0.5, 0), "y_true is -1 or 1; not 0"),
        (lambda: mg.hinge([0.5], [1, 1]), "do not fit"),
        (lambda: mg.mse([1.0, 2.0], [0.0]), "do not fit"),
        (lambda: mg.softmax_cross_entropy([1.0], 0), "two or more scores"),
        (lambda: mg.softmax_cross_entropy(mg.Value(1.0), 0), "two or more scores"),
        (lambda: mg.softmax_cross_entropy([1.0, 2.0], 2), "from 0 to 1; not 2"),
        (lambda: mg.softmax_cross_entropy([1.0, 2.0], 0.5), r"from 0 to 1; not 0\.5"),
        (lambda: mg.softmax_cross_entropy([1.0, 2.0], [0.5, 0.5]), "one 1 and else 0"),
        (lambda: mg.softmax_cross_entropy([1.0, 2.0], [1, 0, 0]), "do not fit"),
    ],
)
def test_what_does_not_fit_is_said(call, says):
    with pytest.raises(ValueError, match=says):
        call()


def test_l2_is_the_sum_of_squares():
    w = [mg.Value(3.0), mg.Value(-4.0)]
    penalty = mg.l2(w)
    penalty.backward()
    assert (penalty.data, w[0].grad, w[1].grad) == (25.0, 6.0, -8.0)
    assert mg.l2([]) == 0.0
    net = mg.MLP(2, [2, 1])
    net.layers[0].freeze()
    assert mg.l2(net).data == mg.l2(net.layers[1].parameters()).data


@pytest.mark.parametrize("loss", LOSSES.values(), ids=list(LOSSES))
@pytest.mark.parametrize("x", ["a", None, 1j])
def test_what_is_no_number_is_refused(loss, x):
    prediction = [x, 1.0] if loss is mg.softmax_cross_entropy else x
    with pytest.raises(TypeError, match=r"int|str|complex|NoneType"):
        loss(prediction, 1)


@pytest.mark.parametrize("y", [-0.7, 0.0, 0.3, 1.0, 1.8])
def test_as_formulas_the_cross_entropies_hold_for_any_target(y):
    """Where a derivation is checked, targets are drawn from all numbers."""
    p, z, target = mg.Value(0.3), mg.Value(-1.2), mg.Value(y)
    mg.binary_cross_entropy(p, target).backward()
    assert p.grad == pytest.approx((0.3 - y) / (0.3 * 0.7), rel=1e-13)
    mg.binary_cross_entropy(z, target, logits=True).backward()
    assert z.grad == pytest.approx(mg.sigmoid(-1.2) - y, rel=1e-13)
