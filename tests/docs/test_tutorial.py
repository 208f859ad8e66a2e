"""The tutorials: their code runs, prints what they show, and is the same in both languages."""

import importlib
import re

import pytest

from tests.docs.running import blocks, run_blocks
from tests.drawing.shown import texts
from tests.marks import can_render
from tests.places import EXAMPLES, ROOT

PAGES = ["tutorial.md", "tutorial.zh.md"]


def test_both_languages_have_the_same_code():
    assert blocks(EXAMPLES / PAGES[0]) == blocks(EXAMPLES / PAGES[1])


@pytest.mark.slow
def test_the_code_prints_what_is_shown(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "out").mkdir()
    run_blocks(EXAMPLES / PAGES[0])
    assert (tmp_path / "out" / "tutorial.svg").is_file()


SVG = "image/svg+xml"


def outputs(notebook):
    """The last line of each cell that shows something, and what it shows by mime type."""
    return [
        (cell.source.splitlines()[-1], cell.outputs[0].get("data", {"stream": cell.outputs}))
        for cell in notebook.cells
        if cell.cell_type == "code" and cell.outputs
    ]


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    pytest.importorskip("nbformat")
    pytest.importorskip("nbclient")
    pytest.importorskip("matplotlib")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT))
        return importlib.import_module("notebook").executed(tmp_path_factory.mktemp("notebook"))


@pytest.mark.slow
@can_render
def test_the_notebook_is_stored_with_what_it_shows(fresh):
    import nbformat

    stored = nbformat.read(EXAMPLES / "tutorial.ipynb", as_version=4)
    for (source, old), (_, new) in zip(outputs(stored), outputs(fresh), strict=True):
        assert old.keys() == new.keys(), source
        assert words(old) == words(new), "run examples/notebook.py again"


def words(shown):
    """What is to be read in what a cell shows: of a page, which changes with its looks, nothing.

    How a picture is broken into lines is the layout program's, whose versions differ in it.
    """
    if "text/html" in shown:
        return re.sub("<iframe.*|<[^>]*>", " ", shown["text/html"], flags=re.S).split()
    return [shown.get(kind) for kind in ("text/plain", "text/latex", "stream")]


@pytest.mark.slow
@can_render
def test_the_tutorial_notebook_runs_and_shows(fresh):
    pictures = [(source, data[SVG]) for source, data in outputs(fresh) if SVG in data]
    drawn = [source for source, _ in pictures if "mg.draw" not in source]
    assert drawn == ["loss", "net", "history", "net", "big_loss"]
    for _, svg in pictures:
        assert len(texts(svg)) > 3 or "<path" in svg
    data = dict(outputs(fresh))
    for of, kind, says in [
        ('mg.draw(loss, show="formula")', SVG, "d_h1_d_w1"),
        ("neuron([27, 17]).data", "text/plain", "0.9999999992417439"),
        ("mg.compare(", "text/html", "d_h1_d_w2"),
        ("mg.compile(", "text/html", "def program(w, b, x):"),
        ("mg.check_training(", "text/html", "activated"),
        ("mg.explain(loss, net.parameters()[0])", "text/plain", "d_ypred_d_h1"),
        ("mg.page(loss)", "text/html", "<iframe srcdoc="),
    ]:
        assert says in next(found for source, found in data.items() if of in source)[kind]
