"""Everyday ways to write a training: each parameter that moves has a row, and a true one."""

import textwrap

import pytest

from microgradnet.checking.entry_points import check, check_subject
from microgradnet.tape.recording import Subject
from tests.marks import few

DATA = """\
import numpy as np
rng = np.random.default_rng(0)
X, labels = rng.normal(size=(8, 3)), rng.integers(0, 4, 8)
y = np.eye(4)[labels]
W, b = rng.normal(size=(3, 4)), np.zeros(4)
"""


def report(body, data=DATA):
    return check_subject(Subject(data + textwrap.dedent(body), "net.py"))


def verdicts(report):
    return {row.name: row.verdict for row in report.rows}


BOTH = {"update W": "right", "update b": "right"}
LOSS_AFTER = """
def cost():
    return 0.5 * ((np.tanh(X @ W + b) - y) ** 2).sum()
for epoch in range(30):
    a = np.tanh(X @ W + b)
    delta = (a - y) * (1 - a**2)
    W -= 0.1 * X.T @ delta
    b -= 0.1 * delta.sum(axis=0)
    if epoch % 10 == 0:
        print(cost())
"""


def test_a_shift_of_what_parameters_give_is_no_parameter():
    body = """
    for epoch in range(5):
        z = X @ W + b
        z -= z.max(axis=1, keepdims=True)
        p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        loss = -(y * np.log(p)).sum()
        W -= 0.1 * X.T @ (p - y)
        b -= 0.1 * (p - y).sum(axis=0)
    """
    assert verdicts(report(body)) == BOTH


def test_a_loss_that_is_computed_after_the_move_is_that_of_the_next_step():
    found = report(LOSS_AFTER)
    assert verdicts(found) == BOTH
    assert found.loss == "0.5 * ((np.tanh(X @ W + b) - y) ** 2).sum()"


@pytest.mark.slow
def test_a_mistake_is_mended_where_the_first_step_has_no_loss():
    found = report(LOSS_AFTER.replace("(1 - a**2)", "(1 - a)"))
    wrong = {row.line: row.suggestion for row in found.rows if row.verdict == "wrong"}
    assert wrong == {11: "delta = (a - y) * (1 - a ** 2)"}


def test_labels_that_take_1_from_the_probabilities_say_which_loss_is_meant():
    body = """
    for epoch in range(5):
        p = np.exp(X @ W + b)
        p /= p.sum(axis=1, keepdims=True)
        p[np.arange(8), labels] -= 1
        W -= 0.1 * X.T @ p
        b {sign}= 0.1 * p.sum(axis=0)
    """
    assert verdicts(report(body.format(sign="-"))) == BOTH
    assert verdicts(report(body.format(sign="+"))) == {**BOTH, "update b": "wrong"}


def test_a_loop_inside_a_step_is_never_cut_and_no_error_of_it_is_reported():
    body = """
    layers = [rng.normal(size=(3, 3)) for _ in range(6)]
    for epoch in range(50):
        acts, grads = [X], {}
        for V in layers:
            acts.append(np.tanh(acts[-1] @ V))
        loss = 0.5 * (acts[-1] ** 2).sum()
        d = acts[-1]
        for k in range(5, -1, -1):
            d = d * (1 - acts[k + 1] ** 2)
            grads[k] = acts[k].T @ d
            d = d @ layers[k].T
        for k in range(6):
            layers[k] = layers[k] - 0.1 * grads[k]
    print([0, 1][len(acts)])
    """
    found = report(body)
    assert verdicts(found) == {f"update layers[{k}]": "right" for k in range(6)}


def test_what_is_stored_by_setattr_or_update_moves():
    body = """
    class Net:
        pass
    net, extra = Net(), {{"b": b}}
    setattr(net, "W", W)
    for epoch in range(5):
        r = X @ net.W + extra["b"] - y
        loss = 0.5 * (r**2).sum()
        for name, g in {{"W": X.T @ r}}.items():
            setattr(net, name, getattr(net, name) - 0.1 * g)
        extra.update(b=extra["b"] {sign} 0.1 * r.sum(axis=0))
    """
    names = {"update net.W": "right", "update extra['b']": "right"}
    assert verdicts(report(body.format(sign="-"))) == names
    assert verdicts(report(body.format(sign="+"))) == {**names, "update extra['b']": "wrong"}


@pytest.mark.slow
def test_the_numbers_of_a_list_that_is_repeated_each_have_a_row():
    body = """
    w = [0.0] * 3
    for epoch in range(4):
        g, loss = [0.0] * 3, 0.0
        for x, t in zip(X.tolist(), labels.tolist()):
            r = sum(a * b for a, b in zip(w, x)) - t
            loss += 0.5 * r * r
            for j in range(3):
                g[j] += r * x[j]
        for j in range(3):
            w[j] -= 0.1 * g[j]
    """
    assert verdicts(report(body)) == {f"update w[{j}]": "right" for j in range(3)}


def test_a_start_that_is_written_into_is_the_parameter():
    body = """
    b[1:] = 1.0
    for epoch in range(5):
        r = X @ W + b - y
        loss = 0.5 * (r**2).sum()
        dW, db = X.T @ r, r.sum(axis=0)
        W -= 0.1 * dW
        b -= 0.1 * db
    """
    assert set(verdicts(report(body)).values()) == {"right"}


def test_parameters_that_move_by_one_name_keep_their_own():
    body = """
    for epoch in range(5):
        r = X @ W + b - y
        loss = 0.5 * (r**2).sum()
        for q, g in zip((W, b), (X.T @ r, -r.sum(axis=0))):
            q -= 0.1 * g
    """
    assert verdicts(report(body))["update W"] == "right"
    assert "wrong" in {row.verdict for row in report(body).rows}


FACTORS = """
U, V = [[0.3], [0.5], [0.9]], [[0.2], [0.7]]
R = [[1.0, 2.0], [0.5, 1.5], [2.5, 0.2]]
for epoch in range(30):
    for i in range(3):
        for j in range(2):
            e = R[i][j] - sum(u * v for u, v in zip(U[i], V[j]))
            for k in range(1):
                u, v = U[i][k], V[j][k]
                U[i][k] += 0.1 * e * v
                V[j][k] += 0.1 * e * u
"""


@pytest.mark.slow
def test_parameters_that_move_in_turn_have_steps_of_their_own():
    assert set(verdicts(report(FACTORS)).values()) == {"right"}
    found = report(FACTORS.replace("e * u\n", "e * U[i][k]\n"))
    assert {row.line for row in found.rows if row.verdict == "wrong"} == {16}


@pytest.mark.slow
def test_a_number_without_a_name_convicts_by_an_edit_that_mends_all():
    body = """
    def teach(x, t):
        global W, b
        a = np.tanh(x @ W + b)
        fehl = a - t
        back = fehl + (1 - a * a)
        W = W - 0.1 * np.outer(x, back)
        b = b - 0.1 * back
        return 0.5 * fehl @ fehl
    for epoch in range(5):
        print(sum(teach(x, t) for x, t in zip(X, y)))
    """
    (wrong,) = (row for row in report(body).rows if row.verdict == "wrong")
    assert (wrong.line, wrong.suggestion) == (11, "back = fehl * (1 - a * a)")


def test_a_training_without_a_loss_is_not_checked_and_says_so():
    body = """
    for epoch in range(5):
        W = W - 0.1 * np.sign(X.T @ np.cos(X @ W))
    """
    (row,) = report(body).rows
    assert (row.name, row.verdict, row.line) == ("update W", "not checked", 8)
    assert "no loss was found" in row.why


def test_arguments_may_have_any_name():
    body = """
    W -= 0.0 * rng.choice(3, size=(3, 4), p=[0.5, 0.25, 0.25])
    for epoch in range(5):
        r = X @ W + b - y
        loss = 0.5 * (r**2).sum()
        W -= 0.1 * X.T @ r
        b -= 0.1 * r.sum(axis=0)
    """
    assert set(verdicts(report(body)).values()) == {"right"}


def test_a_table_that_is_not_there_has_the_columns_that_are_asked_for(tmp_path):
    file = tmp_path / "net.py"
    text = """
    import csv
    rows = []
    with open("dogs.csv", newline="") as stream:
        for row in csv.DictReader(stream):
            rows.append((float(row["size"]), int(row["old"])))
    w = 0.1
    for epoch in range(5):
        dw = loss = 0.0
        for x, t in rows:
            loss += (w * x - t) ** 2
            dw += 2 * (w * x - t) * x
        w -= 0.1 * dw
    """
    file.write_text(textwrap.dedent(text))
    assert verdicts(check(file)) == {"update w": "right", "dw": "right"}


def test_the_numbers_of_nested_lists_move():
    body = """
    w = [[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]]
    for epoch in range(4):
        for x, t in zip([[0.3, 0.9], [0.8, -0.5]], [1.5, 0.5]):
            r = [sum(a * b for a, b in zip(row, x)) - t for row in w]
            loss = sum(0.5 * e * e for e in r)
            for i in range(3):
                for j in range(2):
                    w[i][j] -= 0.1 * r[i] * x[j]
    """
    names = {f"update w[{i}][{j}]": "right" for i in range(3) for j in range(2)}
    assert verdicts(report(body)) == names


def test_private_attributes_and_methods_are_those_of_their_class():
    body = """
    class _Net:
        def __init__(self):
            self.__W, self.__b = rng.normal(size=(3, 4)), np.zeros(4)
        def __out(self):
            return X @ self.__W + self.__b
        def fit(self):
            for _ in range(20):
                out = self.__out()
                loss = np.sum((out - y) ** 2)
                d = 2 * (out - y)
                self.__W -= 0.01 * X.T @ d
                self.__b -= 0.01 * d.sum(axis=0)
    _Net().fit()
    """
    assert verdicts(report(body)) == {"update __W": "right", "update __b": "right"}


NET_BESIDE = """
import numpy as np
class Net:
    def __init__(self, n):
        self.w = np.ones(n)
    def train(self, X, y, rate):
        for _ in range(3):
            error = X @ self.w - y
            self.w -= rate * X.T @ error
"""
MAIN = """
import numpy as np
from net import Net
rng = np.random.default_rng(0)
Net(3).train(rng.normal(size=(5, 3)), rng.normal(size=5), 0.1)
"""


def test_what_a_file_never_calls_is_called_by_the_script_beside_it(tmp_path):
    (tmp_path / "main.py").write_text(MAIN)
    net = tmp_path / "net.py"
    net.write_text(NET_BESIDE)
    found = check(net)
    assert verdicts(found) == {"update w": "right"}
    assert found.note.startswith("main.py calls it.")
    net.write_text(NET_BESIDE.replace("X.T @ error", "X.T @ (error * 0.5 + 1)"))
    assert "right" not in verdicts(check(net)).values()


@pytest.mark.slow
def test_a_training_that_cannot_be_called_is_not_said_to_move_nothing(tmp_path):
    net = tmp_path / "net.py"
    net.write_text("def train(rows):\n    dw = rows.read().sum()\n    return dw\n")
    with pytest.raises(ValueError, match="train did not run, and no arguments"):
        check(net)


def test_the_name_of_what_may_be_maximised_says_no_sign():
    body = """
    def objective(W):
        return np.mean(y * np.log(1 / (1 + np.exp(-X @ W))))
    for epoch in range(5):
        p = 1 / (1 + np.exp(-X @ W))
        W += 0.1 * X.T @ (y * (1 - p)) / y.size
        print(objective(W))
    """
    assert verdicts(report(body)) == {"update W": "right"}


RECORDS = {
    "class P(NamedTuple):": "P(*(w - 0.1 * g for w, g in zip(p, grads)))",
    "class P(NamedTuple): #": "p._replace(W=p.W - 0.1 * grads.W, out=p.out - 0.1 * grads.out)",
    "@dataclass\nclass P:": "P(**{k: getattr(p, k) - 0.1 * g for k, g in vars(grads).items()})",
    "@dataclass(frozen=True)\nclass P:": (
        "replace(p, W=p.W - 0.1 * grads.W, out=p.out - 0.1 * grads.out)"
    ),
}


@pytest.mark.parametrize("head", few(RECORDS, 1))
def test_the_fields_of_a_record_that_is_made_anew_move(head):
    body = f"""\
from dataclasses import dataclass, replace
from typing import NamedTuple
{head}
    W: np.ndarray
    out: np.ndarray
p = P(W, b)
for epoch in range(5):
    error = X @ p.W + p.out - y
    loss = 0.5 * (error**2).sum()
    grads = P(X.T @ error, error.sum(axis=0))
    p = {RECORDS[head]}
"""
    assert verdicts(report(body)) == {"update p.W": "right", "update p.out": "right"}
    assert verdicts(report(body.replace("error.sum", "2 * error.sum")))["update p.out"] != "right"


def test_labels_that_the_loss_does_not_read_keep_their_numbers():
    body = """
    w = rng.normal(size=3)
    for x in X:
        loss = -np.log(1 / (1 + np.exp(-x @ w)))
        label = [0.0, 1.0]
        w -= 0.1 * (1 / (1 + np.exp(-x @ w)) - label[1]) * x
    """
    assert verdicts(report(body)) == {"update w": "right"}


@pytest.mark.parametrize("clip", ["np.clip(g, -0.1, 0.1)", "max(-0.1, min(0.1, g))"])
def test_a_right_gradient_that_is_clipped_for_one_parameter_is_not_wrong(clip):
    body = f"""
    u = v = 0.5
    for k in range(9):
        x = rng.uniform()
        error = u * x + v - 2 * x - 1
        loss = abs(error)
        sign = 1.0 if error > 0 else -1.0
        g = sign * x
        u -= 0.1 * {clip}
        v -= 0.1 * sign
    """
    assert verdicts(report(body)) == {"update u": "cannot tell", "update v": "right"}
