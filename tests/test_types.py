"""What a type checker tells of a dozen lines that are wrong, and of as many that are right."""

import importlib
import re
import shutil

import pytest

import microgradnet as mg
from tests.places import ROOT

LINES = ROOT / "tests" / "corpus" / "typed" / "lines.py"


@pytest.mark.slow
def test_a_wrong_line_is_an_error_and_a_right_one_is_none(tmp_path):
    api = pytest.importorskip("mypy.api", reason="needs mypy")
    file = shutil.copy(LINES, tmp_path)
    config = str(ROOT / "pyproject.toml")
    told, errors, _ = api.run(["--config-file", config, "--no-incremental", file])
    assert not errors
    lines = [line for line in told.splitlines() if ".py:" in line]
    written = LINES.read_text(encoding="utf-8").splitlines()
    wrong = {k for k, line in enumerate(written, 1) if line.endswith("  # wrong")}
    assert {int(line.split(":")[1]) for line in lines} == wrong, lines


def test_each_function_of_the_table_is_typed_and_public():
    ops = mg.operations.ops
    assert set(ops.__all__) == set(mg.operations.FUNCTIONS) <= set(ops.__annotations__)


def test_each_room_hands_type_checkers_the_public_names_that_are_its_own():
    for room, names in mg._NAMES.items():
        if room not in ("", "operations"):
            module = importlib.import_module(f"microgradnet.{room}")
            assert {*names} <= {*module.__all__}


def test_any_is_left_where_no_type_says_more():
    # A tape holds values of a person's code, of any type, and so do the verdicts on it.
    package = ROOT / "microgradnet"
    files = [p for p in package.rglob("*.py") if {"tape", "checking"}.isdisjoint(p.parts)]
    texts = [p.read_text(encoding="utf-8") for p in files]
    assert sum(len(re.findall(r"\bAny\b", text)) for text in texts) < 711 / 2
