"""`p -= 0.1 * p.grad` makes a Value and moves nothing: where nothing uses it, that is said."""

import copy
import pickle
import warnings

import pytest

import microgradnet as mg
from microgradnet import Value


def trained_amiss(update, shown="always"):
    net = mg.MLP(2, [2, 1])
    net([1.0, 2.0]).backward()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter(shown)
        update(net.parameters())
    return net, caught


def less(parameters):
    for p in parameters:
        p -= 0.1 * p.grad


def plus(parameters):
    for p in parameters:
        p += -0.1 * p.grad


@pytest.mark.parametrize(("update", "operator"), [(less, "-="), (plus, "+=")])
def test_an_update_that_moves_nothing_is_said(update, operator):
    net, caught = trained_amiss(update)
    assert net.state_dict() == mg.MLP(2, [2, 1]).state_dict()
    assert len(caught) == len(net.parameters())
    assert caught[0].filename == __file__
    assert str(caught[0].message) == (
        f"`x {operator} ...` made a new Value, which nothing used, and left x as it was: "
        f"to move a parameter, write x.data {operator} ..."
    )


def test_it_is_said_once_a_line():
    _, caught = trained_amiss(less, "default")
    lines = [w.lineno for w in caught]
    assert sorted(set(lines)) == sorted(lines)


def test_an_update_of_data_is_silent():
    def of_data(parameters):
        for p in parameters:
            p.data -= 0.1 * p.grad

    net, caught = trained_amiss(of_data)
    assert not caught
    assert net.state_dict() != mg.MLP(2, [2, 1]).state_dict()


def used(x):
    x -= 0.5
    return x


@pytest.mark.parametrize(
    "use",
    [
        lambda x: x.data,
        lambda x: x * 2.0,
        lambda x: mg.exp(x),
        lambda x: x.backward(),
        lambda x: mg.grad(x * x, [x]),
        lambda x: mg.draw(x),
        lambda x: x > 0,
        lambda x: mg.weighted_sum([x], [1.0], 0.0),
        repr,
        copy.copy,
        copy.deepcopy,
        pickle.dumps,
    ],
)
def test_what_is_used_is_a_value_as_any_other_and_silent(use):
    x = used(Value(2.0, "x"))
    use(x)
    assert type(x) is Value
    assert (x.data, x.op) == (1.5, "-")


@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))]
)
def test_a_copy_is_a_value(copied):
    assert type(copied(used(Value(2.0)))) is Value


def test_a_sum_that_grows_is_silent():
    total = Value(0.0)
    for i in range(3):
        total += float(i)
    total -= Value(1.0)
    assert total.data == 2.0


def test_weights_moved_in_their_list_train_and_are_silent():
    w = [Value(2.0, "w")]
    for _ in range(3):
        loss = w[0] * w[0]
        loss.backward()
        w[0] -= 0.25 * w[0].grad
    assert w[0].data == 0.25


def test_code_that_is_traced_is_left_alone():
    def step(w, x):
        loss = w * x
        w -= 0.5
        return loss

    assert mg.trace(step, 2.0, 3.0).data == 6.0
