"""Skips with their reasons, for what not every machine has; and which cases are extras."""

import os
from importlib.util import find_spec
from pathlib import Path

import pytest

from microgradnet.drawing import layouts
from microgradnet.programs.engines import ENGINES

can_render = pytest.mark.skipif(
    next(layouts.found(), None) is None, reason="needs dot or graphviz-pure"
)
has_pure = pytest.mark.skipif(layouts.find_pure() is None, reason="needs graphviz-pure")
has_sh = pytest.mark.skipif(os.name == "nt", reason="stubs are shell scripts")
has_llvmlite = pytest.mark.skipif(find_spec("llvmlite") is None, reason="needs the extra native")
has_torch = pytest.mark.skipif(find_spec("torch") is None, reason="needs the extra torch")
has_jax = pytest.mark.skipif(find_spec("jax") is None, reason="needs the extra jax")

PYODIDE = Path(os.environ.get("PYODIDE", "node_modules/pyodide"))
VIZ_JS = Path(os.environ.get("VIZ_JS", "node_modules/@viz-js/viz"))
has_pyodide = pytest.mark.skipif(
    not any(PYODIDE.glob("numpy-*.whl")),
    reason="needs npm install pyodide, with NumPy's wheel beside it, or PYODIDE",
)
has_viz_js = pytest.mark.skipif(
    not (VIZ_JS / "dist" / "viz.js").is_file(), reason="needs npm install @viz-js/viz, or VIZ_JS"
)

NATIVE = pytest.param("native", marks=has_llvmlite)
NEEDS = {
    "native": [has_llvmlite],
    "jax": [has_jax, pytest.mark.slow],
}  # XLA compiles for half a second
engines = pytest.mark.parametrize(
    "engine", [pytest.param(name, marks=NEEDS.get(name, [])) for name in ENGINES]
)


EVERY = bool(os.environ.get("EVERY_CASE"))  # as `.ci/run --all` sets it
STEP = 1 if EVERY else 6


def share(n):
    """How many of n random cases are tried: a sixth, of the same seeds each time; or all."""
    return max(1, n // STEP)


def sampled(cases):
    """Each sixth of cases that are counted up, spread over all of them; or all."""
    return [*cases][::STEP]


def few(cases, n):
    """Some cases, of which all but the first n are thorough extras: slow."""
    plain = [case if isinstance(case, tuple) else (case,) for case in cases]
    every = [case if hasattr(case, "marks") else pytest.param(*case) for case in plain]
    slow = [pytest.param(*p.values, marks=[*p.marks, pytest.mark.slow], id=p.id) for p in every[n:]]
    return every[:n] + slow
