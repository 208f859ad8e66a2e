"""Passes without an example of their arguments: what is made up fits, or nothing is called."""

import pytest

from microgradnet.checking.entry_points import check_here
from tests.marks import has_jax, has_torch

from .marked import FOLDER, versions

MARKS = {"jax": has_jax, "torch": has_torch}
FILES = {p.stem: p for p in sorted((FOLDER / "made_up").glob("*.py"))}
CASES = [(name, k) for name, p in FILES.items() for k, _ in enumerate(versions(p))]


def of(case):
    name = case if isinstance(case, str) else case[0]
    return pytest.param(case, marks=MARKS.get(name.partition("_")[0], ()), id=str(case))


@pytest.mark.parametrize("name", [*map(of, FILES)])
def test_right_passes_are_called_right(name):
    report = check_here(FILES[name], trusted=True)
    assert report, report


@pytest.mark.slow
@pytest.mark.parametrize("case", [*map(of, CASES)])
def test_a_mistake_is_told_on_its_line_or_left_open(case, tmp_path):
    text, line, words = [*versions(FILES[case[0]])][case[1]]
    (tmp_path / "passes.py").write_text(text, encoding="utf-8")
    try:
        report = check_here(tmp_path / "passes.py", trusted=True)
    except ValueError:
        assert words == "open"
        return
    assert not report
    told = set() if words == "open" else {line}
    assert {r.line for r in report.rows if r.verdict == "wrong"} == told, report
