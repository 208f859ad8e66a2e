"""Nine kinds of scripts written on micrograd: with the import changed they run, or say why not.

Each is a whole script. Where micrograd is installed, what it prints is what ours prints.
"""

import contextlib
import functools
import io
import math
import re

import pytest

from microgradnet import micrograd

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

# The demo of two classes: the max-margin loss with a penalty, batches drawn at random.
MARGIN = """
import random
from micrograd.engine import Value
from micrograd.nn import MLP

random.seed(1337)
X = [[random.uniform(-1, 1), random.uniform(-1, 1)] for _ in range(30)]
y = [1 if a * a + b > 0.2 else -1 for a, b in X]
model = MLP(2, [8, 1])

def loss(batch_size=None):
    chosen = range(len(X)) if batch_size is None else random.sample(range(len(X)), batch_size)
    inputs = [list(map(Value, X[i])) for i in chosen]
    scores = list(map(model, inputs))
    losses = [(1 + -y[i] * score).relu() for i, score in zip(chosen, scores)]
    data_loss = sum(losses) * (1.0 / len(losses))
    reg_loss = 1e-4 * sum((p * p for p in model.parameters()))
    right = [(y[i] > 0) == (score.data > 0) for i, score in zip(chosen, scores)]
    return data_loss + reg_loss, sum(right) / len(right)

for k in range(20):
    total_loss, acc = loss(10)
    model.zero_grad()
    total_loss.backward()
    for p in model.parameters():
        p.data -= (1.0 - 0.9 * k / 20) * p.grad
    print(f"step {k} loss {total_loss.data:.8f}, accuracy {acc * 100}%")
"""

# The order of backpropagation found by hand, and the gradients read off in it.
ORDER = """
from micrograd.engine import Value

x, w, b = Value(0.5), Value(-1.5), Value(0.25)
out = (x * w + b).relu() + x * x
topo, visited = [], set()
def build_topo(v):
    if v not in visited:
        visited.add(v)
        for child in v._prev:
            build_topo(child)
        topo.append(v)
build_topo(out)
out.backward()
print(sorted(f"{v.data:.4f} {v.grad:.4f}" for v in reversed(topo)), topo[-1] is out)
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

# A line fitted with gradients set to zero by hand, and a parameter changed in place.
LINE = """
from micrograd.engine import Value

w, b = Value(0.0), Value(0.0)
points = [(x / 10, 3 * x / 10 - 1) for x in range(-10, 11)]
for epoch in range(50):
    for p in (w, b):
        p.grad = 0
    loss = sum((w * x + b - y) ** 2 for x, y in points) / len(points)
    loss.backward()
    for p in (w, b):
        p.data = p.data - 0.3 * p.grad
print(f"{w.data:.8f} {b.data:.8f} {loss.data:.12f}")
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

PLAIN = {"margin": MARGIN, "order": ORDER, "line": LINE, "moments": MOMENTS}
# With exp, log and labels, as most who rebuild it have them.
REBUILT = {"characters": CHARACTERS, "softmax": SOFTMAX, "neuron": NEURON}


def printed(source, here):
    """What a script prints, with the imports of micrograd, or with them changed to ours."""
    if here:
        source = re.sub(r"from micrograd\.\w+ import", "from microgradnet.micrograd import", source)
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(source, "<script>", "exec"), {"__name__": "__main__"})
    return out.getvalue()


ours = functools.cache(functools.partial(printed, here=True))


@pytest.mark.parametrize("source", PLAIN.values(), ids=list(PLAIN))
def test_it_prints_what_micrograd_prints(source):
    pytest.importorskip("micrograd", reason="needs micrograd to compare with")
    assert ours(source) == printed(source, here=False)


@pytest.mark.parametrize("source", [*PLAIN.values(), *REBUILT.values()])
def test_it_runs_with_the_import_changed(source):
    assert ours(source)


def test_a_network_of_characters_learns_them():
    assert float(ours(CHARACTERS)) < 1.5  # 1.79 knows no more than how many letters there are


def test_cross_entropy_and_its_gradient():
    exps = [math.exp(x) for x in (0.0, 3.0, -2.0, 1.0)]
    right = [e / sum(exps) - (i == 3) for i, e in enumerate(exps)]
    loss, *gradient = map(float, ours(SOFTMAX).split())
    assert loss == pytest.approx(-math.log(exps[3] / sum(exps)), rel=1e-14)
    assert gradient == pytest.approx(right, rel=1e-13)


def test_a_neuron_of_exponentials_is_one_of_tanh():
    assert [*map(float, ours(NEURON).split())] == pytest.approx(
        [math.sqrt(0.5), -1.5, 1.0, 0.5, 0.0], abs=1e-14
    )


def test_closures_called_by_hand_are_told_what_to_write():
    with pytest.raises(AttributeError, match=r"_backward': call backward\(\) of the result"):
        ours(CLOSURES)


def test_both_modules_of_micrograd_are_this_one():
    from microgradnet.micrograd import engine, nn

    assert engine.Value is micrograd.Value
    assert nn.MLP is micrograd.MLP
    with pytest.raises(ImportError, match=r"write mg\.draw\(loss\)"):
        from microgradnet.micrograd import draw_dot  # noqa: F401
