"""Which statements are blamed, by edits and without them."""

import ast
from types import SimpleNamespace

import numpy as np
import pytest

from microgradnet.checking.entry_points import check, check_subject
from microgradnet.checking.mending import proving
from microgradnet.checking.mending.bench import Bench
from microgradnet.tape.recording import Subject
from microgradnet.tape.trials import Edited
from tests.marks import few

NET = """\
import numpy as np

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(7, 3)), rng.normal(size=(7, 2))
p = {"W": rng.normal(size=(3, 4)), "b": np.zeros(4), "V": rng.normal(size=(4, 2)), "c": np.zeros(2)}
for epoch in range(9):
    h = np.tanh(X @ p["W"] + p["b"])
    out = h @ p["V"] + p["c"]
    loss = 0.5 * np.sum((out - Y) ** 2)
    d = out - Y
    dz = d @ p["V"].T * (1 - h**2)
    g = {
        "W": X.T @ dz,
        "b": dz.sum(axis=0),
        "V": h.T @ d,
        "c": d.sum(axis=0),
    }
    for k in p:
        p[k] -= 0.01 * g[k]
"""
LOOP = """\
import numpy as np

rng = np.random.default_rng(0)
X, y = rng.normal(size=(5, 3)), rng.normal(size=5)
w = rng.normal(size=3)
for epoch in range(9):
    error = X @ w - y
    loss = np.sum(error**2)
    g = np.zeros(3)
    for i in range(5):
        g += 2 * error[i] * X[i]
    w -= 0.01 * g
"""
TIED = """\
import numpy as np

rng = np.random.default_rng(0)
X = rng.normal(size=(7, 3))
W = rng.normal(size=(3, 2))
for epoch in range(9):
    code = X @ W
    loss = 0.5 * np.sum((code @ W.T - X) ** 2)
    d = code @ W.T - X
    dcode = d @ W
    dW = X.T @ dcode + d.T @ code
    W -= 0.01 * dW
"""


def blamed(source, old, new):
    """The line, the other lines and the words of each row that is wrong."""
    assert old in source
    report = check_subject(Subject(source.replace(old, new), "by_hand.py"))
    wrong = [row for row in report.rows if row.verdict == "wrong"]
    return [(row.line, row.alternatives, str(row.mistake)) for row in wrong]


@pytest.mark.slow
def test_where_all_gradients_are_cut_to_one_length_the_wrong_one_is_blamed():
    cut = "    size = np.sqrt(sum((x**2).sum() for x in g.values()))\n    for k in p:"
    source = NET.replace("    for k in p:", cut).replace("01 *", "01 * min(1.0, 0.5 / size) *")
    [(line, others, _)] = blamed(source, "X.T @", "2 * X.T @")
    assert (line, others) == (13, ())


@pytest.mark.slow
def test_in_a_statement_of_several_lines_the_line_of_the_mistake_is_blamed():
    [(line, _, words)] = blamed(NET, "dz.sum(axis=0)", "dz.sum()")
    assert line == 14
    assert "over all axes where the sum over axis 0 belongs" in words


@pytest.mark.slow
def test_a_mistake_that_shows_in_no_number_of_the_run_has_its_edit():
    """The run starts with V of 0, so that dz is 0 in its first step."""
    source = NET.replace('"V": rng.normal(size=(4, 2))', '"V": np.zeros((4, 2))')
    [(line, _, words)] = blamed(source, "(1 - h**2)", "(1 - h)")
    assert line == 11
    assert "uses h where h ** 2 belongs" in words


def test_a_mistake_beside_weights_of_0_is_seen_though_others_start_as_a_product():
    source = NET.replace('"V": rng.normal(size=(4, 2))', '"V": np.zeros((2, 2))')
    source = source.replace('"W": rng.normal(size=(3, 4))', '"W": 0.5 * rng.normal(size=(3, 2))')
    [(line, _, words)] = blamed(source.replace("zeros(4)", "zeros(2)"), '["V"].T', '["V"]')
    assert (line, words) == (11, "uses p['V'] where p['V'].T belongs")


PAIR = """\
import numpy as np

rng = np.random.default_rng(0)
X, y, w, b = rng.normal(size=(6, 3)), rng.normal(size=6), rng.normal(size=3), 0.5
for epoch in range(9):
    s = np.exp(0.5 * w)
    e = X @ s + b - y
    loss = 0.5 * np.sum(e**2) + np.sum(np.exp(w) - w)
    dw = 0.5 * (X.T @ e) * s
    dw = dw + np.exp(w) - 1
    w -= 0.01 * dw
    b -= 0.01 * e.sum()
"""


def test_two_mistakes_whose_effects_add_up_in_one_gradient_are_both_blamed():
    source = PAIR.replace("0.5 * (X.T @ e) * s", "(X.T @ e) * s")
    found = blamed(source, "dw + np.exp(w) - 1", "dw - np.exp(w) - 1")
    assert sorted(line for line, *_ in found) == [9, 10]
    assert blamed(PAIR, "dw", "dw") == []


@pytest.mark.parametrize("written", few(["g = ", "g -= "], 1))
def test_a_sum_that_a_loop_does_not_add_up_is_blamed(written):
    [(line, _, _)] = blamed(LOOP, "g += ", written)
    assert line == 11


def test_the_second_gradient_of_tied_weights_may_be_missing():
    [(line, _, words)] = blamed(TIED, " + d.T @ code", "")
    assert (line, words) == (11, "the term + d.T @ code is left out")


@pytest.mark.slow
def test_a_line_with_a_cause_of_its_own_is_blamed_though_more_is_left_wrong():
    source = NET.replace("dz.sum(axis=0)", "np.sqrt(np.abs(dz.sum(axis=0))) - dz.max()")
    found = blamed(source, "d.sum(axis=0)", "(d * d).sum(axis=0)")
    [words] = [words for line, _, words in found if line == 16]
    assert words == "multiplies by d, which does not belong there"


@pytest.mark.slow
def test_what_gives_a_right_move_too_is_not_blamed():
    found = blamed(NET, "dz.sum(axis=0)", "np.sqrt(np.abs(dz.sum(axis=0))) - dz.max()")
    assert [line for line, _, _ in found] == [12]


@pytest.mark.slow
def test_few_edits_are_tried(monkeypatch):
    tried = []
    mended = proving.mended

    def counting(bench, sites, off):
        tried.extend(sites)
        return mended(bench, sites, off)

    monkeypatch.setattr(proving, "mended", counting)
    assert blamed(NET, "d @ p", "2 * d @ p")
    assert 0 < sum(len(site.edits) for site in tried) < 40


def test_an_edited_statement_gives_plain_numbers_and_changes_nothing():
    a, d = np.zeros(3), np.ones(3)
    written = ast.parse("a[1:] += d[1:]").body[0]
    edited = Edited(written, ["a[1:] -= d[1:]", "a[:2] += d[:2]", "a[1:] += d", "", "print(d)"])
    part, other, shape, old, shown = edited.results({"a": a, "d": d})
    assert part[0].tolist() == [-1, -1]
    assert other is shape is shown is None
    assert old[0].tolist() == a.tolist() == [0, 0, 0]


RECURRENT = """
import numpy as np
rng = np.random.default_rng(1)
x, y = rng.normal(size=(5, 2)), rng.normal(size=(5, 3))
U, W, rate = rng.normal(size=(4, 2)), rng.normal(size=(4, 4)) / 2, 0.05
V = rng.normal(size=(3, 4))
for epoch in range(20):
    s = {-1: np.zeros(4)}
    loss = 0.0
    for t in range(5):
        s[t] = np.tanh(U @ x[t] + W @ s[t - 1])
        loss += 0.5 * np.sum((V @ s[t] - y[t]) ** 2)
    dU, dW, dV, ds_next = np.zeros((4, 2)), np.zeros((4, 4)), np.zeros((3, 4)), np.zeros(4)
    for t in reversed(range(5)):
        dy = V @ s[t] - y[t]
        dV += np.outer(dy, s[t])
        ds = V.T @ dy
        dz = ds * (1 - s[t] ** 2)
        dU += np.outer(dz, x[t])
        dW += np.outer(dz, s[t - 1])
        ds_next = W.T @ dz
    U -= rate * dU
    W -= rate * dW
    V -= rate * dV
"""


@pytest.mark.slow
def test_what_a_later_round_hands_on_may_be_what_is_left_out():
    rows = check_subject(Subject(RECURRENT, "net.py")).rows
    (row,) = [row for row in rows if row.verdict == "wrong"]
    assert 17 in {row.line, *row.alternatives}
    assert row.suggestion == "ds = V.T @ dy + ds_next"


LAYERS = """
import numpy as np
rng = np.random.default_rng(1)
x, y = rng.normal(size=(3, 6)), rng.normal(size=(3, 6))
class Dense:
    def __init__(self):
        self.W = rng.normal(size=(3, 3))
    def forward(self, a):
        self.a = a
        return np.tanh(self.W @ a)
    def backward(self, g):
        g = g * (1 - np.tanh(self.W @ self.a) ** 2)
        self.dW = g @ self.a.T
        return self.W @ g
class Net:
    def __init__(self):
        self.layers = [Dense(), Dense()]
    def forward(self, a):
        for l in self.layers:
            a = l.forward(a)
        return a
net = Net()
for epoch in range(20):
    out = net.forward(x)
    loss = np.sum((out - y) ** 2)
    g = 2 * (out - y)
    for l in net.layers[::-1]:
        g = l.backward(g)
    for l in net.layers:
        l.W -= 0.01 * l.dW
"""


@pytest.mark.slow
def test_a_method_that_changes_things_is_no_edit_though_another_of_its_name_changes_none():
    rows = check_subject(Subject(LAYERS, "net.py")).rows
    assert {row.line for row in rows if row.verdict == "wrong"} == {14}


@pytest.mark.slow
def test_a_right_sum_acquits_nothing_that_it_adds():
    slope = 'd @ p["V"].T * (1 - h**2)'
    found = blamed(NET, slope, f"({slope})[[1, 0, 2, 3, 4, 6, 5]]")
    assert found
    assert all(11 in (line, *others) or not line for line, others, _ in found)


def test_an_edit_after_which_all_is_next_to_nothing_says_nothing():
    bench = Bench.__new__(Bench)
    values = [np.ones(3), np.full(3, 1e-52), np.ones(3), np.full(3, 0.5), np.zeros(0), None]
    bench.runs = SimpleNamespace(values=[values])
    assert all(bench.is_nothing(swaps) for swaps in ({0: 1}, {0: 1, 2: 0}, {4: 4}, {0: 5}))
    assert not any(bench.is_nothing(swaps) for swaps in ({0: 3}, {0: 1, 2: 3}))


@pytest.mark.slow
def test_an_edit_that_mends_one_step_by_chance_is_no_suggestion():
    body = """\
import numpy as np
rng = np.random.default_rng(1)
X, y = rng.normal(size=(8, 3)), rng.normal(size=8)
w, kept, g = rng.normal(size=3), np.zeros(3), np.zeros(3)
momentum = 0.5
for epoch in range(9):
    loss = np.mean((X @ w - y) ** 2)
    g += 2 * X.T @ (X @ w - y) / 8  # never set back to 0
    kept *= momentum
    kept += g
    w -= 0.01 * kept
"""
    found = check_subject(Subject(body, "net.py"))
    assert not found
    assert all(row.line != 5 and "-" not in row.suggestion for row in found.rows)


def test_no_line_is_named_twice_and_none_that_only_returns():
    def by_hand(w, v, x, y_true):
        z = w * x
        h = np.tanh(z)
        y_pred = v * z
        d_L_d_ypred = 2 * (y_pred - y_true)
        d_ypred_d_h = v
        d_h_d_w = x * (1 - h**2)
        w = w - 0.1 * d_L_d_ypred * d_ypred_d_h * d_h_d_w
        return locals()

    row = check(by_hand).rows[0]
    assert (row.name, row.verdict, row.alternatives) == ("d_ypred_d_h", "wrong", ())
