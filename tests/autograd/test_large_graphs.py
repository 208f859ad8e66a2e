"""Long, wide and deep graphs: no recursion, each path walked once, little memory, none held."""

import gc
import tracemalloc
from contextlib import contextmanager

import pytest

import microgradnet as mg
from microgradnet import Value
from microgradnet.autograd.graph import reachable
from tests.marks import few, share
from tests.threads import in_threads, turns_taken_often  # noqa: F401


@pytest.mark.parametrize("n", few([10**4, share(10**6)], 1))
def test_a_chain_of_a_million_operations(n):
    x = Value(0.5, "x")
    y = x
    for _ in range(n):
        y = y * 1.0
    y.backward()
    assert (y.data, x.grad) == (0.5, 1.0)
    assert repr(y) == "Value(0.5, grad=1.0, op='*')"
    (g,) = mg.grad(y, [x])
    assert g.data == 1.0
    gc.collect()  # what other tests left
    del y, g
    assert gc.collect() == 0
    assert x.grad == 1.0


@pytest.mark.parametrize("n", few([10**4, share(10**5)], 1))
def test_a_chain_of_derivatives_is_as_deep_as_the_chain(n):
    x = y = Value(1.0)
    for _ in range(n):
        y = mg.sin(y)
    (g,) = mg.grad(y, [x])
    y.backward()
    assert g.data.hex() == x.grad.hex()
    g.backward()
    del y, g


def chain():
    v = Value(1.0)
    for _ in range(5000):
        v = v * 1.0001 + 0.1
    return v


def bytes_of(build):
    build()
    tracemalloc.start()
    try:
        root = build()
        return root, tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()


def test_a_node_of_a_chain_takes_150_bytes():
    root, used = bytes_of(chain)
    assert used / len(reachable(root)[1]) <= 150


def test_a_weighted_sum_takes_40_bytes_an_input():
    weights = [mg.Value(float(i)) for i in range(1000)]
    root, used = bytes_of(lambda: mg.weighted_sum(weights, weights, 1.0))
    assert used / len(root.inputs) <= 40


@contextmanager
def collections_counted():
    """Meanwhile each run of the garbage collector is noted; none is due at the start."""
    started = []

    def note(phase, info):
        if phase == "start":
            started.append(info["generation"])

    gc.collect()
    gc.callbacks.append(note)
    try:
        yield started
    finally:
        gc.callbacks.remove(note)


@pytest.mark.parametrize("shape", few(["choices", "chain", "sum"], 1))
def test_backward_starts_no_collection(shape):
    """Of 20,000 nodes: kept tuples, one for each, once started the collector 28 times."""
    x = y = Value(0.5)
    for _ in range(10_000):
        if shape == "chain":
            y = y * 0.5 + x
        elif shape == "sum":
            y = mg.weighted_sum([x, y], [0.5, 0.25], x)
        else:
            y = mg.where(x, y, 0.5) * 1.0
    with collections_counted() as started:
        y.backward()
    assert started == []


@pytest.fixture(params=[True, False], ids=["collector on", "collector off"])
def collector(request):
    (gc.enable if request.param else gc.disable)()
    yield request.param
    gc.enable()


def test_the_collector_is_as_it_was_after_an_error(collector):
    with pytest.raises(mg.NonFiniteError):
        mg.log(Value(0.0)).backward()
    assert gc.isenabled() is collector


def test_the_collector_is_as_it_was_after_a_gradient_within_a_gradient(collector):
    def slope(x):
        inner = Value(x)
        (inner * inner).backward()
        seen.append(gc.isenabled())
        return inner.grad

    seen = []
    square = mg.op("square_by_backward", lambda x: x * x, slope)
    x = Value(3.0)
    seen.clear()
    square(x).backward()
    assert (x.grad, seen, gc.isenabled()) == (6.0, [collector], collector)


@pytest.mark.usefixtures("turns_taken_often")
def test_the_collector_is_as_it_was_after_gradients_in_threads(collector):
    def work(i):
        x = Value(0.5)
        y = x
        for _ in range(500):
            y = y * 0.5 + x
        y.backward()
        assert gc.isenabled() is collector

    in_threads(work)
    assert gc.isenabled() is collector
