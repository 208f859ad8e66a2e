"""Any graph with any labels is drawn."""

import random
import re
from xml.etree import ElementTree

import pytest

from microgradnet.autograd.graph import operands, reachable
from microgradnet.autograd.value import Value
from microgradnet.drawing import depths as drawing
from microgradnet.drawing.anatomy import dissect
from microgradnet.drawing.arrays import Arrays
from microgradnet.drawing.depths import draw
from microgradnet.drawing.rendering import render
from microgradnet.drawing.selection import select
from microgradnet.drawing.styles import THEMES
from microgradnet.operations.operation import OPS
from tests.drawing.shown import svg_of, texts
from tests.marks import can_render, share

BUILT_IN = sorted(name for name in OPS if not OPS[name].own)
LABEL = '<b>&"\n 🙂 中文 ]]> {a|b} \\N'


def random_graph(rng):
    labels = ["", "", "a", "b1", "<&>", "h"]
    nodes = [Value(rng.uniform(-2, 2), rng.choice(labels)) for _ in range(rng.randrange(1, 5))]
    for _ in range(rng.randrange(1, 40)):
        op = OPS[rng.choice(BUILT_IN)]
        inputs = tuple(rng.choice([*nodes[-9:], 0.0, -2.0, 1e308]) for _ in range(op.arity))
        if any(type(x) is Value for x in inputs):
            nodes.append(Value.apply(op, inputs))
            nodes[-1].label = rng.choice(labels)
    return nodes[-1]


def check_random_graph(seed):
    rng = random.Random(seed)
    root = random_graph(rng)
    how = rng.choice([{}, *({"depth": d} for d in drawing.PICTURES), {"show": "formula"}])
    how = how | {"theme": rng.choice([*THEMES]), "rankdir": rng.choice([None, "TB", "LR"])}
    if rng.random() < 0.3:
        how["only"] = rng.choice([x for nodes in reachable(root) for x in nodes])
    whole = "only" not in how
    if how.get("depth") == "matrices" and not (whole and Arrays(select(root)).layers):
        with pytest.raises(ValueError, match="this graph has none" if whole else "leave out only="):
            draw(root, **how)
        return
    picture = draw(root, **how)
    svg = svg_of(picture)
    links = re.findall(r"\t\w+(?::\w+)* -> \w+(?::\w+)* \[(.*)\]", picture.dot.source)
    assert svg.count('class="edge"') == sum("invis" not in style for style in links)


@can_render
@pytest.mark.slow
def test_random_graphs_at_every_depth():
    for seed in range(share(600)):
        check_random_graph(seed)


HOSTILE = [LABEL, '<b>&"\n', "🙂 中文", "\\N\\G\\n C:\\new\\", "long " * 2_000, "", "]]>", "{a|b}"]


@pytest.mark.parametrize("label", [*HOSTILE, "\ud800", "\0"])
@can_render
def test_hostile_labels_are_drawn_at_every_depth(label):
    a = Value(2, label)
    b = a.tanh() * a
    b.label = label
    for depth in ("neurons", "layers", "values"):
        svg = svg_of(draw(b, depth=depth))
        ElementTree.fromstring(svg)
    shown = "".join(c if c.isprintable() else " " for c in label).strip()
    shown = "?" if label == "\ud800" else shown if len(shown) <= 40 else shown[:39] + "…"
    assert texts(svg).count(shown) == (2 if shown else 0)


@can_render
def test_random_graphs():
    for seed in range(25):
        root = random_graph(random.Random(seed))
        _, inner = reachable(root)
        svg = render(draw(root, depth="values").dot.source, "svg").decode()
        assert svg.count('class="edge"') == sum(len(operands(node)) for node in inner)


@pytest.mark.slow
@can_render
def test_deep_chain():
    x = node = Value(1.0, "x")
    for _ in range(1_099):
        node = node + 1
    svg = render(draw(node, depth="values").dot.source, "svg")
    assert svg.count(b'class="node"') == 1_100
    assert dissect(node)[x].grad == 1.0
