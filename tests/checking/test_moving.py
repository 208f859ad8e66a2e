"""What a run moves: parameters, and none of the numbers that only take a new value on the way."""

import contextlib
import io

import pytest

from microgradnet.checking.entry_points import check_subject
from microgradnet.checking.finding.parameters import enough, parameters
from microgradnet.checking.judging.judged_steps import trainings
from microgradnet.tape.recording import Subject, recorded
from microgradnet.tape.replay import uses
from tests.marks import few

ARRAYS = """\
import numpy as np
rng = np.random.default_rng(0)
X, y = rng.normal(size=(6, 3)), rng.normal(size=(6, 1))
{before}
w = np.zeros((3, 1))
for epoch in range({epochs}):
    error = X @ w - y
    loss = np.mean(error ** 2)
    w -= 0.1 * 2 * X.T @ error / len(X)
"""
STREAM = """\
import numpy as np
rng = np.random.default_rng(0)
X, Y = rng.normal(size=(6, 3)), rng.normal(size=(6, 3))
W = [rng.normal(size=(3, 3)) for _ in range(2)]
for epoch in range(9):
    h, kept = {start}, []
    for V in W:
        z = np.tanh(h @ V)
        kept.append((h, z))
        h = h + z
    loss = 0.5 * np.sum((h - Y) ** 2)
    d, gradients = h - Y, []
    for V, (x, z) in zip(W[::-1], kept[::-1]):
        e = d * (1 - z ** 2)
        gradients.append(x.T @ e)
        d = d + e @ V.T
    for V, g in zip(W, gradients[::-1]):
        V -= 0.01 * g
"""


def run(source):
    with contextlib.redirect_stdout(io.StringIO()):
        made = recorded(Subject(source, "net.py"), watch=enough)
    assert made.error is None
    return made.tape


def names(source):
    tape = run(source)
    return [p.name for p in parameters(tape, uses(tape.entries))]


def verdicts(source):
    return {row.name: row.verdict for row in check_subject(Subject(source, "net.py")).rows}


@pytest.mark.parametrize("epochs", [1, 9])
@pytest.mark.parametrize(
    "before",
    ["X = X - X.mean(axis=0)", "X -= X.mean(axis=0); X /= X.std(axis=0)", "y = y - y.mean()"],
)
def test_data_made_ready_are_no_parameters(before, epochs):
    source = ARRAYS.format(before=before, epochs=epochs)
    assert names(source) == ["w"]
    assert verdicts(source) == {"update w": "right"}


@pytest.mark.parametrize("start", ["X", "X @ W[0]", "X.copy()"])
def test_what_runs_through_layers_is_no_parameter(start):
    assert names(STREAM.format(start=start)) == ["V", "V"]


EARLY = """\
import numpy as np
rng = np.random.default_rng(0)
X, y = rng.normal(size=(6, 3)), rng.normal(size=6)
w, v = rng.normal(size=3), 0.5
h = np.tanh(X @ w)
error = h * v - y
v = v - 0.1 * np.sum(error * h)
w = w - 0.1 * X.T @ (error * v * (1 - h ** 2))
"""


def test_a_weight_that_moves_too_early_is_one():
    assert names(EARLY) == ["w", "v"]


SHARED = """\
import math
class Net:
    def __init__(self):
        self.w = [[0.3, -0.2], [0.1, 0.4]]
        {start}
    def step(self, x, y):
        h = [math.tanh(self.w[j][0] * x[0] + self.w[j][1] * x[1] + {b}) for j in range(2)]
        out = h[0] - 2 * h[1]
        loss = (out - y) ** 2
        d = 2 * (out - y)
        slope = [d * (1 - h[0] ** 2), -2 * d * (1 - h[1] ** 2)]
        for j in range(2):
            for i in range(2):
                self.w[j][i] -= 0.1 * slope[j] * x[i]
        {move}
net = Net()
for k in range(4):
    for x, y in [([0.5, -1.0], 0.3), ([1.5, 0.2], 0.7)]:
        net.step(x, y)
"""
ATTRIBUTES = {
    "start": "self.a = self.b = 0.0",
    "b": "[self.a, self.b][j]",
    "move": "self.a -= 0.1 * slope[0]; self.b -= 0.1 * slope[1]",
}
REPEATED = {
    "start": "self.b = [0.0] * 2",
    "b": "self.b[j]",
    "move": "self.b[0] -= 0.1 * slope[0]; self.b[1] -= 0.1 * slope[1]",
}
COUNTS = {**REPEATED, "start": "self.b = [0] * 2"}
SET = {
    **ATTRIBUTES,
    "move": "for n, s in zip('ab', slope): setattr(self, n, getattr(self, n) - 0.1 * s)",
}


@pytest.mark.parametrize("parts", few([ATTRIBUTES, REPEATED, COUNTS, SET], 2))
def test_numbers_that_start_as_one_move_apart(parts):
    source = SHARED.format(**parts)
    assert len(names(source)) == 6
    assert set(verdicts(source).values()) == {"right"}


@pytest.mark.parametrize("parts", few([ATTRIBUTES, REPEATED, COUNTS, SET], 1))
def test_a_mistake_in_one_of_them_is_seen(parts):
    moved = parts["move"].replace("slope[1]", "slope[0]").replace("slope)", "slope[:1] * 2)")
    (training,) = trainings(run(SHARED.format(**{**parts, "move": moved})))
    step = training.steps[0]
    (wrong,) = {step.judgement.claims[i].name for i in step.off}
    assert wrong in ("self.b", "self.b[1]")


LAYERS = """\
import numpy as np
rng = np.random.default_rng(2)
class Layer:
    def __init__(self, i, o):
        self.W = rng.normal(size=(i, o))
    def forward(self, x):
        self.x, self.a = x, np.tanh(x @ self.W)
        return self.a
    def backward(self, da):
        dz = da * (1 - self.a**2)
        self.dW = self.x.T @ dz
        return dz @ self.W.T
X, y = rng.normal(size=(8, 2)), rng.normal(size=(8, 1))
layers = [Layer(2, 4), Layer(4, 3), Layer(3, 1)]
for epoch in range(5):
    out = X
    for layer in layers:
        out = layer.forward(out)
    loss = np.mean((out - y) ** 2)
    grad = 2 * (out - y) / y.size
    for layer in reversed(layers):
        grad = layer.backward(grad)
    for layer in layers[{first}:]:
        layer.W -= 0.1 * layer.dW
"""


def test_a_layer_that_no_step_moves_is_told_where_others_of_its_class_move():
    found = check_subject(Subject(LAYERS.format(first=1), "net.py"))
    still = [(row.name, row.why) for row in found.rows if row.verdict == "not checked"]
    why = "self.W of shape (2, 4) does not change in the steps that ran"
    assert still == [("self.W", why)]
    assert check_subject(Subject(LAYERS.format(first=0), "net.py"))


def test_a_state_that_is_written_beside_the_one_it_comes_from_is_no_parameter():
    steps = "S = np.zeros(5)\nS[0] = 0.9\nfor t in range(4):\n    S[t + 1] = S[t] - 0.3 * S[t]\n"
    assert names(ARRAYS.format(before=steps, epochs=9)) == ["w"]


def test_a_state_whose_last_value_nothing_reads_is_no_parameter():
    filtered = "    s, d = 0.0, []\n    for e in error[:, 0]:\n        d.append(s - e)\n"
    filtered += "        s = s + 0.5 * (e - s)\n    w -= 0.1 * X.T @ np.array(d)[:, None]\n"
    assert "s" not in names(ARRAYS.format(before="", epochs=9).partition("    loss")[0] + filtered)
