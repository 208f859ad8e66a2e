"""Any training, sensible or not, ends in every engine as it ends eagerly: trained, or refused."""

import warnings
from importlib.util import find_spec

import pytest
from hypothesis import given
from hypothesis import strategies as st

import microgradnet as mg

ENGINES = ["python", "numpy", *(["native"] if find_spec("llvmlite") else [])]
TARGETS = {"mse": [0.3, -2.0], "hinge": [-1.0, 1.0, 0.0], "binary_cross_entropy": [0.0, 1.0, 2.0]}
# sin is not among them: of inputs of 1e150 it makes rounding into anything
ACTIVATIONS = ["sigmoid", "linear", "relu", "tanh", "sqrt"]


@st.composite
def trainings(draw):
    """What `fit` is called with, inputs up to 1e300 and targets that do not fit included."""
    loss = draw(st.sampled_from(sorted(TARGETS)))
    scale = draw(st.sampled_from([1.0, 10.0, 1e150, 1e300]))
    numbers = st.integers(-8, 8).map(lambda i: i / 4.0 * scale)
    X = draw(st.lists(st.tuples(numbers, numbers), min_size=2, max_size=4))
    targets = st.sampled_from(TARGETS[loss])
    y = draw(st.lists(targets, min_size=len(X), max_size=len(X)))
    function = (lambda p, y: getattr(mg, loss)(p, y)) if draw(st.booleans()) else loss
    optimizer = draw(st.sampled_from([mg.SGD(0.1), mg.SGD(1e10), mg.Adam(0.1), mg.Momentum(1.0)]))
    kinds = {"activation": draw(st.sampled_from(ACTIVATIONS))}
    kinds["output"] = draw(st.sampled_from(ACTIVATIONS))
    net = {"sizes": [2, 1], "seed": draw(st.integers(0, 9))} | kinds
    return net, X, y, {"loss": function, "optimizer": optimizer}


def ending(engine, net, X, y, more):
    """The error, or None, of nine epochs."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            mg.fit(mg.MLP(2, **net), X, y, epochs=9, engine=engine, progress=False, **more)
        except (ValueError, ArithmeticError) as error:
            return type(error), str(error)
    return None


@pytest.mark.slow
@given(trainings())
def test_a_training_ends_alike_in_every_engine(training):
    eagerly = ending("eager", *training)
    for engine in ENGINES:
        found, expected = ending(engine, *training), eagerly
        if engine == "numpy" and found and expected:
            found, expected = found[0], expected[0]  # exp may round otherwise: it shows in words
        assert found == expected
