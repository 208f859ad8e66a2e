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


SWAPPED = "da = np.hstack([di, df, do, dg])\n    return da @ Wx.T, da @ Wh.T, dc_all * f, x.T @ da"


@pytest.mark.parametrize(
    ("name", "old", "new"),
    few(
        [
            (
                "two outputs",
                "return d * y, d * x\n\n\ndef cross",
                "return d * y, d * y\n\n\ndef cross",
            ),
            ("affine", "return dx, dw, db\n\n\ndef scaled", "return dw, dx, db\n\n\ndef scaled"),
            ("affine", "return dx, dw, db\n\n\ndef scaled", "return db, dw\n\n\ndef scaled"),
            ("affine", "return dx, dw, db\n\n\ndef scaled", "return dx, dw\n\n\ndef scaled"),
            ("lstm", SWAPPED, SWAPPED.replace("da @ Wx.T, da @ Wh.T", "da @ Wh.T, da @ Wx.T")),
        ],
        1,
    ),
)
def test_gradients_belong_to_arguments_by_position(name, old, new, tmp_path):
    report = report_on(module(tmp_path, old, new), name)
    assert "wrong" in {row.verdict for row in report.rows}, report


def test_a_gradient_that_is_returned_as_none_is_not_checked(tmp_path):
    old = "return dx, dw, db\n\n\ndef scaled"
    report = report_on(module(tmp_path, old, old.replace("dw", "None")), "affine")
    assert ("dw", "not checked") in {(r.name, r.verdict) for r in report.rows}, report


def rows_mean(x):
    return x.mean(axis=-1), x.shape


def rows_mean_back(dout, shape):
    return np.repeat(dout[:, None], shape[1], axis=1) / 4


def test_what_is_right_at_one_shape_only_is_wrong():
    report = check_backward(rows_mean, rows_mean_back, np.arange(8.0).reshape(2, 4))
    assert [row.verdict for row in report.rows] == ["wrong"]
    assert report.note == "right at (2, 4), wrong at (2, 5)"


def table(x, tokens):
    return x[tokens], (tokens, x.shape)


def assigned(d, cache):
    tokens, shape = cache
    dtable = np.zeros(shape)
    dtable[tokens] = d
    return dtable


def test_an_index_is_repeated():
    report = check_backward(table, assigned, np.ones((4, 2)), np.array([2, 0]))
    [row] = report.rows
    assert (row.verdict, row.suggestion) == ("wrong", "np.add.at(dtable, tokens, d)")
    assert "where one is repeated" in report.note


def test_what_changes_its_inputs_is_said():
    report = report_on(pairs, "in place")
    assert report.note == "in_place changes x in place; in_place_back changes dout in place"


def product(x, y):
    return x * y, (x, y)


def nothing(dout, cache):
    return None


def raising(dout, cache):
    raise ValueError("not yet")


@pytest.mark.parametrize("backward", [nothing, raising])
def test_no_gradients_are_not_right(backward):
    report = check_backward(product, backward, np.ones(3), np.ones(3))
    assert report.rows
    assert not report


@pytest.mark.slow
def test_a_weight_that_gets_no_gradient_is_not_checked(tmp_path):
    old = "self.dW, self.db = self.x.T @ d, d.sum(axis=0)"
    report = report_on(module(tmp_path, old, "self.dW = self.x.T @ d"), "dense")
    assert not report
    assert [r.verdict for r in report.rows] == ["not checked", "right", "right"], report


@pytest.mark.slow
def test_a_step_by_a_half_of_the_rate_is_scaled(tmp_path):
    old = "self.weights -= learning_rate * (self.x.T @ output_gradient)"
    new = old.replace("learning_rate", "0.5 * learning_rate")
    report = report_on(module(tmp_path, old, new), "updating")
    assert (report.rows[0].name, report.rows[0].verdict) == ("update weights", "scaled"), report
    report = report_on(module(tmp_path, old, old.replace("learning_rate", "0.7")), "updating")
    assert (report.rows[0].name, report.rows[0].verdict) == ("update weights", "wrong"), report


def hard_tanh(x):
    return np.clip(x, -1, 1), x


def hard_tanh_back(dout, x):
    return dout * (np.abs(x) < 1)


def hard_tanh_cut_in_the_output(dout, x):
    return np.clip(dout, -1, 1)


@pytest.mark.parametrize(
    ("backward", "right"), [(hard_tanh_back, True), (hard_tanh_cut_in_the_output, False)]
)
def test_a_clamp_has_a_slope(backward, right):
    report = check_backward(hard_tanh, backward, np.linspace(-2.1, 2.1, 8).reshape(2, 4))
    assert {row.verdict for row in report.rows} == {"right" if right else "wrong"}, report


@pytest.mark.slow
def test_an_array_given_twice_is_two_arguments():
    x = np.array([[1.0, -2.0, 3.0], [0.5, 0.25, -1.0]])
    assert check_backward(product, product_backward, x, x)
    assert check_backward(product, product_backward, x, x[::1])


def product_backward(dout, cache):
    x, y = cache
    return dout * y, dout * x


def largest_two(x):
    return x[np.arange(2), x.argmax(axis=1)], x


def largest_two_back(dout, x):
    dx, rows = np.zeros_like(x), np.ogrid[:2]
    dx[rows, x.argmax(axis=1)] += dout
    return dx


def test_indices_that_the_code_makes_stay_as_they_are():
    """0 and 1 are labels of two classes, too, and those are drawn in another order."""
    x = np.array([[1.0, -2.0, 3.0], [0.5, 0.25, -1.0]])
    report = check_backward(largest_two, largest_two_back, x)
    assert report, report


def clipped_norm(x):
    n = np.maximum(np.sqrt((x**2).sum(axis=1, keepdims=True)), 0.1)
    return x / n, (x, n)


def clipped_norm_back(dout, cache):
    x, n = cache
    return dout / n - x * (dout * x).sum(axis=1, keepdims=True) / n**3


def masked(x, mask):
    x = np.where(mask, x, -1e9)
    p = np.exp(x - x.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    return p, p


def masked_back(dout, p):
    return p * (dout - (dout * p).sum(axis=1, keepdims=True))


def largest(x):
    pairs = x.reshape(len(x), -1, 2)
    return pairs.max(axis=2), pairs


def largest_back(dout, pairs):
    return ((pairs == pairs.max(axis=2, keepdims=True)) * dout[..., None]).reshape(len(pairs), -1)


def rectified_back(dout, x):
    return dout * (x >= 0)


X = np.random.default_rng(2).normal(size=(2, 4))


@pytest.mark.parametrize(
    ("forward", "backward", "example", "words"),
    few(
        [
            (lambda x: (np.maximum(x, 0), x), rectified_back, (X,), ""),
            (masked, masked_back, (X, X > 0), "where a row is masked as a whole, dx"),
            (clipped_norm, clipped_norm_back, (X,), "at a thousandth of the numbers, dx is wrong"),
            (product, product_backward, (X, X + 1), "where one row is given for all, "),
            (largest, largest_back, (X,), "where numbers are equal, as the largest of a window"),
        ],
        2,
    ),
)
def test_what_shows_at_other_numbers_alone_is_said(forward, backward, example, words):
    report = check_backward(forward, backward, *example)
    assert words in report.note
    assert bool(report) == (forward is not clipped_norm), report
    assert bool(report.note) == bool(words)


def normed(x, eps=1e-12):
    n = np.sqrt((x**2).sum(axis=1, keepdims=True)) + eps
    return x / n, (x, n)


def test_a_number_that_keeps_a_divisor_from_0_stays_as_it_is():
    """With a large one, x / n**3 would not be x / (n**2 * (n - eps))."""
    assert check_backward(normed, clipped_norm_back, X)
    assert check_backward(normed, clipped_norm_back, X, 1e-12)


def gate(x, y):
    s = 1 / (1 + np.exp(-x))
    cache = {"s": s, "y": y, "out": s * y}
    return s * y, y**2, cache


def gate_back(dout, dsquare, cache):
    s = cache["s"]
    ds = dout * cache["out"]
    return ds * s * (1 - s), dout * s + 2 * dsquare * cache["y"]


def cumulated(x):
    return np.cumsum(x, axis=1), None


def cumulated_back(dout, _):
    return np.cumsum(dout, axis=1)


FLIPPED = "return np.flip(np.cumsum(np.flip(dout, 1), axis=1), 1)"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("forward", "backward", "example", "suggestion"),
    few(
        [
            (gate, gate_back, (X, X + 1), "ds = dout * cache['y']"),
            (cumulated, cumulated_back, (X,), FLIPPED),
        ],
        1,
    ),
)
def test_a_key_of_a_cache_and_the_other_direction_are_suggested(
    forward, backward, example, suggestion
):
    report = check_backward(forward, backward, *example)
    assert report.rows[0].suggestion == suggestion, report


def sampled(signal, at):
    i = np.clip(np.floor(at).astype(int), 0, signal.shape[1] - 2)
    t = at - i
    return (1 - t) * signal[:, i] + t * signal[:, i + 1], (signal, i, t)


def sampled_backward(dout, cache):
    signal, i, t = cache
    dsignal = np.zeros(signal.shape)
    for p, k in enumerate(i):
        dsignal[:, k] += dout[:, p] * (1 - t[p])
        dsignal[:, k + 1] += dout[:, p] * t[p]
    return dsignal, (dout * (signal[:, i + 1] - signal[:, i])).sum(axis=0)


def test_numbers_that_are_cut_to_places_are_drawn_at_the_same_places():
    assert check_backward(sampled, sampled_backward, np.eye(2, 5) - 0.3, np.array([0.2, 0.7, 2.5]))


def test_a_kink_at_a_number_of_the_example_is_no_mistake():
    def elu(x):
        return np.where(x > 0, x, np.exp(np.minimum(x, 0)) - 1), x

    def elu_backward(dout, x):
        return dout * np.where(x > 0, 1.0, np.exp(x))

    assert check_backward(elu, elu_backward, np.linspace(-2, 2, 9))
