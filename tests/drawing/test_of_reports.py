"""The picture of a checked derivation: each verdict stands where its derivative belongs."""

import json
import pickle
import re
from dataclasses import replace
from math import nan

import pytest
from net import OurNeuralNetwork, all_y_trues, data

import microgradnet as mg
from microgradnet.checking.reporting.sketching import Sketch
from microgradnet.drawing.of_reports import MOST_BOXES, ids_of
from microgradnet.drawing.styles import THEMES
from microgradnet.words import page_words
from tests.checking.spoilt import ARRAYS, by_hand, two_layers
from tests.drawing.shown import svg_of, texts
from tests.marks import can_render
from tests.strategies import tutorial


def edges(report):
    """The attributes of each edge, by the names of its boxes."""
    names = [box.name for box in report.sketch.boxes]
    found = re.findall(r"\tn(\d+):\w+ -> n(\d+)\S* \[(.*?)\]\n", report.draw().dot.source)
    return {(names[int(i)], names[int(j)]): style for i, j, style in found}


def test_the_wrong_edge_is_red_and_thick_and_what_follows_grey():
    report = mg.check(by_hand)
    red, _ = THEMES["light"].verdicts["wrong"]
    found = edges(report)
    wrong = [ends for ends, style in found.items() if red in style and "penwidth=3" in style]
    assert wrong == [("w2", "h1")]
    assert THEMES["light"].verdicts["right"][0] in found["w1", "h1"]
    assert THEMES["light"].verdicts["follows"][1] in report.draw().dot.source


@can_render
def test_what_was_written_and_what_is_right_stand_at_the_edge():
    report = mg.check(by_hand)
    shown = texts(svg_of(report.draw()))
    row = report.rows[0]
    assert f"written {row.written:.4g}, right is {row.right:.4g}".replace("-", "−") in shown
    assert "uses x[0] where x[1]" in shown
    assert {"d_h1_d_w2", "wrong", "d_L_d_w2", "follows", "right"} <= set(shown)
    assert "red, thick line: wrong;" in " ".join(shown)


@pytest.mark.slow
@can_render
def test_inputs_are_in_order():
    """Top to bottom, x[1] stood before x[0], with crossing lines."""
    report = mg.check(OurNeuralNetwork, data, all_y_trues)
    for axis, rankdir in enumerate(("TB", "LR")):
        svg = svg_of(report.draw(rankdir=rankdir))
        found = re.findall(r'<text [^>]*x="([-\d.]+)" y="([-\d.]+)"[^>]*>(x\[\d\])<', svg)
        names = [name for *_, name in sorted(found, key=lambda at: float(at[axis]))]
        assert names == ["x[0]", "x[1]"]


@pytest.mark.parametrize(("lang", "colon"), [("en", ": "), ("zh", "：")])
def test_the_legend_says_no_line_that_is_not_drawn(lang, colon):
    """It said "grey, dashed" of cells, where no line was dashed."""
    _, loss = tutorial()
    sources = [mg.check(by_hand).draw(lang=lang).dot.source]
    sources += [
        mg.compare(loss, {"d_L_d_w1": w, "d_h1_d_w1": 0.5}).draw(lang=lang).dot.source
        for w in (0.5, nan)
    ]
    words = page_words(lang)
    for source in sources:
        drawn = {"wrong": "penwidth=3", "follows": "dashed", "cannot tell": "dotted"}
        for verdict, style in drawn.items():
            said = words[f"report_line_{verdict}"] + colon in source
            assert said is (style in source), (verdict, source)


def test_of_arrays_there_is_a_box_each_with_its_shape():
    report = mg.check(two_layers, *ARRAYS)
    assert [row.name for row in report.rows if row.verdict == "wrong"] == ["dZ1"]
    names = {box.name: box.shape for box in report.sketch.boxes}
    assert names.items() >= {"W1": (3, 2), "Z1": (3, 5), "A1": (3, 5), "Z2": (1, 5)}.items()
    found = edges(report)
    assert [ends for ends, style in found.items() if "penwidth=3" in style] == [("Z1", "A1")]
    assert {ends[0] for ends, style in found.items() if "dashed" in style} == {"W1", "b1"}


def test_of_compare_and_where_all_is_right():
    net, loss = tutorial()
    made = {}
    exec(mg.derive(loss, net.parameters()), made)
    numbers = {str(p.label): p.data for p in net.parameters()} | {"x1": -2.0, "x2": -1.0}
    right = made["derivatives"](**numbers, y_true=1.0)
    report = mg.compare(loss, right)
    assert report
    assert "penwidth=3" not in report.draw().dot.source
    assert ">wrong " not in report.draw().dot.source
    wrong = mg.compare(loss, right | {"d_L_d_w1": 0.5})
    assert [style for ends, style in edges(wrong).items() if "penwidth=3" in style] == []
    assert ">wrong " in wrong.draw().dot.source  # in the box: the edge has a row of its own


def test_many_numbers_are_drawn_by_the_stems_of_their_names():
    net = mg.MLP(8, [8, 4], seed=0)
    loss = mg.mse(net([0.1 * i for i in range(8)]), [1.0] * 4)
    report = mg.compare(loss, {"d_L_d_w9": 0.3, "d_L_d_w10": 0.3, "d_h2_d_w9": 0.2})
    assert len(report.sketch.boxes) > MOST_BOXES
    source = report.draw().dot.source
    assert "w1 … w64: 64" in source
    assert "h1 … h8: 8" in source
    assert "w65 … w96: 32" in source
    assert {"d_L_d_w9", "d_L_d_w10", "d_h2_d_w9"} == {name for _, name in ids_of(report)}


def test_a_sketch_goes_through_pickles_and_json():
    report = mg.check(by_hand)
    source = report.draw().dot.source
    assert pickle.loads(pickle.dumps(report)).draw().dot.source == source
    assert Sketch.from_dict(json.loads(json.dumps(report.sketch.to_dict()))) == report.sketch


def test_a_report_without_a_graph_says_so():
    empty = mg.Report(mg.check(by_hand).rows)
    for show in (empty.draw, empty.page):
        with pytest.raises(ValueError, match="nothing to draw: the report has no graph"):
            show()
    with pytest.raises(ValueError, match="theme is 'light' or 'dark', not 'red'"):
        mg.check(by_hand).draw(theme="red")
    with pytest.raises(ValueError, match="rankdir is 'TB', 'LR' or None, not 'XY'"):
        mg.check(by_hand).draw(rankdir="XY")


@can_render
def test_a_notebook_shows_the_table_and_the_picture():
    bundle = mg.check(by_hand)._repr_mimebundle_()
    assert "<table>" in bundle["text/html"]
    assert "<svg" in bundle["text/html"]
    assert "uses x[0] where x[1] belongs" in bundle["text/plain"]


def test_arrays_that_go_round_in_a_circle_are_drawn():
    """As the state of a recurrent net and what is made of it, each once for all rounds."""
    report = mg.check(by_hand)
    links = (*report.sketch.links, (6, 0))
    circle = replace(report, sketch=replace(report.sketch, links=links))
    assert "n6:e -> n0" in circle.draw(rankdir="LR").dot.source
    assert circle.draw()
