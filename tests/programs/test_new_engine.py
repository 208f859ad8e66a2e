"""A new engine is a file with one class that has one method, and a line in the table."""

import sys

import numpy as np
import pytest

import microgradnet as mg
from microgradnet.programs import engines
from microgradnet.programs.program import Program
from tests.sources import text_of

FILE = text_of("exact_engine")
X, y = [[1.0], [2.0], [4.0]], [3.0, 5.0, 9.0]


@pytest.fixture
def exact(tmp_path, monkeypatch):
    (tmp_path / "exact_engine.py").write_text(FILE)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(engines.ENGINES, "exact", ("exact_engine:Exact", ""))
    yield "exact"
    sys.modules.pop("exact_engine", None)


def step(engine):
    """A step of y = w * x + b on its squared error, whose lines are + - and *."""
    w, b, x, target = (mg.Value(a, name) for a, name in zip((0.5, 0.1, 1.0, 3.0), "wbxy"))
    error = w * x + b - target
    loss = error * error
    following = [p - 0.0625 * g for p, g in zip((w, b), mg.grad(loss, [w, b]))]
    return mg.compile([*following, loss], [w, b, x, target], engine)


def test_it_runs_programs_in_all_four_ways(exact):
    rows = np.column_stack([X, y])
    program, reference = step(exact), step("python")
    close = {"rtol": 1e-14}
    assert program(0.5, 0.1, 1.0, 3.0) == pytest.approx(reference(0.5, 0.1, 1.0, 3.0), rel=1e-14)
    for way in (Program.map, Program.mean):
        found, expected = (way(p, [0.5, 0.1], rows) for p in (program, reference))
        np.testing.assert_allclose(found, expected, **close)
    for found, expected in zip(*(p.scan([0.5, 0.1], rows, 3) for p in (program, reference))):
        np.testing.assert_allclose(found, expected, **close)


def test_it_gives_the_exact_answer_where_others_round(exact):
    x = mg.Value(1.0, "x")
    lost = [mg.compile([x + 1e16 - 1e16], [x], engine)(1.0) for engine in ("python", exact)]
    assert lost == [(0.0,), (1.0,)]


def test_fit_trains_on_it(exact):
    losses = []
    for engine in (exact, "python"):
        net = mg.Neuron(1, activation="linear", seed=0)
        history = mg.fit(
            net, X, y, optimizer=mg.SGD(0.05), epochs=20, engine=engine, progress=False
        )
        losses.append(history.losses)
    assert losses[0] == pytest.approx(losses[1], rel=1e-9)


def test_an_engine_without_a_call_says_so(monkeypatch):
    monkeypatch.setitem(engines.ENGINES, "none", ("microgradnet.programs.engines:Engine", ""))
    with pytest.raises(NotImplementedError, match="Engine has no call"):
        step("none")(0.5, 0.1, 1.0, 3.0)


def test_an_unknown_engine_is_told_with_those_there_are(exact):
    with pytest.raises(ValueError, match=r"unknown engine 'gpu'; known: python, .*exact"):
        step("gpu")


def test_an_absent_package_is_named_with_the_command_that_installs_it(monkeypatch, tmp_path):
    (tmp_path / "needing_engine.py").write_text("import package_that_is_nowhere")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(engines.ENGINES, "needing", ("needing_engine:Exact", "some"))
    command = r"pip --python \.venv/bin/python install -e '\.\[some\]'"
    with pytest.raises(
        ImportError, match=f"the needing engine needs package_that_is_nowhere: .*{command}"
    ):
        step("needing")(0.5, 0.1, 1.0, 3.0)
