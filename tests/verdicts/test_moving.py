"""What a run moves: parameters, and none of the numbers that only take a new value on the way."""

import contextlib
import io

import pytest

from microgradnet.tape.recording import Subject, recorded
from microgradnet.tape.replaying import uses
from microgradnet.verdicts.entry_points import check_subject
from microgradnet.verdicts.parameters import enough, parameters

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
