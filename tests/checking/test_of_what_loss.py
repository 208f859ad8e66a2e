"""Of what loss the moves are the gradient: nothing is right of another than the code computes."""

import textwrap
from itertools import pairwise

import pytest

from microgradnet.checking.entry_points import check_subject
from microgradnet.checking.finding.parameters import enough
from microgradnet.checking.judging.judged_steps import trainings
from microgradnet.tape.recording import Subject, recorded
from tests.marks import few


def rows_of(source):
    """The rows of a source as it runs."""
    return check_subject(Subject(source, "by_hand.py")).rows


def verdicts(source):
    return {row.name: row.verdict for row in rows_of(source)}


def wrong(source):
    """The lines that are wrong, each with the words of its mistake."""
    return [(row.line, row.mistake) for row in rows_of(source) if row.verdict == "wrong"]


RIDGE = """\
import numpy as np

rng = np.random.default_rng(0)
A, y, lam = rng.normal(size=(7, 3)), rng.normal(size=7), 0.3
w, b = np.zeros(3), 0.0


def cost(w, b):
    return np.mean((A @ w + b - y) ** 2) + lam * np.sum(w**2)


for k in range(30):
    r = A @ w + b - y
    gw = 2 * A.T @ r / 7 + 2 * lam * w
    gb = 2 * np.mean(r)
    w = w - 0.1 * gw
    b = b - 0.1 * gb
    if (k + 1) % 10 == 0:
        print(k, cost(w, b))
"""


def test_a_loss_that_a_function_returns_and_few_rounds_print_is_the_loss():
    assert set(verdicts(RIDGE).values()) == {"right"}
    steps = trainings(recorded(Subject(RIDGE, "by_hand.py"), watch=enough).tape)[0].steps
    assert all("lam * np.sum(w ** 2)" in step.loss.name for step in steps)


@pytest.mark.parametrize("name", few(["cost", "objective"], 1))
def test_a_decay_that_the_loss_has_is_no_rule_of_an_optimizer(name):
    source = RIDGE.replace("lam * np.sum(w**2)", "2 * lam / 2 * w @ w").replace("cost", name)
    assert [line for line, _ in wrong(source.replace("2 * lam * w\n", "lam * w\n"))] == [14]


def test_a_decay_that_no_loss_has_is_one():
    without = RIDGE.replace(" + lam * np.sum(w**2)", "")
    assert set(verdicts(without).values()) == {"right"}


@pytest.mark.slow
@pytest.mark.parametrize("penalty", few(["w**2", "np.abs(w)"], 1))
def test_a_regularisation_that_the_gradient_leaves_out_is_wrong(penalty):
    source = RIDGE.replace("w**2", penalty).replace(" + 2 * lam * w\n", "\n")
    assert any(row.verdict == "wrong" for row in rows_of(source))


def test_a_branch_that_sets_what_training_reads_is_taken_as_the_code_says():
    source = RIDGE.replace("0.1 * g", "rate * g").replace(
        "        print(k, cost(w, b))", "        rate = 0"
    )
    source = source.replace("for k", "rate = 0.1\nfor k")
    tape = recorded(Subject(source, "by_hand.py"), watch=enough).tape
    moves = [tape.entries[n].value for n in trainings(tape)[0].parameters[0].versions[:4]]
    assert not any((a == b).all() for a, b in pairwise(moves))


def test_numbers_that_begin_as_one_object_are_parameters_of_their_own():
    source = RIDGE.replace("w, b = np.zeros(3), 0.0", "b = c = 0.0\nw = [0.0] * 3")
    source = source.replace("+ b - y", "+ b + c - y").replace("lam * w\n", "lam * np.array(w)\n")
    source = source.replace("np.sum(w**2)", "np.sum(np.array(w) ** 2)")
    source = source.replace("    w = w - 0.1 * gw\n", "    c = c - 0.1 * gb\n" + CHANGE_LIST)
    names = {f"update {name}" for name in ("b", "c", "w[0]", "w[1]", "w[2]")}
    found = verdicts(source)
    assert names <= found.keys()
    assert set(found.values()) == {"right"}


CHANGE_LIST = """\
    for j in range(3):
        w[j] = w[j] - 0.1 * gw[j]
"""

LOGISTIC = """\
import numpy as np

rng = np.random.default_rng(1)
A = rng.normal(size=(9, 2))
t = (A[:, 0] > 0).astype(float)
w = np.zeros(2)
for k in range(20):
    p = 1 / (1 + np.exp(-(A @ w)))
    loss = -np.mean(t * np.log(p + 1e-8) + (1 - t) * np.log(1 - p + 1e-8))
    w -= 0.5 * A.T @ (p - t) / len(t)
"""


def test_a_tiny_number_that_keeps_a_logarithm_finite_is_not_derived():
    assert verdicts(LOGISTIC) == {"update w": "right"}


@pytest.mark.slow
def test_the_gradient_of_squared_errors_is_not_that_of_a_log_loss():
    [(line, _)] = wrong(LOGISTIC.replace("(p - t) /", "((p - t) * p * (1 - p)) /"))
    assert line == 10


def test_a_step_whose_inner_loop_was_left_early_is_not_judged():
    assert set(verdicts(IN_TIME).values()) == {"right"}


IN_TIME = """\
import math

u, w, v = 0.3, 0.5, 0.8
xs = [0.5, -0.2, 0.8, 0.1, -0.6]
for k in range(80):
    h = [0.0]
    for x in xs:
        h.append(math.tanh(u * x + w * h[-1]))
    loss = 0.5 * (v * h[-1] - 0.4) ** 2
    dy = v * h[-1] - 0.4
    dv, dh, du, dw = dy * h[-1], dy * v, 0.0, 0.0
    for i in range(4, -1, -1):
        dz = dh * (1 - h[i + 1] ** 2)
        du += dz * xs[i]
        dw += dz * h[i]
        dh = dz * w
    u, w, v = u - 0.2 * du, w - 0.2 * dw, v - 0.2 * dv
"""


def test_what_is_0_at_all_numbers_tried_is_not_called_right():
    source = """\
w, b = -0.4, 0.2
for x, target in [(0.5, 1.2), (1.0, 2.1), (1.5, 3.3)] * 3:
    h = w * x if w * x > 0 else 0.0
    loss = (h + b - target) ** 2
    d = 2 * (h + b - target)
    w -= 0.02 * (d if w * x > 0 else 0.0)
    b -= 0.02 * d
"""
    assert verdicts(source) == {"update w": "cannot tell", "update b": "right"}


NET = """\
import numpy as np

rng = np.random.default_rng(2)
A, y = rng.normal(size=(9, 2)), rng.normal(size=(9, 1))
W, b = rng.normal(size=(2, 4)), np.zeros(4)
V, c = rng.normal(size=(4, 1)), np.zeros(1)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def backward(h, e):
    dz = e @ V.T * h * (1 - h)
    return {
        "W": A.T @ dz,
        "b": dz.sum(axis=0),
        "V": h.T @ e,
        "c": e.sum(axis=0),
    }


def predict(A):
    h = sigmoid(A @ W + b)
    return h @ V + c


for k in range(20):
    h = sigmoid(A @ W + b)
    out = h @ V + c
    loss = np.mean((out - y) ** 2)
    g = backward(h, 2 * (out - y) / len(y))
    W, b, V, c = W - 0.1 * g["W"], b - 0.1 * g["b"], V - 0.1 * g["V"], c - 0.1 * g["c"]
print(predict(A[:3]))
"""


@pytest.mark.slow
def test_an_edit_of_one_of_several_lines_is_blamed_there():
    [(line, _)] = wrong(NET.replace('"b": dz.sum(axis=0)', '"b": dz.sum()'))
    assert line == 17


@pytest.mark.parametrize(
    ("old", "new", "line"),
    few(
        [
            ("    h = sigmoid(A @ W + b)\n    return", "    h = sigmoid(A @ W)\n    return", 24),
            ("    h = sigmoid(A @ W + b)\n    return", "    h = A @ W + b\n    return", 24),
            ("return h @ V + c", "return h @ V", 25),
        ],
        1,
    ),
)
def test_predicting_that_leaves_the_way_of_training_is_wrong(old, new, line):
    assert old in NET
    assert [found for found, _ in wrong(NET.replace(old, new))] == [line]


@pytest.mark.parametrize(
    ("old", "new"),
    few(
        [
            ("return h @ V + c", "return c + np.dot(h, V) > 0.5"),
            (
                "    h = sigmoid(A @ W + b)\n    return",
                "    h = 1 - 1 / (1 + np.exp(A @ W + b))\n    return",
            ),
            ("    h = sigmoid(A @ W + b)\nout", "    h = sigmoid(A @ W + b)\n    m = h\nout"),
            ("print(predict(A[:3]))", "print(sigmoid(A @ W + b))"),
        ],
        1,
    ),
)
def test_predicting_that_gives_the_same_or_a_part_of_it_is_not(old, new):
    assert set(verdicts(NET.replace(old, new)).values()) == {"right"}


SUMS = """\
xs, ys = [0.5, -1.0, 2.0, 0.3, 1.1], [1.0, 0.0, 3.0, 0.2, 0.9]
w, b, rate = 0.0, 0.0, 0.05
for k in range(9):
    loss, dw, db = 0.0, 0.0, 0.0
    for x, y in zip(xs, ys):
        loss += (w * x + b - y) ** 2 / 5
        dw += 2 * (w * x + b - y) * x
        db += 2 * (w * x + b - y)
    w -= rate * dw / 5
    b -= rate * db / 5
"""


@pytest.mark.slow
def test_sums_that_are_divided_where_they_are_used_are_right():
    assert set(verdicts(SUMS).values()) == {"right"}
    assert wrong(SUMS.replace("dw / 5", "dw")) != []


NEURONS = """
from math import exp
from random import uniform
class Neuron:
    def __init__(self, n):
        self.w, self.b = [uniform(-1, 1) for _ in range(n)], uniform(-1, 1)
    def fire(self, x):
        self.x = x
        z = sum(w * e for w, e in zip(self.w, x)) + self.b
        self.out = 1 / (1 + exp(-z))
        return self.out
    def move(self, d):
        for i, e in enumerate(self.x):
            self.w[i] -= 0.8 * d * e
        self.b -= 0.8 * d
data = [([0, 0], 0), ([0, 1], 1), ([1, 0], 1), ([1, 1], 0)]
hidden, last = [Neuron(2) for _ in range(4)], Neuron(4)
for epoch in range(2001):
    cost = 0
    for x, t in data:
        p = last.fire([n.fire(x) for n in hidden])
        cost += (p - t) ** 2 / 2
        d = (p - t) * p * (1 - p)
        ds = [d * w * n.out * (1 - n.out) for w, n in zip(last.w, hidden)]
        for n, own in zip([*hidden, last], [*ds, d]):
            n.move(own)
for x, t in data:
    print(last.fire([n.fire(x) for n in hidden]))
"""


def test_one_function_does_not_part_from_itself():
    found = check_subject(Subject(NEURONS, "by_hand.py"))
    assert "wrong" not in {row.verdict for row in found.rows}


OTHER_AXIS = """
import numpy as np
rng = np.random.default_rng(3)
X, y = rng.normal(size=(9, 4)), rng.normal(size=(9, 1))
W, b = rng.normal(size=(4, 1)), np.zeros(1)
for i in range(50):
    error = X @ W + b - y
    loss = np.mean(error ** 2)
    d = 2 * error / X.shape[1]
    dW, db = X.T @ d, d.sum(axis=0)
    W -= 0.01 * dW
    b -= 0.01 * db
"""


@pytest.mark.slow
def test_a_factor_that_nobody_means_is_no_step_of_an_optimizer():
    found = check_subject(Subject(OTHER_AXIS, "by_hand.py"))
    assert "wrong" in {row.verdict for row in found.rows}
    assert "right" not in {row.verdict for row in found.rows if row.name != "d"}


STARTS_AS_ONE = """
import numpy as np
X, y = [[-0.2, -0.1], [2.5, 0.6], [1.7, 0.4]], [1.0, 0.0, 0.0]
class Net:
    def __init__(self):
        self.w1, self.w2, self.w3, self.w4 = 0.3, -0.2, 0.5, 0.4
        self.b1 = self.b2 = self.b3 = 0.0
    def predict(self, x):
        h1 = np.tanh(self.w1 * x[0] + self.b1)
        h2 = np.tanh(self.w2 * x[1] + self.b2)
        return self.w3 * h1 + self.w4 * h2 + self.b3
    def learn(self, x, t, rate):
        s1 = self.w1 * x[0] + self.b1
        h1 = np.tanh(s1)
        s2 = self.w2 * x[1] + self.b2
        h2 = np.tanh(s2)
        o = self.w3 * h1 + self.w4 * h2 + self.b3
        loss = 0.5 * (o - t) ** 2
        d = o - t
        d1, d2 = d * self.w3 * (1 - h1 ** 2), d * self.w4 * (1 - h2 ** 2)
        self.w3 -= rate * d * h1
        self.w4 -= rate * d * h2
        self.b3 -= rate * d
        self.w1 -= rate * d1 * x[0]
        self.b1 -= rate * d1
        self.w2 -= rate * d2 * x[1]
        self.b2 -= rate * d2
net = Net()
for epoch in range(100):
    for x, t in zip(X, y):
        net.learn(x, t, 0.1)
print(net.predict([-0.7, -0.3]))
"""


def test_parameters_that_start_as_one_are_told_apart_where_it_is_predicted():
    assert set(verdicts(STARTS_AS_ONE).values()) == {"right"}


HEADS = """\
import numpy as np

rng = np.random.default_rng(0)
X, y, t = rng.normal(size=(9, 3)), rng.normal(size=(9, 1)), rng.integers(0, 2, (9, 1)) * 1.0
T, R, C = (rng.normal(size=s) / 2 for s in ((3, 4), (4, 1), (4, 1)))
for epoch in range(30):
    h = np.tanh(X @ T)
    reg, p = h @ R, 1 / (1 + np.exp(-h @ C))
    mse = 0.5 * np.mean((reg - y) ** 2)
    bce = -np.mean(t * np.log(p) + (1 - t) * np.log(1 - p))
    d_reg, d_cls = (reg - y) / 9, (p - t) / 9
    d_h = d_reg @ R.T
    d_h {sign} d_cls @ C.T
    R -= 0.1 * h.T @ d_reg
    C -= 0.1 * h.T @ d_cls
    T -= 0.1 * X.T @ (d_h * (1 - h ** 2))
    if epoch % 10 == 0:
        print({shown})
"""


@pytest.mark.slow
@pytest.mark.parametrize("shown", few(["mse + bce", "mse, bce"], 1))
@pytest.mark.parametrize("sign", ["+=", "="])
def test_no_move_is_wrong_by_a_loss_that_does_not_depend_on_it(sign, shown):
    found = verdicts(HEADS.format(sign=sign, shown=shown))
    assert "wrong" not in found.values()
    assert sign == "+=" or "cannot tell" in found.values()


ADAGRAD = """\
import numpy as np

rng = np.random.default_rng(0)
U, V = rng.normal(size=(4, 3)) / 3, rng.normal(size=(3, 4)) / 3
mU, mV = np.zeros_like(U), np.zeros_like(V)
xs, ts = rng.normal(size=(5, 3)), [0, 2, 1, 1, 0]
for n in range(40):
    loss, dU, dV = 0, np.zeros_like(U), np.zeros_like(V)
    for x, t in zip(xs, ts):
        h = np.tanh(U @ x)
        p = np.exp(V @ h) / np.sum(np.exp(V @ h))
        loss += -np.log(p[t])
        dy = np.copy(p)
        dy[t] -= 1
        dV += np.outer(dy, h)
        dU += np.outer({slope} * (V.T @ dy), x)
    for param, dparam, mem in zip([U, V], [dU, dV], [mU, mV]):
        mem += dparam * dparam
        param += -0.1 * dparam / np.sqrt(mem + 1e-8)
"""


@pytest.mark.slow
def test_a_sum_is_the_loss_when_it_is_whole_though_no_move_is_a_gradient():
    assert set(verdicts(ADAGRAD.format(slope="(1 - h * h)")).values()) == {"right"}
    found = verdicts(ADAGRAD.format(slope="(1 - h)"))
    assert "right" not in {found["update U"], found["dU"]}


@pytest.mark.parametrize("name", ["total", "half"])
def test_a_cost_that_has_yet_to_be_divided_is_not_the_loss(name):
    code = """
    import numpy as np
    x, y = np.array([1.0, 2.0, 3.0, 5.0]), np.array([2.0, 3.0, 5.0, 6.0])

    def cost_of(w, b):
        total_cost = np.sum((w * x + b - y) ** 2)
        total_cost /= 2 * x.size
        return total_cost

    w, b = 0.0, 0.0
    for i in range(100):
        dw, db = np.sum((w * x + b - y) * x) / x.size, np.sum(w * x + b - y) / x.size
        w, b = w - 0.01 * dw, b - 0.01 * db
        cost = cost_of(w, b)
        print(cost)
    """
    code = textwrap.dedent(code if name == "total" else code.replace("/= 2 * x.size", "/= x.size"))
    assert {row.verdict for row in rows_of(code)} == {"right" if name == "total" else "scaled"}
