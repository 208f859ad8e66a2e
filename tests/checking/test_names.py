"""What a name says of a value: held against what it means, and never against what it does not."""

import math

import pytest

from microgradnet.checking.entry_points import check_subject
from microgradnet.checking.finding import vocabulary
from microgradnet.tape.recording import Subject


def report(source):
    return check_subject(Subject(source, "net.py"))


def verdicts(source):
    return {row.name: row.verdict for row in report(source).rows}


IN_PLACE = """\
import numpy as np
class Momentum:
    def __init__(self, several):
        self.several, self.v = several, [np.zeros_like(p) for p in several]
    def step(self, slopes):
        for k, (p, g) in enumerate(zip(self.several, slopes)):
            self.v[k] = 0.9 * self.v[k] + g
            p -= 0.01 * self.v[k]
rng = np.random.default_rng(0)
X, y = np.linspace(-np.pi, np.pi, 12).reshape(-1, 1), np.linspace(0, 1, 12).reshape(-1, 1)
W1, W2 = rng.normal(size=(1, 3)), rng.normal(size=(3, 1))
rule = Momentum([W1, W2])
for epoch in range(20):
    h = np.tanh(X @ W1)
    error = h @ W2 - y
    loss = np.mean(error ** 2)
    dW2 = h.T @ error
    dh = error @ W2.T
    dW1 = X.T @ (dh * (1 - h ** 2))
    rule.step([dW1, dW2])
"""


def test_a_name_means_what_a_parameter_is_now_though_another_name_moved_it():
    found = verdicts(IN_PLACE)
    assert {name: found[name] for name in ("dW1", "dW2")} == {"dW1": "scaled", "dW2": "scaled"}
    assert set(found.values()) <= {"right", "scaled"}


SUMS = """\
xs, ys = [0.5, -1.0, 2.0, 0.25, 3.0], [1.0, 0.0, 3.0, 0.5, 2.5]
def cost(a, b):
    return sum((a * x + b - y) ** 2 for x, y in zip(xs, ys)) / len(xs)
def slopes(a, b):
    grad_a = grad_b = 0.0
    for x, y in zip(xs, ys):
        e = a * x + b - y
        grad_a += 2 * e * x
        grad_b += {of_b}
    return grad_a / len(xs), grad_b / len(xs)
a, b, rate = 0.1, 0.2, 0.05
for k in range(9):
    loss = cost(a, b)
    along_a, along_b = slopes(a, b)
    a -= rate * along_a
    b -= rate * along_b
"""


def test_what_a_right_move_is_computed_from_is_right_before_it_is_divided():
    assert set(verdicts(SUMS.format(of_b="2 * e")).values()) == {"right"}


@pytest.mark.slow
def test_what_a_wrong_move_is_computed_from_is_not():
    found = verdicts(SUMS.format(of_b="2 * e * e"))
    assert found["grad_b"] == "wrong"
    assert found["grad_a"] == found["update a"] == "right"


NET = """\
import numpy as np
rng = np.random.default_rng(0)
X, y = rng.normal(size=(6, 3)), rng.normal(size=(6, 3))
W, V = rng.normal(size=(3, 3)), rng.normal(size=(3, 3))
for t in (1.0, 2.0, 3.0, 4.0, 5.0):
    dt = 0.01
    z = X @ W * t
    h = np.tanh(z)
    out = h @ V
    loss = 0.5 * np.sum((out - y) ** 2)
    e = out - y
    s = e @ V.T * (1 - h ** 2)
    {line}
    W -= 0.1 * X.T @ s * t
    V -= 0.1 * h.T @ e
    dX = np.zeros_like(X)
"""


def test_a_constant_is_no_derivative_whatever_its_name():
    assert verdicts(NET.format(line="pass")) == {"update W": "right", "update V": "right"}


def test_a_derivative_that_nothing_uses_is_still_denied():
    for line in ("dW = X.T @ e * t", "dh = e @ V", "dW = h.T @ e", "dV = h.T @ s"):
        found = verdicts(NET.format(line=line))
        assert found[line[:2]] == "cannot tell", line


def test_a_row_that_is_right_shows_two_equal_numbers():
    rows = report(NET.format(line="dh = s")).rows
    assert {row.name for row in rows} == {"update W", "update V", "dh"}
    for row in rows:
        assert row.verdict == "right"
        assert math.isclose(row.written, row.right, rel_tol=1e-9)


LISTS = """\
xs, ys = [[0.5, 1.0], [-1.0, 2.0], [2.0, 0.5]], [1.0, 0.0, 3.0]
theta, rate, last = {theta}, 0.05, 2
def slopes():
    g = {g}
    for x, y in zip(xs, ys):
        error = theta[0] * x[0] + theta[1] * x[1] - y
        for j in range(2):
            g[j] += error * x[j]
    return g
for k in range(9):
    g = slopes()
    for j in range(last):
        theta[j] -= rate * g[j]
"""


@pytest.mark.slow
def test_a_list_of_zeros_is_where_sums_start_and_no_data():
    for theta in ("[0.0] * 2", "[0.0, 0.0]", "[0.1, -0.2]"):
        for g in ("[0.0] * 2", "[0.0, 0.0]", "[0.0 for _ in range(2)]"):
            found = verdicts(LISTS.format(theta=theta, g=g))
            assert found["update theta[0]"] == found["update theta[1]"] == "right", (theta, g)
            assert set(found.values()) == {"right"}


def test_a_number_of_a_list_that_never_moves_is_said():
    found = verdicts(LISTS.format(theta="[0.0] * 2", g="[0.0, 0.0]").replace("0.05, 2", "0.05, 1"))
    assert found == {"theta[1]": "not checked", "update theta[0]": "right"}


def test_an_array_that_is_filled_before_it_moves_does_change():
    source = NET.format(line="pass").replace("W, V =", "b = np.zeros(3); b[1:] = 1.0\nW, V =")
    source = source.replace("X @ W * t", "X @ W * t + b") + "    b -= 0.1 * s.sum(axis=0)\n"
    assert verdicts(source) == {"update W": "right", "update V": "right", "update b": "right"}


GUARDED = """\
import numpy as np
rng = np.random.default_rng(0)
X, t = rng.normal(size=(8, 3)), np.array([0.0, 1, 1, 0, 1, 0, 0, 1])
w, b = rng.normal(size=3), np.zeros(1)
for epoch in range(9):
    p = 1 / (1 + np.exp(-(X @ w + b)))
    loss = -np.mean(t * np.log(p + 1e-8) + (1 - t) * np.log(1 - p + 1e-8))
    dz = (p - t) / len(t)
    w -= 0.3 * X.T @ dz
    b -= 0.3 * dz.sum()
"""


@pytest.mark.slow
def test_what_keeps_a_logarithm_from_that_of_0_is_no_part_of_a_loss():
    found = report(GUARDED)
    assert {row.verdict for row in found.rows} == {"right"}
    assert found.loss == "loss (line 7)" or "loss" in found.loss
    wrong = report(GUARDED.replace("(p - t) / len(t)", "(p - t) * p / len(t)")).rows[0]
    assert (wrong.name, wrong.verdict, wrong.line) == ("dz", "wrong", 8)


PARTS = """import numpy as np
rng = np.random.default_rng(0)
X, y = rng.normal(size=(5, 3)), rng.normal(size=5)
w = rng.normal(size=3)
for epoch in range(5):
    head, tail = np.split(X @ w, [2])
    error = np.concatenate([head, tail]) - y
    loss = np.mean(error ** 2)
    w -= 0.1 * X.T @ (2 * error / 5)
"""


def test_parts_of_unlike_sizes_are_no_array():
    assert {row.verdict for row in report(PARTS).rows} == {"right"}


GATES = """\
import numpy as np
rng = np.random.default_rng(0)
class Cell:
    def __init__(self):
        self.Wf, self.Wg = rng.normal(size=(2, 3)), rng.normal(size=(2, 3))
    def forward(self, xs):
        c, self.seen = np.zeros(2), []
        for x in xs:
            f, g = 1 / (1 + np.exp(-self.Wf @ x)), np.tanh(self.Wg @ x)
            self.seen.append((x, f, g, c))
            c = f * c + g
        return c
    def backward(self, dc):
        grads = {{k: np.zeros((2, 3)) for k in ("Wf", "Wg")}}
        for x, f, g, c in reversed(self.seen):
            df = dc * c * f * (1 - f)
            dg = dc * (1 - g ** 2)
            for gate, d in (("f", df), ("g", dg)):
                grads[{key}] += np.outer(d, x)
            dc = dc * f
        return grads
cell, xs, y = Cell(), rng.normal(size=(4, 3)), rng.normal(size=2)
out = cell.forward(xs)
loss = 0.5 * np.sum((out - y) ** 2)
found = cell.backward(out - y)
"""


def test_a_sum_in_a_dict_is_called_by_its_key_and_judged_when_it_is_whole():
    rows = verdicts(GATES.format(key='"W" + gate'))
    assert rows.keys() == {"grads['Wf']", "grads['Wg']", "df", "dg", "dc"}
    assert set(rows.values()) == {"right"}


def test_of_several_rounds_one_is_judged_in_which_not_all_is_0():
    (df,) = [row for row in report(GATES.format(key="f'W{gate}'")).rows if row.name == "df"]
    assert df.verdict == "right"
    assert df.written


def test_a_derivative_beside_the_moves_has_a_row():
    code = """\
x, w = [1.0, -2.0], [-0.5, -1.5]
z = x[0] * w[0] + x[1] * w[1]
y = max(z, 0.0)
drelu_dz = 1.0 if z > 0 else 0.0
drelu_dw0 = drelu_dz * x[0]
drelu_dx0 = drelu_dz * x[1]
w[0] -= 0.1 * drelu_dw0
"""
    assert verdicts(code) == {"update w[0]": "right", "drelu_dx0": "not checked"}


@pytest.mark.parametrize(
    ("asks", "names"),
    [
        (vocabulary.is_loss, "sunshi daijia sunshihanshu sonshitsu kosuto perda costo"),
        (vocabulary.is_loss, "verlust fehler perte poteri verlies loss_2 L1"),
        (vocabulary.is_derivative, "tidu_w w_tidu gradiente_W grad_de_w gradienten_w koubai_w"),
        (vocabulary.is_parameter, "quanzhong1 pianzhi omomi gewichte poids pesi vesa"),
        (vocabulary.is_data, "shuju biaoqian yangben daten entrees dados dannye x_train"),
        (vocabulary.is_rate, "xuexilv xuexi_lv gakushuritsu lernrate taxa tasa_aprendizaje taux"),
    ],
)
def test_names_of_other_languages_are_known(asks, names):
    assert [name for name in names.split() if not asks(name)] == []


def test_words_that_begin_like_those_of_other_languages_are_none():
    assert not any(map(vocabulary.is_loss, ["sunshine", "costume", "terror"]))
    assert not any(map(vocabulary.is_derivative, ["data", "dedans", "tid"]))
