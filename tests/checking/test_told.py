"""What is told of files as people write them is what they say in comments: told.py says how."""

import re

import pytest

import microgradnet as mg
from microgradnet.checking.entry_points import check_here
from tests.marks import EVERY

from .marked import FOLDER
from .told import versions

FILES = sorted((FOLDER / "told").glob("*.py"))


def drawn(path):
    """A file and its first version, and of the others each third; or all."""
    whole, *others = versions(path)
    return [whole, *others[:: 1 if EVERY else 3]]


VERSIONS = [version for path in FILES for version in drawn(path)]
CASES = [  # every twentieth in the fast suite: each takes up to a second
    pytest.param(version, id=version.name, marks=[pytest.mark.slow] * bool(k % 20))
    for k, version in enumerate(VERSIONS)
]


@pytest.mark.parametrize("version", CASES)
def test_a_file_is_told_what_it_says(version, tmp_path):
    for package in re.findall(r"(?:^|;) *import (jax|pandas|sympy|torch)", version.text, re.M):
        pytest.importorskip(package, reason=f"needs {package}")
    file = tmp_path / "net.py"
    file.write_text(version.text, encoding="utf-8")
    report = mg.check(file)
    assert report.rows
    assert [*version.unlike(report.rows)] == [], report


@pytest.mark.slow
@pytest.mark.parametrize("k", [0, 4])
def test_pairs_of_a_file_that_is_not_trusted_are_told_alike(k, tmp_path):
    version = [*versions(FOLDER / "told" / "pairs_never_called.py")][k]
    (tmp_path / "layers.py").write_text(version.text, encoding="utf-8")
    report = check_here(tmp_path / "layers.py")
    assert [*version.unlike(report.rows)] == [], report
