"""Steps that are unlike the first: what goes wrong in them only is never called right."""

import pytest

from microgradnet.checking.entry_points import check_subject
from microgradnet.tape.recording import Subject
from microgradnet.tape.trials import Edited
from tests.marks import few

BATCHES = """
import numpy as np
rng = np.random.default_rng(0)
X, w = rng.normal(size=({rows}, 3)), rng.normal(size=3)
y = rng.normal(size={rows})
for epoch in range(30):
    for s in range(0, len(X), 4):
        x, t = X[s:s + 4], y[s:s + 4]
        loss = ((x @ w - t) ** 2).mean()
        dw = 2 * x.T @ (x @ w - t) / {count}
        w -= 0.1 * dw
"""
LIMITED = """
import numpy as np
rng = np.random.default_rng(0)
X = rng.uniform(-1, 1, (6, 2))
X[3] = [9.0, 9.0]
y, w, v = rng.normal(size=6), np.array([0.9, 0.4]), 0.3
for epoch in range(30):
    for x, t in zip(X, y):
        z = x @ w
        h = np.minimum(np.maximum(z, 0.0), 6.0)
        loss = (v * h - t) ** 2
        dv = 2 * (v * h - t) * h
        dw = 2 * (v * h - t) * v * ({slope}) * x
        w = w - 0.001 * dw
        v = v - 0.001 * dv
"""
SCALED = """
import numpy as np
rng = np.random.default_rng(1)
X, y = rng.normal(size=(5, 3)), rng.normal(size=(5, 1))
W, V = rng.normal(size=(3, 4)), rng.normal(size=(4, 1))
for _ in range(50):
    h = np.tanh(X @ W)
    out = h @ V
    loss = np.sum((y - out) ** 2)
    delta = {half}(y - out)
    dV = h.T @ delta
    dW = X.T @ (delta @ V.T * (1 - h ** 2))
    V += 0.1 * dV
    W += 0.1 * dW
"""
GROWS = """
import numpy as np
rng = np.random.default_rng(1)
X, y = rng.normal(size=(3, 7)), rng.normal(size=(2, 7))
W, b = rng.normal(size=(2, 3)), 0.1
for _ in range(50):
    out = W @ X + b
    loss = np.sum((out - y) ** 2) / 7
    d = 2 * (out - y) / 7
    W -= 0.1 * d @ X.T
    b -= 0.1 * d.sum(axis=1, keepdims=True)
"""


def verdicts(source):
    report = check_subject(Subject(source, "net.py"))
    return {row.name: row.verdict for row in report.rows}


@pytest.mark.parametrize("rows", few([8, 9, 10, 21], 1))
def test_a_batch_that_is_divided_by_its_own_length_is_right(rows):
    found = verdicts(BATCHES.format(rows=rows, count="len(x)"))
    assert set(found.values()) == {"right"}


@pytest.mark.slow
@pytest.mark.parametrize("rows", few([9, 10, 21], 1))
def test_a_shorter_batch_that_is_divided_by_the_length_of_others_is_not(rows):
    found = verdicts(BATCHES.format(rows=rows, count="4"))
    assert found["update w"] == "cannot tell"


@pytest.mark.parametrize(
    ("slope", "verdict"), few([("0 < z < 6", "right"), ("z > 0", "cannot tell")], 1)
)
def test_a_limit_that_one_sample_reaches_is_seen(slope, verdict):
    assert verdicts(LIMITED.format(slope=slope))["update w"] == verdict


@pytest.mark.parametrize(("half", "verdict"), [("", "scaled"), ("2 * ", "right")])
def test_a_minus_that_is_left_for_the_update_is_no_mistake(half, verdict):
    found = verdicts(SCALED.format(half=half))
    assert {found["update V"], found["update W"]} == {verdict}
    assert "wrong" not in found.values()


def test_a_number_that_becomes_a_vector_is_judged_as_the_vector():
    assert set(verdicts(GROWS).values()) == {"right"}


@pytest.mark.slow
def test_before_a_late_step_no_edit_is_tried(monkeypatch):
    tried, noted = [], Edited.noted
    source = LIMITED.format(slope="z > 0").replace("(6, 2)", "(50, 2)").replace("X[3]", "X[45]")

    def counted(self, recorder, *rest):
        tried.append(recorder.tape.noted)
        return noted(self, recorder, *rest)

    monkeypatch.setattr(Edited, "noted", counted)
    assert verdicts(source.replace("size=6", "size=50"))["update w"] == "cannot tell"
    assert 0 < len(tried) < 20


@pytest.mark.slow
def test_a_side_of_a_conditional_expression_that_comes_late_is_waited_for():
    source = """
import numpy as np
rng = np.random.default_rng(0)
X, y, w, b = rng.normal(size=(9, 3)), rng.normal(size=9), rng.normal(size=3), 0.0
for k in range(60):
    share = 1.0 if k < 30 else 1.0 / (k - 28)
    e = X @ w + b - y
    loss = np.sum(e**2) + share * np.sum(w**2)
    w = w - 0.01 * (2 * X.T @ e + 2 * share * w)
    b = b - 0.01 * 2 * e.sum()
"""
    rows = check_subject(Subject(source, "late.py")).rows
    assert {row.verdict for row in rows} == {"right"}
    rows = check_subject(Subject(source.replace("+ 2 * share", "+ 2"), "late.py")).rows
    assert {row.name: row.verdict for row in rows}["update w"] != "right"
