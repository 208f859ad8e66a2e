"""Code written for micrograd gives what it gives there; where micrograd is installed, beside it."""

import contextlib
import functools
import io
import math
import random
import re
from pathlib import Path

import pytest

import microgradnet as mg
from microgradnet import micrograd as ours

FOLDER = Path(__file__).parent / "corpus" / "micrograd"
PLAIN = ("first", "moons", "trace", "moments")


@functools.cache
def printed(name, here):
    """What a script prints, with the imports of micrograd, or with them changed to ours."""
    source = (FOLDER / f"{name}.py").read_text(encoding="utf-8")
    if here:
        source = re.sub(r"from micrograd\.\w+ import", "from microgradnet.micrograd import", source)
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(source, "<notebook>", "exec"), {"__name__": "__main__"})
    return out.getvalue()


def test_a_graph_is_traced_by_hand():
    assert printed("trace", here=True).splitlines()[-1].endswith(" 6")
    assert 'label="+"' in printed("trace", here=True)
    a = ours.Value(2.0)
    assert (a - 1)._prev == {a}


def test_what_is_printed_with_the_import_changed_is_learnt():
    assert printed("first", here=True) == "24.7041\n138.8338\n645.5773\n"  # of the README
    assert printed("moments", here=True)
    assert float(printed("characters", here=True)) < 1.5  # 1.79 knows how many letters there are
    last = printed("moons", here=True).splitlines()[-1].split()
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


@pytest.mark.parametrize("name", PLAIN)
def test_it_prints_what_micrograd_prints(name):
    pytest.importorskip("micrograd", reason="needs micrograd to compare with")
    assert printed(name, here=True) == printed(name, here=False)


def test_cross_entropy_and_its_gradient():
    exps = [math.exp(x) for x in (0.0, 3.0, -2.0, 1.0)]
    right = [e / sum(exps) - (i == 3) for i, e in enumerate(exps)]
    loss, *gradient = map(float, printed("softmax", here=True).split())
    assert loss == pytest.approx(-math.log(exps[3] / sum(exps)), rel=1e-14)
    assert gradient == pytest.approx(right, rel=1e-13)


def test_a_neuron_of_exponentials_is_one_of_tanh():
    assert [*map(float, printed("neuron", here=True).split())] == pytest.approx(
        [math.sqrt(0.5), -1.5, 1.0, 0.5, 0.0], abs=1e-14
    )


def test_closures_called_by_hand_are_told_what_to_write():
    with pytest.raises(AttributeError, match=r"_backward': call backward\(\) of the result"):
        printed("closures", here=True)


def test_both_modules_of_micrograd_are_this_one():
    from microgradnet.micrograd import engine, nn

    assert engine.Value is ours.Value
    assert nn.MLP is ours.MLP
    with pytest.raises(ImportError, match=r"write mg\.draw\(loss\)"):
        from microgradnet.micrograd import draw_dot  # noqa: F401
