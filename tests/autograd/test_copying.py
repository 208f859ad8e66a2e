"""A copy or a pickle of a graph of any shape is the same graph again, and apart from it."""

import base64
import copy
import itertools
import pickle

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import microgradnet as mg
from microgradnet import Value
from microgradnet.autograd.graph import reachable
from microgradnet.operations.operation import FUNCTIONS, OPS
from tests.marks import few, share
from tests.places import GOLDEN
from tests.strategies import graphs, state


def through_pickle(protocol):
    return lambda x: pickle.loads(pickle.dumps(x, protocol))


WAYS = {f"pickle {protocol}": through_pickle(protocol) for protocol in (0, 1, 2, 5)}
WAYS["deepcopy"] = copy.deepcopy
ways = pytest.mark.parametrize("way", WAYS.values(), ids=list(WAYS))


def shape(y):
    """A graph as plain data: each node's own, its inputs as places in the list."""
    place = {y: 0}
    for node in (nodes := [y]):
        for x in node.inputs:
            if type(x) is Value and x not in place:
                place[x] = len(nodes)
                nodes.append(x)
    return [
        (x.data.hex(), x.grad.hex(), x.label, x.op, tuple(place.get(i, i) for i in x.inputs))
        for x in nodes
    ]


def nodes_of(*roots):
    return set().union(*(part for root in roots for part in reachable(root)))


@ways
@given(graph=graphs())
def test_a_copy_is_the_same_graph_of_new_nodes(way, graph):
    _, y = graph
    try:
        y.backward()
    except mg.NonFiniteError:
        assume(False)
    before = state(y)
    twin = way(y)
    assert shape(twin) == shape(y)
    assert not nodes_of(twin) & nodes_of(y)
    assert state(y) == before
    twins, _ = reachable(twin)
    for x in twins:
        x.grad = 0.0
    twin.backward()
    own, _ = reachable(y)
    assert [x.grad for x in twins] == [x.grad for x in own]
    assert [g.data for g in mg.grad(twin, twins)] == [g.data for g in mg.grad(y, own)]
    assert state(y) == before


@ways
@given(graph=graphs(), data=st.data())
def test_copies_made_together_share_what_was_shared(way, graph, data):
    leaves, y = graph
    everything = sorted(nodes_of(y, *leaves), key=lambda x: x.order)
    several = data.draw(st.lists(st.sampled_from(everything), min_size=1, max_size=5))
    several = [*several, y, *several[:1]]
    twins = way(several)
    assert [shape(x) for x in twins] == [shape(x) for x in several]
    assert len(nodes_of(*twins)) == len(nodes_of(*several))
    for (a, b), (p, q) in zip(itertools.combinations(several, 2), itertools.combinations(twins, 2)):
        assert (a is b) == (p is q)
        assert len(nodes_of(a) & nodes_of(b)) == len(nodes_of(p) & nodes_of(q))


def test_a_shallow_copy_is_a_new_node_of_the_same_inputs():
    x = Value(2.0, "x")
    y = x * 3.0
    y.label, y.grad = "y", 7.0
    z = copy.copy(y)
    assert z is not y
    assert (z.data, z.grad, z.label, z.op, z.inputs) == (6.0, 7.0, "y", "*", (x, 3.0))
    z.label = "z"
    assert y.label == "y"
    z.backward()
    assert (x.grad, y.grad, z.grad) == (3.0, 7.0, 1.0)


@pytest.mark.parametrize("way", [*WAYS.values(), copy.copy], ids=[*WAYS, "copy"])
def test_a_stale_graph_is_stale_in_its_copies(way):
    w, x = Value(2.0, "w"), Value(3.0, "x")
    h = w * x
    w.data = 5.0
    for y in (h, h + 1.0, h * w):
        twin = way(y)
        for derive in (twin.backward, lambda twin=twin: mg.grad(twin, [twin])):
            with pytest.raises(ValueError, match="data of 'w' was set after its use"):
                derive()
    with pytest.raises(ValueError, match="data of 'w' was set after its use"):
        h.backward()


@ways
def test_a_copy_goes_stale_by_its_own_leaves_only(way):
    w = Value(2.0, "w")
    y = w * w
    w2, y2 = way((w, y))
    w2.data = 5.0
    with pytest.raises(ValueError, match="'w' was set"):
        y2.backward()
    y.backward()
    assert w.grad == 4.0
    w3, y3 = way((w, y))
    w.data = 7.0
    y3.backward()
    assert w3.grad == 8.0


@ways
@pytest.mark.parametrize("first", ["stale", "fresh"])
def test_stale_and_fresh_graphs_of_one_leaf_stay_apart(way, first):
    w = Value(2.0, "w")
    old = w * w
    w.data = 5.0
    new = w * w
    pair = (old, new) if first == "stale" else (new, old)
    twins = way(pair)
    old2, new2 = twins if first == "stale" else twins[::-1]
    new2.backward()
    assert new2.inputs[0].grad == 10.0
    with pytest.raises(ValueError, match="'w' was set"):
        old2.backward()


def _chain(n):
    x = y = Value(1.0, "x")
    for _ in range(n):
        y = y * 1.0
    return x, y


@pytest.mark.parametrize("n", few([997, 998, 999, 1000, 1001, 1999, 2000], 3))
@ways
def test_no_length_is_special(way, n):
    """Pickle writes lists in thousands; a last one alone is written after the list has ended."""
    y = way(_chain(n)[1])
    y.backward()
    assert reachable(y)[0][0].grad == 1.0


def test_a_pickler_in_python_works_too():
    """Those of joblib and dill extend it."""
    for n in (2, 1000):
        x, y = pickle._loads(pickle._dumps(_chain(n)))
        y.backward()
        assert x.grad == 1.0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "n"), [("pickle 0", 10**5), ("pickle 5", 10**6), ("deepcopy", 10**6)]
)
def test_a_chain_of_a_million_nodes(name, n):
    x, y = WAYS[name](_chain(share(n) - 1))
    y.backward()
    assert x.grad == 1.0


@ways
def test_2_to_the_60_paths_are_copied_once(way):
    x = y = Value(1.0)
    for _ in range(60):
        y = y + y
    x, y = way((x, y))
    y.backward()
    assert x.grad == mg.grad(y, [x])[0].data == 2.0**60


def test_a_pickle_with_an_operation_that_is_not_there_is_an_error():
    try:
        thrice = mg.op("thrice", lambda x: 3.0 * x, 3.0)
        text = pickle.dumps(thrice(Value(1.0)))
        assert pickle.loads(text).data == 3.0
    finally:
        del OPS["thrice"], FUNCTIONS["thrice"]
    with pytest.raises(LookupError, match=r"no operation 'thrice' here: define it with mg\.op"):
        pickle.loads(text)
    assert pickle.loads(pickle.dumps(Value(2.0) * 3.0)).data == 6.0


def test_a_pickle_that_fails_half_way_leaves_later_ones_right():
    x = Value(2.0, "x")

    class Refusing:
        def write(self, _):
            raise OSError("disk full")

    y = x
    for _ in range(20500):
        y = y * 1.0
    with pytest.raises(OSError, match="disk full"):
        pickle.dump(y, Refusing())
    x2, y2 = pickle.loads(pickle.dumps((x, y)))
    y2.backward()
    assert x2.grad == 1.0


def test_numbers_from_another_process_keep_their_order_and_those_after_come_after():
    from microgradnet.autograd.value import set_state

    w = mg.Value(2.0, "w")
    far = (w * 1.0).order + 10**6
    set_state(w, (far, 2.0, 0.0, "w", None, ()))
    (w * w).backward()
    assert w.grad == 4.0
    x = mg.Value(3.0, "x")
    h = x * x
    set_state(x, (h.order + 10**6, 3.0, 0.0, "x", None, ()))
    with pytest.raises(ValueError, match="'x' was set after its use"):
        h.backward()


def test_a_graph_pickled_before_there_were_weighted_sums():
    """A net, the loss of a row of it, and a choice by that loss."""
    text = (GOLDEN / "graph_of_november.pickle.b64").read_bytes()
    net, loss, chosen = pickle.loads(base64.decodebytes(text))
    assert loss.data == mg.mse(net([1.0, 2.0]), 1.0).data
    chosen.backward()
    assert net.parameters()[0].grad != 0.0
