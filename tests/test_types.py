"""What a type checker tells: a dozen lines that are wrong, and as many that are right."""

import importlib
import re
import textwrap

import pytest

import microgradnet as mg
from tests.places import ROOT

HEAD = """
import numpy as np
import microgradnet as mg

v = mg.Value(2.0)
net = mg.MLP(2, [2, 1])
"""

WRONG = [
    "v.dta",
    "mg.add(1.0, 2.0)",
    'mg.exp("x")',
    'mg.MLP("2", [2, 1])',
    "number: float = v * 2.0",
    'v + "1"',
    "mg.grad(v, v)",
    "v.backward(1.0)",
    "mg.compile([v])",
    "mg.maximum(v, [1.0])",
    'mg.mse("a", 1)',
    "mg.fit(net, [[1.0, 2.0]], [1.0], lr=0.1)",
    'mg.derive(v, v, "latex")',
    'mg.draw(v, theme="blue")',
    "mg.check(print, loss=1.0)",
]
RIGHT = [
    "a: mg.Value = v + 1",
    "b: mg.Value = 2 ** v - v / np.float64(3.0)",
    "c: mg.Value = mg.exp(v)",
    "d: float = mg.exp(1.0)",
    "e: mg.Value = mg.where(v, 1.0, v)",
    "f: list[mg.Value] = mg.grad(v * v, [v])",
    "g: float = v.data + v.grad",
    "h: mg.Value = v.sigmoid().maximum(0.5)",
    "i: tuple[float, ...] = mg.compile([v * v], [v])(3.0)",
    "j: mg.Value = mg.leaky_relu(v, 0.1)",
    "k: mg.Value = mg.mse([v, v], [0.0, 1.0])",
    "l: float = mg.hinge(0.5, 1)",
    "m = mg.compile([v], [v]).map(np.ones(1), np.ones((2, 0)))",
    'n: str = mg.derive(v, [v], "lesson")',
    'o: mg.Drawing = mg.draw(v, rankdir="LR")',
    'p: bool = mg.check(lambda w, x: {"y": w * x}, loss=lambda y, t: y - t).rows[0].line > 0',
]


@pytest.fixture(scope="module")
def complaints(tmp_path_factory):
    """The numbers of the lines that the type checker complains of."""
    api = pytest.importorskip("mypy.api", reason="needs mypy")
    file = tmp_path_factory.mktemp("typed") / "lines.py"
    file.write_text("\n".join([*textwrap.dedent(HEAD).splitlines(), *WRONG, *RIGHT]))
    config = str(ROOT / "pyproject.toml")
    told, errors, _ = api.run(["--config-file", config, "--no-incremental", str(file)])
    assert not errors
    first = len(HEAD.splitlines()) + 1
    return {int(line.split(":")[1]) - first: line for line in told.splitlines() if ".py:" in line}


@pytest.mark.slow
@pytest.mark.parametrize("i", range(len(WRONG)), ids=WRONG)
def test_a_wrong_line_is_an_error(complaints, i):
    assert i in complaints


@pytest.mark.slow
@pytest.mark.parametrize("i", range(len(WRONG), len(WRONG + RIGHT)), ids=RIGHT)
def test_a_right_line_is_none(complaints, i):
    assert i not in complaints, complaints[i]


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
