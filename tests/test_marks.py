"""How many random cases are tried: a sixth, and all where that is asked for."""

import runpy
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import pytest_collection_modifyitems
from tests.places import ROOT


@pytest.mark.parametrize(("every", "most", "cases"), [("", 16, [0, 6]), ("1", 100, [*range(9)])])
def test_a_sixth_is_tried_or_all(every, most, cases, monkeypatch):
    monkeypatch.setenv("EVERY_CASE", every)
    marks = runpy.run_path(str(ROOT / "tests" / "marks.py"))
    assert (marks["share"](100), marks["share"](1), marks["sampled"](range(9))) == (most, 1, cases)


def test_what_has_passed_is_left_out_but_for_what_draws_at_random(tmp_path, monkeypatch):
    (tmp_path / "passed").write_text("a\nb")
    monkeypatch.setenv("PASSED_BEFORE", str(tmp_path / "passed"))
    random = given(st.none())(lambda x: None)
    tests = [("a", print), ("b", random), ("c", print)]
    items = [SimpleNamespace(nodeid=name, obj=obj) for name, obj in tests]
    left, expected = [], items[1:]
    hook = SimpleNamespace(pytest_deselected=lambda items: left.extend(items))
    pytest_collection_modifyitems(SimpleNamespace(hook=hook), items)
    assert (items, [x.nodeid for x in left]) == (expected, ["a"])
