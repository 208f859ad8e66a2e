"""A derivative of an activation that is right, but is given what it does not take."""

import pytest

from tests.checking.files import checked, wrong

NET = """\
import numpy as np

def sigmoid(z):
    return 1 / (1 + np.exp(-z))

def sigmoid_derivative(z):
    return SLOPE

X, y = np.random.rand(5, 3), np.random.rand(5, 1)
W1, W2 = np.random.randn(3, 4), np.random.randn(4, 1)
for i in range(100):
    Z1 = X @ W1
    A1 = sigmoid(Z1)
    Z2 = A1 @ W2
    A2 = sigmoid(Z2)
    dZ2 = (A2 - y) * sigmoid_derivative(GIVEN2)
    dW2 = A1.T @ dZ2
    dZ1 = dZ2 @ W2.T * sigmoid_derivative(GIVEN1)
    dW1 = X.T @ dZ1
    W1 -= 0.1 * dW1
    W2 -= 0.1 * dW2
"""
BY_Z, BY_A = "sigmoid(z) * (1 - sigmoid(z))", "z * (1 - z)"


def net(slope, second, first):
    return NET.replace("SLOPE", slope).replace("GIVEN2", second).replace("GIVEN1", first)


@pytest.mark.parametrize("given", [(BY_Z, "Z2", "Z1"), (BY_A, "A2", "A1")])
def test_a_helper_that_is_given_what_it_takes_is_right(tmp_path, given):
    assert checked(tmp_path, net(*given))


@pytest.mark.slow  # 5 s each: edits of all lines are tried first
@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            (BY_Z, "A2", "A1"),
            "is given what sigmoid returns, but is its derivative by what sigmoid takes",
        ),
        (
            (BY_A, "Z2", "Z1"),
            "is given what sigmoid takes, but is its derivative by what sigmoid returns",
        ),
    ],
)
def test_one_that_always_is_given_the_other_is_blamed_alone(tmp_path, given, words):
    assert wrong(checked(tmp_path, net(*given))) == {"sigmoid_derivative": (7, words)}


@pytest.mark.parametrize(
    ("given", "line"),
    [((BY_Z, "Z2", "A1"), 18), ((BY_A, "A2", "Z1"), 18), ((BY_A, "Z2", "A1"), 16)],
)
def test_of_one_call_its_line_is_blamed(tmp_path, given, line):
    assert {at for at, _ in wrong(checked(tmp_path, net(*given))).values()} == {line}
