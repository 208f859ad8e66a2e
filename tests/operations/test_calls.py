"""Calls as other libraries have them are told, with what to write here; signatures stay."""

import inspect
import pickle

import numpy as np
import pytest

import microgradnet as mg
from microgradnet import micrograd

NET, ROWS = mg.MLP(2, [2, 1]), ([[1.0, 2.0]], [1.0])


@pytest.mark.parametrize(
    ("call", "written"),
    [
        (lambda: mg.fit(NET, *ROWS, lr=0.5), r"fit\(\) has no 'lr': write optimizer=mg.SGD\(0.5\)"),
        (lambda: mg.fit(NET, *ROWS, learning_rate=1), r"write optimizer=mg.SGD\(1\)"),
        (lambda: mg.fit(NET, *ROWS, n_epochs=5), "write epochs=5"),
        (lambda: mg.fit(NET, *ROWS, verbose=False), "write progress=False"),
        (lambda: mg.SGD(lr=0.5), r"SGD\(\) has no 'lr': write SGD\(rate=0.5\)"),
        (lambda: mg.Momentum(learning_rate=0.5), r"write Momentum\(rate=0.5\)"),
        (lambda: mg.Adam(lr=0.5), r"write Adam\(rate=0.5\)"),
    ],
)
def test_a_keyword_of_other_libraries_is_answered_by_what_is_written_here(call, written):
    before = NET.state_dict()
    with pytest.raises(TypeError, match=written):
        call()
    assert NET.state_dict() == before


@pytest.mark.parametrize(
    ("call", "written"),
    [
        (lambda: mg.MLP([2, 2, 1]), "MLP(2, [2, 1])"),
        (lambda: mg.MLP((3, 4, 2, 1), seed=1), "MLP(3, [4, 2, 1])"),
        (lambda: mg.MLP(np.array([2, 2, 1])), "MLP(2, [2, 1])"),
        (lambda: mg.MLP(2, 2, 1), "MLP(2, [2, 1])"),
        (lambda: mg.MLP(2, 16, 16, 1, activation="tanh"), "MLP(2, [16, 16, 1])"),
        (lambda: micrograd.MLP([2, 2, 1]), "MLP(2, [2, 1])"),
        (lambda: micrograd.MLP(2, 2, 1), "MLP(2, [2, 1])"),
        (lambda: mg.SGD(NET.parameters(), 0.1), "SGD(0.1)"),
        (lambda: mg.SGD(NET.parameters()), "SGD(0.1)"),
        (lambda: mg.SGD(NET.parameters(), lr=0.1), "SGD(0.1)"),
        (lambda: mg.SGD(NET, 0.1), "SGD(0.1)"),
        (lambda: mg.SGD(params=NET.parameters()), "SGD(0.1)"),
        (lambda: mg.SGD(iter(NET.parameters()), 0.1), "SGD(0.1)"),
        (lambda: mg.Momentum(NET.parameters(), 0.1), "Momentum(0.1)"),
        (lambda: mg.Adam(NET.parameters()), "Adam(0.001)"),
    ],
)
def test_a_call_in_another_order_is_answered_by_what_is_written_here(call, written):
    with pytest.raises(TypeError) as caught:
        call()
    assert str(caught.value).rstrip(")").endswith(written.rstrip(")"))


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: mg.MLP(), "missing 2 required positional arguments"),
        (lambda: mg.MLP(2), "missing 1 required positional argument"),
        (lambda: mg.SGD(0.1, 0.2), "from 1 to 2 positional arguments but 3"),
    ],
)
def test_other_calls_are_refused_as_ever(call, says):
    with pytest.raises(TypeError, match=says):
        call()


def test_other_keywords_are_unexpected_as_ever():
    with pytest.raises(TypeError, match="unexpected keyword argument 'momentum'"):
        mg.SGD(momentum=0.9)


def test_signatures_equality_and_pickles_are_as_without():
    assert list(inspect.signature(mg.SGD).parameters) == ["rate"]
    assert list(inspect.signature(mg.fit).parameters)[:3] == ["net", "X", "y"]
    assert pickle.loads(pickle.dumps(mg.Adam(0.5))) == mg.Adam(0.5) != mg.Adam(0.25)
