"""A new operation is one row: the map's, put at the end of ops.py, has all that rows have."""

import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import microgradnet as mg
from tests.places import GUIDE

USE = """
import math
import numpy as np
import microgradnet as mg
x = mg.Value(1.25, "x")
for y in (mg.cosh(x), x.cosh(), np.cosh(x)):
    assert abs(y.data - math.cosh(1.25)) < 1e-15
(slope,) = mg.grad(y, [x])
(curve,) = mg.grad(slope, [x])
for found, f in ((slope, mg.cosh), (curve, math.sinh)):
    difference, error = mg.differences(f, 1.25)
    assert abs(found.data - difference) <= error
for engine in ("python", "numpy"):
    program = mg.compile([y, slope, curve], [x], engine=engine)
    assert program(1.25) == (y.data, slope.data, curve.data)
assert "cosh" in mg.derive(y, [x]) and "cosh" in mg.draw(y).dot.source
net = mg.MLP(2, [3, 1], activation="cosh", seed=0)
assert mg.fit(net, [[1.0, 2.0]], [1.0], epochs=2, progress=False).losses[1] > 0.0
print("cosh is an operation")
"""


@pytest.mark.slow
def test_the_row_of_the_map_is_all_there_is_to_a_new_operation(tmp_path):
    text = (GUIDE / "map.md").read_text(encoding="utf-8")
    row = textwrap.dedent(re.search(r"(?:^    .*\n)+", text, re.M)[0])
    shutil.copytree(Path(mg.__file__).parent, tmp_path / "microgradnet")
    with open(tmp_path / "microgradnet/operations/ops.py", "a", encoding="utf-8") as file:
        file.write(f"\n{row}")
    done = subprocess.run(
        [sys.executable, "-c", USE], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stdout == "cosh is an operation\n", done.stderr
