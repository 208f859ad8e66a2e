"""check_backward on the tape: right pairs of many styles, and mistakes in them with their lines."""

import re

import numpy as np
import pytest

from microgradnet.checking.passes.backward import check_backward
from tests.marks import few

from .marked import FOLDER, defined_at, loaded, versions

FILE = FOLDER / "rules" / "pairs.py"
SOURCE = FILE.read_text(encoding="utf-8")
pairs = loaded(FILE)


def module(folder, old, new):
    """The pairs with one line replaced."""
    assert SOURCE.count(old) == 1, (old, SOURCE.count(old))
    return loaded(folder / "pairs_with_a_mistake.py", SOURCE.replace(old, new))


def report_on(m, name):
    if name in m.FUNCTIONS:
        return check_backward(*m.FUNCTIONS[name])
    layer, *example = m.LAYERS[name]
    return check_backward(layer.forward, layer.backward, *example)


@pytest.mark.parametrize("name", few([*pairs.FUNCTIONS, *pairs.LAYERS], 1))
def test_right_pairs_are_right(name):
    report = report_on(pairs, name)
    assert report, report


@pytest.mark.parametrize("name", few(pairs.CLASSES, 1))
def test_a_class_is_made_by_itself(name):
    assert check_backward(*pairs.CLASSES[name])


def test_an_object_that_is_called_is_its_forward_pass():
    layer = pairs.InObjects(3, 2)
    report = check_backward(layer, layer.backward, pairs.X)
    assert report, report
    assert "self.w.grad" in {row.name for row in report.rows}
    assert not layer.w.grad.any()  # a copy is judged


def name_of(m, defined):
    """The name under which the pair of a backward pass, or a layer of a class, is listed."""
    for name, (_, backward, *_) in m.FUNCTIONS.items():
        if backward.__name__ == defined:
            return name
    return next(k for k, (layer, *_) in m.LAYERS.items() if type(layer).__name__ == defined)


@pytest.mark.parametrize("k", few(range(len([*versions(FILE)])), 1))
def test_a_mistake_is_found_on_its_line(k, tmp_path):
    text, line, words = [*versions(FILE)][k]
    m = loaded(tmp_path / f"pairs_{k}.py", text)
    report = report_on(m, name_of(m, defined_at(text, line)))
    wrong = [row for row in report.rows if row.verdict == "wrong"]
    assert wrong, report
    assert all(line in (row.line, *row.alternatives) for row in wrong), report
    assert line == wrong[0].line or len(wrong) == 1
    assert all(re.search(words, row.mistake) for row in wrong), report


RETURNED = "return dx, dw, db\n\n\ndef scaled"
GRADIENTS = "self.dW, self.db = self.x.T @ d, d.sum(axis=0)"
MOVE = "self.weights -= learning_rate * (self.x.T @ output_gradient)"
CHANGES = [  # of a pair: what is written instead, and a verdict of it; gradients are told by place
    ("two outputs", "d * y, d * x\n\n\ndef cross", "d * y, d * y\n\n\ndef cross", "wrong"),
    ("affine", RETURNED, RETURNED.replace("dx, dw", "dw, dx"), "wrong"),
    ("affine", RETURNED, RETURNED.replace("dx, dw, db", "db, dw"), "wrong"),
    ("affine", RETURNED, RETURNED.replace(", db", ""), "wrong"),
    ("affine", RETURNED, RETURNED.replace("dw", "None"), "not checked"),
    ("lstm", "da @ Wx.T, da @ Wh.T, dc", "da @ Wh.T, da @ Wx.T, dc", "wrong"),
    ("dense", GRADIENTS, "self.dW = self.x.T @ d", "not checked"),
    ("updating", MOVE, MOVE.replace("learning_rate", "0.5 * learning_rate"), "scaled"),
    ("updating", MOVE, MOVE.replace("learning_rate", "0.7"), "wrong"),
]


@pytest.mark.parametrize(("name", "old", "new", "verdict"), few(CHANGES, 1))
def test_a_change_of_what_is_handed_back_is_told(name, old, new, verdict, tmp_path):
    report = report_on(module(tmp_path, old, new), name)
    assert verdict in {row.verdict for row in report.rows}, report
    assert bool(report) == (verdict == "scaled")


def test_a_gradient_of_another_shape_is_told_without_a_number(tmp_path):
    report = report_on(module(tmp_path, RETURNED, RETURNED.replace("db", "db[None]")), "affine")
    [row] = [row for row in report.rows if row.verdict == "wrong"]
    assert (row.where, str(row.written)) == ("its shape is (1, 6), not (6,)", "nan")


def test_what_changes_its_inputs_is_said():
    report = report_on(pairs, "in place")
    assert report.note == "in_place changes x in place; in_place_back changes dout in place"


EDGES = loaded(FOLDER / "rules" / "edges.py").EDGES


@pytest.mark.parametrize("name", few(EDGES, 4))
def test_at_an_edge_it_is_told_what_is_so(name):
    forward, backward, example, verdicts, note, suggestion = EDGES[name]
    report = check_backward(forward, backward, *example)
    assert " ".join(dict.fromkeys(row.verdict for row in report.rows)) == verdicts, report
    assert note in report.note
    assert bool(note) == bool(report.note), report
    assert report.rows[0].suggestion == suggestion or not suggestion, report


def test_nothing_is_wrong_only_at_made_up_numbers_without_words():
    made, rng = loaded(FOLDER / "beside" / "fixed_point.py"), np.random.default_rng(0)
    W, x = 0.06 * rng.normal(size=(5, 5)), rng.normal(size=5)
    report = check_backward(made.fixed_forward, made.fixed_backward, W, x)
    assert {(r.verdict, r.why) for r in report.rows} == {
        ("not checked", "right at these numbers, and not at others")
    }
