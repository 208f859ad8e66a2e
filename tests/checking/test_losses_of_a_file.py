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
