"""The part of the corpus that was written by somebody who had not seen the checker.

It was looked at only when the checker was done, and nothing here is tuned on it: it says what a
reader may expect of a file of his own.
"""

import pytest

import microgradnet as mg
from tests.marks import EVERY, sampled

from .marked import FOLDER, marked

# Of right files those that are right, and of mistakes those on their own line alone, at least.
REACHED = {"right": 8 / 15, "wrong": 12 / 22}
# The one climbs where its sign says down: no loss, so any sign may be. The mistake of the other is
# in the data of its predictions, and its gradients are right.
CALLED_RIGHT = {"logistica_es.py", "flat_prices.py"}


def verdict(path):
    """What is said of a file: "right", "scaled", "own", "another", or "untold"."""
    try:
        report = mg.check(path)
    except ValueError:
        return "untold"
    wrong = {row.line for row in report.rows if row.verdict == "wrong"}
    if wrong:
        return "own" if wrong == marked(path) else "another"
    is_scaled = any(row.verdict == "scaled" for row in report.rows)
    return ("scaled" if is_scaled else "right") if report else "untold"


@pytest.mark.slow
def test_no_right_file_is_wrong_and_few_wrong_ones_are_right():
    files = sampled(sorted((FOLDER / "strangers").glob("*/*.py")))
    said = {kind: {p: verdict(p) for p in files if p.parent.name == kind} for kind in REACHED}
    right, wrong = ([*found.values()] for found in said.values())
    assert not {*right} & {"own", "another"}, said
    assert {p.name for p, v in said["wrong"].items() if v == "right"} <= CALLED_RIGHT
    if EVERY:
        assert sum(v in ("right", "scaled") for v in right) >= REACHED["right"] * len(right), said
        assert wrong.count("own") >= REACHED["wrong"] * len(wrong), said
