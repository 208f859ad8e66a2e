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


def compare(version, file, check):
    for package in re.findall(r"(?:^|;) *import (jax|pandas|sympy|torch)", version.text, re.M):
        pytest.importorskip(package, reason=f"needs {package}")
    file.write_text(version.text, encoding="utf-8")
    report = check(file)
    assert report.rows
    assert [*version.unlike(report.rows)] == [], report


@pytest.mark.parametrize("version", CASES)
def test_a_file_is_told_what_it_says(version, tmp_path):
    compare(version, tmp_path / "net.py", mg.check)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["absent_tables", "cost_never_called", "loss_only_printed", "scalar_masks"]
)
def test_what_a_process_of_its_own_hands_over_proves_what_is_right(name, tmp_path):
    whole, *_ = versions(FOLDER / "told" / f"{name}.py")
    compare(whole, tmp_path / "net.py", mg.check_file)


@pytest.mark.slow
@pytest.mark.parametrize("k", [0, 4])
def test_pairs_of_a_file_that_is_not_trusted_are_told_alike(k, tmp_path):
    version = [*versions(FOLDER / "told" / "pairs_never_called.py")][k]
    compare(version, tmp_path / "layers.py", check_here)
