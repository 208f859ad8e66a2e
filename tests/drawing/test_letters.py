"""Letters that no font has are said, with the way out; an .svg holds them all."""

import os
import sys
import warnings

import pytest

from microgradnet import Value, draw
from microgradnet.drawing import rendering
from microgradnet.drawing.layouts import LACKED, LAYOUTS, ByProgram
from tests.marks import has_pure

CHINESE = "\N{CJK UNIFIED IDEOGRAPH-6743}\N{CJK UNIFIED IDEOGRAPH-91CD}"
posix = pytest.mark.skipif(os.name == "nt", reason="the programs are scripts of a shell")


@pytest.fixture
def programs(monkeypatch, tmp_path):
    """Puts scripts in place of programs: by name, what they do."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setitem(sys.modules, "resvg_py", None)  # without the extra `chinese`

    def put(**scripts):
        for name, does in scripts.items():
            path = folder / name.replace("_", "-")
            path.write_text(f"#!/bin/sh\n{does}\n")
            path.chmod(0o755)
        return folder

    return put


def pure(monkeypatch, folder):
    name = "graphviz-pure"
    monkeypatch.setattr(rendering, "found", lambda: iter([ByProgram(name, str(folder / name))]))


@posix
@pytest.mark.parametrize("suffix", ["png", "jpg"])
def test_graphviz_pure_has_no_chinese(programs, monkeypatch, tmp_path, suffix):
    pure(monkeypatch, programs(graphviz_pure="echo picture"))
    message = (
        f"empty boxes for {' '.join(CHINESE)}: the fonts in graphviz-pure lack them: get .*chinese"
        r".*, or Graphviz .* or save it as \.svg"
    )
    with pytest.warns(UserWarning, match=message) as found:
        draw(Value(1.0, CHINESE)).save(tmp_path / f"a.{suffix}")
    assert found[0].filename == __file__


@has_pure
def test_the_extra_chinese_draws_chinese(monkeypatch, tmp_path):
    pytest.importorskip("resvg_py", reason="needs the extra chinese")
    pytest.importorskip("pylopdf_fonts_zh_cn", reason="needs the extra chinese")
    monkeypatch.setitem(LAYOUTS, "dot", lambda: None)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        picture = draw(Value(1.0, CHINESE)).save(tmp_path / "a.png").read_bytes()
        other = draw(Value(1.0, CHINESE[::-1])).save(tmp_path / "b.png").read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert picture != other  # of empty boxes they would be the same
    latin = draw(Value(1.0, "ab")).save(tmp_path / "c.png").read_bytes()
    sizes = [int.from_bytes(png[i : i + 4]) for png in (picture, latin) for i in (16, 20)]
    assert sizes[1] == pytest.approx(sizes[3], abs=2)  # as high as without the extra


@posix
@pytest.mark.parametrize("label", ["w1", "\u03c3(h\u00e9)", "\u0416", "\u05d0", CHINESE])
def test_nothing_is_said_of_letters_that_are_there(programs, monkeypatch, tmp_path, label):
    folder = programs(graphviz_pure="echo '<svg'", dot="echo picture", fc_list="echo Some Font")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        draw(Value(1.0, label)).save(tmp_path / "dot.png")
        pure(monkeypatch, folder)
        draw(Value(1.0, label)).save(tmp_path / "pure.svg")
        if label != CHINESE:
            draw(Value(1.0, label)).save(tmp_path / "pure.png")


@posix
def test_graphviz_without_a_font_is_told_of_where_somebody_can_be_asked(programs, tmp_path):
    for asked in ({}, {"fc_list": "exit 1"}):
        programs(dot="echo picture", **asked)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            draw(Value(1.0, CHINESE)).save(tmp_path / "a.png")
    programs(fc_list="exit 0")
    with pytest.warns(UserWarning, match=r"no font here has them: install one \(for Chinese"):
        draw(Value(1.0, CHINESE)).save(tmp_path / "a.png")


def test_the_signs_of_pictures_are_in_the_fonts_of_both():
    loss = draw((Value(2.0, "x") - 1.0) ** 2 / Value(3.0, "y")).dot.source
    assert not LACKED.findall(loss)
