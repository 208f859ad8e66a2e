"""Pictures of any size: what is drawn at which depth, and that it can be read."""

import importlib.metadata
import itertools
import random
import re
import time
from xml.etree import ElementTree

import gallery
import numpy as np
import pictures
import pytest

import microgradnet as mg
from microgradnet import drawing, rendering
from microgradnet.anatomy import dissect
from microgradnet.collapse import collapse
from microgradnet.drawing import draw
from microgradnet.operation import OPS
from microgradnet.outline import Outline, owners
from microgradnet.rendering import LayoutError
from microgradnet.selection import runs, select
from microgradnet.styles import THEMES
from microgradnet.summary import summary
from microgradnet.value import Value, reachable
from tests.drawing.shown import positions, svg_of, texts
from tests.marks import can_render, has_pure, has_sh
from tests.strategies import net_loss

BUILT_IN = sorted(name for name in OPS if not OPS[name].own)
NETS = [(2, [2, 1]), (2, [3, 2]), (2, [4, 1]), (3, [4, 4, 1]), (2, [8, 8, 1]), (7, [16, 16, 1])]
LABEL = '<b>&"\n 🙂 中文 ]]> {a|b} \\N'


def depth_of(picture):
    return gallery.depth_of(picture)


# Which depth.


@can_render
@pytest.mark.parametrize(("n_in", "sizes"), [*NETS, (2, [2] * 8), (4, [3, 2]), (12, [40, 3])])
def test_letters_are_9_pixels_or_more(n_in, sizes):
    assert gallery.letters(svg_of(draw(net_loss(n_in, sizes)))) >= 9


def test_depth_is_chosen_by_what_can_be_read():
    found = [depth_of(draw(net_loss(*net))) for net in NETS]
    assert found == ["values", "values", "neurons", "neurons", "neurons", "neurons"]
    assert depth_of(draw(net_loss(4, [80, 80, 1]))) == "layers"
    assert depth_of(draw(gallery.recurrence(400))) == "layers"
    assert depth_of(draw(gallery.batch_loss())) == "neurons"


@pytest.mark.parametrize("depth", ["values", "neurons", "layers"])
def test_depth_is_as_asked_for(depth):
    for loss in (net_loss(2, [2, 1]), net_loss(3, [4, 4, 1]), Value(1.0, "x"), gallery.labelled()):
        assert depth_of(draw(loss, depth=depth)) == depth


def test_wrong_settings_name_the_right_ones():
    loss = net_loss(2, [2, 1])
    for setting, known in {
        "depth": "'auto', 'values', 'neurons' or 'layers'",
        "show": "'numbers' or 'formula'",
        "theme": "'light' or 'dark'",
        "rankdir": "'TB' or 'LR'",
    }.items():
        with pytest.raises(ValueError, match=f"{setting} is {known}, not 'x'"):
            draw(loss, **{setting: "x"})
    with pytest.raises(ValueError, match="leave depth out"):
        draw(loss, show="formula", depth="layers")


# Neurons and layers.


@can_render
def test_a_link_for_each_connection_of_neurons():
    svg = svg_of(draw(net_loss(3, [4, 4, 1])))
    assert svg.count('class="node"') == 3 + 4 + 4 + 1 + 1
    assert svg.count('class="edge"') == 3 * 4 + 4 * 4 + 4 + 1
    assert {"h1", "h8", "o1", "L", "x3"} <= set(texts(svg))


def test_every_value_is_in_one_box():
    for loss in (net_loss(3, [4, 4, 1]), gallery.recurrence(30), gallery.unlabelled(300)):
        selection = select(loss)
        outline = Outline(selection, dissect(loss))
        for depth in ("neurons", "layers"):
            boxes = collapse(outline, depth).boxes
            inner = [box for box in boxes if box.role in ("inner", "root")]
            assert sum(box.size for box in inner) == len(selection.inner)
            assert all(a.rank < b.rank for a, b in collapse(outline, depth).links)


def test_what_a_box_says_of_a_neuron():
    loss = net_loss(2, [4, 1])
    parts = {str(node.label): part for node, part in dissect(loss).items()}
    source = draw(loss, number_format="{:.6f}").dot.source
    for name in ("h1", "h4", "o1"):
        assert f"{abs(parts[name].grad):.6f}" in source
    largest = max(abs(parts[name].grad) for name in ("w1", "w2", "b1"))
    assert f"5 values, 3 params, |∂w| ≤ {largest:.6f}" in source


def test_the_flow_into_a_box_is_its_gradient():
    loss = net_loss(2, [4, 4, 1])
    parts = dissect(loss)
    boxes = collapse(Outline(select(loss), parts), "neurons")
    for box in boxes.boxes:
        if box.role in ("inner", "input"):
            out = sum(flow for (source, _), flow in boxes.links.items() if source is box)
            assert out == pytest.approx(parts[box.heads[0]].grad, rel=1e-12)


def test_one_box_of_a_neuron_for_all_rows_of_a_batch():
    source = draw(gallery.batch_loss()).dot.source
    assert "h1 × 6" in source
    assert source.count("30 values, 3 params") == 3


def test_a_deep_graph_has_its_first_and_last_layers_and_one_between():
    source = draw(gallery.recurrence(400)).dot.source
    titles = re.findall(r"<B>&#160;(h[^&]*)&#160;</B>", source)
    assert titles[:5] == ["h1", "h2", "h3", "h4", "h5 … h397"]
    assert "h0, x1" in titles
    assert "5 values, and w, u, b" in source


def test_owners_are_trees():
    a = Value(1.0, "a")
    shared = mg.exp(a)
    left, right = mg.sin(shared), mg.cos(shared)
    left.label, right.label = "left", "right"
    root = left * right
    owner = owners(select(root), lambda node: bool(node.label))
    assert owner[shared] is shared
    assert owner[left] is left
    assert owner[root] is root


# Order.


@can_render
@pytest.mark.parametrize(
    ("n_in", "sizes", "layers"),
    [
        (2, [2, 1], ["h1 h2"]),
        (2, [3, 2], ["h1 h2 h3", "o1 o2"]),
        (4, [3, 2], ["h1 h2 h3", "o1 o2"]),
        (2, [4, 1], ["h1 h2 h3 h4"]),
        (3, [2, 2, 2], ["h1 h2", "h3 h4", "o1 o2"]),
    ],
)
def test_neurons_are_not_mirrored(n_in, sizes, layers):
    svg = svg_of(draw(net_loss(n_in, sizes), depth="values", rankdir="TB"))
    for layer in layers:
        found = positions(svg, layer.split())
        assert found == sorted(found)


@can_render
def test_boxes_of_a_layer_are_in_order():
    svg = svg_of(draw(net_loss(3, [8, 8, 1]), depth="neurons", rankdir="TB"))
    for names in (["x1", "x2", "x3"], [f"h{i}" for i in range(1, 9)]):
        found = positions(svg, names)
        assert found == sorted(found)


# Only the paths from one value.


@can_render
@pytest.mark.parametrize("as_label", [True, False])
def test_only_the_paths_from_a_weight(as_label):
    loss = net_loss(2, [2, 1])
    w1 = next(leaf for leaf in reachable(loss)[0] if leaf.label == "w1")
    picture = draw(loss, only="w1" if as_label else w1)
    svg = svg_of(picture)
    shown = set(texts(svg))
    assert {"w1", "w1·x1", "sum_h1", "h1", "w5·h1", "o1", "L"} <= shown
    assert not shown & {"w2", "x1", "h2", "b1", "w5"}
    assert svg.count('class="edge"') == svg.count('class="node"') - 1 == 10
    grad = dissect(loss)[w1].grad
    assert f"{abs(grad):.4g}" in picture.dot.source


@can_render
def test_only_at_every_depth():
    loss = net_loss(3, [4, 4, 1])
    for depth in ("auto", "values", "neurons", "layers"):
        assert "w1" in draw(loss, only="w1", depth=depth).dot.source
    svg = svg_of(draw(loss, only="x1", depth="neurons"))
    assert svg.count('class="edge"') == 4 + 16 + 4 + 1
    inner = next(node for node in reachable(loss)[1] if node.label == "h5")
    assert "h4" not in draw(loss, only=inner, depth="neurons").dot.source


def test_only_what_is_there():
    x = Value(1.0, "x")
    loss = x * 2
    with pytest.raises(ValueError, match=r"the mul of 2\.0 does not depend on 'w'"):
        draw(loss, only="w")
    with pytest.raises(ValueError, match="does not depend on 'other'"):
        draw(loss, only=Value(1.0, "other"))
    with pytest.raises(TypeError, match="only is a Value or its label, not float"):
        draw(loss, only=1.0)
    with pytest.raises(ValueError, match="2 values are labelled 'x'"):
        draw(loss * Value(2.0, "x"), only="x")
    assert draw(x, only=x).dot.source.count("<TABLE") == 1


# Leaves drawn again.


@can_render
def test_a_leaf_used_far_apart_is_drawn_again():
    x = Value(0.5, "x")
    node = x
    for _ in range(9):
        node = mg.sin(node)
    picture = draw(node * x)
    svg = svg_of(picture)
    assert texts(svg).count("x") == 2
    assert svg.count('class="edge"') == 11
    assert "drawn again" in picture.dot.source
    assert "drawn again" not in draw(x * x).dot.source
    assert runs([1, 2, 3, 4]) == {1: 0, 2: 0, 3: 0, 4: 1}


@can_render
def test_a_weight_used_at_hundreds_of_depths_is_laid_out():
    start = time.perf_counter()
    svg = svg_of(draw(gallery.recurrence(120), depth="values"))
    assert time.perf_counter() - start < 8  # 0.4 s alone; 20 s, and nothing, without copies
    _, inner = reachable(gallery.recurrence(120))
    uses = sum(isinstance(x, Value) for node in inner for x in node.inputs)
    assert svg.count('class="edge"') == uses


# Huge.


@pytest.mark.parametrize("n", [200_000, pytest.param(1_000_000, marks=pytest.mark.slow)])
def test_a_huge_graph_is_summed_up(n):
    node = Value(1.0, "x")
    for _ in range(n):
        node = node + 1
    start = time.process_time()
    source = draw(node).dot.source
    assert time.process_time() - start < 2
    assert f"{n:,} values, {n:,} +" in source
    assert "&#160;x&#160;" in source
    assert "grad" not in source


def test_the_summary_counts_what_the_outline_counts():
    selection = select(net_loss(5, [30, 20, 3]))
    ours = summary(selection).boxes
    theirs = collapse(Outline(selection, {}), "layers").boxes
    count = [(box.rank, box.size, len(box.parameters)) for box in ours if box.role != "input"]
    assert sorted(count) == sorted(
        (box.rank, box.size, len(box.parameters)) for box in theirs if box.role != "input"
    )


def test_a_huge_net_in_layers(monkeypatch):
    monkeypatch.setattr(drawing, "MOST_GRADIENTS", 500)
    source = draw(net_loss(7, [16, 16, 1])).dot.source
    for text in ("x1 … x7", "h1 … h16", "16 neurons, 240 values, 128 params", "h17 … h32", "o1"):
        assert text in source


# Looks.


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("how", [{}, {"depth": "layers"}, {"show": "formula"}])
def test_a_theme_colours_all(theme, how):
    source = draw(net_loss(2, [2, 1]), theme=theme, **how).dot.source
    other = next(THEMES[name] for name in THEMES if name != theme)
    assert f'bgcolor="{THEMES[theme].paper}"' in source
    for colour in (other.box, other.ink, other.port):
        assert colour not in source.replace(THEMES[theme].badge, "")


# What readers see who lack one kind of cone: Machado, Oliveira, Fernandes (2009), severity 1.
BLINDNESS = {
    "none": "1 0 0  0 1 0  0 0 1",
    "protan": "0.15229 1.05258 -0.20487  0.1145 0.78628 0.09922  -0.00388 -0.04812 1.052",
    "deutan": "0.367322 0.860646 -0.227968  0.280085 0.672501 0.047413  -0.01182 0.04294 0.968881",
    "tritan": "1.255528 -0.076749 -0.178779  -0.078411 0.930809 0.147602  0.004733 0.691367 0.3039",
}
XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def linear(colour):
    c = np.frombuffer(bytes.fromhex(colour[1:]), np.uint8) / 255
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def lab(colour, blindness):
    """CIE L*a*b* of a colour as it is seen."""
    seen = np.clip(
        np.array(BLINDNESS[blindness].split(), float).reshape(3, 3) @ linear(colour), 0, 1
    )
    t = XYZ @ seen / [0.9505, 1, 1.089]
    f = np.where(t > 0.008856, np.cbrt(t), 7.787 * t + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def apart(a, b, blindness):
    return np.linalg.norm(lab(a, blindness) - lab(b, blindness))


@pytest.mark.parametrize("blindness", BLINDNESS)
@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_colours_are_told_apart_without_red_green_or_blue(theme, blindness):
    for scale in (theme.tints, theme.lines):
        assert apart(scale[1][1], scale[-1][1], blindness) > 60
    for a, b in itertools.combinations(theme.roles.values(), 2):
        assert apart(a[0], b[0], blindness) > 12
        assert apart(a[1], b[1], blindness) > 4.5


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_letters_stand_out(theme):
    def contrast(a, b):  # WCAG 2
        light, dark = sorted((XYZ[1] @ linear(c) for c in (a, b)), reverse=True)
        return (light + 0.05) / (dark + 0.05)

    behind = [theme.box, theme.paper, theme.port, theme.frame[0]]
    behind += [head for _, head in theme.roles.values()]
    behind += [c for pair in theme.tints.values() for c in pair]
    assert min(contrast(theme.ink, colour) for colour in behind) > 4.5
    assert min(contrast(theme.soft, colour) for colour in (theme.box, theme.paper)) > 4.5
    assert min(contrast(theme.badge, border) for border, _ in theme.roles.values()) > 2.4


# Formulas.


def test_formulas_name_derivatives_as_the_tutorial():
    loss = net_loss(2, [2, 1])
    source = draw(loss, show="formula").dot.source
    derived = mg.derive(loss, [x for x in reachable(loss)[0] if x.label[0] in "wb"])
    factors = set(re.findall(r"\b(d_(?:h\d|ypred)_d_\w+) =", derived))
    assert len(factors) == 11
    for name in factors:
        assert name.replace("ypred", "o1") in source
    for text in ("x1·σ′(sum_h1)", "h1 = σ(sum_h1)", "sum_h1 = w1·x1 + w2·x2 + b1", "(o1 − 1)²"):
        assert text in source
    assert "d_L_d_h1 · d_h1_d_w1" in source
    assert not re.search(r">[−-]?\d+\.\d+<", source)


@can_render
def test_formulas_of_any_labels():
    a = Value(2.0, LABEL)
    b = mg.tanh(a * Value(0.0)) + a
    b.label = LABEL
    for across in ("TB", "LR"):
        ElementTree.fromstring(svg_of(draw(b / 3, show="formula", rankdir=across)))
    with pytest.raises(ValueError, match="1,227 values are no picture that anyone reads"):
        draw(net_loss(7, [16, 16, 1]), show="formula")


def test_a_sum_over_paths():
    x = Value(2.0, "x")
    y = mg.sin(x) * x
    y.label = "y"
    source = draw(y + mg.exp(y), show="formula").dot.source
    assert "d_L_d_y · d_y_d_x" in source
    assert "sin(x) + sin′(x)·x" in source
    assert "1 + exp′(y)" in source


# Any label, any graph, in time.


@can_render
@pytest.mark.parametrize("label", [LABEL, "\ud800", "long " * 2_000, "\0"])
def test_hostile_labels_at_every_depth(label):
    a, b = Value(2.0, label), Value(3.0, "b")
    middle = mg.tanh(a * b)
    middle.label = label
    for how in ({"depth": "values"}, {"depth": "neurons"}, {"depth": "layers"}):
        ElementTree.fromstring(svg_of(draw(middle * a, **how)))


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
    how = rng.choice([{}, *({"depth": d} for d in drawing.DEPTHS), {"show": "formula"}])
    how = how | {"theme": rng.choice([*THEMES]), "rankdir": rng.choice([None, "TB", "LR"])}
    if rng.random() < 0.3:
        how["only"] = rng.choice([x for nodes in reachable(root) for x in nodes])
    picture = draw(root, **how)
    svg = svg_of(picture)
    links = re.findall(r"\t\w+(?::\w+)* -> \w+(?::\w+)* \[(.*)\]", picture.dot.source)
    assert svg.count('class="edge"') == sum("invis" not in style for style in links)


@can_render
def test_random_graphs_at_every_depth():
    for seed in range(40):
        check_random_graph(seed)


@can_render
@pytest.mark.slow
def test_600_random_graphs():
    for seed in range(600):
        check_random_graph(seed + 1_000)


@has_sh
def test_the_time_limit_is_the_callers(no_program, stub, tmp_path):
    stub(no_program, '[ "$1" = -V ] || exec /bin/sleep 60')
    start = time.perf_counter()
    with pytest.raises(LayoutError, match=r"more than 0\.3 s, twice"):
        draw(Value(1.0)).save(tmp_path / "a.svg", seconds=0.3)
    assert time.perf_counter() - start < 5
    assert not (tmp_path / "a.svg").exists()


@has_sh
def test_a_notebook_waits_no_longer(no_program, stub, monkeypatch):
    monkeypatch.setattr(rendering, "IN_NOTEBOOK", 0.2)
    stub(no_program, '[ "$1" = -V ] || exec /bin/sleep 60')
    start = time.perf_counter()
    assert list(Value(1.0)._repr_mimebundle_()) == ["text/plain"]
    assert list(draw(Value(1.0))._repr_mimebundle_()) == ["text/plain"]
    assert time.perf_counter() - start < 5


# Committed pictures and the gallery.


@has_pure
@pytest.mark.parametrize("name", ["values", "formula", "neurons"])
def test_golden_svg(name, monkeypatch):
    if importlib.metadata.version("graphviz-pure") != "0.2.2":
        pytest.skip("the committed pictures are laid out by graphviz-pure 0.2.2")
    monkeypatch.setattr(rendering, "_programs", lambda: iter([rendering._graphviz_pure()]))
    committed = (pictures.FOLDER / f"{name}.svg").read_text(encoding="utf-8")
    assert pictures.svg(pictures.pictures()[name]) == committed
    assert len(committed) < 70_000


@can_render
@pytest.mark.slow
def test_the_gallery(monkeypatch, tmp_path, capsys):
    pytest.importorskip("matplotlib")
    monkeypatch.setattr(gallery, "OUT", tmp_path)
    gallery.main()
    lines = [line for line in capsys.readouterr().out.splitlines() if "│" in line]
    rows = [[cell.strip() for cell in line.strip("│ ").split("│")] for line in lines]
    assert len(rows) == len(gallery.drawings()) == len([*tmp_path.glob("*.svg")])
    for name, _, _, _, letters in rows:
        assert float(letters) >= 9 or name == "2-2-1 across"
    assert len([*tmp_path.glob("*.png")]) == len(rows) + 1
