"""Data set after its use: an error that names the leaf, or harmless, never a wrong gradient."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import microgradnet as mg
from microgradnet import Value
from microgradnet.autograd.graph import reachable
from tests.strategies import finite_backward, graphs


@given(graphs(), st.data())
def test_changed_data_is_an_error_or_harmless(graph, data):
    leaves, y = graph
    finite_backward(y)
    right = [x.grad for x in leaves]
    for x in leaves:
        x.grad = 0.0
    leaf = data.draw(st.sampled_from(leaves))
    leaf.data = data.draw(st.floats(-2.0, 2.0))
    if leaf in reachable(y)[0]:
        for derive in (y.backward, lambda: mg.grad(y, leaves)):
            with pytest.raises(ValueError, match=f"data of '{leaf.label}' was set after its use"):
                derive()
        assert [x.grad for x in leaves] == [0.0] * len(leaves)
        (leaf * 2.0).backward()
        assert leaf.grad == 2.0
    else:
        y.backward()
        assert [x.grad for x in leaves] == right


def test_changed_data_without_a_label_is_named_by_its_number():
    w = Value(2.0)
    y = w * w
    w.data = 5.0
    with pytest.raises(ValueError, match=r"unnamed Value of 5\.0"):
        y.backward()


@pytest.mark.parametrize(
    "use",
    [
        *(lambda y, w: mg.draw(y), lambda y, w: mg.page(y), mg.explain),
        *(lambda y, w: mg.derive(y, [w]), lambda y, w: mg.compile([y], [w])),
        lambda y, w: mg.compare(y, {"dL_dw": 4.0}),
    ],
)
def test_changed_data_is_named_by_all_that_take_a_graph(use):
    w = Value(2.0, "w")
    y = w * w
    w.data = 5.0
    with pytest.raises(ValueError, match="'w' was set after its use"):
        use(y, w)


def test_a_training_loop_may_set_data_between_graphs():
    w = Value(1.0, "w")
    for _ in range(3):
        w.grad = 0.0
        (w * w).backward()
        w.data -= 0.25 * w.grad
    assert w.data == 0.125
