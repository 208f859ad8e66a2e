"""Files as they are published: of Python 2, without their data, that ask and train for long."""

import json

import pytest

from tests.checking.files import checked

NET = """\
import numpy as np

def nonlin(x, deriv=False):
    if deriv:
        return x * (1 - x)
    return 1 / (1 + np.exp(-x))

X = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]])
y = np.array([[0], [1], [1], [0]])
np.random.seed(1)
syn0 = 2 * np.random.random((3, 4)) - 1
syn1 = 2 * np.random.random((4, 1)) - 1
"""

STEP = """\
    l1 = nonlin(np.dot(X, syn0))
    l2 = nonlin(np.dot(l1, syn1))
    l2_error = y - l2
    l2_delta = l2_error * nonlin(l2, deriv=True)
    l1_delta = l2_delta.dot(syn1.T) * nonlin(l1, deriv=True)
    syn1 += l1.T.dot(l2_delta)
    syn0 += X.T.dot(l1_delta)
"""
WRONG = STEP.replace("syn1.T) * nonlin(l1", "syn1.T) * nonlin(l2")
LOOP = f"for i in range(9):\n{STEP}"
ENDLESS = f"{NET}while True:\n{STEP}"


@pytest.fixture(autouse=True)
def in_a_moment(monkeypatch):
    monkeypatch.setattr("microgradnet.checking.taking.OPENING", 0.01)


@pytest.mark.parametrize("right", [True, False])
def test_a_loop_without_end_is_left(tmp_path, right):
    report = checked(tmp_path, ENDLESS if right else ENDLESS.replace(STEP, WRONG))
    assert bool(report) is right
    wrong = {row.name: row.line for row in report.rows if row.verdict == "wrong"}
    assert wrong == ({} if right else {"l1_delta": 18})


def test_python_2_is_read_as_it_was_meant(tmp_path):
    loop = f"for i in xrange(60000):\n{STEP}    if i % 1000 == 0:\n\tprint 'error', i # now\n"
    report = checked(tmp_path, NET + loop + "print\n")
    assert report
    assert {row.line for row in report.rows} <= set(range(14, 22))
    assert report.rows[0].file.endswith("net.py")


def test_who_asks_is_answered(tmp_path):
    units = NET.replace("(3, 4)", "(3, units)").replace("(4, 1)", "(units, 1)")
    asked = f"units = int(input('hidden units: '))\n{units}"
    assert checked(tmp_path, f"{asked}{LOOP}")


def test_an_import_from_the_future_in_a_notebook(tmp_path):
    code = ["%matplotlib inline\nfrom __future__ import print_function\n", NET, LOOP]
    cells = [{"cell_type": "code", "metadata": {}, "source": text} for text in code]
    assert checked(tmp_path, json.dumps({"cells": cells}), "net.ipynb")


def test_a_text_that_is_not_there_is_made_up(tmp_path):
    read = "letters = sorted(set(open('poems.txt').read()))\nX = np.eye(len(letters))[:4]\n"
    net = NET.replace("(3, 4)", "(len(letters), 4)")
    report = checked(tmp_path, net.replace("np.random.seed", f"{read}np.random.seed") + LOOP)
    assert report
    assert "There is no poems.txt: what it holds is made up." in report.note


def test_what_is_missing_is_left_out_with_what_needs_it(tmp_path):
    text = f"import nowhere\n{NET}nowhere.show(X)\n{LOOP}nowhere.plot(l2)\n"
    report = checked(tmp_path, text)
    assert report
    assert "Left out: line 1: No module named 'nowhere'." in report.note


def test_what_is_missing_is_why_nothing_can_be_checked(tmp_path):
    text = "import numpy as np\nX = np.load('rows.npy')\n" + NET.replace("X = ", "Z = ")
    with pytest.raises(ValueError, match=r"line 2: there is no file rows\.npy"):
        checked(tmp_path, text + LOOP)


def test_any_other_error_is_the_persons_own(tmp_path):
    with pytest.raises((NameError, ValueError), match="nonlinn"):
        checked(tmp_path, NET + LOOP.replace("nonlin(np.dot(X", "nonlinn(np.dot(X"))


def test_what_a_parameter_is_after_its_update_is_no_gradient(tmp_path):
    """From 0 it is rate times gradient: `b1` was taken for one, and a factor missed elsewhere."""
    assert checked(
        tmp_path,
        """\
import numpy as np

def forward(X, w, b):
    return 1 / (1 + np.exp(-(w @ X + b)))

def update(w, b, X, error, lr):
    w = w + lr * (error @ X.T)
    b = b + lr * error.sum(axis=1, keepdims=True)
    return w, b

def main():
    X = np.array([[0, 0, 1, 1], [0, 1, 0, 1]])
    y = np.array([[0, 1, 1, 1]])
    w, b = np.random.rand(2, 2), np.zeros((2, 1))
    v, a = np.random.rand(1, 2), np.zeros((1, 1))
    for _ in range(9):
        h = forward(X, w, b)
        out = forward(h, v, a)
        error = out * (1 - out) * (y - out)
        error_h = h * (1 - h) * (v.T @ error)
        v, a = update(v, a, h, error, 0.25)
        w, b = update(w, b, X, error_h, 0.25)

if __name__ == "__main__":
    main()
""",
    )


def test_a_computation_that_is_returned_has_no_name_that_claims(tmp_path):
    """`astype(float)` of `return (x > 0).astype(float)` was read as what it is the gradient by."""
    slope = "def slope_derivative(x):\n    return (x > 0).astype(float)\n"
    net = f"{slope}{NET}".replace("1 / (1 + np.exp(-x))", "np.maximum(0, x.astype(float))")
    loop = LOOP.replace("nonlin(l1, deriv=True)", "slope_derivative(l1)")
    loop = loop.replace("nonlin(l2, deriv=True)", "slope_derivative(l2)")
    report = checked(tmp_path, f"{net}{loop}    print(np.mean(np.square(l2_error)))\n")
    assert report
    assert {row.name for row in report.rows} >= {"l2_delta", "l1_delta", "update syn0"}


LISTS = """\
import numpy as np

class Network:
    def __init__(self, sizes):
        self.biases = [np.random.randn(n, 1) for n in sizes[1:]]
        self.weights = [np.random.randn(n, k) for k, n in zip(sizes, sizes[1:])]

    def update(self, mini_batch, eta):
        for x, y in mini_batch:
            nabla_b, nabla_w = self.backprop(x, y)
            self.weights = [w - eta * n for w, n in zip(self.weights, nabla_w)]
            self.biases = [b - eta * n for b, n in zip(self.biases, nabla_b)]

    def backprop(self, x, y):
        h = 1 / (1 + np.exp(-(self.weights[0] @ x + self.biases[0])))
        out = 1 / (1 + np.exp(-(self.weights[1] @ h + self.biases[1])))
        delta = (out - y) * out * (1 - out)
        before = (self.weights[1].T @ delta) * h * (1 - h)
        return [before, delta], [before @ x.T, delta @ h.T]
"""


KEPT = (
    LISTS[: LISTS.index("    def backprop")]
    + """\
    def cost_slope(self, a, y):
        return a - y

    def f(self, z):
        return 1 / (1 + np.exp(-z))

    def slope(self, z):
        return self.f(z) * (1 - self.f(z))

    def backprop(self, x, y):
        Z, A = [np.zeros(1) for _ in range(3)], [np.zeros(1) for _ in range(3)]
        A[0] = x
        for k in (1, 2):
            Z[k] = self.weights[k - 1] @ A[k - 1] + self.biases[k - 1]
            A[k] = self.f(Z[k])
        delta = self.cost_slope(A[-1], y) * self.slope(Z[-1])
        before = (self.weights[1].T @ delta) * self.slope(Z[1])
        return [before, delta], [before @ x.T, delta @ A[1].T]
"""
)


@pytest.mark.slow
def test_what_is_computed_again_in_a_slope_is_not_what_is_predicted(tmp_path):
    report = checked(tmp_path, KEPT)
    assert report, report
    assert "(y_pred - y_true)**2" in report.note


@pytest.mark.slow
@pytest.mark.parametrize("right", [True, False])
def test_an_object_is_made_of_a_class_whose_arguments_say_what_they_are(tmp_path, right):
    report = checked(tmp_path, LISTS if right else LISTS.replace("delta) * h *", "delta) *"))
    assert bool(report) is right
    assert "Made for it: Network([4, 5, 3]).update." in report.note
    assert [row.name for row in report.rows if row.verdict == "wrong"] == ["before"] * (not right)


@pytest.mark.slow
def test_inputs_hidden_and_outputs_are_told_by_their_names(tmp_path):
    net = NET.partition("X = ")[0] + (
        "class Net:\n"
        "    def __init__(self, input_nodes, hidden_nodes, output_nodes, rate):\n"
        "        self.rate = rate\n"
        "        self.wih = np.random.rand(input_nodes, hidden_nodes)\n"
        "        self.who = np.random.rand(hidden_nodes, output_nodes)\n"
        "    def train(self, inputs, wanted):\n"
        "        hidden = nonlin(inputs @ self.wih)\n"
        "        out = nonlin(hidden @ self.who)\n"
        "        errors = (wanted - out) * nonlin(out, True)\n"
        "        hidden_errors = (errors @ self.who.T) * nonlin(hidden, True)\n"
        "        self.who += self.rate * np.dot(hidden.T, errors)\n"
        "        self.wih += self.rate * np.dot(inputs.T, hidden_errors)\n"
    )
    assert {"update who", "update wih"} <= {row.name for row in checked(tmp_path, net).rows}
    assert checked(tmp_path, net)
    assert not checked(tmp_path, net.replace("errors @ self.who.T", "wanted @ self.who.T"))


@pytest.mark.parametrize("target", ["wanted_set", "y"])
def test_a_target_is_what_is_subtracted_from(tmp_path, target):
    net = (NET + LOOP).replace("y = np", f"{target} = np").replace("y - l2", f"{target} - l2")
    scaled = net.replace("np.random.seed", f"{target} = {target} / 100\nnp.random.seed")
    assert checked(tmp_path, scaled if target == "y" else net)
