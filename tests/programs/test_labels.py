"""A label is never taken for a name that generated code has of its own, whatever the label."""

import builtins
import keyword
import math
import re

from hypothesis import example, given
from hypothesis import strategies as st

import microgradnet as mg
from microgradnet.export.javascript import RESERVED, source
from microgradnet.operations.operation import FUNCTIONS, OPS

PLAIN = ("w", "b", "x", "c", "v", "loss")
WORDS = {
    *("n", "_", "rows", "history", "epochs", "sum_0_", "sum_1_", "exp_", "div_", "call", "scan"),
    *("state", "inputs", "power", "program", "math", "float", "t6", "t7_2", "v0", "v1", "v6"),
    *("__debug__", "None", "", " ", "1", "a b", "w\n", "x\\", '"', "#", "\0", "ﬁ", "权重"),
    "\ud800",
    *keyword.kwlist,
    *keyword.softkwlist,
    *dir(builtins),
    *OPS,
    *(f"{op}_" for op in OPS),
    *RESERVED,
}
LABELS = st.sampled_from(sorted(WORDS)) | st.text(max_size=4)


def step(labels, engine="python"):
    """A step of training whose code has division, exp, a power, a choice and numbers."""
    w, b, x, c = (mg.Value(a, label) for a, label in zip((0.5, 0.25, 2.0, 3.0), labels))
    v = mg.exp(w * x) / (b * b + 1.0)
    v.label = labels[4]
    loss = mg.maximum(v**1.5, 0.1) + mg.where(x, w, c) * math.inf * 0.0
    loss = mg.where(c, mg.log1p(v * v) + w * b, loss)
    loss.label = labels[5]
    following = [p - 0.01 * g for p, g in zip((w, b), mg.grad(loss, [w, b]))]
    return mg.compile([*following, loss], [w, b, x, c], engine)


@given(st.tuples(*[LABELS] * len(PLAIN)))
@example(("float", "t6", "t7", "program", "abs", "exp"))
@example(("ﬁ", "fi", "x", "c", "v", "loss"))
def test_the_text_of_a_program_runs_whatever_the_labels(labels):
    program = step(labels)
    namespace = dict(FUNCTIONS)
    exec(str(program), namespace)
    numbers = 0.5, 0.25, 2.0, 3.0
    assert repr(namespace["program"](*numbers)) == repr(program(*numbers))


@given(st.lists(LABELS, min_size=1, max_size=4))
def test_frozen_parameters_are_told_in_one_line_of_comment(labels):
    net = mg.Neuron(weights=[0.5] * len(labels), bias=0.25)
    x = [mg.Value(1.0, f"x{i}") for i in range(len(labels))]
    for w, label in zip(net.weights, labels):
        w.label = label
    net.freeze()
    program = mg.compile([net(x)], x)
    namespace = dict(FUNCTIONS)
    exec(str(program), namespace)
    assert namespace["program"](*[1.0] * len(x)) == program(*[1.0] * len(x))
    assert str(program).splitlines()[1].count(" = ") == len(labels) + 1


@given(st.tuples(*[LABELS] * len(PLAIN)))
@example(("", "", "", "", "", "x"))
@example(("inputs", "power", "Math", "x", "y", "t6"))
def test_javascript_declares_each_name_once_and_none_that_it_reserves(labels):
    program = step(labels)
    text = source(program)
    declared = re.search(r"const \[(.*)\] = inputs;", text)[1].split(", ")
    declared += re.findall(r"const (\S+) = (?!\(x, y\))", text)
    assert len(declared) == len(program.names) == len({*declared})
    assert {*declared}.isdisjoint({*RESERVED, "inputs", "power", "Math"})
    # What is defined above has an x and a y of its own, whatever the labels.
    text, plain = ("const [" + t.partition("const [")[2] for t in (text, source(step(PLAIN))))
    renamed = dict(zip(re.findall(NAME, text), re.findall(NAME, plain)))
    assert re.sub(NAME, lambda found: renamed[found[0]], text) == plain


NAME = r"[^\s()[\],;=+\-*/?:<>|&!.]+"  # also of letters such as ℘, which are none to a \w


def test_a_net_with_a_weight_labelled_n_trains():
    nets = [mg.MLP(1, [2, 1], seed=0) for _ in range(2)]
    for p, label in zip(nets[1].parameters(), ("n", "rows", "_", "range", "sum_0_", "exp_", "t12")):
        p.label = label
    for net in nets:
        mg.fit(net, [[1.0], [2.0]], [0.1, 0.4], epochs=5, engine="python", progress=False)
    numbers = [[p.data for p in net.parameters()] for net in nets]
    assert numbers[0] == numbers[1]
