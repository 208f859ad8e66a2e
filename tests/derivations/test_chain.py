"""The chain rule written out: read as golden files, its numbers held against grad()."""

import io
import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from rich.cells import cell_len

import microgradnet as mg
from microgradnet.autograd.graph import reachable
from microgradnet.autograd.value import Value
from tests.places import GOLDEN
from tests.strategies import partly_labelled_graphs, tutorial


def paths(loss, x):
    """How many paths lead from a node to the loss."""
    ways = {loss: 1}
    for node in reversed(reachable(loss)[1]):
        for i in node.inputs:
            if type(i) is Value:
                ways[i] = ways.get(i, 0) + ways[node]
    return ways[x]


def test_text_and_latex_are_the_golden_ones():
    net, loss = tutorial()
    explanation = mg.explain(loss, net.parameters()[0])
    deep, far = tutorial([2, 2, 1])
    for name, text in {
        "explain_2_2_1.txt": "\n\n\n".join(str(mg.explain(loss, p)) for p in net.parameters()),
        "explain_2_2_2_1.txt": str(mg.explain(far, deep.parameters()[0])),
        "explain_2_2_1.tex": explanation.latex(),
    }.items():
        assert f"{text}\n" == (GOLDEN / name).read_text()
    shown = explanation._repr_mimebundle_()
    assert shown["text/latex"] == f"$$\n{explanation.latex()}\n$$" == explanation._repr_latex_()
    assert shown["text/plain"] == str(explanation)


@pytest.mark.slow
def test_latex_is_what_mathtext_can_set():
    pytest.importorskip("matplotlib")
    from matplotlib.mathtext import MathTextParser

    net, loss = tutorial()
    for p in net.parameters():
        for line in mg.explain(loss, p).latex().splitlines()[1:-1]:
            line = line.removesuffix(r" \\").replace("&", "")
            MathTextParser("path").parse(f"${line}$")


@given(seed=st.integers(0, 2**32 - 1), data=st.data())
def test_numbers_are_those_of_grad(seed, data):
    sizes = data.draw(st.lists(st.integers(1, 3), min_size=0, max_size=3))
    kind = data.draw(st.sampled_from(["sigmoid", "tanh", "softplus", "relu"]))
    net = mg.MLP(2, [*sizes, 1], seed=seed, activation=kind)
    loss = mg.mse(net([Value(0.3, "x1"), Value(-0.7, "x2")]), Value(1.0, "y_true"))
    p = data.draw(st.sampled_from(net.parameters()))
    explanation = mg.explain(loss, p)
    (right,) = mg.grad(loss, [p])
    assert explanation.value == pytest.approx(right.data, rel=1e-12, abs=1e-300)
    total = sum(math.prod(f.value for f in term) for term in explanation.sums[-1].terms)
    assert total == pytest.approx(right.data, rel=1e-12, abs=1e-300)
    assert str(explanation).endswith(f"= {total + 0.0:.4g}")
    assert explanation.n_paths == paths(loss, p)


FUNCTIONS = [mg.maximum, lambda x, y: x * y, lambda x, y: x + 0.5 * y]


@given(partly_labelled_graphs(FUNCTIONS, max_nodes=12))
def test_any_graph(graph):
    """Shared, unlabelled and labelled nodes: paths counted, and the number of grad()."""
    a, loss = graph
    assume(a in reachable(loss)[0])
    explanation = mg.explain(loss, a)
    assert explanation.value == pytest.approx(mg.grad(loss, [a])[0].data, rel=1e-12, abs=1e-300)
    assert explanation.n_paths == paths(loss, a)
    assert "{" not in str(explanation)


def test_a_hidden_node_and_the_loss_itself():
    _, loss = tutorial()
    h1 = next(x for x in reachable(loss)[1] if x.label == "h1")
    assert str(mg.explain(loss, h1)).splitlines()[0] == "d_L_d_h1 = d_L_d_ypred × d_ypred_d_h1"
    assert mg.explain(loss, h1).value == pytest.approx(mg.grad(loss, [h1])[0].data, rel=1e-14)
    assert str(mg.explain(loss, loss)) == "d_L_d_L = 1"


def test_a_direct_way_beside_a_longer_one():
    w = Value(3.0, "w")
    h = w * w
    h.label = "h1"
    explanation = mg.explain(w * h + w, w)
    assert str(explanation).splitlines() == [
        "d_L_d_w = (1.0 + h1)",
        "        + d_L_d_h1 × d_h1_d_w",
        "",
        "d_L_d_h1 = w     = 3",
        "d_h1_d_w = w + w = 6",
        "",
        "d_L_d_w = 10",
        "        + 3 × 6",
        "        = 10 + 18",
        "        = 28",
    ]
    assert r"\right|_{\text{direct}}" in explanation.latex()


def test_nodes_without_a_label_are_defined():
    w, x = Value(3.0, "w"), Value(2.0, "x")
    shared = w * x + 1.0
    assert str(mg.explain(mg.tanh(shared) * shared, w)).splitlines()[:5] == [
        "d_L_d_w = d_L_d_t1 × d_t1_d_w",
        "",
        "t1 = w × x + 1",
        "",
        "d_L_d_t1 = tanh(t1) + deriv_tanh(t1) × t1 = 1",
    ]


def test_2_to_the_60_paths():
    w = x = Value(2.0, "w")
    for _ in range(60):
        x = x + 2.0**-60 * x
    explanation = mg.explain(x, w)
    assert explanation.n_paths == 2**60
    text = str(explanation)
    assert text.startswith("d_L_d_w is a sum over 1,152,921,504,606,846,976 paths: here node by")
    assert "... 20 more ..." in text
    assert len(text) < 10_000


def test_a_long_chain():
    w = x = Value(1.0, "w")
    for _ in range(2_000):
        x = mg.sin(x)
        x.label = "s"
    text = str(mg.explain(x, w))
    assert text.startswith("d_s_2000_d_w is a product of 2,000 factors: here node by node")
    assert len(text) < 20_000


def test_no_path_gives_0_and_says_why():
    _, loss = tutorial()
    explanation = mg.explain(loss, Value(2.0, "z"))
    assert explanation.value == 0.0
    assert str(explanation) == "d_L_d_z = 0: 'L' does not depend on 'z'"
    assert r"\frac{\partial L}{\partial z} &= 0" in explanation.latex()


@pytest.mark.parametrize("wrong", [(1.0, Value(1.0)), (Value(1.0), [Value(1.0)]), (None, None)])
def test_no_values(wrong):
    with pytest.raises(TypeError, match="explain is of a loss by one Value, not"):
        mg.explain(*wrong)


def test_numbers_that_are_not_finite():
    w = Value(0.0, "w")
    with pytest.raises(mg.NonFiniteError, match=r"log\('w' = 0.0\) is -inf"):
        mg.explain(mg.log(w), w)
    with pytest.raises(mg.NonFiniteError, match="d_L_d_w is inf"):
        mg.explain(mg.sqrt(w), w)
    big = Value(1.0, "big")
    h = (big - 1.0) * 1e200
    h.label = "h"
    with pytest.raises(mg.NonFiniteError, match="d_L_d_big is inf"):
        mg.explain(h * 1e200, big)


@pytest.mark.parametrize("label", ['<b>&"\n', "\N{SNOWMAN}", "权重", "class", "a_b_c", "_", "{0}"])
def test_hostile_labels(label):
    w = Value(3.0, label)
    h = w * 2.0
    h.label = label + "h"
    explanation = mg.explain(h * h, w)
    assert len(str(explanation).splitlines()) == 7
    assert not set('<>&"\n') & set(explanation.latex().replace("&=", "").replace("\n", ""))


def test_the_columns_stand_below_each_other_with_chinese_labels_too():
    """A Chinese letter is as wide as two Latin ones."""
    weight, x, bias = Value(0.5, "权重"), Value(3.0, "x"), Value(0.25, "b")
    hidden = mg.sigmoid(weight * x + bias)
    hidden.label = "隐藏"
    text = str(mg.explain((hidden - 1) ** 2, weight))
    _, factors, product = text.split("\n\n")
    for lines in (factors.splitlines(), product.splitlines()):
        assert len(lines) == 2
        places = [[cell_len(line[:i]) for i, c in enumerate(line) if c == "="] for line in lines]
        assert places[0] == places[1], text


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "gbk", "utf-8"])
def test_it_prints_to_a_stream_of_few_letters(monkeypatch, encoding):
    """One without × gets x."""
    net, loss = tutorial()
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr("sys.stdout", stream)
    print(mg.explain(loss, net.parameters()[0]))
    stream.flush()
    text = stream.buffer.getvalue().decode(encoding)
    assert f"d_ypred_d_h1 {'x' if encoding == 'ascii' else '×'} d_h1_d_w1" in text
