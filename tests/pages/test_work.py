"""The page is a line of work: one walk, one dissection, one derivation, whatever its size."""

import sys
from collections import Counter

import pytest

import microgradnet as mg
from microgradnet import Value
from microgradnet.autograd import graph
from microgradnet.derivations.deriving import Derivation
from microgradnet.drawing import anatomy
from microgradnet.pages.page import page
from microgradnet.pages.stepping import Outputs, Steps
from tests.pages.reading import written


def loss_of(n_in, sizes):
    x = [Value(0.5 - i, f"x{i + 1}") for i in range(n_in)]
    return mg.mse(mg.MLP(n_in, sizes, seed=0)(x), Value(1.0, "y_true"))


@pytest.fixture
def calls(monkeypatch):
    """How often the graph is walked, dissected and derived."""
    found = Counter()

    def counted(function):
        def counting(*args, **options):
            found[function.__qualname__] += 1
            return function(*args, **options)

        return counting

    for function in (graph.reachable, anatomy.dissect):
        for name, module in list(sys.modules.items()):
            if name.startswith("microgradnet.") and vars(module).get(function.__name__) is function:
                monkeypatch.setattr(module, function.__name__, counted(function))
    monkeypatch.setattr(Derivation, "__init__", counted(Derivation.__init__))
    return found


def test_one_of_each_whatever_the_size(calls):
    counts = []
    for net in [(2, [2, 1]), (2, [4, 4, 1])]:
        loss = loss_of(*net)
        calls.clear()
        page(loss)
        counts.append(dict(calls))
        assert calls["dissect"] == 1
        assert calls["Derivation.__init__"] == 1
    assert counts[0] == counts[1]
    assert calls["reachable"] <= 4  # what is drawn, grad, two programs


def unlabelled():
    """A value with several uses in one without, and one used twice by the same."""
    w, x = Value(0.5, "w"), Value(3.0, "x")
    h = w * x + 1.0
    return mg.tanh((h * h - x) * 2.0) * h.exp() + w


@pytest.mark.parametrize("make", [lambda: loss_of(2, [2, 1]), lambda: loss_of(2, [3, 2, 1])])
def test_the_chain_of_each_value_is_the_one_that_explain_writes(make):
    loss = make()
    numbers = Outputs(anatomy.dissect(loss))
    chains = list(Steps(numbers).chains())
    outputs = numbers.program()(*[x.data for x in numbers.leaves])
    for node, chain in zip(numbers.nodes, chains):
        assert written(chain, outputs).strip("\n") == str(mg.explain(loss, node))


def test_a_page_calls_a_value_by_one_name():
    """A value asked about gets the first free name: those of the others stay."""
    loss = unlabelled()
    numbers = Outputs(anatomy.dissect(loss))
    chains = list(Steps(numbers).chains())
    outputs = numbers.program()(*[x.data for x in numbers.leaves])
    text = {x: written(chain, outputs) for x, chain in zip(numbers.nodes, chains)}
    h = next(x for x in numbers.nodes if x.op == "+" and x.inputs[1] == 1.0)
    inside = next(x for x in numbers.nodes if x.op == "-")
    assert "t1 = w × x + 1\n" in text[h]
    assert "t2 = t1 × t1 - x\n" in text[inside]
    assert "deriv_tanh(t2 × 2)" in text[inside]
    for x in numbers.nodes:
        assert text[x].rstrip().endswith(f"= {mg.explain(loss, x).value:.4g}")
