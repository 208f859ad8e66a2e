"""The derivation printed: read as golden files, run and compared with backward() bit by bit."""

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

import microgradnet as mg
from microgradnet.autograd.graph import reachable
from microgradnet.autograd.value import Value
from microgradnet.derivations.deriving import derive
from microgradnet.operations.operation import FUNCTIONS, OPS
from tests.checking import handmade
from tests.places import GOLDEN
from tests.sources import executed

ACTIVATIONS = ("sigmoid", "tanh", "relu", "softplus", "linear", "leaky_relu")
BUILT_IN = sorted(name for name in OPS if not OPS[name].own)

numbers = st.floats(-4, 4)
seeds = st.integers(0, 2**32 - 1)


def recorded(n_in, sizes, seed=0, **kinds):
    """A net with its loss on named inputs."""
    net = mg.MLP(n_in, sizes, seed=seed, **kinds)
    x = [Value(1.5 - i, f"x{i + 1}") for i in range(n_in)]
    return net, mg.mse(net(x), Value(1.0, "y_true"))


def run(source, **leaves):
    return executed(source)["derivatives"](**leaves)


def bits(x):
    assert type(x) is float
    return struct.pack("<d", x)


def test_the_lesson_is_the_golden_one():
    net, loss = recorded(2, [2, 1], activation="sigmoid", output="sigmoid")
    golden = (GOLDEN / "derive_lesson_2_2_1.py.txt").read_text(encoding="utf-8")
    assert derive(loss, net.parameters(), form="lesson") == golden
    assert "t = " not in golden


CLOSE = 1e-11  # relative to the largest; 1 - s loses 2 digits where s is within 0.02 of 1


@given(seeds, st.sampled_from(ACTIVATIONS), st.sampled_from(["mse", "binary_cross_entropy"]))
def test_the_lesson_gives_the_gradient_but_for_rounding(seed, activation, kind):
    net = mg.MLP(2, [3, 2, 1], activation=activation, output="sigmoid", seed=seed)
    x = [Value(0.7, "x1"), Value(-0.4, "x2")]
    loss = getattr(mg, kind)(net(x), Value(1.0, "y_true"))
    source = derive(loss, net.parameters(), form="lesson")
    found = run(source, **{name: leaf.data for name, leaf in leaves_of(loss).items()})
    loss.backward()
    largest = max(abs(p.grad) for p in net.parameters())
    for p in net.parameters():
        assert abs(found[f"d_L_d_{p.label}"] - p.grad) <= CLOSE * largest, source


@pytest.mark.parametrize("name", BUILT_IN)
def test_each_operation_has_its_value_and_slopes_in_a_lesson(name):
    op = OPS[name]
    for point in list(op.points())[:20]:
        if max(map(abs, point)) > 5.0 or op.arity > 3:
            continue
        leaves = [Value(x, f"x{i}") for i, x in enumerate(point)]
        y = Value.apply(op, (*leaves,))
        found = run(derive(y, leaves, form="lesson"), **{x.label: x.data for x in leaves})
        assert math.isclose(found["L"], y.data, rel_tol=1e-12, abs_tol=1e-14)
        for x, slope in zip(leaves, mg.grad(y, leaves)):
            given = found[f"d_L_d_{x.label}"]
            assert math.isclose(given, slope.data, rel_tol=1e-10, abs_tol=1e-14), name


@pytest.mark.slow
@given(seeds, st.lists(st.integers(1, 3), min_size=1, max_size=2), st.sampled_from(ACTIVATIONS))
def test_a_lesson_of_any_net_is_found_right(seed, sizes, activation):
    net, loss = recorded(2, [*sizes, 1], seed=seed, activation=activation, output="tanh")
    source = derive(loss, net.parameters(), form="lesson")
    report = mg.check(handmade.made(source, "derivatives"))
    assert not [row for row in report.rows if row.verdict in ("wrong", "follows")], source


def leaves_of(loss):
    return {x.label: x for x in reachable(loss)[0]}


def agrees(loss, parameters):
    """Run what derive prints; hold the loss and each derivative against backward()."""
    source = derive(loss, parameters)
    leaves = leaves_of(loss)
    found = run(source, **{name: x.data for name, x in leaves.items()})
    for x in leaves.values():
        x.grad = 0.0
    loss.backward()
    name = loss.label or "L"
    assert bits(found[name]) == bits(loss.data), source
    for x in parameters:
        assert bits(found[f"d_{name}_d_{x.label}"]) == bits(x.grad), f"{x.label}\n{source}"
    return source, found


# What it looks like.


@pytest.mark.parametrize(("n_in", "sizes"), [(2, [2, 1]), (3, [4, 2, 1])])
def test_the_page_is_the_golden_one(n_in, sizes):
    net, loss = recorded(n_in, sizes)
    name = "_".join(map(str, [n_in, *sizes]))
    golden = (GOLDEN / f"derive_{name}.py.txt").read_text(encoding="utf-8")
    assert derive(loss, net.parameters()) == golden
    assert max(map(len, golden.splitlines())) <= 100


def test_the_sign_of_the_tutorials_loss():
    net = mg.MLP(2, [2, 1])
    loss = (1 - net([-2, -1])) ** 2
    source, _ = agrees(loss, net.parameters())
    assert "d_L_d_ypred = -2 * (1 - y_pred)" in source
    assert "sum_h1 = w1 * -2 + w2 * -1 + b1" in source


def test_a_plain_graph_needs_no_comment_below_its_products():
    a, b = Value(2.0, "a"), Value(3.0, "b")
    c = a * b
    c.label = "c"
    source = derive(c.exp() - a, [a, b])
    assert source.endswith(
        "    # Factors: each result by what goes into it.\n"
        "    d_L_d_c = deriv_exp(c)\n\n"
        "    d_c_d_a = b\n"
        "    d_c_d_b = a\n\n"
        "    # Chain rule: the product of the factors.\n"
        "    d_L_d_a = -1.0 + d_L_d_c * d_c_d_a\n"
        "    d_L_d_b = d_L_d_c * d_c_d_b\n\n"
        "    return locals()\n"
    )


# To the last bit.


@given(data=st.data())
def test_it_agrees_at_other_numbers_than_those_recorded(data):
    net, loss = recorded(3, [4, 2, 1])
    made = executed(derive(loss, net.parameters()))
    point = {name: data.draw(numbers, name) for name in leaves_of(loss)}
    x = [Value(point[f"x{i}"], f"x{i}") for i in (1, 2, 3)]
    net.load_state_dict({name: point[name] for name in net.state_dict()})
    again = mg.mse(net(x), Value(point["y_true"], "y_true"))
    again.backward()
    found = made["derivatives"](**point)
    assert bits(found["L"]) == bits(again.data)
    for name, p in net.named_parameters():
        assert bits(found[f"d_L_d_{name}"]) == bits(p.grad)


@given(st.integers(1, 3), st.sampled_from(ACTIVATIONS), seeds)
def test_the_factors_are_the_derivatives_of_the_nodes(n_in, activation, seed):
    net, loss = recorded(n_in, [2, 1], seed, activation=activation)
    _, found = agrees(loss, net.parameters())
    nodes = {str(x.label): x for group in reachable(loss) for x in group if x.label}
    nodes["ypred"] = nodes["o1"]
    names = [name for name in found if name.startswith("d_")]
    assert len(names) > len(net.parameters())
    for name in names:
        y, x = (nodes[part] for part in name[2:].split("_d_"))
        assert bits(found[name]) == bits(mg.grad(y, [x])[0].data), name


@given(st.data())
def test_any_graph_of_any_rows(data):
    pool = [Value(data.draw(numbers, "leaf"), f"v{i}") for i in range(3)]
    leaves = list(pool)
    for i in range(data.draw(st.integers(1, 14), "nodes")):
        op = OPS[data.draw(st.sampled_from(BUILT_IN), "op")]
        inputs = [data.draw(st.sampled_from(pool), "input") for _ in range(op.arity)]
        if op.arity > 1 and data.draw(st.booleans(), "a constant"):
            j = data.draw(st.integers(0, op.arity - 1), "where")
            inputs[j] = data.draw(st.sampled_from([0.0, -0.0, 0.5, 1.0, 2.0, -2.0, 3.0, -1.3]))
        node = Value.apply(op, tuple(inputs)) if any(type(x) is Value for x in inputs) else None
        if node is not None and math.isfinite(node.data) and abs(node.data) < 1e6:
            node.label = data.draw(st.sampled_from(["", "", f"n{i}", f"sum_{i}"]), "label")
            pool.append(node)
    loss = pool[-1]
    try:
        loss.backward()
    except mg.NonFiniteError:
        return
    agrees(loss, [x for x in leaves if x in reachable(loss)[0]])


@pytest.mark.parametrize("name", [n for n in FUNCTIONS if OPS[n].arity == 1 and not OPS[n].own])
def test_each_function_and_its_derivative(name):
    for point in OPS[name].points():
        w = Value(point[0], "w")
        source, _ = agrees(FUNCTIONS[name](w) * 3, [w])
        assert f"def deriv_{name}(x):" in source


def test_squares_are_multiplied_out():
    x = Value(0.0, "x")
    source = derive(x**2, [x])
    off = [t for t in (i / 1009 for i in range(1, 40000)) if t**2.0 != t * t]
    for t in off:
        assert bits(run(source, x=t)["L"]) == bits(t * t)


# Names.


def test_what_has_no_label_gets_a_name():
    a, b = Value(2.0), Value(3.0)
    shared = a * b
    source = derive(shared * shared + a, [a, b])
    assert "def derivatives(p1, p2):" in source
    assert "t1 = p1 * p2" in source
    assert run(source, p1=2.0, p2=3.0)["d_L_d_p1"] == 37.0


def test_a_node_between_and_the_loss_itself_can_be_parameters():
    net, loss = recorded(2, [2, 1])
    h1 = next(x for x in reachable(loss)[1] if x.label == "h1")
    _, found = agrees(loss, [h1, net.parameters()[0]])
    assert "d_L_d_w2" not in found
    x = Value(2.0, "x")
    assert run(derive(x, [x]), x=2.0)["d_x_d_x"] == 1.0
    loss = x * 2
    assert run(derive(loss, [loss, x]), x=2.0)["d_L_d_L"] == 1.0
    assert run(derive(loss, []), x=2.0) == {"x": 2.0, "L": 4.0}


def test_compare_reads_what_it_returns():
    net, loss = recorded(2, [2, 1])
    _, found = agrees(loss, net.parameters())
    assert len(mg.compare(loss, found).rows) == 1 + 5 + 6 + 9


# Operations of one's own.


def test_an_operation_of_ones_own_is_written_out():
    cube = mg.op("my_cube", lambda x: x**3 + x**2, lambda x: 3 * x**2 + 2 * x)
    for t in (i / 101 for i in range(1, 300)):
        w = Value(t, "w")
        source, _ = agrees(cube(w) * 0.7, [w])
    assert "def my_cube(x):\n    return x ** 3 + square(x)\n" in source


# What is refused.


def test_what_cannot_be_derived_is_refused_and_one_parameter_needs_no_list():
    net, loss = recorded(2, [2, 1])
    w1, bell = net.parameters()[0], mg.op("bell", lambda x: math.exp(x), mg.exp)
    assert derive(loss, w1) == derive(loss, [w1])
    for of, by, error, says in [
        (bell(w1), [w1], TypeError, "'bell' cannot be written out"),
        (2.0, [w1], TypeError, "not float"),
        (loss, ["w"], TypeError, "not str"),
        (loss, [w1, Value(1.0, "other")], ValueError, "'other' is not in the graph of"),
        (loss, net, TypeError, r"not MLP; write derive\(loss, net\.parameters\(\)\)"),
    ]:
        with pytest.raises(error, match=says):
            derive(of, by)


# Size.


@pytest.mark.slow
def test_a_long_unlabelled_chain():
    w = x = Value(0.5, "w")
    for i in range(1_100):  # Python's stack is not as deep
        x = x.sin() if i % 3 else x * w
    agrees(x, [w])


def test_many_uses_of_one_node():
    w = Value(0.5, "w")
    total = w
    for i in range(2000):
        total = total + w * (i % 7)
    agrees(total, [w])


def test_a_neuron_of_thousands_of_inputs():
    neuron = mg.Neuron(3000)
    loss = neuron([mg.Value(0.001 * i, f"x{i + 1}") for i in range(3000)])
    agrees(loss, neuron.parameters()[:2])
