"""Complex numbers between real ones: gradients are those of differences."""

from pathlib import Path

import numpy as np
import pytest

from microgradnet.tape.recording import Subject, recorded
from microgradnet.tape.replay import gradients, replayed

HEAD = "import numpy as np\nx = np.array([0.3, -1.2, 0.7, 2.1])\nw = 0.4\n"
TEXT = (Path(__file__).parent / "complex.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("program", TEXT.split("\n\n"))
def test_a_gradient_through_complex_numbers_is_that_of_differences(program):
    tape = recorded(Subject(HEAD + program, "waves.py")).tape
    at = {s.text: s.number for s in tape.stores if s.text in ("x", "w", "L")}
    entries, values = tape.entries, [e.value for e in tape.entries]
    found = gradients(entries, values, {at["L"]: 1.0})
    rng = np.random.default_rng(0)
    for name in ("x", "w"):
        along = rng.normal(size=np.shape(values[at[name]]))
        moved = [{at[name]: values[at[name]] + h * along} for h in (2e-4, 1e-4, -1e-4, -2e-4)]
        a, b, c, d = (replayed(entries, given)[at["L"]] for given in moved)
        slope = (8 * (b - c) - (a - d)) / 12e-4
        g = 0.0 if found[at[name]] is None else found[at[name]]
        assert np.sum(g * along) == pytest.approx(slope, rel=1e-7, abs=1e-9)
        assert slope or name == "w"
