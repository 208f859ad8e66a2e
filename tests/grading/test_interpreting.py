"""The numbers that a text gives, without running it; what it does not know, it does not say."""

import ast
import math
import sys

import pytest

from microgradnet.grading.interpreting import Interpreted

HEAD = """
import math
import numpy as np
from math import exp as e
rate = 0.5
changed = 1.0
changed = 2.0

def sigmoid(x):
    t = -x
    return 1 / (1 + np.exp(t))

def relu(x):
    return x if x > 0 else 0.0

def branches(x):
    if x > 0:
        return 1.0
    return 0.0

def forever(x):
    return forever(x)

def deep0(x):
    return x

{}
@staticmethod
def decorated(x):
    return x

""".format(
    "\n".join(
        f"def deep{k}(x):\n    return {'+'.join([f'deep{k - 1}(x)'] * 9)}" for k in range(1, 10)
    )
)
GIVEN = {"w": 2.0, "x[0]": -3.0, "self": None}


def numbers(*lines, head=HEAD, start="def f(self, w, x):"):
    text = head + "\n".join([start, *(f"    {line}" for line in lines)])
    return Interpreted(ast.parse(text)).numbers(text.count("\n") + 1, GIVEN.get)


@pytest.mark.parametrize(
    ("code", "right"),
    [
        ("3 * (w - x[0]) ** 2", 75.0),
        ("-w / 4 + self.w", 1.5),
        ("rate * w", 1.0),
        ("sigmoid(w)", 1 / (1 + math.exp(-2.0))),
        ("relu(x[0]) + max(w, 0)", 2.0),
        ("np.exp(w) + math.tanh(w) + e(w)", 2 * math.exp(2.0) + math.tanh(2.0)),
    ],
)
def test_arithmetic_and_plain_functions_are_computed(code, right):
    assert numbers(f"y = {code}")["y"] == pytest.approx(right, rel=1e-15)


@pytest.mark.parametrize(
    "code",
    [
        "changed * w",
        "branches(w)",
        "forever(w)",
        "decorated(w)",
        "nothing * w",
        "x[1]",
        "(-w) ** 0.5",
        "10.0 ** 400",
        "1 / 0",
        "'a' * 10 ** 10",
        "[k for k in x]",
        "open('x')",
        "w." * 5 + "data",
        "deep9(w)",
    ],
)
def test_what_is_not_plain_is_not_known(code):
    assert "y" not in numbers(f"y = {code}")


@pytest.fixture
def _usual_depth():
    """The limit of Python, whatever other tests made of it."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(1_000)
    yield
    sys.setrecursionlimit(before)


@pytest.mark.usefixtures("_usual_depth")
def test_a_deep_target_is_not_known():
    assert numbers(f"x[{'-' * 900}w] = 1.0", "y = w") == {}


def test_names_hold_what_they_held_last():
    found = numbers("a, b = w, 2 * w", "a += b", "c: float = a", "self.w -= rate * c", "d = self.w")
    assert found == {"a": 6.0, "b": 4.0, "c": 6.0, "w": -1.0, "d": -1.0}


def test_what_a_statement_that_is_not_plain_binds_is_not_known():
    found = numbers("a = w", "b = w", "if w > 0: a = 3.0", "c = a", "d = b")
    assert found == {"b": 2.0, "d": 2.0}


def test_what_was_bound_before_a_loop_is_not_known_in_it():
    assert numbers("w = w / 2", "for k in x:", "    y = 3 * w", "    z = 3.0") == {"z": 3.0}


def test_a_name_that_the_file_binds_is_not_that_of_python():
    assert numbers("y = max(w, 0)", head="max = min\n") == {}
