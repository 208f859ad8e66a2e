"""What people's own tests use: the assertion, and strategies of graphs and nets."""

import pytest

import microgradnet as mg
from tests.checking.handmade import TUTORIAL, made, spoil


def test_assert_derivation():
    mg.testing.assert_derivation(made(TUTORIAL.function(), "by_hand"))
    wrong = spoil(TUTORIAL.function(), "-2 * (y_true", "-1 * (y_true")
    with pytest.raises(AssertionError, match="not right: d_L_d_ypred"):
        mg.testing.assert_derivation(made(wrong, "by_hand"))
