"""What is no number, or does not fit, is the same error on every engine, and never an answer."""

import subprocess
import sys

import numpy as np
import pytest

import microgradnet as mg
from tests.marks import engines

BAD = {
    "None": None,
    "a text": "1.5",
    "a complex number": 1.0 + 2.0j,
    "a list": [1.0],
    "a Value": mg.Value(1.0, "v"),
}
WAYS = {
    "map, shared": lambda p, x: p.map([x], [[1.0]]),
    "map, rows": lambda p, x: p.map([1.0], [[x], [2.0]]),
    "mean, rows": lambda p, x: p.mean([1.0], [[2.0], [x]]),
    "scan, state": lambda p, x: p.scan([x], [[1.0]]),
    "scan, rows": lambda p, x: p.scan([1.0], [[x]]),
}


def program(engine):
    w, x = mg.Value(2.0, "w"), mg.Value(3.0, "x")
    return mg.compile([w * x, w + x], [w, x], engine)


def raised(run, *args):
    with pytest.raises((TypeError, ValueError)) as error:
        run(*args)
    return type(error.value), str(error.value)


@engines
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("bad", BAD)
def test_what_is_no_number_is_refused_alike(engine, way, bad):
    found, expected = (raised(WAYS[way], program(name), BAD[bad]) for name in (engine, "python"))
    assert found == expected


@engines
def test_numbers_of_all_kinds_are_taken_alike(engine):
    kinds = [1, True, np.float32(1.0), np.int8(1), np.array(1.0), 1.0]
    expected = program(engine).map([1.0], [[2.0]]).tolist()
    for one in kinds:
        assert program(engine).map([one], [[2]]).tolist() == expected
    assert program(engine).map(np.array([1], dtype=object), [[2.0]]).tolist() == expected


@engines
def test_a_complex_array_is_refused_and_not_cut(engine):
    with pytest.raises(TypeError, match="rows must be numbers, not complex128"):
        program(engine).map([1.0], np.array([[1.0 + 2.0j]]))


@pytest.mark.parametrize(
    ("engine", "package"),
    [("native", "llvmlite"), pytest.param("jax", "jax", marks=pytest.mark.slow)],
)
def test_without_its_package_the_error_of_an_engine_says_what_to_install(engine, package):
    source = f"""
import sys
sys.modules["{package}"] = None
import microgradnet as mg
try:
    mg.record(lambda x: x * x, 1.0, engine="{engine}")(2.0)
except ImportError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True)
    assert f"python3 -m pip --python .venv/bin/python install -e '.[{engine}]'" in done.stdout
