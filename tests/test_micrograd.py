"""Code written for micrograd gives what it gives there; where micrograd is installed, beside it."""

import contextlib
import functools
import io
import math
import random
import re

import pytest

import microgradnet as mg
from microgradnet import micrograd as ours

# The arithmetic of micrograd's README, whose numbers it prints.
FIRST = """
from micrograd.engine import Value

a, b = Value(-4.0), Value(2.0)
c = a + b
d = a * b + b**3
c += c + 1
c += 1 + c + (-a)
d += d * 2 + (b + a).relu()
d += 3 * d + (b - a).relu()
e = c - d
f = e**2
g = f / 2.0
g += 10.0 / f
print(f"{g.data:.4f}")
g.backward()
print(f"{a.grad:.4f}")
print(f"{b.grad:.4f}")
"""

# A notebook's training: two half moons, the max-margin loss of all rows, a falling rate.
MOONS = """
import math
import random

from micrograd.engine import Value
from micrograd.nn import MLP

random.seed(1337)
X, y = [], []
for i in range(20):
    side, angle = (1, -1)[i % 2], math.pi * i / 19
    noise = [random.gauss(0.0, 0.1) for _ in range(2)]
    shift = (0.0, 0.0) if side > 0 else (1.0, 0.5)
    X.append([side * math.cos(angle) + shift[0] + noise[0],
              side * math.sin(angle) + shift[1] + noise[1]])
    y.append(side)

model = MLP(2, [6, 6, 1])
print(model)
print(len(model.parameters()), model.layers[0].neurons[0].w[0].data)
for k in range(25):
    inputs = [list(map(Value, row)) for row in X]
    scores = list(map(model, inputs))
    losses = [(1 + -yi * score).relu() for yi, score in zip(y, scores)]
    loss = sum(losses) * (1.0 / len(losses)) + 1e-4 * sum((p * p for p in model.parameters()))
    model.zero_grad()
    loss.backward()
    rate = 1.0 - 0.9 * k / 25
    for p in model.parameters():
        p.data -= rate * p.grad
    right = sum((yi > 0) == (score.data > 0) for yi, score in zip(y, scores))
    print(k, f"{loss.data:.10f}", right)
"""

# A notebook's picture: nodes and edges by hand, an operation as a node of its own.
TRACE = """
from graphviz import Digraph
from micrograd.engine import Value

def trace(root):
    nodes, edges = set(), set()
    def build(v):
        if v not in nodes:
            nodes.add(v)
            for child in v._prev:
                edges.add((child, v))
                build(child)
    build(root)
    return nodes, edges

x, y = Value(2.0), Value(-3.0)
z = x * y + y
z.backward()
nodes, edges = trace(z)
dot = Digraph()
for n in nodes:
    dot.node(str(id(n)), label="{ data %.4f | grad %.4f }" % (n.data, n.grad), shape="record")
    if n._op:
        dot.node(str(id(n)) + n._op, label=n._op)
        dot.edge(str(id(n)) + n._op, str(id(n)))
for a, b in edges:
    dot.edge(str(id(a)), str(id(b)) + b._op)
labels = [line[line.index("["):].strip() for line in dot.source.splitlines() if "[" in line]
print("\\n".join(sorted(labels)), dot.source.count("->"))
"""


# A little network of names: characters one after the other, an MLP, cross entropy.
CHARACTERS = """
import random
from micrograd.engine import Value
from micrograd.nn import MLP

words = ["emma", "ava", "mia"]
letters = sorted(set("".join(words)))
index = {c: i + 1 for i, c in enumerate(letters)}
index["."] = 0
pairs = [(a, b) for w in words for a, b in zip("." + w, w + ".")]

random.seed(42)
model = MLP(len(index), [8, len(index)])
rows = [[1.0 if i == index[a] else 0.0 for i in range(len(index))] for a, _ in pairs]

for step in range(20):
    loss = Value(0.0)
    for row, (_, b) in zip(rows, pairs):
        scores = model(row)
        counts = [s.exp() for s in scores]
        loss -= (counts[index[b]] / sum(counts)).log()
    loss = loss / len(pairs)
    model.zero_grad()
    loss.backward()
    for p in model.parameters():
        p.data += -0.5 * p.grad
print(f"{loss.data:.6f}")
"""

# Adam, which remembers its moments on the parameters themselves.
MOMENTS = """
import random
from micrograd.engine import Value
from micrograd.nn import MLP

random.seed(0)
model = MLP(2, [4, 1])
for p in model.parameters():
    p.m, p.v = 0.0, 0.0
for t in range(1, 11):
    loss = sum((model([a, b]) - a * b) ** 2 for a in (-1.0, 1.0) for b in (-1.0, 1.0))
    model.zero_grad()
    loss.backward()
    for p in model.parameters():
        p.m = 0.9 * p.m + 0.1 * p.grad
        p.v = 0.999 * p.v + 0.001 * p.grad**2
        p.data -= 0.05 * (p.m / (1 - 0.9**t)) / ((p.v / (1 - 0.999**t)) ** 0.5 + 1e-8)
print(f"{loss.data:.6f}")
"""

# Cross entropy from scratch, the largest score taken off.
SOFTMAX = """
from micrograd.engine import Value

logits = [Value(0.0), Value(3.0), Value(-2.0), Value(1.0)]
largest = max(v.data for v in logits)
counts = [(v - largest).exp() for v in logits]
denominator = sum(counts)
probs = [c / denominator for c in counts]
loss = -probs[3].log()
loss.backward()
print(loss.data, *[v.grad for v in logits])
"""

# A neuron by hand: labels on values, tanh made of exp.
NEURON = """
from micrograd.engine import Value

x1, x2 = Value(2.0, label="x1"), Value(0.0, label="x2")
w1, w2 = Value(-3.0, label="w1"), Value(1.0, label="w2")
b = Value(6.8813735870195432, label="b")
n = x1 * w1 + x2 * w2 + b
n.label = "n"
e = (2 * n).exp()
o = (e - 1) / (e + 1)
o.label = "o"
o.backward()
print(o.data, *[v.grad for v in (x1, w1, x2, w2)])
"""

# Backpropagation called by hand, closure by closure.
CLOSURES = """
from micrograd.engine import Value

a, b = Value(2.0), Value(-3.0)
c = a * b
d = c + a
d.grad = 1.0
d._backward()
c._backward()
print(a.grad, b.grad)
"""

PLAIN = {"first": FIRST, "moons": MOONS, "trace": TRACE, "moments": MOMENTS}
# With exp, log and labels, as most who rebuild it have them.
REBUILT = {"characters": CHARACTERS, "softmax": SOFTMAX, "neuron": NEURON}


@functools.cache
def printed(source, here):
    """What a script prints, with the imports of micrograd, or with them changed to ours."""
    if here:
        source = re.sub(r"from micrograd\.\w+ import", "from microgradnet.micrograd import", source)
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(source, "<notebook>", "exec"), {"__name__": "__main__"})
    return out.getvalue()


def test_the_readmes_example_prints_its_numbers():
    assert printed(FIRST, here=True) == "24.7041\n138.8338\n645.5773\n"


def test_a_graph_is_traced_by_hand():
    assert printed(TRACE, here=True).splitlines()[-1].endswith(" 6")
    assert 'label="+"' in printed(TRACE, here=True)
    a = ours.Value(2.0)
    assert (a - 1)._prev == {a}


def test_the_moons_are_learnt():
    last = printed(MOONS, here=True).splitlines()[-1].split()
    assert float(last[1]) < 0.3
    assert int(last[2]) >= 18


def test_constructors_and_what_they_hold():
    random.seed(3)
    net = ours.MLP(2, [2, 1])
    random.seed(3)
    drawn = [random.uniform(-1, 1) for _ in range(6)]
    assert [p.data for p in net.parameters()] == [
        *drawn[:2],
        0.0,
        *drawn[2:4],
        0.0,
        *drawn[4:],
        0.0,
    ]
    assert [neuron.nonlin for layer in net.layers for neuron in layer.neurons] == [
        True,
        True,
        False,
    ]
    neuron = ours.Neuron(2, nonlin=False)
    assert neuron.parameters() == [*neuron.w, neuron.b]
    w = [p.data for p in neuron.w]
    assert neuron([3.0, 4.0]).data == w[0] * 3.0 + w[1] * 4.0
    assert type(ours.Layer(2, 1)([1.0, 2.0])) is mg.Value
    assert len(ours.Layer(2, 3)([1.0, 2.0])) == 3
    assert (
        str(net) == "MLP of [Layer of [ReLUNeuron(2), ReLUNeuron(2)], Layer of [LinearNeuron(2)]]"
    )


def test_such_a_net_is_one_of_ours():
    net = ours.MLP(2, [2, 1])
    assert [n for n, _ in net.named_parameters()] == [
        n for n, _ in mg.MLP(2, [2, 1]).named_parameters()
    ]
    assert [n.label for n in ours.Layer(2, 2).parameters()] == ["w1", "w2", "b1", "w3", "w4", "b2"]
    loss = mg.mse(net([0.5, 0.25]), 1.0)
    assert "relu" in mg.draw(loss).dot.source
    history = mg.fit(net, *mg.datasets.gender(), optimizer=mg.SGD(0.0001), epochs=3)
    assert len(history.losses) == 3


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: ours.Neuron(0), "nin is a whole number from 1, not 0"),
        (lambda: ours.Layer(2, 1.5), "nout is a whole number from 1, not 1.5"),
        (lambda: ours.MLP(2, [3, 0]), r"nouts\[1\] is a whole number from 1, not 0"),
        (lambda: ours.MLP(2, []), "an MLP needs at least one layer"),
        (lambda: ours.Neuron(2)([1.0]), r"ReLUNeuron\(2\) takes 2 inputs, not 1"),
    ],
)
def test_sizes_that_do_not_fit_are_refused(make, says):
    with pytest.raises(ValueError, match=says):
        make()


def test_gradients_of_leaves_add_up_over_calls():
    a = ours.Value(3.0)
    loss = a * a
    loss.backward()
    loss.backward()
    assert a.grad == 12.0


@pytest.mark.parametrize("source", PLAIN.values(), ids=list(PLAIN))
def test_it_prints_what_micrograd_prints(source):
    pytest.importorskip("micrograd", reason="needs micrograd to compare with")
    assert printed(source, here=True) == printed(source, here=False)


@pytest.mark.parametrize("source", [*PLAIN.values(), *REBUILT.values()])
def test_it_runs_with_the_import_changed(source):
    assert printed(source, here=True)


def test_a_network_of_characters_learns_them():
    assert (
        float(printed(CHARACTERS, here=True)) < 1.5
    )  # 1.79 knows no more than how many letters there are


def test_cross_entropy_and_its_gradient():
    exps = [math.exp(x) for x in (0.0, 3.0, -2.0, 1.0)]
    right = [e / sum(exps) - (i == 3) for i, e in enumerate(exps)]
    loss, *gradient = map(float, printed(SOFTMAX, here=True).split())
    assert loss == pytest.approx(-math.log(exps[3] / sum(exps)), rel=1e-14)
    assert gradient == pytest.approx(right, rel=1e-13)


def test_a_neuron_of_exponentials_is_one_of_tanh():
    assert [*map(float, printed(NEURON, here=True).split())] == pytest.approx(
        [math.sqrt(0.5), -1.5, 1.0, 0.5, 0.0], abs=1e-14
    )


def test_closures_called_by_hand_are_told_what_to_write():
    with pytest.raises(AttributeError, match=r"_backward': call backward\(\) of the result"):
        printed(CLOSURES, here=True)


def test_both_modules_of_micrograd_are_this_one():
    from microgradnet.micrograd import engine, nn

    assert engine.Value is ours.Value
    assert nn.MLP is ours.MLP
    with pytest.raises(ImportError, match=r"write mg\.draw\(loss\)"):
        from microgradnet.micrograd import draw_dot  # noqa: F401
