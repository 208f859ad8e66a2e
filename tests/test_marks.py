"""How many random cases are tried: a sixth, and all where that is asked for."""

import runpy

import pytest

from tests.places import ROOT


@pytest.mark.parametrize(("every", "most", "cases"), [("", 16, [0, 6]), ("1", 100, [*range(9)])])
def test_a_sixth_is_tried_or_all(every, most, cases, monkeypatch):
    monkeypatch.setenv("EVERY_CASE", every)
    marks = runpy.run_path(str(ROOT / "tests" / "marks.py"))
    assert (marks["share"](100), marks["share"](1), marks["sampled"](range(9))) == (most, 1, cases)
