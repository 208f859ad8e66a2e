"""A corpus of files as people write them: what is wrong in each stands as a comment on its line."""

import functools

import pytest

import microgradnet as mg
from tests.marks import few, sampled

from .marked import FOLDER, marked

RIGHT = sorted((FOLDER / "right").glob("*.py"))
WRONG = sorted((FOLDER / "wrong").glob("*.py"))[::-1]  # the first one, in the fast suite, is quick


@functools.cache
def report_of(path):
    return mg.check(path)


def named(path):
    return path.stem


@pytest.mark.parametrize("path", few(RIGHT, 1), ids=named)
def test_what_is_right_is_right(path):
    assert report_of(path), report_of(path)


@pytest.mark.parametrize("path", few(WRONG, 1), ids=named)
def test_a_mistake_is_blamed_on_its_own_line_and_on_no_other(path):
    wrong = [row for row in report_of(path).rows if row.verdict == "wrong"]
    assert {row.line for row in wrong} == marked(path), report_of(path)


@pytest.mark.parametrize("path", few(sampled(WRONG), 1), ids=named)
def test_a_line_that_should_be_there_makes_the_file_right(path, tmp_path):
    lines = path.read_text(encoding="utf-8").splitlines()
    found = [row for row in report_of(path).rows if row.suggestion]
    for row in found:
        old = lines[row.line - 1]
        lines[row.line - 1] = old[: len(old) - len(old.lstrip())] + row.suggestion
    mended = tmp_path / path.name
    mended.write_text("\n".join(lines) + "\n", encoding="utf-8")
    report = mg.check(mended)
    untold = {row.line for row in report.rows if row.verdict not in ("right", "scaled")}
    assert not found or untold == marked(path, "# cannot tell"), (found, report)
