"""NumPy and `math` as code on Values finds them: what is followed, what is drawn."""

import math

import numpy as np
import pytest

import microgradnet as mg
from microgradnet.autograd.modes import standing_in
from microgradnet.autograd.value import Value
from microgradnet.tracing.arrays import Values
from microgradnet.tracing.modules import math_on_values, numpy_on_values
from tests.checking.files import checked, wrong

COMPOSED = {  # with a number to try it at
    "sinh": 0.7, "cosh": -0.4, "arcsinh": 0.3, "arccosh": 1.6, "arctanh": 0.2, "cbrt": -0.5,
    "reciprocal": 0.8, "square": 0.3, "expm1": 0.1, "exp2": 0.6, "log2": 1.4, "log10": 0.7,
    "fabs": -0.2, "deg2rad": 30.0, "degrees": 0.5, "sinc": 0.3,
}  # fmt: skip


@pytest.mark.parametrize("name", COMPOSED)
def test_a_function_that_is_composed_of_others_is_followed(name):
    """`np.cosh` was refused."""
    at, function = COMPOSED[name], getattr(np, name)
    leaf = Value(at)
    slope = (function(at + 1e-6) - function(at - 1e-6)) / 2e-6
    by = [getattr(numpy_on_values(), name)(x) for x in (leaf, Values.of([leaf]))]
    with standing_in():
        by += [getattr(math_on_values(), name)(leaf)] if hasattr(math, name) else []
    for found in by:
        y = found.item() if isinstance(found, np.ndarray) else found
        leaf.grad = 0.0
        y.backward()
        assert y.data == pytest.approx(function(at))
        assert leaf.grad == pytest.approx(slope, rel=1e-6)


def test_functions_of_two_are_followed_and_reduced():
    np_ = numpy_on_values()
    x, y = Value(0.3), Value(-0.8)
    assert np_.logaddexp(x, y).data == pytest.approx(np.logaddexp(0.3, -0.8))
    both = Values.of([x, y])
    assert np_.logaddexp.reduce(both).data == pytest.approx(np.logaddexp(0.3, -0.8))
    assert np_.maximum.reduce(both) is x


@pytest.mark.parametrize("of", [{"ord": 1}, {"ord": np.inf}, {}, {"axis": 0, "keepdims": True}])
def test_a_norm_is_the_one_that_is_asked_for(of):
    """All were the second."""
    x = np.array([0.3, -1.2, 0.5])
    found = np.ravel(np.linalg.norm(Values.of([*map(Value, x)]), **of))
    assert [v.data for v in found] == pytest.approx(np.ravel(np.linalg.norm(x, **of)))


DRAWN = """\
import numpy as np

rng = np.random.default_rng(0)
X = rng.gumbel(2.0, size=(6, 3)) / 10
counts = rng.poisson(np.exp(X[:, 0] + 0.5))
w = rng.laplace(0, 1, 3) * 0.1
on = rng.integers(0, 1, 6, endpoint=True)
for step in range(20):
    mu = np.exp(X @ w)
    loss = np.mean(on * (mu - counts * (X @ w)))
    dw = X.T @ (on * (mu - counts)) / len(X)
    w -= 0.1 * dw
print(loss)
"""


@pytest.mark.parametrize("made", ["default_rng(0)", "RandomState(0)", "Generator(PCG64(0))"])
def test_whatever_is_drawn_is_data(tmp_path, made):
    """`rng.poisson` was no attribute; what `rng.laplace` gave, times 0.1, was no parameter."""
    text = DRAWN.replace("default_rng(0)", made.replace("PCG", "np.random.PCG"))
    if "State" in made:
        text = text.replace("rng.integers(0, 1, 6, endpoint=True)", "rng.binomial(1, 0.5, 6)")
    assert checked(tmp_path, text), made
    assert [*wrong(checked(tmp_path, text.replace("(mu - counts))", "mu - counts)")))] == ["dw"]


def test_what_no_generator_has_is_an_error_of_the_code():
    with pytest.raises(AttributeError, match="poison"):
        _ = numpy_on_values().random.default_rng().poison


def test_a_function_that_is_no_composition_is_refused_by_its_name():
    def by_norm(X, y, w):
        dw = X.T @ (X @ w - y) * np.linalg.norm(X * w, "nuc")
        return dw

    with pytest.raises(TypeError, match=r"np\.linalg\.norm\(.*'nuc'\) cannot be followed: write"):
        mg.check(by_norm, np.ones((4, 2)), np.ones(4), np.ones(2))
