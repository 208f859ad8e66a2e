"""A label is never a name that the written derivation uses: whatever people call their values."""

import builtins
import keyword
import math
import re
import struct

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import microgradnet as mg
from microgradnet import Value
from microgradnet.autograd.graph import reachable
from microgradnet.derivations.deriving import Derivation, derive
from tests.sources import executed


def graph(labels):
    """A small graph that needs helpers, and its leaves."""
    w, x, b = (Value(number, label) for number, label in zip((0.5, 3.0, -0.25), labels))
    h = mg.sigmoid(w * x + b)
    h.label = labels[3]
    y = mg.softplus(h * w) ** 2 - mg.where(h, mg.hypot(x, b), h) * mg.exp(x * 0.1)
    y.label = labels[4]
    loss = mg.tanh(y) + abs(h - y) ** 3 / mg.maximum(x, w)
    loss.label = labels[5]
    return loss, [w, x, b]


PLAIN = ("w", "x", "b", "h", "y", "L")
GENERATED = sorted(set(re.findall(r"[^\W\d]\w*", derive(*graph(PLAIN)))))
POOL = [*GENERATED, *dir(builtins), *dir(math), *keyword.kwlist, *keyword.softkwlist]
POOL += [
    "",
    "n",
    "_",
    "t",
    "t1",
    "t2",
    "p1",
    "square_2",
    "d_L_d_w",
    "a_d_b",
    "d_a_d_b_d_c",
    "1",
    " ",
]


def bits(x):
    return struct.pack("<d", x)


@given(st.lists(st.sampled_from(POOL), min_size=6, max_size=6))
@example(["n", "math", "locals", "derivatives", "square", "deriv_sigmoid"])
@example(["d_L_d_x", "x", "d_y_d_x", "h", "y", "L"])
@example(["a", "b_d_c", "c", "a_d_b", "a", "a"])
def test_the_text_computes_what_backward_does_whatever_the_labels(labels):
    loss, leaves = graph(labels)
    page = Derivation(loss, leaves, reachable(loss)[1])
    page.forward()
    page.factors()
    page.chain_rule()
    source = derive(loss, leaves)
    made = executed(source)
    given = sorted(reachable(loss)[0], key=page.place.__getitem__)
    found = made["derivatives"](*(x.data for x in given))
    loss.backward()
    assert bits(found[page.name[loss]]) == bits(loss.data), source
    for x in leaves:
        assert found[page.name[x]] == x.data, source
        assert bits(found[page.derivative(loss, x)]) == bits(x.grad), source


def test_a_derivative_keeps_its_name_where_a_label_is_called_so():
    w = Value(3.0, "w")
    odd = Value(2.0, "d_L_d w")
    loss = (w * odd) ** 2
    assert "def derivatives(w, _d_L_d_w):" in derive(loss, [w, odd])
    assert mg.explain(loss, w).name == "d_L_d_w"
    assert mg.explain(loss, odd).name == "d_L_d__d_L_d_w"


@pytest.mark.parametrize(
    ("label", "name"), [("math", "math_2"), ("square", "square"), ("t1", "t1")]
)
def test_a_label_that_is_free_is_kept(label, name):
    source = derive(Value(2.0, label) * Value(3.0, "plain"), [])
    assert source.startswith(f"def derivatives({name}, plain):")
