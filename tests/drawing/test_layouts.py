"""Layouts: a table of what places boxes; a new one is a class and a line; the browser's too."""

import sys
from types import SimpleNamespace

import pytest

from microgradnet import LayoutError, Value, draw
from microgradnet.drawing.layouts import LAYOUTS, Layout, find_viz_js, found
from microgradnet.drawing.rendering import render


class Viz:
    """What viz-js has, without a browser: it notes what it is asked for."""

    def __init__(self, status="success", output="<svg></svg>", errors=()):
        self.answer = SimpleNamespace(status=status, output=output, errors=errors)
        self.asked = []

    def render(self, source, **options):
        self.asked.append((source, options))
        return self.answer


@pytest.fixture
def in_a_browser(monkeypatch, no_program):
    """Makes this Python one of a browser, whose script has handed over a viz, or none."""

    def hand_over(viz):
        monkeypatch.setattr(sys, "platform", "emscripten")
        monkeypatch.setitem(sys.modules, "js", SimpleNamespace(viz=viz))
        return viz

    return hand_over


def test_in_a_browser_dot_goes_out_and_a_picture_comes_in(in_a_browser):
    viz = in_a_browser(Viz())
    picture = draw(Value(1.0, "w"))
    assert picture.svg().startswith("<svg")
    assert viz.asked == [(picture.dot.source, {"format": "svg"})]


@pytest.mark.parametrize(
    ("viz", "form", "says"),
    [
        (
            Viz("failure", None, [SimpleNamespace(message="error in line 1\n")]),
            "svg",
            "error in line 1",
        ),
        (SimpleNamespace(render=lambda *_, **__: 1 / 0), "svg", "division by zero"),
        (Viz(), "png", r"viz-js writes no png: save the picture as \.svg"),
    ],
)
def test_what_viz_cannot_is_said(in_a_browser, tmp_path, viz, form, says):
    in_a_browser(viz)
    with pytest.raises(LayoutError, match=f"viz-js failed: {says}" if form == "svg" else says):
        draw(Value(1.0)).save(tmp_path / f"a.{form}")
    assert list(tmp_path.glob("a.*")) == []


def test_there_is_none_without_a_viz_or_a_browser(in_a_browser, monkeypatch):
    assert find_viz_js() is None
    in_a_browser(None)
    assert find_viz_js() is None
    with pytest.raises(LayoutError, match="a picture needs a layout program"):
        render("digraph {}", "svg")


def test_a_new_layout_is_a_class_and_a_line_and_comes_when_those_before_fail(
    no_program, monkeypatch
):
    class Reversed(Layout):
        def lay_out(self, source, form, seconds):
            return source[::-1].encode()

    monkeypatch.setitem(LAYOUTS, "reversed", lambda: Reversed("reversed"))
    assert [layout.name for layout in found()] == ["reversed"]
    assert render("ab", "svg") == b"ba"
