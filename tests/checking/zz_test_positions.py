"""mg.check_backward: gradient k belongs to argument k; order, count, shape and type come first."""

import functools

import numpy as np
import pytest

import microgradnet as mg
from microgradnet.checking.report import Report

rng = np.random.default_rng(7)
X, W, B = rng.normal(size=(5, 3)), rng.normal(size=(3, 4)), rng.normal(size=4)
INDEX = np.array([0, 2, 1, 4])


def affine(x, w, b):
    return x @ w + b, (x, w)


def gradients(dout, cache):
    x, w = cache
    dx = dout @ w.T
    dw = x.T @ dout
    db = dout.sum(axis=0)
    return dx, dw, db


def returning(change):
    """The backward pass of an affine layer that returns something else of its gradients."""

    def backward(dout, cache):
        dx, dw, db = gradients(dout, cache)
        return change(dx, dw, db)

    return backward


def said(report):
    """What is said of each row that is not right, by its verdict."""
    return [(row.verdict, row.words) for row in report.rows if row.verdict != "right"]


def test_two_gradients_of_one_shape_are_told_apart_by_position():
    def gate(x, z):
        s = 1 / (1 + np.exp(-z))
        return x * z * s, (x, z, s)

    def twice(d, cache):
        _, z, s = cache
        dx = d * z * s
        return dx, dx

    def swapped(d, cache):
        x, z, s = cache
        dx = d * z * s
        dz = d * x * s * (1 + z * (1 - s))
        return dz, dx

    report = mg.check_backward(gate, twice, X, X + 1)
    assert said(report) == [
        ("wrong", "gradient 2 is the one for x, returned in the place of that for z")
    ]
    assert [row.code for row in report.rows if row.verdict == "wrong"] == ["return dx, dx"]
    report = mg.check_backward(gate, swapped, X, X + 1)
    assert said(report) == [
        ("wrong", "gradient 1 is the one for z, returned in the place of that for x"),
        ("wrong", "gradient 2 is the one for x, returned in the place of that for z"),
    ]


LEFT_OUT = "backward returns {} for 3 arguments: none for {}"
WRONG = [
    (lambda dx, dw, db: (dx, dw), LEFT_OUT.format("2 gradients", "b")),
    (lambda dx, dw, db: (dx, db), LEFT_OUT.format("2 gradients", "w")),
    (lambda dx, dw, db: (dw, db), LEFT_OUT.format("2 gradients", "x")),
    (lambda dx, dw, db: dx, LEFT_OUT.format("1 gradient", "w, b")),
    (lambda dx, dw, db: None, LEFT_OUT.format("0 gradients", "x, w, b")),
    (lambda dx, dw, db: (dx, dw, None), LEFT_OUT.format("2 gradients", "b")),
    (lambda dx, dw, db: {"dx": dx, "b": db}, LEFT_OUT.format("2 gradients", "w")),
    (
        lambda dx, dw, db: (dx, dw, db, dx),
        "backward returns 4 gradients for 3 arguments: gradient 4 is one too many",
    ),
    (lambda dx, dw, db: (dx, dw, db[None]), "gradient 3 has shape (1, 4), its argument b has (4,)"),
    (lambda dx, dw, db: (dx, dw.T, db), "gradient 2 has shape (4, 3), its argument w has (3, 4)"),
    (lambda dx, dw, db: (dx, dw, db.sum()), "gradient 3 has shape (), its argument b has (4,)"),
    (
        lambda dx, dw, db: (dx, dw, db + 0j),
        "gradient 3 is of type complex128, its argument b of float64: return real numbers",
    ),
    (
        lambda dx, dw, db: (dx, dw, db.astype(int)),
        "gradient 3 is of type int64, its argument b of float64: return real numbers",
    ),
    (
        lambda dx, dw, db: (dx, dw, db.astype(object)),
        "gradient 3 is of type object, its argument b of float64: return real numbers",
    ),
    (
        lambda dx, dw, db: (dx, dw, 0),
        "gradient 3 is of type int, its argument b of float64: return real numbers",
    ),
    (
        lambda dx, dw, db: {"dx": dx, "dw": dw, "db": dx},
        "gradient db is the one for x, returned in the place of that for b",
    ),
]


@pytest.mark.parametrize(("change", "words"), WRONG)
def test_what_is_returned_amiss_is_said(change, words):
    report = mg.check_backward(affine, returning(change), X, W, B)
    assert not report
    assert any(words in own for _, own in said(report)), report
    assert words not in report.text("zh")


def test_an_unnamed_gradient_that_is_wrong_is_no_empty_report():
    def rotate(x, cos, sin):
        a, b = x[..., :2], x[..., 2:]
        return np.concatenate([a * cos - b * sin, a * sin + b * cos], axis=-1), (cos, sin)

    def not_transposed(d, cache):
        cos, sin = cache
        a, b = d[..., :2], d[..., 2:]
        return np.concatenate([a * cos - b * sin, a * sin + b * cos], axis=-1)

    report = mg.check_backward(rotate, not_transposed, rng.normal(size=(3, 4)), W[:, :2], W[:, 2:])
    assert [row.verdict for row in report.rows] == ["wrong", "cannot tell", "cannot tell"]


RIGHT = [
    lambda dx, dw, db: [dx, dw, db],
    lambda dx, dw, db: (dx, dw, db, None),
    lambda dx, dw, db: {"db": db, "dw": dw, "dx": dx},
    lambda dx, dw, db: {"x": dx, "w": dw, "b": db},
    lambda dx, dw, db: (dx, {"w": dw, "b": db}),
]


@pytest.mark.parametrize("change", RIGHT)
def test_lists_dicts_and_further_nones_are_right(change):
    report = mg.check_backward(affine, returning(change), X, W, B)
    assert report, report
    assert len(report.rows) >= 3


def gathered(x, index, w, flag=True, name="a"):
    return x[index] @ w, (x, index, w)


def parts(dout, cache):
    x, index, w = cache
    return np.eye(len(x))[index].T @ (dout @ w.T), x[index].T @ dout


@pytest.mark.parametrize(
    "arrange",
    [
        lambda dx, dw: (dx, dw),
        lambda dx, dw: (dx, None, dw),
        lambda dx, dw: (dx, 0, dw),
        lambda dx, dw: (dx, np.zeros(4), dw),
        lambda dx, dw: (dx, None, dw, None, None),
    ],
)
def test_whole_numbers_and_flags_need_no_gradient(arrange):
    def backward(dout, cache):
        return arrange(*parts(dout, cache))

    report = mg.check_backward(gathered, backward, X, INDEX, W, True, "a")
    assert report, report


def test_what_is_returned_is_right_however_it_was_filled():
    def backward(dout, cache):
        x, index, w = cache
        dx = np.zeros_like(x)
        np.add.at(dx, index, dout @ w.T)
        return dx, x[index].T @ dout

    report = mg.check_backward(gathered, backward, X, INDEX, W)
    assert report, report


def test_a_gradient_for_indices_is_said():
    def backward(dout, cache):
        dx, dw = parts(dout, cache)
        return dx, np.ones(4), dw

    words = "gradient 2 belongs to index, which has no gradient: return None in its place"
    report = mg.check_backward(gathered, backward, X, INDEX, W)
    assert ("wrong", words) in said(report)


def test_targets_and_masks_need_none_but_are_named():
    def loss(pred, target, mask):
        return np.mean(mask * (pred - target) ** 2), (pred, target, mask)

    def backward(dout, cache):
        pred, target, mask = cache
        return dout * mask * 2 * (pred - target) / pred.size

    report = mg.check_backward(loss, backward, X, X + 1, (X > 0) * 1.0)
    assert report, report
    assert "No gradient is returned for target, mask." in report.note


def test_arrays_in_a_dict_or_a_list_have_a_gradient_each():
    def in_dict(x, params):
        return x @ params["W"] + params["b"], (x, params)

    def of_dict(d, cache):
        x, params = cache
        return d @ params["W"].T, {"dW": x.T @ d, "db": d.sum(axis=0)}

    def of_one(d, cache):
        return of_dict(d, cache)[0], {"dW": of_dict(d, cache)[1]["dW"]}

    def in_list(x, ws):
        return x @ ws[0] + ws[1], (x, ws)

    def of_list(d, cache):
        x, ws = cache
        return d @ ws[0].T, [x.T @ d, 2 * d.sum(axis=0)]

    assert mg.check_backward(in_dict, of_dict, X, {"W": W, "b": B})
    report = mg.check_backward(in_dict, of_one, X, {"W": W, "b": B})
    assert not report
    assert "none for params['b']" in str(report)
    assert not mg.check_backward(in_list, of_list, X, [W, B])


class Layer:
    """One that returns the gradients of its own arrays besides, in an order of its own."""

    def __init__(self, factor=1):
        self.w, self.b, self.factor = W, B, factor

    def forward(self, x):
        self.x = x
        return x @ self.w + self.b

    def backward(self, dout):
        return dout @ self.w.T, dout.sum(axis=0), self.factor * self.x.T @ dout


def test_a_layer_may_return_the_gradients_of_its_own_arrays():
    layer = Layer()
    assert len(mg.check_backward(layer.forward, layer.backward, X).rows) == 3
    assert mg.check_backward(layer.forward, layer.backward, X)
    layer = Layer(2)
    report = mg.check_backward(layer.forward, layer.backward, X)
    assert [row.verdict for row in report.rows] == ["wrong", "right", "right"]
    assert report.rows[0].name == "return self.factor * self.x.T @ dout"


def test_the_gradient_of_a_number_that_is_a_setting_is_compared():
    def penalised(w, lam):
        return (lam * w * w).sum(), (w, lam)

    def backward(d, cache):
        w, lam = cache
        return 2 * lam * d * w, d * (w * w).sum()

    def halved(d, cache):
        dw, dlam = backward(d, cache)
        return dw, dlam / 2

    assert mg.check_backward(penalised, backward, W, 0.3)
    assert not mg.check_backward(penalised, halved, W, 0.3)


def test_the_prints_of_the_passes_are_not_shown(capsys):
    def loud(x):
        print("forward")
        return x, None

    assert mg.check_backward(loud, lambda d, _: d, X)
    assert capsys.readouterr().out == ""


def scaled(x, w):
    return x * w, (x, w)


def test_the_cache_may_come_first_or_be_the_arguments():
    def first(cache, dout):
        x, w = cache
        return dout * w, dout * x

    assert mg.check_backward(scaled, first, X, X + 1)
    assert mg.check_backward(lambda x, w: ((x, w), x * w), first, X, X + 1)
    assert mg.check_backward(
        lambda x, w: x * w, lambda d, x, w: (d * w, (d * x).sum(axis=0)), range(3), np.ones(3)
    ).rows
    words = "first takes cache besides the upstream gradient, but <lambda> returns only its output"
    with pytest.raises(TypeError, match=words):
        mg.check_backward(lambda x, w: x * w, first, X, X + 1)


def both(d, cache):
    return d * cache[1], d * cache[0]


def test_numbers_and_lambdas_are_checked():
    assert mg.check_backward(lambda x: (x * x, x), lambda d, x: 2 * x * d, 3.0)
    assert not mg.check_backward(lambda x: (x * x, x), lambda d, x: x * d, 3.0)
    assert mg.check_backward(scaled, both, 2.0, 3.0)
    report = mg.check_backward(scaled, lambda d, c: (d * c[0], d * c[1]), 2.0, 3.0)
    assert [row.verdict for row in report.rows] == ["wrong", "wrong"]


@pytest.mark.parametrize("kind", [int, np.int8])
def test_whole_numbers_with_a_gradient_are_checked_as_floats(kind):
    x = np.array([[1, 2, 3]], dtype=kind)
    report = mg.check_backward(scaled, both, x, x)
    assert report, report
    assert "The whole numbers of x, w are checked as floats." in report.note


def test_decorated_functions_are_checked():
    def logged(function):
        @functools.wraps(function)
        def call(*inputs):
            return function(*inputs)

        return call

    assert mg.check_backward(logged(scaled), logged(both), X, X + 1)
    assert mg.check_backward(functools.partial(scaled), functools.partial(both), X, X + 1)
    assert not mg.check_backward(logged(scaled), logged(lambda d, c: both(d, c)[::-1]), X, X + 1)


class Frame:
    """An array of another library, as a table or a tensor is."""

    def __array__(self, *_, **__):
        return X


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ((), "scaled takes x, w: the example has nothing for x, w"),
        ((X,), "scaled takes x, w: the example has nothing for w"),
        ((X, X, X), "scaled takes 2 arguments, not 3"),
        ((X, Frame()), r"w is a tests\.Frame, and NumPy code is checked: give np\.asarray\(w\)"),
        ((X, X + 0j), "w is an array of complex128: give an array of floats"),
    ],
)
def test_an_example_that_does_not_fit_is_named(given, words):
    with pytest.raises(TypeError, match=words):
        mg.check_backward(scaled, both, *given)


def test_what_is_no_function_is_named():
    with pytest.raises(TypeError, match="takes two functions, forward and backward, not 3"):
        mg.check_backward(3, both, X)


def test_the_example_stays_as_it_is():
    def overwriting(x):
        x *= 2
        return x, None

    x = X.copy()
    assert mg.check_backward(overwriting, lambda d, _: 2 * d, x)
    assert (x == X).all()


def test_an_empty_report_is_not_right_and_says_why():
    report = Report(())
    assert not report
    assert report.to_dict()["right"] is False
    assert str(report) == "Nothing was checked, so nothing is right: no derivative was found."
