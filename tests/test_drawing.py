"""The picture: its DOT text byte for byte, its gradients, and every way to get it on paper."""

import importlib.metadata
import os
import random
import re
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest

import microgradnet as mg
from microgradnet.autograd.gradient import NonFiniteError
from microgradnet.autograd.graph import operands, reachable
from microgradnet.autograd.value import Value
from microgradnet.drawing import depths as drawing
from microgradnet.drawing import rendering
from microgradnet.drawing.anatomy import caption, dissect
from microgradnet.drawing.depths import draw
from microgradnet.drawing.rendering import LayoutError, render
from microgradnet.drawing.tables import escaped, written
from microgradnet.operations.operation import OPS

GOLDEN = Path(__file__).parent / "golden" / "picture_2_2_1.dot"
WEIGHTS = {"w1": -0.79, "w2": 0.13, "w3": -0.39, "w4": 0.31, "w5": 0.38, "w6": -1.3}
BIASES = {"b1": -0.97, "b2": 0.67, "b3": -0.48}

BUILT_IN = sorted(name for name in OPS if not OPS[name].own)

can_render = pytest.mark.skipif(
    next(rendering._programs(), None) is None, reason="needs dot or graphviz-pure"
)
has_pure = pytest.mark.skipif(rendering._graphviz_pure() is None, reason="needs graphviz-pure")
has_sh = pytest.mark.skipif(os.name == "nt", reason="stubs are shell scripts")


def tutorial_net():
    net = mg.MLP(2, [2, 1])
    net.load_state_dict(WEIGHTS | BIASES)
    return net


def tutorial_loss():
    return mg.mse(tutorial_net()([Value(-2, "x1"), Value(-1, "x2")]), Value(1, "y_true"))


def parts_by_label(root):
    return {str(node.label): part for node, part in dissect(root).items() if node.label}


def captions(*nodes):
    return [caption(node, lambda x: written("{:.4g}", x)) for node in nodes]


def edges(source):
    return re.findall(r"n\d+ -> n\d+:i\d+:[nw]", source)


# The text.


def test_golden():
    assert draw(tutorial_loss()).dot.source == GOLDEN.read_text(encoding="utf-8")


def test_every_value_is_a_node_and_every_operand_an_edge():
    loss = tutorial_loss()
    leaves, inner = reachable(loss)
    source = draw(loss).dot.source
    assert len(leaves) + len(inner) == 29
    assert sorted(re.findall(r"\t(n\d+) \[label=", source)) == sorted(f"n{i}" for i in range(29))
    assert len(edges(source)) == sum(len(operands(node)) for node in inner) == 30


def test_same_text_in_another_process():
    code = (
        "from test_drawing import *; import sys;"
        "sys.stdout.buffer.write(draw(tutorial_loss()).dot.source.encode())"
    )
    for seed in ("1", "2"):
        env = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": os.path.dirname(__file__)}
        run = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, check=True)
        assert run.stdout.decode() == draw(tutorial_loss()).dot.source


def test_left_to_right():
    source = draw(tutorial_loss(), rankdir="LR").dot.source
    assert "rankdir=LR" in source
    assert all(edge.endswith(":w") for edge in edges(source))
    with pytest.raises(ValueError, match="'TB' or 'LR', not 'RL'"):
        draw(tutorial_loss(), rankdir="RL")


# What a reader sees.


def test_gradients_are_those_of_backward_and_leave_the_nodes_alone():
    loss = tutorial_loss()
    found = dissect(loss)
    assert all(node.grad == 0.0 for node in found)
    before = draw(loss).dot.source
    loss.backward()
    assert {node: node.grad for node in found} == {node: p.grad for node, p in found.items()}
    loss.backward()
    assert draw(loss).dot.source == before


def test_changed_leaf_is_named():
    x = Value(1.0, "x")
    y = x * x
    x.data = 2.0
    with pytest.raises(ValueError, match="'x' was set after its use"):
        draw(y)


def test_roles_and_neurons():
    parts = parts_by_label(tutorial_loss())
    assert {name: parts[name].role for name in ("x1", "x2", "w1", "b3", "y_true", "h1", "L")} == {
        "x1": "input",
        "x2": "input",
        "w1": "parameter",
        "b3": "parameter",
        "y_true": "target",
        "h1": "inner",
        "L": "root",
    }
    counts = {}
    for part in dissect(tutorial_loss()).values():
        counts[part.group] = counts.get(part.group, 0) + 1
    assert counts == {"h1": 8, "h2": 8, "o1": 8, "": 5}


@pytest.mark.parametrize("output", ["sigmoid", "linear"])
def test_relabelled_output_stays_in_its_neuron(output):
    y_pred = mg.MLP(2, [2, 1], output=output)([1.0, 2.0])
    y_pred.label = "y_pred"
    parts = parts_by_label(mg.mse(y_pred, 1))
    assert parts["y_pred"].group == "o1"
    assert parts["L"].group == ""


def test_relabelled_hidden_neuron_stays_in_its_neuron():
    first, second = mg.MLP(2, [2, 1]).layers
    hidden = first([1.0, 2.0])
    hidden[1].label = "taller"
    assert parts_by_label(second(hidden))["taller"].group == "h2"


def test_a_penalty_is_in_no_neuron():
    net = tutorial_net()
    penalty = sum(p * p for p in net.parameters()[:2])
    penalty.label = "penalty"
    parts = dissect(mg.mse(net([1, 2]), 1) + 0.01 * penalty)
    by_label = {str(node.label): part for node, part in parts.items()}
    assert by_label["penalty"].group == ""
    assert all(parts[x].group == "" for x in parts if x.op == "*" and len(set(x.inputs)) == 1)


def test_without_neurons_all_leaves_are_inputs():
    a, b = Value(2, "a"), Value(3, "b")
    assert [part.role for part in dissect((a - b) ** 2).values()][:2] == ["input", "input"]
    assert [part.role for part in dissect(a).values()] == ["root"]
    assert draw(a).dot.source.count("<TABLE") == 1


def test_titles():
    a, b, long, nameless = Value(2, "a"), Value(3, "b"), Value(1, "a" * 30), Value(4)
    labelled = a * 2
    labelled.label = "twice"
    ops = [a + b, a - b, a * b, a / b, a**2, a**3, a**0.5, a**-1, 2**a, a**b, -a, abs(a)]
    assert captions(*ops) == [
        ("+", "a + b"),
        ("−", "a − b"),
        ("×", "a·b"),
        ("÷", "a ÷ b"),
        ("x²", "a²"),
        ("x³", "a³"),
        ("x^0.5", "a^0.5"),
        ("x^(−1)", "a^(−1)"),
        ("xʸ", "2^a"),
        ("xʸ", "a^b"),
        ("−", "−a"),
        ("|x|", "abs(a)"),
    ]
    assert captions(2 * a, a * -2, 1 - a, a.tanh(), mg.maximum(a, 0.5), mg.leaky_relu(a)) == [
        ("×", "2·a"),
        ("×", "a·(−2)"),
        ("−", "1 − a"),
        ("tanh", "tanh(a)"),
        ("max", "maximum(a, 0.5)"),
        ("leaky_relu", "leaky_relu(a)"),
    ]
    assert captions(labelled, nameless + nameless, nameless * 2, 2**nameless, a + long) == [
        ("× 2", "twice"),
        ("+", "Σ"),
        ("× 2", ""),
        ("2ˣ", ""),
        ("+", "Σ"),
    ]
    assert captions(nameless.sigmoid(), nameless.tanh(), mg.where(nameless, 1, nameless)) == [
        ("σ", "sigmoid"),
        ("tanh", ""),
        ("where(·, 1, ·)", ""),
    ]


def test_plain_floats_are_no_nodes():
    source = draw(mg.mse(tutorial_net()([-2.0, 27]), 1)).dot.source
    for title in ("w1·(−2)", "w2·27", "o1 − 1"):
        assert f"&#160;{title}&#160;" in source
    assert source.count("<TABLE") == 26


def test_numbers():
    texts = [written("{:.4g}", x) for x in (-0.0, -1.5, 1e-9, -1e22, float("-inf"), float("nan"))]
    assert texts == ["0", "−1.5", "1e−09", "−1e+22", "−inf", "nan"]
    assert written("{:.1f}", -0.01) == "0.0"
    assert "0.61775" in draw(tutorial_loss(), number_format="{:.5f}").dot.source


def test_hostile_labels_are_escaped():
    assert escaped('<b>&"\n') == "&lt;b&gt;&amp;&quot;"
    assert escaped("") == escaped(" \t\0") == "&#160;"
    assert escaped("\\N") == "\\\\N"
    assert escaped("\ud800") == "?"
    assert escaped("x" * 40) == "x" * 40
    assert escaped("x" * 41) == "x" * 39 + "…"


@pytest.mark.parametrize(
    "label",
    ['<b>&"\n', "🙂 中文", "\\N\\G\\n C:\\new\\", "long " * 30, "", "]]>", "{a|b}", "\ud800"],
)
@can_render
def test_hostile_labels_are_drawn(label):
    a = Value(2, label)
    b = a.tanh() * a
    b.label = label
    svg = ElementTree.fromstring(render(draw(b).dot.source, "svg"))
    texts = [e.text.strip("\xa0 ") for e in svg.iter("{http://www.w3.org/2000/svg}text")]
    shown = "".join(c if c.isprintable() else " " for c in label).strip()
    shown = shown if len(shown) <= 40 else shown[:39] + "…"
    assert texts.count("?" if label == "\ud800" else shown) == (2 if label else 1)


# Pictures.


@can_render
def test_svg_has_every_edge():
    svg = render(draw(tutorial_loss()).dot.source, "svg").decode()
    assert svg.count('class="edge"') == 30
    assert svg.count('class="node"') == 29
    assert svg.count('class="cluster"') == 3


@can_render
def test_save(tmp_path):
    starts = {
        "a.svg": b"<?xml",
        "a.PNG": b"\x89PNG",
        "a.jpg": b"\xff\xd8",
        "a.html": b"<!doctype html>",
        "a.dot": b"digraph",
        "a.gv": b"digraph",
    }
    for name, start in starts.items():
        path = draw(tutorial_loss()).save(tmp_path / "deep" / "er" / name)
        assert path == tmp_path / "deep" / "er" / name
        assert path.read_bytes().startswith(start)
    assert sorted(p.name for p in path.parent.iterdir()) == sorted(starts)
    assert draw(tutorial_loss()).save(str(tmp_path / "b.svg")) == tmp_path / "b.svg"


@pytest.mark.parametrize("name", ["net", "net.txt", ".svg"])
def test_unknown_suffix(tmp_path, name):
    with pytest.raises(ValueError, match=r"known: \.svg, \.png, .*\.dot, \.gv"):
        draw(tutorial_loss()).save(tmp_path / "new" / name)
    assert list(tmp_path.iterdir()) == []


@can_render
def test_jupyter_shows_svg():
    shown = draw(tutorial_loss())._repr_mimebundle_(include=None, exclude=None)
    assert shown["image/svg+xml"].startswith("<svg")
    assert shown["text/plain"] == "Drawing"


@has_pure
def test_pdf_without_graphviz_says_how(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LayoutError, match=r"pdf needs Graphviz from https://graphviz\.org"):
        draw(tutorial_loss()).save(tmp_path / "a.pdf")
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def no_program(monkeypatch, tmp_path):
    def missing(name):
        raise importlib.metadata.PackageNotFoundError(name)

    empty = tmp_path / "bin"
    empty.mkdir()
    monkeypatch.setenv("PATH", str(empty))
    monkeypatch.setattr(importlib.metadata, "distribution", missing)
    return empty


def stub(directory, script):
    dot = directory / "dot"
    dot.write_text(f"#!/bin/sh\n{script}\n")
    dot.chmod(0o755)


def test_no_program(no_program, tmp_path):
    picture = draw(tutorial_loss())
    old = tmp_path / "a.svg"
    old.write_text("old")
    with pytest.raises(RuntimeError) as caught:
        picture.save(old)
    for hint in ("pip install 'microgradnet[draw]'", "https://graphviz.org", '.save("x.dot")'):
        assert hint in str(caught.value)
    assert old.read_text() == "old"
    assert list(picture._repr_mimebundle_()) == ["text/plain"]
    assert "microgradnet[draw]" in picture._repr_mimebundle_()["text/plain"]
    assert picture.save(tmp_path / "a.dot").read_text(encoding="utf-8") == picture.dot.source


@has_sh
@has_pure
def test_broken_dot_is_passed_over(monkeypatch, tmp_path):
    stub(tmp_path, "exit 1")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert b"<svg" in render("digraph { a -> b }", "svg")
    stub(tmp_path, '[ "$1" = -V ]')  # answers, and then cannot write the format
    assert b"<svg" in render("digraph { a -> b }", "svg")
    (tmp_path / "dot").write_bytes(b"\0 no program")
    assert b"<svg" in render("digraph { a -> b }", "svg")


@has_sh
def test_working_dot_comes_first(no_program):
    stub(no_program, 'echo "$@"')
    assert render("digraph {}", "png") == b"-Tpng -q1 -Gdpi=144 -Gsize=100,100\n"


@has_sh
def test_failing_dot_says_why(no_program):
    stub(no_program, '[ "$1" = -V ] || { echo "no such format" >&2; exit 1; }')
    with pytest.raises(LayoutError, match="dot failed: no such format"):
        render("digraph {}", "svg")


@has_sh
def test_slow_dot_gets_a_second_try_with_less_to_do(no_program, monkeypatch):
    monkeypatch.setattr(rendering, "SECONDS", 0.5)
    stub(no_program, 'case "$*" in -V) ;; *nslimit=1*) echo fast ;; *) exec /bin/sleep 60 ;; esac')
    assert render("digraph {}", "svg") == b"fast\n"
    stub(no_program, '[ "$1" = -V ] || exec /bin/sleep 60')
    start = time.perf_counter()
    with pytest.raises(LayoutError, match=r"more than 0\.5 s, twice: draw a part"):
        render("digraph {}", "svg")
    assert time.perf_counter() - start < 10


@can_render
def test_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    old = draw(tutorial_loss()).save(tmp_path / "a.svg")
    before = old.read_bytes()

    def full(file):
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="disk full"):
        draw(Value(1.0)).save(old)
    assert old.read_bytes() == before
    assert list(tmp_path.iterdir()) == [old]


# Any graph.


def random_graph(seed):
    rng = random.Random(seed)
    nodes = [Value(rng.uniform(-2, 2), rng.choice(["", "a", "<&>"])) for _ in range(3)]
    for _ in range(rng.randrange(1, 25)):
        op = OPS[rng.choice(BUILT_IN)]
        inputs = tuple(rng.choice([*nodes, 0.0, -2.0, 1e308]) for _ in range(op.arity))
        if any(type(x) is Value for x in inputs):
            nodes.append(Value.apply(op, inputs))
    return nodes[-1]


@pytest.mark.parametrize("rankdir", ["TB", "LR"])
@can_render
def test_random_graphs(rankdir):
    for seed in range(25):
        root = random_graph(seed)
        _, inner = reachable(root)
        svg = render(draw(root, rankdir=rankdir).dot.source, "svg").decode()
        assert svg.count('class="edge"') == sum(len(operands(node)) for node in inner)


@can_render
def test_non_finite_numbers_are_drawn():
    x = Value(0.0, "x")
    y = mg.log(x) * x + x**-1
    with pytest.raises(NonFiniteError):
        y.backward()
    svg = render(draw(y).dot.source, "svg").decode()
    assert "inf" in svg
    assert "nan" in svg


@can_render
def test_deep_chain():
    x = node = Value(1.0, "x")
    for _ in range(1_999):
        node = node + 1
    svg = render(draw(node, depth="values").dot.source, "svg")
    assert svg.count(b'class="node"') == 2_000
    assert dissect(node)[x].grad == 1.0


def test_too_many_values_for_the_depth_that_was_asked_for():
    node = Value(1.0)
    for _ in range(drawing.LAID_OUT):
        node = node + 1
    with pytest.raises(ValueError, match=r"'values' makes 5,001 boxes.*at most 5,000: take depth="):
        draw(node, depth="values")
    draw(node)


def test_only_values_are_drawn():
    with pytest.raises(TypeError, match="not MLP; call it on a row first"):
        draw(tutorial_net())
    with pytest.raises(TypeError, match="not list; draw one of them"):
        draw(mg.Layer(2, 2)([1, 2]))
    with pytest.raises(TypeError, match=r"not float$"):
        draw(1.0)
