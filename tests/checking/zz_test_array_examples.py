"""The smallest example of a mistake in arrays: true of the code as it stands, and small."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import microgradnet as mg
from microgradnet.checking.bounds import farthest
from microgradnet.grading.answers import as_data, report_from
from tests.sources import executed

LAYERS = """
import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def step(X, y, params):
    W1, b1, W2, b2 = params["W1"], params["b1"], params["W2"], params["b2"]
    Z1 = X @ W1 + b1
    A1 = np.maximum(0, Z1)
    P = sigmoid(A1 @ W2 + b2)
    loss = np.mean((P - y) ** 2)
    dP = 2 * (P - y) / y.size
    dZ2 = dP * P * (1 - P)
    dW2 = A1.T @ dZ2
    db2 = dZ2.sum(axis=0)
    dZ1 = (dZ2 @ W2.T) * (Z1 > 0)
    dW1 = X.T @ dZ1
    db1 = dZ1.sum(axis=0)
    return locals()
"""
EDITS = [
    ("dW1 = X.T @ dZ1", "dW1 = 2 * X.T @ dZ1", "dW1", "W1"),
    ("db1 = dZ1.sum(axis=0)", "db1 = dZ1.sum()", "db1", "b1"),
    ("db2 = dZ2.sum(axis=0)", "db2 = dZ2.mean(axis=0)", "db2", "b2"),
    ("dW2 = A1.T @ dZ2", "dW2 = Z1.T @ dZ2", "dW2", "W2"),
]


def example():
    rng = np.random.default_rng(0)
    shapes = {"W1": (4, 5), "b1": (5,), "W2": (5, 3), "b2": (3,)}
    params = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    return rng.normal(size=(6, 4)), rng.uniform(size=(6, 3)), params


def at(row):
    """The arguments of a row's example."""
    arrays = {name: np.array(x) for name, x in row.example.items()}
    return arrays.pop("X"), arrays.pop("y"), arrays


def by_differences(step, row, name):
    """The gradient of the loss by a parameter at a row's example."""
    X, y, params = at(row)
    found = np.empty_like(params[name])
    for i in np.ndindex(found.shape):
        losses = []
        for h in (1e-6, -1e-6):
            moved = {k: x.copy() for k, x in params.items()}
            moved[name][i] += h
            losses.append(step(X, y, moved)["loss"])
        found[i] = (losses[0] - losses[1]) / 2e-6
    return found


@pytest.mark.parametrize(("old", "new", "name", "by"), EDITS)
def test_what_an_example_says_is_so(old, new, name, by):
    assert old in LAYERS
    step = executed(LAYERS.replace(old, new))["step"]
    row = mg.check(step, *example()).rows[0]
    assert (row.name, row.verdict) == (name, "wrong")
    assert max(np.shape(x) and max(np.shape(x)) for x in row.example.values()) <= 2
    assert all(float(n) == round(n) or n == 0.5 for x in row.example.values() for n in np.ravel(x))
    written, right = map(np.array, row.at_example)
    np.testing.assert_allclose(step(*at(row))[name], written, atol=1e-12)
    np.testing.assert_allclose(by_differences(step, row, by), right, atol=1e-8)


def test_it_is_printed_whole_and_stands_in_the_data():
    step = executed(LAYERS.replace("* (Z1 > 0)", "")).pop("step")
    report = mg.check(step, *example())
    row = report.rows[0]
    said = "X = [[1]], y = [[1]], W1 = [[-1]], W2 = [[1]], all others 0"
    assert row.at_example_in_words == f"for example at {said}: written [[-0.25]], right [[0]]"
    entry = report.to_dict()["rows"][0]
    assert entry["example"]["W1"] == [[-1.0]]
    assert entry["at_example"] == [[[-0.25]], [[0.0]]]
    assert f"{row.at_example_in_words}" in str(report)
    assert "written [[-0.25]], right [[0]]" in report._repr_html_()


def test_of_numbers_that_are_not_short_the_entry_that_is_farthest_off():
    example = {"x": [[1.0, 0.0], [0.0, 2.0]]}
    pair = [[1.0, 0.1234567], [0.0, 1.0]], [[1.0, 2.0], [0.0, 1.0]]
    row = mg.checking.Row("dx", "wrong", 0.1, 2.0, 0.0, example=example, at_example=pair)
    assert row.at_example_in_words == (
        "for example at x = [[1, 0], [0, 2]]: dx[0, 1] is 0.123457, right 2"
    )


def test_code_that_names_its_sizes_has_no_example():
    def step(X, W, b):
        P = X.reshape(6, 4) @ W + b
        L = (P**2).sum()
        dP = 2 * P
        dW = X.T @ P
        db = dP.sum(axis=0)
        return locals()

    rng = np.random.default_rng(0)
    report = mg.check(step, *(rng.normal(size=shape) for shape in ((6, 4), (4, 3), (3,))))
    assert [row.name for row in report.rows if row.verdict == "wrong"] == ["dW"]
    assert not report.rows[0].example


def test_a_sum_over_samples_that_is_left_out_shows_with_two_of_them():
    def step(X, W, b):
        P = X @ W + b
        L = (P**2).sum()
        dP = 2 * P
        db = dP[0]
        return locals()

    rng = np.random.default_rng(0)
    report = mg.check(step, *(rng.normal(size=shape) for shape in ((6, 4), (4, 3), (3,))))
    row = report.rows[0]
    assert (row.name, row.verdict) == ("db", "wrong")
    assert np.shape(row.example["X"])[0] == 2
    assert row.at_example[0] != row.at_example[1]


def test_labels_and_one_hot_rows_stay_so():
    def step(X, Y, W, b):
        Z = X @ W + b
        P = np.exp(Z) / np.exp(Z).sum(axis=1, keepdims=True)
        L = -(Y * np.log(P)).sum()
        dZ = P - Y
        dW = X.T @ dZ * 2
        db = dZ.sum(axis=0)
        return locals()

    rng = np.random.default_rng(0)
    X, Y, W = rng.normal(size=(6, 4)), np.eye(3)[[0, 1, 2, 2, 1, 0]], rng.normal(size=(4, 3))
    report = mg.check(step, X, Y, W, rng.normal(size=3))
    row = report.rows[0]
    assert (row.name, row.mistake) == ("dW", "a factor 2 too much")
    assert np.sum(row.example["Y"], axis=1).tolist() == [1.0] * len(row.example["Y"])
    np.testing.assert_allclose(row.at_example[0], 2 * np.array(row.at_example[1]))


def of_arrays(example):
    """A row with an example of arrays."""
    pair = [[1.0, 0.0]], [[2.0, 0.0]]
    return mg.checking.Row("dx", "wrong", 1.0, 2.0, 0.0, example=example, at_example=pair)


def test_it_goes_from_one_process_to_another():
    report = mg.Report((of_arrays({"x": [[1.0, 0.0]], "b": 2.0}),))
    assert report_from(as_data(report)) == report


@pytest.mark.parametrize("x", [[[1.0], [1.0, 2.0]], [[[[[1.0]]]]], [0.0] * 1000, [{}], ["a"]])
def test_from_elsewhere_it_is_an_array_and_small(x):
    with pytest.raises(ValueError, match=r"no report|inhomogeneous|could not convert"):
        report_from(as_data(mg.Report((of_arrays({"x": x}),))))


@given(
    arrays(float, (3, 2), elements=st.integers(-4, 4)).filter(np.any),
    arrays(float, (3, 2), elements=st.sampled_from([0.0, 0.0, 1.0, -2.0])),
    arrays(float, (3, 2), elements=st.floats(-1e-14, 1e-14)),
)
def test_the_entry_that_a_row_shows_is_not_chosen_by_rounding(right, off, noise):
    """Processors add in other orders: the catalogue said other numbers on another machine."""
    assert farthest(right + off + noise, right) == farthest(right + off, right)


def test_a_transposed_product_is_shown_by_an_entry_where_it_is_off():
    """It said: written 1.07873, right 1.07873, ratio 1, wrong."""
    source = "def derive(X, Y, W):\n    P = X @ W\n    L = ((P - Y) ** 2).sum()\n"
    source += "    dP = 2 * (P - Y)\n    dW = dP.T @ X\n"
    rng = np.random.default_rng(0)
    sizes = [(6, 3), (6, 2), (3, 2)]
    row = mg.check(executed(source)["derive"], *(rng.normal(size=n) for n in sizes)).rows[0]
    assert (row.name, row.verdict, row.mistake) == ("dW", "wrong", "is transposed")
    assert row.ratio != pytest.approx(1.0)
