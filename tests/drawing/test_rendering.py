"""Every way to get a picture on paper, and what is said where there is none."""

import subprocess
import sys

import pytest

from microgradnet.autograd.value import Value
from microgradnet.drawing import rendering
from microgradnet.drawing.depths import draw
from microgradnet.drawing.layouts import ByProgram
from microgradnet.drawing.rendering import LayoutError, render
from tests.marks import can_render, has_pure, has_sh
from tests.strategies import pictured


@can_render
def test_save(tmp_path):
    starts = {"a.svg": b"<?xml", "a.PNG": b"\x89PNG", "a.jpg": b"\xff\xd8"}
    starts |= {"a.html": b"<!doctype html>", "a.dot": b"digraph", "a.gv": b"digraph"}
    for name, start in starts.items():
        path = draw(pictured()[1]).save(tmp_path / "deep" / "er" / name)
        assert path == tmp_path / "deep" / "er" / name
        assert path.read_bytes().startswith(start)
    assert sorted(p.name for p in path.parent.iterdir()) == sorted(starts)
    assert draw(pictured()[1]).save(str(tmp_path / "b.svg")) == tmp_path / "b.svg"


@pytest.mark.parametrize("name", ["net", "net.txt", ".svg"])
def test_unknown_suffix(tmp_path, name):
    with pytest.raises(ValueError, match=r"known: \.svg, \.png, .*\.dot, \.gv"):
        draw(pictured()[1]).save(tmp_path / "new" / name)
    assert list(tmp_path.iterdir()) == []


@has_pure
def test_pdf_without_graphviz_says_how(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LayoutError, match=r"pdf needs Graphviz from https://graphviz\.org"):
        draw(pictured()[1]).save(tmp_path / "a.pdf")
    assert list(tmp_path.iterdir()) == []


def test_no_program(no_program, tmp_path):
    picture = draw(pictured()[1])
    old = tmp_path / "a.svg"
    old.write_text("old")
    with pytest.raises(RuntimeError) as caught:
        picture.save(old)
    for hint in ("install -e '.[draw]'", "https://graphviz.org", '.save("x.dot")'):
        assert hint in str(caught.value)
    assert old.read_text() == "old"
    assert list(picture._repr_mimebundle_()) == ["text/plain"]
    assert ".[draw]" in picture._repr_mimebundle_()["text/plain"]
    assert picture.save(tmp_path / "a.dot").read_text(encoding="utf-8") == picture.dot.source


@has_sh
@has_pure
def test_broken_dot_is_passed_over(monkeypatch, tmp_path, stub):
    stub(tmp_path, "exit 1")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert b"<svg" in render("digraph { a -> b }", "svg")
    stub(tmp_path, '[ "$1" = -V ]')  # answers, and then cannot write the format
    assert b"<svg" in render("digraph { a -> b }", "svg")
    (tmp_path / "dot").write_bytes(b"\0 no program")
    assert b"<svg" in render("digraph { a -> b }", "svg")


@has_sh
def test_working_dot_comes_first(no_program, stub):
    stub(no_program, 'echo "$@"')
    assert render("digraph {}", "png") == b"-Tpng -q1 -Gdpi=144 -Gsize=100,100\n"


@has_sh
def test_failing_dot_says_why(no_program, stub):
    stub(no_program, '[ "$1" = -V ] || { echo "no such format" >&2; exit 1; }')
    with pytest.raises(LayoutError, match="dot failed: no such format"):
        render("digraph {}", "svg")


@pytest.mark.slow
@has_sh
def test_slow_dot_gets_a_second_try_with_less_to_do(no_program, monkeypatch, stub):
    monkeypatch.setattr(rendering, "SECONDS", 0.5)
    stub(no_program, 'case "$*" in -V) ;; *nslimit=1*) echo fast ;; *) exec /bin/sleep 60 ;; esac')
    assert render("digraph {}", "svg") == b"fast\n"
    stub(no_program, '[ "$1" = -V ] || exec /bin/sleep 60')
    with pytest.raises(LayoutError, match=r"more than 0\.1 s, twice: draw a part"):
        render("digraph {}", "svg", seconds=0.1)


@has_sh
def test_the_time_limit_is_the_callers(no_program, stub, tmp_path):
    stub(no_program, '[ "$1" = -V ] || exec /bin/sleep 60')
    with pytest.raises(LayoutError, match=r"more than 0\.1 s, twice"):
        draw(Value(1.0)).save(tmp_path / "a.svg", seconds=0.1)
    assert not (tmp_path / "a.svg").exists()


@pytest.mark.slow
@has_sh
def test_a_notebook_waits_no_longer(no_program, stub, monkeypatch):
    monkeypatch.setattr(rendering, "IN_NOTEBOOK", 0.1)
    stub(no_program, '[ "$1" = -V ] || exec /bin/sleep 60')
    waited = []
    run = ByProgram.lay_out
    monkeypatch.setattr(ByProgram, "lay_out", lambda *a: waited.append(a[-1]) or run(*a))
    assert list(Value(1.0)._repr_mimebundle_()) == ["text/plain"]
    shown = draw(Value(1.0))._repr_mimebundle_()
    assert list(shown) == ["text/plain"]
    assert "more than 0.1 s, twice" in shown["text/plain"]
    assert waited == [0.1, 0.1]


@pytest.mark.slow
def test_html_is_the_page_before_anyone_asked_for_one(tmp_path):
    path = tmp_path / "x.html"
    code = "from microgradnet.drawing import draw; from microgradnet import Value\n"
    code += f"draw(Value(2.0, 'x').exp()).save({str(path)!r})"
    subprocess.run([sys.executable, "-c", code], check=True)
    assert 'id="step"' in path.read_text(encoding="utf-8")
