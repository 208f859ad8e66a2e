"""Code is run, and its text rewritten, no more often than it tells something."""

from dataclasses import replace

import pytest

import microgradnet as mg
from microgradnet.checking.array_runs import Code
from microgradnet.tracing import running

from .generated import recurrent

SCRIPT = """
import numpy as np

x = np.array([[0.5, -0.2], [0.1, 0.4], [0.3, 0.6]])
w = np.array([[0.3], [0.7]])
y = np.array([[1.0], [0.3], [0.5]])
for _ in range(100):
    p = x @ w
    loss = ((p - y) ** 2).sum()
    dp = 2 * (p - y)
    dw = x.T @ dp
    w -= 0.1 * dw
"""


def counted(monkeypatch, holder, name):
    """A list that grows by one whenever a function is called."""
    calls, plain = [], getattr(holder, name)

    def call(*given, **options):
        calls.append(name)
        return plain(*given, **options)

    monkeypatch.setattr(holder, name, call)
    return calls


@pytest.mark.slow
@pytest.mark.usefixtures("without_examples")
def test_what_nothing_wrong_is_computed_from_is_not_tried(monkeypatch):
    """79 runs where each array of the net was a suspect, 48 with those below what is wrong."""
    right = recurrent(0)
    source = right.source.replace("dWhh += draw @ hs[t - 1].T", "dWhh += draw @ hs[t].T")
    assert source != right.source
    runs = counted(monkeypatch, Code, "run")
    report = replace(right, source=source).report()
    assert [row.name for row in report.rows if row.verdict == "wrong"] == ["dWhh"]
    assert len(runs) < 60


def test_a_file_as_it_stands_is_rewritten_once(monkeypatch, tmp_path):
    """Each run parsed, copied and rewrote it: a fifth of the time of a recurrent net."""
    file = tmp_path / "net.py"
    file.write_text(SCRIPT)
    runs = counted(monkeypatch, Code, "run")
    trees = counted(monkeypatch, running, "rewritten")
    assert mg.check(file)
    assert len(runs) > len(trees) == 1
