"""Each dialect of examples/dialects is right as it stands, and each mistake blamed on its row.

Both ways that people check: a function or class in Python, and `microgradnet check FILE`.
"""

import re

import pytest

import microgradnet as mg
from tests.marks import few

from .dialects import BY_FUNCTION, FOLDER, blamed, edited, module, on_the_command_line
from .wrong_dialects import LAYERS, MISTAKES, cases

pytestmark = pytest.mark.usefixtures("without_examples")
NAMES = sorted(path.stem for path in FOLDER.glob("*.py"))


WRONG = [(name, *case) for name, several in MISTAKES.items() for case in several]


@pytest.mark.parametrize("name", cases("function", *[[name] for name in NAMES]))
def test_each_dialect_is_right_as_it_stands(name, tmp_path):
    report = BY_FUNCTION[name](module(name, tmp_path))
    assert report, report
    assert len(report.rows) >= 2


@pytest.mark.parametrize("name", few(NAMES, 2))
def test_each_file_is_right_on_the_command_line(name):
    status, said = on_the_command_line(FOLDER / f"{name}.py")
    assert status == 0, said
    assert len(said["rows"]) >= 2


def pairs(layers):
    """Each forward and backward function of layers.py, with arrays for it."""
    x, w, b, normal = layers.x, layers.w, layers.b, layers.rng.normal(size=(5, 3))
    return [
        (layers.affine_forward, layers.affine_backward, (x, w, b)),
        (layers.relu_forward, layers.relu_backward, (normal,)),
        (layers.batchnorm_forward, layers.batchnorm_backward, (normal, layers.gamma, layers.beta)),
    ]


def test_layer_pairs_are_right_as_they_stand(tmp_path):
    for forward, backward, example in pairs(module("layers", tmp_path)):
        report = mg.check_backward(forward, backward, *example)
        assert report, report


def as_meant(found, row, words):
    """Whether what is said is one row (all update lines are one), with the words of the mistake."""
    names = {name.partition(" ")[0] if row == "update" else name for name in found}
    if row.endswith("[-layer]"):  # a row for each layer that the line is run for
        names = {re.sub(r"\[-\d\]$", "[-layer]", name) for name in names}
    return names == {row} and all(words in said for said in found.values())


@pytest.mark.parametrize(("name", "old", "new", "row", "words"), cases("function", *WRONG))
def test_each_mistake_is_blamed_on_its_row(name, old, new, row, words, tmp_path):
    found = blamed(BY_FUNCTION[name](module(name, tmp_path, (old, new))))
    assert as_meant(found, row, words), found


@pytest.mark.slow
@pytest.mark.parametrize(("name", "old", "new", "row", "words"), cases("file", *WRONG))
def test_each_mistake_in_a_file_is_blamed_on_its_row(name, old, new, row, words, tmp_path):
    status, said = on_the_command_line(edited(name, tmp_path, (old, new)))
    assert status == 1, said
    found = {r["name"]: r["mistake"] or r["why"] for r in said["rows"] if r["verdict"] == "wrong"}
    assert as_meant(found, row, words), found


@pytest.mark.parametrize(("layer", "old", "new", "row", "words"), LAYERS)
def test_each_mistake_of_a_layer_is_blamed(layer, old, new, row, words, tmp_path):
    forward, backward, example = pairs(module("layers", tmp_path, (old, new)))[layer]
    found = blamed(mg.check_backward(forward, backward, *example))
    assert list(found) == [row], found
    assert words in found[row]


def test_a_method_is_checked_with_the_arrays_of_its_object(tmp_path):
    right = module("two_layer_net", tmp_path)
    net = right.TwoLayerNet(4, 5, 3)
    before = net.params["W1"].copy()
    assert mg.check(net.loss, right.X, right.y)
    assert (net.params["W1"] == before).all()
    wrong = module("two_layer_net", tmp_path, ("dscores.dot(W2.T)", "-dscores.dot(W2.T)"))
    found = blamed(mg.check(wrong.TwoLayerNet(4, 5, 3).loss, right.X, right.y))
    assert list(found) == ["dhidden"], found
