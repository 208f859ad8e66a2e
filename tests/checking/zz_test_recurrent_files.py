"""A file that reads a text letter by letter: large sizes, parameters of its own, no text."""

import pytest

import microgradnet as mg

LETTERS = """\
import numpy as np

data = open("letters.txt").read()
letters = sorted(set(data))
V = len(letters)
number = {c: i for i, c in enumerate(letters)}
hidden_size = 64
seq_length = 25
rate = 0.1
Wxh = np.random.randn(hidden_size, V) * 0.01
Whh = np.random.randn(hidden_size, hidden_size) * 0.01
Why = np.random.randn(V, hidden_size) * 0.01
bh, by = np.zeros((hidden_size, 1)), np.zeros((V, 1))


def loss_and_gradients(inputs, targets, hprev):
    xs, hs, ps, loss = {}, {-1: np.copy(hprev)}, {}, 0
    for t in range(len(inputs)):
        xs[t] = np.zeros((V, 1))
        xs[t][inputs[t]] = 1
        hs[t] = np.tanh(Wxh @ xs[t] + Whh @ hs[t - 1] + bh)
        y = Why @ hs[t] + by
        ps[t] = np.exp(y) / np.sum(np.exp(y))
        loss += -np.log(ps[t][targets[t], 0])
    dWxh, dWhh, dWhy = np.zeros_like(Wxh), np.zeros_like(Whh), np.zeros_like(Why)
    dbh, dby, dhnext = np.zeros_like(bh), np.zeros_like(by), np.zeros_like(hs[0])
    for t in reversed(range(len(inputs))):
        dy = np.copy(ps[t])
        dy[targets[t]] -= 1
        dWhy += dy @ hs[t].T
        dby += dy
        dh = Why.T @ dy + dhnext
        draw = (1 - hs[t] * hs[t]) * dh
        dbh += draw
        dWxh += draw @ xs[t].T
        dWhh += draw @ hs[t - 1].T
        dhnext = Whh.T @ draw
    for d in [dWxh, dWhh, dWhy, dbh, dby]:
        np.clip(d, -5, 5, out=d)
    return loss, dWxh, dWhh, dWhy, dbh, dby, hs[len(inputs) - 1]


def sample(h, i, n):
    for _ in range(n):
        x = np.zeros((V, 1))
        x[i] = 1
        h = np.tanh(Wxh @ x + Whh @ h + bh)
        p = np.exp(Why @ h + by)
        i = np.random.choice(range(V), p=(p / p.sum()).ravel())
    return i


n, at = 0, 0
mWxh, mWhh, mWhy = np.zeros_like(Wxh), np.zeros_like(Whh), np.zeros_like(Why)
mbh, mby = np.zeros_like(bh), np.zeros_like(by)
while True:
    if at + seq_length + 1 >= len(data) or n == 0:
        h, at = np.zeros((hidden_size, 1)), 0
    inputs = [number[c] for c in data[at : at + seq_length]]
    targets = [number[c] for c in data[at + 1 : at + seq_length + 1]]
    if n % 100 == 0:
        last = sample(h, inputs[0], 2000)
    loss, dWxh, dWhh, dWhy, dbh, dby, h = loss_and_gradients(inputs, targets, h)
    for w, d, m in zip(
        [Wxh, Whh, Why, bh, by], [dWxh, dWhh, dWhy, dbh, dby], [mWxh, mWhh, mWhy, mbh, mby]
    ):
        m += d * d
        w += -rate * d / np.sqrt(m + 1e-8)
    at += seq_length
    n += 1
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("written", "wrong"),
    [
        pytest.param("", "", id="right"),
        pytest.param("reversed(range(len(inputs)))", "range(len(inputs))", id="forwards"),
        pytest.param("hs[t - 1].T", "hs[t].T", id="the state after"),
    ],
)
def test_a_file_that_reads_letters_is_judged_in_small(tmp_path, monkeypatch, written, wrong):
    monkeypatch.setattr("microgradnet.checking.taking.OPENING", 0.01)
    file = tmp_path / "letters.py"
    file.write_text(LETTERS.replace(written, wrong) if written else LETTERS)
    report = mg.check(file)
    assert bool(report) is not bool(wrong), report
    assert {"dWxh", "dWhh", "dWhy", "dbh", "dby"} & {row.name for row in report.rows}
    assert max(row.shape for row in report.rows) <= (9, 9)


@pytest.mark.slow
def test_a_state_that_goes_on_through_a_gate_is_no_parameter_that_is_moved(tmp_path, monkeypatch):
    monkeypatch.setattr("microgradnet.checking.taking.OPENING", 0.01)
    state = "        h = np.tanh(Wxh @ x + Whh @ h + bh)\n"
    gated = state.replace(" h =", " c =", 1) + "        h = c * c * h + (1 - c * c) * c\n"
    assert state in LETTERS
    file = tmp_path / "letters.py"
    file.write_text(LETTERS.replace(state, gated))
    report = mg.check(file)
    assert report, report
