"""Layers as people write them: right, and with one line that is wrong, as a comment above says."""

import re

import pytest

from microgradnet.checking.entry_points import check_here
from microgradnet.checking.passes.backward import check_backward
from tests.marks import few, sampled

from .marked import FOLDER, loaded, versions

LAYERS = sorted((FOLDER / "layers").glob("*.py"))


def report_of(path):
    module = loaded(path)
    if hasattr(module, "make"):
        layer = module.make()
        return check_backward(layer.forward, layer.backward, *module.example())
    [forward] = [f for k, f in vars(module).items() if re.search("_(forward|fwd)$", k)]
    [backward] = [f for k, f in vars(module).items() if re.search("_(backward|bwd)$", k)]
    return check_backward(forward, backward, *module.example())


@pytest.mark.parametrize("path", few(LAYERS, 1), ids=lambda p: p.stem)
def test_a_right_layer_is_right(path):
    report = report_of(path)
    assert report, report


@pytest.mark.slow
@pytest.mark.parametrize("name", ["huber", "linear_list", "scatter_rows", "xent_ignore"])
def test_no_wrong_layer_is_right_in_a_file_that_is_not_trusted(name, tmp_path):
    for text, line, _ in versions(FOLDER / "layers" / f"{name}.py"):
        (tmp_path / "layer.py").write_text(text, encoding="utf-8")
        report = check_here(tmp_path / "layer.py")
        wrong = [row for row in report.rows if row.verdict == "wrong"]
        assert any(line in (row.line, *row.alternatives) for row in wrong), report


WRONG = [(path, k) for path in LAYERS for k in range(len([*versions(path)]))]


@pytest.mark.slow
@pytest.mark.parametrize(("path", "k"), few(sampled(WRONG), 1), ids=str)
def test_a_wrong_line_is_named_in_words(path, k, tmp_path):
    text, line, words = [*versions(path)][k]
    file = tmp_path / f"{path.stem}_{k}.py"
    file.write_text(text, encoding="utf-8")
    report = report_of(file)
    wrong = [row for row in report.rows if row.verdict == "wrong"]
    assert wrong, report
    assert all(line in (row.line, *row.alternatives) for row in wrong), report
    said = "; ".join(row.mistake for row in wrong if row.line == line)
    assert not said or re.search(words, said, re.I), report
    for row in wrong:
        lines = file.read_text(encoding="utf-8").splitlines()
        indent = lines[row.line - 1][: -len(lines[row.line - 1].lstrip())]
        lines[row.line - 1] = indent + (row.suggestion or lines[row.line - 1].strip())
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    if all(row.suggestion for row in wrong):
        assert report_of(file), report
