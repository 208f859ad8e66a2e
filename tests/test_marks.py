"""How many random cases are tried: a quarter, and all where that is asked for."""

import os
import subprocess
import sys

import pytest

from tests.places import ROOT

CODE = "from tests.marks import sampled, share; print(share(100), share(1), sampled(range(9)))"


@pytest.mark.parametrize(
    ("every", "printed"),
    [("", "25 1 [0, 4, 8]\n"), ("1", "100 1 [0, 1, 2, 3, 4, 5, 6, 7, 8]\n")],
)
def test_a_quarter_is_tried_or_all(every, printed):
    command = [sys.executable, "-c", CODE]
    environment = {**os.environ, "EVERY_CASE": every}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.stdout == printed, done.stderr
