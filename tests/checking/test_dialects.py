"""The files of examples/dialects: right as they stand; with a mistake, wrong on its own line."""

import pytest

from tests.marks import few

from .dialects import BY_FUNCTION, FOLDER, MISTAKES, edited, module, on_the_command_line

NAMES = sorted(path.stem for path in FOLDER.glob("*.py"))


@pytest.mark.slow
@pytest.mark.parametrize("name", few(NAMES, 1))
def test_as_they_stand_they_are_right(name, tmp_path):
    status, found = on_the_command_line(edited(name, tmp_path))
    assert status == 0, found
    assert {row["verdict"] for row in found["rows"]} <= {"right", "scaled"}


@pytest.mark.parametrize("name", few([*BY_FUNCTION][::3], 1))
def test_their_functions_and_classes_are_right(name, tmp_path):
    report = BY_FUNCTION[name](module(name, tmp_path))
    assert report, report


@pytest.mark.parametrize(("name", "old", "new"), few(MISTAKES, 0))
def test_a_mistake_is_wrong_on_its_own_line(name, old, new, tmp_path):
    file = edited(name, tmp_path, (old, new))
    lines = file.read_text(encoding="utf-8").splitlines()
    (line,) = [k for k, text in enumerate(lines, 1) if new in text]
    status, found = on_the_command_line(file)
    wrong = [row for row in found["rows"] if row["verdict"] == "wrong"]
    assert (status, [row["line"] for row in wrong]) == (1, [line]), found
    assert all(row["mistake"] for row in wrong)
