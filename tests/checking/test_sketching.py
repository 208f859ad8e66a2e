"""The picture of a report: a box for what has a name, and each row where it belongs."""

import numpy as np
import pytest

from microgradnet.checking.entry_points import check
from microgradnet.checking.passes.backward import check_backward
from microgradnet.checking.reporting import sketching
from microgradnet.drawing.of_reports import ids_of
from tests.checking.spoilt import ARRAYS, by_hand, two_layers
from tests.sources import text_of

LOOP = text_of("loop")


class Net:
    """One layer, whose parameters are there before it trains."""

    def __init__(self):
        self.W, self.b = np.array([[0.5], [0.25]]), np.zeros(1)

    def train(self, X, y):
        for _ in range(3):
            p = X @ self.W + self.b
            dp = p - y
            dW = X.T @ dp * (p.mean() > -100)
            db = dp.sum(axis=0)
            self.W -= 0.1 * dW
            self.b -= 0.1 * db


def boxes(report):
    return {box.name: box for box in report.sketch.boxes}


def links(report):
    names = [box.name for box in report.sketch.boxes]
    return {(names[i], names[j]) for i, j in report.sketch.links}


def places(report):
    names = [box.name for box in report.sketch.boxes]
    return {row: (names[a], names[b]) for row, (a, b) in report.sketch.places.items()}


def test_numbers_are_drawn_by_their_formulas():
    report = check(by_hand)
    found = boxes(report)
    assert found["h1"].lines == ("sum_h1 = w1·x[0] + w2·x[1] + b1", "h1 = σ(sum_h1)")
    assert found["L"].lines == ("L = (h1 − y_true)²",)
    assert (found["w2"].role, found["x[1]"].role, found["y_true"].role) == (
        "parameter",
        "input",
        "target",
    )
    assert places(report)["d_h1_d_w2"] == ("h1", "w2")
    assert found["w2"].number == report.point["w2"]


def test_of_arrays_there_is_a_box_each_with_its_statement():
    report = check(two_layers, *ARRAYS)
    found = boxes(report)
    assert (found["Z1"].shape, found["Z1"].lines) == ((3, 5), ("Z1 = W1 @ X + b1",))
    assert found["Y"].role == "target"
    assert links(report) >= {("W1", "Z1"), ("Z1", "A1"), ("A1", "Z2"), ("Z2", "cost")}
    assert places(report)["dW1"] == ("cost", "W1")
    assert {name for _, name in ids_of(report)} == {row.name for row in report.rows}


def test_what_a_loop_computes_is_one_box_and_a_helper_gives_no_names(tmp_path):
    file = tmp_path / "loop.py"
    file.write_text(LOOP, encoding="utf-8")
    report = check(file)
    found = boxes(report)
    assert found.keys() == {"x", "k", "out", "a", "y_pred", "target", "L"}
    assert (found["k"].role, found["k"].lines) == ("parameter", ())
    assert found["L"].lines[0].startswith("L = the squared error of")
    assert links(report) == {
        ("x", "out"),
        ("k", "out"),
        ("out", "a"),
        ("a", "y_pred"),
        ("y_pred", "L"),
        ("target", "L"),
    }


def test_the_attributes_of_an_object_have_names():
    """They have none from a statement: the object was there before."""
    report = check(Net(), np.array([[1.0, 2.0], [3.0, 5.0], [2.0, 1.0]]), np.ones((3, 1)))
    assert {"dW", "db", "update W", "update b"} <= {row.name for row in report.rows}
    assert places(report)["dW"] == places(report)["update W"] == ("L", "W")


def test_the_backward_pass_of_a_layer_is_drawn():
    def forward(x, w):
        z = x * w
        return np.tanh(z), (x, w, z)

    def backward(dout, cache):
        _, w, z = cache
        dz = dout * (1 - np.tanh(z) ** 2)
        return dz * w, dz * w

    report = check_backward(forward, backward, np.ones((2, 3)), np.full((2, 3), 0.5))
    assert boxes(report)["L"].lines == ("L = sum(out * dout)",)
    assert links(report) == {("x", "z"), ("w", "z"), ("z", "L"), ("dout", "L")}


def test_more_than_5000_values_are_no_picture(monkeypatch):
    monkeypatch.setattr(sketching, "MOST", 3)
    report = check(by_hand)
    assert report.sketch is None
    with pytest.raises(ValueError, match="nothing to draw: the report has no graph"):
        report.draw()
