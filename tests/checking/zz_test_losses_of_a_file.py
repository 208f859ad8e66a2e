"""The loss of a file where no name says it at the step: added up, or a function of the file."""

from tests.checking.files import checked, wrong

ADDED_UP = """\
import numpy as np

rng = np.random.default_rng(0)
IN, OUT = rng.uniform(-0.5, 0.5, (6, 3)), rng.uniform(-0.5, 0.5, (3, 6))
pairs = [(0, 1), (2, 3), (4, 5), (1, 0), (3, 2), (5, 4)]
for epoch in range(4):
    total = 0.0
    for word, near in pairs:
        v = IN[word]
        e = np.exp(v @ OUT)
        p = e / e.sum()
        total += -np.log(p[near])
        d = p.copy()
        d[near] -= 1
        dv = OUT @ d
        OUT -= 0.1 * np.outer(v, d)
        IN[word] -= 0.1 * dv
    print(epoch, total)
"""


def test_what_is_only_added_up_is_the_loss(tmp_path):
    """No loss was told: `total` is no name of one, and labels are one to a sample."""
    report = checked(tmp_path, ADDED_UP)
    assert report, report
    found = wrong(checked(tmp_path, ADDED_UP.replace("OUT @ d", "OUT @ p")))
    assert found == {"dv": (15, "uses p where d belongs")}


DEFINED = """\
import numpy as np

class CrossEntropy:
    @staticmethod
    def fn(a, y):
        return -np.sum(y * np.log(a) + (1 - y) * np.log(1 - a))

    @staticmethod
    def delta(a, y):
        return a - y

def sigmoid(z):
    return 1 / (1 + np.exp(-z))

rng = np.random.default_rng(0)
W, V = rng.normal(size=(4, 3)), rng.normal(size=(2, 4))
pairs = [(rng.normal(size=(3, 1)), np.eye(2)[:, [k % 2]]) for k in range(6)]
for epoch in range(9):
    for x, y in pairs:
        h = sigmoid(W @ x)
        a = sigmoid(V @ h)
        delta = CrossEntropy.delta(a, y)
        dV = delta @ h.T
        dW = V.T @ delta * h * (1 - h) @ x.T
        V -= 0.1 * dV
        W -= 0.1 * dW
    print(sum(CrossEntropy.fn(sigmoid(V @ sigmoid(W @ x)), y) for x, y in pairs))
"""


def test_a_cost_that_is_only_printed_is_the_loss(tmp_path):
    """The gradient of the squares was right: of the squares."""
    report = checked(tmp_path, DEFINED)
    assert report, report
    assert "L is taken to be CrossEntropy.fn(a, y), which the code defines." in report.note
    spoilt = DEFINED.replace("return a - y", "return (a - y) * a * (1 - a)")
    assert [line for line, _ in wrong(checked(tmp_path, spoilt)).values()] == [10]


def test_what_is_called_a_loss_and_is_none_leaves_the_known_ones(tmp_path):
    spoilt = DEFINED.replace("-np.sum(y * np.log(a) + (1 - y) * np.log(1 - a))", "np.sum(a - y)")
    report = checked(tmp_path, spoilt)
    assert report, report
    assert "the binary cross-entropy" in report.note


UNNAMED = """\
import math
from types import SimpleNamespace

def forward(p, hours, sleep):
    h = math.tanh(p["w1"] * hours + p["w2"] * sleep + p["b"])
    return SimpleNamespace(h=h, out=1 / (1 + math.exp(-p["v"] * h)))

def gradients(p, hours, sleep, passed):
    f = forward(p, hours, sleep)
    d_L_d_out = -2 * (passed - f.out)
    d_L_d_sum = d_L_d_out * f.out * (1 - f.out)
    d_L_d_z = d_L_d_sum * p["v"] * (1 - f.h ** 2)
    return {"v": d_L_d_sum * f.h, "w1": d_L_d_z * hours, "w2": d_L_d_z * sleep, "b": d_L_d_z}

students = [(0.2, 0.9, 0), (0.9, 0.5, 1), (0.7, 0.8, 1), (0.1, 0.2, 0)]
p = {"w1": 0.3, "w2": -0.5, "b": 0.1, "v": 0.7}
for epoch in range(30):
    for hours, sleep, passed in students:
        g = gradients(p, hours, sleep, passed)
        for k in p:
            p[k] -= 0.5 * g[k]
"""


def test_a_target_by_another_name_is_what_a_number_is_subtracted_from(tmp_path):
    """`passed` is called no target: it is given, and stays, and what is computed is taken off."""
    report = checked(tmp_path, UNNAMED)
    assert report, report
    spoilt = UNNAMED.replace('"w2": d_L_d_z * sleep', '"w2": d_L_d_z * hours')
    assert [line for line, _ in wrong(checked(tmp_path, spoilt)).values()] == [13]
